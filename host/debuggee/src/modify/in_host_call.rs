//! The [`Modify`] of a program that is stopped while it waits in a call of the host.
//!
//! Invariant: nothing can be changed, because the call has the store.

use crate::engine::Waiting;
use crate::plain::{Error, InstanceId, Modify, ReferenceId, TagId, Value, ValueType, View};

impl Modify for Waiting<'_> {
    fn view(&mut self) -> &mut dyn View {
        self
    }

    fn write_memory(&mut self, _: InstanceId, _: u32, _: u64, _: &[u8]) -> Result<(), Error> {
        Err(Error::InHostCall)
    }

    fn grow_memory(&mut self, _: InstanceId, _: u32, _: u64) -> Result<u64, Error> {
        Err(Error::InHostCall)
    }

    fn set_global(&mut self, _: InstanceId, _: u32, _: Value) -> Result<(), Error> {
        Err(Error::InHostCall)
    }

    fn set_table_element(&mut self, _: InstanceId, _: u32, _: u64, _: Value) -> Result<(), Error> {
        Err(Error::InHostCall)
    }

    fn grow_table(&mut self, _: InstanceId, _: u32, _: u64, _: Value) -> Result<u64, Error> {
        Err(Error::InHostCall)
    }

    fn set_element(&mut self, _: ReferenceId, _: u32, _: Value) -> Result<(), Error> {
        Err(Error::InHostCall)
    }

    fn make_tag(&mut self, _: &[ValueType]) -> Result<TagId, Error> {
        Err(Error::InHostCall)
    }

    fn make_exception(&mut self, _: TagId, _: &[Value]) -> Result<Value, Error> {
        Err(Error::InHostCall)
    }

    fn replace_exception(&mut self, _: ReferenceId) -> Result<bool, Error> {
        Err(Error::InHostCall)
    }
}
