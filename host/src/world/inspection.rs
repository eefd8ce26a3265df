//! `inspection`: reads the program's state.
//!
//! A function of the contract has its two parts here and nowhere else in this room: the method that
//! asks the paused program, and the conversion of what it answers.
//!
//! Invariant: what a debugger asks for bounds nothing. What is returned is bounded by the program's
//! state, by [`MAX_READ`] and by [`MAX_LIST`].

use super::convert;
use super::interfaces::common::{Error, FrameId, Reference, Value, ValueType};
use super::interfaces::inspection::{
    AddressPage, ArrayObject, ComponentFunction, ComponentInstance, ComponentPage, CoreInstance, Counts, Definition,
    Entity, EntityKind, EntryFunction, ExceptionObject, Export, ExportPage, FramePage, Function, FunctionBody,
    FunctionPage, Global, GlobalPage, Host, Import, ImportName, ImportPage, Instance, InstancePage, Memory, Module,
    ModulePage, Object, Source, StorageType, Table, Tag, TagPage, ValuePage,
};
use super::{Debuggee, World};
use crate::debuggee::{self, InstanceId, ModuleId, ReferenceId, State, View};
use crate::names;
use wasmtime::component::Resource;

/// The most bytes that one read returns: 16 MiB.
pub(super) const MAX_READ: usize = 16 << 20;

/// The most elements that one page has.
pub(super) const MAX_LIST: u32 = 65_536;

/// A length that a debugger asked for, cut to what one read returns.
fn capped(length: u32) -> usize {
    usize::try_from(length).map_or(MAX_READ, |length| length.min(MAX_READ))
}

/// A part of a list, and the position to go on from.
type Page<R> = (Vec<R>, Option<u32>);

/// A part of a list that was read as a whole.
fn part<R>(all: Vec<R>, first: u32, limit: u32) -> Page<R> {
    let to_usize = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let limit = limit.min(MAX_LIST);
    let n_items = all.len();
    let end = to_usize(first).saturating_add(to_usize(limit));
    let items = all.into_iter().skip(to_usize(first)).take(to_usize(limit)).collect();
    (items, u32::try_from(end).ok().filter(|_| end < n_items))
}

/// A part of a list from a function that returns the elements from a position on. `read` is asked
/// for one element more than the page has.
fn read_part<R, E>(first: u32, limit: u32, read: impl FnOnce(u32, u32) -> Result<Vec<R>, E>) -> Result<Page<R>, E> {
    let limit = limit.min(MAX_LIST);
    let mut items = read(first, limit.saturating_add(1))?;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = (items.len() > length).then(|| first.saturating_add(limit));
    items.truncate(length);
    Ok((items, next))
}

/// Where a page ends that has `n_items` from `first` on, in a list of `total`.
fn next(first: u64, n_items: usize, total: u64) -> Option<u64> {
    let end = first.saturating_add(u64::try_from(n_items).unwrap_or(u64::MAX));
    (end < total).then_some(end)
}

