//! Functions: their types, names, imports and code.
//!
//! Invariant: indices are those of the module's function index space, imports first.

use crate::engine::{Frozen, InstanceRef, Modules};
use crate::plain::{Error, Function, FunctionCode, InstanceId, ModuleId};

/// The functions from index `first`, at most `limit`.
pub(super) fn list<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    first: u32,
    limit: u32,
) -> Result<Vec<Function>, Error> {
    let InstanceRef { layout, module, .. } = InstanceRef::find(frozen, instance)?;
    let names = frozen.known.modules.get_mut(module)?.function_names();
    let end = first.saturating_add(limit).min(layout.counts.functions);
    let functions = (first..end).map(|index| Function {
        index,
        name: names.get(&index).cloned(),
        ty: layout.function_type(index),
        import: layout.import_of_function(index).map(|import| (import.module.clone(), import.name.clone())),
    });
    Ok(functions.collect())
}

/// Where the code of the functions that a module defines is, from position `first`, at most `limit`
/// of them.
pub(super) fn code<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    module: ModuleId,
    first: u32,
    limit: u32,
) -> Result<Vec<FunctionCode>, Error> {
    frozen.register_modules();
    known_code(&mut frozen.known.modules, module, first, limit)
}

/// As [`code`], of a module seen so far.
pub(super) fn known_code(
    modules: &mut Modules,
    module: ModuleId,
    first: u32,
    limit: u32,
) -> Result<Vec<FunctionCode>, Error> {
    let entry = modules.get_mut(module)?;
    let names = entry.function_names();
    let (sections, bytes) = entry.sections();
    let n_bodies = u32::try_from(sections.bodies.len()).unwrap_or(u32::MAX);
    let defined = first..first.saturating_add(limit).min(n_bodies);
    let bodies = defined.filter_map(|position| {
        let body = sections.body(bytes, usize::try_from(position).ok()?)?;
        Some((position.saturating_add(sections.n_imported_functions), body))
    });
    let code = bodies.map(|(index, body)| FunctionCode {
        index,
        name: names.get(&index).cloned(),
        first_instruction: body.start,
        end: body.end,
    });
    Ok(code.collect())
}
