//! The wanted breakpoints, and the outcome of a hit.
//!
//! A location can have breakpoints that a debugger has set, temporary breakpoints of steps, and
//! points of watchpoints; the engine gets one breakpoint for all of them. Owned by the ledger.
//! Invariant: when the program is resumed, the engine's code is brought in line with what is wanted
//! here in one edit session (which costs at least 0.4 ms). Before the next stop another session is
//! opened only for an interrupt, for a program that asks to exit during a step, for a step out that
//! reaches the host, for the first hit of an instruction that touches what is watched, and when
//! going on as before has cost as much as the session.

use super::hit::HitContext;
use super::slots::Slots;
use crate::condition::{Condition, Fault};
use crate::engine::{Frozen, Modules, Patches};
use crate::plain::{
    Action, Breakpoint, BreakpointId, BreakpointSpec, Change, Error, Location, MAX_BREAKPOINTS, MAX_CONDITIONS, is_due,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// The most temporary breakpoints of past steps that stay in the code.
const MAX_LEFTOVERS: usize = 1000;

/// A breakpoint that is set, with its compiled condition.
struct ArmedBreakpoint {
    breakpoint: Breakpoint,
    condition: Option<Condition>,
    /// The number of hits at which the condition held.
    n_held: u64,
}

impl ArmedBreakpoint {
    /// Counts a hit, and returns whether the breakpoint is taken.
    fn is_taken<T: 'static>(&mut self, context: &mut HitContext<'_, '_, T>) -> Result<bool, Fault> {
        let ArmedBreakpoint { breakpoint, condition, n_held } = self;
        breakpoint.hits = breakpoint.hits.saturating_add(1);
        if let Some(condition) = condition
            && !context.holds(condition, breakpoint.hits)?
        {
            return Ok(false);
        }
        *n_held = n_held.saturating_add(1);
        let taken = is_due(*n_held, breakpoint.spec.ignore, breakpoint.spec.every);
        breakpoint.taken = breakpoint.taken.saturating_add(u64::from(taken));
        Ok(taken)
    }

    fn is_spent(&self) -> bool {
        self.breakpoint.spec.one_shot && self.breakpoint.taken > 0
    }
}

/// The outcome of a hit.
#[derive(Debug)]
pub(crate) enum Hit {
    /// No breakpoint wants a stop.
    Passes,
    /// These breakpoints want a stop, in order of their ids.
    Stops(Vec<BreakpointId>),
    /// The condition of this breakpoint could not be evaluated.
    Fails(BreakpointId, Fault),
}

fn text_length(spec: &BreakpointSpec) -> usize {
    spec.condition.as_ref().map_or(0, String::len)
}

/// The breakpoints of a program.
#[derive(Default)]
pub(crate) struct Breakpoints {
    /// The breakpoints at each location, in order of their ids.
    at: FxHashMap<Location, Slots<ArmedBreakpoint>>,
    location_of: BTreeMap<BreakpointId, Location>,
    last_id: u32,
    /// The size of all conditions' texts together, in bytes.
    text_bytes: usize,
    /// Temporary breakpoints: those where the current step ends, and leftovers where past steps
    /// ended. Leftovers stay in the code for the next time around, until their hits have cost too
    /// much. The value says whether a leftover was hit.
    temporary: FxHashMap<Location, bool>,
    /// The locations in `temporary` that belong to the current step.
    current: Vec<Location>,
    /// Locations where the watchpoints need an event, each with the number of reasons for it.
    watched: FxHashMap<Location, u32>,
    /// The breakpoints that the engine has.
    patches: Patches,
    /// Locations where the wanted breakpoints may differ from those that the engine has.
    changed: FxHashSet<Location>,
    /// Whether the debugger or the program is gone, so that the engine is to have no breakpoints.
    disabled: bool,
}

