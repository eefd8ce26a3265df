//! The result of instantiating a component: its core instances, in the engine's order, and the core
//! functions that implement its functions.
//!
//! An interpreter of the component's definitions that knows functions and instances, and nothing of
//! values. Invariant: it is bounded by [`MAX_COMPONENT_INSTANCES`], whatever the binary says.

use super::definition::{Definition, Item, Named};
use crate::plain::{Error, MAX_COMPONENT_INSTANCES};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;
use wasmparser::ComponentExternalKind as Kind;

/// Maximum depth to which components can be instantiated inside each other.
const MAX_DEPTH: usize = 100;

/// A core function.
#[derive(Debug, Clone)]
pub(crate) enum CoreFunction {
    /// A function that a core instance exports.
    Export {
        core: usize,
        name: String,
    },
    /// A function that adapts the calls of one component to a function of another: to the core
    /// function that a core instance exports.
    Adapter {
        core: usize,
        name: String,
    },
    /// A function of the host, or a built-in of the component model.
    Host,
    Unknown,
}

/// A function of a component.
#[derive(Debug, Clone)]
pub(crate) enum Function {
    Lifted(CoreFunction),
    Host,
    Unknown,
}

/// A core instance.
#[derive(Debug, Clone)]
pub(crate) enum CoreInstance {
    /// An instance of a core module, as an index into [`Instantiation::core`].
    Real(usize),
    Bundle(Arc<FxHashMap<String, CoreFunction>>),
}

/// An instance of a core module.
pub(crate) struct Core {
    /// The range of its module's bytes; none if the host provides the module.
    pub(crate) module: Option<Range<usize>>,
    pub(crate) arguments: Vec<(String, CoreInstance)>,
}

/// A core instance of a component instance, with the names that the component's binary gives.
pub(crate) struct NodeCore {
    pub(crate) name: Option<String>,
    pub(crate) module_name: Option<String>,
    pub(crate) core: usize,
}

/// An instance of a component.
pub(crate) struct Node {
    pub(crate) parent: Option<usize>,
    pub(crate) name: Option<String>,
    pub(crate) core: Vec<NodeCore>,
    pub(crate) functions: Vec<(String, Function)>,
}

/// All instances that result from instantiating a component: component instances, and core
/// instances in the order of their instantiation.
#[derive(Default)]
pub(crate) struct Instantiation {
    pub(crate) nodes: Vec<Node>,
    pub(crate) core: Vec<Core>,
    /// The ranges of all core modules in the binary, in their order, whether they are instantiated
    /// or not.
    pub(crate) modules: Vec<Range<usize>>,
}

/// Follows the instantiations of a component.
pub(crate) fn follow(definition: Arc<Definition>) -> Result<Instantiation, Error> {
    let mut instantiation = Instantiation { modules: modules(&definition), ..Instantiation::default() };
    let closure = Closure { definition, around: None };
    instantiation.instantiate(&closure, None, None, None, 0)?;
    Ok(instantiation)
}

/// The core modules of a component and of those inside it, in the order of the binary.
fn modules(definition: &Arc<Definition>) -> Vec<Range<usize>> {
    let mut modules = Vec::new();
    let mut rest = vec![Arc::clone(definition)];
    while let Some(definition) = rest.pop() {
        for item in &definition.items {
            match item {
                Item::Module(range) => modules.push(range.clone()),
                Item::Component(inner) => rest.push(Arc::clone(inner)),
                _ => {}
            }
        }
    }
    modules.sort_unstable_by_key(|range| range.start);
    modules
}

/// A component, with the definitions that it can refer to in the components around it.
#[derive(Clone)]
struct Closure {
    definition: Arc<Definition>,
    around: Option<Arc<Around>>,
}

/// The modules and components that were defined in a component before a component inside it.
struct Around {
    modules: Vec<Module>,
    components: Vec<Option<Closure>>,
    around: Option<Arc<Around>>,
}

#[derive(Clone, Default)]
struct Module {
    bytes: Option<Range<usize>>,
    name: Option<String>,
}

/// The value that a name stands for.
#[derive(Clone)]
enum Value {
    Module(Module),
    Component(Option<Closure>),
    Function(Function),
    Instance(Instance),
    Other,
}

/// A component instance, as its exports.
#[derive(Clone)]
enum Instance {
    Known(Arc<Vec<(String, Value)>>),
    /// An instance that the host provides.
    Host,
}

/// The index spaces of a component that is being instantiated.
#[derive(Default)]
struct Spaces {
    modules: Vec<Module>,
    components: Vec<Option<Closure>>,
    core_instances: Vec<CoreInstance>,
    core_functions: Vec<CoreFunction>,
    functions: Vec<Function>,
    instances: Vec<Instance>,
}

