//! Globals.
//!
//! Invariant: the engine is not asked for the value of a continuation, on which it panics (`Global::get`).

use super::instances::Of;
use super::layout::at;
use super::types::ValueType;
use crate::paused::Paused;
use crate::reading::OPAQUE;
use crate::shared::lock;
use crate::{Error, InstanceId, Value};
use wasmtime::{AsContextMut, RootScope};

/// A global of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    /// Index in the module's global index space.
    pub index: u32,
    /// Its type.
    pub ty: ValueType,
    /// Whether it can be set.
    pub mutable: bool,
    /// Its value.
    pub value: Value,
}

/// Globals from index `first`, at most `limit`.
pub(crate) fn list<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    first: u32,
    limit: u32,
) -> Result<Vec<Global>, Error> {
    let of = Of::id(paused, instance)?;
    let end = first.saturating_add(limit).min(of.layout.counts.globals);
    let mut globals = Vec::new();
    for index in first..end {
        let (ty, mutable) = at(&of.layout.globals, index).cloned().ok_or(Error::NoGlobal(index))?;
        let value = if ty.is_continuation() { OPAQUE } else { value(paused, &of, index)? };
        globals.push(Global { index, ty, mutable, value });
    }
    Ok(globals)
}

fn value<T: 'static>(paused: &mut Paused<'_, T>, of: &Of, index: u32) -> Result<Value, Error> {
    let mut scope = RootScope::new(paused.store.as_context_mut());
    let global = of.instance.debug_global(&mut scope, index).ok_or(Error::NoGlobal(index))?;
    let value = global.get(&mut scope);
    Ok(lock(paused.ledger).references.keep(&mut scope, &value))
}
