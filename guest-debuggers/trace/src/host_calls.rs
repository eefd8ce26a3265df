//! Where a program may call functions that it imports.
//!
//! Only there can it print or wait. Invariant: every direct call is found, and every indirect one of a module whose tables may
//! hold functions from outside. A function reference that comes from outside some other way is not told from others.

use stillpoint_kit::wasmparser::Operator;
use stillpoint_kit::{Error, Location, ModuleCode, Session};

/// The calls in a module: where each is, and the index of the imported function; none if only the table knows.
pub(crate) fn host_calls(session: &Session, module: &ModuleCode) -> Result<Vec<(Location, Option<u32>)>, Error> {
    let mut result = Vec::new();
    if module.imports().is_empty() && !module.has_open_table {
        return Ok(result);
    }
    let read = |offset, length| session.bytecode(module.id, offset, length);
    module.visit_bodies(&read, |_, body| {
        for operator in body.get_operators_reader()?.into_iter_with_offsets() {
            let (operator, offset) = operator?;
            let callee = match operator {
                Operator::Call { function_index } | Operator::ReturnCall { function_index }
                    if (function_index as usize) < module.imports().len() =>
                {
                    Some(function_index)
                }
                Operator::CallIndirect { .. } | Operator::ReturnCallIndirect { .. } if module.has_open_table => None,
                _ => continue,
            };
            result.push((Location { module: module.id, pc: offset as u32 }, callee));
        }
        Ok(())
    })?;
    Ok(result)
}
