//! The program as a component: the tree of its instances, with the names that they have in the
//! binary, and the core functions that implement its functions.
//!
//! The engine does not reveal this structure. So the binary is read and its instantiations are
//! followed (`binary/component`), in the same order in which the engine makes them. Invariant: the
//! two are matched by the bytes of their modules, and an instance that does not match is not
//! guessed.

use super::entry_point::exported_function;
use crate::binary::Layout;
use crate::binary::component::{CoreFunction, CoreInstance, Function, Instantiation, ReadComponent};
use crate::engine::{Frozen, InstanceRef};
use crate::plain::{
    ComponentFunction, ComponentInstance, CoreInstanceInfo, Definition, Entity, EntityKind, EntryFunction, Error,
    InstanceId, ModuleId, Source,
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// How often a function is followed from an instance that exports it to one that it is imported
/// from. Real components do with one or two.
const MAX_HOPS: usize = 100;

/// The core instances of the component that the program is, at one moment.
struct CoreInstances {
    instantiation: Arc<Instantiation>,
    /// In the order of `Instantiation::core`.
    core: Vec<Core>,
}

/// What is known of a core instance.
struct Core {
    /// The instance that it is; none if it has not been made yet.
    instance: Option<InstanceId>,
    /// Its module; none if the engine has not shown the module yet.
    module: Option<(ModuleId, Arc<Layout>)>,
}

/// The function behind a core function of the component.
enum Defined {
    Host,
    Unknown,
    Function {
        core: usize,
        index: u32,
        /// Whether calls go through an adapter between components.
        is_adapted: bool,
    },
}

impl CoreInstances {
    /// Matches the component's core instances with the engine's; none if the program is not a
    /// component.
    fn of<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<Option<CoreInstances>, Error> {
        let Some(ReadComponent { bytes, instantiation }) = frozen.known.component.read()? else { return Ok(None) };
        // The engine also has instances of its own between these, of the modules that adapt calls.
        let mut rest = InstanceRef::all(frozen).into_iter();
        let mut found = Vec::with_capacity(instantiation.core.len());
        for core in &instantiation.core {
            let wanted = core.module.clone().and_then(|module| bytes.get(module));
            let instance = match wanted {
                Some(wanted) => rest.find(|instance| instance.bytes(frozen) == Some(wanted)),
                None => None,
            };
            found.push(match instance {
                Some(instance) => {
                    Core { instance: Some(instance.id()), module: Some((instance.module, instance.layout)) }
                }
                None => Core { instance: None, module: None },
            });
        }
        let mut instances = CoreInstances { instantiation, core: found };
        instances.add_modules(frozen, &bytes);
        Ok(Some(instances))
    }

    /// Finds the modules of the core instances that have not been made yet, as far as the engine has
    /// shown them. Modules with the same bytes are told apart by their order, which is that of the
    /// binary.
    fn add_modules<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, bytes: &[u8]) {
        if self.core.iter().all(|core| core.module.is_some()) {
            return;
        }
        frozen.register_modules();
        let mut n_same: FxHashMap<&[u8], usize> = FxHashMap::default();
        let mut by_start = FxHashMap::default();
        for range in &self.instantiation.modules {
            let Some(wanted) = bytes.get(range.clone()) else { continue };
            let n_before = n_same.entry(wanted).or_default();
            if let Some(module) = frozen.known.modules.with_bytes(wanted).nth(*n_before) {
                by_start.insert(range.start, module);
            }
            *n_before = n_before.saturating_add(1);
        }
        for (found, core) in self.core.iter_mut().zip(&self.instantiation.core) {
            let start = core.module.as_ref().map(|range| range.start);
            let Some(module) = start.and_then(|start| by_start.get(&start).copied()) else { continue };
            if found.module.is_none()
                && let Ok(entry) = frozen.known.modules.get_mut(module)
            {
                found.module = entry.layout().ok().map(|layout| (module, layout));
            }
        }
    }

    fn instance(&self, core: usize) -> Option<InstanceId> {
        self.core.get(core)?.instance
    }

    /// Follows a core function to the instance that defines it. An instance may export what it
    /// imports.
    fn resolve(&self, function: &CoreFunction) -> Defined {
        let mut function = function.clone();
        let mut is_adapted = false;
        for _ in 0..MAX_HOPS {
            let (core, name) = match function {
                CoreFunction::Host => return Defined::Host,
                CoreFunction::Unknown => return Defined::Unknown,
                CoreFunction::Export { core, name } => (core, name),
                CoreFunction::Adapter { core, name } => {
                    is_adapted = true;
                    (core, name)
                }
            };
            let Some((_, layout)) = self.core.get(core).and_then(|core| core.module.as_ref()) else { break };
            let Some(index) = exported_function(layout, &name) else { break };
            let Some(import) = layout.import_of_function(index) else {
                return Defined::Function { core, index, is_adapted };
            };
            let Some(argument) = self.argument(core, &import.module, &import.name) else { break };
            function = argument;
        }
        Defined::Unknown
    }

    /// The core function that a core instance gets for an import.
    fn argument(&self, core: usize, module: &str, name: &str) -> Option<CoreFunction> {
        let arguments = &self.instantiation.core.get(core)?.arguments;
        match &arguments.iter().find(|(argument, _)| argument == module)?.1 {
            CoreInstance::Real(core) => Some(CoreFunction::Export { core: *core, name: name.to_owned() }),
            CoreInstance::Bundle(functions) => functions.get(name).cloned(),
        }
    }

    /// The instance and index of a core function.
    fn definition(&self, function: &CoreFunction) -> Option<Definition> {
        let Defined::Function { core, index, .. } = self.resolve(function) else { return None };
        Some(Definition { instance: self.instance(core)?, index })
    }
}

