//! The errors of requests to a paused store.
//!
//! Invariant: a mistake of the caller is reported as a value of [`Error`] and leaves the program
//! unchanged.

use super::{BreakpointId, InstanceId, ModuleId, ReferenceId, WatchpointId};
use crate::condition::ConditionError;

/// The reason why a request to a debuggee was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store's engine was made without [`wasmtime::Config::guest_debug`].
    #[error("the store's engine was made without `Config::guest_debug(true)`, so its programs cannot be debugged")]
    NotDebuggable,
    /// The program is running, and the request needs it to be paused.
    #[error("the program is running; this needs it paused")]
    Running,
    /// The program waits in a call of the host. Its store is in use by that call, so that only what
    /// was noted before can be read.
    #[error("the program waits in a call of the host, and only its frames and modules can be read until it returns")]
    InHostCall,
    /// The program has not ended, and the request needs it to have ended.
    #[error("the program has not ended yet")]
    NotExited,
    /// The program has ended.
    #[error("the program has ended")]
    Exited,
    /// The store is not here any more: the program was terminated, its body panicked, or the store
    /// was taken.
    #[error("the store is gone: {0}")]
    StoreLost(String),
    /// The body panicked.
    #[error("the program's body panicked: {0}")]
    BodyPanicked(String),
    /// The frame belongs to an earlier stop.
    #[error("the frame belongs to an earlier stop and ended when the program was resumed")]
    StaleFrame,
    /// The frame's index is past the outermost frame.
    #[error("no such frame: the stop has {n_frames}")]
    NoFrame {
        /// Number of frames that the stop has.
        n_frames: u32,
    },
    /// No module has this id.
    #[error("no module {0}")]
    NoModule(ModuleId),
    /// No instance has this id.
    #[error("no instance {0}")]
    NoInstance(InstanceId),
    /// The instance has no memory with this index.
    #[error("the instance has no memory {0}")]
    NoMemory(u32),
    /// The instance has no global with this index.
    #[error("the instance has no global {0}")]
    NoGlobal(u32),
    /// The instance has no table with this index.
    #[error("the instance has no table {0}")]
    NoTable(u32),
    /// No tag has this id.
    #[error("no tag {0}")]
    NoTag(u64),
    /// No reference of this stop has this id.
    #[error("no reference {0}")]
    NoReference(ReferenceId),
    /// The reference belongs to an earlier stop.
    #[error("the reference belongs to an earlier stop and ended when the program was resumed")]
    StaleReference,
    /// The instance has no function with this index.
    #[error("the instance has no function {0}")]
    NoFunction(u32),
    /// A function was to be called with a wrong number of arguments.
    #[error("wrong number of arguments: the function takes {expected}")]
    ArgumentCount {
        /// Number of arguments that the function takes.
        expected: u32,
    },
    /// A value, or the thing that a reference refers to, is of a wrong type.
    #[error("wrong type: expected {expected}")]
    WrongType {
        /// The type that would fit, in words.
        expected: String,
    },
    /// The global, field or element is immutable, so it cannot be set.
    #[error("it is immutable")]
    Immutable,
    /// The memory or table cannot grow to this size. The text gives the limit or the engine's
    /// reason.
    #[error("it cannot grow: {0}")]
    CannotGrow(String),
    /// The program is not stopped at an exception that it is about to throw.
    #[error("the program is not stopped at an exception")]
    NotAtException,
    /// The watchpoint does not exist or has been removed.
    #[error("no watchpoint {0}")]
    NoWatchpoint(WatchpointId),
    /// The watchpoint's target cannot be watched, or the watchpoint could never hit.
    #[error("the watchpoint is wrong: {0}")]
    BadWatchpoint(&'static str),
    /// Too many injected calls would be inside each other.
    #[error("more than {limit} injected calls inside each other")]
    TooDeep {
        /// Maximum number of injected calls inside each other.
        limit: u32,
    },
    /// The breakpoint does not exist or has been removed.
    #[error("no breakpoint {0}")]
    NoBreakpoint(BreakpointId),
    /// The offset is not the start of an instruction at which the engine can stop.
    #[error("offset {pc:#x} is not an instruction the program can stop at{}", Nearest(*.before, *.after))]
    NotAnInstruction {
        /// The requested offset.
        pc: u32,
        /// The last instruction before the offset in the same module.
        before: Option<u32>,
        /// The first instruction after the offset in the same module.
        after: Option<u32>,
    },
    /// The text of a condition is wrong, or names something that its location does not have.
    #[error("the condition is wrong: {0}")]
    BadCondition(ConditionError),
    /// An address, offset or index is past the end.
    #[error("past the end, which is at {size:#x}")]
    OutOfBounds {
        /// The size that was exceeded: in bytes for a memory, in elements or fields for the rest.
        size: u64,
    },
    /// The request exceeds a limit of the host.
    #[error("more than the limit of {limit}")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The engine failed. Neither the caller nor the program is to blame.
    #[error("the engine failed: {0}")]
    Engine(String),
}

/// The end of the sentence of [`Error::NotAnInstruction`]: the nearest instructions.
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
