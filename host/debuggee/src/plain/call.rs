//! Injected calls: what is called inside a paused program, and how it ended.
//!
//! Invariant: plain data; whether a call can be made is found out where it is made.

use super::{How, InstanceId, Value};

/// How many injected calls can be inside each other.
pub const MAX_CALL_DEPTH: u32 = 16;

/// A function call to be made inside a paused program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The instance whose function it is.
    pub instance: InstanceId,
    /// Index in the module's function index space: any function, exported or not, imported or not.
    ///
    /// If it is the host's, it has no calling instance whose exports it could use (`Caller::get_export`). And it must not allocate
    /// objects of the collected heap while frames that hold some are below: the engine would show the collector those frames twice.
    pub function: u32,
    /// One value for each parameter, of its type.
    pub arguments: Vec<Value>,
    /// How far to run. A step of whichever kind ends at the first instruction.
    pub how: How,
}

impl Call {
    /// A call that runs to the next event.
    #[must_use]
    pub fn new(instance: InstanceId, function: u32, arguments: Vec<Value>) -> Call {
        Call { instance, function, arguments, how: How::Continue }
    }
}

/// How an injected call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEnd {
    /// It returned these results.
    Returned(Vec<Value>),
    /// It trapped.
    Trap {
        /// The engine's code.
        code: wasmtime::Trap,
    },
    /// It threw an exception that it did not catch.
    Exception {
        /// The payload, in the order of the tag's parameters.
        payload: Vec<Value>,
    },
    /// It asked the system to end the program with this code; see [`Debuggee::exit_codes`](crate::Debuggee::exit_codes). The
    /// program has not ended: only the call has.
    Code(i32),
    /// A host function that it called failed with this text, or panicked.
    Failed(String),
}
