//! Prints the types of a component's imports and exports in the syntax of WIT.
//!
//! A type in a binary has no name of its own: imports and exports name it. Each interface is a
//! scope of such names, and so is the component itself. A type that has no name in scope is written
//! out.
//!
//! Invariant: only types that the validator has accepted are printed; nothing is decided here.

use super::{Item, ItemKind};
use std::collections::HashMap;
use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::Types;

/// Prints the items of one component.
pub(super) struct Printer<'a> {
    types: &'a Types,
    outer: Scope<'a>,
}

/// The names of types.
#[derive(Clone, Default)]
struct Scope<'a> {
    defined: HashMap<ComponentDefinedTypeId, &'a str>,
    resources: HashMap<ResourceId, &'a str>,
}

impl<'a> Scope<'a> {
    fn add(&mut self, name: &'a str, ty: &ComponentEntityType) {
        let ComponentEntityType::Type { referenced, created } = ty else { return };
        for id in [created, referenced] {
            match id {
                ComponentAnyTypeId::Defined(id) => {
                    self.defined.entry(*id).or_insert(name);
                }
                ComponentAnyTypeId::Resource(id) => {
                    self.resources.entry(id.resource()).or_insert(name);
                }
                _ => {}
            }
        }
    }
}

impl<'a> Printer<'a> {
    /// Makes a printer for the imports and exports with these names.
    pub(super) fn new(types: &'a Types, names: impl Iterator<Item = &'a str>) -> Self {
        let mut outer = Scope::default();
        for name in names {
            let items = [types.component_item_for_import(name), types.component_item_for_export(name)];
            for item in items.into_iter().flatten() {
                outer.add(name, &item.ty);
                if let ComponentEntityType::Instance(id) = item.ty {
                    add_instance(types, &mut outer, id);
                }
            }
        }
        Self { types, outer }
    }

    /// Prints an import or export of the component.
    pub(super) fn item(&self, name: &str, ty: &ComponentEntityType) -> Item {
        self.item_in(&self.outer, name, ty)
    }

    fn item_in(&self, scope: &Scope<'_>, name: &str, entity: &ComponentEntityType) -> Item {
        let (kind, ty, members) = match entity {
            ComponentEntityType::Func(id) => (ItemKind::Function, self.signature(scope, *id), Vec::new()),
            ComponentEntityType::Instance(id) => (ItemKind::Interface, String::new(), self.members(*id)),
            ComponentEntityType::Type { referenced, .. } => {
                (ItemKind::Type, self.definition(scope, *referenced), Vec::new())
            }
            ComponentEntityType::Module(_) => (ItemKind::Module, String::new(), Vec::new()),
            ComponentEntityType::Component(_) => (ItemKind::Component, String::new(), Vec::new()),
            ComponentEntityType::Value(ty) => (ItemKind::Value, self.value(scope, *ty), Vec::new()),
        };
        Item { module: None, name: name.to_owned(), kind, ty, is_async: self.is_async(entity), members }
    }

    fn is_async(&self, ty: &ComponentEntityType) -> bool {
        let ComponentEntityType::Func(id) = ty else { return false };
        self.types.as_ref().get(*id).is_some_and(|ty| ty.async_)
    }

    /// Prints the functions of an interface. The interface's own names for types come before the
    /// component's.
    fn members(&self, id: ComponentInstanceTypeId) -> Vec<Item> {
        let mut scope = Scope::default();
        add_instance(self.types, &mut scope, id);
        for (id, name) in &self.outer.defined {
            scope.defined.entry(*id).or_insert(name);
        }
        for (id, name) in &self.outer.resources {
            scope.resources.entry(*id).or_insert(name);
        }
        let Some(instance) = self.types.as_ref().get(id) else { return Vec::new() };
        let functions = instance.exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
        functions.map(|(name, item)| self.item_in(&scope, name, &item.ty)).collect()
    }

    /// Parameters and result of a function.
    fn signature(&self, scope: &Scope<'_>, id: ComponentFuncTypeId) -> String {
        let Some(ty) = self.types.as_ref().get(id) else { return String::new() };
        let parameters = ty.params.iter().map(|(name, ty)| format!("{name}: {}", self.value(scope, *ty)));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        match ty.result {
            None => format!("({parameters})"),
            Some(result) => format!("({parameters}) -> {}", self.value(scope, result)),
        }
    }

