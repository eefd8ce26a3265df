//! The goals that a step can have, and the places that it ends at.
//!
//! Invariant: plain data; a goal is made by `plan` and judged by `stepper`.

use crate::plain::Location;

/// What a resume runs to, besides breakpoints and events. Depths are those of the frame that the step began in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Goal {
    /// Nothing.
    #[default]
    None,
    /// Whichever instruction comes next.
    NextInstruction,
    /// No place: every instruction on the way is recorded.
    Record,
    /// One of the targets.
    At,
    /// Out of the function whose first instruction comes next: it takes the place of the frame to leave.
    OutOfNext { depth: u32 },
    /// An instruction was about to run that perhaps leaves the frame for the host. If it does not, one of the targets comes next.
    Perhaps { depth: u32 },
    /// An exception is on its way to a handler: out of the frame, if that is where the handler is.
    OutOfHandler { depth: u32 },
}

impl Goal {
    /// Whether it takes single-step mode.
    pub(super) fn is_any_instruction(self) -> bool {
        !matches!(self, Goal::None | Goal::At)
    }
}

/// A place that a step ends at, or may go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) location: Location,
    /// Only with at most so many frames; deeper ones are recursion.
    pub(super) max_depth: u32,
    pub(super) then: Then,
}

/// What reaching a target means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The step has ended.
    Stop,
    /// The frame may be left here, and its caller is the host.
    Leave,
}

/// How an instruction leaves its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    No,
    Perhaps,
    Returns,
    /// By a call in its place. `to_module` if the callee may be a function of this store's modules.
    TailCalls {
        to_module: bool,
    },
}

/// What became of an event that is no breakpoint's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The step has ended here.
    Stop,
    /// Nothing of interest.
    GoOn,
    /// Nothing of interest, but the engine's code should be brought in line with the goal now.
    Reapply,
}
