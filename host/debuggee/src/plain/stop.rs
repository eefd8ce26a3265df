//! Stops: where and why a program is paused, and how it ended.
//!
//! Invariant: a [`Stop`] is plain data and stays true of the moment that it describes, whatever the
//! program does later.

use super::{BreakpointId, CallEnd, Frame, Location, Value, WatchHit};

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// The program's body returned `Ok`. The results are those that
    /// [`Debuggee::exit_values`](crate::Debuggee::exit_values) extracts, and none if that was not
    /// used.
    Returned(Vec<Value>),
    /// The program asked the system to end it with this code; see
    /// [`Debuggee::exit_codes`](crate::Debuggee::exit_codes).
    Code(i32),
    /// The program's body returned an error or panicked; the text describes it.
    Failed(String),
    /// The program was terminated.
    Killed,
}

/// The reason why a program stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The program's body has not started yet.
    Entry,
    /// An instruction with these breakpoints is about to run; they are in order of their ids.
    Breakpoint(Vec<BreakpointId>),
    /// An instruction is about to run that has a breakpoint whose condition could not be evaluated.
    ConditionFailed {
        /// The breakpoint's id.
        breakpoint: BreakpointId,
        /// The reason of the failure, in words.
        message: String,
    },
    /// The instruction that has just run accessed a watched target, or the host changed one; see
    /// [`WatchHit`]. The next instruction is about to run.
    Watchpoint {
        /// The accesses, in order.
        hits: Vec<WatchHit>,
        /// The breakpoints of the instruction that is about to run that stop the program, in order
        /// of their ids.
        breakpoints: Vec<BreakpointId>,
        /// A breakpoint of that instruction whose condition could not be evaluated, and the reason.
        failed: Option<(BreakpointId, String)>,
    },
    /// A step ended.
    Step,
    /// The program trapped; its frames still exist. At a stack overflow, and when the fuel is used
    /// up, the innermost frame is that of the caller: the function itself has not begun, or the
    /// engine does not know its position.
    Trap {
        /// The engine's code for the trap.
        code: wasmtime::Trap,
    },
    /// A host function that the program called failed with this text.
    HostError(String),
    /// The program is throwing an exception.
    Exception {
        /// Whether a `try_table` of the current activation catches it.
        caught: bool,
        /// The exception's payload, in the order of the tag's parameters.
        payload: Vec<Value>,
    },
    /// [`Interrupter::interrupt`](crate::Interrupter::interrupt) was called. The program is before
    /// an instruction, or it waits in a call of the host; see
    /// [`Session::waits_in_host`](crate::Session::waits_in_host).
    Interrupt,
    /// The buffer of records is full; see [`WhenFull::Stop`](crate::WhenFull::Stop). The hit or
    /// step that filled it has been recorded.
    RecordsFull,
    /// An injected call has ended. The program is where it was before the call: the same frames
    /// with the same locals and operands.
    CallFinished(CallEnd),
    /// The program has ended.
    Exited(Exit),
}

/// A stop: why and where the program is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The stop's number: 0 for the entry stop, and one more at every later stop.
    pub number: u64,
    /// The reason of the stop.
    pub reason: StopReason,
    /// The innermost frame; none at the entry and exit stops, and when the program waits with no
    /// frame of its own.
    pub frame: Option<Frame>,
    /// The data that [`Captures`] asked for; empty at the entry and exit stops.
    pub captured: Captured,
}

impl Stop {
    /// The stop at which every program begins.
    pub(crate) fn entry() -> Stop {
        Stop { number: 0, reason: StopReason::Entry, frame: None, captured: Captured::default() }
    }

    /// The location of the innermost frame, if there is one.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.frame.map(|frame| frame.location)
    }
}

/// The data that every stop is to carry, so that no separate call is needed to read it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Captures {
    /// Whether it carries the locals of the innermost frame.
    pub locals: bool,
    /// Whether it carries the operand stack of the innermost frame.
    pub operands: bool,
    /// Number of frames of the backtrace that it carries, counted from the innermost; at most
    /// [`MAX_CAPTURED_FRAMES`].
    pub n_frames: u32,
}

/// Maximum number of frames that a stop can carry.
pub const MAX_CAPTURED_FRAMES: u32 = 1000;

/// Maximum number of frames that can be seen at a stop in a call of the host: those nearest to the
/// call. They are noted whenever the program calls the host, so there are not many.
pub const MAX_HOST_CALL_FRAMES: u32 = 128;

/// The data that a stop carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// What was asked for; the rest is empty for that reason.
    pub asked: Captures,
    /// The first frames of the backtrace.
    pub frames: Vec<Frame>,
    /// The locals of the innermost frame, parameters first.
    pub locals: Vec<Value>,
    /// The operand stack of the innermost frame, bottom first.
    pub operands: Vec<Value>,
}

/// How far to run a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// To the next event.
    Continue,
    /// To the next instruction, wherever it is: also into a call, and out of a function that
    /// returns.
    StepInstruction,
    /// To the next instruction of this frame or, if the program leaves the frame, of its caller.
    /// Calls run through; a tail call counts as leaving. If the caller is the host, to the
    /// program's next instruction anywhere. The same holds from a stop that is not before an
    /// instruction, such as a trap or an exception.
    StepOver,
    /// Until the program leaves this frame, to the next instruction of the caller. A frame that a
    /// tail call puts in place of this one is left too. If the caller is the host, to the program's
    /// next instruction anywhere. (In that case a tail call of an imported function is assumed to
    /// call the host, and an indirect tail call is assumed to call a function of a module.)
    StepOut,
    /// To this instruction.
    RunTo(Location),
    /// To the next event, recording every instruction on the way; see
    /// [`Recording`](crate::Recording).
    Record,
}

/// The state of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The program is stopped and can be inspected.
    Paused,
    /// The program is between a resume and the next stop.
    Running,
    /// The program has ended.
    Exited,
}
