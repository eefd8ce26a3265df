//! Whether a thrown exception will be caught.
//!
//! The engine raises one event before it looks for a handler, so this looks first: it walks the frames of the current
//! activation and compares the exception's tag with the `try_table` clauses that cover each frame's position, which is
//! the order in which the engine itself will search (core specification, `throw_ref`). Invariant: read-only.

use super::code::Catches;
use super::frames::{self, Innermost, Walk};
use super::modules::Modules;
use super::state::References;
use super::{Error, Value};
use wasmtime::{AsContextMut, ExnRef, FrameHandle, OwnedRooted, RootScope, StoreContextMut, Tag, Val};

/// Whether a frame of the innermost activation catches an exception with this tag.
pub(crate) fn is_caught<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    tag: &Tag,
) -> Result<bool, Error> {
    let mut next = Walk::new(Innermost::Suspect).frame(store, modules, 0).ok();
    while let Some(frame) = next {
        if catches(store, modules, &frame, tag)? {
            return Ok(true);
        }
        next = frames::parent(store, modules, &frame)?;
    }
    Ok(false)
}

fn catches<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    frame: &FrameHandle,
    tag: &Tag,
) -> Result<bool, Error> {
    let Some(facts) = frames::facts(store, modules, frame)? else {
        return Ok(false);
    };
    // A frame stands at its `throw`, or at a call that a clause covers (see `Entry::return_pc`). After a call that none
    // covers it stands on the next instruction, which is not covered either: a `try_table` would have to begin between them.
    let clauses = modules.get_mut(facts.location.module)?.catches(facts.function, facts.location.pc);
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
pub(crate) fn contents<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    references: &mut References,
    exception: &OwnedRooted<ExnRef>,
) -> Result<(Tag, Vec<Value>), Error> {
    // Without a scope of its own every look at an exception would leave roots behind in the store.
    let mut scope = RootScope::new(store.as_context_mut());
    let exception = exception.to_rooted(&mut scope);
    let tag = exception.tag(&mut scope)?;
    let fields: Vec<Val> = exception.fields(&mut scope)?.collect();
    let payload =
        fields.iter().map(|value| References::value(&mut Some(&mut *references), &mut scope, value)).collect();
    Ok((tag, payload))
}
