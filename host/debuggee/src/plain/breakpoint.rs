//! Breakpoints: where they are, when they take effect, what they do, and how often they were hit.
//!
//! Invariant: plain data. Whoever sets a breakpoint checks its specification.

use super::{CaptureSpec, Location};
use std::fmt;

/// The id of a breakpoint. Ids are given out from 1 and never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreakpointId(pub u32);

impl fmt::Display for BreakpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Maximum number of breakpoints that are set at the same time.
pub const MAX_BREAKPOINTS: usize = 1_000_000;

/// Maximum length of a condition's text, in bytes.
pub const MAX_CONDITION: usize = crate::condition::MAX_TEXT;

/// Maximum length of the texts of all conditions together, in bytes: 32 MiB. Compiled, they take
/// several times as much.
pub const MAX_CONDITIONS: usize = 32 << 20;

/// The effect of a breakpoint when it is taken.
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

/// The specification of a breakpoint: where it is, when it is taken, and what it then does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakpointSpec {
    /// The instruction that the breakpoint is set on. The offset must be exactly the start of one.
    pub location: Location,
    /// A [condition](crate::condition) that must hold at a hit. Where it does not, the hit is
    /// counted in [`Breakpoint::hits`] and has no other effect.
    pub condition: Option<String>,
    /// Number of hits, of those at which the condition holds, that are let pass first.
    pub ignore: u64,
    /// After the ignored hits, the breakpoint is taken at every `every`-th hit; 0 and 1 both mean
    /// at each.
    pub every: u64,
    /// Whether the breakpoint is removed when it is first taken.
    pub one_shot: bool,
    /// The action when the breakpoint is taken.
    pub action: Action,
}

impl BreakpointSpec {
    /// A plain breakpoint: it stops the program at every hit.
    #[must_use]
    pub fn at(location: Location) -> BreakpointSpec {
        BreakpointSpec { location, condition: None, ignore: 0, every: 1, one_shot: false, action: Action::Stop }
    }
}

/// A breakpoint that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakpoint {
    /// The breakpoint's id.
    pub id: BreakpointId,
    /// The specification that it was set with.
    pub spec: BreakpointSpec,
    /// Number of times that the program came to it.
    pub hits: u64,
    /// Number of those hits at which it was taken.
    pub taken: u64,
}

/// One change to the breakpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets a breakpoint.
    Add(BreakpointSpec),
    /// Removes a breakpoint.
    Remove(BreakpointId),
}

impl Change {
    /// The location of the breakpoint that is to be set; none for a removal.
    pub(crate) fn location(&self) -> Option<Location> {
        match self {
            Change::Add(spec) => Some(spec.location),
            Change::Remove(_) => None,
        }
    }
}

/// Whether the `n`-th hit (counted from 1) is taken, if the first `ignore` hits are let pass and
/// then every `every`-th is taken.
pub(crate) fn is_due(n: u64, ignore: u64, every: u64) -> bool {
    match n.checked_sub(ignore) {
        None | Some(0) => false,
        Some(counted) => counted.checked_rem(every).unwrap_or_default() == 0,
    }
}
