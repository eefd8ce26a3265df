//! WASI programs: reads a program's file, compiles it and makes it ready to start.
//!
//! The stages of a program:
//!
//! ```text
//! path ── WasmFile::read ──> WasmFile ── Compiled::new ──> Compiled ── prepare ──> Prepared
//!                                            │                            │
//!                       engine(mode, cache) ─┘      ProgramData, Entry ───┘
//! ```
//!
//! A [`Prepared`] program has not run a single instruction. [`Prepared::run`] runs it without a
//! debugger; its store and its body can instead be made a [`Debuggee`](crate::debuggee::Debuggee).
//! [`ExitStatus::of`] tells how it ended.
//!
//! Invariant: nothing here knows a debugger, except that [`Mode::Debug`] compiles in the
//! instrumentation that one needs.

mod analysis;
mod backtrace;
mod cache;
mod component;
mod component_types;
mod core;
mod debug_info;
mod engine;
mod error;
mod exit_status;
mod file;
mod invoke;
mod prepare;
mod symbols;
mod wasi;
mod wave;

pub use analysis::{Analysis, CoreModule, CustomSize, Item, ItemKind, Role, analyze};
pub use cache::{CACHE_DIRECTORY_VARIABLE, CacheError, open_cache};
pub use debug_info::MissingDebugFile;
pub use engine::{Mode, engine, engine_with_stack};
pub use error::{OtherComponent, ProgramError};
pub use exit_status::{Completion, ExitStatus, classify_exit};
pub use file::{FileKind, WasmFile};
pub use invoke::{Signature, parse_arguments, show_value};
pub use prepare::{Body, Compiled, Entry, Prepared};
pub use symbols::Symbols;
pub use wasi::{DirectoryGrant, EnvironmentVariable, ProgramData, Wasi};

/// A small program to try debuggers with: the towers of Hanoi, a core module for WASI 0.1.
pub const DEMO: &[u8] = crate::embedded::DEMO;

#[cfg(test)]
mod tests;
