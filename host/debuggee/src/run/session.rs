//! A debuggee without its store's type, as the layers above this room hold it.
//!
//! Implemented by [`Debuggee`](crate::Debuggee) only. Invariant: the trait is object-safe. Every
//! wait is a poll function that is cancel-safe, and the `async` functions on `dyn Session` add
//! nothing but the waiting.

use super::shared::lock;
use super::signals::Interrupter;
use crate::plain::{
    Breakpoint, BreakpointId, Call, Captures, Change, DrainLimit, Drained, Error, Exit, Function, How, Launch, Modify,
    ModuleId, ModuleInfo, Recording, State, Stop, StopReason, View, WatchChange, Watchpoint, WatchpointId,
};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// A closure that looks at a paused program, or changes it.
pub type Query = Box<dyn FnOnce(&mut dyn Modify) + Send>;

/// A program under debug, whatever data its store holds.
pub trait Session: Send {
    /// The state of the program. A `resume` whose future was dropped half-way leaves the program
    /// running.
    fn state(&self) -> State;

    /// What the program's owner was asked to run. Allowed in every state.
    fn launch(&self) -> Launch;

    /// The latest stop. While the program runs, this is the stop from which it was resumed.
    fn last_stop(&self) -> &Stop;

    /// Whether the program is stopped where it waits in an asynchronous call of the host (or in its
    /// body, outside of all calls). The call has the store then. So the frames can be read, at most
    /// [`MAX_HOST_CALL_FRAMES`](crate::MAX_HOST_CALL_FRAMES) of them, and the modules; what else a
    /// [`View`] or a [`Modify`] is asked for is refused with [`Error::InHostCall`]. The location is
    /// that of the call. There are no frames if none of the program's functions is on the stack, and
    /// if the call began before somebody could interrupt the program.
    ///
    /// A resume lets the call go on. Breakpoints that were set meanwhile are there when it returns,
    /// or calls the program, and a step of any kind ends no earlier: [`How::StepInstruction`] and
    /// [`How::StepOver`] at the instruction after the call.
    fn waits_in_host(&self) -> bool;

    /// Changes the state from paused to running, without running anything yet:
    /// [`Session::poll_stop`] does that.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    fn begin(&mut self, how: How) -> Result<(), Error>;

    /// Like [`Session::begin`], but with a function call that is made inside the program, at the
    /// point where it is paused. Stops inside the call are like any others. The end of the call is
    /// a stop with the reason [`StopReason::CallFinished`], and the program is then where it was
    /// before. Calls nest: from each stop inside a call another call can be made.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`], [`Error::InHostCall`]. Errors in the call itself are returned by
    /// [`Session::poll_stop`], and the program is then still paused: [`Error::NoInstance`],
    /// [`Error::NoFunction`], [`Error::ArgumentCount`], [`Error::WrongType`], [`Error::TooDeep`].
    fn begin_call(&mut self, call: Call) -> Result<(), Error>;

