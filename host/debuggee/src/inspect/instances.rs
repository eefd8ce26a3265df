//! Instances: the sizes of their index spaces, their imports and exports, and the origins of their
//! imports.
//!
//! Invariant: an origin is given only if the engine or the binary says so; anything else is
//! [`Source::Unknown`].

use super::{components, memories};
use crate::engine::{AnyMemory, Frozen, InstanceRef};
use crate::plain::{Entity, EntityKind, Error, Export, Import, InstanceId, InstanceInfo, Source};

pub(super) fn list<T: 'static>(frozen: &mut Frozen<'_, T>) -> Vec<InstanceInfo> {
    let mut infos = Vec::new();
    for (_, id, module) in InstanceRef::handles(frozen) {
        let entry = frozen.known.modules.get_mut(module);
        let counts = entry.and_then(|entry| entry.layout()).map(|layout| layout.counts);
        infos.push(InstanceInfo { id, module, counts: counts.unwrap_or_default() });
    }
    infos
}

pub(super) fn exports<T: 'static>(frozen: &mut Frozen<'_, T>, instance: InstanceId) -> Result<Vec<Export>, Error> {
    Ok(InstanceRef::find(frozen, instance)?.layout.exports.clone())
}

pub(super) fn imports<T: 'static>(frozen: &mut Frozen<'_, T>, instance: InstanceId) -> Result<Vec<Import>, Error> {
    let instance = InstanceRef::find(frozen, instance)?;
    let all = InstanceRef::all(frozen);
    let functions = components::sources(frozen, &instance)?;
    let mut imports = Vec::with_capacity(instance.layout.imports.len());
    for (import, function) in instance.layout.imports.iter().zip(functions) {
        imports.push(Import {
            module: import.module.clone(),
            name: import.name.clone(),
            entity: import.entity,
            source: match import.entity.kind {
                // There is no other instance that could define it.
                EntityKind::Function if function == Source::Unknown && all.len() == 1 => Source::Host,
                EntityKind::Function => function,
                _ => source(frozen, &instance, &all, import.entity),
            },
        });
    }
    Ok(imports)
}

/// The origin of an import that is not a function. The engine numbers an entity by the instance
/// that defines it and its index among the entities that the instance defines.
fn source<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: &InstanceRef,
    all: &[InstanceRef],
    entity: Entity,
) -> Source {
    let Entity { kind, index } = entity;
    if kind == EntityKind::Memory
        && let Ok(memory @ AnyMemory::Shared(_)) = instance.memory(&mut frozen.store, index)
    {
        return memories::definer(frozen, all, &memory);
    }
    let number = instance.definition_number(&mut frozen.store, entity);
    let Some(number) = number else { return Source::Unknown };
    let (definer, defined) = (number >> 32, number & u64::from(u32::MAX));
    let Some(definer) = all.iter().find(|other| u64::from(other.id().0) == definer) else { return Source::Host };
    let imported = &definer.layout.imported;
    let n_imported = match kind {
        EntityKind::Function => imported.functions,
        EntityKind::Table => imported.tables,
        EntityKind::Memory => imported.memories,
        EntityKind::Global => imported.globals,
        EntityKind::Tag => imported.tags,
    };
    match u32::try_from(defined).ok().and_then(|defined| defined.checked_add(n_imported)) {
        Some(index) => Source::Instance(definer.id(), index),
        None => Source::Unknown,
    }
}
