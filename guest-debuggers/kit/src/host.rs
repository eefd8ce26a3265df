//! What the host is and can do, whatever program it runs.
//!
//! Invariant: nothing here fails or blocks.

use crate::contract;

/// The version of the contract that the host implements, such as `0.1.0`. It is never lower than
/// the one that this kit was built for.
pub fn version() -> String {
    contract::host::version()
}

/// Whether the host has a feature, by the name under which its documentation describes it. A
/// debugger that gets `false` does without.
pub fn has_feature(name: &str) -> bool {
    contract::host::has_feature(name)
}

/// One of the host's limits, such as `page` or `breakpoints`; `wit/host.wit` has the names. None for a
/// name that the host does not know.
pub fn limit(name: &str) -> Option<u64> {
    contract::host::limit(name)
}
