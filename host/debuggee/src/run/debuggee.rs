//! The debuggee, seen from outside the program.
//!
//! It owns the future that owns the store. Invariant: whichever future of this room is dropped, and
//! whenever, the program neither loses a stop nor runs an instruction twice; everything that is
//! needed to go on is in [`Debuggee`] and [`Shared`].

use super::body_store::BodyStore;
use super::drive::{Outcome, Program, program, runtime};
use super::session::{Query, Session};
use super::shared::{Command, ExitCodes, Shared, StoreQuery, lock};
use super::signals::Interrupter;
use crate::binary::component::ComponentBinary;
use crate::engine::{Paused, describe, is_debuggable};
use crate::plain::{
    BreakpointId, Call, Change, EntryPoint, Error, Exit, How, Launch, Location, OutlineSink, State, Stop, StopReason,
    Value, WatchChange, WatchpointId,
};
use crate::stops::{self, StepCosts};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use tokio::task::JoinHandle;
use wasmtime::{AsContextMut, Store};

/// The future of a body, which instantiates the program on its store and calls it.
pub type BodyFuture<'a, R> = Pin<Box<dyn Future<Output = wasmtime::Result<R>> + Send + 'a>>;

/// A program under debug, with its store: a *pausable store*.
///
/// `T` is the type of the store's data, `R` the type of the body's result.
///
/// ```text
///            resume, start               stop
///   Paused ────────────────▶ Running ────────────▶ Paused
///     ▲ entry                   │
///    new                        │ the body ends, terminate
///                               ▼
///                             Exited ──▶ take_store
/// ```
///
/// The program runs in the task that waits for it: [`Debuggee::resume`] polls it until its next
/// stop. Between [`Debuggee::start`] and the next stop it runs in a task of its own instead. When
/// the future of a `resume` is dropped, the program stays in the state running but does not
/// advance, and the next `resume` goes on.
///
/// A method that the current state does not allow returns an [`Error`]; it never panics.
///
/// A body may give up a call into the program (because of a timeout around it), also while the
/// program is paused, and call again: the debuggee goes on with the next call. Frames and
/// references of the call that was given up are stale; a step in it ends there. See [`BodyStore`]
/// for how the body must use its store.
///
/// A loop without calls of the host is only left at an epoch check, so something has to increment
/// the engine's epoch while the program runs ([`Engine::increment_epoch`](wasmtime::Engine), or
/// [`Interrupter::interrupt`]). Without it, such a loop blocks the task that resumes the program,
/// and on a current-thread runtime every other task as well, also after [`Debuggee::start`].
///
/// # Limits
/// Wasmtime 48's garbage collectors misread locals of non-nullable reference types, as long as they
/// have not been set, in code that is compiled for debugging. Compile a program that may have such
/// locals from [`with_nullable_locals`](crate::with_nullable_locals).
pub struct Debuggee<T: 'static, R: 'static = ()> {
    pub(super) shared: Arc<Shared<T>>,
    pub(super) run: Run<T, R>,
    /// Whether the program is between a resume and its next stop.
    pub(super) running: bool,
    /// The command that the paused program gets when it is polled next.
    pub(super) command: Option<Command<T>>,
    /// Whether the program is stopped in a call of the host. It is not polled then.
    pub(super) waits_in_host: bool,
    /// What is to be looked at in a program that is stopped there.
    pub(super) query_in_host: Option<Query>,
    pub(super) last_stop: Box<Stop>,
    pub(super) launch: Launch,
    /// Converts the body's result to the program's result values.
    exit_values: Option<fn(&R) -> Vec<Value>>,
}

/// Where the program's future or its result is.
pub(super) enum Run<T: 'static, R: 'static> {
    /// In this debuggee: the program advances when the debuggee is polled.
    Owned(Program<T, R>),
    /// In a task of its own until its next stop.
    Background(JoinHandle<(Program<T, R>, Outcome<T, R>)>),
    /// The program has ended and left its store.
    Ended(Store<T>, wasmtime::Result<R>),
    /// The store is gone, or was taken; the text says why.
    Lost(String),
}

