//! Functions: their types, names and imports.
//!
//! Invariant: indices are those of the module's function index space, imports first.

use crate::engine::{Frozen, InstanceRef};
use crate::plain::{Error, Function, InstanceId};

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
