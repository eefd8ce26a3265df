//! The breakpoints that the engine has in the program's code, and its single-step mode.
//!
//! This file deals with two pitfalls of the engine. The modules of one component share one table of
//! step points, keyed by offset alone: a breakpoint in one module fires in its siblings (so hits
//! are matched by module and offset), and removing one disarms the siblings' (so the remaining ones
//! are armed again). And an edit session that turns single-step mode off disarms the breakpoints of
//! all but the last such sibling.
//!
//! Invariant: each location is registered with the engine at most once, and the engine has exactly
//! the breakpoints that are recorded here.

use super::frozen::Frozen;
use super::modules::Modules;
use crate::plain::{Error, Location};
use rustc_hash::FxHashSet;
use wasmtime::{AsContext, AsContextMut, BreakpointEdit, ModulePC};

/// The breakpoints and the mode that the engine has.
#[derive(Default)]
pub(crate) struct Patches {
    armed: FxHashSet<Location>,
    is_single_stepping: bool,
}

impl Patches {
    /// Whether the engine has a breakpoint at a location.
    #[inline]
    pub(crate) fn is_armed(&self, location: &Location) -> bool {
        self.armed.contains(location)
    }

    /// All locations at which the engine has a breakpoint.
    pub(crate) fn armed(&self) -> impl Iterator<Item = Location> + '_ {
        self.armed.iter().copied()
    }

    /// Whether the engine is in single-step mode.
    #[inline]
    pub(crate) fn is_single_stepping(&self) -> bool {
        self.is_single_stepping
    }

    /// Arms and disarms locations and switches single-step mode, in one edit session.
    pub(crate) fn edit<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        disarm: &[Location],
        arm: &[Location],
        single_step: bool,
    ) -> Result<(), Error> {
        let Frozen { store, known } = frozen;
        let modules = &known.modules;
        let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
        // The engine's offsets at which a removal may have disarmed a sibling's breakpoint.
        let mut disarmed = FxHashSet::default();
        for location in disarm {
            if self.armed.remove(location) {
                remove(modules, &mut session, *location)?;
                disarmed.insert(engine_pc(modules, *location)?);
            }
        }
        for location in arm {
            if self.armed.insert(*location) {
                add(modules, &mut session, *location)?;
            }
        }
        let is_turned_off = self.is_single_stepping && !single_step;
        if self.is_single_stepping != single_step {
            session.single_step(single_step)?;
            self.is_single_stepping = single_step;
        }
        if modules.len() > 1 && !single_step && (is_turned_off || !disarmed.is_empty()) {
            self.arm_again(modules, &mut session, |engine_pc| is_turned_off || disarmed.contains(&engine_pc))?;
        }
        Ok(())
    }

    /// Arms some locations, and returns those at which the engine can stop. These stay armed. Where
    /// the engine has moved a breakpoint to another location, the breakpoint is removed again.
    pub(crate) fn probe<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        locations: Vec<Location>,
    ) -> Result<Vec<Location>, Error> {
        let Frozen { store, known } = &mut *frozen;
        let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
        for location in &locations {
            add(&known.modules, &mut session, *location)?;
        }
        drop(session);
        let found = engine_locations(frozen);
        let (taken, slipped): (Vec<_>, Vec<_>) = locations.into_iter().partition(|location| found.contains(location));
        self.armed.extend(&taken);
        if !slipped.is_empty() {
            let Frozen { store, known } = frozen;
            let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
            for location in slipped {
                remove(&known.modules, &mut session, location)?;
            }
            if known.modules.len() > 1 && !self.is_single_stepping {
                // At the location to which a breakpoint slipped, a sibling may have lost its own.
                self.arm_again(&known.modules, &mut session, |_| true)?;
            }
        }
        Ok(taken)
    }

    /// Finds out at which of some locations the engine can stop; a breakpoint at any other location
    /// it moves to the next step point. Leaves the engine's breakpoints as they were.
    pub(crate) fn find_step_points<T: 'static>(
        &self,
        frozen: &mut Frozen<'_, T>,
        locations: &[Location],
    ) -> Result<FxHashSet<Location>, Error> {
        let Frozen { store, known } = &mut *frozen;
        let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
        for location in locations {
            add(&known.modules, &mut session, *location)?;
        }
        drop(session);
        let found = engine_locations(frozen);
        let Frozen { store, known } = frozen;
        let mut session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
        for location in locations {
            remove(&known.modules, &mut session, *location)?;
        }
        if known.modules.len() > 1 && !self.is_single_stepping {
            let modules = &known.modules;
            let tried =
                found.iter().map(|location| engine_pc(modules, *location)).collect::<Result<FxHashSet<_>, _>>()?;
            self.arm_again(modules, &mut session, |engine_pc| tried.contains(&engine_pc))?;
        }
        Ok(found)
    }

    /// Arms again those locations that the removal of a sibling's breakpoint may have disarmed, as
    /// `is_meant` says of the engine's offsets.
    fn arm_again(
        &self,
        modules: &Modules,
        session: &mut BreakpointEdit<'_>,
        is_meant: impl Fn(u32) -> bool,
    ) -> Result<(), Error> {
        for location in &self.armed {
            if is_meant(engine_pc(modules, *location)?) {
                remove(modules, session, *location)?;
                add(modules, session, *location)?;
            }
        }
        Ok(())
    }
}

/// The locations at which the engine says that it has breakpoints.
fn engine_locations<T: 'static>(frozen: &mut Frozen<'_, T>) -> FxHashSet<Location> {
    let Frozen { store, known } = frozen;
    let breakpoints = store.as_context().breakpoints().into_iter().flatten();
    breakpoints
        .filter_map(|at| {
            let module = known.modules.id_of(&at.module);
            let pc = known.modules.get(module).ok()?.program_pc(at.pc.raw())?;
            Some(Location { module, pc })
        })
        .collect()
}

/// The engine's offset of a location.
fn engine_pc(modules: &Modules, location: Location) -> Result<u32, Error> {
    Ok(modules.get(location.module)?.engine_pc(location.pc))
}

fn add(modules: &Modules, session: &mut BreakpointEdit<'_>, location: Location) -> Result<(), Error> {
    Ok(session.add_breakpoint(modules.get(location.module)?.handle(), ModulePC::new(engine_pc(modules, location)?))?)
}

fn remove(modules: &Modules, session: &mut BreakpointEdit<'_>, location: Location) -> Result<(), Error> {
    Ok(session
        .remove_breakpoint(modules.get(location.module)?.handle(), ModulePC::new(engine_pc(modules, location)?))?)
}