impl<T: Send + 'static, R: Send + 'static> Debuggee<T, R> {
    /// Makes a debuggee that is paused before its program begins. The first resume runs `body`,
    /// which instantiates modules and calls functions as it likes.
    ///
    /// Modules that were registered on the store (`Store::debug_register_module`,
    /// `debug_register_component`) are known at once and can get breakpoints before anything runs.
    /// Others are found when they are instantiated.
    ///
    /// The debuggee takes over the store's debug handler, its call hook and its epoch deadline (1
    /// tick, then yield). Interrupts need that deadline; they work on engines with
    /// [`wasmtime::Config::epoch_interruption`].
    ///
    /// # Errors
    /// [`Error::NotDebuggable`] if the engine was made without [`wasmtime::Config::guest_debug`].
    pub fn new<F>(mut store: Store<T>, body: F) -> Result<Self, Error>
    where
        F: for<'a> FnOnce(&'a mut BodyStore<T>) -> BodyFuture<'a, R> + Send + 'static,
    {
        if !is_debuggable(&mut store) {
            return Err(Error::NotDebuggable);
        }
        let shared = Arc::new(Shared::new(store.engine()));
        store.set_epoch_deadline(1);
        let signals = Arc::clone(&shared.signals);
        store.epoch_deadline_callback(move |_| Ok(signals.next_deadline()));
        shared.ledger().known.host_frames.ask_for_fuel(&store);
        shared.ledger().known.modules.register_all(store.as_context_mut());
        let program = Box::pin(program(Arc::clone(&shared), store, body));
        let last_stop = Box::new(Stop::entry());
        Ok(Debuggee {
            shared,
            run: Run::Owned(program),
            running: false,
            command: None,
            waits_in_host: false,
            query_in_host: None,
            last_stop,
            launch: Launch::default(),
            exit_values: None,
        })
    }

    /// Sets the function that recognises errors that ask for an exit with a code. Such errors end
    /// the program as [`Exit::Code`] and are no stops of their own. For WASI:
    /// `|error| Some(error.downcast_ref::<I32Exit>()?.0)`.
    #[must_use]
    pub fn exit_codes(self, codes: ExitCodes) -> Self {
        // Only this consumes the debuggee, so the cell is empty unless this was called twice; then
        // the first function stays.
        let _ = self.shared.exit_codes.set(codes);
        self
    }

    /// Sets the component that the program is, so that [`View::component`](crate::View::component)
    /// can show it: the bytes from which its [`wasmtime::component::Component`] was made.
    #[must_use]
    pub fn component(self, binary: Arc<[u8]>) -> Self {
        self.shared.ledger().known.component = ComponentBinary::new(binary);
        self
    }

    /// Sets the function that the body calls as the program, so that
    /// [`View::entry_point`](crate::View::entry_point) can tell it.
    #[must_use]
    pub fn entry_point(self, entry_point: EntryPoint) -> Self {
        self.shared.ledger().known.entry_point = Some(entry_point);
        self
    }

    /// Sets what a debugger is told about what was asked for, by [`Session::launch`].
    #[must_use]
    pub fn launch(mut self, launch: Launch) -> Self {
        self.launch = launch;
        self
    }

    /// Sets where the outline of the stack is put when the program traps in a deep recursion: the
    /// backtrace in the engine's own error ends after 20 frames.
    #[must_use]
    pub fn outline_deep_stacks(self, sink: OutlineSink) -> Self {
        // As in `exit_codes`.
        let _ = self.shared.outlines.set(sink);
        self
    }

    /// Sets the function that converts the body's result to the program's result values, which
    /// [`Exit::Returned`] carries. Only the body knows them, because only the body has made the
    /// call that counts as the program.
    #[must_use]
    pub fn exit_values(mut self, values: fn(&R) -> Vec<Value>) -> Self {
        self.exit_values = Some(values);
        self
    }

    /// The state of the program: paused, running or exited.
    pub fn state(&self) -> State {
        match self.run {
            Run::Ended(..) | Run::Lost(_) => State::Exited,
            Run::Owned(_) | Run::Background(_) if self.running => State::Running,
            Run::Owned(_) | Run::Background(_) => State::Paused,
        }
    }

    /// Whether the program has ended.
    pub fn is_complete(&self) -> bool {
        self.state() == State::Exited
    }

    /// The latest stop. While the program runs, this is the stop from which it was resumed.
    pub fn last_stop(&self) -> &Stop {
        &self.last_stop
    }

    /// Runs to the next stop, which may mean to wait for the background task. Cancel-safe: dropping
    /// the future loses no stop, and the next call goes on (its `how` is then ignored).
    ///
    /// # Errors
    /// [`Error::Exited`]; [`Error::BodyPanicked`] when the body panics, after which the state is
    /// exited.
    pub async fn resume(&mut self, how: How) -> Result<Stop, Error> {
        (self as &mut dyn Session).resume(how).await.cloned()
    }

    /// Makes a call inside the paused program, and runs to the first stop in the call or to its
    /// end; see [`Session::begin_call`]. Cancel-safe: when the future is dropped, the next
    /// [`Debuggee::resume`] goes on with the call.
    ///
    /// # Errors
    /// Those of [`Session::begin_call`], and [`Error::BodyPanicked`].
    pub async fn call(&mut self, call: Call) -> Result<Stop, Error> {
        (self as &mut dyn Session).call(call).await.cloned()
    }

    /// Runs the program in a task of its own until the next stop, which [`Debuggee::resume`]
    /// returns.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`]; [`Error::Engine`] outside a tokio runtime.
    pub fn start(&mut self, how: How) -> Result<(), Error> {
        self.require_paused()?;
        // Checked first, so that the program is left as it was if there is no runtime.
        runtime()?;
        self.begin(how)?;
        self.run_in_background()
    }

    /// Runs a closure on the frozen store. Cancel-safe: a query whose future was dropped either has
    /// run or never will.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`]; [`Error::InHostCall`] at a stop in a call of the host,
    /// which has the store (`dyn Session` has `view` for what can be read there).
    ///
    /// # Panics
    /// If the closure panics; the program is not harmed.
    pub async fn query<A, F>(&mut self, query: F) -> Result<A, Error>
    where
        A: Send + 'static,
        F: for<'a> FnOnce(&mut Paused<'a, T>) -> A + Send + 'static,
    {
        let answer = Arc::new(Mutex::new(None));
        let sink = Arc::clone(&answer);
        self.put_query(Box::new(move |paused, _| {
            let value = query(paused);
            *lock(&sink) = Some(value);
        }))?;
        poll_fn(|context| self.poll_query(context)).await?;
        let value = lock(&answer).take();
        value.ok_or(Error::Exited)
    }

    /// Runs to the end with no more stops, and with every breakpoint taken out of the code.
    /// Cancel-safe.
    ///
    /// # Errors
    /// [`Error::BodyPanicked`].
    pub async fn finish(&mut self) -> Result<Exit, Error> {
        (self as &mut dyn Session).finish().await
    }

    /// Gives away the store and the body's own result, once, after the program has ended. The
    /// handler is cleared and the code has no breakpoints. The store still allows asynchronous
    /// calls only, and its epoch deadline still yields.
    ///
    /// # Errors
    /// [`Error::NotExited`]; [`Error::StoreLost`] after a panic or `terminate`, or when the store
    /// was taken before.
    pub fn take_store(&mut self) -> Result<(Store<T>, wasmtime::Result<R>), Error> {
        match std::mem::replace(&mut self.run, Run::Lost("it was taken already".to_owned())) {
            Run::Ended(store, result) => Ok((store, result)),
            Run::Lost(why) => {
                let error = Error::StoreLost(why.clone());
                self.run = Run::Lost(why);
                Err(error)
            }
            run @ (Run::Owned(_) | Run::Background(_)) => {
                self.run = run;
                Err(Error::NotExited)
            }
        }
    }

    /// A handle that interrupts or terminates the program from any thread.
    /// From now on the program's frames are noted whenever it calls the host.
    pub fn interrupter(&self) -> Interrupter {
        self.shared.signals.watch();
        Interrupter(Arc::clone(&self.shared.signals))
    }

    /// Ends the program at once. Its store is lost. See [`Session::terminate`].
    ///
    /// # Errors
    /// [`Error::Exited`].
    pub fn terminate(&mut self) -> Result<(), Error> {
        Session::terminate(self)
    }

    /// Applies breakpoint changes in order, and answers each. They reach the code together, at the
    /// next resume.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    pub fn edit_breakpoints(&mut self, changes: &[Change]) -> Result<Vec<Result<BreakpointId, Error>>, Error> {
        Session::edit_breakpoints(self, changes)
    }

    /// Applies watchpoint changes in order, and answers each. They reach the code together, at the
    /// next resume.
    ///
    /// # Errors
    /// Those of [`Session::edit_watchpoints`].
    pub fn edit_watchpoints(&mut self, changes: &[WatchChange]) -> Result<Vec<Result<WatchpointId, Error>>, Error> {
        Session::edit_watchpoints(self, changes)
    }

    /// Makes the stepper use these costs instead of the measured ones. For tests.
    #[doc(hidden)]
    pub fn assume_step_costs(&self, costs: StepCosts) {
        self.shared.ledger().wanted.stepper.assume(costs);
    }

    /// The number of edit sessions in which the engine's code was changed. For tests.
    #[doc(hidden)]
    pub fn n_edit_sessions(&self) -> u64 {
        self.shared.ledger().wanted.stepper.n_sessions()
    }

    pub(super) fn require_paused(&self) -> Result<(), Error> {
        match self.state() {
            State::Paused => Ok(()),
            State::Running => Err(Error::Running),
            State::Exited => Err(Error::Exited),
        }
    }

    /// As [`Debuggee::require_paused`], for what needs the store.
    pub(super) fn require_store(&self) -> Result<(), Error> {
        self.require_paused()?;
        // One that was terminated meanwhile is not asked any more.
        if self.waits_in_host && !self.shared.signals.is_terminated() { Err(Error::InHostCall) } else { Ok(()) }
    }

    /// Asks the engine where it can stop, as far as these changes depend on it. The paused program
    /// answers at once.
    pub(super) fn verify_step_points(&mut self, changes: &[Change]) -> Result<(), Error> {
        let locations: Vec<Location> = changes.iter().filter_map(Change::location).collect();
        // A terminated program does not answer any more, and nothing of it will run. One in a call of
        // the host does not answer either.
        if self.waits_in_host
            || stops::need_no_query(&mut self.shared.ledger().known.modules, &locations)
            || self.shared.signals.is_terminated()
        {
            return Ok(());
        }
        let answer = Arc::new(Mutex::new(Ok(())));
        let sink = Arc::clone(&answer);
        self.put_query(Box::new(move |paused, wanted| {
            *lock(&sink) = stops::verify_locations(&mut paused.frozen, wanted, &locations);
        }))?;
        match self.poll_query(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => done?,
            // The body did not poll its paused call. The module's own account is nearly always
            // right.
            Poll::Pending => self.shared.mailbox().command = None,
        }
        lock(&answer).clone()
    }

    pub(super) fn check_how(&self, how: How) -> Result<(), Error> {
        match how {
            How::RunTo(location) => self.shared.ledger().known.modules.check(location.module, location.pc),
            _ => Ok(()),
        }
    }

    pub(super) fn put_query(&mut self, query: StoreQuery<T>) -> Result<(), Error> {
        self.require_store()?;
        self.command = Some(Command::Query(query));
        Ok(())
    }

    /// Takes in the outcome of a stretch of running: updates the state and the last stop.
    pub(super) fn apply_outcome(&mut self, outcome: Outcome<T, R>) -> Result<(), Error> {
        self.running = false;
        self.waits_in_host = matches!(outcome, Outcome::StoppedInHost(_));
        self.query_in_host = None;
        let stop = match outcome {
            // A stop that nobody has seen yet does not outlive the program.
            Outcome::Stopped(_) | Outcome::StoppedInHost(_) if self.shared.signals.is_terminated() => {
                return self.apply_outcome(Outcome::Terminated);
            }
            Outcome::Stopped(stop) | Outcome::StoppedInHost(stop) => stop,
            Outcome::Failed(error) => return Err(error),
            Outcome::Finished(store, result) => {
                let exit = match &result {
                    Ok(value) => Exit::Returned(self.exit_values.map(|values| values(value)).unwrap_or_default()),
                    Err(error) => match self.shared.exit_code(error) {
                        Some(code) => Exit::Code(code),
                        None => Exit::Failed(describe(error)),
                    },
                };
                self.run = Run::Ended(store, result);
                self.exited(exit)
            }
            Outcome::Terminated => {
                self.run = Run::Lost("the program was terminated".to_owned());
                self.exited(Exit::Killed)
            }
            Outcome::Panicked(message) => {
                self.run = Run::Lost(format!("the program's body panicked: {message}"));
                self.last_stop = self.exited(Exit::Failed(format!("panicked: {message}")));
                return Err(Error::BodyPanicked(message));
            }
        };
        let before = std::mem::replace(&mut self.last_stop, stop);
        self.shared.ledger().wanted.stops.give_back(before);
        let Stop { number, reason, frame, .. } = &*self.last_stop;
        tracing::trace!(number, ?reason, ?frame, "stop");
        Ok(())
    }

    fn exited(&self, exit: Exit) -> Box<Stop> {
        self.shared.ledger().wanted.stops.take(StopReason::Exited(exit), None)
    }
}

impl<T: 'static, R: 'static> Drop for Debuggee<T, R> {
    fn drop(&mut self) {
        // The engine unwinds the program by making its paused host call fail. Nobody wants a stop
        // for that.
        self.shared.signals.detach();
        if let Run::Background(task) = &self.run {
            self.shared.signals.terminate();
            task.abort();
        }
    }
}

impl<T: 'static, R: 'static> std::fmt::Debug for Debuggee<T, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Debuggee").field("running", &self.running).field("last_stop", &self.last_stop).finish()
    }
}
