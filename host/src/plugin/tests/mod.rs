//! Debuggers as scripts, run against real programs: see [`support`].

mod failures;
mod refusals;
mod states;
mod support;
mod waiting;
