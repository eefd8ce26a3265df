//! The objects that references refer to.
//!
//! Invariant: a reference that is read from an object is rooted until the end of the call, or kept
//! until the next resume, and never longer.

use crate::engine::{self, Frozen, KeptReference, Paused, PausedAt, storage_type, tag_id};
use crate::plain::{Error, Object, ReferenceId, ReferenceKind, Value};
use wasmtime::{AnyRef, AsContextMut, ExternRef, RootScope, Rooted, StoreContextMut, StructRef, Val};

/// The object that a reference refers to.
pub(super) fn object<T: 'static>(frozen: &mut Frozen<'_, T>, id: ReferenceId) -> Result<Object, Error> {
    let kept = frozen.known.references.get(id)?.clone();
    if let KeptReference::Function(function) = kept {
        return Ok(match frozen.identify(function) {
            Some((instance, index)) => Object::Function(instance, index),
            None => Object::HostFunction,
        });
    }
    let Frozen { store, known } = frozen;
    let references = &mut known.references;
    let mut scope = RootScope::new(store.as_context_mut());
    match kept.to_val(&mut scope) {
        Val::ExternRef(Some(object)) => {
            let inside = AnyRef::convert_extern(&mut scope, object)?;
            if !is_internal(&mut scope, inside)? {
                return Ok(Object::External);
            }
            Ok(Object::Converted(references.keep(&mut scope, &Val::AnyRef(Some(inside)))))
        }
        Val::AnyRef(Some(object)) => {
            if let Some(number) = object.as_i31(&scope)? {
                return Ok(Object::I31(number.get_i32()));
            }
            if let Some(structure) = object.as_struct(&scope)? {
                let fields = fields(&mut scope, structure)?;
                return Ok(Object::Struct(fields.iter().map(|value| references.keep(&mut scope, value)).collect()));
            }
            if let Some(array) = object.as_array(&scope)? {
                let element = storage_type(&array.ty(&scope)?.element_type());
                return Ok(Object::Array { element, length: array.len(&scope)? });
            }
            let outside = ExternRef::convert_any(&mut scope, object)?;
            Ok(Object::Converted(references.keep(&mut scope, &Val::ExternRef(Some(outside)))))
        }
        Val::ExnRef(Some(exception)) => {
            let tag = tag_id(&exception.tag(&mut scope)?);
            let payload: Vec<Val> = exception.fields(&mut scope)?.collect();
            let payload = payload.iter().map(|value| references.keep(&mut scope, value)).collect();
            Ok(Object::Exception { tag, payload })
        }
        _ => Err(Error::NoReference(id)),
    }
}

fn is_internal<T: 'static>(
    scope: &mut RootScope<StoreContextMut<'_, T>>,
    object: Rooted<AnyRef>,
) -> Result<bool, Error> {
    Ok(object.is_i31(&*scope)? || object.is_struct(&*scope)? || object.is_array(&*scope)?)
}

fn fields<T: 'static>(
    scope: &mut RootScope<StoreContextMut<'_, T>>,
    structure: Rooted<StructRef>,
) -> Result<Vec<Val>, Error> {
    Ok(structure.fields(scope)?.collect())
}

/// The elements of an array from index `first`, at most `limit`; fewer at its end.
pub(super) fn array_elements<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    id: ReferenceId,
    first: u32,
    limit: u32,
) -> Result<Vec<Value>, Error> {
    let Frozen { store, known } = frozen;
    let references = &mut known.references;
    let kept = references.get(id)?.clone();
    let mut scope = RootScope::new(store.as_context_mut());
    let not_an_array = || Error::WrongType { expected: "an array".to_owned() };
    let Val::AnyRef(Some(object)) = kept.to_val(&mut scope) else { return Err(not_an_array()) };
    let array = object.as_array(&scope)?.ok_or_else(not_an_array)?;
    let length = array.len(&scope)?;
    if first > length {
        return Err(Error::OutOfBounds { size: length.into() });
    }
    let mut values = Vec::new();
    for index in first..first.saturating_add(limit).min(length) {
        let mut scope = RootScope::new(&mut scope);
        let value = array.get(&mut scope, index)?;
        values.push(references.keep(&mut scope, &value));
    }
    Ok(values)
}

/// The exception of an exception stop; none at any other stop.
pub(super) fn pending_exception<T: 'static>(paused: &mut Paused<'_, T>) -> Result<Option<Value>, Error> {
    if !matches!(paused.pause.at, PausedAt::Exception { .. }) {
        return Ok(None);
    }
    let Frozen { store, known } = &mut paused.frozen;
    let mut scope = RootScope::new(store.as_context_mut());
    let Some(exception) = engine::pending(&mut scope)? else { return Ok(None) };
    let value = known.references.keep(&mut scope, &Val::ExnRef(Some(exception)));
    debug_assert!(matches!(value, Value::Reference(ReferenceKind::Exception, _)));
    Ok(Some(value))
}
