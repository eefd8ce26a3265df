//! The program under debug: reads its file, compiles it and makes it ready to start.
//!
//! The way of a program through this room:
//!
//! ```text
//! path ── WasmFile::read ──> WasmFile ── Compiled::new ──> Compiled ── prepare ──> Prepared { store, body }
//!                                            │                            │
//!                       engine(mode, cache) ─┘     ProgramState, Entry ───┘
//! ```
//!
//! A [`Prepared`] program has not run a single instruction. Either [`Prepared::run`] runs it without a debugger, or
//! its store and body go into a debuggee. What came out is told by [`Ending::of`].
//!
//! Invariant: nothing here knows a debugger; the only trace of one is the instrumentation that [`Mode::Debug`]
//! compiles in.

mod analysis;
mod cache;
mod component;
mod component_types;
mod core;
mod ending;
mod engine;
mod error;
mod file;
mod invoke;
mod prepare;
mod state;
mod wave;

pub use analysis::{Analysis, CoreModule, CustomSize, Item, ItemKind, Role, analyze};
pub use cache::{CACHE_DIRECTORY_VARIABLE, CacheError, open_cache};
pub use ending::{Completion, Ending, classify_exit};
pub use engine::{Mode, engine};
pub use error::ProgramError;
pub use file::{FileKind, WasmFile};
pub use invoke::{Signature, parse_arguments, show_value};
pub use prepare::{Body, Compiled, Entry, Prepared};
pub use state::{DirectoryGrant, EnvironmentVariable, ProgramState, Wasi};

/// A small program to try debuggers on: the towers of Hanoi, for WASI preview 1.
pub const DEMO: &[u8] = crate::embedded::DEMO;

#[cfg(test)]
mod tests;
