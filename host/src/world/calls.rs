//! `calls`: functions that are called inside the paused program.
//!
//! Invariant: the rest of this room treats a call as a resume: it counts as one, and it runs in the
//! background as one.

use super::interfaces::calls::{Callee, Host};
use super::interfaces::execution::How;
use super::interfaces::types::{Error, Stop, Value};
use super::{Debuggee, Running, World, convert};
use crate::debuggee;
use wasmtime::component::Resource;

impl Host for World {
    async fn call(
        &mut self,
        _: Resource<Debuggee>,
        callee: Callee,
        arguments: Vec<Value>,
        how: How,
    ) -> Result<Stop, Error> {
        let call = call(callee, arguments, how);
        let result = self.session()?.call(call).await.map(convert::stop).map_err(convert::error);
        self.note_resume();
        result
    }

    fn start(
        &mut self,
        _: Resource<Debuggee>,
        callee: Callee,
        arguments: Vec<Value>,
        how: How,
    ) -> Result<Resource<Running>, Error> {
        let session = self.session()?;
        session.begin_call(call(callee, arguments, how)).map_err(convert::error)?;
        session.run_in_background().map_err(convert::error)?;
        self.move_to_background();
        self.note_resume();
        Ok(Resource::new_own(0))
    }
}

fn call(callee: Callee, arguments: Vec<Value>, how: How) -> debuggee::Call {
    debuggee::Call {
        instance: debuggee::InstanceId(callee.instance),
        function: callee.function,
        arguments: arguments.into_iter().map(convert::to_value).collect(),
        how: convert::how(how),
    }
}
