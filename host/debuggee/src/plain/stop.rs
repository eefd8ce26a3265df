//! Stops: where and why a program is paused, and how it ended.
//!
//! Invariant: a [`Stop`] is plain data and stays true of the moment it describes, whatever the program does later.

use super::{BreakpointId, CallEnd, Frame, Location, Value, WatchHit};

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// Its body returned `Ok`, with these results: what [`Debuggee::exit_values`](crate::Debuggee::exit_values) makes of it, nothing
    /// without that.
    Returned(Vec<Value>),
    /// It asked the system to end it with this code; see [`Debuggee::exit_codes`](crate::Debuggee::exit_codes).
    Code(i32),
    /// Its body returned an error, or panicked; in words.
    Failed(String),
    /// It was terminated.
    Killed,
}

/// Why a program stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The body has not started yet.
    Entry,
    /// An instruction with these breakpoints, in order of their ids, is about to run.
    Breakpoint(Vec<BreakpointId>),
    /// An instruction with a breakpoint whose condition could not be evaluated is about to run.
    ConditionFailed {
        /// The breakpoint.
        breakpoint: BreakpointId,
        /// Why, in words.
        message: String,
    },
    /// The instruction that has just run touched what is watched, or the host changed it; see [`WatchHit`]. The next instruction is
    /// about to run.
    Watchpoint {
        /// What was done, in order.
        hits: Vec<WatchHit>,
        /// The breakpoints of the instruction that is about to run that want a stop, in order of their ids.
        breakpoints: Vec<BreakpointId>,
        /// One whose condition could not be evaluated, and why.
        failed: Option<(BreakpointId, String)>,
    },
    /// A step ended.
    Step,
    /// The engine trapped; the frames are still there. At a stack overflow and when the fuel is used up the innermost is
    /// that of the caller: the function itself has not begun, or the engine does not know where it is.
    Trap {
        /// The engine's code.
        code: wasmtime::Trap,
    },
    /// A host function that the program called failed with this text.
    HostError(String),
    /// The program threw an exception.
    Exception {
        /// Whether a `try_table` of the current activation catches it.
        caught: bool,
        /// The payload, in the order of the tag's parameters.
        payload: Vec<Value>,
    },
    /// [`Interrupter::interrupt`](crate::Interrupter::interrupt) was called.
    Interrupt,
    /// The buffer of records is full; see [`WhenFull::Stop`](crate::WhenFull::Stop). What the program came to is recorded.
    RecordsFull,
    /// An injected call has ended, and the program is where it was before: the same frames with the same locals and operands.
    CallFinished(CallEnd),
    /// The program has ended.
    Exited(Exit),
}

/// One pause of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// 0 for the entry stop, then one more at every stop.
    pub number: u64,
    /// Why it stopped.
    pub reason: StopReason,
    /// Where the innermost frame is; none at the entry and exit stops.
    pub location: Option<Location>,
    /// What [`Captures`] asked for; empty at the entry and exit stops.
    pub captured: Captured,
}

impl Stop {
    /// The one at which every program begins.
    pub(crate) fn entry() -> Stop {
        Stop { number: 0, reason: StopReason::Entry, location: None, captured: Captured::default() }
    }
}

/// What every stop shall carry, so that nobody has to ask for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Captures {
    /// The locals of the innermost frame.
    pub locals: bool,
    /// Its operand stack.
    pub operands: bool,
    /// How many frames of the backtrace, from the innermost; at most [`MAX_CAPTURED_FRAMES`].
    pub n_frames: u32,
}

/// Most frames that a stop can carry.
pub const MAX_CAPTURED_FRAMES: u32 = 1000;

/// What a stop carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first frames of the backtrace.
    pub frames: Vec<Frame>,
    /// The locals of the innermost frame, parameters first.
    pub locals: Vec<Value>,
    /// Its operand stack, bottom first.
    pub operands: Vec<Value>,
}

/// How far to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// To the next event.
    Continue,
    /// To the next instruction, wherever it is: into calls, and out of functions that return.
    StepInstruction,
    /// To the next instruction of this frame or, when the frame is left, of its caller; calls run through. A tail call
    /// counts as leaving. When the caller is the host, to the next instruction of the program at all; so too from a stop that
    /// is not before an instruction, as at a trap or an exception.
    StepOver,
    /// Until this frame is left, to the next instruction of its caller; a frame that a tail call put in its place is
    /// left too. When the caller is the host, to the next instruction of the program at all. (There, a tail call of an
    /// imported function is taken for one of the host's, and an indirect one for one of a module's function.)
    StepOut,
    /// To this instruction.
    RunTo(Location),
    /// To the next event, and record every instruction on the way; see [`Recording`](crate::Recording).
    Record,
}

/// What a program is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Stopped; it can be inspected.
    Paused,
    /// Between a resume and the next stop.
    Running,
    /// Ended.
    Exited,
}
