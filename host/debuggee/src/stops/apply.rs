//! Brings the program's code in line with the wanted half of the ledger.
//!
//! Invariant: one call opens at most one edit session (which costs at least 0.4 ms), and none if
//! nothing differs.

use super::ledger::Wanted;
use crate::engine::Frozen;
use crate::plain::Error;
use std::time::Instant;

impl Wanted {
    /// Brings the program's code in line with what is wanted, in one edit session if one is due.
    pub(crate) fn apply<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>) -> Result<(), Error> {
        let Wanted { breakpoints, stepper, .. } = self;
        breakpoints.set_temporary(stepper.targets());
        let single_step = stepper.wants_single_step();
        if !breakpoints.is_due(single_step) {
            return Ok(());
        }
        let was_stepping = breakpoints.is_single_stepping();
        if !stepper.is_predicted() {
            // In single-step mode the hits of leftovers were not counted.
            breakpoints.drop_leftovers(was_stepping);
            stepper.clear_stale_hits();
        }
        let n_changes = breakpoints.n_changes();
        let begun = Instant::now();
        breakpoints.apply(frozen, single_step)?;
        stepper.measured(begun.elapsed(), single_step != was_stepping, n_changes);
        Ok(())
    }

    /// Takes everything out of the code after a detach, so that the program runs at its own speed.
    pub(crate) fn patch_out<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>) {
        self.disable();
        if let Err(error) = self.apply(frozen) {
            tracing::warn!(%error, "breakpoints could not be taken out; the program runs on, slower");
        }
    }

    /// Gives up everything that is wanted in the code.
    pub(super) fn disable(&mut self) {
        self.breakpoints.disable();
        self.stepper.detach();
    }
}
