//! `calls`: functions that are called inside the paused program.
//!
//! Invariant: the rest of this room treats a call as a resume: it counts as one, and it runs in the
//! background as one.

use super::interfaces::calls::{Callee, Host};
use super::interfaces::common::{Error, Stop, Value};
use super::interfaces::execution::How;
use super::{Debuggee, World, convert};
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
        let session = self.session()?;
        let result = session.call(call(callee, arguments, how)?).await.map(convert::stop).map_err(convert::error);
        self.note_resume();
        result
    }
}

/// The debuggee's form of a call.
///
/// # Errors
/// `wrong-type` for an argument that this version has no case for.
pub(super) fn call(callee: Callee, arguments: Vec<Value>, how: How) -> Result<debuggee::Call, Error> {
    Ok(debuggee::Call {
        instance: debuggee::InstanceId(callee.instance),
        function: callee.function,
        arguments: convert::to_values(arguments).map_err(convert::error)?,
        how: convert::how(how),
    })
}
