//! The place where the handler inside the program and the debuggee outside meet.
//!
//! There is one [`Shared`] per debuggee. Its mailbox carries a command in and a stop out. Both sides
//! run in the same task, so the mailbox's lock is never contended while the program is paused.
//! Invariant: no lock is held across an `await`, because events can nest. A query runs under the
//! ledger's lock; if it runs code in the store all the same, by polling a call itself, the events
//! of that code are let pass without taking the lock.

use super::crossings::Crossings;
use super::signals::Signals;
use crate::engine::Paused;
use crate::plain::{Call, Error, How, OutlineSink, Stop};
use crate::stops::{Ledger, Wanted};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use wasmtime::Engine;

/// A closure over a paused store with data `T`, and over the wanted half of its ledger.
pub(crate) type StoreQuery<T> = Box<dyn for<'a> FnOnce(&mut Paused<'a, T>, &mut Wanted) + Send>;

/// Recognises an error that ends a program as a request to exit, and returns the exit code.
pub type ExitCodes = fn(&wasmtime::Error) -> Option<i32>;

/// A command of the debuggee to the paused program.
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
    /// Set by the debuggee, taken by the innermost paused handler.
    pub(crate) command: Option<Command<T>>,
    /// Set by the handler when it pauses, taken by the debuggee.
    pub(crate) stop: Option<Box<Stop>>,
    /// Set by the handler when a query has run, taken by the debuggee.
    pub(crate) answer: Option<Answer>,
    /// Set by the handler when it could not resume, taken by the debuggee.
    pub(crate) failure: Option<Error>,
    /// Wakes the paused handler, in case a body polls it only when it is woken.
    pub(crate) waker: Option<Waker>,
}

/// All state that the two sides share.
pub(crate) struct Shared<T: 'static> {
    mailbox: Mutex<Mailbox<T>>,
    ledger: Mutex<Ledger>,
    /// Whether a query is running. The program is paused then.
    in_query: AtomicBool,
    /// Whether the store has lost its handler.
    is_handler_lost: AtomicBool,
    pub(super) crossings: Crossings,
    pub(crate) signals: Arc<Signals>,
    pub(crate) exit_codes: OnceLock<ExitCodes>,
    /// Where outlines of deep stacks are wanted.
    pub(crate) outlines: OnceLock<OutlineSink>,
}

impl<T> Shared<T> {
    pub(crate) fn new(engine: &Engine) -> Shared<T> {
        Shared {
            mailbox: Mutex::new(Mailbox { command: None, stop: None, answer: None, failure: None, waker: None }),
            ledger: Mutex::default(),
            in_query: AtomicBool::new(false),
            is_handler_lost: AtomicBool::new(false),
            crossings: Crossings::default(),
            signals: Arc::new(Signals::new(engine)),
            exit_codes: OnceLock::new(),
            outlines: OnceLock::new(),
        }
    }

    pub(crate) fn mailbox(&self) -> MutexGuard<'_, Mailbox<T>> {
        lock(&self.mailbox)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// Runs a query on the paused program, which may panic.
    pub(crate) fn query(&self, query: impl FnOnce(&mut Ledger)) -> Answer {
        let mut ledger = self.ledger();
        self.in_query.store(true, Ordering::Relaxed);
        let ended = catch_unwind(AssertUnwindSafe(|| query(&mut ledger)));
        self.in_query.store(false, Ordering::Relaxed);
        ended.map_or_else(Answer::Panicked, |()| Answer::Done)
    }

    /// Whether a query is running, in this thread: nothing else runs in a paused program.
    #[inline]
    pub(crate) fn is_in_query(&self) -> bool {
        self.in_query.load(Ordering::Relaxed)
    }

    /// Notes that the engine has dropped the store's handler.
    pub(super) fn note_handler_loss(&self) {
        self.is_handler_lost.store(true, Ordering::Relaxed);
    }

    /// Whether the store has lost its handler since this was last asked.
    #[inline]
    pub(super) fn take_handler_loss(&self) -> bool {
        // Read first, because that costs less, and it is asked at every use of the store.
        self.is_handler_lost.load(Ordering::Relaxed) && self.is_handler_lost.swap(false, Ordering::Relaxed)
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
