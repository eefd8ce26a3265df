//! What stepping costs on this engine and this machine: assumed first, then measured.
//!
//! Owned by the stepper. Invariant: nothing here decides where a program stops, only how it gets there.

use std::time::Duration;

/// Prices to use instead of measured ones. Tests make the stepper choose a way with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepCosts {
    /// Switching the engine's single-step mode once.
    pub switch: Duration,
    /// An edit session for a few breakpoints.
    pub session: Duration,
    /// An event that is discarded.
    pub event: Duration,
}

/// Until a switch was measured: its price per byte of all modules.
const SWITCH_NANOSECONDS_PER_BYTE: u64 = 3;
/// Until a session was measured: its price.
const SESSION: Duration = Duration::from_micros(400);
/// An event that is discarded.
const EVENT: Duration = Duration::from_nanos(100);

/// More changes than this are no session for a step: a watchpoint's points, or a batch of breakpoints.
const USUAL_CHANGES: usize = 1000;

/// The prices.
#[derive(Debug, Default)]
pub(super) struct CostModel {
    fixed: Option<StepCosts>,
    switch: Option<Duration>,
    session: Option<Duration>,
    n_sessions: u64,
}

impl CostModel {
    /// Uses these prices from now on.
    pub(super) fn fix(&mut self, costs: StepCosts) {
        self.fixed = Some(costs);
    }

    /// Takes in what an edit session has cost that made so many changes. The mean of old and new: one sample may have been interrupted.
    pub(super) fn measured(&mut self, cost: Duration, was_switch: bool, n_changes: usize) {
        self.n_sessions = self.n_sessions.saturating_add(1);
        if n_changes > USUAL_CHANGES {
            // It says nothing of others.
            return;
        }
        let known = if was_switch { &mut self.switch } else { &mut self.session };
        *known = Some(match *known {
            Some(before) => before.saturating_add(cost).checked_div(2).unwrap_or(cost),
            None => cost,
        });
    }

    /// How many edit sessions there were.
    pub(super) fn n_sessions(&self) -> u64 {
        self.n_sessions
    }

    /// The price of switching single-step mode once, in a program of so many bytes.
    pub(super) fn switch(&self, program_size: u64) -> Duration {
        let assumed = || Duration::from_nanos(program_size.saturating_mul(SWITCH_NANOSECONDS_PER_BYTE));
        self.fixed.map(|costs| costs.switch).or(self.switch).unwrap_or_else(assumed)
    }

    /// The price of an edit session.
    pub(super) fn session(&self) -> Duration {
        self.fixed.map(|costs| costs.session).or(self.session).unwrap_or(SESSION)
    }

    /// How many discarded events cost as much as something else.
    pub(super) fn events_worth(&self, price: Duration) -> u64 {
        let event = self.fixed.map_or(EVENT, |costs| costs.event);
        let events = price.as_nanos().checked_div(event.as_nanos()).unwrap_or(u128::MAX);
        u64::try_from(events).unwrap_or(u64::MAX)
    }
}
