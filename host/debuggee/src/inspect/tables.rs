//! Tables.
//!
//! Invariant: the engine is not asked for elements that are continuations, because it would panic
//! (`Table::get`).

use crate::binary::at;
use crate::engine::{Frozen, InstanceRef, UNREADABLE};
use crate::plain::{Error, InstanceId, TableInfo, Value, ValueType};
use wasmtime::{AsContextMut, RootScope, Table, Val};

/// A table of an instance and the type of its elements.
pub(crate) fn find<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    index: u32,
) -> Result<(Table, ValueType), Error> {
    let instance = InstanceRef::find(frozen, instance)?;
    let element = at(&instance.layout.tables, index).cloned().ok_or(Error::NoTable(index))?;
    Ok((instance.table(frozen.store.as_context_mut(), index)?, element))
}

pub(super) fn info<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    table: u32,
) -> Result<TableInfo, Error> {
    let (table, element) = find(frozen, instance, table)?;
    let ty = table.ty(&frozen.store);
    Ok(TableInfo { element, size: table.size(&frozen.store), maximum: ty.maximum(), table64: ty.is_64() })
}

/// The elements from index `first`, at most `limit`; fewer at the end of the table.
pub(super) fn elements<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    table: u32,
    first: u64,
    limit: u32,
) -> Result<Vec<Value>, Error> {
    let (table, element) = find(frozen, instance, table)?;
    let Frozen { store, known } = frozen;
    let size = table.size(&*store);
    if first > size {
        return Err(Error::OutOfBounds { size });
    }
    let end = first.saturating_add(u64::from(limit)).min(size);
    let mut values = Vec::new();
    for index in first..end {
        if element.is_continuation() {
            values.push(UNREADABLE);
            continue;
        }
        let mut scope = RootScope::new(store.as_context_mut());
        let element = table.get(&mut scope, index).ok_or(Error::OutOfBounds { size })?;
        values.push(known.references.keep(&mut scope, &Val::from(element)));
    }
    Ok(values)
}
