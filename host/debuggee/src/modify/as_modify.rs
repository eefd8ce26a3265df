//! The [`Modify`] of a paused store.
//!
//! Invariant: nothing is decided here; each function forwards to the file of the thing that it
//! changes.

use super::{exceptions, memories, values};
use crate::engine::Paused;
use crate::plain::{Error, InstanceId, Modify, ReferenceId, TagId, Value, ValueType, View};

impl<T: 'static> Modify for Paused<'_, T> {
    fn view(&mut self) -> &mut dyn View {
        self
    }

    fn write_memory(&mut self, instance: InstanceId, memory: u32, address: u64, bytes: &[u8]) -> Result<(), Error> {
        memories::write(&mut self.frozen, instance, memory, address, bytes)
    }

    fn grow_memory(&mut self, instance: InstanceId, memory: u32, pages: u64) -> Result<u64, Error> {
        memories::grow(&mut self.frozen, instance, memory, pages)
    }

    fn set_global(&mut self, instance: InstanceId, global: u32, value: Value) -> Result<(), Error> {
        values::set_global(&mut self.frozen, instance, global, value)
    }

    fn set_table_element(&mut self, instance: InstanceId, table: u32, index: u64, value: Value) -> Result<(), Error> {
        values::set_table_element(&mut self.frozen, instance, table, index, value)
    }

    fn grow_table(&mut self, instance: InstanceId, table: u32, elements: u64, value: Value) -> Result<u64, Error> {
        values::grow_table(&mut self.frozen, instance, table, elements, value)
    }

    fn set_element(&mut self, object: ReferenceId, index: u32, value: Value) -> Result<(), Error> {
        values::set_element(&mut self.frozen, object, index, value)
    }

    fn make_tag(&mut self, params: &[ValueType]) -> Result<TagId, Error> {
        exceptions::make_tag(&mut self.frozen, params)
    }

    fn make_exception(&mut self, tag: TagId, payload: &[Value]) -> Result<Value, Error> {
        exceptions::make(&mut self.frozen, tag, payload)
    }

    fn replace_exception(&mut self, exception: ReferenceId) -> Result<bool, Error> {
        exceptions::replace(self, exception)
    }
}
