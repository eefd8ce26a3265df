//! Checks whether a function can be called with some values, and converts the values.
//!
//! Invariant: the engine only gets values that fit, because it panics on values of continuation
//! types.

use crate::engine::{self, Frozen, InstanceRef, References, to_val};
use crate::plain::{Call, Error, Value};
use wasmtime::{Func, HeapType, RootScope, StoreContextMut, Val, ValType};

/// The function that a call names.
pub(super) fn function<T: 'static>(frozen: &mut Frozen<'_, T>, call: &Call) -> Result<Func, Error> {
    let instance = InstanceRef::handle(frozen, call.instance)?;
    engine::function(&mut frozen.store, instance, call.function).ok_or(Error::NoFunction(call.function))
}

/// A call's arguments in the engine's form, and space for its results.
pub(super) fn values<T: 'static>(
    scope: &mut RootScope<StoreContextMut<'_, T>>,
    references: &References,
    function: Func,
    arguments: &[Value],
) -> Result<(Vec<Val>, Vec<Val>), Error> {
    let ty = function.ty(&*scope);
    if ty.params().len() != arguments.len() {
        return Err(Error::ArgumentCount { expected: u32::try_from(ty.params().len()).unwrap_or(u32::MAX) });
    }
    if ty.params().chain(ty.results()).any(|ty| is_continuation(&ty)) {
        return Err(Error::WrongType { expected: "a function without continuations".to_owned() });
    }
    let mut values = Vec::with_capacity(arguments.len());
    for (index, (ty, value)) in ty.params().zip(arguments).enumerate() {
        values.push(to_val(scope, references, *value, &ty).map_err(|error| match error {
            Error::WrongType { expected } => Error::WrongType { expected: format!("{expected} for argument {index}") },
            other => other,
        })?);
    }
    Ok((values, vec![Val::I32(0); ty.results().len()]))
}

fn is_continuation(ty: &ValType) -> bool {
    let ValType::Ref(ty) = ty else { return false };
    matches!(ty.heap_type(), HeapType::Cont | HeapType::NoCont | HeapType::ConcreteCont(_))
}
