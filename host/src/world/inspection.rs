//! `inspection`: reads the program's state.
//!
//! A function of the contract has its two parts here and nowhere else in this room: the method that
//! asks the paused program, and the conversion of what it answers.
//!
//! Invariant: what a debugger asks for bounds nothing. What is returned is bounded by the program's
//! state, by [`MAX_READ`] and by [`MAX_LIST`].

use super::convert;
use super::interfaces::inspection::{
    ArrayObject, ComponentFunction, ComponentInstance, CoreInstance, Counts, Definition, Entity, EntityKind,
    EntryFunction, ExceptionObject, Export, Found, Function, FunctionCode, Global, Host, Import, Instance, Memory,
    Module, Object, Source, StorageType, Table, Tag,
};
use super::interfaces::types::{Error, Frame, FrameId, Reference, Value, ValueType};
use super::{Debuggee, World};
use crate::debuggee::{self, InstanceId, ModuleId, ReferenceId, State, View};
use wasmtime::component::Resource;

/// The most bytes that one read returns: 16 MiB.
const MAX_READ: usize = 16 << 20;

/// The most elements that a function with a limit returns.
const MAX_LIST: u32 = 65_536;

/// A length that a debugger asked for, cut to what one read returns.
fn capped(length: u64) -> usize {
    usize::try_from(length).map_or(MAX_READ, |length| length.min(MAX_READ))
}

impl Host for World {
    async fn modules(&mut self, _: Resource<Debuggee>) -> Result<Vec<Module>, Error> {
        let session = self.session()?;
        if session.state() == State::Exited {
            return Ok(session.modules().into_iter().map(module).collect());
        }
        self.list(|view| Ok(view.modules()), module).await
    }

    async fn entry_point(&mut self, _: Resource<Debuggee>) -> Result<Option<EntryFunction>, Error> {
        Ok(self.view(|view| view.entry_point()).await?.map(entry_function))
    }

    fn bytecode(&mut self, _: Resource<Debuggee>, module: u32, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.session()?.bytecode(ModuleId(module), offset, capped(length)).map_err(convert::error)
    }

    async fn instances(&mut self, _: Resource<Debuggee>) -> Result<Vec<Instance>, Error> {
        self.list(|view| Ok(view.instances()), instance).await
    }

    async fn depth(&mut self, _: Resource<Debuggee>) -> Result<u32, Error> {
        self.view(|view| view.depth()).await
    }

    async fn backtrace(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        let limit = limit.min(MAX_LIST);
        self.list(move |view| view.frames(first, limit), convert::frame).await
    }

    async fn locals(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        let frame = convert::to_frame_id(frame);
        self.list(move |view| view.locals(frame), convert::value).await
    }

    async fn operands(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        let frame = convert::to_frame_id(frame);
        self.list(move |view| view.operands(frame), convert::value).await
    }

    async fn memory_info(&mut self, _: Resource<Debuggee>, instance: u32, index: u32) -> Result<Memory, Error> {
        self.view(move |view| view.memory(InstanceId(instance), index)).await.map(memory)
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
        self.view(move |view| view.read_memory(InstanceId(instance), memory, address, length)).await
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
        self.view(move |view| view.search_memory(InstanceId(instance), memory, first..end, &bytes, limit))
            .await
            .map(|found| Found { addresses: found.addresses, next: found.next })
    }

    async fn component(&mut self, _: Resource<Debuggee>) -> Result<Vec<ComponentInstance>, Error> {
        self.list(|view| view.component(), component_instance).await
    }

    async fn imports(&mut self, _: Resource<Debuggee>, instance: u32) -> Result<Vec<Import>, Error> {
        self.list(move |view| view.imports(InstanceId(instance)), import).await
    }

    async fn exports(&mut self, _: Resource<Debuggee>, instance: u32) -> Result<Vec<Export>, Error> {
        self.list(move |view| view.exports(InstanceId(instance)), export).await
    }