fn at<V: Clone>(space: &[V], index: u32) -> Option<V> {
    space.get(usize::try_from(index).ok()?).cloned()
}

impl Spaces {
    fn get(&self, kind: Kind, index: u32) -> Value {
        match kind {
            Kind::Module => Value::Module(at(&self.modules, index).unwrap_or_default()),
            Kind::Component => Value::Component(at(&self.components, index).flatten()),
            Kind::Func => Value::Function(at(&self.functions, index).unwrap_or(Function::Unknown)),
            Kind::Instance => Value::Instance(at(&self.instances, index).unwrap_or(Instance::Host)),
            Kind::Value | Kind::Type => Value::Other,
        }
    }

    /// Adds a value to the index space of a kind. A value that is not of that kind counts as the
    /// host's.
    fn add(&mut self, kind: Kind, value: Value) {
        match (kind, value) {
            (Kind::Module, Value::Module(module)) => self.modules.push(module),
            (Kind::Module, _) => self.modules.push(Module::default()),
            (Kind::Component, Value::Component(component)) => self.components.push(component),
            (Kind::Component, _) => self.components.push(None),
            (Kind::Func, Value::Function(function)) => self.functions.push(function),
            (Kind::Func, _) => self.functions.push(Function::Host),
            (Kind::Instance, Value::Instance(instance)) => self.instances.push(instance),
            (Kind::Instance, _) => self.instances.push(Instance::Host),
            (Kind::Value | Kind::Type, _) => {}
        }
    }

    fn named(&self, names: &[Named]) -> Vec<(String, Value)> {
        names.iter().map(|(name, kind, index)| (name.clone(), self.get(*kind, *index))).collect()
    }
}

/// The value of a name. If the name is missing, the host provides it.
fn find(values: &[(String, Value)], name: &str) -> Value {
    values.iter().find(|(other, _)| other == name).map_or(Value::Other, |(_, value)| value.clone())
}

impl Instantiation {
    fn instantiate(
        &mut self,
        closure: &Closure,
        parent: Option<usize>,
        name: Option<String>,
        arguments: Option<&[(String, Value)]>,
        depth: usize,
    ) -> Result<Instance, Error> {
        let n_instances = self.nodes.len().saturating_add(self.core.len());
        if n_instances >= MAX_COMPONENT_INSTANCES || depth >= MAX_DEPTH {
            return Err(Error::TooLarge { limit: u64::try_from(MAX_COMPONENT_INSTANCES).unwrap_or(u64::MAX) });
        }
        let definition = Arc::clone(&closure.definition);
        let node = self.nodes.len();
        let name = name.or_else(|| definition.name.clone());
        self.nodes.push(Node { parent, name, core: Vec::new(), functions: Vec::new() });
        let mut spaces = Spaces::default();
        let mut exports = Vec::new();
        for item in &definition.items {
            match item {
                Item::Export(name, kind, index) => {
                    let value = spaces.get(*kind, *index);
                    exports.push((name.clone(), value.clone()));
                    spaces.add(*kind, value);
                }
                Item::Instantiate { component, arguments } => {
                    let arguments = spaces.named(arguments);
                    let index = u32::try_from(spaces.instances.len()).unwrap_or(u32::MAX);
                    let name = definition.instance_names.get(&index).cloned();
                    let instance = match at(&spaces.components, *component).flatten() {
                        Some(inner) => {
                            self.instantiate(&inner, Some(node), name, Some(&arguments), depth.saturating_add(1))?
                        }
                        None => Instance::Host,
                    };
                    spaces.instances.push(instance);
                }
                Item::CoreInstantiate { module, arguments } => {
                    self.instantiate_core(&definition, node, &mut spaces, *module, arguments);
                }
                Item::Component(inner) => {
                    let around = Around {
                        modules: spaces.modules.clone(),
                        components: spaces.components.clone(),
                        around: closure.around.clone(),
                    };
                    let inner = Closure { definition: Arc::clone(inner), around: Some(Arc::new(around)) };
                    spaces.components.push(Some(inner));
                }
                Item::OuterModule { count, index } => {
                    let found = match outer(closure, *count) {
                        Outer::Here => at(&spaces.modules, *index),
                        Outer::Around(around) => at(&around.modules, *index),
                        Outer::Nowhere => None,
                    };
                    spaces.modules.push(found.unwrap_or_default());
                }
                Item::OuterComponent { count, index } => {
                    let found = match outer(closure, *count) {
                        Outer::Here => at(&spaces.components, *index),
                        Outer::Around(around) => at(&around.components, *index),
                        Outer::Nowhere => None,
                    };
                    spaces.components.push(found.flatten());
                }
                Item::Import(name, kind) => {
                    spaces.add(*kind, arguments.map_or(Value::Other, |arguments| find(arguments, name)));
                }
                item => define(&definition, &mut spaces, item),
            }
        }
        let mut functions = Vec::new();
        list_functions(&mut functions, "", &exports, 0);
        if let Some(node) = self.nodes.get_mut(node) {
            node.functions = functions;
        }
        Ok(Instance::Known(Arc::new(exports)))
    }

