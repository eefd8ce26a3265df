//! `execution`: runs and ends the program.
//!
//! Invariant: a debugger has at most one live `debuggee` and one live `running`, so neither needs a
//! table. The engine's own handle table refuses every other handle before a function here is
//! called.

use super::background::Stopped;
use super::interfaces::execution::{Captures, Host, HostDebuggee, HostRunning, How, State};
use super::interfaces::types::{Error, Stop};
use super::{World, convert};
use crate::debuggee;
use std::sync::Arc;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynPollable, subscribe};

/// The type of the contract's `debuggee`. The program itself is in [`World`].
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings name it again")]
pub enum Debuggee {}

/// The type of the contract's `running`. The run itself is in [`World`].
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings name it again")]
pub enum Running {}

impl Debuggee {
    /// The handle that `run` is called with: the only one that there is.
    pub(crate) fn handle() -> Resource<Debuggee> {
        Resource::new_own(0)
    }
}

impl Host for World {}

impl HostDebuggee for World {
    fn state(&mut self, _: Resource<Debuggee>) -> State {
        convert::state(World::state(self))
    }

    fn last_stop(&mut self, _: Resource<Debuggee>) -> Result<Stop, Error> {
        Ok(convert::stop(self.session()?.last_stop()))
    }

    fn set_captures(&mut self, _: Resource<Debuggee>, captures: Captures) -> Result<(), Error> {
        let Captures { locals, operands, frames: n_frames } = captures;
        self.session()?.set_captures(debuggee::Captures { locals, operands, n_frames }).map_err(convert::error)
    }

    async fn resume(&mut self, _: Resource<Debuggee>, how: How) -> Result<Stop, Error> {
        self.resume(how).await.map(Arc::unwrap_or_clone)
    }

    fn start(&mut self, _: Resource<Debuggee>, how: How) -> Result<Resource<Running>, Error> {
        if self.is_orphaned() {
            self.set_running_held(true);
        } else {
            let session = self.session()?;
            session.begin(convert::how(how)).map_err(convert::error)?;
            session.run_in_background().map_err(convert::error)?;
            self.move_to_background();
        }
        self.note_resume();
        Ok(Resource::new_own(0))
    }

    fn interrupt(&mut self, _: Resource<Debuggee>) -> Result<(), Error> {
        self.interrupter()?.interrupt();
        Ok(())
    }

    fn terminate(&mut self, _: Resource<Debuggee>) -> Result<(), Error> {
        match self.background() {
            Some(run) if !self.is_detached() => run.terminate(),
            _ => self.session()?.terminate(),
        }
        .map_err(convert::error)
    }

    fn detach(&mut self, _: Resource<Debuggee>) -> Result<(), Error> {
        if self.session()?.state() == debuggee::State::Exited {
            return Err(Error::Exited);
        }
        self.set_detached();
        Ok(())
    }

    fn drop(&mut self, _: Resource<Debuggee>) -> wasmtime::Result<()> {
        self.set_detached();
        Ok(())
    }
}

impl World {
    /// Runs on to the next stop.
    pub(super) async fn resume(&mut self, how: How) -> Result<Arc<Stop>, Error> {
        let result = if self.is_orphaned() {
            self.collect().await.map(Arc::new)
        } else {
            let mut reused = self.reused_stop.take().unwrap_or_default();
            let stop = self.session()?.resume(convert::how(how)).await.map_err(convert::error);
            stop.map(|stop| convert::stop_into(stop, Arc::make_mut(&mut reused))).map(|()| reused)
        };
        self.reused_stop = result.as_ref().ok().cloned();
        self.note_resume();
        result
    }
}

impl HostRunning for World {
    fn subscribe(&mut self, _: Resource<Running>) -> wasmtime::Result<Resource<DynPollable>> {
        let run = self.background().ok_or_else(|| wasmtime::format_err!("a `running` without a run"))?;
        let run = Stopped(Arc::clone(run));
        // The pollable shares the run, so it and the `running` may be dropped in any order.
        let stopped = self.table.push(run)?;
        subscribe(&mut self.table, stopped)
    }

    async fn finish(&mut self, _: Resource<Running>) -> Result<Stop, Error> {
        self.set_running_held(false);
        if self.is_detached() {
            return Err(Error::Exited);
        }
        let result = self.collect().await;
        self.note_resume();
        result
    }

    fn drop(&mut self, _: Resource<Running>) -> wasmtime::Result<()> {
        self.set_running_held(false);
        Ok(())
    }
}
