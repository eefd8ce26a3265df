//! A paused program with its store's type: the one implementation of [`View`].
//!
//! Made by the handler for one query and gone with it. Invariant: it is only ever made inside the handler (or before
//! the program has begun), because that is where the engine can see the program's frames.

use super::frames::{self, Innermost, Walk};
use super::modules::Modules;
use super::reading::{self, AnyMemory};
use super::shared::{Ledger, lock};
use super::{
    ComponentInstance, Error, Export, Found, Frame, FrameId, Function, Global, Import, InstanceId, InstanceInfo,
    MemoryInfo, ModuleInfo, Object, ReferenceId, Stop, StopReason, TableInfo, TagInfo, Value, View, state,
};
use std::ops::Range;
use std::sync::Mutex;
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut};

/// What kind of place a program is paused at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
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
    pub(crate) fn of(reason: &StopReason) -> Place {
        match reason {
            StopReason::Entry => Place::Entry,
            StopReason::Exception { caught, .. } => Place::Exception { caught: *caught },
            // After a call the program is where it was, and its pause has stayed.
            StopReason::Trap { .. }
            | StopReason::HostError(_)
            | StopReason::CallFinished(_)
            | StopReason::Exited(_) => Place::Failure,
            StopReason::Breakpoint(_)
            | StopReason::ConditionFailed { .. }
            | StopReason::Watchpoint { .. }
            | StopReason::Step
            | StopReason::Interrupt
            | StopReason::RecordsFull => Place::Instruction,
        }
    }
}

/// What one pause remembers between queries.
pub(crate) struct Pause {
    /// Number of the stop.
    pub(crate) stop: u64,
    pub(crate) place: Place,
    pub(crate) walk: Walk,
}

impl Pause {
    /// The one before the program has begun.
    pub(crate) fn entry() -> Pause {
        Pause { stop: 0, place: Place::Entry, walk: Walk::default() }
    }

    pub(crate) fn at(stop: &Stop) -> Pause {
        let walk = Walk::new(Innermost::of(&stop.reason));
        Pause { stop: stop.number, place: Place::of(&stop.reason), walk }
    }
}

/// A paused program. [`Paused::store`] gives the frozen store itself, the methods of [`View`] give plain data.
pub struct Paused<'a, T: 'static> {
    pub(crate) store: StoreContextMut<'a, T>,
    pub(crate) ledger: &'a Mutex<Ledger>,
    pub(crate) pause: &'a mut Pause,
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
pub(crate) fn look_for_modules<T: 'static>(mut store: StoreContextMut<'_, T>, modules: &mut Modules) {
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
        state::instances(self)
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
        let Ledger { modules, references, .. } = &mut *lock(self.ledger);
        reading::locals(&mut self.store, modules, Some(references), &handle)
    }

    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        let handle = self.frame(frame)?;
        let Ledger { modules, references, .. } = &mut *lock(self.ledger);
        reading::operands(&mut self.store, modules, Some(references), &handle)
    }

    fn memory(&mut self, instance: InstanceId, memory: u32) -> Result<MemoryInfo, Error> {
        state::memory(self, instance, memory)
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

    fn search_memory(
        &mut self,
        instance: InstanceId,
        memory: u32,
        range: Range<u64>,
        pattern: &[u8],
        limit: usize,
    ) -> Result<Found, Error> {
        state::search_memory(self, instance, memory, range, pattern, limit)
    }

    fn component(&mut self) -> Result<Vec<ComponentInstance>, Error> {
        state::component(self)
    }

    fn imports(&mut self, instance: InstanceId) -> Result<Vec<Import>, Error> {
        state::imports(self, instance)
    }

    fn exports(&mut self, instance: InstanceId) -> Result<Vec<Export>, Error> {
        state::exports(self, instance)
    }

    fn functions(&mut self, instance: InstanceId, first: u32, limit: u32) -> Result<Vec<Function>, Error> {
        state::functions(self, instance, first, limit)
    }

    fn globals(&mut self, instance: InstanceId, first: u32, limit: u32) -> Result<Vec<Global>, Error> {
        state::globals(self, instance, first, limit)
    }

    fn table(&mut self, instance: InstanceId, table: u32) -> Result<TableInfo, Error> {
        state::table(self, instance, table)
    }

    fn table_elements(
        &mut self,
        instance: InstanceId,
        table: u32,
        first: u64,
        limit: u32,
    ) -> Result<Vec<Value>, Error> {
        state::table_elements(self, instance, table, first, limit)
    }

    fn tags(&mut self, instance: InstanceId) -> Result<Vec<TagInfo>, Error> {
        state::tags(self, instance)
    }

    fn object(&mut self, reference: ReferenceId) -> Result<Object, Error> {
        state::object(self, reference)
    }

    fn array_elements(&mut self, reference: ReferenceId, first: u32, limit: u32) -> Result<Vec<Value>, Error> {
        state::array_elements(self, reference, first, limit)
    }

    fn pending_exception(&mut self) -> Result<Option<Value>, Error> {
        state::pending_exception(self)
    }
}
