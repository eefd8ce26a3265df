//! Requests that may come from any thread while the program runs: an interrupt, a termination, a
//! detach.
//!
//! Set from outside, taken by the handler. Invariant: a request is seen at the next epoch check,
//! whatever happens in between.

use super::shared::lock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use wasmtime::{Engine, EngineWeak, UpdateDeadline};

/// The requests that may come from any thread.
pub(crate) struct Signals {
    interrupt: AtomicBool,
    terminate: AtomicBool,
    detached: AtomicBool,
    /// Whether somebody has what it takes to interrupt the program. Never taken back.
    watched: AtomicBool,
    /// Set by the handler when it has dealt with an epoch, taken by the callback that the engine
    /// calls next.
    epoch_seen: AtomicBool,
    /// Wakes whoever runs the program while it waits in the host.
    driver: Mutex<Option<Waker>>,
    engine: EngineWeak,
}

impl Signals {
    pub(super) fn new(engine: &Engine) -> Signals {
        Signals {
            interrupt: AtomicBool::new(false),
            terminate: AtomicBool::new(false),
            detached: AtomicBool::new(false),
            watched: AtomicBool::new(false),
            epoch_seen: AtomicBool::new(false),
            driver: Mutex::new(None),
            engine: engine.weak(),
        }
    }

    /// Takes a pending interrupt; returns whether there was one.
    pub(crate) fn take_interrupt(&self) -> bool {
        self.interrupt.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn is_interrupt_wanted(&self) -> bool {
        self.interrupt.load(Ordering::SeqCst)
    }

    /// Records that the handler has yielded or stopped for this epoch, so that the engine need not
    /// yield on its own.
    pub(crate) fn mark_epoch_seen(&self) {
        self.epoch_seen.store(true, Ordering::Relaxed);
    }

    /// When the program has to check the epoch next. The engine counts from the epoch at which this
    /// returns, so a request that came with the epoch that is being dealt with would have to wait
    /// for another one. For such a request the deadline passes at once.
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

    /// Notes that somebody may interrupt the program from now on.
    pub(crate) fn watch(&self) {
        self.watched.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    pub(crate) fn register_driver(&self, waker: &Waker) {
        let mut driver = lock(&self.driver);
        match &mut *driver {
            Some(known) => known.clone_from(waker),
            None => *driver = Some(waker.clone()),
        }
    }

    /// Makes the running program reach an epoch event at its next epoch check.
    fn bump_epoch(&self) {
        if let Some(engine) = self.engine.upgrade() {
            engine.increment_epoch();
        }
    }

    pub(crate) fn terminate(&self) {
        self.terminate.store(true, Ordering::SeqCst);
        self.bump_epoch();
        self.wake_driver();
    }

    fn wake_driver(&self) {
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
    /// Asks for a stop with the reason interrupt at the next function entry or loop iteration.
    /// While the program is paused, the request stays pending until the next resume; any other stop
    /// that comes first uses it up. A program that waits in an asynchronous host call stops at once, in
    /// that call; see [`Session::waits_in_host`](crate::Session::waits_in_host). One in a host call
    /// that blocks its thread stops after that call.
    ///
    /// This works through the engine's epoch, so other stores of the same engine yield once.
    pub fn interrupt(&self) {
        self.0.interrupt.store(true, Ordering::SeqCst);
        self.0.bump_epoch();
        self.0.wake_driver();
    }

    /// Ends the program: whoever waits for its next stop gets the exit `Killed`. Code in a blocking
    /// host call runs on until that call returns.
    pub fn terminate(&self) {
        self.0.terminate();
    }
}

impl std::fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interrupter").finish_non_exhaustive()
    }
}
