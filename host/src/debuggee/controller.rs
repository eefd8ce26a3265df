//! Outside the program: the debuggee itself.
//!
//! Owns the future that owns the store. Invariant: whatever future of this room is dropped and whenever, the program
//! neither loses a stop nor runs an instruction twice; everything needed to go on is in [`Debuggee`] and [`Shared`].

use super::breakpoints::{Breakpoint, Change};
use super::costs::StepCosts;
use super::handler::{Handler, describe, panic_message, patch_out, pause};
use super::paused::{Pause, Paused, look_for_modules};
use super::session::{Query, Session};
use super::shared::{Answer, Command, ExitCodes, Interrupter, Shared, StoreQuery, lock};
use super::state::ComponentBinary;
use super::{
    BreakpointId, Call, Captures, Drained, Error, Exit, How, Location, MAX_CAPTURED_FRAMES, ModuleId, ModuleInfo,
    Recording, State, Stop, StopReason, Value, WatchChange, Watchpoint, WatchpointId, points,
};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use wasmtime::{AsContextMut, Store};

/// The future of a body: what the program does on its store.
pub type BodyFuture<'a, R> = Pin<Box<dyn Future<Output = wasmtime::Result<R>> + Send + 'a>>;

/// The program: its body, the pause before it, and the cleaning up after it.
type Program<T, R> = Pin<Box<dyn Future<Output = (Store<T>, wasmtime::Result<R>)> + Send>>;

/// A program under debug, with its store: a *pausable store*.
///
/// `T` is the store's data, `R` what the body returns.
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
/// The program runs in the task that waits for it: [`Debuggee::resume`] polls it until its next stop. Between
/// [`Debuggee::start`] and that stop it runs in a task of its own instead. A `resume` whose future is
/// dropped leaves the program running but not advancing, and the next `resume` goes on.
///
/// What is not allowed in a state is an [`Error`], never a panic.
///
/// # Limits
/// The engine takes the debug handler out of a store whose call is dropped while it is paused: a body that gives up waiting
/// for its own call (a timeout around it) runs on without a debugger.
pub struct Debuggee<T: 'static, R: 'static = ()> {
    shared: Arc<Shared<T>>,
    run: Run<T, R>,
    /// Whether the program is between a resume and its next stop.
    running: bool,
    /// What the paused program is told when it is polled next.
    command: Option<Command<T>>,
    last_stop: Box<Stop>,
    /// The one before, for the memory of the next.
    spare: Option<Box<Stop>>,
    /// How the results are got from what the body returns.
    exit_values: Option<fn(&R) -> Vec<Value>>,
}

/// Where the program is.
enum Run<T: 'static, R: 'static> {
    /// With us: it advances when we are polled.
    Here(Program<T, R>),
    /// In a task of its own until its next stop.
    Background(JoinHandle<(Program<T, R>, Outcome<T, R>)>),
    /// It has ended and left its store.
    Ended(Store<T>, wasmtime::Result<R>),
    /// Its store is gone, or was taken.
    Lost(String),
}

/// What ends a stretch of running.
enum Outcome<T: 'static, R: 'static> {
    Stopped(Box<Stop>),
    Finished(Store<T>, wasmtime::Result<R>),
    /// The program is paused still: the engine could not be made ready.
    Failed(Error),
    Panicked(String),
    Terminated,
}

