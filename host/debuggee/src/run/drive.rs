//! The program's future: the whole life of the program, and one poll of it.
//!
//! Polled by whoever resumes the program, or by its background task. Invariant: a poll either
//! returns an outcome or has registered the waker.

use super::body_store::BodyStore;
use super::crossings::stop_in_host;
use super::debuggee::BodyFuture;
use super::handler::{panic_message, patch_out};
use super::pause::{AfterEvent, EventFuture};
use super::shared::{Command, Shared};
use crate::engine::Pause;
use crate::plain::{Error, Stop};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use wasmtime::{AsContextMut, Store};

/// The future of a program: the pause before its body, the body, and the cleaning up after it.
pub(super) type Program<T, R> = Pin<Box<dyn Future<Output = (Store<T>, wasmtime::Result<R>)> + Send>>;
/// How a stretch of running has ended.
pub(super) enum Outcome<T: 'static, R: 'static> {
    Stopped(Box<Stop>),
    /// Stopped where it waits in a call of the host.
    StoppedInHost(Box<Stop>),
    Finished(Store<T>, wasmtime::Result<R>),
    /// The engine could not be prepared for the command; the program is still paused.
    Failed(Error),
    Panicked(String),
    Terminated,
}

/// The whole life of a program: it is paused at entry, runs its body, and is cleaned up.
pub(super) async fn program<T, R, F>(
    shared: Arc<Shared<T>>,
    store: Store<T>,
    body: F,
) -> (Store<T>, wasmtime::Result<R>)
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut BodyStore<T>) -> BodyFuture<'a, R> + Send,
{
    // With the handler before the first pause, for calls that are injected there.
    let mut store = BodyStore::new(store, Arc::clone(&shared));
    let entry = AfterEvent::Pause { store: store.as_context_mut(), pause: Pause::entry(), stop: None };
    EventFuture::new(&shared, entry).await;
    let result = body(&mut store).await;
    let mut store = store.into_store();
    store.clear_debug_handler();
    // The engine has no way to remove it.
    store.call_hook(|_, _| Ok(()));
    store.epoch_deadline_async_yield_and_update(1);
    patch_out(&shared, &mut store.as_context_mut());
    (store, result)
}

/// As [`drive`], for a program that runs: it may also stop where it waits in a call of the host.
pub(super) fn drive_to_stop<T, R>(
    program: &mut Program<T, R>,
    shared: &Shared<T>,
    command: &mut Option<Command<T>>,
    context: &mut Context<'_>,
) -> Poll<Outcome<T, R>> {
    match drive(program, shared, command, context) {
        // Looked for after the driver is registered, so that no interrupt in between is missed.
        Poll::Pending => {
            stop_in_host(shared, context).map_or(Poll::Pending, |stop| Poll::Ready(Outcome::StoppedInHost(stop)))
        }
        outcome => outcome,
    }
}

/// Hands the pending command, if there is one, to the paused program and polls the program once.
/// Ready when the program has stopped or ended; pending while it waits for something.
pub(super) fn drive<T, R>(
    program: &mut Program<T, R>,
    shared: &Shared<T>,
    command: &mut Option<Command<T>>,
    context: &mut Context<'_>,
) -> Poll<Outcome<T, R>> {
    if shared.signals.is_terminated() {
        return Poll::Ready(Outcome::Terminated);
    }
    let mut mailbox = shared.mailbox();
    if command.is_some() {
        mailbox.command = command.take();
        mailbox.answer = None;
    }
    // A body that joins several futures may poll the paused one only after a wake-up.
    let inner = mailbox.waker.take_if(|inner| !inner.will_wake(context.waker()));
    drop(mailbox);
    if let Some(inner) = inner {
        inner.wake();
    }
    match catch_unwind(AssertUnwindSafe(|| program.as_mut().poll(context))) {
        Err(panic) => Poll::Ready(Outcome::Panicked(panic_message(&*panic))),
        Ok(Poll::Ready((store, result))) => Poll::Ready(Outcome::Finished(store, result)),
        Ok(Poll::Pending) => {
            let mut mailbox = shared.mailbox();
            if let Some(stop) = mailbox.stop.take() {
                return Poll::Ready(Outcome::Stopped(stop));
            }
            if let Some(error) = mailbox.failure.take() {
                return Poll::Ready(Outcome::Failed(error));
            }
            drop(mailbox);
            shared.signals.register_driver(context.waker());
            // Checked after registering, so that a termination in between is not missed.
            if shared.signals.is_terminated() { Poll::Ready(Outcome::Terminated) } else { Poll::Pending }
        }
    }
}

/// The runtime on which background tasks run.
///
/// # Errors
/// [`Error::Engine`] outside a tokio runtime.
pub(super) fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|error| Error::Engine(format!("cannot run in the background: {error}")))
}
