//! Whether a thrown exception will be caught.
//!
//! The engine raises one event before it looks for a handler, so this looks first: it walks the frames of the current
//! activation and compares the exception's tag with the `try_table` clauses that cover each frame's position, which is
//! the order in which the engine itself will search (core specification, `throw_ref`). Invariant: read-only.

use super::code::Catches;
use super::frames;
use super::modules::Modules;
use super::{Error, Value};
use wasmtime::{AsContextMut, ExnRef, FrameHandle, OwnedRooted, RootScope, StoreContextMut, Tag};

/// Opcodes whose own offset is the position of the innermost frame.
const THROW: u8 = 0x08;
const THROW_REF: u8 = 0x0a;

/// Whether a frame of the innermost activation catches an exception with this tag.
pub(super) fn is_caught<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    tag: &Tag,
) -> Result<bool, Error> {
    let mut next = store.debug_exit_frames().next();
    let mut innermost = true;
    while let Some(frame) = next {
        if catches(store, modules, &frame, innermost, tag)? {
            return Ok(true);
        }
        innermost = false;
        next = frame.parent(store.as_context_mut())?;
    }
    Ok(false)
}

fn catches<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    frame: &FrameHandle,
    innermost: bool,
    tag: &Tag,
) -> Result<bool, Error> {
    let Some(facts) = frames::facts(store, modules, frame)? else {
        return Ok(false);
    };
    let entry = modules.get_mut(facts.location.module)?;
    let pc = facts.location.pc;
    // A frame that waits for a call stands after it, and so does one whose host call has thrown.
    let throws_itself = innermost && matches!(entry.opcode(pc), Some(THROW | THROW_REF));
    let pc = if throws_itself { pc } else { pc.saturating_sub(1) };
    let clauses = entry.catches(facts.function, pc);
    for clause in clauses {
        match clause {
            Catches::All => return Ok(true),
            Catches::Tag(index) => {
                let instance = frame.instance(store.as_context_mut())?;
                if let Some(caught) = instance.debug_tag(store.as_context_mut(), index)
                    && Tag::eq(&caught, tag, &*store)
                {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// The tag and the payload of an exception.
pub(super) fn contents<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    exception: &OwnedRooted<ExnRef>,
) -> Result<(Tag, Vec<Value>), Error> {
    // Without a scope of its own every look at an exception would leave roots behind in the store.
    let mut scope = RootScope::new(store.as_context_mut());
    let exception = exception.to_rooted(&mut scope);
    let tag = exception.tag(&mut scope)?;
    let payload = exception.fields(&mut scope)?.map(|value| Value::of(&value)).collect();
    Ok((tag, payload))
}
