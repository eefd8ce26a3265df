//! Exceptions that have been thrown: their contents, whether they will be caught, and the one that
//! is pending in the store.
//!
//! The engine raises one event before it looks for a handler, so this file looks first. It walks
//! the frames of the current activation and compares the exception's tag with the `try_table`
//! clauses that cover each frame's position, in the order in which the engine itself will search
//! (core specification, `throw_ref`). A store has one slot for a pending exception. The engine lets
//! the slot be read only by taking the exception out, and written only by throwing. Invariant: a
//! function that only looks at the slot leaves in it what was there.

use super::frame_trust::FrameTrust;
use super::frozen::Frozen;
use super::position::{HeldFrame, Position, parent};
use super::values::keep_values;
use crate::binary::Catches;
use crate::plain::{Error, Value};
use wasmtime::{
    AsContextMut, ExnRef, FrameHandle, OwnedRooted, RootScope, Rooted, StoreContextMut, Tag, ThrownException, Val,
};

/// Whether a frame of the innermost activation catches an exception with this tag.
pub(crate) fn is_caught<T: 'static>(frozen: &mut Frozen<'_, T>, tag: &Tag) -> Result<bool, Error> {
    let mut next = HeldFrame::trusted(frozen, FrameTrust::MaybeStartFunction).0;
    while let Some(frame) = next {
        if catches(frozen, &frame, tag)? {
            return Ok(true);
        }
        next = parent(frozen, &frame)?;
    }
    Ok(false)
}

fn catches<T: 'static>(frozen: &mut Frozen<'_, T>, frame: &FrameHandle, tag: &Tag) -> Result<bool, Error> {
    let Some(position) = Position::of(frozen, frame)? else {
        return Ok(false);
    };
    // A frame is at its `throw`, or at a call that a clause covers (see `ModuleEntry::return_pc`).
    // After a call that no clause covers it is at the next instruction, which is not covered
    // either: a `try_table` would have to begin between the two.
    let clauses = frozen.known.modules.get_mut(position.location.module)?;
    let clauses = clauses.catches(position.function, position.location.pc);
    for clause in clauses {
        match clause {
            Catches::All => return Ok(true),
            Catches::Tag(index) => {
                let instance = position.instance(&mut frozen.store)?;
                if let Some(caught) = instance.debug_tag(frozen.store.as_context_mut(), index)
                    && Tag::eq(&caught, tag, &frozen.store)
                {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// The tag and the payload of an exception.
pub(crate) fn contents<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    exception: &OwnedRooted<ExnRef>,
) -> Result<(Tag, Vec<Value>), Error> {
    // Without a scope of its own, every look at an exception would leave roots behind in the store.
    let Frozen { store, known } = frozen;
    let mut scope = RootScope::new(store.as_context_mut());
    let exception = exception.to_rooted(&mut scope);
    let tag = exception.tag(&mut scope)?;
    let fields: Vec<Val> = exception.fields(&mut scope)?.collect();
    let payload = fields.iter().map(|value| known.references.keep(&mut scope, value)).collect();
    Ok((tag, payload))
}

/// The pending exception, which stays pending; `None` if there is none.
pub(crate) fn pending<T: 'static>(
    scope: &mut RootScope<StoreContextMut<'_, T>>,
) -> Result<Option<Rooted<ExnRef>>, Error> {
    let Some(exception) = scope.as_context_mut().take_pending_exception() else { return Ok(None) };
    throw(scope, exception)?;
    Ok(Some(exception))
}

/// Takes the pending exception out of the store and returns its payload; `None` if there is none.
pub(crate) fn take_pending_payload<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<Option<Vec<Value>>, Error> {
    let Some(exception) = frozen.store.take_pending_exception() else { return Ok(None) };
    let fields: Vec<Val> = exception.fields(frozen.store.as_context_mut())?.collect();
    Ok(Some(keep_values(frozen, &fields)))
}

/// Makes an exception the pending one.
pub(crate) fn throw<T: 'static>(
    scope: &mut RootScope<StoreContextMut<'_, T>>,
    exception: Rooted<ExnRef>,
) -> Result<(), Error> {
    // Throwing returns the error that a host function would return.
    match scope.as_context_mut().throw::<()>(exception) {
        Err(error) if !error.is::<ThrownException>() => Err(error.into()),
        _ => Ok(()),
    }
}
