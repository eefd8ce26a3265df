//! `modification`: changes the program's state.
//!
//! Invariant: it is linked only for debuggers with the right *modify*. Beside `calls`, which needs
//! the same right, nothing else in this room can change a program's state.

use super::interfaces::modification::Host;
use super::interfaces::types::{Error, Reference, Value, ValueType};
use super::{Debuggee, World, convert};
use crate::debuggee::{InstanceId, ReferenceId, TagId};
use wasmtime::component::Resource;

impl Host for World {
    async fn write_memory(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        memory: u32,
        address: u64,
        bytes: Vec<u8>,
    ) -> Result<(), Error> {
        self.modify(move |paused| paused.write_memory(InstanceId(instance), memory, address, &bytes)).await
    }

    async fn grow_memory(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        memory: u32,
        pages: u64,
    ) -> Result<u64, Error> {
        self.modify(move |paused| paused.grow_memory(InstanceId(instance), memory, pages)).await
    }

    async fn set_global(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        global: u32,
        value: Value,
    ) -> Result<(), Error> {
        let value = convert::to_value(value);
        self.modify(move |paused| paused.set_global(InstanceId(instance), global, value)).await
    }

    async fn set_table_element(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        table: u32,
        index: u64,
        value: Value,
    ) -> Result<(), Error> {
        let value = convert::to_value(value);
        self.modify(move |paused| paused.set_table_element(InstanceId(instance), table, index, value)).await
    }

    async fn grow_table(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        table: u32,
        elements: u64,
        value: Value,
    ) -> Result<u64, Error> {
        let value = convert::to_value(value);
        self.modify(move |paused| paused.grow_table(InstanceId(instance), table, elements, value)).await
    }

    async fn set_element(&mut self, _: Resource<Debuggee>, object: u64, index: u32, value: Value) -> Result<(), Error> {
        let value = convert::to_value(value);
        self.modify(move |paused| paused.set_element(ReferenceId(object), index, value)).await
    }

    async fn make_tag(&mut self, _: Resource<Debuggee>, params: Vec<ValueType>) -> Result<u64, Error> {
        let params: Vec<_> = params.into_iter().map(convert::to_value_type).collect();
        self.modify(move |paused| paused.make_tag(&params)).await.map(|tag| tag.0)
    }

    async fn make_exception(
        &mut self,
        _: Resource<Debuggee>,
        tag: u64,
        payload: Vec<Value>,
    ) -> Result<Reference, Error> {
        let payload: Vec<_> = payload.into_iter().map(convert::to_value).collect();
        let exception = self.modify(move |paused| paused.make_exception(TagId(tag), &payload)).await?;
        convert::reference(exception)
    }

    async fn replace_exception(&mut self, _: Resource<Debuggee>, exception: u64) -> Result<bool, Error> {
        self.modify(move |paused| paused.replace_exception(ReferenceId(exception))).await
    }
}
