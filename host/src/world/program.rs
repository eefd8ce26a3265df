//! `program`: the program under debug, as every debugger has it.
//!
//! Invariant: a debugger has at most one live `debuggee`, so it needs no table. The engine's own
//! handle table refuses every other handle before a function of the contract is called.

use super::interfaces::common::{Error, Stop};
use super::interfaces::program::{Host, HostDebuggee, Launch, State};
use super::{World, convert};
use crate::debuggee;
use wasmtime::component::Resource;

/// The type of the contract's `debuggee`. The program itself is in [`World`].
#[derive(Debug)]
#[expect(unreachable_pub, reason = "the generated bindings name it again")]
pub enum Debuggee {}

impl Debuggee {
    /// The handle that `run` is called with: the only one that there is.
    pub(crate) fn handle() -> Resource<Debuggee> {
        Resource::new_own(0)
    }
}

impl HostDebuggee for World {
    fn current_state(&mut self, _: Resource<Debuggee>) -> State {
        self.state()
    }

    fn last_stop(&mut self, _: Resource<Debuggee>) -> Result<Stop, Error> {
        Ok(convert::stop(self.session()?.last_stop()))
    }

    fn launch_info(&mut self, _: Resource<Debuggee>) -> Result<Launch, Error> {
        if self.is_detached() {
            return Err(Error::Detached);
        }
        let debuggee::Launch { name, arguments, invoked, invoked_arguments, is_component } = self.launch.clone();
        Ok(Launch { name, arguments, invoked, invoked_arguments, is_component })
    }

    fn drop(&mut self, _: Resource<Debuggee>) -> wasmtime::Result<()> {
        self.set_detached();
        Ok(())
    }
}

impl Host for World {}
