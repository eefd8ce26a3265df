//! Runs a debugger, and lets its program go on when it is done.
//!
//! Invariant: whatever the debugger did, the session comes back and the program gets to its end.

use super::limits::{Guard, Meter, limit};
use super::state::{self, PluginState};
use super::{DebuggerFailure, Output, Plugin};
use crate::debuggee::{Error, Exit, Session, State};
use crate::world::{Debuggee, World};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use wasmtime::Store;

/// What becomes of the program when its debugger fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// It goes on without the debugger.
    #[default]
    Detach,
    /// It is ended at once.
    Kill,
}

/// How a debugging session ended.
#[derive(Debug)]
pub struct Outcome {
    /// How the debugger ended.
    pub debugger: Result<(), DebuggerFailure>,
    /// How the program ended.
    pub exit: Result<Exit, Error>,
}

impl Plugin {
    /// Debugs a program with this debugger until the debugger returns or fails, and then runs the program to its end
    /// without it. Dropping the future ends both.
    ///
    /// It has to be awaited on a tokio runtime with time and I/O enabled.
    pub async fn run(&self, session: Box<dyn Session>, args: &[String], output: Output) -> Outcome {
        let (debugger, session) = self.debug(session, args, output).await;
        let exit = match session {
            Ok(mut session) => session.finish().await,
            Err(error) => Err(error),
        };
        tracing::debug!(?exit, "program ended");
        Outcome { debugger, exit }
    }

    /// The first half of [`Plugin::run`]: gives the program back when the debugger has ended, so that a caller can
    /// say how before the program goes on. What is left is `session.finish().await`.
    ///
    /// # Errors
    /// The second result is an error only if the host has lost the program.
    pub async fn debug(
        &self,
        session: Box<dyn Session>,
        args: &[String],
        output: Output,
    ) -> (Result<(), DebuggerFailure>, Result<Box<dyn Session>, Error>) {
        tracing::debug!(name = self.name, ?args, "debugger starts");
        let wasi = match state::wasi(&self.grants, &output) {
            Ok(wasi) => wasi,
            Err(error) => return (Err(DebuggerFailure::Error(format!("{error:#}"))), Ok(session)),
        };
        let world = World::new(session, output.clone());
        let guard = Guard::new(self.limits.clone());
        let mut store = Store::new(self.engine.wasmtime(), PluginState { world, wasi, guard });
        let meter = Arc::new(Meter::new());
        store.set_hostcall_fuel(self.limits.call);
        limit(&mut store, self.limits.computing, Arc::clone(&meter));

        let ended = watched(&meter, &output, async {
            let debugger = self.linked.instantiate_async(&mut store).await?;
            debugger.call_run(&mut store, Debuggee::handle(), args).await
        })
        .await;
        output.flush();
        let result = match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => Err(DebuggerFailure::Error(text)),
            Err(error) => DebuggerFailure::of(&error),
        };
        tracing::debug!(name = self.name, ?result, "debugger ended");

        let session = store.data_mut().world.take_session();
        drop(store);
        let Some(mut session) = session else {
            return (result, Err(Error::StoreLost("the debugger's end has lost it".to_owned())));
        };
        session.detach();
        let kill = result.is_err() && self.on_failure == OnFailure::Kill && session.state() != State::Exited;
        if kill && let Err(error) = session.terminate() {
            tracing::debug!(%error, "the program ended before it could be killed");
        }
        (result, Ok(session))
    }
}

/// Polls a debugger's future: measures its turns, and shows what it has printed whenever it waits.
async fn watched<F: Future>(meter: &Meter, output: &Output, debugger: F) -> F::Output {
    let mut debugger = pin!(debugger);
    poll_fn(|context| {
        meter.enter();
        let polled = debugger.as_mut().poll(context);
        meter.leave();
        if polled.is_pending() {
            output.flush();
        }
        polled
    })
    .await
}