impl Breakpoints {
    /// Applies one change here; the engine follows at the next [`Breakpoints::apply`].
    ///
    /// # Errors
    /// [`Error::NoBreakpoint`] for an id to remove that does not exist. For a breakpoint to add:
    /// [`Error::TooLarge`] for too many breakpoints or too much text, the errors of
    /// [`Modules::check`] for its location, and those of its condition and of its capture.
    pub(crate) fn change(&mut self, modules: &mut Modules, change: &Change) -> Result<BreakpointId, Error> {
        match change {
            Change::Add(spec) => {
                if self.location_of.len() >= MAX_BREAKPOINTS {
                    return Err(Error::TooLarge { limit: u64::try_from(MAX_BREAKPOINTS).unwrap_or(u64::MAX) });
                }
                modules.check(spec.location.module, spec.location.pc)?;
                if let Action::Capture(capture) = &spec.action {
                    capture.check()?;
                }
                let text_bytes = self.text_bytes.saturating_add(text_length(spec));
                if text_bytes > MAX_CONDITIONS {
                    return Err(Error::TooLarge { limit: u64::try_from(MAX_CONDITIONS).unwrap_or(u64::MAX) });
                }
                let entry = modules.get_mut(spec.location.module)?;
                let condition = spec.condition.as_deref().map(|text| entry.condition(text, spec.location.pc));
                let condition = condition.transpose()?;
                self.last_id = self.last_id.checked_add(1).ok_or(Error::TooLarge { limit: u64::from(u32::MAX) })?;
                let id = BreakpointId(self.last_id);
                let breakpoint = Breakpoint { id, spec: spec.clone(), hits: 0, taken: 0 };
                self.at
                    .entry(spec.location)
                    .or_default()
                    .push(id, ArmedBreakpoint { breakpoint, condition, n_held: 0 });
                self.text_bytes = text_bytes;
                self.location_of.insert(id, spec.location);
                self.changed.insert(spec.location);
                Ok(id)
            }
            Change::Remove(id) => {
                let location = self.location_of.remove(id).ok_or(Error::NoBreakpoint(*id))?;
                self.remove_at(location, *id);
                Ok(*id)
            }
        }
    }

    fn remove_at(&mut self, location: Location, id: BreakpointId) {
        if let Some(here) = self.at.get_mut(&location) {
            if let Some(set) = here.remove(id) {
                self.text_bytes = self.text_bytes.saturating_sub(text_length(&set.breakpoint.spec));
            }
            if here.is_empty() {
                self.at.remove(&location);
            }
        }
        self.changed.insert(location);
    }