impl<T: Send + 'static, R: Send + 'static> Debuggee<T, R> {
    /// A paused program that has not begun. The first resume runs `body`, which instantiates and calls what it likes.
    ///
    /// Modules that were registered on the store (`Store::debug_register_module`, `debug_register_component`) are known
    /// at once and can get breakpoints before anything runs; others are found as they are instantiated.
    ///
    /// The debuggee takes over the store's debug handler and its epoch deadline (1 tick, then yield, which is what
    /// interrupts need; they work on engines with [`wasmtime::Config::epoch_interruption`]).
    ///
    /// # Errors
    /// [`Error::NotDebuggable`] if the engine was made without [`wasmtime::Config::guest_debug`].
    pub fn new<F>(mut store: Store<T>, body: F) -> Result<Self, Error>
    where
        F: for<'a> FnOnce(&'a mut Store<T>) -> BodyFuture<'a, R> + Send + 'static,
    {
        if store.edit_breakpoints().is_none() {
            return Err(Error::NotDebuggable);
        }
        let shared = Arc::new(Shared::new(store.engine()));
        store.set_epoch_deadline(1);
        let signals = Arc::clone(&shared.signals);
        store.epoch_deadline_callback(move |_| Ok(signals.next_deadline()));
        look_for_modules(store.as_context_mut(), &mut shared.ledger().modules);
        let program = Box::pin(program(Arc::clone(&shared), store, body));
        let last_stop = Box::new(Stop::entry());
        Ok(Debuggee {
            shared,
            run: Run::Here(program),
            running: false,
            command: None,
            last_stop,
            spare: None,
            exit_values: None,
        })
    }

    /// Tells which errors are a wish to exit with a code, so that they end the program as [`Exit::Code`] and are no stop
    /// of their own. For WASI: `|error| Some(error.downcast_ref::<I32Exit>()?.0)`.
    #[must_use]
    pub fn exit_codes(self, codes: ExitCodes) -> Self {
        // Only this consumes the debuggee, so the cell is empty unless it was called twice: the first one stays.
        let _ = self.shared.exit_codes.set(codes);
        self
    }

    /// Tells which component the program is, so that [`View::component`](super::View::component) can show it: the bytes that its
    /// [`wasmtime::component::Component`] was made of.
    #[must_use]
    pub fn component(self, binary: Arc<[u8]>) -> Self {
        self.shared.ledger().component = ComponentBinary::new(binary);
        self
    }

    /// Tells what the program's results are, from what its body returns: [`Exit::Returned`] carries them. Only the body knows, because
    /// only it has made the call that counts as the program.
    #[must_use]
    pub fn exit_values(mut self, values: fn(&R) -> Vec<Value>) -> Self {
        self.exit_values = Some(values);
        self
    }

    /// What the program is doing.
    pub fn state(&self) -> State {
        match self.run {
            Run::Ended(..) | Run::Lost(_) => State::Exited,
            Run::Here(_) | Run::Background(_) if self.running => State::Running,
            Run::Here(_) | Run::Background(_) => State::Paused,
        }
    }

    /// Whether the program has ended.
    pub fn is_complete(&self) -> bool {
        self.state() == State::Exited
    }

    /// The latest stop; while running, the one that it was resumed from.
    pub fn last_stop(&self) -> &Stop {
        &self.last_stop
    }

    /// Runs to the next stop. Cancel-safe: dropping the future loses no stop, and the next call goes on (its `how` is then
    /// ignored). Waits for the background task if there is one.
    ///
    /// # Errors
    /// [`Error::Exited`]; [`Error::BodyPanicked`] when the body panics, after which the state is exited.
    pub async fn resume(&mut self, how: How) -> Result<Stop, Error> {
        (self as &mut dyn Session).resume(how).await.cloned()
    }

    /// Makes a call inside the paused program, to the first stop in it or to its end; see [`Session::begin_call`]. Cancel-safe: when the
    /// future is dropped, the next [`Debuggee::resume`] goes on with the call.
    ///
    /// # Errors
    /// As [`Session::begin_call`], and [`Error::BodyPanicked`].
    pub async fn call(&mut self, call: Call) -> Result<Stop, Error> {
        (self as &mut dyn Session).call(call).await.cloned()
    }

    /// Runs on in a task of its own until the next stop, which [`Debuggee::resume`] gives.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`]; [`Error::Engine`] outside a tokio runtime.
    pub fn start(&mut self, how: How) -> Result<(), Error> {
        self.require_paused()?;
        // Asked first, so that the program is left as it was if there is none.
        runtime()?;
        self.begin(how)?;
        self.run_in_background()
    }

    /// Runs a closure on the frozen store. Cancel-safe: the query of a future that was dropped has run or never will.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
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
        self.put_query(Box::new(move |paused| {
            let value = query(paused);
            *lock(&sink) = Some(value);
        }))?;
        poll_fn(|context| self.poll_query(context)).await?;
        let value = lock(&answer).take();
        value.ok_or(Error::Exited)
    }

    /// Runs to the end with no more stops and with every breakpoint taken out of the code. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::BodyPanicked`].
    pub async fn finish(&mut self) -> Result<Exit, Error> {
        (self as &mut dyn Session).finish().await
    }

    /// The store and the body's own result, once, after the program has ended. The handler is cleared and the code has no
    /// breakpoints; the store is still for asynchronous calls, and its epoch deadline still yields.
    ///
    /// # Errors
    /// [`Error::NotExited`]; [`Error::StoreLost`] after a panic or `terminate`, or when it was taken before.
    pub fn take_store(&mut self) -> Result<(Store<T>, wasmtime::Result<R>), Error> {
        match std::mem::replace(&mut self.run, Run::Lost("it was taken already".to_owned())) {
            Run::Ended(store, result) => Ok((store, result)),
            Run::Lost(why) => {
                let error = Error::StoreLost(why.clone());
                self.run = Run::Lost(why);
                Err(error)
            }
            run @ (Run::Here(_) | Run::Background(_)) => {
                self.run = run;
                Err(Error::NotExited)
            }
        }
    }

    /// A handle that interrupts or terminates the program from any thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(Arc::clone(&self.shared.signals))
    }

    /// Ends the program at once; its store is lost. See [`Session::terminate`].
    ///
    /// # Errors
    /// [`Error::Exited`].
    pub fn terminate(&mut self) -> Result<(), Error> {
        Session::terminate(self)
    }

    /// Applies breakpoint changes in order and answers each. They reach the code at the next resume, together.
    ///
    /// # Errors
    /// [`Error::Running`], [`Error::Exited`].
    pub fn edit_breakpoints(&mut self, changes: &[Change]) -> Result<Vec<Result<BreakpointId, Error>>, Error> {
        Session::edit_breakpoints(self, changes)
    }

    /// Applies watchpoint changes in order and answers each. They reach the code at the next resume, together.
    ///
    /// # Errors
    /// As [`Session::edit_watchpoints`].
    pub fn edit_watchpoints(&mut self, changes: &[WatchChange]) -> Result<Vec<Result<WatchpointId, Error>>, Error> {
        Session::edit_watchpoints(self, changes)
    }

    /// Makes the stepper reckon with these prices instead of those that it measures. For tests.
    #[doc(hidden)]
    pub fn assume_step_costs(&self, costs: StepCosts) {
        self.shared.ledger().stepper.assume(costs);
    }

    /// How often the engine's code was edited. For tests.
    #[doc(hidden)]
    pub fn n_edit_sessions(&self) -> u64 {
        self.shared.ledger().stepper.n_sessions()
    }

    fn require_paused(&self) -> Result<(), Error> {
        match self.state() {
            State::Paused => Ok(()),
            State::Running => Err(Error::Running),
            State::Exited => Err(Error::Exited),
        }
    }

    /// Asks the engine where it can stop, as far as these changes need to know it. The paused program answers at once.
    fn look_up_points(&mut self, changes: &[Change]) -> Result<(), Error> {
        let locations: Vec<Location> = changes.iter().filter_map(Change::location).collect();
        // A terminated program answers no more; nothing of it will run.
        let nothing_to_ask = points::unknown(&mut self.shared.ledger(), &locations).is_empty();
        if nothing_to_ask || self.shared.signals.is_terminated() {
            return Ok(());
        }
        let answer = Arc::new(Mutex::new(Ok(())));
        let sink = Arc::clone(&answer);
        self.put_query(Box::new(move |paused| {
            let mut ledger = lock(paused.ledger);
            *lock(&sink) = points::look_up(&mut ledger, &mut paused.store, &locations);
        }))?;
        match self.poll_query(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => done?,
            // A body that did not poll its paused call. What the module itself says is nearly always right.
            Poll::Pending => self.shared.slot().command = None,
        }
        lock(&answer).clone()
    }

    fn check_how(&self, how: How) -> Result<(), Error> {
        match how {
            How::RunTo(location) => self.shared.ledger().modules.check(location.module, location.pc),
            _ => Ok(()),
        }
    }

    fn put_query(&mut self, query: StoreQuery<T>) -> Result<(), Error> {
        self.require_paused()?;
        self.command = Some(Command::Query(query));
        Ok(())
    }

    /// Takes in what ended a stretch of running.
    fn settle(&mut self, outcome: Outcome<T, R>) -> Result<(), Error> {
        self.running = false;
        let stop = match outcome {
            // A stop that nobody has seen yet does not outlive the program.
            Outcome::Stopped(_) if self.shared.signals.is_terminated() => return self.settle(Outcome::Terminated),
            Outcome::Stopped(stop) => stop,
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
        self.spare = Some(std::mem::replace(&mut self.last_stop, stop));
        let Stop { number, reason, location, .. } = &*self.last_stop;
        tracing::trace!(number, ?reason, ?location, "stop");
        Ok(())
    }

    fn exited(&self, exit: Exit) -> Box<Stop> {
        let number = self.shared.ledger().next_stop();
        Box::new(Stop { number, reason: StopReason::Exited(exit), ..Stop::entry() })
    }
}

