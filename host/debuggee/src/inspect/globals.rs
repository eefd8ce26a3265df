//! Globals.
//!
//! Invariant: the engine is not asked for a value that is a continuation, because it would panic
//! (`Global::get`).

use crate::binary::at;
use crate::engine::{Frozen, InstanceRef, UNREADABLE};
use crate::plain::{Error, Global, InstanceId, Value};
use wasmtime::{AsContextMut, RootScope};

/// The globals from index `first`, at most `limit`.
pub(super) fn list<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    first: u32,
    limit: u32,
) -> Result<Vec<Global>, Error> {
    let instance = InstanceRef::find(frozen, instance)?;
    let end = first.saturating_add(limit).min(instance.layout.counts.globals);
    let mut globals = Vec::new();
    for index in first..end {
        let (ty, mutable) = at(&instance.layout.globals, index).cloned().ok_or(Error::NoGlobal(index))?;
        let value = if ty.is_continuation() { UNREADABLE } else { value(frozen, &instance, index)? };
        globals.push(Global { index, ty, mutable, value });
    }
    Ok(globals)
}

fn value<T: 'static>(frozen: &mut Frozen<'_, T>, instance: &InstanceRef, index: u32) -> Result<Value, Error> {
    let Frozen { store, known } = frozen;
    let mut scope = RootScope::new(store.as_context_mut());
    let global = instance.global(&mut scope, index)?;
    let value = global.get(&mut scope);
    Ok(known.references.keep(&mut scope, &value))
}
