//! Where the handler inside the program and the controller outside meet.
//!
//! One [`Shared`] per debuggee. The slot carries a command in and a stop out; both sides run in the same task, so its
//! lock is never contended while the program is paused. Invariant: no lock is held across an `await` or while a
//! caller's closure runs, because events can nest.

use super::breakpoints::Breakpoints;
use super::modules::Modules;
use super::paused::Paused;
use super::recorder::Recorder;
use super::state::{ComponentBinary, FunctionAddresses, MadeTags, References};
use super::stepper::Stepper;
use super::watch::Watch;
use super::{Call, Captures, Error, How, Stop};
use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use wasmtime::{Engine, EngineWeak, UpdateDeadline};

/// A closure over a paused store of data `T`.
pub(crate) type StoreQuery<T> = Box<dyn for<'a> FnOnce(&mut Paused<'a, T>) + Send>;

/// How an error that ends a program is recognised as a wish to exit with a code.
pub type ExitCodes = fn(&wasmtime::Error) -> Option<i32>;

/// What the controller wants of the paused program.
pub(crate) enum Command<T: 'static> {
    /// With the stop before the last one, for its memory.
    Resume(How, Option<Box<Stop>>),
    /// Boxed, because commands are moved at every stop, and nearly none is a call.
    Call(Box<Call>),
    Query(StoreQuery<T>),
}

/// What has come of a query.
pub(crate) enum Answer {
    Done,
    Panicked(Box<dyn Any + Send>),
}

/// The meeting place. Written by both sides under its lock.
pub(crate) struct Slot<T: 'static> {
    /// Set by the controller, taken by the innermost paused handler.
    pub(crate) command: Option<Command<T>>,
    /// Set by the handler when it pauses, taken by the controller.
    pub(crate) stop: Option<Box<Stop>>,
    /// Set by the handler when a query has run, taken by the controller.
    pub(crate) answer: Option<Answer>,
    /// Set by the handler when it could not resume, taken by the controller.
    pub(crate) failure: Option<Error>,
    /// Wakes the paused handler, should a body poll it only when woken.
    pub(crate) waker: Option<Waker>,
}

/// What is known of the program and wanted of it.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) modules: Modules,
    pub(crate) breakpoints: Breakpoints,
    pub(crate) watch: Watch,
    /// Whether an interrupt has been taken and the program is on its way to the next instruction.
    pub(crate) is_interrupted: bool,
    pub(crate) stepper: Stepper,
    pub(crate) recorder: Recorder,
    /// What every stop shall carry.
    pub(crate) captures: Captures,
    /// A stop that nobody needs any more: the next one is made in its place.
    pub(crate) spare: Option<Box<Stop>>,
    /// Number of the latest stop.
    pub(crate) stop_number: u64,
    /// What the references that were read at this stop refer to.
    pub(crate) references: References,
    /// Where the engine keeps the program's functions, as far as somebody has asked.
    pub(crate) function_addresses: FunctionAddresses,
    /// The component that the program is.
    pub(crate) component: ComponentBinary,
    /// Tags that a debugger made.
    pub(crate) made_tags: MadeTags,
}

impl Ledger {
    /// Gives out the number of a new stop.
    pub(crate) fn next_stop(&mut self) -> u64 {
        self.stop_number = self.stop_number.saturating_add(1);
        self.stop_number
    }
}

/// All that the two sides share.
pub(crate) struct Shared<T: 'static> {
    slot: Mutex<Slot<T>>,
    pub(crate) ledger: Mutex<Ledger>,
    pub(crate) signals: Arc<Signals>,
    pub(crate) exit_codes: OnceLock<ExitCodes>,
}

