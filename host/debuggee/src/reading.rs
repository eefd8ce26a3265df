//! Reading values and bytes out of a paused program.
//!
//! Used by the view and by the handler's own captures. Invariant: references that the engine hands out are rooted in a scope that
//! ends with the call, or kept until the next resume by [`References`], so that looking at a program does not make its store grow.

use super::frames;
use super::modules::Modules;
use super::state::References;
use super::value::{ReferenceId, ReferenceKind, Value};
use super::{Error, InstanceId};
use wasmtime::{AsContextMut, FrameHandle, Instance, Memory, RootScope, SharedMemory, StoreContextMut};
use wiggle::{GuestMemory, GuestPtr};

/// What the engine cannot read.
pub(crate) const OPAQUE: Value = Value::Reference(ReferenceKind::Continuation, ReferenceId::NONE);

/// The locals of a frame, parameters first. References get their numbers if somebody keeps them.
pub(crate) fn locals<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    mut references: Option<&mut References>,
    frame: &FrameHandle,
) -> Result<Vec<Value>, Error> {
    let unreadable = unreadable_locals(store, modules, frame)?;
    let mut scope = RootScope::new(store.as_context_mut());
    let n_locals = frame.num_locals(&mut scope)?;
    let mut values = Vec::with_capacity(usize::try_from(n_locals).unwrap_or_default());
    for index in 0..n_locals {
        let is_unreadable = usize::try_from(index).ok().and_then(|index| unreadable.get(index)) == Some(&true);
        values.push(if is_unreadable {
            OPAQUE
        } else {
            // Not taken out of its result: moving a value that has just been written takes longer than reading it.
            let read = frame.local(&mut scope, index);
            let Ok(value) = &read else { return Ok(read.map(|_| Vec::new())?) };
            References::value(&mut references, &mut scope, value)
        });
    }
    Ok(values)
}

/// The operand stack of a frame, bottom first.
pub(crate) fn operands<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    mut references: Option<&mut References>,
    frame: &FrameHandle,
) -> Result<Vec<Value>, Error> {
    let may_hold_continuations = modules.has_continuations()
        && match frames::facts(store, modules, frame)? {
            Some(facts) => modules.get(facts.location.module)?.code.has_continuations,
            None => false,
        };
    let mut scope = RootScope::new(store.as_context_mut());
    let n_operands = frame.num_stacks(&mut scope)?;
    let mut values = Vec::with_capacity(usize::try_from(n_operands).unwrap_or_default());
    for index in 0..n_operands {
        values.push(if may_hold_continuations {
            OPAQUE
        } else {
            let read = frame.stack(&mut scope, index);
            let Ok(value) = &read else { return Ok(read.map(|_| Vec::new())?) };
            References::value(&mut references, &mut scope, value)
        });
    }
    Ok(values)
}

/// Which locals of a frame the engine must not be asked for: it panics on a continuation (`FrameHandle::local`).
/// Empty for nearly every module.
fn unreadable_locals<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    frame: &FrameHandle,
) -> Result<Vec<bool>, Error> {
    if !modules.has_continuations() {
        return Ok(Vec::new());
    }
    let Some(facts) = frames::facts(store, modules, frame)? else {
        return Ok(Vec::new());
    };
    let entry = modules.get_mut(facts.location.module)?;
    if !entry.code.has_continuations {
        return Ok(Vec::new());
    }
    let declared = entry.function(facts.function).map(|code| code.continuation_locals.clone()).unwrap_or_default();
    let n_locals = usize::try_from(frame.num_locals(store.as_context_mut())?).unwrap_or_default();
    // Parameters come first. In such a module any of them may be one.
    let mut unreadable = vec![true; n_locals.saturating_sub(declared.len())];
    unreadable.extend(declared);
    Ok(unreadable)
}

/// An instance by its number.
pub(crate) fn instance<T: 'static>(store: &mut StoreContextMut<'_, T>, id: InstanceId) -> Result<Instance, Error> {
    let instances = store.as_context_mut().debug_all_instances();
    instances.into_iter().find(|instance| instance.debug_index_in_store() == id.0).ok_or(Error::NoInstance(id))
}

/// A memory of either kind.
pub(crate) enum AnyMemory {
    Plain(Memory),
    Shared(SharedMemory),
}

impl AnyMemory {
    /// A memory of an instance, by its index in the module, imports included.
    pub(crate) fn of<T: 'static>(
        store: &mut StoreContextMut<'_, T>,
        instance: Instance,
        index: u32,
    ) -> Result<AnyMemory, Error> {
        if let Some(memory) = instance.debug_memory(store.as_context_mut(), index) {
            return Ok(AnyMemory::Plain(memory));
        }
        let shared = instance.debug_shared_memory(store.as_context_mut(), index);
        shared.map(AnyMemory::Shared).ok_or(Error::NoMemory(index))
    }

    /// Size in bytes.
    pub(crate) fn size<T: 'static>(&self, store: &StoreContextMut<'_, T>) -> u64 {
        let size = match self {
            AnyMemory::Plain(memory) => memory.data_size(store),
            AnyMemory::Shared(memory) => memory.data_size(),
        };
        u64::try_from(size).unwrap_or(u64::MAX)
    }

    /// Bytes from `address`, at most `length`; short at the end of the memory.
    pub(crate) fn read<T: 'static>(
        &self,
        store: &StoreContextMut<'_, T>,
        address: u64,
        length: usize,
    ) -> Result<Vec<u8>, Error> {
        let start = usize::try_from(address).unwrap_or(usize::MAX);
        let out_of_bounds = |size: usize| Error::OutOfBounds { size: u64::try_from(size).unwrap_or(u64::MAX) };
        match self {
            AnyMemory::Plain(memory) => {
                let data = memory.data(store);
                let rest = data.get(start..).ok_or_else(|| out_of_bounds(data.len()))?;
                Ok(rest.get(..length).unwrap_or(rest).to_vec())
            }
            AnyMemory::Shared(memory) => {
                let data = memory.data();
                let rest = data.get(start..).ok_or_else(|| out_of_bounds(data.len()))?;
                let cells = rest.get(..length).unwrap_or(rest);
                let length = u32::try_from(cells.len()).map_err(|_| Error::TooLarge { limit: u64::from(u32::MAX) })?;
                let bytes = GuestMemory::Shared(cells).to_vec(GuestPtr::<[u8]>::new((0, length)));
                bytes.map_err(|error| Error::Engine(error.to_string()))
            }
        }
    }
}
