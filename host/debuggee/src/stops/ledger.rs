//! The ledger: what is known of a program, and what is wanted of it.
//!
//! One per program, behind one lock. Invariant: the two halves can be borrowed separately, so that
//! the known half can be read while decisions change the wanted one.

use super::breakpoints::Breakpoints;
use super::recorder::Recorder;
use super::stepping::Stepper;
use super::stop_slot::StopSlot;
use super::watch::Watch;
use crate::engine::Known;
use crate::plain::Captures;

/// The two halves of a program's ledger.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) known: Known,
    pub(crate) wanted: Wanted,
}

impl Ledger {
    /// Ends a pause that the program's body has given up, or an injected call in it.
    pub(crate) fn give_up(&mut self, in_call: bool) {
        self.known.references.end();
        self.wanted.watch.abandon();
        if in_call {
            self.known.outer.pop();
        }
    }
}

/// Everything that is wanted of a program.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) breakpoints: Breakpoints,
    pub(crate) watch: Watch,
    pub(crate) stepper: Stepper,
    pub(crate) recorder: Recorder,
    /// The data that every stop carries.
    pub(crate) captures: Captures,
    /// Whether an interrupt was taken and the program is on its way to the next instruction.
    pub(crate) is_interrupted: bool,
    pub(crate) stops: StopSlot,
}
