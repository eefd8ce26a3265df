//! Debuggers that are components, through the library's public API.
//!
//! Most tests are transcripts of the script guest in `tests/script`: calls of the contract, each
//! with its answer; see [`support::check`]. Where a component has to be raw or broken, it is a few
//! lines of text: see [`support::minimal`].
//!
//! Invariant: nothing here knows the contract's functions and types, only their words.

mod attaching;
mod calls;
mod changes;
mod failures;
mod late_modules;
mod refusals;
mod states;
mod support;
mod waiting;
