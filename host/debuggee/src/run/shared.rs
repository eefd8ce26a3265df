//! Where the handler inside the program and the controller outside meet.
//!
//! One [`Shared`] per debuggee. The slot carries a command in and a stop out; both sides run in the same task, so its
//! lock is never contended while the program is paused. Invariant: no lock is held across an `await`, because events can nest. A
//! query runs under the ledger's lock: it cannot run the program, whose store is for asynchronous calls only.

use super::signals::Signals;
use crate::engine::Paused;
use crate::plain::{Call, Error, How, Stop};
use crate::stops::{Ledger, Wanted};
use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use wasmtime::Engine;

/// A closure over a paused store of data `T`, and what is wanted of its program.
pub(crate) type StoreQuery<T> = Box<dyn for<'a> FnOnce(&mut Paused<'a, T>, &mut Wanted) + Send>;

/// How an error that ends a program is recognised as a wish to exit with a code.
pub type ExitCodes = fn(&wasmtime::Error) -> Option<i32>;

/// A wish of the controller to the paused program.
pub(crate) enum Command<T: 'static> {
    Resume(How),
    /// Boxed, because commands are moved at every stop, and nearly none is a call.
    Call(Box<Call>),
    Query(StoreQuery<T>),
}

/// The outcome of a query.
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
            signals: Arc::new(Signals::new(engine)),
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
