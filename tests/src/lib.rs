//! Shared by the end-to-end tests: the program `stillpoint` itself, programs to debug, and hostile
//! debuggers.
//!
//! Everything is built when a test first asks for it, in `target/guests`. Invariant: a missing tool
//! skips a test with a line that says what to install, but fails the test if the variable `CI` is
//! set.

mod build;
mod command;
mod languages;
pub mod lldb;
mod stream;
mod tools;

pub use build::{guest, host_binary, host_example, program};
pub use command::{Finished, Running, Stillpoint, example, stillpoint};
pub use languages::{c_debugger, javascript_debugger, python_debugger, rust_debugger};
pub use stream::Stream;
pub use tools::{c_program, resvg, skip, unoptimized_c_program, unoptimized_rust_program, written};

/// The folder that this crate lives in.
pub fn folder() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