    fn definition(&self, scope: &Scope<'_>, id: ComponentAnyTypeId) -> String {
        match id {
            ComponentAnyTypeId::Resource(_) => "resource".to_owned(),
            ComponentAnyTypeId::Defined(id) => self.defined(scope, id),
            ComponentAnyTypeId::Func(id) => {
                let is_async = self.types.as_ref().get(id).is_some_and(|ty| ty.async_);
                format!("{}func{}", if is_async { "async " } else { "" }, self.signature(scope, id))
            }
            ComponentAnyTypeId::Instance(_) => "interface".to_owned(),
            ComponentAnyTypeId::Component(_) => "component".to_owned(),
        }
    }

    fn value(&self, scope: &Scope<'_>, ty: ComponentValType) -> String {
        match ty {
            ComponentValType::Primitive(ty) => ty.to_string(),
            ComponentValType::Type(id) => match scope.defined.get(&id) {
                Some(name) => (*name).to_owned(),
                None => self.defined(scope, id),
            },
        }
    }

    /// Writes a defined type out.
    fn defined(&self, scope: &Scope<'_>, id: ComponentDefinedTypeId) -> String {
        let Some(ty) = self.types.as_ref().get(id) else { return String::new() };
        let value = |ty: &ComponentValType| self.value(scope, *ty);
        let payload = |ty: &Option<ComponentValType>| ty.map(|ty| self.value(scope, ty));
        let resource = |id: &AliasableResourceId| match scope.resources.get(&id.resource()) {
            Some(name) => (*name).to_owned(),
            None => "resource".to_owned(),
        };
        match ty {
            ComponentDefinedType::Primitive(ty) => ty.to_string(),
            ComponentDefinedType::Record(record) => {
                let fields = record.fields.iter().map(|(name, ty)| format!("{name}: {}", value(ty)));
                braces("record", fields)
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.iter().map(|(name, case)| match payload(&case.ty) {
                    Some(ty) => format!("{name}({ty})"),
                    None => name.to_string(),
                });
                braces("variant", cases)
            }
            ComponentDefinedType::Enum(names) => braces("enum", names.iter().map(ToString::to_string)),
            ComponentDefinedType::Flags(names) => braces("flags", names.iter().map(ToString::to_string)),
            ComponentDefinedType::List { element, .. } => format!("list<{}>", value(element)),
            ComponentDefinedType::FixedLengthList { element, length, .. } => {
                format!("list<{}, {length}>", value(element))
            }
            ComponentDefinedType::Map { key, value: of, .. } => format!("map<{}, {}>", value(key), value(of)),
            ComponentDefinedType::Tuple(tuple) => {
                format!("tuple<{}>", tuple.types.iter().map(value).collect::<Vec<_>>().join(", "))
            }
            ComponentDefinedType::Option { ty, .. } => format!("option<{}>", value(ty)),
            ComponentDefinedType::Result { ok, err, .. } => match (payload(ok), payload(err)) {
                (None, None) => "result".to_owned(),
                (Some(ok), None) => format!("result<{ok}>"),
                (None, Some(err)) => format!("result<_, {err}>"),
                (Some(ok), Some(err)) => format!("result<{ok}, {err}>"),
            },
            ComponentDefinedType::Own(id) => resource(id),
            ComponentDefinedType::Borrow(id) => format!("borrow<{}>", resource(id)),
            ComponentDefinedType::Future { ty, .. } => generic("future", payload(ty)),
            ComponentDefinedType::Stream { ty, .. } => generic("stream", payload(ty)),
        }
    }
}

fn add_instance<'a>(types: &'a Types, scope: &mut Scope<'a>, id: ComponentInstanceTypeId) {
    let Some(instance) = types.as_ref().get(id) else { return };
    for (name, item) in &instance.exports {
        scope.add(name, &item.ty);
    }
}

fn generic(word: &str, ty: Option<String>) -> String {
    match ty {
        Some(ty) => format!("{word}<{ty}>"),
        None => word.to_owned(),
    }
}

fn braces(word: &str, parts: impl Iterator<Item = String>) -> String {
    format!("{word} {{ {} }}", parts.collect::<Vec<_>>().join(", "))
}