    /// Counts a hit at a location, makes the wanted records, and returns which breakpoints want a
    /// stop. Allocates only for a stop.
    pub(crate) fn hit<T: 'static>(&mut self, context: &mut HitContext<'_, '_, T>) -> Hit {
        let location = context.position.location;
        let Some(here) = self.at.get_mut(&location) else { return Hit::Passes };
        let mut stops = Vec::new();
        let mut fault = None;
        let mut any_spent = false;
        for set in here.iter_mut() {
            match set.is_taken(context) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => {
                    fault = Some((set.breakpoint.id, error));
                    continue;
                }
            }
            any_spent |= set.is_spent();
            match &set.breakpoint.spec.action {
                Action::Stop => stops.push(set.breakpoint.id),
                Action::Count => {}
                Action::Capture(spec) => context.capture(set.breakpoint.id, spec),
            }
        }
        if any_spent {
            let spent = here.iter().filter(|set| set.is_spent()).map(|set| set.breakpoint.id);
            for id in spent.collect::<Vec<_>>() {
                self.location_of.remove(&id);
                self.remove_at(location, id);
            }
        }
        match fault {
            Some((id, fault)) => Hit::Fails(id, fault),
            None if stops.is_empty() => Hit::Passes,
            None => Hit::Stops(stops),
        }
    }

    /// The breakpoints from an id on, in order of their ids, at most `limit`.
    pub(crate) fn list(&self, first: BreakpointId, limit: usize) -> Vec<Breakpoint> {
        let find = |(id, location): (&BreakpointId, &Location)| {
            self.at.get(location)?.get(*id).map(|set| set.breakpoint.clone())
        };
        self.location_of.range(first..).filter_map(find).take(limit).collect()
    }

    /// Removes all breakpoints. Ids go on from where they were.
    pub(crate) fn clear(&mut self) {
        self.changed.extend(self.at.drain().map(|(location, _)| location));
        self.location_of.clear();
        self.text_bytes = 0;
    }

    /// Takes everything out of the engine at the next [`Breakpoints::apply`]. The breakpoints
    /// themselves stay, to be read.
    pub(crate) fn disable(&mut self) {
        self.disabled = true;
        self.changed.extend(self.patches.armed());
    }

    /// Sets the locations where the current step ends. They replace those of the step before.
    pub(crate) fn set_temporary(&mut self, locations: impl Iterator<Item = Location>) {
        self.current.clear();
        self.current.extend(locations);
        for location in &self.current {
            if self.temporary.insert(*location, false).is_none() {
                self.changed.insert(*location);
            }
        }
    }

    /// Whether any temporary breakpoint is in the code, of the current step or left over from a
    /// past one.
    #[inline]
    pub(crate) fn has_temporary(&self) -> bool {
        !self.temporary.is_empty()
    }

    /// Notes that a hit was discarded. Returns whether a leftover of a past step may have caused
    /// it.
    pub(crate) fn note_discarded(&mut self, location: Location) -> bool {
        let Breakpoints { temporary, current, .. } = self;
        if let Some(was_hit) = temporary.get_mut(&location) {
            let is_leftover = !current.contains(&location);
            *was_hit |= is_leftover;
            return is_leftover;
        }
        if self.at.contains_key(&location) || self.watched.contains_key(&location) {
            return false;
        }
        // A sibling module's breakpoint was hit, or one that has slipped because its own location
        // is never reached. It does not matter which.
        for was_hit in temporary.values_mut() {
            *was_hit = true;
        }
        true
    }

    /// Removes leftovers of past steps: those that were hit, or all of them if `all` is set or if
    /// there are more than [`MAX_LEFTOVERS`] temporary breakpoints.
    pub(crate) fn drop_leftovers(&mut self, all: bool) {
        let Breakpoints { temporary, current, changed, .. } = self;
        let all = all || temporary.len() > MAX_LEFTOVERS;
        temporary.retain(|location, was_hit| {
            let stays = current.contains(location) || !(all || *was_hit);
            if !stays {
                changed.insert(*location);
            }
            stays
        });
    }

    /// Whether the engine has a breakpoint at a location, and it is still wanted.
    pub(crate) fn is_armed(&self, location: Location) -> bool {
        self.patches.is_armed(&location) && self.is_wanted(&location)
    }

    /// Whether any change has not reached the engine yet.
    pub(crate) fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The number of locations that an edit session would look at.
    pub(crate) fn n_changes(&self) -> usize {
        self.changed.len()
    }

    /// Whether the engine is in single-step mode.
    #[inline]
    pub(crate) fn is_single_stepping(&self) -> bool {
        self.patches.is_single_stepping()
    }

    /// Whether an edit session is due. In single-step mode every instruction is an event, so
    /// changes can wait.
    pub(crate) fn is_due(&mut self, single_step: bool) -> bool {
        if !self.changed.is_empty() {
            let mut changed = std::mem::take(&mut self.changed);
            changed.retain(|location| self.is_wanted(location) != self.patches.is_armed(location));
            self.changed = changed;
        }
        self.patches.is_single_stepping() != single_step || (!single_step && !self.changed.is_empty())
    }

    fn is_wanted(&self, location: &Location) -> bool {
        let Breakpoints { at, temporary, watched, .. } = self;
        !self.disabled
            && (at.contains_key(location) || temporary.contains_key(location) || watched.contains_key(location))
    }

    /// Whether only the watchpoints can have caused an event at a location. In single-step mode
    /// there are events everywhere.
    #[inline]
    pub(crate) fn is_for_watchpoints_only(&self, location: Location) -> bool {
        !self.patches.is_single_stepping()
            && !self.at.contains_key(&location)
            && !self.temporary.contains_key(&location)
    }

    /// Adds one reason for the watchpoints to have an event at a location.
    pub(crate) fn watch(&mut self, location: Location) {
        let reasons = self.watched.entry(location).or_default();
        *reasons = reasons.saturating_add(1);
        if *reasons == 1 {
            self.changed.insert(location);
        }
    }

    /// Takes back one reason that [`Breakpoints::watch`] has added.
    pub(crate) fn unwatch(&mut self, location: Location) {
        if let Some(reasons) = self.watched.get_mut(&location) {
            *reasons = reasons.saturating_sub(1);
            if *reasons == 0 {
                self.watched.remove(&location);
                self.changed.insert(location);
            }
        }
    }

    /// Arms some locations that are about to get breakpoints, and returns those where the engine
    /// can stop. They stay armed; the next edit session removes those that turn out not to be
    /// wanted.
    pub(crate) fn probe<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        locations: Vec<Location>,
    ) -> Result<Vec<Location>, Error> {
        let (mut exact, new): (Vec<_>, Vec<_>) =
            locations.into_iter().partition(|location| self.patches.is_armed(location));
        if !new.is_empty() {
            let taken = self.patches.probe(frozen, new)?;
            self.changed.extend(&taken);
            exact.extend(taken);
        }
        Ok(exact)
    }

    /// Finds out at which of some locations the engine can stop, and leaves its breakpoints as they
    /// were.
    pub(crate) fn find_step_points<T: 'static>(
        &self,
        frozen: &mut Frozen<'_, T>,
        locations: &[Location],
    ) -> Result<FxHashSet<Location>, Error> {
        self.patches.find_step_points(frozen, locations)
    }

    /// Brings the engine's code in line with what is wanted, in one edit session.
    pub(crate) fn apply<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, single_step: bool) -> Result<(), Error> {
        let mut changed: Vec<Location> = self.changed.drain().collect();
        changed.sort_unstable();
        let (arm, disarm): (Vec<_>, Vec<_>) = changed.into_iter().partition(|location| self.is_wanted(location));
        self.patches.edit(frozen, &disarm, &arm, single_step)
    }
}
