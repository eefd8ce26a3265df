//! The [`View`] of a paused store.
//!
//! Invariant: nothing is decided here; each function forwards to the file of the thing that it
//! reads.

use super::{components, entry_point, frames, functions, globals, instances, memories, objects, tables, tags};
use crate::engine::Paused;
use crate::plain::{
    ComponentInstance, EntryFunction, Error, Export, Found, Frame, FrameId, Function, Global, Import, InstanceId,
    InstanceInfo, MemoryInfo, ModuleId, ModuleInfo, Object, ReferenceId, TableInfo, TagInfo, Value, View,
};
use std::ops::Range;

impl<T: 'static> View for Paused<'_, T> {
    fn modules(&mut self) -> Vec<ModuleInfo> {
        self.frozen.register_modules();
        self.frozen.known.module_infos()
    }

    fn instances(&mut self) -> Vec<InstanceInfo> {
        instances::list(&mut self.frozen)
    }

    fn depth(&mut self) -> Result<u32, Error> {
        frames::depth(self)
    }

    fn frames(&mut self, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        frames::list(self, first, limit)
    }

    fn locals(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        frames::locals(self, frame)
    }

    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        frames::operands(self, frame)
    }

    fn memory(&mut self, instance: InstanceId, memory: u32) -> Result<MemoryInfo, Error> {
        memories::info(&mut self.frozen, instance, memory)
    }

    fn read_memory(
        &mut self,
        instance: InstanceId,
        memory: u32,
        address: u64,
        length: usize,
    ) -> Result<Vec<u8>, Error> {
        memories::read(&mut self.frozen, instance, memory, address, length)
    }

    fn search_memory(
        &mut self,
        instance: InstanceId,
        memory: u32,
        range: Range<u64>,
        pattern: &[u8],
        limit: usize,
    ) -> Result<Found, Error> {
        memories::search(&mut self.frozen, instance, memory, range, pattern, limit)
    }

    fn component(&mut self) -> Result<Vec<ComponentInstance>, Error> {
        components::tree(&mut self.frozen)
    }

    fn entry_point(&mut self) -> Result<Option<EntryFunction>, Error> {
        entry_point::find(&mut self.frozen)
    }

    fn imports(&mut self, instance: InstanceId) -> Result<Vec<Import>, Error> {
        instances::imports(&mut self.frozen, instance)
    }

    fn exports(&mut self, instance: InstanceId) -> Result<Vec<Export>, Error> {
        instances::exports(&mut self.frozen, instance)
    }

    fn functions(&mut self, module: ModuleId, first: u32, limit: u32) -> Result<Vec<Function>, Error> {
        functions::list(&mut self.frozen, module, first, limit)
    }

    fn globals(&mut self, instance: InstanceId, first: u32, limit: u32) -> Result<Vec<Global>, Error> {
        globals::list(&mut self.frozen, instance, first, limit)
    }

    fn table(&mut self, instance: InstanceId, table: u32) -> Result<TableInfo, Error> {
        tables::info(&mut self.frozen, instance, table)
    }

    fn table_elements(
        &mut self,
        instance: InstanceId,
        table: u32,
        first: u64,
        limit: u32,
    ) -> Result<Vec<Value>, Error> {
        tables::elements(&mut self.frozen, instance, table, first, limit)
    }

    fn tags(&mut self, instance: InstanceId) -> Result<Vec<TagInfo>, Error> {
        tags::list(&mut self.frozen, instance)
    }

    fn object(&mut self, reference: ReferenceId) -> Result<Object, Error> {
        objects::object(&mut self.frozen, reference)
    }

    fn array_elements(&mut self, reference: ReferenceId, first: u32, limit: u32) -> Result<Vec<Value>, Error> {
        objects::array_elements(&mut self.frozen, reference, first, limit)
    }

    fn pending_exception(&mut self) -> Result<Option<Value>, Error> {
        objects::pending_exception(self)
    }
}