    /// Runs the program until its next stop, in this task or by waiting for the background task.
    /// The stop is then [`Session::last_stop`]. Ready at once if the program is not running.
    ///
    /// # Errors
    /// [`Error::BodyPanicked`], after which the state is exited.
    fn poll_stop(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Moves a running program to a task of its own until its next stop. Does nothing if it is
    /// already there.
    ///
    /// # Errors
    /// [`Error::Exited`] unless running; [`Error::Engine`] outside a tokio runtime.
    fn run_in_background(&mut self) -> Result<(), Error>;

    /// Gives the paused program a query to run; [`Session::poll_query`] runs it. A new query
    /// replaces one that has not run.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    fn begin_query(&mut self, query: Query) -> Result<(), Error>;

    /// Runs the query that was begun, if it has not run yet.
    ///
    /// # Errors
    /// [`Error::Exited`] when the program ended instead, which only a broken body can cause.
    fn poll_query(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Makes the rest of the program run without stops: [`Session::poll_stop`] then returns only at
    /// the exit.
    fn detach(&mut self);

    /// Takes everything back that was wanted of the program, whoever wanted it: breakpoints,
    /// watchpoints, captures and what the last stop has of them, how records are kept and the records
    /// themselves, and an interrupt that was not made yet. The program stays where it is, and somebody
    /// else can take it up there.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    fn release(&mut self) -> Result<(), Error>;

    /// A handle that interrupts or ends the program while it runs, from any thread.
    fn interrupter(&self) -> Interrupter;

    /// Ends the program at once. Its store is lost. In the background the program ends at its next
    /// yield.
    ///
    /// # Errors
    /// [`Error::Exited`].
    fn terminate(&mut self) -> Result<(), Error>;

    /// Applies breakpoint changes in order, and answers each. They reach the code together, at the
    /// next resume.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    fn edit_breakpoints(&mut self, changes: &[Change]) -> Result<Vec<Result<BreakpointId, Error>>, Error>;

    /// The breakpoints from the id `first` on, in order of their ids, at most `limit` of them. Also
    /// allowed after the program's end, to read their counters.
    ///
    /// # Errors
    /// [`Error::Running`].
    fn list_breakpoints(&self, first: BreakpointId, limit: usize) -> Result<Vec<Breakpoint>, Error>;

    /// All breakpoints.
    ///
    /// # Errors
    /// As [`Session::list_breakpoints`].
    fn breakpoints(&self) -> Result<Vec<Breakpoint>, Error> {
        self.list_breakpoints(BreakpointId(0), usize::MAX)
    }

    /// Applies watchpoint changes in order, and answers each. They reach the code together, at the
    /// next resume.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`]. Errors of a single change: [`Error::NoInstance`],
    /// [`Error::NoMemory`], [`Error::NoGlobal`], [`Error::NoWatchpoint`]; [`Error::OutOfBounds`]
    /// for a range past the last address that the memory can have; [`Error::BadWatchpoint`] for a
    /// watchpoint that is empty or could never hit; [`Error::TooLarge`] for more than
    /// [`MAX_WATCHPOINTS`](crate::MAX_WATCHPOINTS) watchpoints or more than
    /// [`MAX_HOST_WATCHED`](crate::MAX_HOST_WATCHED) bytes watched for changes by the host;
    /// [`Error::InHostCall`] for one to set at a stop in a call of the host.
    fn edit_watchpoints(&mut self, changes: &[WatchChange]) -> Result<Vec<Result<WatchpointId, Error>>, Error>;

    /// All watchpoints, in order of their ids. Also allowed after the program's end, to read their
    /// counters.
    ///
    /// # Errors
    /// [`Error::Running`].
    fn watchpoints(&self) -> Result<Vec<Watchpoint>, Error>;

    /// Sets the data that every stop carries from now on.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Running`], [`Error::Exited`].
    fn set_captures(&mut self, captures: Captures) -> Result<(), Error>;

    /// Sets how records are kept from now on. Records that wait to be drained stay.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Running`], [`Error::Exited`].
    fn set_recording(&mut self, recording: Recording) -> Result<(), Error>;

    /// Takes whole records out of the buffer. Allowed in every state, also while the program runs.
    fn drain_records(&mut self, limit: DrainLimit) -> Drained;

    /// The modules seen so far. Allowed in every state. [`View::modules`] looks for new ones first.
    fn modules(&self) -> Vec<ModuleInfo>;

    /// The functions of a module seen so far, from index `first`, at most `limit`; as
    /// [`View::functions`]. Allowed in every state.
    ///
    /// # Errors
    /// As [`View::functions`].
    fn functions(&self, module: ModuleId, first: u32, limit: u32) -> Result<Vec<Function>, Error>;

    /// At most `length` bytes of a module's binary from `offset` on; fewer at its end. Allowed in
    /// every state.
    ///
    /// # Errors
    /// [`Error::NoModule`]; [`Error::OutOfBounds`] when `offset` is past the end.
    fn bytecode(&self, module: ModuleId, offset: u64, length: usize) -> Result<Vec<u8>, Error>;
}

impl dyn Session + '_ {
    /// Runs to the next stop. Cancel-safe: dropping the future loses no stop, and the next call
    /// goes on (its `how` is then ignored).
    ///
    /// # Errors
    /// [`Error::Exited`], [`Error::BodyPanicked`].
    pub async fn resume(&mut self, how: How) -> Result<&Stop, Error> {
        if self.state() != State::Running {
            self.begin(how)?;
        }
        poll_fn(|context| self.poll_stop(context)).await?;
        Ok(self.last_stop())
    }

    /// Makes a call inside the paused program, and runs to the first stop in the call or to its
    /// end; see [`Session::begin_call`]. Cancel-safe: when the future is dropped, the next `resume`
    /// goes on with the call.
    ///
    /// # Errors
    /// Those of [`Session::begin_call`], and [`Error::BodyPanicked`].
    pub async fn call(&mut self, call: Call) -> Result<&Stop, Error> {
        self.begin_call(call)?;
        poll_fn(|context| self.poll_stop(context)).await?;
        Ok(self.last_stop())
    }

    /// Runs a closure that looks at the paused program. Cancel-safe: a query whose future was
    /// dropped either has run or never will.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    pub async fn view<R, F>(&mut self, query: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn View) -> R + Send + 'static,
    {
        self.modify(|paused| query(paused.view())).await
    }

    /// Runs a closure that changes the paused program. Cancel-safe in the same way as
    /// `view`.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    pub async fn modify<R, F>(&mut self, change: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn Modify) -> R + Send + 'static,
    {
        let answer = Arc::new(Mutex::new(None));
        let sink = Arc::clone(&answer);
        self.begin_query(Box::new(move |paused| {
            let value = change(paused);
            *lock(&sink) = Some(value);
        }))?;
        poll_fn(|context| self.poll_query(context)).await?;
        let value = lock(&answer).take();
        value.ok_or(Error::Exited)
    }

    /// Runs to the end with no more stops.
    ///
    /// # Errors
    /// [`Error::BodyPanicked`].
    pub async fn finish(&mut self) -> Result<Exit, Error> {
        self.detach();
        loop {
            let resumed = self.resume(How::Continue).await.map(|_| ());
            match (resumed, &self.last_stop().reason) {
                (Ok(()) | Err(Error::Exited), StopReason::Exited(exit)) => return Ok(exit.clone()),
                (Ok(()), _) => {}
                (Err(error), _) => return Err(error),
            }
        }
    }
}