impl<T> Shared<T> {
    pub(crate) fn new(engine: &Engine) -> Shared<T> {
        Shared {
            slot: Mutex::new(Slot { command: None, stop: None, answer: None, failure: None, waker: None }),
            ledger: Mutex::default(),
            signals: Arc::new(Signals {
                interrupt: AtomicBool::new(false),
                terminate: AtomicBool::new(false),
                detached: AtomicBool::new(false),
                epoch_seen: AtomicBool::new(false),
                driver: Mutex::new(None),
                engine: engine.weak(),
            }),
            exit_codes: OnceLock::new(),
        }
    }

    pub(crate) fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        lock(&self.slot)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// The exit code that an error asks for, if it does.
    pub(crate) fn exit_code(&self, error: &wasmtime::Error) -> Option<i32> {
        self.exit_codes.get().and_then(|codes| codes(error))
    }
}

/// A lock that outlives a panic of a caller's closure: what it guards is whole after every statement.
pub(crate) fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wishes that may come from any thread.
pub(crate) struct Signals {
    interrupt: AtomicBool,
    terminate: AtomicBool,
    detached: AtomicBool,
    /// Set by the handler when it has dealt with an epoch, taken by the callback that the engine asks next.
    epoch_seen: AtomicBool,
    /// Wakes whoever runs the program, while it waits in the host.
    driver: Mutex<Option<Waker>>,
    engine: EngineWeak,
}

impl Signals {
    /// Takes a pending interrupt.
    pub(crate) fn take_interrupt(&self) -> bool {
        self.interrupt.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn is_interrupt_wanted(&self) -> bool {
        self.interrupt.load(Ordering::SeqCst)
    }

    /// The handler has yielded or stopped for this epoch: no yield of the engine's own is due.
    pub(crate) fn epoch_is_seen(&self) {
        self.epoch_seen.store(true, Ordering::Relaxed);
    }

    /// When the program is to come by next. The engine counts from the epoch at which this returns, so a wish that came with
    /// the epoch that is just being dealt with would wait for another one: such a wish makes the deadline pass at once.
    pub(crate) fn next_deadline(&self) -> UpdateDeadline {
        if !self.epoch_seen.swap(false, Ordering::Relaxed) {
            // The engine has taken the handler out of the store.
            return UpdateDeadline::Yield(1);
        }
        UpdateDeadline::Continue(if self.is_interrupt_wanted() || self.is_terminated() { 0 } else { 1 })
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.terminate.load(Ordering::SeqCst)
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.detached.load(Ordering::Relaxed)
    }

    pub(crate) fn detach(&self) {
        self.detached.store(true, Ordering::SeqCst);
    }

    pub(crate) fn register_driver(&self, waker: &Waker) {
        let mut driver = lock(&self.driver);
        match &mut *driver {
            Some(known) => known.clone_from(waker),
            None => *driver = Some(waker.clone()),
        }
    }

    /// Makes the running program come by an epoch check.
    fn bump_epoch(&self) {
        if let Some(engine) = self.engine.upgrade() {
            engine.increment_epoch();
        }
    }

    pub(crate) fn terminate(&self) {
        self.terminate.store(true, Ordering::SeqCst);
        self.bump_epoch();
        let driver = lock(&self.driver).take();
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}

/// Interrupts or ends a running program, from any thread.
#[derive(Clone)]
pub struct Interrupter(pub(crate) Arc<Signals>);

impl Interrupter {
    /// Asks for a stop with the reason interrupt at the next function entry or loop turn. While paused, the request
    /// holds for the next resume; any other stop that comes first uses it up. A program that waits inside a host call stops when that
    /// call returns.
    ///
    /// Works through the engine's epoch, so other stores of the same engine yield once.
    pub fn interrupt(&self) {
        self.0.interrupt.store(true, Ordering::SeqCst);
        self.0.bump_epoch();
    }

    /// Ends the program: whoever waits for its next stop gets the exit `Killed`. Code in a blocking host call
    /// runs on until that returns.
    pub fn terminate(&self) {
        self.0.terminate();
    }
}

impl std::fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interrupter").finish_non_exhaustive()
    }
}
