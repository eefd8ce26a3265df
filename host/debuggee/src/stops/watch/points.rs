//! The points: where the engine has to stop for the watchpoints. They follow from the watched
//! targets and from the instances that have them.
//!
//! Invariant: each point is requested from the breakpoints exactly as often as there are reasons
//! for it here. The reasons are the wanted classes of instructions to which it belongs, a call
//! before it, and an access before it.

use super::Watch;
use super::target::Target;
use crate::binary::{Class, ModuleAccesses};
use crate::engine::{self, AnyMemory, Frozen, InstanceRef, Modules};
use crate::plain::{Accesses, Location, ModuleId};
use crate::stops::breakpoints::Breakpoints;
use rustc_hash::FxHashSet;
use std::sync::Arc;
use wasmtime::AsContextMut;

/// A class of instructions, in one module.
pub(super) type ModuleClass = (ModuleId, Class);

/// A memory or a global of an instance, by its index in the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum WatchedItem {
    Memory(u32),
    Global(u32),
}

/// A location that has an event because of watchpoints.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Point {
    /// The instruction there, if it can touch a watched memory or global, as its index in the
    /// module's accesses.
    pub(super) instruction: Option<u32>,
    /// The number of wanted classes to which the instruction belongs.
    n_classes: u32,
    /// The offset of the call before it, if that call may have reached the host.
    pub(super) call: Option<u32>,
}

impl Watch {
    /// Prepares the watchpoints for a resume: brings the points in line with the watched targets,
    /// and notes the bytes that the host may change.
    pub(crate) fn prepare_resume<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, breakpoints: &mut Breakpoints) {
        if self.is_idle() {
            return;
        }
        if self.is_stale || InstanceRef::newest(&mut frozen.store) != self.last_instance {
            self.refresh(frozen, breakpoints);
        }
        self.take_snapshots(&mut frozen.store);
    }

    /// Brings the points in line with the watchpoints, if those have changed.
    pub(crate) fn refresh_if_stale<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, breakpoints: &mut Breakpoints) {
        if !self.is_idle() && self.is_stale {
            self.refresh(frozen, breakpoints);
        }
    }

    /// Works out anew which instances have watched targets, and where the points are.
    pub(super) fn refresh<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, breakpoints: &mut Breakpoints) {
        self.is_stale = false;
        frozen.register_modules();
        let needs = self.needs();
        let wanted = self.wanted(frozen, &needs);
        let modules = &mut frozen.known.modules;
        let gone: Vec<ModuleClass> = self.classes.difference(&wanted).copied().collect();
        let new: Vec<ModuleClass> = wanted.difference(&self.classes).copied().collect();
        if !gone.is_empty() {
            // The check points of instructions that hit again are added again.
            for location in self.check_points.drain() {
                breakpoints.unwatch(location);
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

    /// The accesses for which each target is watched.
    fn needs(&self) -> Vec<Accesses> {
        let mut needs = vec![Accesses::default(); self.targets.len()];
        for watchpoint in self.armed.values() {
            if let Some(need) = needs.get_mut(watchpoint.target) {
                let accesses = watchpoint.watchpoint.spec.accesses;
                need.read |= accesses.read;
                // The program's own writes must not be taken for changes by the host.
                need.write |= accesses.write || accesses.host;
                need.host |= accesses.host;
            }
        }
        needs
    }

    /// The classes of instructions that can touch a watched target. Also updates `target_of`.
    fn wanted<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, needs: &[Accesses]) -> FxHashSet<ModuleClass> {
        let mut wanted = FxHashSet::default();
        let mut have_instances = FxHashSet::default();
        self.target_of.clear();
        self.last_instance = InstanceRef::newest(&mut frozen.store);
        for (instance, number, module) in InstanceRef::handles(frozen) {
            have_instances.insert(module);
            let store = &mut frozen.store;
            let memories = (0..).map_while(|index| {
                let memory = AnyMemory::of(store, instance, index).ok()?;
                Some((WatchedItem::Memory(index), Target::memory(memory)))
            });
            let mut entities: Vec<(WatchedItem, Target)> = memories.collect();
            if self.targets.iter().any(Target::is_global) {
                entities.extend((0..).map_while(|index| {
                    let global = engine::global(store.as_context_mut(), instance, index)?;
                    Some((WatchedItem::Global(index), Target::global(store, global)))
                }));
            }
            for (entity, found) in entities {
                let Some(target) = self.targets.iter().position(|target| target.is(&found)) else { continue };
                let need = needs.get(target).copied().unwrap_or_default();
                if need != Accesses::default() {
                    self.target_of.insert((number, entity), target);
                    wanted.extend(classes(entity, need).map(|class| (module, class)));
                }
            }
        }
        // A module without instances may import a watched target later, and nothing reports when an
        // instance is made. So all its imports count as watched.
        let all = |is_global: bool| {
            let needs = self.targets.iter().zip(needs).filter(|(target, _)| target.is_global() == is_global);
            needs.fold(Accesses::default(), |all, (_, need)| Accesses {
                read: all.read || need.read,
                write: all.write || need.write,
                host: all.host || need.host,
            })
        };
        let (of_memories, of_globals) = (all(false), all(true));
        let modules = &mut frozen.known.modules;
        for module in modules.ids() {
            if of_memories.host || of_globals.host {
                wanted.insert((module, Class::Returns));
            }
            if have_instances.contains(&module) || (of_memories, of_globals) == Default::default() {
                continue;
            }
            let Some(code) = accesses(modules, module) else { continue };
            let memories = (0..code.n_imported_memories).map(|index| (WatchedItem::Memory(index), of_memories));
            let globals = (0..code.n_imported_globals).map(|index| (WatchedItem::Global(index), of_globals));
            for (entity, need) in memories.chain(globals) {
                wanted.extend(classes(entity, need).map(|class| (module, class)));
            }
        }
        wanted
    }

    /// Adds or removes the points of a class.
    fn change_class(&mut self, modules: &mut Modules, breakpoints: &mut Breakpoints, of: ModuleClass, is_wanted: bool) {
        let (module, class) = of;
        let Some(code) = accesses(modules, module) else { return };
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

/// A module's accesses, decoded when they are first asked for.
fn accesses(modules: &mut Modules, module: ModuleId) -> Option<Arc<ModuleAccesses>> {
    Some(modules.get_mut(module).ok()?.accesses())
}

/// The classes of instructions that touch a memory or a global in the ways that `need` names.
fn classes(entity: WatchedItem, need: Accesses) -> impl Iterator<Item = Class> {
    let (reads, writes) = match entity {
        WatchedItem::Memory(index) => (Class::Loads(index), Class::Stores(index)),
        WatchedItem::Global(index) => (Class::Gets(index), Class::Sets(index)),
    };
    let reads = Some(reads).filter(|_| need.read);
    let writes = Some(writes).filter(|_| need.write);
    reads.into_iter().chain(writes)
}
