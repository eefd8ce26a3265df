//! A component's binary as a list of its definitions, in order.
//!
//! Invariant: no instantiation is followed here; indices are as the binary has them.

use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;
use wasmparser::{
    BinaryReaderError, CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentName,
    ComponentOuterAliasKind, ComponentTypeRef, ExternalKind, Instance, KnownCustom, NameMap, Parser, Payload,
};

/// A name, with the kind and the index of the definition that it stands for.
pub(super) type Named = (String, ComponentExternalKind, u32);

/// One definition. Each adds one entry to the index space of its kind.
pub(super) enum Item {
    /// A core module, as the range of its bytes.
    Module(Range<usize>),
    Component(Arc<Definition>),
    CoreInstantiate {
        module: u32,
        arguments: Vec<(String, u32)>,
    },
    /// An instance that is put together from core functions.
    CoreBundle(Vec<(String, u32)>),
    Instantiate {
        component: u32,
        arguments: Vec<Named>,
    },
    Bundle(Vec<Named>),
    /// A core function that a core instance exports.
    CoreAlias {
        instance: u32,
        name: String,
    },
    Alias {
        kind: ComponentExternalKind,
        instance: u32,
        name: String,
    },
    OuterModule {
        count: u32,
        index: u32,
    },
    OuterComponent {
        count: u32,
        index: u32,
    },
    Lift(u32),
    Lower(u32),
    /// A built-in core function of the component model.
    BuiltIn,
    Import(String, ComponentExternalKind),
    Export(String, ComponentExternalKind, u32),
}

/// The definitions of one component, with the names that its binary gives.
#[derive(Default)]
pub(super) struct Definition {
    pub(super) name: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) core_instance_names: FxHashMap<u32, String>,
    pub(super) module_names: FxHashMap<u32, String>,
    pub(super) instance_names: FxHashMap<u32, String>,
}

/// Reads a component.
pub(super) fn read(bytes: &[u8]) -> Result<Arc<Definition>, BinaryReaderError> {
    // The component that is being read, last, after the components around it.
    let mut open = vec![Definition::default()];
    let mut is_in_module = false;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match payload {
            // The payloads of the core module follow, up to its end.
            Payload::ModuleSection { unchecked_range, .. } => {
                is_in_module = true;
                if let Some(definition) = open.last_mut() {
                    definition.items.push(Item::Module(unchecked_range));
                }
            }
            Payload::End(_) if is_in_module => is_in_module = false,
            _ if is_in_module => {}
            Payload::ComponentSection { .. } => open.push(Definition::default()),
            Payload::End(_) => {
                let Some(closed) = open.pop().map(Arc::new) else { break };
                match open.last_mut() {
                    Some(outer) => outer.items.push(Item::Component(closed)),
                    None => return Ok(closed),
                }
            }
            payload => {
                if let Some(definition) = open.last_mut() {
                    definition.add(payload)?;
                }
            }
        }
    }
    Ok(Arc::new(open.into_iter().next().unwrap_or_default()))
}

impl Definition {
    fn add(&mut self, payload: Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.items.push(core_instance(instance?));
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    self.items.push(component_instance(instance?));
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    self.items.extend(alias_item(alias?));
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    self.items.push(match function? {
                        CanonicalFunction::Lift { core_func_index, .. } => Item::Lift(core_func_index),
                        CanonicalFunction::Lower { func_index, .. } => Item::Lower(func_index),
                        _ => Item::BuiltIn,
                    });
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    self.items.push(Item::Import(import.name.name.to_owned(), kind_of(import.ty)));
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    self.items.push(Item::Export(export.name.name.to_owned(), export.kind, export.index));
                }
            }
            Payload::CustomSection(section) => {
                // The engine does not check names, so those that cannot be read are skipped. An
                // empty name is none.
                if let KnownCustom::ComponentName(names) = section.as_known() {
                    for name in names.into_iter().flatten() {
                        match name {
                            ComponentName::Component { name, .. } if !name.is_empty() => {
                                self.name = Some(name.to_owned())
                            }
                            ComponentName::CoreModules(map) => read_names(&mut self.module_names, map),
                            ComponentName::CoreInstances(map) => read_names(&mut self.core_instance_names, map),
                            ComponentName::Instances(map) => read_names(&mut self.instance_names, map),
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn read_names(names: &mut FxHashMap<u32, String>, map: NameMap<'_>) {
    let map = map.into_iter().flatten().filter(|naming| !naming.name.is_empty());
    names.extend(map.map(|naming| (naming.index, naming.name.to_owned())));
}

fn core_instance(instance: Instance<'_>) -> Item {
    match instance {
        Instance::Instantiate { module_index, args } => Item::CoreInstantiate {
            module: module_index,
            arguments: args.iter().map(|argument| (argument.name.to_owned(), argument.index)).collect(),
        },
        Instance::FromExports(exports) => {
            let functions = exports.iter().filter(|export| export.kind == ExternalKind::Func);
            Item::CoreBundle(functions.map(|export| (export.name.to_owned(), export.index)).collect())
        }
    }
}

fn component_instance(instance: ComponentInstance<'_>) -> Item {
    match instance {
        ComponentInstance::Instantiate { component_index, args } => {
            let arguments = args.iter().map(|argument| (argument.name.to_owned(), argument.kind, argument.index));
            Item::Instantiate { component: component_index, arguments: arguments.collect() }
        }
        ComponentInstance::FromExports(exports) => Item::Bundle(
            exports.iter().map(|export| (export.name.name.to_owned(), export.kind, export.index)).collect(),
        ),
    }
}

fn alias_item(alias: ComponentAlias<'_>) -> Option<Item> {
    match alias {
        ComponentAlias::InstanceExport { kind, instance_index, name } => {
            Some(Item::Alias { kind, instance: instance_index, name: name.to_owned() })
        }
        ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, instance_index, name } => {
            Some(Item::CoreAlias { instance: instance_index, name: name.to_owned() })
        }
        ComponentAlias::CoreInstanceExport { .. } => None,
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index } => {
            Some(Item::OuterModule { count, index })
        }
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
            Some(Item::OuterComponent { count, index })
        }
        ComponentAlias::Outer { .. } => None,
    }
}

fn kind_of(ty: ComponentTypeRef) -> ComponentExternalKind {
    match ty {
        ComponentTypeRef::Module(_) => ComponentExternalKind::Module,
        ComponentTypeRef::Func(_) => ComponentExternalKind::Func,
        ComponentTypeRef::Value(_) => ComponentExternalKind::Value,
        ComponentTypeRef::Type(_) => ComponentExternalKind::Type,
        ComponentTypeRef::Instance(_) => ComponentExternalKind::Instance,
        ComponentTypeRef::Component(_) => ComponentExternalKind::Component,
    }
}
