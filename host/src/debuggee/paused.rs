//! A paused program with its store's type: the one implementation of [`View`].
//!
//! Made by the handler for one query and gone with it. Invariant: it is only ever made inside the handler (or before
//! the program has begun), because that is where the engine can see the program's frames.

use super::frames::{self, Walk};
use super::modules::Modules;
use super::shared::{Ledger, lock};
use super::value::{ReferenceKind, Value};
use super::{Error, Frame, FrameId, InstanceId, InstanceInfo, MemoryInfo, ModuleInfo, View};
use std::sync::Mutex;
use wasmtime::{AsContextMut, FrameHandle, Instance, Memory, RootScope, SharedMemory, StoreContextMut};
use wiggle::{GuestMemory, GuestPtr};

/// What one pause remembers between queries.
pub(super) struct Pause {
    /// Number of the stop.
    pub(super) stop: u64,
    /// Whether the program has begun; before that there are no frames, and the engine must not be asked for any.
    pub(super) has_begun: bool,
    pub(super) walk: Walk,
}

/// A paused program. [`Paused::store`] gives the frozen store itself, the methods of [`View`] give plain data.
pub struct Paused<'a, T: 'static> {
    pub(super) store: StoreContextMut<'a, T>,
    pub(super) ledger: &'a Mutex<Ledger>,
    pub(super) pause: &'a mut Pause,
}

impl<T: 'static> Paused<'_, T> {
    /// The frozen store: its data, memories, globals and everything else that the engine offers on it.
    pub fn store(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }

    fn frame(&mut self, frame: FrameId) -> Result<FrameHandle, Error> {
        if frame.stop != self.pause.stop {
            return Err(Error::StaleFrame);
        }
        if !self.pause.has_begun {
            return Err(Error::NoFrame { n_frames: 0 });
        }
        self.pause.walk.frame(&mut self.store, usize::try_from(frame.index).unwrap_or(usize::MAX))
    }

    fn instance(&mut self, id: InstanceId) -> Result<Instance, Error> {
        let instances = self.store.as_context_mut().debug_all_instances();
        instances.into_iter().find(|instance| instance.debug_index_in_store() == id.0).ok_or(Error::NoInstance(id))
    }

    fn any_memory(&mut self, instance: Instance, index: u32) -> Option<AnyMemory> {
        let plain = instance.debug_memory(self.store.as_context_mut(), index).map(AnyMemory::Plain);
        plain.or_else(|| instance.debug_shared_memory(self.store.as_context_mut(), index).map(AnyMemory::Shared))
    }
}

/// A memory of either kind.
enum AnyMemory {
    Plain(Memory),
    Shared(SharedMemory),
}

/// Makes every module of the store known to the ledger.
pub(super) fn look_for_modules<T: 'static>(mut store: StoreContextMut<'_, T>, modules: &mut Modules) {
    for module in store.as_context_mut().debug_all_modules() {
        modules.id_of(&module);
    }
}

impl<T: 'static> View for Paused<'_, T> {
    fn modules(&mut self) -> Vec<ModuleInfo> {
        let mut ledger = lock(self.ledger);
        look_for_modules(self.store.as_context_mut(), &mut ledger.modules);
        ledger.modules.infos()
    }

    fn instances(&mut self) -> Vec<InstanceInfo> {
        let mut infos = Vec::new();
        for instance in self.store.as_context_mut().debug_all_instances() {
            let n_memories = (0..).take_while(|index| self.any_memory(instance, *index).is_some()).count();
            let module = instance.module(&self.store);
            infos.push(InstanceInfo {
                id: InstanceId(instance.debug_index_in_store()),
                module: lock(self.ledger).modules.id_of(module),
                n_memories: u32::try_from(n_memories).unwrap_or(u32::MAX),
            });
        }
        infos
    }

    fn depth(&mut self) -> Result<u32, Error> {
        if !self.pause.has_begun {
            return Ok(0);
        }
        let n_frames = self.pause.walk.extend(&mut self.store, usize::MAX)?;
        Ok(u32::try_from(n_frames).unwrap_or(u32::MAX))
    }