    async fn functions(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Function>, Error> {
        let limit = limit.min(MAX_LIST);
        self.list(move |view| view.functions(InstanceId(instance), first, limit), function).await
    }

    async fn code(
        &mut self,
        _: Resource<Debuggee>,
        module: u32,
        first: u32,
        limit: u32,
    ) -> Result<Vec<FunctionCode>, Error> {
        let limit = limit.min(MAX_LIST);
        self.list(move |view| view.code(ModuleId(module), first, limit), function_code).await
    }

    async fn globals(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Global>, Error> {
        let limit = limit.min(MAX_LIST);
        self.list(move |view| view.globals(InstanceId(instance), first, limit), global).await
    }

    async fn table_info(&mut self, _: Resource<Debuggee>, instance: u32, index: u32) -> Result<Table, Error> {
        self.view(move |view| view.table(InstanceId(instance), index)).await.map(table)
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
        self.list(move |view| view.table_elements(InstanceId(instance), table, first, limit), convert::value).await
    }

    async fn tags(&mut self, _: Resource<Debuggee>, instance: u32) -> Result<Vec<Tag>, Error> {
        self.list(move |view| view.tags(InstanceId(instance)), tag).await
    }

    async fn dereference(&mut self, _: Resource<Debuggee>, reference: u64) -> Result<Object, Error> {
        object(self.view(move |view| view.object(ReferenceId(reference))).await?)
    }

    async fn array_elements(
        &mut self,
        _: Resource<Debuggee>,
        reference: u64,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Value>, Error> {
        let limit = limit.min(MAX_LIST);
        self.list(move |view| view.array_elements(ReferenceId(reference), first, limit), convert::value).await
    }

    async fn pending_exception(&mut self, _: Resource<Debuggee>) -> Result<Option<Reference>, Error> {
        self.view(|view| view.pending_exception()).await?.map(convert::reference).transpose()
    }
}

impl World {
    /// As [`World::view`], for a list. Converts each element.
    async fn list<R, P, F>(&mut self, query: F, convert: fn(R) -> P) -> Result<Vec<P>, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn View) -> Result<Vec<R>, debuggee::Error> + Send + 'static,
    {
        Ok(self.view(query).await?.into_iter().map(convert).collect())
    }
}

fn module(module: debuggee::ModuleInfo) -> Module {
    let debuggee::ModuleInfo { id, name, size, is_adapter } = module;
    Module { id: id.0, name, size, adapter: is_adapter }
}

fn entry_function(entry: debuggee::EntryFunction) -> EntryFunction {
    let debuggee::EntryFunction { name, module, function, instance } = entry;
    EntryFunction { name, module: module.0, function, instance: instance.map(|instance| instance.0) }
}

fn instance(instance: debuggee::InstanceInfo) -> Instance {
    let debuggee::Counts { functions, tables, memories, globals, tags, data_segments, element_segments } =
        instance.counts;
    let counts = Counts { functions, tables, memories, globals, tags, data_segments, element_segments };
    Instance { id: instance.id.0, module: instance.module.0, counts }
}

fn memory(memory: debuggee::MemoryInfo) -> Memory {
    let debuggee::MemoryInfo { size, page_size, maximum, memory64, shared } = memory;
    Memory { size, page_size, maximum, memory64, shared }
}

fn entity(entity: debuggee::Entity) -> Entity {
    let kind = match entity.kind {
        debuggee::EntityKind::Function => EntityKind::Function,
        debuggee::EntityKind::Table => EntityKind::Table,
        debuggee::EntityKind::Memory => EntityKind::Memory,
        debuggee::EntityKind::Global => EntityKind::Global,
        debuggee::EntityKind::Tag => EntityKind::Tag,
    };
    Entity { kind, index: entity.index }
}

fn definition(instance: InstanceId, index: u32) -> Definition {
    Definition { instance: instance.0, index }
}

fn component_instance(instance: debuggee::ComponentInstance) -> ComponentInstance {
    let core = |core: debuggee::CoreInstanceInfo| CoreInstance {
        name: core.name,
        module_name: core.module_name,
        instance: core.instance.map(|instance| instance.0),
    };
    let function = |function: debuggee::ComponentFunction| ComponentFunction {
        name: function.name,
        served_by: function.served_by.map(|by| definition(by.instance, by.index)),
    };
    ComponentInstance {
        parent: instance.parent,
        name: instance.name,
        core_instances: instance.core_instances.into_iter().map(core).collect(),
        functions: instance.functions.into_iter().map(function).collect(),
    }
}

fn import(import: debuggee::Import) -> Import {
    let source = match import.source {
        debuggee::Source::Unknown => Source::Unknown,
        debuggee::Source::Host => Source::Host,
        debuggee::Source::Instance(instance, index) => Source::Instance(definition(instance, index)),
        debuggee::Source::Adapted(instance, index) => Source::Adapted(definition(instance, index)),
    };
    Import { module: import.module, name: import.name, entity: entity(import.entity), source }
}

fn export(export: debuggee::Export) -> Export {
    Export { name: export.name, entity: entity(export.entity) }
}

fn types(types: Vec<debuggee::ValueType>) -> Vec<ValueType> {
    types.into_iter().map(convert::value_type).collect()
}

fn function(function: debuggee::Function) -> Function {
    let debuggee::Function { index, name, ty, import } = function;
    Function { index, name, params: types(ty.params), results: types(ty.results), imported: import }
}

fn function_code(code: debuggee::FunctionCode) -> FunctionCode {
    let debuggee::FunctionCode { index, name, first_instruction, end } = code;
    FunctionCode { index, name, first_instruction, end }
}

fn global(global: debuggee::Global) -> Global {
    let debuggee::Global { index, ty, mutable, value } = global;
    Global { index, type_: convert::value_type(ty), mutable, value: convert::value(value) }
}

fn table(table: debuggee::TableInfo) -> Table {
    let debuggee::TableInfo { element, size, maximum, table64 } = table;
    Table { element: convert::value_type(element), size, maximum, table64 }
}

fn tag(tag: debuggee::TagInfo) -> Tag {
    Tag { id: tag.id.0, index: tag.index, params: types(tag.params) }
}

fn object(object: debuggee::Object) -> Result<Object, Error> {
    Ok(match object {
        debuggee::Object::Function(instance, index) => Object::Function(definition(instance, index)),
        debuggee::Object::HostFunction => Object::HostFunction,
        debuggee::Object::External => Object::External,
        debuggee::Object::Converted(value) => Object::Converted(convert::reference(value)?),
        debuggee::Object::I31(number) => Object::Int31(number),
        debuggee::Object::Struct(fields) => Object::Structure(convert::values(&fields)),
        debuggee::Object::Array { element, length } => Object::Array(ArrayObject {
            element: match element {
                debuggee::StorageType::I8 => StorageType::Int8,
                debuggee::StorageType::I16 => StorageType::Int16,
                debuggee::StorageType::Value(ty) => StorageType::Value(convert::value_type(ty)),
            },
            length,
        }),
        debuggee::Object::Exception { tag, payload } => {
            Object::Exception(ExceptionObject { tag: tag.0, payload: convert::values(&payload) })
        }
    })
}
