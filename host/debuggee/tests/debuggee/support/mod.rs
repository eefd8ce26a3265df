//! Shared by the tests: programs, debuggees over them, and stops as text.

pub(crate) mod harness;
pub(crate) mod transcript;
