//! A debugger component: read, checked, linked, limited, run, and taken off its program again.
//!
//! The way of a debugger through this room:
//!
//! ```text
//! bytes ── DebuggerFile::read ──> DebuggerFile ── compile, link ──> Plugin ── debug ──> the session again
//!                                      │                           │
//!                             Grants ──┘      Limits, OnFailure ───┘
//! ```
//!
//! Everything that can be refused is refused by [`Plugin::load`], before anything runs. Invariant: whatever a
//! debugger does, the program comes back: [`Plugin::run`] always lets it go on to its end.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod builtin;
mod engine;
mod error;
mod failure;
pub mod file;
mod grants;
mod limits;
mod load;
mod run;
mod state;
mod ticker;

pub use crate::world::Output;
pub use builtin::{BUILT_IN, BuiltIn};
pub use engine::Engine;
pub use error::{LoadError, Problem};
pub use failure::DebuggerFailure;
pub use file::Right;
pub use grants::Grants;
pub use limits::{LimitReached, Limits};
pub use load::Plugin;
pub use run::{OnFailure, Outcome};
pub use ticker::Ticker;