    fn frames(&mut self, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        if !self.pause.has_begun {
            return Ok(Vec::new());
        }
        let first_index = usize::try_from(first).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.pause.walk.extend(&mut self.store, first_index.saturating_add(limit))?;
        let handles = self.pause.walk.known(first_index, limit);
        let mut found = Vec::with_capacity(handles.len());
        let mut ledger = lock(self.ledger);
        // The handles lead, so that the range is not asked for a number past the last one.
        for (handle, index) in handles.iter().zip(first..) {
            // A frame without a location would be a trampoline's; the engine does not show those.
            if let Some(mut facts) = frames::facts(&mut self.store, &mut ledger.modules, handle)? {
                if index > 0 {
                    let entry = ledger.modules.get_mut(facts.location.module)?;
                    facts.location.pc = entry.return_pc(facts.function, facts.location.pc);
                }
                found.push(Frame {
                    id: FrameId { stop: self.pause.stop, index },
                    instance: frames::instance_of(&mut self.store, handle)?,
                    function: facts.function,
                    location: facts.location,
                });
            }
        }
        Ok(found)
    }

    fn locals(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        let handle = self.frame(frame)?;
        let unreadable = unreadable_locals(&mut self.store, &mut lock(self.ledger).modules, &handle)?;
        // References that the engine hands out stay rooted until their scope ends.
        let mut scope = RootScope::new(self.store.as_context_mut());
        let n_locals = handle.num_locals(&mut scope)?;
        let mut values = Vec::with_capacity(usize::try_from(n_locals).unwrap_or_default());
        for index in 0..n_locals {
            let is_unreadable = usize::try_from(index).ok().and_then(|index| unreadable.get(index)) == Some(&true);
            values.push(if is_unreadable {
                Value::Reference(ReferenceKind::Continuation)
            } else {
                Value::of(&handle.local(&mut scope, index)?)
            });
        }
        Ok(values)
    }

    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        let handle = self.frame(frame)?;
        let may_hold_continuations = {
            let modules = &mut lock(self.ledger).modules;
            match frames::facts(&mut self.store, modules, &handle)? {
                Some(facts) => modules.get(facts.location.module)?.code.has_continuations,
                None => false,
            }
        };
        let mut scope = RootScope::new(self.store.as_context_mut());
        let n_operands = handle.num_stacks(&mut scope)?;
        let mut values = Vec::with_capacity(usize::try_from(n_operands).unwrap_or_default());
        for index in 0..n_operands {
            values.push(if may_hold_continuations {
                Value::Reference(ReferenceKind::Continuation)
            } else {
                Value::of(&handle.stack(&mut scope, index)?)
            });
        }
        Ok(values)
    }

    fn memory(&mut self, instance: InstanceId, memory: u32) -> Result<MemoryInfo, Error> {
        let instance = self.instance(instance)?;
        let (ty, size) = match self.any_memory(instance, memory).ok_or(Error::NoMemory(memory))? {
            AnyMemory::Plain(memory) => (memory.ty(&self.store), memory.data_size(&self.store)),
            AnyMemory::Shared(memory) => (memory.ty(), memory.data_size()),
        };
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        Ok(MemoryInfo { size, memory64: ty.is_64(), shared: ty.is_shared() })
    }

    fn read_memory(
        &mut self,
        instance: InstanceId,
        memory: u32,
        address: u64,
        length: usize,
    ) -> Result<Vec<u8>, Error> {
        let instance = self.instance(instance)?;
        let start = usize::try_from(address).unwrap_or(usize::MAX);
        let out_of_bounds = |size: usize| Error::OutOfBounds { size: u64::try_from(size).unwrap_or(u64::MAX) };
        match self.any_memory(instance, memory).ok_or(Error::NoMemory(memory))? {
            AnyMemory::Plain(memory) => {
                let data = memory.data(&self.store);
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

/// Which locals of a frame the engine must not be asked for: it panics on a continuation (`FrameHandle::local`).
/// Empty for nearly every module.
fn unreadable_locals<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    handle: &FrameHandle,
) -> Result<Vec<bool>, Error> {
    let Some(facts) = frames::facts(store, modules, handle)? else {
        return Ok(Vec::new());
    };
    let entry = modules.get_mut(facts.location.module)?;
    if !entry.code.has_continuations {
        return Ok(Vec::new());
    }
    let declared = entry.function(facts.function).map(|code| code.continuation_locals.clone()).unwrap_or_default();
    let n_locals = usize::try_from(handle.num_locals(store.as_context_mut())?).unwrap_or_default();
    // Parameters come first. In such a module any of them may be one.
    let mut unreadable = vec![true; n_locals.saturating_sub(declared.len())];
    unreadable.extend(declared);
    Ok(unreadable)
}
