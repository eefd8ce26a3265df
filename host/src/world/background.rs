//! `background`: runs the program while its debugger waits for something else.
//!
//! Invariant: a debugger has at most one live `running`, so it needs no table.

use super::background_run::Stopped;
use super::interfaces::background::{Host, HostRunning};
use super::interfaces::common::{Error, Stop};
use super::interfaces::execution::How;
use super::{Debuggee, World, convert};
use std::sync::Arc;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynPollable, subscribe};

/// The type of the contract's `running`. The run itself is in [`World`].
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings name it again")]
pub enum Running {}

impl Host for World {
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

    async fn finish(&mut self, _: Resource<Running>) -> Result<Stop, Error> {
        self.set_running_held(false);
        if self.is_detached() {
            return Err(Error::Detached);
        }
        let result = self.collect().await;
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

    fn drop(&mut self, _: Resource<Running>) -> wasmtime::Result<()> {
        self.set_running_held(false);
        Ok(())
    }
}
