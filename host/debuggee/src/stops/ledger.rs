//! What is known of a program and what is wanted of it.
//!
//! One per program, behind one lock. Invariant: the two halves are borrowed apart, so that what is known can be read while what is
//! wanted is decided.

use super::breakpoints::Breakpoints;
use super::recorder::Recorder;
use super::stepping::Stepper;
use super::stop_slot::StopSlot;
use super::watch::Watch;
use crate::engine::Known;
use crate::plain::Captures;

/// Both halves.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) known: Known,
    pub(crate) wanted: Wanted,
}

/// What is wanted of a program.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) breakpoints: Breakpoints,
    pub(crate) watch: Watch,
    pub(crate) stepper: Stepper,
    pub(crate) recorder: Recorder,
    /// What every stop shall carry.
    pub(crate) captures: Captures,
    /// Whether an interrupt has been taken and the program is on its way to the next instruction.
    pub(crate) is_interrupted: bool,
    pub(crate) stops: StopSlot,
}
