//! Values that are set: globals, elements of tables, and the insides of objects.
//!
//! Invariant: the engine only gets values whose type it has confirmed.

use super::super::instances::Of;
use super::super::layout::at;
use super::super::references::References;
use super::super::tables;
use super::super::types::ValueType;
use crate::paused::Paused;
use crate::shared::lock;
use crate::{Error, InstanceId, ReferenceId, ReferenceKind, Value};
use wasmtime::{AsContextMut, Mutability, Ref, RootScope, StoreContextMut, Table, Val, ValType};

/// How many elements a debugger can make a table have: they take the machine's memory at once.
const MAX_TABLE: u64 = 10_000_000;

type Scope<'s, T> = RootScope<StoreContextMut<'s, T>>;

/// The engine's form of a value, if it has this type.
pub(crate) fn to_val<T: 'static>(
    scope: &mut Scope<'_, T>,
    references: &References,
    value: Value,
    ty: &ValType,
) -> Result<Val, Error> {
    let wrong_type = || Error::WrongType { expected: ValueType::of(ty).to_string() };
    let val = match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(bits),
        Value::F64(bits) => Val::F64(bits),
        Value::V128(value) => Val::V128(value.into()),
        Value::Null(ReferenceKind::Function) => Val::FuncRef(None),
        Value::Null(ReferenceKind::External) => Val::ExternRef(None),
        Value::Null(ReferenceKind::Internal) => Val::AnyRef(None),
        Value::Null(ReferenceKind::Exception) => Val::ExnRef(None),
        Value::Null(ReferenceKind::Continuation) | Value::Reference(ReferenceKind::Continuation, _) => {
            return Err(wrong_type());
        }
        Value::Reference(kind, id) => {
            let kept = references.get(id)?;
            if kept.kind() != kind {
                return Err(Error::WrongType { expected: format!("{} for reference {id}", name(kept.kind())) });
            }
            kept.to_val(&mut *scope)
        }
    };
    if val.matches_ty(&*scope, ty)? { Ok(val) } else { Err(wrong_type()) }
}

/// What values of a kind are called in the text format.
fn name(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Function => "funcref",
        ReferenceKind::External => "externref",
        ReferenceKind::Internal => "anyref",
        ReferenceKind::Exception => "exnref",
        ReferenceKind::Continuation => "contref",
    }
}

pub(super) fn set_global<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    index: u32,
    value: Value,
) -> Result<(), Error> {
    let of = Of::id(paused, instance)?;
    let (ty, mutable) = at(&of.layout.globals, index).ok_or(Error::NoGlobal(index))?;
    if !mutable {
        return Err(Error::Immutable);
    }
    if ty.is_continuation() {
        return Err(Error::WrongType { expected: ty.to_string() });
    }
    let references = &lock(paused.ledger).references;
    let mut scope = RootScope::new(paused.store.as_context_mut());
    let global = of.instance.debug_global(&mut scope, index).ok_or(Error::NoGlobal(index))?;
    let ty = global.ty(&scope);
    let value = to_val(&mut scope, references, value, ty.content())?;
    Ok(global.set(&mut scope, value)?)
}

/// Runs something with a table and a value that fits it.
fn with_table<T: 'static, R>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    index: u32,
    value: Value,
    then: impl FnOnce(&mut Scope<'_, T>, Table, Ref) -> Result<R, Error>,
) -> Result<R, Error> {
    let (table, element) = tables::find(paused, instance, index)?;
    let wrong_type = || Error::WrongType { expected: element.to_string() };
    if element.is_continuation() {
        return Err(wrong_type());
    }
    let references = &lock(paused.ledger).references;
    let mut scope = RootScope::new(paused.store.as_context_mut());
    let ty = ValType::Ref(table.ty(&scope).element().clone());
    let value = to_val(&mut scope, references, value, &ty)?.ref_().ok_or_else(wrong_type)?;
    then(&mut scope, table, value)
}

pub(super) fn set_table_element<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    table: u32,
    index: u64,
    value: Value,
) -> Result<(), Error> {
    with_table(paused, instance, table, value, |scope, table, value| {
        let size = table.size(&*scope);
        if index >= size {
            return Err(Error::OutOfBounds { size });
        }
        Ok(table.set(scope, index, value)?)
    })
}

pub(super) fn grow_table<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    table: u32,
    elements: u64,
    value: Value,
) -> Result<u64, Error> {
    with_table(paused, instance, table, value, |scope, table, value| {
        // Growth by nothing is always possible.
        let size = table.size(&*scope);
        let maximum = table.ty(&*scope).maximum().unwrap_or(u64::MAX).min(size.max(MAX_TABLE));
        if size.checked_add(elements).is_none_or(|grown| grown > maximum) {
            return Err(Error::CannotGrow(format!("it has {size} elements of at most {maximum}")));
        }
        table.grow(scope, elements, value).map_err(|error| Error::CannotGrow(format!("{error:#}")))
    })
}

pub(super) fn set_element<T: 'static>(
    paused: &mut Paused<'_, T>,
    object: ReferenceId,
    index: u32,
    value: Value,
) -> Result<(), Error> {
    let references = &lock(paused.ledger).references;
    let kept = references.get(object)?;
    let mut scope = RootScope::new(paused.store.as_context_mut());
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
