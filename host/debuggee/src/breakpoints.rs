//! Breakpoints: what is wanted, what the engine has, and how one becomes the other.
//!
//! Owned by the ledger. Invariant: each location is registered with the engine at most once, whatever number of
//! breakpoints share it, and a resume edits the engine's code in at most one session (which costs 0.4 ms and more), plus one in
//! the middle when a step out reaches the host or going on as before has cost as much as the session.
//!
//! Two traps of the engine are dealt with here. The modules of one component share one table of step points, keyed by
//! offset alone: a breakpoint in one fires in its siblings (so hits are matched by module and offset) and
//! taking one out disarms the siblings' (so survivors are armed again). And a session that turns single-stepping
//! off disarms breakpoints of all but the last such sibling.

use super::condition::{Condition, Fault};
use super::modules::Modules;
use super::place::Place;
use super::recorder::CaptureSpec;
use super::{BreakpointId, Error, Location};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use wasmtime::{AsContext, AsContextMut, BreakpointEdit, ModulePC, StoreContextMut};

/// How many breakpoints a program can have.
pub(crate) const MAX_BREAKPOINTS: usize = 1_000_000;
/// How many bytes the texts of all conditions can have together: 32 MiB. What they are compiled to is several times as much.
pub(crate) const MAX_TEXT: usize = 32 << 20;
/// How many places of past steps stay in the code.
const MAX_LEFTOVERS: usize = 1000;

/// What happens when a breakpoint is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Action {
    /// The program stops.
    #[default]
    Stop,
    /// The breakpoint's own counter goes up and the program goes on.
    Count,
    /// A record is made and the program goes on: a *tracepoint*.
    Capture(CaptureSpec),
}

/// Where and when to do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakpointSpec {
    /// An instruction; it has to be exact.
    pub location: Location,
    /// Only hits at which this [condition](super::condition) holds count for anything but [`Breakpoint::hits`].
    pub condition: Option<String>,
    /// How many of those hits are let pass first.
    pub ignore: u64,
    /// After these, every how many hits it is taken; 0 and 1 both mean every time.
    pub every: u64,
    /// Remove the breakpoint when it is first taken.
    pub one_shot: bool,
    /// What is done when it is taken.
    pub action: Action,
}

impl BreakpointSpec {
    /// A plain breakpoint.
    #[must_use]
    pub fn at(location: Location) -> BreakpointSpec {
        BreakpointSpec { location, condition: None, ignore: 0, every: 1, one_shot: false, action: Action::Stop }
    }
}

/// A breakpoint that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakpoint {
    /// Its number.
    pub id: BreakpointId,
    /// What it was set with.
    pub spec: BreakpointSpec,
    /// How many times the program came to it.
    pub hits: u64,
    /// How many of those it was taken.
    pub taken: u64,
}

/// A breakpoint as the ledger has it.
struct Set {
    breakpoint: Breakpoint,
    condition: Option<Condition>,
    /// How many hits the condition held at.
    held: u64,
}

impl Set {
    /// Counts a hit; whether the breakpoint is taken.
    fn is_taken(&mut self, site: &mut impl Site) -> Result<bool, Fault> {
        let Set { breakpoint, condition, held } = self;
        breakpoint.hits = breakpoint.hits.saturating_add(1);
        if let Some(condition) = condition
            && !site.holds(condition, breakpoint.hits)?
        {
            return Ok(false);
        }
        *held = held.saturating_add(1);
        let taken = is_due(*held, breakpoint.spec.ignore, breakpoint.spec.every);
        breakpoint.taken = breakpoint.taken.saturating_add(u64::from(taken));
        Ok(taken)
    }

    fn is_spent(&self) -> bool {
        self.breakpoint.spec.one_shot && self.breakpoint.taken > 0
    }
}

/// Whether the n-th hit is taken, if the first `ignore` are let pass and then every `every`-th is taken.
pub(crate) fn is_due(n: u64, ignore: u64, every: u64) -> bool {
    match n.checked_sub(ignore) {
        None | Some(0) => false,
        Some(counted) => counted.checked_rem(every).unwrap_or_default() == 0,
    }
}

