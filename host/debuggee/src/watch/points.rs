//! Where the engine has to stop for the watchpoints: worked out from what is watched and which instances have it.
//!
//! Invariant: each point is wanted of the breakpoint ledger exactly as often as there are reasons for it here: classes of
//! instructions that it belongs to, the call before it, and the access before it.

use super::super::breakpoints::Breakpoints;
use super::super::modules::Modules;
use super::super::paused::look_for_modules;
use super::super::reading::AnyMemory;
use super::super::{Location, ModuleId};
use super::accesses::{Class, ModuleAccesses};
use super::space::Space;
use super::{Accesses, Watch};
use rustc_hash::FxHashSet;
use std::sync::Arc;
use wasmtime::{AsContextMut, StoreContextMut};

/// A class of instructions of one module.
pub(super) type ClassOf = (ModuleId, Class);

/// A memory or a global of an instance, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Entity {
    Memory(u32),
    Global(u32),
}

/// A place where the program comes by for the watchpoints.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Point {
    /// The instruction there, if it touches something that is watched: its index in its module's accesses.
    pub(super) instruction: Option<u32>,
    /// How many classes want that.
    n_classes: u32,
    /// The call before it, if that may have reached the host.
    pub(super) call: Option<u32>,
}

/// The newest instance of a store.
pub(super) fn newest_instance<T: 'static>(store: &mut StoreContextMut<'_, T>) -> Option<u32> {
    let instances = store.as_context_mut().debug_all_instances();
    instances.into_iter().map(|instance| instance.debug_index_in_store()).max()
}

