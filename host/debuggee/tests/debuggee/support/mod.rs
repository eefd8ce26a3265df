//! Shared by the tests: programs, debuggees over them, and stops as text.

pub(crate) mod harness;
pub(crate) mod places;
pub(crate) mod random;
pub(crate) mod resvg;
pub(crate) mod smith;
pub(crate) mod transcript;
