//! A debuggee without its store's type: what the layers above this room hold.
//!
//! Implemented by [`Debuggee`](crate::Debuggee) only. Invariant: the trait is object-safe; every wait is a poll
//! function that is cancel-safe, and the `async` forms on `dyn Session` add nothing but the waiting.

use super::shared::lock;
use super::signals::Interrupter;
use crate::plain::{
    Breakpoint, BreakpointId, Call, Captures, Change, Drained, Error, Exit, How, Modify, ModuleId, ModuleInfo,
    Recording, State, Stop, StopReason, View, WatchChange, Watchpoint, WatchpointId,
};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

/// A closure that looks at a paused program, or changes it.
pub type Query = Box<dyn FnOnce(&mut dyn Modify) + Send>;

/// A program under debug, whatever its store holds.
pub trait Session: Send {
    /// What the program is doing. A `resume` that was dropped half-way leaves it running.
    fn state(&self) -> State;

    /// The latest stop; while running, the one that it was resumed from.
    fn last_stop(&self) -> &Stop;

    /// Goes from paused to running, without running anything yet: [`Session::poll_stop`] does.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    fn begin(&mut self, how: How) -> Result<(), Error>;

    /// As [`Session::begin`], with a function call that is made inside the program, where it is paused. Stops inside the call are
    /// stops as any; its end is one with the reason [`StopReason::CallFinished`], and the program is then where it was. Stops in
    /// it nest: from each of them another call can be made.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`]. What is wrong with the call itself is told by [`Session::poll_stop`], and the program
    /// is then paused still: [`Error::NoInstance`], [`Error::NoFunction`], [`Error::ArgumentCount`], [`Error::WrongType`],
    /// [`Error::TooDeep`].
    fn begin_call(&mut self, call: Call) -> Result<(), Error>;

    /// Runs the program, in this task or by waiting for the background task, until its next stop, which is then
    /// [`Session::last_stop`]. Ready at once if it is not running.
    ///
    /// # Errors
    /// [`Error::BodyPanicked`], after which the state is exited.
    fn poll_stop(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Moves a running program to a task of its own until its next stop. Nothing happens if it already is there.
    ///
    /// # Errors
    /// [`Error::Exited`] unless running; [`Error::Engine`] outside a tokio runtime.
    fn run_in_background(&mut self) -> Result<(), Error>;

    /// Gives the paused program a query to run; [`Session::poll_query`] runs it. A new one replaces one that has not run.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    fn begin_query(&mut self, query: Query) -> Result<(), Error>;

    /// Runs the query that was begun, if it has not run yet.
    ///
    /// # Errors
    /// [`Error::Exited`] when the program ended instead, which only a broken body can do.
    fn poll_query(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Makes the rest of the program run without stops: [`Session::poll_stop`] then returns the exit only.
    fn detach(&mut self);

    /// A handle that works while the program runs, from any thread.
    fn interrupter(&self) -> Interrupter;

    /// Ends the program at once; its store is lost. In the background it ends at its next yield.
    ///
    /// # Errors
    /// [`Error::Exited`].
    fn terminate(&mut self) -> Result<(), Error>;

    /// Applies breakpoint changes in order and answers each. They reach the code at the next resume, together.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    fn edit_breakpoints(&mut self, changes: &[Change]) -> Result<Vec<Result<BreakpointId, Error>>, Error>;

    /// All breakpoints, in order of their ids. Allowed after the end too, to read their counters.
    ///
    /// # Errors
    /// [`Error::Running`].
    fn breakpoints(&self) -> Result<Vec<Breakpoint>, Error>;

    /// Applies watchpoint changes in order and answers each. They reach the code at the next resume, together.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`]. Of a change: [`Error::NoInstance`], [`Error::NoMemory`], [`Error::NoGlobal`],
    /// [`Error::NoWatchpoint`]; [`Error::OutOfBounds`] for a range past the last address that the memory can have,
    /// [`Error::BadWatchpoint`] for one that is empty or could never hit; [`Error::TooLarge`] for more than
    /// [`MAX_WATCHPOINTS`](crate::MAX_WATCHPOINTS) of them or [`MAX_HOST_WATCHED`](crate::MAX_HOST_WATCHED) bytes.
    fn edit_watchpoints(&mut self, changes: &[WatchChange]) -> Result<Vec<Result<WatchpointId, Error>>, Error>;

    /// All watchpoints, in order of their ids. Allowed after the end too, to read their counters.
    ///
    /// # Errors
    /// [`Error::Running`].
    fn watchpoints(&self) -> Result<Vec<Watchpoint>, Error>;

    /// Says what every stop from now on shall carry.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Running`], [`Error::Exited`].
    fn set_captures(&mut self, captures: Captures) -> Result<(), Error>;

    /// Says how records are kept from now on; those that wait stay.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Running`], [`Error::Exited`].
    fn set_recording(&mut self, recording: Recording) -> Result<(), Error>;

    /// Takes out whole records, at most `limit` bytes of them but at least one record if there is any. Allowed in every
    /// state, while the program runs too.
    fn drain_records(&mut self, limit: usize) -> Drained;

    /// The modules seen so far. Allowed in every state; [`View::modules`] looks for new ones first.
    fn modules(&self) -> Vec<ModuleInfo>;

    /// A part of a module's binary from `offset`, at most `length` bytes, short at the end. Allowed in every state.
    ///
    /// # Errors
    /// [`Error::NoModule`]; [`Error::OutOfBounds`] when `offset` is past the end.
    fn bytecode(&self, module: ModuleId, offset: u64, length: usize) -> Result<Vec<u8>, Error>;
}

impl dyn Session + '_ {
    /// Runs to the next stop. Cancel-safe: dropping the future loses no stop, and the next call goes on (its `how`
    /// is then ignored).
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

    /// Makes a call inside the paused program, to the first stop in it or to its end: see [`Session::begin_call`]. Cancel-safe:
    /// when the future is dropped, the next `resume` goes on with the call.
    ///
    /// # Errors
    /// As [`Session::begin_call`], and [`Error::BodyPanicked`].
    pub async fn call(&mut self, call: Call) -> Result<&Stop, Error> {
        self.begin_call(call)?;
        poll_fn(|context| self.poll_stop(context)).await?;
        Ok(self.last_stop())
    }

    /// Looks at the paused program. Cancel-safe: a query whose future was dropped has run or never will.
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

    /// Changes the paused program. Cancel-safe, as looking at it is.
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
