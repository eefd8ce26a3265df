//! The [`View`] of a program that is stopped while it waits in a call of the host.
//!
//! Invariant: what was not noted before the call is refused, and never guessed.

use crate::engine::Waiting;
use crate::plain::{
    ComponentInstance, EntryFunction, Error, Export, Found, Frame, FrameId, Function, Global, Import, InstanceId,
    InstanceInfo, MemoryInfo, ModuleId, ModuleInfo, Object, ReferenceId, TableInfo, TagInfo, Value, View,
};
use std::ops::Range;

impl View for Waiting<'_> {
    fn modules(&mut self) -> Vec<ModuleInfo> {
        self.known.module_infos()
    }

    fn instances(&mut self) -> Vec<InstanceInfo> {
        let mut found: Vec<InstanceInfo> = Vec::new();
        let frames: Vec<Frame> = self.noted().collect();
        for Frame { instance: id, location, .. } in frames {
            let layout = self.known.modules.get_mut(location.module).and_then(|entry| entry.layout());
            if found.iter().all(|known| known.id != id)
                && let Ok(layout) = layout
            {
                found.push(InstanceInfo { id, module: location.module, counts: layout.counts });
            }
        }
        found.sort_unstable_by_key(|instance| instance.id);
        found
    }

    fn depth(&mut self) -> Result<u32, Error> {
        Ok(u32::try_from(self.noted().len()).unwrap_or(u32::MAX))
    }

    fn frames(&mut self, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        let to_usize = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        Ok(self.noted().skip(to_usize(first)).take(to_usize(limit)).collect())
    }

    fn locals(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Err(self.refusal(frame))
    }

    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Err(self.refusal(frame))
    }

    fn memory(&mut self, _: InstanceId, _: u32) -> Result<MemoryInfo, Error> {
        Err(Error::InHostCall)
    }

    fn read_memory(&mut self, _: InstanceId, _: u32, _: u64, _: usize) -> Result<Vec<u8>, Error> {
        Err(Error::InHostCall)
    }

    fn search_memory(&mut self, _: InstanceId, _: u32, _: Range<u64>, _: &[u8], _: usize) -> Result<Found, Error> {
        Err(Error::InHostCall)
    }

    fn component(&mut self) -> Result<Vec<ComponentInstance>, Error> {
        Err(Error::InHostCall)
    }

    fn entry_point(&mut self) -> Result<Option<EntryFunction>, Error> {
        Err(Error::InHostCall)
    }

    fn imports(&mut self, _: InstanceId) -> Result<Vec<Import>, Error> {
        Err(Error::InHostCall)
    }

    fn exports(&mut self, _: InstanceId) -> Result<Vec<Export>, Error> {
        Err(Error::InHostCall)
    }

    fn functions(&mut self, module: ModuleId, first: u32, limit: u32) -> Result<Vec<Function>, Error> {
        self.known.modules.functions(module, first, limit)
    }

    fn globals(&mut self, _: InstanceId, _: u32, _: u32) -> Result<Vec<Global>, Error> {
        Err(Error::InHostCall)
    }

    fn table(&mut self, _: InstanceId, _: u32) -> Result<TableInfo, Error> {
        Err(Error::InHostCall)
    }

    fn table_elements(&mut self, _: InstanceId, _: u32, _: u64, _: u32) -> Result<Vec<Value>, Error> {
        Err(Error::InHostCall)
    }

    fn tags(&mut self, _: InstanceId) -> Result<Vec<TagInfo>, Error> {
        Err(Error::InHostCall)
    }

    fn object(&mut self, _: ReferenceId) -> Result<Object, Error> {
        Err(Error::InHostCall)
    }

    fn array_elements(&mut self, _: ReferenceId, _: u32, _: u32) -> Result<Vec<Value>, Error> {
        Err(Error::InHostCall)
    }

    fn pending_exception(&mut self) -> Result<Option<Value>, Error> {
        Err(Error::InHostCall)
    }
}
