//! `background-calls`: functions that are called inside the paused program, in the background.
//!
//! Invariant: as in `calls`.

use super::background::Running;
use super::calls::call;
use super::interfaces::background_calls::Host;
use super::interfaces::calls::Callee;
use super::interfaces::common::{Error, Value};
use super::interfaces::execution::How;
use super::{Debuggee, World, convert};
use wasmtime::component::Resource;

impl Host for World {
    fn start_call(
        &mut self,
        _: Resource<Debuggee>,
        callee: Callee,
        arguments: Vec<Value>,
        how: How,
    ) -> Result<Resource<Running>, Error> {
        let session = self.session()?;
        session.begin_call(call(callee, arguments, how)?).map_err(convert::error)?;
        session.run_in_background().map_err(convert::error)?;
        self.move_to_background();
        self.note_resume();
        Ok(Resource::new_own(0))
    }
}