impl Host for World {
    async fn list_modules(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<ModulePage, Error> {
        let session = self.session()?;
        let modules = match session.state() {
            State::Exited => session.modules(),
            State::Paused | State::Running => self.view(|view| Ok(view.modules())).await?,
        };
        let (items, next) = part(modules, first, limit);
        Ok(ModulePage { items: items.into_iter().map(module).collect(), next })
    }

    async fn list_functions(
        &mut self,
        _: Resource<Debuggee>,
        module: u32,
        first: u32,
        limit: u32,
    ) -> Result<FunctionPage, Error> {
        let module = ModuleId(module);
        let session = self.session()?;
        let (items, next) = match session.state() {
            State::Exited => read_part(first, limit, |first, limit| session.functions(module, first, limit))
                .map_err(convert::error)?,
            State::Paused | State::Running => {
                let read = move |view: &mut dyn View| {
                    read_part(first, limit, |first, limit| view.functions(module, first, limit))
                };
                self.view(read).await?
            }
        };
        Ok(FunctionPage { items: items.into_iter().map(function).collect(), next })
    }

    async fn entry_point(&mut self, _: Resource<Debuggee>) -> Result<Option<EntryFunction>, Error> {
        Ok(self.view(|view| view.entry_point()).await?.map(entry_function))
    }

    fn read_bytecode(
        &mut self,
        _: Resource<Debuggee>,
        module: u32,
        offset: u32,
        length: u32,
    ) -> Result<Vec<u8>, Error> {
        let bytes = self.session()?.bytecode(ModuleId(module), u64::from(offset), capped(length));
        bytes.map_err(convert::error)
    }

    async fn list_instances(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<InstancePage, Error> {
        let (items, next) = part(self.view(|view| Ok(view.instances())).await?, first, limit);
        Ok(InstancePage { items: items.into_iter().map(instance).collect(), next })
    }

    async fn depth(&mut self, _: Resource<Debuggee>) -> Result<u32, Error> {
        self.view(|view| view.depth()).await
    }

    async fn list_frames(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<FramePage, Error> {
        let read = move |view: &mut dyn View| read_part(first, limit, |first, limit| view.frames(first, limit));
        let (items, next) = self.view(read).await?;
        Ok(FramePage { items: items.into_iter().map(convert::frame).collect(), next })
    }

    async fn read_locals(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        let frame = convert::to_frame_id(frame);
        Ok(convert::values(&self.view(move |view| view.locals(frame)).await?))
    }

    async fn read_operands(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        let frame = convert::to_frame_id(frame);
        Ok(convert::values(&self.view(move |view| view.operands(frame)).await?))
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
        length: u32,
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
    ) -> Result<AddressPage, Error> {
        let limit = usize::try_from(limit.min(MAX_LIST)).unwrap_or(usize::MAX);
        self.view(move |view| view.search_memory(InstanceId(instance), memory, first..end, &bytes, limit))
            .await
            .map(|found| AddressPage { items: found.addresses, next: found.next })
    }

    async fn list_components(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<ComponentPage, Error> {
        let (items, next) = part(self.view(|view| view.component()).await?, first, limit);
        Ok(ComponentPage { items: items.into_iter().map(component_instance).collect(), next })
    }

    async fn list_imports(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<ImportPage, Error> {
        let all = self.view(move |view| view.imports(InstanceId(instance))).await?;
        let (items, next) = part(all, first, limit);
        Ok(ImportPage { items: items.into_iter().map(import).collect(), next })
    }

    async fn list_exports(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<ExportPage, Error> {
        let all = self.view(move |view| view.exports(InstanceId(instance))).await?;
        let (items, next) = part(all, first, limit);
        Ok(ExportPage { items: items.into_iter().map(export).collect(), next })
    }

    async fn list_globals(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<GlobalPage, Error> {
        let (instance, limit) = (InstanceId(instance), limit.min(MAX_LIST));
        let read = move |view: &mut dyn View| {
            let items = view.globals(instance, first, limit)?;
            // Not by reading one global more, which may be a reference that then has an id.
            let counts = view.instances().into_iter().find(|found| found.id == instance).map(|found| found.counts);
            let total = u64::from(counts.map_or(0, |counts| counts.globals));
            let next = next(u64::from(first), items.len(), total);
            Ok((items, next))
        };
        let (items, next) = self.view(read).await?;
        let next = next.and_then(|next| u32::try_from(next).ok());
        Ok(GlobalPage { items: items.into_iter().map(global).collect(), next })
    }

    async fn table_info(&mut self, _: Resource<Debuggee>, instance: u32, index: u32) -> Result<Table, Error> {
        self.view(move |view| view.table(InstanceId(instance), index)).await.map(table)
    }

    async fn list_table_elements(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        table: u32,
        first: u64,
        limit: u32,
    ) -> Result<ValuePage, Error> {
        let (instance, limit) = (InstanceId(instance), limit.min(MAX_LIST));
        let read = move |view: &mut dyn View| {
            let items = view.table_elements(instance, table, first, limit)?;
            let size = view.table(instance, table)?.size;
            Ok(value_page(first, items, size))
        };
        self.view(read).await
    }

    async fn list_tags(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        first: u32,
        limit: u32,
    ) -> Result<TagPage, Error> {
        let all = self.view(move |view| view.tags(InstanceId(instance))).await?;
        let (items, next) = part(all, first, limit);
        Ok(TagPage { items: items.into_iter().map(tag).collect(), next })
    }

    async fn dereference(&mut self, _: Resource<Debuggee>, reference: u64) -> Result<Object, Error> {
        object(self.view(move |view| view.object(ReferenceId(reference))).await?)
    }

    async fn list_array_elements(
        &mut self,
        _: Resource<Debuggee>,
        reference: u64,
        first: u32,
        limit: u32,
    ) -> Result<ValuePage, Error> {
        let (reference, limit) = (ReferenceId(reference), limit.min(MAX_LIST));
        let read = move |view: &mut dyn View| {
            let items = view.array_elements(reference, first, limit)?;
            let length = match view.object(reference)? {
                debuggee::Object::Array { length, .. } => length,
                _ => 0,
            };
            Ok(value_page(u64::from(first), items, u64::from(length)))
        };
        self.view(read).await
    }

    async fn pending_exception(&mut self, _: Resource<Debuggee>) -> Result<Option<Reference>, Error> {
        self.view(|view| view.pending_exception()).await?.map(convert::reference).transpose()
    }
}

fn value_page(first: u64, items: Vec<debuggee::Value>, total: u64) -> ValuePage {
    let next = next(first, items.len(), total);
    ValuePage { items: convert::values(&items), next }
}

fn module(module: debuggee::ModuleInfo) -> Module {
    let debuggee::ModuleInfo { id, name, size, is_adapter } = module;
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    Module { id: id.0, name: name.as_deref().and_then(names::module), raw_name: name, size, is_adapter }
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
    Memory { size, page_size, maximum, is_memory64: memory64, is_shared: shared }
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
    let debuggee::Function { index, name, exported, ty, import, body } = function;
    let shown = match (&name, &import, exported) {
        (Some(name), ..) => names::function(name),
        (None, Some((module, name)), _) => names::on_one_line(&format!("{module}.{name}")).into_owned(),
        (None, None, Some(name)) => names::on_one_line(&name).into_owned(),
        (None, None, None) => format!("func[{index}]"),
    };
    Function {
        index,
        name: shown,
        raw_name: name,
        parameters: types(ty.params),
        results: types(ty.results),
        imported: import.map(|(module, name)| ImportName { module, name }),
        body: body.map(|debuggee::FunctionBody { begin, entry, end }| FunctionBody { entry, begin, end }),
    }
}

fn global(global: debuggee::Global) -> Global {
    let debuggee::Global { index, ty, mutable, value } = global;
    Global { index, value_type: convert::value_type(ty), is_mutable: mutable, value: convert::value(value) }
}

fn table(table: debuggee::TableInfo) -> Table {
    let debuggee::TableInfo { element, size, maximum, table64 } = table;
    Table { element: convert::value_type(element), size, maximum, is_table64: table64 }
}

fn tag(tag: debuggee::TagInfo) -> Tag {
    Tag { id: tag.id.0, index: tag.index, parameters: types(tag.params) }
}

fn object(object: debuggee::Object) -> Result<Object, Error> {
    Ok(match object {
        debuggee::Object::Function(instance, index) => Object::Function(definition(instance, index)),
        debuggee::Object::HostFunction => Object::HostFunction,
        debuggee::Object::External => Object::External,
        debuggee::Object::Converted(value) => Object::Converted(convert::reference(value)?),
        debuggee::Object::I31(number) => Object::I31(number),
        debuggee::Object::Struct(fields) => Object::Structure(convert::values(&fields)),
        debuggee::Object::Array { element, length } => Object::Array(ArrayObject {
            element: match element {
                debuggee::StorageType::I8 => StorageType::I8,
                debuggee::StorageType::I16 => StorageType::I16,
                debuggee::StorageType::Value(ty) => StorageType::Value(convert::value_type(ty)),
            },
            length,
        }),
        debuggee::Object::Exception { tag, payload } => {
            Object::Exception(ExceptionObject { tag: tag.0, payload: convert::values(&payload) })
        }
    })
}
