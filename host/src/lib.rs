//! Stillpoint runs a WebAssembly program under a debugger that is itself a WebAssembly component.
//!
//! - [`debuggee`]: the pausable store. Useful alone, for a debugger written in Rust.
//! - [`plugin`]: debuggers that are components.
//! - [`program`]: WASI programs, ready to be debugged.

mod embedded;
pub mod plugin;
pub mod program;
mod world;

pub use stillpoint_debuggee as debuggee;
