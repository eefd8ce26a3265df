//! The program as a component: the tree of its instances, with the names that they have in the binary, and which core
//! instances serve its functions.
//!
//! The engine does not tell, so the binary is read (`definition`) and its instantiations are followed (`instantiation`), which the
//! engine does in the same order. Invariant: the two are matched by the bytes of their modules, and what does not match is not
//! guessed.

mod definition;
mod instantiation;

use super::functions::Definition;
use super::instances::{Entity, EntityKind, Of, Source};
use crate::paused::Paused;
use crate::shared::lock;
use crate::{Error, InstanceId};
use instantiation::{CoreFunction, CoreInstance, Function, Instantiation};
use std::sync::Arc;

/// Most instances, of components and of core modules, that a tree can have.
pub const MAX_COMPONENT_INSTANCES: usize = 10_000;

/// A core instance of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreInstanceInfo {
    /// Its name in the component's binary.
    pub name: Option<String>,
    /// The name in the component's binary of the module that it is an instance of.
    pub module_name: Option<String>,
    /// The instance; none if it is not there yet.
    pub instance: Option<InstanceId>,
}

/// A function that a component exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentFunction {
    /// Its name; that of a function in an instance after the instance's, as in `wasi:cli/run@0.2.0#run`.
    pub name: String,
    /// The function that serves it; none if the host does, or if the instance is not there yet.
    pub served_by: Option<Definition>,
}

/// An instance of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentInstance {
    /// The instance around it, by its place in the list; none for the program itself, which is first.
    pub parent: Option<u32>,
    /// Its name in the binary of the component around it, or else that of its component.
    pub name: Option<String>,
    /// Its core instances, in the order of the binary.
    pub core_instances: Vec<CoreInstanceInfo>,
    /// The functions that it exports, in the order of the binary.
    pub functions: Vec<ComponentFunction>,
}

/// The component that a program is, if it is one.
#[derive(Default)]
pub(crate) struct ComponentBinary {
    bytes: Option<Arc<[u8]>>,
    /// Followed when somebody first asks.
    instantiation: Option<Arc<Instantiation>>,
}

impl ComponentBinary {
    pub(crate) fn new(bytes: Arc<[u8]>) -> ComponentBinary {
        ComponentBinary { bytes: Some(bytes), instantiation: None }
    }

    /// Its bytes and its instantiations; none for a program that is no component.
    fn read(&mut self) -> Result<Option<Read>, Error> {
        let Some(bytes) = &self.bytes else { return Ok(None) };
        let known = match &self.instantiation {
            Some(known) => Arc::clone(known),
            None => {
                let definition = definition::read(bytes)
                    .map_err(|error| Error::Engine(format!("the component cannot be read: {error}")))?;
                Arc::clone(self.instantiation.insert(Arc::new(instantiation::follow(definition)?)))
            }
        };
        Ok(Some(Read { bytes: Arc::clone(bytes), instantiation: known }))
    }
}

/// A component that was read.
struct Read {
    bytes: Arc<[u8]>,
    instantiation: Arc<Instantiation>,
}

/// What is known of the component that a program is, at one moment.
struct Now {
    instantiation: Arc<Instantiation>,
    /// The instance that each of its core instances is; none for those that are not there yet.
    instances: Vec<Option<Of>>,
}

impl Now {
    fn of<T: 'static>(paused: &mut Paused<'_, T>) -> Result<Option<Now>, Error> {
        let Some(Read { bytes, instantiation }) = lock(paused.ledger).component.read()? else { return Ok(None) };
        // The engine has instances of its own between ours, of the modules that adapt calls.
        let mut rest = Of::all(paused).into_iter();
        let mut instances = Vec::with_capacity(instantiation.core.len());
        for core in &instantiation.core {
            let module = core.module.clone().and_then(|module| bytes.get(module));
            instances.push(match module {
                Some(module) => rest.find(|of| of.instance.module(&paused.store).debug_bytecode() == Some(module)),
                None => None,
            });
        }
        Ok(Some(Now { instantiation, instances }))
    }

    fn instance(&self, core: usize) -> Option<&Of> {
        self.instances.get(core)?.as_ref()
    }

    /// The function that a core function is.
    fn definition(&self, function: &CoreFunction) -> Option<Definition> {
        let CoreFunction::Export { core, name } = function else { return None };
        let of = self.instance(*core)?;
        let is_it = |kind, export: &str| kind == EntityKind::Function && export == name;
        let export = of.layout.exports.iter().find(|export| is_it(export.entity.kind, &export.name))?;
        Some(Definition { instance: of.id_of(), index: export.entity.index })
    }
}

/// The tree, the program itself first, and each before what is inside it; empty for a program that is no component.
pub(crate) fn tree<T: 'static>(paused: &mut Paused<'_, T>) -> Result<Vec<ComponentInstance>, Error> {
    let Some(now) = Now::of(paused)? else { return Ok(Vec::new()) };
    let nodes = now.instantiation.nodes.iter().map(|node| ComponentInstance {
        parent: node.parent.and_then(|parent| u32::try_from(parent).ok()),
        name: node.name.clone(),
        core_instances: node
            .core
            .iter()
            .map(|core| CoreInstanceInfo {
                name: core.name.clone(),
                module_name: core.module_name.clone(),
                instance: now.instance(core.core).map(Of::id_of),
            })
            .collect(),
        functions: node
            .functions
            .iter()
            .map(|(name, function)| ComponentFunction {
                name: name.clone(),
                served_by: match function {
                    Function::Lifted(core) => now.definition(core),
                    Function::Host | Function::Unknown => None,
                },
            })
            .collect(),
    });
    Ok(nodes.collect())
}

/// Where the functions that an instance imports come from, as the component's binary says, in the order of its imports.
pub(super) fn sources<T: 'static>(paused: &mut Paused<'_, T>, of: &Of) -> Result<Vec<Source>, Error> {
    let unknown = || vec![Source::Unknown; of.layout.imports.len()];
    let Some(now) = Now::of(paused)? else { return Ok(unknown()) };
    let is_it = |other: &Option<Of>| other.as_ref().is_some_and(|other| other.id_of() == of.id_of());
    let core = now.instances.iter().position(is_it).and_then(|core| now.instantiation.core.get(core));
    let Some(core) = core else { return Ok(unknown()) };
    let sources = of.layout.imports.iter().map(|import| {
        let Entity { kind: EntityKind::Function, .. } = import.entity else { return Source::Unknown };
        let argument = core.arguments.iter().find(|(name, _)| *name == import.module);
        let function = argument.and_then(|(_, instance)| match instance {
            CoreInstance::Real(core) => Some(CoreFunction::Export { core: *core, name: import.name.clone() }),
            CoreInstance::Bundle(functions) => functions.get(&import.name).cloned(),
        });
        match function {
            Some(CoreFunction::Host) => Source::Host,
            Some(function) => match now.definition(&function) {
                Some(Definition { instance, index }) => Source::Instance(instance, index),
                None => Source::Unknown,
            },
            None => Source::Unknown,
        }
    });
    Ok(sources.collect())
}
