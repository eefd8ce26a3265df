//! Values that can be set: globals, elements of tables, fields of structs and elements of arrays.
//!
//! Invariant: the engine is only given values whose type it has confirmed.

use crate::binary::at;
use crate::engine::{Frozen, InstanceRef, to_val};
use crate::inspect::find_table;
use crate::plain::{Error, InstanceId, ReferenceId, Value};
use wasmtime::{AsContextMut, Mutability, Ref, RootScope, StoreContextMut, Table, Val, ValType};

/// Maximum number of elements to which a debugger can grow a table: the machine's memory for them
/// is taken at once.
const MAX_TABLE: u64 = 10_000_000;

type Scope<'s, T> = RootScope<StoreContextMut<'s, T>>;

pub(super) fn set_global<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    index: u32,
    value: Value,
) -> Result<(), Error> {
    let instance = InstanceRef::find(frozen, instance)?;
    let (ty, mutable) = at(&instance.layout.globals, index).ok_or(Error::NoGlobal(index))?;
    if !mutable {
        return Err(Error::Immutable);
    }
    if ty.is_continuation() {
        return Err(Error::WrongType { expected: ty.to_string() });
    }
    let Frozen { store, known } = frozen;
    let references = &known.references;
    let mut scope = RootScope::new(store.as_context_mut());
    let global = instance.global(&mut scope, index)?;
    let ty = global.ty(&scope);
    let value = to_val(&mut scope, references, value, ty.content())?;
    Ok(global.set(&mut scope, value)?)
}

/// Calls `then` with a table and with a value that fits its elements.
fn with_table<T: 'static, R>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    index: u32,
    value: Value,
    then: impl FnOnce(&mut Scope<'_, T>, Table, Ref) -> Result<R, Error>,
) -> Result<R, Error> {
    let (table, element) = find_table(frozen, instance, index)?;
    let wrong_type = || Error::WrongType { expected: element.to_string() };
    if element.is_continuation() {
        return Err(wrong_type());
    }
    let Frozen { store, known } = frozen;
    let references = &known.references;
    let mut scope = RootScope::new(store.as_context_mut());
    let ty = ValType::Ref(table.ty(&scope).element().clone());
    let value = to_val(&mut scope, references, value, &ty)?.ref_().ok_or_else(wrong_type)?;
    then(&mut scope, table, value)
}

pub(super) fn set_table_element<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    table: u32,
    index: u64,
    value: Value,
) -> Result<(), Error> {
    with_table(frozen, instance, table, value, |scope, table, value| {
        let size = table.size(&*scope);
        if index >= size {
            return Err(Error::OutOfBounds { size });
        }
        Ok(table.set(scope, index, value)?)
    })
}

pub(super) fn grow_table<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    table: u32,
    elements: u64,
    value: Value,
) -> Result<u64, Error> {
    with_table(frozen, instance, table, value, |scope, table, value| {
        // Growth by zero elements is always allowed, even of a table that is larger than the limit.
        let size = table.size(&*scope);
        let maximum = table.ty(&*scope).maximum().unwrap_or(u64::MAX).min(size.max(MAX_TABLE));
        if size.checked_add(elements).is_none_or(|grown| grown > maximum) {
            return Err(Error::CannotGrow(format!("it has {size} elements of at most {maximum}")));
        }
        table.grow(scope, elements, value).map_err(|error| Error::CannotGrow(format!("{error:#}")))
    })
}

pub(super) fn set_element<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    object: ReferenceId,
    index: u32,
    value: Value,
) -> Result<(), Error> {
    let Frozen { store, known } = frozen;
    let references = &known.references;
    let kept = references.get(object)?;
    let mut scope = RootScope::new(store.as_context_mut());
    let not_an_object = || Error::WrongType { expected: "a struct or an array".to_owned() };
    let Val::AnyRef(Some(object)) = kept.to_val(&mut scope) else { return Err(not_an_object()) };
    if let Some(structure) = object.as_struct(&scope)? {
        let ty = structure.ty(&scope)?;
        let n_fields = u64::try_from(ty.fields().len()).unwrap_or(u64::MAX);
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let field = ty.field(index).ok_or(Error::OutOfBounds { size: n_fields })?;
        if field.mutability() == Mutability::Const {
            return Err(Error::Immutable);
        }
        let value = to_val(&mut scope, references, value, field.element_type().unpack())?;
        return Ok(structure.set_field(&mut scope, index, value)?);
    }
    let array = object.as_array(&scope)?.ok_or_else(not_an_object)?;
    let (ty, length) = (array.ty(&scope)?, array.len(&scope)?);
    if index >= length {
        return Err(Error::OutOfBounds { size: length.into() });
    }
    if ty.mutability() == Mutability::Const {
        return Err(Error::Immutable);
    }
    let value = to_val(&mut scope, references, value, ty.element_type().unpack())?;
    Ok(array.set(&mut scope, index, value)?)
}
