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
use crate::plain::{Captures, How};

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
    /// How a program goes on that was resumed at a stop in a call of the host, and the number of its
    /// activations there; `None` once that is prepared.
    pub(super) in_host: Option<(How, u32)>,
    pub(crate) stops: StopSlot,
}

impl Wanted {
    /// Takes back everything that a debugger can want: breakpoints, watchpoints, captures, how records
    /// are kept, and the records.
    pub(crate) fn release(&mut self) {
        self.breakpoints.clear();
        self.watch.clear();
        self.captures = Captures::default();
        self.recorder = Recorder::default();
    }

    /// Notes how a program is to go on that is stopped in a call of the host.
    pub(crate) fn resume_in_host(&mut self, how: How, n_activations: u32) {
        self.in_host = Some((how, n_activations));
    }

    /// Whether the program is still in the call in which it was resumed.
    pub(crate) fn is_resumed_in_host(&self) -> bool {
        self.in_host.is_some()
    }

    /// Forgets how the program was resumed in a call of the host.
    pub(crate) fn take_resumed_in_host(&mut self) {
        self.in_host = None;
    }
}
