//! The program as a component: the tree of its instances, with the names that they have in the
//! binary, and the core functions that implement its functions.
//!
//! The engine does not reveal this structure. So the binary is read and its instantiations are
//! followed (`binary/component`), in the same order in which the engine makes them. Invariant: the
//! two are matched by the bytes of their modules, and an instance that does not match is not
//! guessed.

use crate::binary::component::{CoreFunction, CoreInstance, Function, Instantiation, ReadComponent};
use crate::engine::{Frozen, InstanceRef};
use crate::plain::{
    ComponentFunction, ComponentInstance, CoreInstanceInfo, Definition, Entity, EntityKind, Error, Source,
};
use std::sync::Arc;

/// The instances of the component that the program is, at one moment.
struct LiveInstances {
    instantiation: Arc<Instantiation>,
    /// For each core instance of the component, the instance that it is; none if it has not been
    /// made yet.
    instances: Vec<Option<InstanceRef>>,
}

impl LiveInstances {
    fn of<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<Option<LiveInstances>, Error> {
        let Some(ReadComponent { bytes, instantiation }) = frozen.known.component.read()? else { return Ok(None) };
        // The engine also has instances of its own between these, of the modules that adapt calls.
        let mut rest = InstanceRef::all(frozen).into_iter();
        let mut instances = Vec::with_capacity(instantiation.core.len());
        for core in &instantiation.core {
            let module = core.module.clone().and_then(|module| bytes.get(module));
            instances.push(match module {
                Some(module) => rest.find(|instance| instance.bytes(frozen) == Some(module)),
                None => None,
            });
        }
        Ok(Some(LiveInstances { instantiation, instances }))
    }

    fn instance(&self, core: usize) -> Option<&InstanceRef> {
        self.instances.get(core)?.as_ref()
    }

    /// The instance and index of a core function.
    fn definition(&self, function: &CoreFunction) -> Option<Definition> {
        let CoreFunction::Export { core, name } = function else { return None };
        let instance = self.instance(*core)?;
        let is_it = |kind, export: &str| kind == EntityKind::Function && export == name;
        let export = instance.layout.exports.iter().find(|export| is_it(export.entity.kind, &export.name))?;
        Some(Definition { instance: instance.id(), index: export.entity.index })
    }
}

/// The tree of instances: the program itself first, and each instance before those inside it. Empty
/// for a program that is not a component.
pub(super) fn tree<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<Vec<ComponentInstance>, Error> {
    let Some(live) = LiveInstances::of(frozen)? else { return Ok(Vec::new()) };
    let nodes = live.instantiation.nodes.iter().map(|node| ComponentInstance {
        parent: node.parent.and_then(|parent| u32::try_from(parent).ok()),
        name: node.name.clone(),
        core_instances: node
            .core
            .iter()
            .map(|core| CoreInstanceInfo {
                name: core.name.clone(),
                module_name: core.module_name.clone(),
                instance: live.instance(core.core).map(InstanceRef::id),
            })
            .collect(),
        functions: node
            .functions
            .iter()
            .map(|(name, function)| ComponentFunction {
                name: name.clone(),
                served_by: match function {
                    Function::Lifted(core) => live.definition(core),
                    Function::Host | Function::Unknown => None,
                },
            })
            .collect(),
    });
    Ok(nodes.collect())
}

/// The origins of an instance's imports, in order. Only those of functions are given, as the
/// component's binary says; the others are unknown here.
pub(super) fn sources<T: 'static>(frozen: &mut Frozen<'_, T>, instance: &InstanceRef) -> Result<Vec<Source>, Error> {
    let unknown = || vec![Source::Unknown; instance.layout.imports.len()];
    let Some(live) = LiveInstances::of(frozen)? else { return Ok(unknown()) };
    let is_it = |other: &Option<InstanceRef>| other.as_ref().is_some_and(|other| other.id() == instance.id());
    let core = live.instances.iter().position(is_it).and_then(|core| live.instantiation.core.get(core));
    let Some(core) = core else { return Ok(unknown()) };
    let sources = instance.layout.imports.iter().map(|import| {
        let Entity { kind: EntityKind::Function, .. } = import.entity else { return Source::Unknown };
        let argument = core.arguments.iter().find(|(name, _)| *name == import.module);
        let function = argument.and_then(|(_, instance)| match instance {
            CoreInstance::Real(core) => Some(CoreFunction::Export { core: *core, name: import.name.clone() }),
            CoreInstance::Bundle(functions) => functions.get(&import.name).cloned(),
        });
        match function {
            Some(CoreFunction::Host) => Source::Host,
            Some(function) => match live.definition(&function) {
                Some(Definition { instance, index }) => Source::Instance(instance, index),
                None => Source::Unknown,
            },
            None => Source::Unknown,
        }
    });
    Ok(sources.collect())
}
