//! A run in the background, shared by the debugger's `running` and by every pollable that it
//! subscribed.
//!
//! Owned by [`World`](super::World) until its stop is collected. Pollables may live longer and are
//! then ready for ever.
//!
//! Invariant: the lock is never held across a wait, so that many pollables can wait for one run.

use crate::debuggee::{Error, Session, State};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::Pollable;

/// One run of the program in the background, from `start` to the next stop.
pub(super) struct BackgroundRun(Mutex<Inner>);

struct Inner {
    /// None once it was collected.
    session: Option<Box<dyn Session>>,
    /// The run's result, once it has ended. The stop itself is the session's last stop.
    result: Option<Result<(), Error>>,
    /// Whether the debugger has terminated the program.
    terminated: bool,
}

impl BackgroundRun {
    pub(super) fn new(session: Box<dyn Session>) -> BackgroundRun {
        BackgroundRun(Mutex::new(Inner { session: Some(session), result: None, terminated: false }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        let Inner { session: Some(session), result: result @ None, terminated } = &mut *inner else {
            return Poll::Ready(());
        };
        session.poll_stop(context).map(|stopped| {
            *result = Some(match session.state() {
                // The program stopped by itself just before it was terminated. That stop was not
                // collected yet, so the exit takes its place.
                State::Paused if *terminated => session.terminate(),
                State::Paused | State::Running | State::Exited => stopped,
            });
        })
    }

    /// Waits until the program has stopped. Cancel-safe.
    pub(super) async fn stopped(&self) {
        poll_fn(|context| self.poll(context)).await;
    }

    /// Takes the session, which is at the stop that [`BackgroundRun::stopped`] has waited for, and
    /// the run's result. None if the session was taken before.
    pub(super) fn collect(&self) -> Option<(Box<dyn Session>, Result<(), Error>)> {
        let mut inner = self.lock();
        let session = inner.session.take()?;
        Some((session, inner.result.take().unwrap_or(Err(Error::Exited))))
    }

    /// Takes the session, wherever the program is. None if it was taken before.
    pub(super) fn take_session(&self) -> Option<Box<dyn Session>> {
        self.lock().session.take()
    }

    /// Ends the program. The exit takes the place of a stop that was not collected.
    pub(super) fn terminate(&self) -> Result<(), Error> {
        let mut inner = self.lock();
        match &mut inner.session {
            Some(session) => {
                session.terminate()?;
                inner.terminated = true;
                inner.result = None;
                Ok(())
            }
            None => Err(Error::Exited),
        }
    }
}

/// The pollable of a run: ready when the program has stopped.
pub(super) struct Stopped(pub(super) Arc<BackgroundRun>);

#[async_trait]
impl Pollable for Stopped {
    async fn ready(&mut self) {
        self.0.stopped().await;
    }
}
