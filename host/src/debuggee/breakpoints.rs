//! Breakpoints: what is wanted, what the engine has, and how one becomes the other.
//!
//! Owned by the ledger. Invariant: each location is registered with the engine at most once, whatever number of
//! breakpoints share it, and the engine's code is edited in at most one session per resume (a session costs 0.4 ms and more).
//!
//! Two traps of the engine are dealt with here. The modules of one component share one table of step points, keyed by
//! offset alone: a breakpoint in one fires in its siblings (so hits are matched by module and offset) and
//! taking one out disarms the siblings' (so survivors are armed again). And a session that turns single-stepping
//! off disarms breakpoints of all but the last such sibling.

use super::modules::Modules;
use super::{BreakpointId, Error, Location};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use wasmtime::{AsContext, AsContextMut, BreakpointEdit, ModulePC, StoreContextMut};

/// How many breakpoints a program can have.
pub(super) const MAX_BREAKPOINTS: usize = 1_000_000;

/// What to stop at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakpointSpec {
    /// An instruction; it has to be exact.
    pub location: Location,
    /// Remove the breakpoint when it first stops the program.
    pub one_shot: bool,
}

/// A breakpoint that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breakpoint {
    /// Its number.
    pub id: BreakpointId,
    /// What it was set with.
    pub spec: BreakpointSpec,
    /// How many times the program came to it.
    pub hits: u64,
}

/// One change to the breakpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Sets a breakpoint.
    Add(BreakpointSpec),
    /// Removes one.
    Remove(BreakpointId),
}

impl Change {
    /// The location of a breakpoint that is to be set.
    pub(super) fn location(&self) -> Option<Location> {
        match self {
            Change::Add(spec) => Some(spec.location),
            Change::Remove(_) => None,
        }
    }
}

/// The breakpoints of a program.
#[derive(Default)]
pub(super) struct Breakpoints {
    /// Those at each location, in order of their ids.
    at: FxHashMap<Location, Vec<Breakpoint>>,
    location_of: BTreeMap<BreakpointId, Location>,
    last_id: u32,
    /// What the engine has.
    armed: FxHashSet<Location>,
    /// Locations that may differ between `at` and `armed`.
    changed: Vec<Location>,
    /// Whether the engine is in single-step mode.
    stepping: bool,
}

impl Breakpoints {
    /// Applies one change to the ledger; the engine follows at the next [`Breakpoints::apply`].
    pub(super) fn change(&mut self, modules: &mut Modules, change: Change) -> Result<BreakpointId, Error> {
        match change {
            Change::Add(spec) => {
                if self.location_of.len() >= MAX_BREAKPOINTS {
                    return Err(Error::TooLarge { limit: u64::try_from(MAX_BREAKPOINTS).unwrap_or(u64::MAX) });
                }
                modules.check(spec.location.module, spec.location.pc)?;
                self.last_id = self.last_id.checked_add(1).ok_or(Error::TooLarge { limit: u64::from(u32::MAX) })?;
                let id = BreakpointId(self.last_id);
                self.at.entry(spec.location).or_default().push(Breakpoint { id, spec, hits: 0 });
                self.location_of.insert(id, spec.location);
                self.changed.push(spec.location);
                Ok(id)
            }
            Change::Remove(id) => {
                let location = self.location_of.remove(&id).ok_or(Error::NoBreakpoint(id))?;
                self.take_out(location, |breakpoint| breakpoint.id == id);
                Ok(id)
            }
        }
    }

    fn take_out(&mut self, location: Location, is_out: impl Fn(&Breakpoint) -> bool) {
        if let Some(here) = self.at.get_mut(&location) {
            here.retain(|breakpoint| !is_out(breakpoint));
            if here.is_empty() {
                self.at.remove(&location);
            }
        }
        self.changed.push(location);
    }

    /// Counts a hit at a location and says which breakpoints want a stop there, in order of their ids.
    pub(super) fn hit(&mut self, location: Location) -> Option<Vec<BreakpointId>> {
        let here = self.at.get_mut(&location)?;
        let mut ids = Vec::with_capacity(here.len());
        let mut any_one_shot = false;
        for breakpoint in here {
            breakpoint.hits = breakpoint.hits.saturating_add(1);
            any_one_shot |= breakpoint.spec.one_shot;
            ids.push(breakpoint.id);
        }
        if any_one_shot {
            for id in &ids {
                let is_one_shot = |breakpoint: &Breakpoint| breakpoint.id == *id && breakpoint.spec.one_shot;
                if self.at.get(&location).is_some_and(|here| here.iter().any(is_one_shot)) {
                    self.location_of.remove(id);
                    self.take_out(location, |breakpoint| breakpoint.id == *id);
                }
            }
        }
        Some(ids)
    }

