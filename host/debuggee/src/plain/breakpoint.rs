//! Breakpoints: where and when to do something, and what became of it.
//!
//! Invariant: plain data; what is wanted is checked by whoever sets it.

use super::{CaptureSpec, Location};
use std::fmt;

/// A breakpoint: numbered from 1, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreakpointId(pub u32);

impl fmt::Display for BreakpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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

/// Whether the n-th hit is taken, if the first `ignore` are let pass and then every `every`-th is taken.
pub(crate) fn is_due(n: u64, ignore: u64, every: u64) -> bool {
    match n.checked_sub(ignore) {
        None | Some(0) => false,
        Some(counted) => counted.checked_rem(every).unwrap_or_default() == 0,
    }
}
