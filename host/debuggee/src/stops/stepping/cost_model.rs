//! The costs of stepping on this engine and this machine: assumed first, then measured.
//!
//! Owned by the stepper. Invariant: nothing here decides where a program stops, only how it gets
//! there.

use std::time::Duration;

/// Costs to use instead of the measured ones. Tests use them to make the stepper choose one way of
/// stepping or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepCosts {
    /// Cost of switching the engine's single-step mode on or off once.
    pub switch: Duration,
    /// Cost of an edit session for a few breakpoints.
    pub session: Duration,
    /// Cost of an event that is discarded.
    pub event: Duration,
}

/// Assumed cost of a switch per byte of all modules, until a switch has been measured.
const SWITCH_NANOSECONDS_PER_BYTE: u64 = 3;
/// Assumed cost of an edit session, until one has been measured.
const SESSION: Duration = Duration::from_micros(400);
/// Assumed cost of a discarded event, which is not measured.
const EVENT: Duration = Duration::from_nanos(100);

/// Edit sessions with more changes than this are not used as samples: they set a watchpoint's
/// points or a batch of breakpoints, and are not typical of a step.
const USUAL_CHANGES: usize = 1000;

/// The costs that the stepper compares: those that are fixed, else those that were measured, else
/// those that are assumed.
#[derive(Debug, Default)]
pub(super) struct CostModel {
    fixed: Option<StepCosts>,
    switch: Option<Duration>,
    session: Option<Duration>,
    n_sessions: u64,
}

impl CostModel {
    /// Uses these costs from now on.
    pub(super) fn fix(&mut self, costs: StepCosts) {
        self.fixed = Some(costs);
    }

    /// Takes in the measured cost of an edit session with this number of changes. The new estimate
    /// is the mean of the old estimate and the new sample, because one sample may have been
    /// interrupted.
    pub(super) fn measured(&mut self, cost: Duration, was_switch: bool, n_changes: usize) {
        self.n_sessions = self.n_sessions.saturating_add(1);
        if n_changes > USUAL_CHANGES {
            // Such a session says nothing about others.
            return;
        }
        let known = if was_switch { &mut self.switch } else { &mut self.session };
        *known = Some(match *known {
            Some(before) => before.saturating_add(cost).checked_div(2).unwrap_or(cost),
            None => cost,
        });
    }

    /// The number of edit sessions so far.
    pub(super) fn n_sessions(&self) -> u64 {
        self.n_sessions
    }

    /// The cost of switching single-step mode once, in a program whose modules have `program_size`
    /// bytes together.
    pub(super) fn switch(&self, program_size: u64) -> Duration {
        let assumed = || Duration::from_nanos(program_size.saturating_mul(SWITCH_NANOSECONDS_PER_BYTE));
        self.fixed.map(|costs| costs.switch).or(self.switch).unwrap_or_else(assumed)
    }

    /// The cost of an edit session for a few breakpoints.
    pub(super) fn session(&self) -> Duration {
        self.fixed.map(|costs| costs.session).or(self.session).unwrap_or(SESSION)
    }

    /// The number of discarded events that together cost as much as `price`.
    pub(super) fn events_worth(&self, price: Duration) -> u64 {
        let event = self.fixed.map_or(EVENT, |costs| costs.event);
        let events = price.as_nanos().checked_div(event.as_nanos()).unwrap_or(u128::MAX);
        u64::try_from(events).unwrap_or(u64::MAX)
    }
}