impl<T: Send + 'static, R: Send + 'static> Session for Debuggee<T, R> {
    fn state(&self) -> State {
        Debuggee::state(self)
    }

    fn last_stop(&self) -> &Stop {
        &self.last_stop
    }

    fn begin(&mut self, how: How) -> Result<(), Error> {
        self.require_paused()?;
        self.check_how(how)?;
        self.command = Some(Command::Resume(how, self.spare.take()));
        self.running = true;
        Ok(())
    }

    fn begin_call(&mut self, call: Call) -> Result<(), Error> {
        self.require_paused()?;
        self.check_how(call.how)?;
        self.command = Some(Command::Call(call));
        self.running = true;
        Ok(())
    }

    fn poll_stop(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.running {
            return Poll::Ready(Ok(()));
        }
        let outcome = match &mut self.run {
            Run::Here(program) => std::task::ready!(drive(program, &self.shared, &mut self.command, context)),
            Run::Background(task) => match std::task::ready!(Pin::new(task).poll(context)) {
                Ok((program, outcome)) => {
                    self.run = Run::Here(program);
                    outcome
                }
                Err(_) => Outcome::Terminated,
            },
            Run::Ended(..) | Run::Lost(_) => return Poll::Ready(Err(Error::Exited)),
        };
        Poll::Ready(self.settle(outcome))
    }

