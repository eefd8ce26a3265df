//! `inspection`: reads the program's state.
//!
//! Invariant: what a debugger asks for bounds nothing; what is there, [`MAX_READ`] and [`MAX_LIST`] bound what is returned.

mod plain;

use super::interfaces::inspection::{ComponentInstance, Table, Tag};
use super::interfaces::inspection::{Export, Found, Function, Global, Host, Import, Instance, Memory, Module, Object};
use super::interfaces::types::{Error, Frame, FrameId, Reference, Value};
use super::{Debuggee, World, convert};
use crate::debuggee::{self, InstanceId, ModuleId, ReferenceId, State, View};
use wasmtime::component::Resource;

/// How many bytes one read returns at most: 16 MiB.
const MAX_READ: usize = 16 << 20;

/// How many elements a function with a limit returns at most.
const MAX_LIST: u32 = 65_536;

/// A length that a debugger asked for, cut to what one read returns.
fn capped(length: u64) -> usize {
    usize::try_from(length).map_or(MAX_READ, |length| length.min(MAX_READ))
}

impl Host for World {
    async fn modules(&mut self, _: Resource<Debuggee>) -> Result<Vec<Module>, Error> {
        let session = self.here()?;
        let modules = match session.state() {
            State::Exited => session.modules(),
            State::Paused | State::Running => self.view(|view| view.modules()).await?,
        };
        Ok(modules.into_iter().map(plain::module).collect())
    }

    fn bytecode(&mut self, _: Resource<Debuggee>, module: u32, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.here()?.bytecode(ModuleId(module), offset, capped(length)).map_err(convert::error)
    }

    async fn instances(&mut self, _: Resource<Debuggee>) -> Result<Vec<Instance>, Error> {
        let instances = self.view(|view| view.instances()).await?;
        Ok(instances.iter().map(plain::instance).collect())
    }

    async fn depth(&mut self, _: Resource<Debuggee>) -> Result<u32, Error> {
        self.view(|view| view.depth()).await?.map_err(convert::error)
    }

    async fn backtrace(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        let limit = limit.min(MAX_LIST);
        let frames = self.view(move |view| view.frames(first, limit)).await?.map_err(convert::error)?;
        Ok(frames.iter().map(convert::frame).collect())
    }

    async fn locals(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        self.values(frame, |view, frame| view.locals(frame)).await
    }

    async fn operands(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        self.values(frame, |view, frame| view.operands(frame)).await
    }

    async fn memory_info(&mut self, _: Resource<Debuggee>, instance: u32, memory: u32) -> Result<Memory, Error> {
        self.ask(move |view| view.memory(InstanceId(instance), memory)).await.map(|info| plain::memory(&info))
    }

    async fn read_memory(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        memory: u32,
        address: u64,
        length: u64,
    ) -> Result<Vec<u8>, Error> {
        let length = capped(length);
        self.ask(move |view| view.read_memory(InstanceId(instance), memory, address, length)).await
    }

    async fn search_memory(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        memory: u32,
        first: u64,
        end: u64,
        bytes: Vec<u8>,
        limit: u32,
    ) -> Result<Found, Error> {
        let limit = usize::try_from(limit.min(MAX_LIST)).unwrap_or(usize::MAX);
        let search =
            move |view: &mut dyn View| view.search_memory(InstanceId(instance), memory, first..end, &bytes, limit);
        self.ask(search).await.map(|found| Found { addresses: found.addresses, next: found.next })
    }

    async fn component(&mut self, _: Resource<Debuggee>) -> Result<Vec<ComponentInstance>, Error> {
        self.list(|view| view.component(), plain::component_instance).await
    }

    async fn imports(&mut self, _: Resource<Debuggee>, instance: u32) -> Result<Vec<Import>, Error> {
        self.list(move |view| view.imports(InstanceId(instance)), plain::import).await
    }

    async fn exports(&mut self, _: Resource<Debuggee>, instance: u32) -> Result<Vec<Export>, Error> {
        self.list(move |view| view.exports(InstanceId(instance)), plain::export).await
    }

    async fn functions(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Function>, Error> {
        let limit = limit.min(MAX_LIST);
        self.list(move |view| view.functions(InstanceId(instance), first, limit), plain::function).await
    }

    async fn globals(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Global>, Error> {
        let limit = limit.min(MAX_LIST);
        self.list(move |view| view.globals(InstanceId(instance), first, limit), plain::global).await
    }

    async fn table_info(&mut self, _: Resource<Debuggee>, instance: u32, table: u32) -> Result<Table, Error> {
        self.ask(move |view| view.table(InstanceId(instance), table)).await.map(plain::table)
    }

    async fn table_elements(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        table: u32,
        first: u64,
        limit: u32,
    ) -> Result<Vec<Value>, Error> {
        let limit = limit.min(MAX_LIST);
        let elements = move |view: &mut dyn View| view.table_elements(InstanceId(instance), table, first, limit);
        self.list(elements, |value| convert::value(&value)).await
    }

    async fn tags(&mut self, _: Resource<Debuggee>, instance: u32) -> Result<Vec<Tag>, Error> {
        self.list(move |view| view.tags(InstanceId(instance)), plain::tag).await
    }

    async fn dereference(&mut self, _: Resource<Debuggee>, reference: u64) -> Result<Object, Error> {
        let object = self.ask(move |view| view.object(ReferenceId(reference))).await?;
        plain::object(object)
    }

    async fn array_elements(
        &mut self,
        _: Resource<Debuggee>,
        reference: u64,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Value>, Error> {
        let limit = limit.min(MAX_LIST);
        let elements = move |view: &mut dyn View| view.array_elements(ReferenceId(reference), first, limit);
        self.list(elements, |value| convert::value(&value)).await
    }

    async fn pending_exception(&mut self, _: Resource<Debuggee>) -> Result<Option<Reference>, Error> {
        let exception = self.ask(|view| view.pending_exception()).await?;
        exception.map(|value| convert::reference(&value)).transpose()
    }
}

impl World {
    /// Looks at the paused program with a function that may refuse.
    async fn ask<R, F>(&mut self, query: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn View) -> Result<R, debuggee::Error> + Send + 'static,
    {
        self.view(query).await?.map_err(convert::error)
    }

    /// As [`World::ask`], for a list of which each element is converted.
    async fn list<R, P, F>(&mut self, query: F, convert: fn(R) -> P) -> Result<Vec<P>, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn View) -> Result<Vec<R>, debuggee::Error> + Send + 'static,
    {
        Ok(self.ask(query).await?.into_iter().map(convert).collect())
    }

    /// The values that a function of the view finds in a frame.
    async fn values(
        &mut self,
        frame: FrameId,
        read: fn(&mut dyn View, debuggee::FrameId) -> Result<Vec<debuggee::Value>, debuggee::Error>,
    ) -> Result<Vec<Value>, Error> {
        let frame = debuggee::FrameId { stop: frame.stop, index: frame.index };
        let values = self.view(move |view| read(view, frame)).await?.map_err(convert::error)?;
        Ok(values.iter().map(convert::value).collect())
    }
}