/// The tree of instances: the program itself first, and each instance before those inside it. Empty
/// for a program that is not a component.
pub(super) fn tree<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<Vec<ComponentInstance>, Error> {
    let Some(instances) = CoreInstances::of(frozen)? else { return Ok(Vec::new()) };
    let nodes = instances.instantiation.nodes.iter().map(|node| ComponentInstance {
        parent: node.parent.and_then(|parent| u32::try_from(parent).ok()),
        name: node.name.clone(),
        core_instances: node
            .core
            .iter()
            .map(|core| CoreInstanceInfo {
                name: core.name.clone(),
                module_name: core.module_name.clone(),
                instance: instances.instance(core.core),
            })
            .collect(),
        functions: node
            .functions
            .iter()
            .map(|(name, function)| ComponentFunction {
                name: name.clone(),
                served_by: match function {
                    Function::Lifted(core) => instances.definition(core),
                    Function::Host | Function::Unknown => None,
                },
            })
            .collect(),
    });
    Ok(nodes.collect())
}

/// The core function that a function of the component gets to. Known before there are instances,
/// because the binary says it.
pub(super) fn entry_function<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    name: String,
) -> Result<Option<EntryFunction>, Error> {
    let instances = match CoreInstances::of(frozen) {
        Ok(Some(instances)) => instances,
        // A component that is too large to be followed has a beginning that is not known.
        Ok(None) | Err(Error::TooLarge { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let functions = instances.instantiation.nodes.first().map(|node| node.functions.as_slice()).unwrap_or_default();
    let Some((_, Function::Lifted(function))) = functions.iter().find(|(other, _)| *other == name) else {
        return Ok(None);
    };
    let Defined::Function { core, index, .. } = instances.resolve(function) else { return Ok(None) };
    let Some(Core { instance, module: Some((module, _)) }) = instances.core.get(core) else { return Ok(None) };
    Ok(Some(EntryFunction { name: Some(name), module: *module, function: index, instance: *instance }))
}

/// The origins of an instance's imports, in order. Only those of functions are given, as the
/// component's binary says; the others are unknown here.
pub(super) fn sources<T: 'static>(frozen: &mut Frozen<'_, T>, instance: &InstanceRef) -> Result<Vec<Source>, Error> {
    let unknown = || vec![Source::Unknown; instance.layout.imports.len()];
    let Some(instances) = CoreInstances::of(frozen)? else { return Ok(unknown()) };
    let Some(core) = instances.core.iter().position(|core| core.instance == Some(instance.id())) else {
        return Ok(unknown());
    };
    let sources = instance.layout.imports.iter().map(|import| {
        let Entity { kind: EntityKind::Function, .. } = import.entity else { return Source::Unknown };
        let Some(function) = instances.argument(core, &import.module, &import.name) else { return Source::Unknown };
        match instances.resolve(&function) {
            Defined::Host => Source::Host,
            Defined::Unknown => Source::Unknown,
            Defined::Function { core, index, is_adapted } => match instances.instance(core) {
                Some(instance) if is_adapted => Source::Adapted(instance, index),
                Some(instance) => Source::Instance(instance, index),
                None => Source::Unknown,
            },
        }
    });
    Ok(sources.collect())
}
