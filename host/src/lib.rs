//! Stillpoint runs a WebAssembly program under a debugger that is itself a WebAssembly component.

pub mod plugin;
pub mod program;
