//! Values of frames in plain form, and plain values in the engine's form.
//!
//! Invariant: references that the engine hands out are rooted in a scope that ends with the call,
//! or are kept until the next resume by [`References`], so that looking at a program does not make
//! its store grow. The engine is only given values whose type it has confirmed, and is only asked
//! for locals that the program has set.

use super::frozen::Frozen;
use super::position::Position;
use super::references::References;
use super::types::value_type;
use crate::binary::UnsetLocals;
use crate::plain::{Error, ReferenceId, ReferenceKind, Value};
use std::sync::Arc;
use wasmtime::{AsContextMut, RootScope, StoreContextMut, Val, ValType};

/// Stands for a value that the engine cannot read.
pub(crate) const UNREADABLE: Value = Value::Reference(ReferenceKind::Continuation, ReferenceId::NONE);

/// The locals of a frame, parameters first. References get ids if `keep` is set.
pub(crate) fn locals<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    position: &Position<'_>,
    keep: bool,
) -> Result<Vec<Value>, Error> {
    let unreadable = unreadable_locals(frozen, position)?;
    let unset = unset_locals(frozen, position)?;
    let Frozen { store, known } = frozen;
    let mut references = keep.then_some(&mut known.references);
    let mut scope = RootScope::new(store.as_context_mut());
    let n_locals = position.frame.num_locals(&mut scope)?;
    let n_values = usize::try_from(n_locals).unwrap_or_default();
    let mut values = Vec::with_capacity(n_values);
    // Parameters come first, and always have a value.
    let n_parameters = unset.as_ref().map_or(0, |unset| n_values.saturating_sub(unset.n_declared()));
    for index in 0..n_locals {
        let at = values.len();
        let without_value = match &unset {
            Some(unset) => at.checked_sub(n_parameters).and_then(|at| unset.unset(at, position.location.pc)),
            None => None,
        };
        values.push(if unreadable.get(at) == Some(&true) {
            UNREADABLE
        } else if let Some(kind) = without_value {
            Value::Unset(kind)
        } else {
            // The value is left in its `Result`: moving a value that has just been written takes
            // longer than reading it.
            let read = position.local(&mut scope, index);
            let Ok(value) = &read else { return Ok(read.map(|_| Vec::new())?) };
            References::value(&mut references, &mut scope, value)
        });
    }
    Ok(values)
}

/// The operand stack of a frame, bottom first. References get ids if `keep` is set.
pub(crate) fn operands<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    position: &Position<'_>,
    keep: bool,
) -> Result<Vec<Value>, Error> {
    let Frozen { store, known } = frozen;
    let may_hold_continuations =
        known.modules.has_continuations() && known.modules.get(position.location.module)?.has_continuations();
    let mut references = keep.then_some(&mut known.references);
    let mut scope = RootScope::new(store.as_context_mut());
    let n_operands = position.frame.num_stacks(&mut scope)?;
    let mut values = Vec::with_capacity(usize::try_from(n_operands).unwrap_or_default());
    for index in 0..n_operands {
        values.push(if may_hold_continuations {
            UNREADABLE
        } else {
            let read = position.operand(&mut scope, index);
            let Ok(value) = &read else { return Ok(read.map(|_| Vec::new())?) };
            References::value(&mut references, &mut scope, value)
        });
    }
    Ok(values)
}

/// The plain form of values that the engine has already rooted. Their references are kept until the
/// next resume.
pub(crate) fn keep_values<T: 'static>(frozen: &mut Frozen<'_, T>, values: &[Val]) -> Vec<Value> {
    let Frozen { store, known } = frozen;
    values.iter().map(|value| known.references.keep(store.as_context_mut(), value)).collect()
}

/// For each local of a frame, whether the engine must not be asked for it: the engine panics on a
/// continuation (`FrameHandle::local`). Empty for nearly every module.
fn unreadable_locals<T: 'static>(frozen: &mut Frozen<'_, T>, position: &Position<'_>) -> Result<Vec<bool>, Error> {
    if !frozen.known.modules.has_continuations() {
        return Ok(Vec::new());
    }
    let entry = frozen.known.modules.get_mut(position.location.module)?;
    if !entry.has_continuations() {
        return Ok(Vec::new());
    }
    let declared = entry.function(position.function).map(|code| code.continuation_locals.clone()).unwrap_or_default();
    let n_locals = usize::try_from(position.frame.num_locals(&mut frozen.store)?).unwrap_or_default();
    // Parameters come first. In such a module any of them may be a continuation.
    let mut unreadable = vec![true; n_locals.saturating_sub(declared.len())];
    unreadable.extend(declared);
    Ok(unreadable)
}

/// The locals of a frame's function that have no value at first: the engine must not be asked for
/// one that is not set yet. It takes what lies in the slot for a reference, and crashes or worse
/// (`FrameHandle::local`). `None` for nearly every module.
#[inline]
fn unset_locals<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    position: &Position<'_>,
) -> Result<Option<Arc<UnsetLocals>>, Error> {
    let entry = frozen.known.modules.get_mut(position.location.module)?;
    if entry.has_unset_locals() { entry.unset_locals(position.function) } else { Ok(None) }
}

/// The engine's form of a value.
///
/// # Errors
/// [`Error::WrongType`] if the value does not have the type `ty`; the errors of [`References::get`]
/// for a reference.
pub(crate) fn to_val<T: 'static>(
    scope: &mut RootScope<StoreContextMut<'_, T>>,
    references: &References,
    value: Value,
    ty: &ValType,
) -> Result<Val, Error> {
    let wrong_type = || Error::WrongType { expected: value_type(ty).to_string() };
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
        Value::Null(ReferenceKind::Continuation)
        | Value::Unset(_)
        | Value::Reference(ReferenceKind::Continuation, _) => {
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

/// The text format's name for the type of a reference of this kind.
fn name(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Function => "funcref",
        ReferenceKind::External => "externref",
        ReferenceKind::Internal => "anyref",
        ReferenceKind::Exception => "exnref",
        ReferenceKind::Continuation => "contref",
    }
}
