//! Tags and exceptions that a debugger makes, and the replacement of the exception that is being
//! thrown.
//!
//! Invariant: at an exception stop the store always has a pending exception, and it is known
//! whether that will be caught.

use crate::engine::{self, Frozen, Paused, PausedAt, tag_id, to_val, value_type};
use crate::inspect::find_tag;
use crate::plain::{
    Error, Listed, MAX_MADE_TAGS, MAX_REFERENCES, MAX_TAG_VALUES, ReferenceId, ReferenceKind, ReferenceType, TagId,
    Value, ValueType,
};
use wasmtime::{
    AsContextMut, ExnRef, ExnRefPre, ExnType, FuncType, HeapType, RefType, RootScope, Tag, TagType, Val, ValType,
};

pub(super) fn make_tag<T: 'static>(frozen: &mut Frozen<'_, T>, params: &[ValueType]) -> Result<TagId, Error> {
    if frozen.known.made_tags.len() >= MAX_MADE_TAGS {
        return Err(Error::TooLarge { limit: u64::try_from(MAX_MADE_TAGS).unwrap_or(u64::MAX) });
    }
    if params.len() > MAX_TAG_VALUES {
        return Err(Error::TooLarge { limit: u64::try_from(MAX_TAG_VALUES).unwrap_or(u64::MAX) });
    }
    let params = params.iter().map(to_type).collect::<Result<Vec<_>, Error>>()?;
    let ty = FuncType::try_new(frozen.store.engine(), params, []).map_err(wasmtime::Error::from)?;
    let tag = Tag::new(frozen.store.as_context_mut(), &TagType::new(ty))?;
    let id = tag_id(&tag);
    frozen.known.made_tags.insert(id, tag);
    Ok(id)
}

fn to_type(ty: &ValueType) -> Result<ValType, Error> {
    let reference = |nullable, heap| ValType::Ref(RefType::new(nullable, heap));
    Ok(match ty {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
        ValueType::F32 => ValType::F32,
        ValueType::F64 => ValType::F64,
        ValueType::V128 => ValType::V128,
        ValueType::Reference(ReferenceType { kind, nullable, .. }) => match kind {
            ReferenceKind::Function => reference(*nullable, HeapType::Func),
            ReferenceKind::External => reference(*nullable, HeapType::Extern),
            ReferenceKind::Internal => reference(*nullable, HeapType::Any),
            ReferenceKind::Exception => reference(*nullable, HeapType::Exn),
            ReferenceKind::Continuation => {
                return Err(Error::WrongType { expected: "anything but a continuation".to_owned() });
            }
        },
    })
}

pub(super) fn make<T: 'static>(frozen: &mut Frozen<'_, T>, tag: TagId, payload: &[Value]) -> Result<Value, Error> {
    let tag = find_tag(frozen, tag)?;
    let Frozen { store, known } = frozen;
    let references = &mut known.references;
    let mut scope = RootScope::new(store.as_context_mut());
    let ty = tag.ty(&scope);
    let params: Vec<ValType> = ty.ty().params().collect();
    if params.len() != payload.len() {
        let params: Vec<ValueType> = params.iter().map(value_type).collect();
        return Err(Error::WrongType { expected: Listed(&params).to_string() });
    }
    let mut fields = Vec::with_capacity(params.len());
    for (value, ty) in payload.iter().zip(&params) {
        fields.push(to_val(&mut scope, references, *value, ty)?);
    }
    let allocator = ExnRefPre::new(&mut scope, ExnType::from_tag_type(&ty)?);
    let exception = ExnRef::new(&mut scope, &allocator, &tag, &fields)?;
    match references.keep(&mut scope, &Val::ExnRef(Some(exception))) {
        Value::Reference(_, ReferenceId::NONE) => {
            Err(Error::TooLarge { limit: u64::try_from(MAX_REFERENCES).unwrap_or(u64::MAX) })
        }
        value => Ok(value),
    }
}

pub(super) fn replace<T: 'static>(paused: &mut Paused<'_, T>, exception: ReferenceId) -> Result<bool, Error> {
    if !matches!(paused.pause.at, PausedAt::Exception { .. }) {
        return Err(Error::NotAtException);
    }
    let frozen = &mut paused.frozen;
    let kept = frozen.known.references.get(exception)?.clone();
    let tag = {
        let mut scope = RootScope::new(frozen.store.as_context_mut());
        let Val::ExnRef(Some(exception)) = kept.to_val(&mut scope) else {
            return Err(Error::WrongType { expected: "an exception".to_owned() });
        };
        let tag = exception.tag(&mut scope)?;
        engine::throw(&mut scope, exception)?;
        tag
    };
    let caught = engine::is_caught(frozen, &tag)?;
    paused.pause.at = PausedAt::Exception { caught };
    Ok(caught)
}
