//! Asks the engine where it can stop.
//!
//! Instructions that the translator leaves out can be seen in the module (`binary/reachability`).
//! Those that the optimizer removes afterwards cannot: the branch of a condition that turns out to
//! be constant has no step points, and a breakpoint there would slip to the next one. So the engine
//! is asked before the first breakpoint at a location is set, in one edit session for a whole
//! batch, and the breakpoints that it takes unchanged stay. Where it does not take one unchanged,
//! it is asked about the whole function, because an error names the nearest instructions before and
//! after. Invariant: the engine has the breakpoints that the ledger says it has, and every answer
//! of the engine is kept with its function.

use super::ledger::Wanted;
use crate::engine::{Frozen, Modules};
use crate::plain::{Error, Location, ModuleId};
use rustc_hash::FxHashSet;

/// Whether the engine need not be asked about any of these locations.
pub(crate) fn need_no_query(modules: &mut Modules, locations: &[Location]) -> bool {
    // A module that does not exist is refused later.
    let is_verified =
        |location: &Location| modules.get_mut(location.module).map_or(true, |entry| entry.is_verified(location.pc));
    locations.iter().all(is_verified)
}

/// The functions on which some locations depend and about which the engine has not been asked: each
/// by its module and its index among the module's defined functions.
fn not_asked(modules: &mut Modules, locations: &[Location]) -> FxHashSet<(ModuleId, usize)> {
    let mut functions = FxHashSet::default();
    for location in locations {
        // A module that does not exist is refused later.
        if let Ok(entry) = modules.get_mut(location.module) {
            functions.extend(entry.not_asked(location.pc).into_iter().map(|function| (location.module, function)));
        }
    }
    functions
}

/// Asks the engine about some locations, and about whole functions where it cannot stop at a
/// location.
pub(crate) fn verify_locations<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    locations: &[Location],
) -> Result<(), Error> {
    let breakpoints = &mut wanted.breakpoints;
    let mut unverified: Vec<Location> = locations.to_vec();
    unverified.retain(|location| {
        frozen.known.modules.get_mut(location.module).is_ok_and(|entry| entry.is_unverified(location.pc))
    });
    if !unverified.is_empty() {
        unverified.sort_unstable();
        unverified.dedup();
        for location in breakpoints.probe(frozen, unverified)? {
            frozen.known.modules.get_mut(location.module)?.verify(location.pc);
        }
    }
    loop {
        // Repeated, because a location that turns out to be no step point depends on the
        // neighbouring functions too.
        let functions = not_asked(&mut frozen.known.modules, locations);
        if functions.is_empty() {
            return Ok(());
        }
        let mut candidates = Vec::new();
        for (module, function) in &functions {
            let pcs = frozen.known.modules.get_mut(*module)?.instructions(*function);
            candidates.extend(pcs.into_iter().map(|pc| Location { module: *module, pc }));
        }
        let found = breakpoints.find_step_points(frozen, &candidates)?;
        for (module, function) in functions {
            let can_stop = |pc| found.contains(&Location { module, pc });
            frozen.known.modules.get_mut(module)?.keep(function, can_stop);
        }
    }
}
