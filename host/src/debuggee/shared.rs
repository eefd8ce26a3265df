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
pub(super) type StoreQuery<T> = Box<dyn for<'a> FnOnce(&mut Paused<'a, T>) + Send>;

/// How an error that ends a program is recognised as a wish to exit with a code.
pub type ExitCodes = fn(&wasmtime::Error) -> Option<i32>;

/// What the controller wants of the paused program.
pub(super) enum Command<T: 'static> {
    /// With the stop before the last one, for its memory.
    Resume(How, Option<Box<Stop>>),
    /// Boxed, because commands are moved at every stop, and nearly none is a call.
    Call(Box<Call>),
    Query(StoreQuery<T>),
}

/// What has come of a query.
pub(super) enum Answer {
    Done,
    Panicked(Box<dyn Any + Send>),
}

/// The meeting place. Written by both sides under its lock.
pub(super) struct Slot<T: 'static> {
    /// Set by the controller, taken by the innermost paused handler.
    pub(super) command: Option<Command<T>>,
    /// Set by the handler when it pauses, taken by the controller.
    pub(super) stop: Option<Box<Stop>>,
    /// Set by the handler when a query has run, taken by the controller.
    pub(super) answer: Option<Answer>,
    /// Set by the handler when it could not resume, taken by the controller.
    pub(super) failure: Option<Error>,
    /// Wakes the paused handler, should a body poll it only when woken.
    pub(super) waker: Option<Waker>,
}

/// What is known of the program and wanted of it.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) modules: Modules,
    pub(super) breakpoints: Breakpoints,
    pub(super) watch: Watch,
    /// Whether an interrupt has been taken and the program is on its way to the next instruction.
    pub(super) is_interrupted: bool,
    pub(super) stepper: Stepper,
    pub(super) recorder: Recorder,
    /// What every stop shall carry.
    pub(super) captures: Captures,
    /// A stop that nobody needs any more: the next one is made in its place.
    pub(super) spare: Option<Box<Stop>>,
    /// Number of the latest stop.
    pub(super) stop_number: u64,
    /// What the references that were read at this stop refer to.
    pub(super) references: References,
    /// Where the engine keeps the program's functions, as far as somebody has asked.
    pub(super) function_addresses: FunctionAddresses,
    /// The component that the program is.
    pub(super) component: ComponentBinary,
    /// Tags that a debugger made.
    pub(super) made_tags: MadeTags,
}

impl Ledger {
    /// Gives out the number of a new stop.
    pub(super) fn next_stop(&mut self) -> u64 {
        self.stop_number = self.stop_number.saturating_add(1);
        self.stop_number
    }
}

/// All that the two sides share.
pub(super) struct Shared<T: 'static> {
    slot: Mutex<Slot<T>>,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) signals: Arc<Signals>,
    pub(super) exit_codes: OnceLock<ExitCodes>,
}

impl<T> Shared<T> {
    pub(super) fn new(engine: &Engine) -> Shared<T> {
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

    pub(super) fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        lock(&self.slot)
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// The exit code that an error asks for, if it does.
    pub(super) fn exit_code(&self, error: &wasmtime::Error) -> Option<i32> {
        self.exit_codes.get().and_then(|codes| codes(error))
    }
}

/// A lock that outlives a panic of a caller's closure: what it guards is whole after every statement.
pub(super) fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wishes that may come from any thread.
pub(super) struct Signals {
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
    pub(super) fn take_interrupt(&self) -> bool {
        self.interrupt.swap(false, Ordering::SeqCst)
    }

    pub(super) fn is_interrupt_wanted(&self) -> bool {
        self.interrupt.load(Ordering::SeqCst)
    }

    /// The handler has yielded or stopped for this epoch: no yield of the engine's own is due.
    pub(super) fn epoch_is_seen(&self) {
        self.epoch_seen.store(true, Ordering::Relaxed);
    }

    /// When the program is to come by next. The engine counts from the epoch at which this returns, so a wish that came with
    /// the epoch that is just being dealt with would wait for another one: such a wish makes the deadline pass at once.
    pub(super) fn next_deadline(&self) -> UpdateDeadline {
        if !self.epoch_seen.swap(false, Ordering::Relaxed) {
            // The engine has taken the handler out of the store.
            return UpdateDeadline::Yield(1);
        }
        UpdateDeadline::Continue(if self.is_interrupt_wanted() || self.is_terminated() { 0 } else { 1 })
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.terminate.load(Ordering::SeqCst)
    }

    pub(super) fn is_detached(&self) -> bool {
        self.detached.load(Ordering::Relaxed)
    }

    pub(super) fn detach(&self) {
        self.detached.store(true, Ordering::SeqCst);
    }

    pub(super) fn register_driver(&self, waker: &Waker) {
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

    pub(super) fn terminate(&self) {
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
pub struct Interrupter(pub(super) Arc<Signals>);

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
