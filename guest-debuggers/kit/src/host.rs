//! What the host is and can do, whatever program it runs.
//!
//! Invariant: nothing here fails or blocks.

pub use crate::bindings::stillpoint::debugger::host::HostLimits;
use crate::contract;

/// The version of the contract that the host implements, such as `0.1.0`. It is never lower than
/// the one that this kit was built for.
pub fn version() -> String {
    contract::host::version()
}

/// Whether the host can do something that not every host of this version can. The name is that of
/// an interface of a later version, or of a feature that its documentation names. A debugger that
/// gets `false` does without.
pub fn has_feature(name: &str) -> bool {
    contract::host::has_feature(name)
}

/// The largest numbers that the host accepts.
pub fn limits() -> HostLimits {
    contract::host::limits()
}
