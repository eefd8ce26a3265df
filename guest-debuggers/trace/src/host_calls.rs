//! Finds the instructions that may call an imported function.
//!
//! Only there can a program print or wait. Invariant: every direct call is found, and every
//! indirect call in a module whose tables may hold functions from outside. A call through a
//! function reference that comes from outside in another way is not found.

use stillpoint_kit::{Error, Location, ModuleCode, Session};
use wasmparser::Operator;

use crate::binary::{broken, has_open_table, visit_bodies};

/// The calls in a module: the location of each, and the index of the imported function; none for an
/// indirect call.
pub(crate) fn host_calls(session: &Session, module: &ModuleCode) -> Result<Vec<(Location, Option<u32>)>, Error> {
    let mut result = Vec::new();
    let read = |offset, length| session.bytecode(module.id, offset, length);
    let has_open_table = has_open_table(module, &session.sections(module.id)?, &read)?;
    if module.imports().is_empty() && !has_open_table {
        return Ok(result);
    }
    visit_bodies(module.functions(), &read, |_, body| {
        for operator in body.get_operators_reader().map_err(broken)?.into_iter_with_offsets() {
            let (operator, offset) = operator.map_err(broken)?;
            let callee = match operator {
                Operator::Call { function_index } | Operator::ReturnCall { function_index }
                    if (function_index as usize) < module.imports().len() =>
                {
                    Some(function_index)
                }
                Operator::CallIndirect { .. } | Operator::ReturnCallIndirect { .. } if has_open_table => None,
                _ => continue,
            };
            result.push((Location { module: module.id, pc: offset as u32 }, callee));
        }
        Ok(())
    })?;
    Ok(result)
}