    /// All breakpoints, in order of their ids.
    pub(super) fn all(&self) -> Vec<Breakpoint> {
        let find = |(id, location): (&BreakpointId, &Location)| {
            self.at.get(location)?.iter().find(|breakpoint| breakpoint.id == *id).copied()
        };
        self.location_of.iter().filter_map(find).collect()
    }

    /// Forgets every breakpoint; the engine follows at the next [`Breakpoints::apply`].
    pub(super) fn clear(&mut self) {
        self.changed.extend(self.at.keys().copied());
        self.at.clear();
        self.location_of.clear();
    }

    /// Whether the engine is in single-step mode.
    pub(super) fn is_stepping(&self) -> bool {
        self.stepping
    }

    /// Whether the engine's code is as wanted, so that no edit session is due.
    pub(super) fn is_applied(&self, stepping: bool) -> bool {
        self.changed.is_empty() && self.stepping == stepping
    }

    /// Finds out at which of some locations the engine can stop: it moves a breakpoint anywhere else to the next place
    /// where it can. Leaves the engine's breakpoints as they were.
    pub(super) fn try_out<T: 'static>(
        &self,
        modules: &mut Modules,
        store: &mut StoreContextMut<'_, T>,
        locations: &[Location],
    ) -> Result<FxHashSet<Location>, Error> {
        let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
        for location in locations {
            arm(modules, &mut session, *location)?;
        }
        drop(session);
        let mut found = FxHashSet::default();
        for breakpoint in store.as_context().breakpoints().into_iter().flatten() {
            found.insert(Location { module: modules.id_of(&breakpoint.module), pc: breakpoint.pc.raw() });
        }
        let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
        for location in locations {
            disarm(modules, &mut session, *location)?;
        }
        if modules.len() > 1 && !self.stepping {
            let tried: FxHashSet<u32> = found.iter().map(|location| location.pc).collect();
            self.arm_again(modules, &mut session, |location| tried.contains(&location.pc))?;
        }
        Ok(found)
    }

    /// Arms locations that a sibling's removal may have disarmed.
    fn arm_again(
        &self,
        modules: &Modules,
        session: &mut BreakpointEdit<'_>,
        is_meant: impl Fn(&Location) -> bool,
    ) -> Result<(), Error> {
        for location in self.armed.iter().filter(|location| is_meant(location)) {
            disarm(modules, session, *location)?;
            arm(modules, session, *location)?;
        }
        Ok(())
    }

    /// Brings the engine's code in line with the ledger, in one edit session.
    pub(super) fn apply(
        &mut self,
        modules: &Modules,
        mut session: BreakpointEdit<'_>,
        stepping: bool,
    ) -> Result<(), Error> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.dedup();
        // Offsets at which a removal may have disarmed a sibling.
        let mut disarmed = FxHashSet::default();
        for location in &changed {
            if !self.at.contains_key(location) && self.armed.remove(location) {
                disarm(modules, &mut session, *location)?;
                disarmed.insert(location.pc);
            }
        }
        for location in &changed {
            if self.at.contains_key(location) && self.armed.insert(*location) {
                arm(modules, &mut session, *location)?;
            }
        }
        let turned_off = self.stepping && !stepping;
        if self.stepping != stepping {
            session.single_step(stepping)?;
            self.stepping = stepping;
        }
        if modules.len() > 1 && !stepping && (turned_off || !disarmed.is_empty()) {
            self.arm_again(modules, &mut session, |location| turned_off || disarmed.contains(&location.pc))?;
        }
        Ok(())
    }
}

fn arm(modules: &Modules, session: &mut BreakpointEdit<'_>, location: Location) -> Result<(), Error> {
    Ok(session.add_breakpoint(&modules.get(location.module)?.module, ModulePC::new(location.pc))?)
}

fn disarm(modules: &Modules, session: &mut BreakpointEdit<'_>, location: Location) -> Result<(), Error> {
    Ok(session.remove_breakpoint(&modules.get(location.module)?.module, ModulePC::new(location.pc))?)
}
