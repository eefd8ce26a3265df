//! The contract as the rest of the kit uses it: its types, and its functions.
//!
//! In a component the functions are the host's. Everywhere else, which is in unit tests, they are
//! those of the [fake host](crate::fake). Invariant: nothing else in the kit calls a function of
//! [`bindings`](crate::bindings), so that all of the kit works in a unit test.

#[cfg(target_family = "wasm")]
pub(crate) use crate::bindings::stillpoint::debugger::{
    background, background_calls, breakpoints, calls, common, execution, host, inspection, messages, modification,
    recording, watchpoints,
};
/// The methods of the debuggee as functions, so that the fake host can have them too.
#[cfg(target_family = "wasm")]
pub(crate) mod program {
    use super::common;
    pub(crate) use crate::bindings::stillpoint::debugger::program::*;

    pub(crate) fn current_state(debuggee: &Debuggee) -> State {
        debuggee.current_state()
    }

    pub(crate) fn last_stop(debuggee: &Debuggee) -> Result<common::Stop, common::Error> {
        debuggee.last_stop()
    }

    pub(crate) fn launch_info(debuggee: &Debuggee) -> Result<Launch, common::Error> {
        debuggee.launch_info()
    }
}
#[cfg(not(target_family = "wasm"))]
pub(crate) use crate::fake::contract::{
    background, background_calls, breakpoints, calls, common, execution, host, inspection, messages, modification,
    program, recording, watchpoints,
};
