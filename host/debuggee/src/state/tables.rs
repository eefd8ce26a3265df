//! Tables.
//!
//! Invariant: the engine is not asked for elements that are continuations, on which it panics (`Table::get`).

use super::instances::Of;
use super::layout::at;
use super::types::ValueType;
use crate::paused::Paused;
use crate::reading::OPAQUE;
use crate::shared::lock;
use crate::{Error, InstanceId, Value};
use wasmtime::{AsContextMut, RootScope, Table, Val};

/// A table of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The type of its elements.
    pub element: ValueType,
    /// How many elements it has now.
    pub size: u64,
    /// How many it can have.
    pub maximum: Option<u64>,
    /// Whether its indices are 64 bits wide.
    pub table64: bool,
}

/// A table of an instance and the type of its elements.
pub(super) fn find<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    index: u32,
) -> Result<(Table, ValueType), Error> {
    let of = Of::id(paused, instance)?;
    let element = at(&of.layout.tables, index).cloned().ok_or(Error::NoTable(index))?;
    let table = of.instance.debug_table(paused.store.as_context_mut(), index).ok_or(Error::NoTable(index))?;
    Ok((table, element))
}

pub(crate) fn info<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    table: u32,
) -> Result<TableInfo, Error> {
    let (table, element) = find(paused, instance, table)?;
    let ty = table.ty(&paused.store);
    Ok(TableInfo { element, size: table.size(&paused.store), maximum: ty.maximum(), table64: ty.is_64() })
}

/// Elements from index `first`, at most `limit`; short at the end of the table.
pub(crate) fn elements<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    table: u32,
    first: u64,
    limit: u32,
) -> Result<Vec<Value>, Error> {
    let (table, element) = find(paused, instance, table)?;
    let size = table.size(&paused.store);
    if first > size {
        return Err(Error::OutOfBounds { size });
    }
    let end = first.saturating_add(u64::from(limit)).min(size);
    let mut values = Vec::new();
    let mut ledger = lock(paused.ledger);
    for index in first..end {
        if element.is_continuation() {
            values.push(OPAQUE);
            continue;
        }
        let mut scope = RootScope::new(paused.store.as_context_mut());
        let element = table.get(&mut scope, index).ok_or(Error::OutOfBounds { size })?;
        values.push(ledger.references.keep(&mut scope, &Val::from(element)));
    }
    Ok(values)
}
