//! The pausable store through its public API.

mod harness;
mod stepping;
