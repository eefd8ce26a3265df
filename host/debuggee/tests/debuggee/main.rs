//! The pausable store through its public API: a folder for each part of its contract.

mod calls;
mod inspect;
mod lifecycle;
mod modify;
mod stepping;
mod stops;
mod support;
mod watch;