impl Watch {
    /// Before the program goes on: brings the points in line with what is watched, and takes note of what the host may change.
    pub(in super::super) fn set_off<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        breakpoints: &mut Breakpoints,
    ) {
        if self.is_idle() {
            return;
        }
        if self.is_stale || newest_instance(store) != self.last_instance {
            self.refresh(store, modules, breakpoints);
        }
        self.take_snapshots(store);
    }

    /// Works out anew which instances have what is watched, and where the points are.
    pub(super) fn refresh<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        breakpoints: &mut Breakpoints,
    ) {
        self.is_stale = false;
        look_for_modules(store.as_context_mut(), modules);
        let needs = self.needs();
        let wanted = self.wanted(store, modules, &needs);
        let gone: Vec<ClassOf> = self.classes.difference(&wanted).copied().collect();
        let new: Vec<ClassOf> = wanted.difference(&self.classes).copied().collect();
        if !gone.is_empty() {
            // Those that still hit come back.
            for after in self.afters.drain() {
                breakpoints.unwatch(after);
            }
        }
        for class in gone {
            self.change_class(modules, breakpoints, class, false);
        }
        for class in new {
            self.change_class(modules, breakpoints, class, true);
        }
        self.classes = wanted;
    }

    /// For what each space is watched.
    fn needs(&self) -> Vec<Accesses> {
        let mut needs = vec![Accesses::default(); self.spaces.len()];
        for set in self.set.values() {
            if let Some(need) = needs.get_mut(set.space) {
                let accesses = set.watchpoint.spec.accesses;
                need.read |= accesses.read;
                // What the program writes is not to be taken for the host's doing.
                need.write |= accesses.write || accesses.host;
                need.host |= accesses.host;
            }
        }
        needs
    }

    /// The classes of instructions that can touch something that is watched.
    fn wanted<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        needs: &[Accesses],
    ) -> FxHashSet<ClassOf> {
        let mut wanted = FxHashSet::default();
        let mut have_instances = FxHashSet::default();
        self.homes.clear();
        self.last_instance = newest_instance(store);
        for instance in store.as_context_mut().debug_all_instances() {
            let module = modules.id_of(instance.module(&*store));
            have_instances.insert(module);
            let number = instance.debug_index_in_store();
            let memories = (0..).map_while(|index| {
                let memory = AnyMemory::of(store, instance, index).ok()?;
                Some((Entity::Memory(index), Space::memory(memory)))
            });
            let mut entities: Vec<(Entity, Space)> = memories.collect();
            if self.spaces.iter().any(Space::is_global) {
                entities.extend((0..).map_while(|index| {
                    let global = instance.debug_global(store.as_context_mut(), index)?;
                    Some((Entity::Global(index), Space::global(store, global)))
                }));
            }
            for (entity, found) in entities {
                let Some(space) = self.spaces.iter().position(|space| space.is(&found)) else { continue };
                let need = needs.get(space).copied().unwrap_or_default();
                if need != Accesses::default() {
                    self.homes.insert((number, entity), space);
                    wanted.extend(classes(entity, need).map(|class| (module, class)));
                }
            }
        }
        // What a module without instances imports may turn out to be watched, and nobody tells when one is made.
        let all = |is_global: bool| {
            let needs = self.spaces.iter().zip(needs).filter(|(space, _)| space.is_global() == is_global);
            needs.fold(Accesses::default(), |all, (_, need)| Accesses {
                read: all.read || need.read,
                write: all.write || need.write,
                host: all.host || need.host,
            })
        };
        let (of_memories, of_globals) = (all(false), all(true));
        for module in modules.infos().into_iter().map(|info| info.id) {
            if of_memories.host || of_globals.host {
                wanted.insert((module, Class::Returns));
            }
            if have_instances.contains(&module) || (of_memories, of_globals) == Default::default() {
                continue;
            }
            let Some(code) = self.code(modules, module) else { continue };
            let memories = (0..code.n_imported_memories).map(|index| (Entity::Memory(index), of_memories));
            let globals = (0..code.n_imported_globals).map(|index| (Entity::Global(index), of_globals));
            for (entity, need) in memories.chain(globals) {
                wanted.extend(classes(entity, need).map(|class| (module, class)));
            }
        }
        wanted
    }

    /// A module's accesses, decoded when they are first asked for.
    fn code(&mut self, modules: &Modules, module: ModuleId) -> Option<Arc<ModuleAccesses>> {
        let index = usize::try_from(module.0).ok()?;
        if self.code.len() <= index {
            self.code.resize(index.checked_add(1)?, None);
        }
        let known = self.code.get_mut(index)?;
        if known.is_none() {
            let entry = modules.get(module).ok()?;
            *known = Some(Arc::new(ModuleAccesses::of(entry.module.debug_bytecode().unwrap_or_default())));
        }
        known.clone()
    }

    /// Arms or disarms the points of a class.
    fn change_class(&mut self, modules: &Modules, breakpoints: &mut Breakpoints, of: ClassOf, is_wanted: bool) {
        let (module, class) = of;
        let Some(code) = self.code(modules, module) else { return };
        let mut change = |pc: u32, edit: &dyn Fn(&mut Point)| {
            let location = Location { module, pc };
            let point = self.points.entry(location).or_default();
            edit(point);
            if is_wanted {
                breakpoints.watch(location);
            } else {
                breakpoints.unwatch(location);
                if point.n_classes == 0 && point.call.is_none() {
                    self.points.remove(&location);
                }
            }
        };
        if class == Class::Returns {
            for call in &code.calls {
                change(call.after, &|point| point.call = is_wanted.then_some(call.pc));
            }
            return;
        }
        for index in code.of_class(class) {
            let Some(instruction) = code.at(*index) else { continue };
            change(instruction.pc, &|point| {
                point.n_classes =
                    if is_wanted { point.n_classes.saturating_add(1) } else { point.n_classes.saturating_sub(1) };
                point.instruction = (point.n_classes > 0).then_some(*index);
            });
        }
    }
}

/// The classes of instructions that touch a memory or a global in these ways.
fn classes(entity: Entity, need: Accesses) -> impl Iterator<Item = Class> {
    let (reads, writes) = match entity {
        Entity::Memory(index) => (Class::Loads(index), Class::Stores(index)),
        Entity::Global(index) => (Class::Gets(index), Class::Sets(index)),
    };
    let reads = Some(reads).filter(|_| need.read);
    let writes = Some(writes).filter(|_| need.write);
    reads.into_iter().chain(writes)
}
