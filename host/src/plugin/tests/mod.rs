//! Debuggers as scripts, run against real programs: see [`support`].

mod calls;
mod changes;
mod failures;
mod refusals;
mod states;
mod support;
mod waiting;
