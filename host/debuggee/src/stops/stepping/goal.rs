//! The goals that a step can have, and the targets where it ends.
//!
//! Invariant: plain data; `plan` makes a goal and `stepper` judges events by it.

use crate::plain::Location;

/// Where a resume runs to, unless a breakpoint or another event stops it first. A `depth` is that
/// of the frame in which the step began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Goal {
    /// No goal.
    #[default]
    None,
    /// The next instruction, whichever it is.
    NextInstruction,
    /// No location: every instruction on the way is recorded.
    Record,
    /// One of the targets.
    At,
    /// Out of the function whose first instruction comes next: after a tail call it takes the place
    /// of the frame to leave.
    OutOfNext { depth: u32 },
    /// The instruction that was about to run may leave the frame for the host. If it does not, one
    /// of the targets comes next.
    MayLeave { depth: u32 },
    /// An exception is on its way to a handler. If the handler is in the frame, the goal is to
    /// leave the frame.
    OutOfHandler { depth: u32 },
}

impl Goal {
    /// Whether the goal needs single-step mode.
    pub(super) fn is_any_instruction(self) -> bool {
        !matches!(self, Goal::None | Goal::At)
    }
}

/// A location where a step ends, or from where it may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) location: Location,
    /// The target counts only with at most this many frames; deeper ones are recursion.
    pub(super) max_depth: u32,
    pub(super) then: Then,
}

/// The meaning of reaching a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The step has ended.
    Stop,
    /// The frame may be left here, and its caller is the host.
    Leave,
}

/// How an instruction leaves its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameExit {
    No,
    MayLeave,
    Returns,
    /// By a tail call, whose callee takes the frame's place. `to_module` says whether the callee
    /// may be a function of a module in this store.
    TailCalls {
        to_module: bool,
    },
}

/// The stepper's verdict on an event at which no breakpoint wants a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The step ends here.
    Stop,
    /// The event is of no interest.
    GoOn,
    /// The event is of no interest, but the engine's code has to be brought in line with the goal
    /// now.
    Reapply,
}
