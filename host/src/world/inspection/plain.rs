//! The words of `inspection`, from the debuggee's.
//!
//! Invariant: nothing is lost.

use super::super::convert;
use super::super::interfaces::inspection::{
    ArrayObject, ComponentFunction, ComponentInstance, CoreInstance, Counts, Definition, Entity, EntityKind,
    ExceptionObject, Export, Function, Global, Import, Instance, Memory, Module, Object, Source, StorageType, Table,
    Tag,
};
use super::super::interfaces::types::{Error, ValueType};
use crate::debuggee;

pub(super) fn module(module: debuggee::ModuleInfo) -> Module {
    Module { id: module.id.0, name: module.name, size: module.size }
}

pub(super) fn instance(instance: &debuggee::InstanceInfo) -> Instance {
    let debuggee::Counts { functions, tables, memories, globals, tags, data_segments, element_segments } =
        instance.counts;
    let counts = Counts { functions, tables, memories, globals, tags, data_segments, element_segments };
    Instance { id: instance.id.0, module: instance.module.0, counts }
}

pub(super) fn memory(info: &debuggee::MemoryInfo) -> Memory {
    let debuggee::MemoryInfo { size, page_size, maximum, memory64, shared } = *info;
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

fn definition(instance: debuggee::InstanceId, index: u32) -> Definition {
    Definition { instance: instance.0, index }
}

pub(super) fn component_instance(of: debuggee::ComponentInstance) -> ComponentInstance {
    let core = |core: debuggee::CoreInstanceInfo| CoreInstance {
        name: core.name,
        module_name: core.module_name,
        instance: core.instance.map(|instance| instance.0),
    };
    let function = |function: debuggee::ComponentFunction| ComponentFunction {
        name: function.name,
        served_by: function.served_by.map(|of| definition(of.instance, of.index)),
    };
    ComponentInstance {
        parent: of.parent,
        name: of.name,
        core_instances: of.core_instances.into_iter().map(core).collect(),
        functions: of.functions.into_iter().map(function).collect(),
    }
}

pub(super) fn import(import: debuggee::Import) -> Import {
    let source = match import.source {
        debuggee::Source::Unknown => Source::Unknown,
        debuggee::Source::Host => Source::Host,
        debuggee::Source::Instance(instance, index) => Source::Instance(definition(instance, index)),
    };
    Import { module: import.module, name: import.name, entity: entity(import.entity), source }
}

pub(super) fn export(export: debuggee::Export) -> Export {
    Export { name: export.name, entity: entity(export.entity) }
}

fn types(types: Vec<debuggee::ValueType>) -> Vec<ValueType> {
    types.into_iter().map(convert::value_type).collect()
}

pub(super) fn function(function: debuggee::Function) -> Function {
    let debuggee::Function { index, name, ty, import } = function;
    Function { index, name, params: types(ty.params), results: types(ty.results), imported: import }
}

pub(super) fn global(global: debuggee::Global) -> Global {
    let debuggee::Global { index, ty, mutable, value } = global;
    Global { index, type_: convert::value_type(ty), mutable, value: convert::value(&value) }
}

pub(super) fn table(info: debuggee::TableInfo) -> Table {
    let debuggee::TableInfo { element, size, maximum, table64 } = info;
    Table { element: convert::value_type(element), size, maximum, table64 }
}

pub(super) fn tag(info: debuggee::TagInfo) -> Tag {
    Tag { id: info.id.0, index: info.index, params: types(info.params) }
}

pub(super) fn object(object: debuggee::Object) -> Result<Object, Error> {
    let values = |values: &[debuggee::Value]| values.iter().map(convert::value).collect();
    Ok(match object {
        debuggee::Object::Function(instance, index) => Object::Function(definition(instance, index)),
        debuggee::Object::HostFunction => Object::HostFunction,
        debuggee::Object::External => Object::External,
        debuggee::Object::Converted(value) => Object::Converted(convert::reference(&value)?),
        debuggee::Object::I31(number) => Object::Int31(number),
        debuggee::Object::Struct(fields) => Object::Structure(values(&fields)),
        debuggee::Object::Array { element, length } => Object::Array(ArrayObject {
            element: match element {
                debuggee::StorageType::I8 => StorageType::Int8,
                debuggee::StorageType::I16 => StorageType::Int16,
                debuggee::StorageType::Value(ty) => StorageType::Value(convert::value_type(ty)),
            },
            length,
        }),
        debuggee::Object::Exception { tag, payload } => {
            Object::Exception(ExceptionObject { tag: tag.0, payload: values(&payload) })
        }
    })
}
