//! The function with which the program begins.
//!
//! Invariant: it is the function that the body calls, or, for a component, the core function that
//! the call gets to; nothing is found by the names that a compiler has given.

use super::components;
use crate::binary::Layout;
use crate::engine::{Frozen, InstanceRef};
use crate::plain::{Entity, EntityKind, EntryFunction, EntryPoint, Error, InstanceId, ModuleId};

/// Finds the function; none if nobody has said what the body calls, or if it is not a function that
/// the program defines.
pub(super) fn find<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<Option<EntryFunction>, Error> {
    frozen.register_modules();
    Ok(match frozen.known.entry_point.clone() {
        None => None,
        Some(EntryPoint::Export { module, name }) => {
            let Ok(entry) = frozen.known.modules.get_mut(module) else { return Ok(None) };
            let layout = entry.layout()?;
            let function = exported_function(&layout, &name).filter(|index| *index >= layout.imported.functions);
            function.map(|function| of_module(frozen, Some(name), module, function))
        }
        Some(EntryPoint::Start { module }) => {
            let Ok(entry) = frozen.known.modules.get(module) else { return Ok(None) };
            let function = entry.sections().0.start.filter(|index| *index >= entry.n_imported_functions());
            function.map(|function| of_module(frozen, None, module, function))
        }
        Some(EntryPoint::ComponentExport(name)) => components::entry_function(frozen, name)?,
    })
}

/// The index of a function that a module exports under this name.
pub(super) fn exported_function(layout: &Layout, name: &str) -> Option<u32> {
    let export = layout.exports.iter().find(|export| export.name == name)?;
    let Entity { kind: EntityKind::Function, index } = export.entity else { return None };
    Some(index)
}

/// A function of a module that belongs to no component.
fn of_module<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    name: Option<String>,
    module: ModuleId,
    function: u32,
) -> EntryFunction {
    let is_its = |(_, instance, of): (_, InstanceId, ModuleId)| (of == module).then_some(instance);
    let mut instances = InstanceRef::handles(frozen).into_iter().filter_map(is_its);
    let instance = match (instances.next(), instances.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    EntryFunction { name, module, function, instance }
}