    fn run_in_background(&mut self) -> Result<(), Error> {
        if Debuggee::state(self) != State::Running {
            return Err(Error::Exited);
        }
        let runtime = runtime()?;
        match std::mem::replace(&mut self.run, Run::Lost("it was lost on its way to the background".to_owned())) {
            Run::Here(mut program) => {
                let shared = Arc::clone(&self.shared);
                let mut command = self.command.take();
                self.run = Run::Background(runtime.spawn(async move {
                    let outcome = poll_fn(|context| drive(&mut program, &shared, &mut command, context)).await;
                    (program, outcome)
                }));
            }
            run => self.run = run,
        }
        Ok(())
    }

    fn begin_query(&mut self, query: Query) -> Result<(), Error> {
        self.put_query(Box::new(move |paused| query(paused)))
    }

    fn poll_query(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Run::Here(program) = &mut self.run else {
            return Poll::Ready(Err(Error::Exited));
        };
        // The paused handler takes the query in its next poll; nothing else of the program advances meanwhile.
        let driven = drive(program, &self.shared, &mut self.command, context);
        match self.shared.slot().answer.take() {
            Some(Answer::Done) => return Poll::Ready(Ok(())),
            Some(Answer::Panicked(panic)) => resume_unwind(panic),
            None => {}
        }
        match driven {
            Poll::Pending => Poll::Pending,
            // The body gave up its paused call and went on without it.
            Poll::Ready(outcome) => match self.settle(outcome) {
                Ok(()) => Poll::Ready(Err(Error::Exited)),
                Err(error) => Poll::Ready(Err(error)),
            },
        }
    }

    fn detach(&mut self) {
        self.shared.signals.detach();
    }

    fn interrupter(&self) -> Interrupter {
        Debuggee::interrupter(self)
    }

    fn terminate(&mut self) -> Result<(), Error> {
        match &self.run {
            Run::Ended(..) | Run::Lost(_) => return Err(Error::Exited),
            Run::Background(_) => self.shared.signals.terminate(),
            Run::Here(_) => {
                self.shared.signals.detach();
                self.settle(Outcome::Terminated)?;
            }
        }
        Ok(())
    }

    fn edit_breakpoints(&mut self, changes: &[Change]) -> Result<Vec<Result<BreakpointId, Error>>, Error> {
        self.require_paused()?;
        self.look_up_points(changes)?;
        let mut ledger = self.shared.ledger();
        let ledger = &mut *ledger;
        let answers = changes.iter().map(|change| ledger.breakpoints.change(&mut ledger.modules, change));
        Ok(answers.collect())
    }

    fn breakpoints(&self) -> Result<Vec<Breakpoint>, Error> {
        if Debuggee::state(self) == State::Running {
            return Err(Error::Running);
        }
        Ok(self.shared.ledger().breakpoints.all())
    }

