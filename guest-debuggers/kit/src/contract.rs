//! The contract as the rest of the kit uses it: its types, and its functions.
//!
//! In a component the functions are the host's. Everywhere else, which is in unit tests, they are
//! those of the [fake host](crate::fake). Invariant: nothing else in the kit calls a function of
//! [`bindings`](crate::bindings), so that all of the kit works in a unit test.

#[cfg(target_family = "wasm")]
pub(crate) use crate::bindings::stillpoint::debugger::{
    background, background_calls, breakpoints, calls, common, execution, host, inspection, messages, modification,
    program, recording, watchpoints,
};
#[cfg(not(target_family = "wasm"))]
pub(crate) use crate::fake::contract::{
    background, background_calls, breakpoints, calls, common, execution, host, inspection, messages, modification,
    program, recording, watchpoints,
};
