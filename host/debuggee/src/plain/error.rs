//! What can go wrong when a paused store is asked for something.
//!
//! Invariant: a caller's mistake is a value of [`Error`] and leaves the program as it was.

use super::{BreakpointId, InstanceId, ModuleId, ReferenceId, WatchpointId};
use crate::condition::ConditionError;

/// Why a request to a debuggee was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store's engine was made without [`wasmtime::Config::guest_debug`].
    #[error("the store's engine was made without `Config::guest_debug(true)`, so its programs cannot be debugged")]
    NotDebuggable,
    /// The program is running and the request needs it paused.
    #[error("the program is running; this needs it paused")]
    Running,
    /// The program has not ended and the request needs it to have.
    #[error("the program has not ended yet")]
    NotExited,
    /// The program has ended.
    #[error("the program has ended")]
    Exited,
    /// The program was terminated, or its body panicked; its store went with it.
    #[error("the store is gone: {0}")]
    StoreLost(String),
    /// The body panicked.
    #[error("the program's body panicked: {0}")]
    BodyPanicked(String),
    /// A frame of an earlier stop.
    #[error("the frame belongs to an earlier stop and ended when the program was resumed")]
    StaleFrame,
    /// A frame index past the outermost frame.
    #[error("no such frame: the stop has {n_frames}")]
    NoFrame {
        /// How many frames the stop has.
        n_frames: u32,
    },
    /// No module has this number.
    #[error("no module {0}")]
    NoModule(ModuleId),
    /// No instance has this number.
    #[error("no instance {0}")]
    NoInstance(InstanceId),
    /// The instance has no memory of this index.
    #[error("the instance has no memory {0}")]
    NoMemory(u32),
    /// The instance has no global of this index.
    #[error("the instance has no global {0}")]
    NoGlobal(u32),
    /// The instance has no table of this index.
    #[error("the instance has no table {0}")]
    NoTable(u32),
    /// No tag has this number.
    #[error("no tag {0}")]
    NoTag(u64),
    /// No reference of this stop has this number.
    #[error("no reference {0}")]
    NoReference(ReferenceId),
    /// A reference of an earlier stop.
    #[error("the reference belongs to an earlier stop and ended when the program was resumed")]
    StaleReference,
    /// The instance has no function of this index.
    #[error("the instance has no function {0}")]
    NoFunction(u32),
    /// A function was to be called with another number of arguments than it takes.
    #[error("wrong number of arguments: the function takes {expected}")]
    ArgumentCount {
        /// How many it takes.
        expected: u32,
    },
    /// A value of another type than its place has.
    #[error("wrong type: expected {expected}")]
    WrongType {
        /// What would fit.
        expected: String,
    },
    /// A global, a field or an element that cannot be set.
    #[error("it is immutable")]
    Immutable,
    /// A memory or a table that cannot get so large; in the engine's words.
    #[error("it cannot grow: {0}")]
    CannotGrow(String),
    /// The program is not about to throw an exception.
    #[error("the program is not stopped at an exception")]
    NotAtException,
    /// The watchpoint does not exist, or was removed.
    #[error("no watchpoint {0}")]
    NoWatchpoint(WatchpointId),
    /// What was to be watched cannot be, or could never hit.
    #[error("the watchpoint is wrong: {0}")]
    BadWatchpoint(&'static str),
    /// Too many injected calls inside each other.
    #[error("more than {limit} injected calls inside each other")]
    TooDeep {
        /// The limit.
        limit: u32,
    },
    /// The breakpoint does not exist, or was removed.
    #[error("no breakpoint {0}")]
    NoBreakpoint(BreakpointId),
    /// The offset is not the start of an instruction that the engine can stop at.
    #[error("offset {pc:#x} is not an instruction the program can stop at{}", Nearest(*.before, *.after))]
    NotAnInstruction {
        /// The offset that was asked for.
        pc: u32,
        /// The last instruction before it in the same module.
        before: Option<u32>,
        /// The first instruction after it in the same module.
        after: Option<u32>,
    },
    /// The text of a condition is wrong, or does not fit its place.
    #[error("the condition is wrong: {0}")]
    BadCondition(ConditionError),
    /// An address or offset past the end.
    #[error("past the end, which is at {size:#x}")]
    OutOfBounds {
        /// Size of it: in bytes, or in elements.
        size: u64,
    },
    /// More than the host accepts.
    #[error("more than the limit of {limit}")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The engine failed; this is nobody's mistake.
    #[error("the engine failed: {0}")]
    Engine(String),
}

/// The tail of [`Error::NotAnInstruction`]'s sentence.
struct Nearest(Option<u32>, Option<u32>);

impl std::fmt::Display for Nearest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0, self.1) {
            (Some(before), Some(after)) => write!(f, "; the nearest are {before:#x} and {after:#x}"),
            (Some(pc), None) | (None, Some(pc)) => write!(f, "; the nearest is {pc:#x}"),
            (None, None) => write!(f, "; the module has none"),
        }
    }
}

impl From<wasmtime::Error> for Error {
    fn from(error: wasmtime::Error) -> Self {
        Error::Engine(format!("{error:#}"))
    }
}
