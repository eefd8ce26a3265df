//! Injected calls: a function that is called inside a paused program, and how the call ended.
//!
//! Invariant: plain data. Whether a call is possible is checked where the call is made.

use super::{How, InstanceId, Value};

/// Maximum number of injected calls inside each other.
pub const MAX_CALL_DEPTH: u32 = 16;

/// A function call to be made inside a paused program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The instance whose function is called.
    pub instance: InstanceId,
    /// Index in the module's function index space: any function, exported or not, imported or not.
    ///
    /// A function of the host has no calling instance here, so it cannot look up exports of one
    /// (`Caller::get_export`). It also must not allocate objects on the collected heap while frames
    /// below it hold some: the engine would show those frames to the collector twice.
    pub function: u32,
    /// One value for each parameter, of the parameter's type.
    pub arguments: Vec<Value>,
    /// How far to run. A step of any kind ends at the first instruction of the call.
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
    /// The call returned these results.
    Returned(Vec<Value>),
    /// The call trapped.
    Trap {
        /// The engine's code for the trap.
        code: wasmtime::Trap,
    },
    /// The call threw an exception that it did not catch.
    Exception {
        /// The exception's payload, in the order of the tag's parameters.
        payload: Vec<Value>,
    },
    /// The call asked the system to end the program with this code; see
    /// [`Debuggee::exit_codes`](crate::Debuggee::exit_codes). Only the call has ended, the program
    /// has not.
    Code(i32),
    /// A host function failed with this text, or panicked, while the call was running in it.
    Failed(String),
}
