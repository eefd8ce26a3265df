//! The state of a program as data, to be shown as text or as JSON.
//!
//! Invariant: everything is read at one stop. Anything that cannot be read is left out and named in
//! `failures`.

use serde::Serialize;
use std::collections::BTreeMap;
use stillpoint_kit::{
    ArrayObject, Code, ComponentFunction, CoreInstance, EntityKind, Error, Instance, LiveFrame, Object, Result,
    Session, ShortName, Source, Stop, Value, Values,
};

/// The most frames that are shown.
const MAX_FRAMES: usize = 100;
/// The most elements that are shown of a table.
const MAX_ELEMENTS: usize = 16;
/// The most elements that are shown of an array.
const MAX_ARRAY: usize = 16;
/// The most globals that are shown of an instance.
const MAX_GLOBALS: usize = 1000;
/// The most references that are followed.
const MAX_REFERENCES: usize = 1000;

/// The whole state at one stop.
#[derive(Debug, Serialize)]
pub(crate) struct Dump {
    pub(crate) stop: StopDump,
    pub(crate) frames: Vec<FrameDump>,
    pub(crate) modules: Vec<ModuleDump>,
    pub(crate) instances: Vec<InstanceDump>,
    /// The tree of component instances; empty for a core module.
    pub(crate) component: Vec<ComponentDump>,
    /// Descriptions of the objects that references refer to, by the references' ids.
    pub(crate) references: BTreeMap<u64, String>,
    /// One line for each thing that could not be read, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) failures: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StopDump {
    pub(crate) number: u64,
    pub(crate) reason: String,
    pub(crate) place: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FrameDump {
    pub(crate) index: u32,
    pub(crate) function: String,
    pub(crate) function_index: u32,
    /// Whether other functions of the module have the same name.
    #[serde(skip)]
    pub(crate) shares_name: bool,
    pub(crate) instance: u32,
    pub(crate) module: u32,
    /// Whether the host has made the module, to adapt calls from one component to another.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_adapter: bool,
    pub(crate) pc: u32,
    pub(crate) locals: Vec<ShownValue>,
    pub(crate) operands: Vec<ShownValue>,
}

/// A value with its type. Both are text, so that no reader of JSON rounds a number.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ShownValue {
    #[serde(rename = "type")]
    pub(crate) ty: String,
    pub(crate) value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ModuleDump {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) size: u32,
    /// Whether the host has made it, to adapt calls from one component to another.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_adapter: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct InstanceDump {
    pub(crate) id: u32,
    pub(crate) module: u32,
    pub(crate) functions: u32,
    pub(crate) data_segments: u32,
    pub(crate) element_segments: u32,
    pub(crate) imports: Vec<ImportDump>,
    pub(crate) exports: Vec<String>,
    pub(crate) memories: Vec<MemoryDump>,
    pub(crate) globals: Vec<GlobalDump>,
    pub(crate) tables: Vec<TableDump>,
    pub(crate) tags: Vec<TagDump>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ImportDump {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) from: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct MemoryDump {
    pub(crate) index: u32,
    pub(crate) size: u64,
    pub(crate) page_size: u64,
    pub(crate) maximum: Option<u64>,
    pub(crate) memory64: bool,
    pub(crate) shared: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct GlobalDump {
    pub(crate) index: u32,
    pub(crate) mutable: bool,
    #[serde(flatten)]
    pub(crate) value: ShownValue,
}

#[derive(Debug, Serialize)]
pub(crate) struct TableDump {
    pub(crate) index: u32,
    pub(crate) element: String,
    pub(crate) size: u64,
    pub(crate) maximum: Option<u64>,
    /// The first elements.
    pub(crate) elements: Vec<ShownValue>,
}

#[derive(Debug, Serialize)]
pub(crate) struct TagDump {
    pub(crate) id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) params: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ComponentDump {
    pub(crate) parent: Option<u32>,
    pub(crate) name: Option<String>,
    pub(crate) core_instances: Vec<CoreInstanceDump>,
    pub(crate) functions: Vec<ComponentFunctionDump>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CoreInstanceDump {
    pub(crate) name: Option<String>,
    pub(crate) module: Option<String>,
    pub(crate) instance: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ComponentFunctionDump {
    pub(crate) name: String,
    /// The instance and the index of the core function that serves it.
    pub(crate) served_by: Option<(u32, u32)>,
}

impl Dump {
    /// Reads the whole state.
    pub(crate) fn read(session: &Session, code: &Code, stop: &Stop) -> Result<Dump> {
        let instances = session.instances()?;
        let modules = instances.iter().map(|instance| (instance.id, instance.module)).collect();
        let mut reader =
            DumpReader { session, code, modules, tags: BTreeMap::new(), pending: Vec::new(), failures: Vec::new() };
        let frames = session.backtrace().take(MAX_FRAMES).map(|frame| Ok(reader.frame(&frame?)));
        let frames = frames.collect::<Result<_>>()?;
        let modules = session.modules()?.into_iter().map(|module| ModuleDump {
            id: module.id,
            name: code.module(module.id).map_or_else(|| format!("module[{}]", module.id), |known| known.name.clone()),
            size: module.size,
            is_adapter: module.is_adapter,
        });
        let instances = instances.iter().map(|instance| reader.instance(instance)).collect::<Result<_>>()?;
        let component = reader.component();
        let references = reader.references();
        Ok(Dump {
            stop: StopDump {
                number: stop.number,
                reason: stop.reason.to_string(),
                place: stop.location().map(|location| location.to_string()),
            },
            frames,
            modules: modules.collect(),
            instances,
            component,
            references,
            failures: reader.failures,
        })
    }
}

struct DumpReader<'s> {
    session: &'s Session,
    code: &'s Code,
    /// The module of each instance.
    modules: BTreeMap<u32, u32>,
    /// The names of the tags that have one, by their ids.
    tags: BTreeMap<u64, String>,
    /// The ids of references to follow, in the order in which they were met.
    pending: Vec<u64>,
    failures: Vec<String>,
}

impl DumpReader<'_> {
    /// Unwraps what was read; notes a failure, and returns nothing, if it could not be read.
    fn or_failure<V: Default>(&mut self, what: &str, read: std::result::Result<V, Error>) -> V {
        read.unwrap_or_else(|error| {
            self.failures.push(format!("{what}: {error}"));
            V::default()
        })
    }

    fn frame(&mut self, frame: &LiveFrame<'_>) -> FrameDump {
        let what = format!("frame {}", frame.id.index);
        let locals = self.or_failure(&what, frame.locals());
        let operands = self.or_failure(&what, frame.operands());
        let module = self.code.module(frame.location.module);
        let name = module.and_then(|module| module.function_name(frame.function));
        let function = module.and_then(|module| module.function(frame.function));
        FrameDump {
            index: frame.id.index,
            function: name.map_or_else(|| format!("func[{}]", frame.function), str::to_owned),
            function_index: frame.function,
            shares_name: function.is_some_and(|function| function.shares_name),
            is_adapter: module.is_some_and(|module| module.is_adapter),
            instance: frame.instance,
            module: frame.location.module,
            pc: frame.location.pc,
            locals: self.values(&locals),
            operands: self.values(&operands),
        }
    }

    fn values(&mut self, values: &[Value]) -> Vec<ShownValue> {
        values.iter().map(|value| self.value(value, None)).collect()
    }

    /// Shows a value with the type `ty` if given, and else with the value's own.
    fn value(&mut self, value: &Value, ty: Option<String>) -> ShownValue {
        let own = match value {
            Value::I32(_) => "i32".to_owned(),
            Value::I64(_) => "i64".to_owned(),
            Value::F32(_) => "f32".to_owned(),
            Value::F64(_) => "f64".to_owned(),
            Value::V128(_) => "v128".to_owned(),
            Value::Null(kind) | Value::Unset(kind) => kind.to_string(),
            Value::Reference(reference) => reference.kind.to_string(),
            Value::Other(_) => "other".to_owned(),
        };
        let reference = match value {
            Value::Reference(reference) => reference.id,
            _ => None,
        };
        self.pending.extend(reference);
        ShownValue { ty: ty.unwrap_or(own), value: value.to_string(), reference }
    }

    fn instance(&mut self, instance: &Instance) -> Result<InstanceDump> {
        let id = instance.id;
        let counts = instance.counts;
        let mut memories = Vec::new();
        for index in 0..counts.memories {
            let memory = self.session.memory_info(id, index)?;
            memories.push(MemoryDump {
                index,
                size: memory.size,
                page_size: memory.page_size,
                maximum: memory.maximum,
                memory64: memory.is_memory64,
                shared: memory.is_shared,
            });
        }
        let globals = self.session.globals(id)?;
        if globals.len() > MAX_GLOBALS {
            self.failures.push(format!("instance {id}: {} more globals", globals.len() - MAX_GLOBALS));
        }
        let globals = globals.into_iter().take(MAX_GLOBALS).map(|global| GlobalDump {
            index: global.index,
            mutable: global.is_mutable,
            value: self.value(&global.value, Some(global.value_type.to_string())),
        });
        let globals = globals.collect();
        let mut tables = Vec::new();
        for index in 0..counts.tables {
            let table = self.session.table_info(id, index)?;
            let elements = self.session.table_elements(id, index, 0, MAX_ELEMENTS)?;
            tables.push(TableDump {
                index,
                element: table.element.to_string(),
                size: table.size,
                maximum: table.maximum,
                elements: self.values(&elements),
            });
        }
        let mut tags = Vec::new();
        for tag in self.session.tags(id)? {
            let name = self.session.tag_name_in(self.code, instance, tag.index)?;
            if let Some(name) = &name {
                self.tags.entry(tag.id).or_insert_with(|| name.clone());
            }
            tags.push(TagDump { id: tag.id, name, params: tag.parameters.iter().map(ToString::to_string).collect() });
        }
        Ok(InstanceDump {
            id,
            module: instance.module,
            functions: counts.functions,
            data_segments: counts.data_segments,
            element_segments: counts.element_segments,
            imports: self.imports(id)?,
            exports: self.session.exports(id)?.into_iter().map(|export| export.name).collect(),
            memories,
            globals,
            tables,
            tags,
        })
    }

    fn imports(&self, instance: u32) -> Result<Vec<ImportDump>> {
        let imports = self.session.imports(instance)?.into_iter().map(|import| ImportDump {
            name: format!("{}.{}", import.module, import.name),
            kind: match import.entity.kind {
                EntityKind::Function => "function",
                EntityKind::Table => "table",
                EntityKind::Memory => "memory",
                EntityKind::Global => "global",
                EntityKind::Tag => "tag",
                EntityKind::Other => "other",
            },
            from: match import.source {
                Source::Unknown => "unknown".to_owned(),
                Source::Host => "host".to_owned(),
                Source::Instance(of) => format!("instance {}, {}", of.instance, of.index),
                Source::Adapted(of) => format!("instance {}, {}, adapted", of.instance, of.index),
                Source::Other(text) => text,
            },
        });
        Ok(imports.collect())
    }

    fn component(&mut self) -> Vec<ComponentDump> {
        let tree = self.or_failure("the component", self.session.components());
        let core = |core: CoreInstance| CoreInstanceDump {
            name: core.name,
            module: core.module_name,
            instance: core.instance,
        };
        let function = |function: ComponentFunction| ComponentFunctionDump {
            name: function.name,
            served_by: function.served_by.map(|of| (of.instance, of.index)),
        };
        let nodes = tree.into_iter().map(|node| ComponentDump {
            parent: node.parent,
            name: node.name,
            core_instances: node.core_instances.into_iter().map(core).collect(),
            functions: node.functions.into_iter().map(function).collect(),
        });
        nodes.collect()
    }

    /// Follows all references that were met, and those that are met on the way.
    fn references(&mut self) -> BTreeMap<u64, String> {
        let mut followed = BTreeMap::new();
        // The list grows while it is worked through.
        let mut next = 0;
        while let Some(&id) = self.pending.get(next) {
            next += 1;
            if followed.contains_key(&id) {
                continue;
            }
            if followed.len() >= MAX_REFERENCES {
                self.failures.push(format!("only {MAX_REFERENCES} references were followed"));
                break;
            }
            let text = match self.session.dereference(id) {
                Ok(object) => self.object(id, &object),
                Err(error) => error.to_string(),
            };
            followed.insert(id, text);
        }
        followed
    }

    fn object(&mut self, id: u64, object: &Object) -> String {
        match object {
            Object::Structure(values) => {
                self.values(values);
            }
            Object::Exception(exception) => {
                self.values(&exception.payload);
                if let Some(name) = self.tags.get(&exception.tag) {
                    let (tag, payload) = (exception.tag, Values(exception.payload.clone()));
                    return format!("exception with tag {tag:#x} {name} ({payload})");
                }
            }
            Object::Converted(reference) => self.pending.extend(reference.id),
            Object::Function(of) => {
                let module = self.modules.get(&of.instance).and_then(|module| self.code.module(*module));
                let function = module.and_then(|module| module.function(of.index));
                let import = module.and_then(|module| module.function_name(of.index));
                return match (function, import) {
                    (Some(function), _) => format!("{object}: {}", function.label()),
                    (None, Some(name)) => format!("{object}: {}", ShortName(name)),
                    (None, None) => object.to_string(),
                };
            }
            Object::Array(ArrayObject { length, .. }) => {
                let elements = self.session.array_elements(id, 0, MAX_ARRAY).unwrap_or_default();
                self.values(&elements);
                let more = if *length as usize > MAX_ARRAY { ", …" } else { "" };
                return format!("{object}: {}{more}", Values(elements));
            }
            Object::HostFunction | Object::External | Object::I31(_) | Object::Other(_) => {}
        }
        object.to_string()
    }
}