    fn instantiate_core(
        &mut self,
        definition: &Definition,
        node: usize,
        spaces: &mut Spaces,
        module: u32,
        arguments: &[(String, u32)],
    ) {
        let module = at(&spaces.modules, module).unwrap_or_default();
        let arguments = arguments
            .iter()
            .filter_map(|(name, index)| Some((name.clone(), at(&spaces.core_instances, *index)?)))
            .collect();
        let index = u32::try_from(spaces.core_instances.len()).unwrap_or(u32::MAX);
        let core = self.core.len();
        self.core.push(Core { module: module.bytes, arguments });
        if let Some(node) = self.nodes.get_mut(node) {
            let name = definition.core_instance_names.get(&index).cloned();
            node.core.push(NodeCore { name, module_name: module.name, core });
        }
        spaces.core_instances.push(CoreInstance::Real(core));
    }
}

/// Handles the definitions that instantiate nothing.
fn define(definition: &Definition, spaces: &mut Spaces, item: &Item) {
    match item {
        Item::Module(bytes) => {
            let index = u32::try_from(spaces.modules.len()).unwrap_or(u32::MAX);
            let name = definition.module_names.get(&index).cloned();
            spaces.modules.push(Module { bytes: Some(bytes.clone()), name });
        }
        Item::CoreBundle(functions) => {
            let functions = functions
                .iter()
                .filter_map(|(name, index)| Some((name.clone(), at(&spaces.core_functions, *index)?)))
                .collect();
            spaces.core_instances.push(CoreInstance::Bundle(Arc::new(functions)));
        }
        Item::Bundle(names) => {
            let values = spaces.named(names);
            spaces.instances.push(Instance::Known(Arc::new(values)));
        }
        Item::CoreAlias { instance, name } => {
            let function = match at(&spaces.core_instances, *instance) {
                Some(CoreInstance::Real(core)) => CoreFunction::Export { core, name: name.clone() },
                Some(CoreInstance::Bundle(functions)) => functions.get(name).cloned().unwrap_or(CoreFunction::Unknown),
                None => CoreFunction::Unknown,
            };
            spaces.core_functions.push(function);
        }
        Item::Alias { kind, instance, name } => {
            let value = match at(&spaces.instances, *instance) {
                Some(Instance::Known(exports)) => find(&exports, name),
                Some(Instance::Host) | None => Value::Other,
            };
            spaces.add(*kind, value);
        }
        Item::Lift(core) => {
            let core = at(&spaces.core_functions, *core).unwrap_or(CoreFunction::Unknown);
            spaces.functions.push(Function::Lifted(core));
        }
        Item::Lower(function) => spaces.core_functions.push(match at(&spaces.functions, *function) {
            Some(Function::Host) => CoreFunction::Host,
            Some(Function::Lifted(CoreFunction::Export { core, name } | CoreFunction::Adapter { core, name })) => {
                CoreFunction::Adapter { core, name }
            }
            Some(Function::Lifted(CoreFunction::Host)) => CoreFunction::Host,
            _ => CoreFunction::Unknown,
        }),
        Item::BuiltIn => spaces.core_functions.push(CoreFunction::Host),
        Item::Component(_)
        | Item::CoreInstantiate { .. }
        | Item::Instantiate { .. }
        | Item::OuterModule { .. }
        | Item::OuterComponent { .. }
        | Item::Import(..)
        | Item::Export(..) => {}
    }
}

/// The component that an outer alias refers to.
enum Outer {
    Here,
    Around(Arc<Around>),
    Nowhere,
}

fn outer(closure: &Closure, count: u32) -> Outer {
    if count == 0 {
        return Outer::Here;
    }
    let mut around = closure.around.clone();
    for _ in 1..count {
        around = around.and_then(|around| around.around.clone());
    }
    around.map_or(Outer::Nowhere, Outer::Around)
}

/// Lists the functions among some exports, and those of the instances among them.
fn list_functions(functions: &mut Vec<(String, Function)>, prefix: &str, exports: &[(String, Value)], depth: u32) {
    for (name, value) in exports {
        match value {
            Value::Function(function) => functions.push((format!("{prefix}{name}"), function.clone())),
            // Functions of more deeply nested instances are never referred to by name.
            Value::Instance(Instance::Known(inner)) if depth < 2 && functions.len() < MAX_COMPONENT_INSTANCES => {
                list_functions(functions, &format!("{prefix}{name}#"), inner, depth.saturating_add(1));
            }
            _ => {}
        }
    }
}
