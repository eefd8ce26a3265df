//! Where a program calls functions that it imports.
//!
//! Only there can it print or wait. Invariant: every direct call is found; one through a table is not.

use stillpoint_kit::wasmparser::Operator;
use stillpoint_kit::{Error, Location, ModuleCode, Session};

/// The calls in a module: where each is, and the index of the imported function.
pub(crate) fn host_calls(session: &Session, module: &ModuleCode) -> Result<Vec<(Location, u32)>, Error> {
    let mut result = Vec::new();
    if module.imports().is_empty() {
        return Ok(result);
    }
    let read = |offset, length| session.bytecode(module.id, offset, length);
    module.visit_bodies(&read, |_, body| {
        for operator in body.get_operators_reader()?.into_iter_with_offsets() {
            if let (Operator::Call { function_index } | Operator::ReturnCall { function_index }, offset) = operator?
                && (function_index as usize) < module.imports().len()
            {
                result.push((Location { module: module.id, pc: offset as u32 }, function_index));
            }
        }
        Ok(())
    })?;
    Ok(result)
}