    fn edit_watchpoints(&mut self, changes: &[WatchChange]) -> Result<Vec<Result<WatchpointId, Error>>, Error> {
        self.require_paused()?;
        let changes = changes.to_vec();
        let answer = Arc::new(Mutex::new(None));
        let sink = Arc::clone(&answer);
        self.put_query(Box::new(move |paused| {
            let answers = lock(paused.ledger).watch.edit(&mut paused.store, &changes);
            *lock(&sink) = Some(answers);
        }))?;
        match self.poll_query(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => done?,
            Poll::Pending => self.shared.slot().command = None,
        }
        let answers = lock(&answer).take();
        answers.ok_or_else(|| Error::Engine("the program's body does not poll its paused call".to_owned()))
    }

    fn watchpoints(&self) -> Result<Vec<Watchpoint>, Error> {
        if Debuggee::state(self) == State::Running {
            return Err(Error::Running);
        }
        Ok(self.shared.ledger().watch.all())
    }

    fn set_captures(&mut self, captures: Captures) -> Result<(), Error> {
        self.require_paused()?;
        if captures.n_frames > MAX_CAPTURED_FRAMES {
            return Err(Error::TooLarge { limit: u64::from(MAX_CAPTURED_FRAMES) });
        }
        self.shared.ledger().captures = captures;
        Ok(())
    }

    fn set_recording(&mut self, recording: Recording) -> Result<(), Error> {
        self.require_paused()?;
        recording.check()?;
        self.shared.ledger().recorder.recording = recording;
        Ok(())
    }

    fn drain_records(&mut self, limit: usize) -> Drained {
        self.shared.ledger().recorder.drain(limit)
    }

    fn modules(&self) -> Vec<ModuleInfo> {
        self.shared.ledger().modules.infos()
    }

    fn bytecode(&self, module: ModuleId, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        self.shared.ledger().modules.bytecode(module, offset, length)
    }
}

impl<T: 'static, R: 'static> Drop for Debuggee<T, R> {
    fn drop(&mut self) {
        // The engine unwinds the program by failing its paused host call: nobody wants to see that as a stop.
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

/// The whole life of a program: paused at entry, then its body, then cleaned up.
async fn program<T, R, F>(shared: Arc<Shared<T>>, mut store: Store<T>, body: F) -> (Store<T>, wasmtime::Result<R>)
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Store<T>) -> BodyFuture<'a, R> + Send,
{
    // Set before the first pause, for calls that are injected there.
    store.set_debug_handler(Handler(Arc::clone(&shared)));
    pause(&shared, store.as_context_mut(), Pause::entry(), None).await;
    let result = body(&mut store).await;
    store.clear_debug_handler();
    store.epoch_deadline_async_yield_and_update(1);
    patch_out(&shared, &mut store.as_context_mut());
    (store, result)
}

/// Hands over what the paused program is told, if anything, and polls the program once, until it stops, ends or waits for
/// something.
fn drive<T, R>(
    program: &mut Program<T, R>,
    shared: &Shared<T>,
    command: &mut Option<Command<T>>,
    context: &mut Context<'_>,
) -> Poll<Outcome<T, R>> {
    if shared.signals.is_terminated() {
        return Poll::Ready(Outcome::Terminated);
    }
    let mut slot = shared.slot();
    if command.is_some() {
        slot.command = command.take();
        slot.answer = None;
    }
    // A body that joins several futures may poll the paused one only after a wake-up.
    let inner = slot.waker.take_if(|inner| !inner.will_wake(context.waker()));
    drop(slot);
    if let Some(inner) = inner {
        inner.wake();
    }
    match catch_unwind(AssertUnwindSafe(|| program.as_mut().poll(context))) {
        Err(panic) => Poll::Ready(Outcome::Panicked(panic_message(&*panic))),
        Ok(Poll::Ready((store, result))) => Poll::Ready(Outcome::Finished(store, result)),
        Ok(Poll::Pending) => {
            let mut slot = shared.slot();
            if let Some(stop) = slot.stop.take() {
                return Poll::Ready(Outcome::Stopped(stop));
            }
            if let Some(error) = slot.failure.take() {
                return Poll::Ready(Outcome::Failed(error));
            }
            drop(slot);
            shared.signals.register_driver(context.waker());
            // Asked after registering, so that a termination in between is not missed.
            if shared.signals.is_terminated() { Poll::Ready(Outcome::Terminated) } else { Poll::Pending }
        }
    }
}

fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|error| Error::Engine(format!("cannot run in the background: {error}")))
}
