//! Instances: what they hold, import and export, and where their imports come from.
//!
//! Invariant: an origin is given only when the engine or the binary says so; a guess is [`Source::Unknown`].

use super::{components, memories};
use crate::paused::Paused;
use crate::reading::{self, AnyMemory};
use crate::shared::lock;
use crate::{Error, InstanceId, ModuleId};
use std::sync::Arc;
use wasmtime::{AsContextMut, Instance};

/// How many of each a module has; in its index spaces imports count too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Functions.
    pub functions: u32,
    /// Tables.
    pub tables: u32,
    /// Memories.
    pub memories: u32,
    /// Globals.
    pub globals: u32,
    /// Tags.
    pub tags: u32,
    /// Data segments, dropped ones too.
    pub data_segments: u32,
    /// Element segments, dropped ones too.
    pub element_segments: u32,
}

/// An instance of a core module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Its number.
    pub id: InstanceId,
    /// The module that it is an instance of.
    pub module: ModuleId,
    /// What it has.
    pub counts: Counts,
}

/// What an index is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// A tag.
    Tag,
}

/// Something in one of a module's index spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entity {
    /// The index space.
    pub kind: EntityKind,
    /// Index in it, imports included.
    pub index: u32,
}

/// Where an import comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Nobody says. So it is for functions outside of components, unless there is one instance only: the engine shows no
    /// more of an imported function than its type; and for functions that adapt a call from one component to another.
    Unknown,
    /// The host made it.
    Host,
    /// This instance defines it, as the entity of this index.
    Instance(InstanceId, u32),
}

/// An import of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// First part of its name.
    pub module: String,
    /// Second part of its name.
    pub name: String,
    /// What it is in the instance.
    pub entity: Entity,
    /// Where it comes from.
    pub source: Source,
}

/// An export of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is in the instance.
    pub entity: Entity,
}

/// The instance with a number, the module it is of, and what that says.
pub(super) struct Of {
    pub(super) instance: Instance,
    pub(super) layout: Arc<super::Layout>,
}

impl Of {
    /// Looks an instance up.
    pub(super) fn id<T: 'static>(paused: &mut Paused<'_, T>, id: InstanceId) -> Result<Of, Error> {
        let instance = reading::instance(&mut paused.store, id)?;
        Of::instance(paused, instance)
    }

    fn instance<T: 'static>(paused: &mut Paused<'_, T>, instance: Instance) -> Result<Of, Error> {
        let modules = &mut lock(paused.ledger).modules;
        let module = modules.id_of(instance.module(&paused.store));
        Ok(Of { instance, layout: modules.get_mut(module)?.layout()? })
    }

    /// All instances.
    pub(super) fn all<T: 'static>(paused: &mut Paused<'_, T>) -> Vec<Of> {
        let instances = paused.store.as_context_mut().debug_all_instances();
        instances.into_iter().filter_map(|instance| Of::instance(paused, instance).ok()).collect()
    }

    pub(super) fn id_of(&self) -> InstanceId {
        InstanceId(self.instance.debug_index_in_store())
    }
}

pub(crate) fn list<T: 'static>(paused: &mut Paused<'_, T>) -> Vec<InstanceInfo> {
    let mut infos = Vec::new();
    for instance in paused.store.as_context_mut().debug_all_instances() {
        let modules = &mut lock(paused.ledger).modules;
        let module = modules.id_of(instance.module(&paused.store));
        let counts = modules.get_mut(module).and_then(|entry| entry.layout()).map(|layout| layout.counts);
        infos.push(InstanceInfo {
            id: InstanceId(instance.debug_index_in_store()),
            module,
            counts: counts.unwrap_or_default(),
        });
    }
    infos
}

pub(crate) fn exports<T: 'static>(paused: &mut Paused<'_, T>, instance: InstanceId) -> Result<Vec<Export>, Error> {
    Ok(Of::id(paused, instance)?.layout.exports.clone())
}

pub(crate) fn imports<T: 'static>(paused: &mut Paused<'_, T>, instance: InstanceId) -> Result<Vec<Import>, Error> {
    let of = Of::id(paused, instance)?;
    let all = Of::all(paused);
    let functions = components::sources(paused, &of)?;
    let mut imports = Vec::with_capacity(of.layout.imports.len());
    for (import, function) in of.layout.imports.iter().zip(functions) {
        imports.push(Import {
            module: import.module.clone(),
            name: import.name.clone(),
            entity: import.entity,
            source: match import.entity.kind {
                // Nobody else is there to define it.
                EntityKind::Function if function == Source::Unknown && all.len() == 1 => Source::Host,
                EntityKind::Function => function,
                _ => source(paused, &of, &all, import.entity),
            },
        });
    }
    Ok(imports)
}

/// Where an import comes from. The engine numbers what instances define by instance and index among what that defines.
fn source<T: 'static>(paused: &mut Paused<'_, T>, of: &Of, all: &[Of], entity: Entity) -> Source {
    let Entity { kind, index } = entity;
    let store = &mut paused.store;
    let number = match kind {
        EntityKind::Function => None,
        EntityKind::Table => {
            of.instance.debug_table(store.as_context_mut(), index).map(|table| table.debug_index_in_store())
        }
        EntityKind::Global => {
            of.instance.debug_global(store.as_context_mut(), index).map(|global| global.debug_index_in_store())
        }
        EntityKind::Tag => of.instance.debug_tag(store.as_context_mut(), index).map(|tag| tag.debug_index_in_store()),
        EntityKind::Memory => match AnyMemory::of(store, of.instance, index) {
            Ok(AnyMemory::Plain(memory)) => Some(memory.debug_index_in_store()),
            Ok(memory @ AnyMemory::Shared(_)) => return memories::definer(paused, all, &memory),
            Err(_) => None,
        },
    };
    let Some(number) = number else { return Source::Unknown };
    let (instance, defined) = (number >> 32, number & u64::from(u32::MAX));
    let definer = all.iter().find(|other| u64::from(other.instance.debug_index_in_store()) == instance);
    let Some(definer) = definer else { return Source::Host };
    let imported = &definer.layout.imported;
    let n_imported = match kind {
        EntityKind::Function => imported.functions,
        EntityKind::Table => imported.tables,
        EntityKind::Memory => imported.memories,
        EntityKind::Global => imported.globals,
        EntityKind::Tag => imported.tags,
    };
    match u32::try_from(defined).ok().and_then(|defined| defined.checked_add(n_imported)) {
        Some(index) => Source::Instance(definer.id_of(), index),
        None => Source::Unknown,
    }
}
