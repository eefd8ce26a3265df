//! Runs a debugger, and lets the program go on when the debugger has ended.
//!
//! Invariant: whatever the debugger does, the session comes back and the program gets to its end.

use super::limits::{Guard, Meter, limit};
use super::wasi::{self, PluginData};
use super::{DebuggerFailure, Output, Plugin};
use crate::debuggee::{Error, Exit, How, Session, State};
use crate::world::{Debuggee, ErrorText, World};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use wasmtime::Store;

/// What happens to the program when its debugger fails.
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
    /// Debugs a program until the debugger returns or fails, and then runs the program to its end
    /// without it. Dropping the future ends both.
    ///
    /// The future has to be awaited on a tokio runtime with time and I/O enabled.
    pub async fn run(&self, session: Box<dyn Session>, args: &[String], output: Output) -> Outcome {
        let (debugger, session) = self.debug(session, args, output).await;
        let exit = match session {
            Ok(mut session) => session.finish().await,
            Err(error) => Err(error),
        };
        tracing::debug!(?exit, "program ended");
        Outcome { debugger, exit }
    }

    /// The first half of [`Plugin::run`]: returns the program when the debugger has ended, so that
    /// the caller can report how before the program goes on. `session.finish().await` is the second
    /// half.
    ///
    /// The program may be at any stop, not only at its entry. One that runs is interrupted first,
    /// which waits for a call of the host that blocks its thread; and what was wanted of it, by
    /// whoever has left it running, is [taken back](Session::release). Breakpoints that were set
    /// natively in a paused program stay until the debugger ends.
    ///
    /// Afterwards the program is paused where the debugger has left it, and nothing is wanted of it any
    /// more. So it can be run on natively, or debugged once more, by the same debugger or by another.
    /// If the debugger has left it running, it comes back so, with the debugger's breakpoints, which
    /// the next `debug` takes back and `finish` passes by; if it has ended, it comes back ended.
    ///
    /// # Errors
    /// The second result is an error only if the host has lost the program.
    pub async fn debug(
        &self,
        mut session: Box<dyn Session>,
        args: &[String],
        output: Output,
    ) -> (Result<(), DebuggerFailure>, Result<Box<dyn Session>, Error>) {
        tracing::debug!(name = self.name, ?args, "debugger starts");
        let prepared = match wasi::context(&self.grants, &output) {
            Ok(wasi) => (pause(&mut *session).await.map(|()| wasi)).map_err(|error| error.to_string()),
            Err(error) => Err(format!("{error:#}")),
        };
        let wasi = match prepared {
            Ok(wasi) => wasi,
            Err(text) => return self.give_back(session, Err(DebuggerFailure::Error(text))),
        };
        let world = World::new(session, output.clone());
        let guard = Guard::new(self.limits.clone());
        let mut store = Store::new(self.engine.wasmtime(), PluginData { world, wasi, guard });
        let meter = Arc::new(Meter::new());
        store.set_hostcall_fuel(self.limits.call);
        limit(&mut store, self.limits.computing, Arc::clone(&meter));

        let ended = metered(&meter, &output, async {
            let debugger = self.linked.instantiate_async(&mut store).await?;
            debugger.call_run(&mut store, Debuggee::handle(), args).await
        })
        .await;
        output.flush();
        let result = match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DebuggerFailure::Error(ErrorText(&error).to_string())),
            Err(error) => DebuggerFailure::of(&error),
        };
        tracing::debug!(name = self.name, ?result, "debugger ended");

        let session = store.data_mut().world.take_session();
        drop(store);
        match session {
            Some(session) => self.give_back(session, result),
            None => (result, Err(Error::StoreLost("the debugger's end has lost it".to_owned()))),
        }
    }

    /// Gives a program back whose debugger has ended, or was not begun.
    fn give_back(
        &self,
        mut session: Box<dyn Session>,
        result: Result<(), DebuggerFailure>,
    ) -> (Result<(), DebuggerFailure>, Result<Box<dyn Session>, Error>) {
        if session.state() == State::Paused
            && let Err(error) = session.release()
        {
            tracing::warn!(%error, "the program could not be released");
        }
        let kill = result.is_err() && self.on_failure == OnFailure::Kill && session.state() != State::Exited;
        if kill && let Err(error) = session.terminate() {
            tracing::debug!(%error, "the program ended before it could be killed");
        }
        (result, Ok(session))
    }
}

/// Stops a program that runs, and takes back what was wanted of it.
async fn pause(session: &mut dyn Session) -> Result<(), Error> {
    if session.state() != State::Running {
        return Ok(());
    }
    session.interrupter().interrupt();
    // It runs already, so `How` means nothing.
    session.resume(How::Continue).await?;
    if session.state() == State::Paused { session.release() } else { Ok(()) }
}

/// Awaits a debugger's future. Measures the time in its polls, and writes out what the debugger has
/// printed whenever it waits.
async fn metered<F: Future>(meter: &Meter, output: &Output, debugger: F) -> F::Output {
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
