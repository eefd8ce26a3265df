//! A run in the background, shared by the debugger's `running` and by every pollable it subscribed.
//!
//! Owned by [`World`](super::World) until its stop is collected; pollables may live longer and then are ready for
//! good. Invariant: the lock is never held across a wait, so that many pollables can wait for one run.

use crate::debuggee::{Error, Session, State, Stop};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::Pollable;

/// One run from `start` to the next stop.
pub(super) struct Run(Mutex<Inner>);

struct Inner {
    /// None once collected.
    session: Option<Box<dyn Session>>,
    /// What it came to.
    stop: Option<Result<Stop, Error>>,
    /// Whether the debugger has ended the program.
    terminated: bool,
}

impl Run {
    pub(super) fn new(session: Box<dyn Session>) -> Run {
        Run(Mutex::new(Inner { session: Some(session), stop: None, terminated: false }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        let Inner { session: Some(session), stop: stop @ None, terminated } = &mut *inner else {
            return Poll::Ready(());
        };
        session.poll_stop(context).map(|result| {
            // It may have stopped by itself just before it was ended; nobody has seen that stop.
            let result = match session.state() {
                State::Paused if *terminated => session.terminate(),
                State::Paused | State::Running | State::Exited => result,
            };
            *stop = Some(result.map(|()| session.last_stop().clone()));
        })
    }

    /// Waits until the program has stopped. Cancel-safe.
    pub(super) async fn stopped(&self) {
        poll_fn(|context| self.poll(context)).await;
    }

    /// Takes the session and the stop that [`Run::stopped`] waited for.
    pub(super) fn collect(&self) -> (Option<Box<dyn Session>>, Result<Stop, Error>) {
        let mut inner = self.lock();
        (inner.session.take(), inner.stop.take().unwrap_or(Err(Error::Exited)))
    }

    /// Takes the session, wherever the program is.
    pub(super) fn take_session(&self) -> Option<Box<dyn Session>> {
        self.lock().session.take()
    }

    /// Ends the program. A stop that nobody has collected is forgotten for the one that says so.
    pub(super) fn terminate(&self) -> Result<(), Error> {
        let mut inner = self.lock();
        match &mut inner.session {
            Some(session) => {
                session.terminate()?;
                inner.terminated = true;
                inner.stop = None;
                Ok(())
            }
            None => Err(Error::Exited),
        }
    }
}

/// What a pollable of a run waits on.
pub(super) struct Stopped(pub(super) Arc<Run>);

#[async_trait]
impl Pollable for Stopped {
    async fn ready(&mut self) {
        self.0.stopped().await;
    }
}
