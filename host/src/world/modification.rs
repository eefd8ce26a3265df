//! `modification`: changes the program's state.
//!
//! Invariant: it is linked only for debuggers with the right *modify*. Beside `calls`, which needs
//! the same right, nothing else in this room can change a program's state.

use super::interfaces::common::{Error, Reference, Value, ValueType};
use super::interfaces::modification::Host;
use super::{Debuggee, World, convert};
use crate::debuggee::{InstanceId, Modify, ReferenceId, TagId};
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
        self.modify(move |paused| paused.set_global(InstanceId(instance), global, convert::to_value(value)?)).await
    }

    async fn set_table_element(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        table: u32,
        index: u64,
        value: Value,
    ) -> Result<(), Error> {
        self.modify(move |paused| {
            paused.set_table_element(InstanceId(instance), table, index, convert::to_value(value)?)
        })
        .await
    }

    async fn grow_table(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        table: u32,
        elements: u64,
        value: Value,
    ) -> Result<u64, Error> {
        self.modify(move |paused| paused.grow_table(InstanceId(instance), table, elements, convert::to_value(value)?))
            .await
    }

    async fn set_element(
        &mut self,
        _: Resource<Debuggee>,
        reference: u64,
        index: u32,
        value: Value,
    ) -> Result<(), Error> {
        self.modify(move |paused| paused.set_element(ReferenceId(reference), index, convert::to_value(value)?)).await
    }

    async fn make_tag(&mut self, _: Resource<Debuggee>, parameters: Vec<ValueType>) -> Result<u64, Error> {
        let make = move |paused: &mut dyn Modify| {
            let parameters: Vec<_> = parameters.into_iter().map(convert::to_value_type).collect::<Result<_, _>>()?;
            paused.make_tag(&parameters)
        };
        self.modify(make).await.map(|tag| tag.0)
    }

    async fn make_exception(
        &mut self,
        _: Resource<Debuggee>,
        tag: u64,
        payload: Vec<Value>,
    ) -> Result<Reference, Error> {
        let make = move |paused: &mut dyn Modify| paused.make_exception(TagId(tag), &convert::to_values(payload)?);
        let exception = self.modify(make).await?;
        convert::reference(exception)
    }

    async fn replace_exception(&mut self, _: Resource<Debuggee>, exception: u64) -> Result<bool, Error> {
        self.modify(move |paused| paused.replace_exception(ReferenceId(exception))).await
    }
}