/// The place of a hit, for conditions and captures.
pub(crate) trait Site {
    /// Evaluates a condition.
    fn holds(&mut self, condition: &Condition, hits: u64) -> Result<bool, Fault>;
    /// Makes a record.
    fn capture(&mut self, id: BreakpointId, spec: &CaptureSpec);
}

/// What a hit comes to.
#[derive(Debug)]
pub(crate) enum Hit {
    /// Nothing wants a stop.
    Passes,
    /// These breakpoints want one, in order of their ids.
    Stops(Vec<BreakpointId>),
    /// A condition could not be evaluated.
    Fails(BreakpointId, Fault),
}

/// One change to the breakpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets a breakpoint.
    Add(BreakpointSpec),
    /// Removes one.
    Remove(BreakpointId),
}

impl Change {
    /// The location of a breakpoint that is to be set.
    pub(crate) fn location(&self) -> Option<Location> {
        match self {
            Change::Add(spec) => Some(spec.location),
            Change::Remove(_) => None,
        }
    }
}

fn text_length(spec: &BreakpointSpec) -> usize {
    spec.condition.as_ref().map_or(0, String::len)
}

/// The breakpoints of a program.
#[derive(Default)]
pub(crate) struct Breakpoints {
    /// Those at each location, in order of their ids.
    at: FxHashMap<Location, Place<Set>>,
    location_of: BTreeMap<BreakpointId, Location>,
    last_id: u32,
    /// Bytes of all conditions' texts.
    n_text: usize,
    /// Where the current step ends, and where past ones did: those stay in the code for the next time around, until
    /// their hits have cost too much. Whether such a leftover was hit.
    temporary: FxHashMap<Location, bool>,
    /// Those of `temporary` that are the current step's.
    current: Vec<Location>,
    /// Where the program has to come by for the watchpoints, and for how many reasons.
    watched: FxHashMap<Location, u32>,
    /// What the engine has.
    armed: FxHashSet<Location>,
    /// Locations that may differ between what is wanted and `armed`.
    changed: FxHashSet<Location>,
    /// Whether the engine is in single-step mode.
    stepping: bool,
    /// Whether the debugger has gone, or the program.
    disabled: bool,
}

