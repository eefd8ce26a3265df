//! A paused program with its store's type: the one implementation of [`View`].
//!
//! Made by the handler for one query and gone with it. Invariant: it is only ever made inside the handler (or before
//! the program has begun), because that is where the engine can see the program's frames.

use super::frames::{self, Innermost, Walk};
use super::modules::Modules;
use super::reading::{self, AnyMemory};
use super::shared::{Ledger, lock};
use super::{Error, Frame, FrameId, InstanceId, InstanceInfo, MemoryInfo, ModuleInfo, Stop, StopReason, Value, View};
use std::sync::Mutex;
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut};

/// What kind of place a program is paused at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before it has begun. There are no frames, and the engine must not be asked for any.
    Entry,
    /// Before the instruction at the stop's location.
    Instruction,
    /// In the middle of a throw, before the handler is looked for; whether there is one before the next host frame.
    Exception { caught: bool },
    /// In the middle of something that leaves every frame up to the next host frame: a trap, a host call's error.
    Failure,
}

impl Place {
    /// Where a program stops with a reason.
    pub(super) fn of(reason: &StopReason) -> Place {
        match reason {
            StopReason::Entry => Place::Entry,
            StopReason::Exception { caught, .. } => Place::Exception { caught: *caught },
            StopReason::Trap { .. } | StopReason::HostError(_) | StopReason::Exited(_) => Place::Failure,
            StopReason::Breakpoint(_)
            | StopReason::ConditionFailed { .. }
            | StopReason::Step
            | StopReason::Interrupt
            | StopReason::RecordsFull => Place::Instruction,
        }
    }
}

/// What one pause remembers between queries.
pub(super) struct Pause {
    /// Number of the stop.
    pub(super) stop: u64,
    pub(super) place: Place,
    pub(super) walk: Walk,
}

impl Pause {
    /// The one before the program has begun.
    pub(super) fn entry() -> Pause {
        Pause { stop: 0, place: Place::Entry, walk: Walk::default() }
    }

    pub(super) fn at(stop: &Stop) -> Pause {
        let walk = Walk::new(Innermost::of(&stop.reason));
        Pause { stop: stop.number, place: Place::of(&stop.reason), walk }
    }
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
        if self.pause.place == Place::Entry {
            return Err(Error::NoFrame { n_frames: 0 });
        }
        let modules = &mut lock(self.ledger).modules;
        self.pause.walk.frame(&mut self.store, modules, usize::try_from(frame.index).unwrap_or(usize::MAX))
    }
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
            let n_memories = (0..).take_while(|index| AnyMemory::of(&mut self.store, instance, *index).is_ok()).count();
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
        if self.pause.place == Place::Entry {
            return Ok(0);
        }
        let modules = &mut lock(self.ledger).modules;
        let n_frames = self.pause.walk.extend(&mut self.store, modules, usize::MAX)?;
        Ok(u32::try_from(n_frames).unwrap_or(u32::MAX))
    }

    fn frames(&mut self, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        if self.pause.place == Place::Entry {
            return Ok(Vec::new());
        }
        let modules = &mut lock(self.ledger).modules;
        let indices = first..first.saturating_add(limit);
        frames::list(&mut self.store, modules, &mut self.pause.walk, self.pause.stop, indices)
    }

    fn locals(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        let handle = self.frame(frame)?;
        reading::locals(&mut self.store, &mut lock(self.ledger).modules, &handle)
    }

    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        let handle = self.frame(frame)?;
        reading::operands(&mut self.store, &mut lock(self.ledger).modules, &handle)
    }

    fn memory(&mut self, instance: InstanceId, memory: u32) -> Result<MemoryInfo, Error> {
        let instance = reading::instance(&mut self.store, instance)?;
        let memory = AnyMemory::of(&mut self.store, instance, memory)?;
        let ty = match &memory {
            AnyMemory::Plain(memory) => memory.ty(&self.store),
            AnyMemory::Shared(memory) => memory.ty(),
        };
        Ok(MemoryInfo { size: memory.size(&self.store), memory64: ty.is_64(), shared: ty.is_shared() })
    }

    fn read_memory(
        &mut self,
        instance: InstanceId,
        memory: u32,
        address: u64,
        length: usize,
    ) -> Result<Vec<u8>, Error> {
        let instance = reading::instance(&mut self.store, instance)?;
        AnyMemory::of(&mut self.store, instance, memory)?.read(&self.store, address, length)
    }
}
