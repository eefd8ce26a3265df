//! Where the engine can stop, asked of the engine itself.
//!
//! What the translator leaves out can be seen in the module (`reach.rs`), what the optimizer removes after it cannot: the
//! branch of a condition that turns out to be constant has no step points, and a breakpoint there would slip to the next one.
//! So the engine is asked before the first breakpoint at a place, in one edit session for all of a batch, and the breakpoints that it
//! takes as they are stay. Where it does not, the whole function is asked for, because a refusal names the neighbours.
//! Invariant: what the engine has is what the ledger says it has, and what is found out stays with the function.

use super::shared::Ledger;
use super::{Error, Location, ModuleId};
use rustc_hash::FxHashSet;
use wasmtime::StoreContextMut;

/// Whether there is nothing to ask about some locations.
pub(crate) fn are_settled(ledger: &mut Ledger, locations: &[Location]) -> bool {
    // A module that does not exist is refused later.
    let is_settled = |location: &Location| {
        ledger.modules.get_mut(location.module).map_or(true, |entry| entry.is_settled(location.pc))
    };
    locations.iter().all(is_settled)
}

/// The functions that some locations depend on and that have not been asked for: each by its module and its index among
/// the module's defined functions.
fn unknown(ledger: &mut Ledger, locations: &[Location]) -> FxHashSet<(ModuleId, usize)> {
    let mut functions = FxHashSet::default();
    for location in locations {
        // A module that does not exist is refused later.
        if let Ok(entry) = ledger.modules.get_mut(location.module) {
            functions.extend(entry.unknown(location.pc).into_iter().map(|function| (location.module, function)));
        }
    }
    functions
}

/// Asks the engine for all functions that some locations depend on.
pub(crate) fn look_up<T: 'static>(
    ledger: &mut Ledger,
    store: &mut StoreContextMut<'_, T>,
    locations: &[Location],
) -> Result<(), Error> {
    let mut places: Vec<Location> = locations.to_vec();
    places.retain(|location| ledger.modules.get_mut(location.module).is_ok_and(|entry| entry.is_unproven(location.pc)));
    if !places.is_empty() {
        places.sort_unstable();
        places.dedup();
        for place in ledger.breakpoints.probe(&mut ledger.modules, store, places)? {
            ledger.modules.get_mut(place.module)?.code.prove(place.pc);
        }
    }
    loop {
        // Once more, because an instruction that turns out to be none depends on its neighbours too.
        let functions = unknown(ledger, locations);
        if functions.is_empty() {
            return Ok(());
        }
        let mut candidates = Vec::new();
        for (module, function) in &functions {
            let pcs = ledger.modules.get_mut(*module)?.instructions(*function);
            candidates.extend(pcs.into_iter().map(|pc| Location { module: *module, pc }));
        }
        let found = ledger.breakpoints.try_out(&mut ledger.modules, store, &candidates)?;
        for (module, function) in functions {
            let can_stop = |pc| found.contains(&Location { module, pc });
            ledger.modules.get_mut(module)?.keep(function, can_stop);
        }
    }
}