impl Breakpoints {
    /// Applies one change to the ledger; the engine follows at the next [`Breakpoints::apply`].
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
                let n_text = self.n_text.saturating_add(text_length(spec));
                if n_text > MAX_TEXT {
                    return Err(Error::TooLarge { limit: u64::try_from(MAX_TEXT).unwrap_or(u64::MAX) });
                }
                let entry = modules.get_mut(spec.location.module)?;
                let condition = spec.condition.as_deref().map(|text| entry.condition(text, spec.location.pc));
                let condition = condition.transpose()?;
                self.last_id = self.last_id.checked_add(1).ok_or(Error::TooLarge { limit: u64::from(u32::MAX) })?;
                let id = BreakpointId(self.last_id);
                let breakpoint = Breakpoint { id, spec: spec.clone(), hits: 0, taken: 0 };
                self.at.entry(spec.location).or_default().push(id, Set { breakpoint, condition, held: 0 });
                self.n_text = n_text;
                self.location_of.insert(id, spec.location);
                self.changed.insert(spec.location);
                Ok(id)
            }
            Change::Remove(id) => {
                let location = self.location_of.remove(id).ok_or(Error::NoBreakpoint(*id))?;
                self.take_out(location, *id);
                Ok(*id)
            }
        }
    }

    fn take_out(&mut self, location: Location, id: BreakpointId) {
        if let Some(here) = self.at.get_mut(&location) {
            if let Some(set) = here.remove(id) {
                self.n_text = self.n_text.saturating_sub(text_length(&set.breakpoint.spec));
            }
            if here.is_empty() {
                self.at.remove(&location);
            }
        }
        self.changed.insert(location);
    }

    /// Counts a hit at a location, has the records made that are wanted, and says who wants a stop. Allocates only for a stop.
    pub(crate) fn hit(&mut self, location: Location, site: &mut impl Site) -> Hit {
        let Some(here) = self.at.get_mut(&location) else { return Hit::Passes };
        let mut stops = Vec::new();
        let mut fault = None;
        let mut any_spent = false;
        for set in here.iter_mut() {
            match set.is_taken(site) {
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
                Action::Capture(spec) => site.capture(set.breakpoint.id, spec),
            }
        }
        if any_spent {
            let spent = here.iter().filter(|set| set.is_spent()).map(|set| set.breakpoint.id);
            for id in spent.collect::<Vec<_>>() {
                self.location_of.remove(&id);
                self.take_out(location, id);
            }
        }
        match fault {
            Some((id, fault)) => Hit::Fails(id, fault),
            None if stops.is_empty() => Hit::Passes,
            None => Hit::Stops(stops),
        }
    }

    /// All breakpoints, in order of their ids.
    pub(crate) fn all(&self) -> Vec<Breakpoint> {
        let find = |(id, location): (&BreakpointId, &Location)| {
            self.at.get(location)?.get(*id).map(|set| set.breakpoint.clone())
        };
        self.location_of.iter().filter_map(find).collect()
    }

    /// Wants nothing of the engine any more; the ledger itself stays to be read.
    pub(crate) fn disable(&mut self) {
        self.disabled = true;
        self.changed.extend(self.armed.iter().copied());
    }

    /// Sets the places where the current step ends, instead of those of the step before.
    pub(crate) fn set_temporary(&mut self, locations: impl Iterator<Item = Location>) {
        self.current.clear();
        self.current.extend(locations);
        for location in &self.current {
            if self.temporary.insert(*location, false).is_none() {
                self.changed.insert(*location);
            }
        }
    }

    /// Whether the current step ends anywhere, or a past one did and is still in the code.
    pub(crate) fn has_temporary(&self) -> bool {
        !self.temporary.is_empty()
    }

    /// Notes that a hit was discarded; whether the place of a past step may have caused it.
    pub(crate) fn is_leftover(&mut self, location: Location) -> bool {
        let Breakpoints { temporary, current, .. } = self;
        if let Some(was_hit) = temporary.get_mut(&location) {
            let is_leftover = !current.contains(&location);
            *was_hit |= is_leftover;
            return is_leftover;
        }
        if self.at.contains_key(&location) || self.watched.contains_key(&location) {
            return false;
        }
        // A sibling module's, or one that has slipped because its own place is never reached. Which, is not worth to know.
        for was_hit in temporary.values_mut() {
            *was_hit = true;
        }
        true
    }

    /// Gives up the places of past steps: those that were hit since, or all of them if so wished or if they are many.
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

    /// Whether the engine has a breakpoint here, and it is wanted still.
    pub(crate) fn is_armed(&self, location: Location) -> bool {
        self.armed.contains(&location) && self.is_wanted(&location)
    }

    /// Whether the ledger has changes that the engine has not.
    pub(crate) fn has_changes(&self) -> bool {
        !self.changed.is_empty()
    }

    /// How many places an edit session would look at.
    pub(crate) fn n_changes(&self) -> usize {
        self.changed.len()
    }

    /// Whether the engine is in single-step mode.
    pub(crate) fn is_stepping(&self) -> bool {
        self.stepping
    }

    /// Whether an edit session is due. In single-step mode every instruction is an event, and changes can wait.
    pub(crate) fn is_due(&mut self, stepping: bool) -> bool {
        if !self.changed.is_empty() {
            let mut changed = std::mem::take(&mut self.changed);
            changed.retain(|location| self.is_wanted(location) != self.armed.contains(location));
            self.changed = changed;
        }
        self.stepping != stepping || (!stepping && !self.changed.is_empty())
    }

    fn is_wanted(&self, location: &Location) -> bool {
        let Breakpoints { at, temporary, watched, .. } = self;
        !self.disabled
            && (at.contains_key(location) || temporary.contains_key(location) || watched.contains_key(location))
    }

    /// Whether the program can come by at a location for the watchpoints only. In single-step mode it comes by everywhere.
    #[inline]
    pub(crate) fn is_for_watchpoints_only(&self, location: Location) -> bool {
        !self.stepping && !self.at.contains_key(&location) && !self.temporary.contains_key(&location)
    }

    /// One more reason for the watchpoints to have the program come by here.
    pub(crate) fn watch(&mut self, location: Location) {
        let reasons = self.watched.entry(location).or_default();
        *reasons = reasons.saturating_add(1);
        if *reasons == 1 {
            self.changed.insert(location);
        }
    }

    /// One reason less.
    pub(crate) fn unwatch(&mut self, location: Location) {
        if let Some(reasons) = self.watched.get_mut(&location) {
            *reasons = reasons.saturating_sub(1);
            if *reasons == 0 {
                self.watched.remove(&location);
                self.changed.insert(location);
            }
        }
    }

    /// Arms some places that are to get breakpoints, and gives those where the engine can stop. They stay armed, and the next
    /// edit session takes out what turns out not to be wanted.
    pub(crate) fn probe<T: 'static>(
        &mut self,
        modules: &mut Modules,
        store: &mut StoreContextMut<'_, T>,
        places: Vec<Location>,
    ) -> Result<Vec<Location>, Error> {
        let (mut exact, new): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| self.armed.contains(place));
        if new.is_empty() {
            return Ok(exact);
        }
        let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
        for place in &new {
            arm(modules, &mut session, *place)?;
        }
        drop(session);
        let found = engine_has(modules, store);
        let (taken, slipped): (Vec<_>, Vec<_>) = new.into_iter().partition(|place| found.contains(place));
        self.armed.extend(&taken);
        self.changed.extend(&taken);
        exact.extend(taken);
        if !slipped.is_empty() {
            let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
            for place in slipped {
                disarm(modules, &mut session, place)?;
            }
            if modules.len() > 1 && !self.stepping {
                // Where they slipped to, a sibling may have lost its own.
                self.arm_again(modules, &mut session, |_| true)?;
            }
        }
        Ok(exact)
    }

    /// Finds out at which of some locations the engine can stop: it moves a breakpoint anywhere else to the next place
    /// where it can. Leaves the engine's breakpoints as they were.
    pub(crate) fn try_out<T: 'static>(
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
        let found = engine_has(modules, store);
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
    pub(crate) fn apply(
        &mut self,
        modules: &Modules,
        mut session: BreakpointEdit<'_>,
        stepping: bool,
    ) -> Result<(), Error> {
        let mut changed: Vec<Location> = self.changed.drain().collect();
        changed.sort_unstable();
        // Offsets at which a removal may have disarmed a sibling.
        let mut disarmed = FxHashSet::default();
        for location in &changed {
            if !self.is_wanted(location) && self.armed.remove(location) {
                disarm(modules, &mut session, *location)?;
                disarmed.insert(location.pc);
            }
        }
        for location in &changed {
            if self.is_wanted(location) && self.armed.insert(*location) {
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

/// Where the engine has breakpoints.
fn engine_has<T: 'static>(modules: &mut Modules, store: &StoreContextMut<'_, T>) -> FxHashSet<Location> {
    let breakpoints = store.as_context().breakpoints().into_iter().flatten();
    breakpoints.map(|at| Location { module: modules.id_of(&at.module), pc: at.pc.raw() }).collect()
}

fn arm(modules: &Modules, session: &mut BreakpointEdit<'_>, location: Location) -> Result<(), Error> {
    Ok(session.add_breakpoint(&modules.get(location.module)?.module, ModulePC::new(location.pc))?)
}

fn disarm(modules: &Modules, session: &mut BreakpointEdit<'_>, location: Location) -> Result<(), Error> {
    Ok(session.remove_breakpoint(&modules.get(location.module)?.module, ModulePC::new(location.pc))?)
}
