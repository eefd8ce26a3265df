//! The place where the handler inside the program and the controller outside meet.
//!
//! There is one [`Shared`] per debuggee. Its slot carries a command in and a stop out. Both sides
//! run in the same task, so the slot's lock is never contended while the program is paused.
//! Invariant: no lock is held across an `await`, because events can nest. A query runs under the
//! ledger's lock, which is safe because a query cannot run the program: its store is for
//! asynchronous calls only.

use super::signals::Signals;
use crate::engine::Paused;
use crate::plain::{Call, Error, How, OutlineSink, Stop};
use crate::stops::{Ledger, Wanted};
use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use wasmtime::Engine;

/// A closure over a paused store with data `T`, and over the wanted half of its ledger.
pub(crate) type StoreQuery<T> = Box<dyn for<'a> FnOnce(&mut Paused<'a, T>, &mut Wanted) + Send>;

/// Recognises an error that ends a program as a request to exit, and returns the exit code.
pub type ExitCodes = fn(&wasmtime::Error) -> Option<i32>;

/// A command of the controller to the paused program.
pub(crate) enum Command<T: 'static> {
    Resume(How),
    /// Boxed, because commands are moved at every stop and hardly any is a call.
    Call(Box<Call>),
    Query(StoreQuery<T>),
}

/// The outcome of a query.
pub(crate) enum Answer {
    Done,
    Panicked(Box<dyn Any + Send>),
}

/// The data that the two sides hand over. Both write it, under its lock.
pub(crate) struct Mailbox<T: 'static> {
    /// Set by the controller, taken by the innermost paused handler.
    pub(crate) command: Option<Command<T>>,
    /// Set by the handler when it pauses, taken by the controller.
    pub(crate) stop: Option<Box<Stop>>,
    /// Set by the handler when a query has run, taken by the controller.
    pub(crate) answer: Option<Answer>,
    /// Set by the handler when it could not resume, taken by the controller.
    pub(crate) failure: Option<Error>,
    /// Wakes the paused handler, in case a body polls it only when it is woken.
    pub(crate) waker: Option<Waker>,
}

/// All state that the two sides share.
pub(crate) struct Shared<T: 'static> {
    slot: Mutex<Mailbox<T>>,
    pub(crate) ledger: Mutex<Ledger>,
    pub(crate) signals: Arc<Signals>,
    pub(crate) exit_codes: OnceLock<ExitCodes>,
    /// Where outlines of deep stacks are wanted.
    pub(crate) outlines: OnceLock<OutlineSink>,
}

impl<T> Shared<T> {
    pub(crate) fn new(engine: &Engine) -> Shared<T> {
        Shared {
            slot: Mutex::new(Mailbox { command: None, stop: None, answer: None, failure: None, waker: None }),
            ledger: Mutex::default(),
            signals: Arc::new(Signals::new(engine)),
            exit_codes: OnceLock::new(),
            outlines: OnceLock::new(),
        }
    }

    pub(crate) fn slot(&self) -> MutexGuard<'_, Mailbox<T>> {
        lock(&self.slot)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// The exit code that an error asks for; `None` if it is not a request to exit.
    pub(crate) fn exit_code(&self, error: &wasmtime::Error) -> Option<i32> {
        self.exit_codes.get().and_then(|codes| codes(error))
    }
}

/// Locks a mutex even if a caller's closure has panicked under it: the data behind it is consistent
/// after every statement.
pub(crate) fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
