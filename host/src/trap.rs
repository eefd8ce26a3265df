//! The engine's text about a trap, in the form that users read: of a program and of a debugger
//! alike.
//!
//! Invariant: the text loses nothing but the engine's own prefix.

use wasmtime::FrameInfo;

/// A trap's message without the engine's prefix.
pub(crate) fn without_prefix(message: &str) -> &str {
    message.strip_prefix("wasm trap: ").unwrap_or(message)
}

/// The demangled name of a backtrace's function, if the module's name section has one.
pub(crate) fn function_name(frame: &FrameInfo) -> Option<String> {
    // An empty name is none.
    frame.func_name().filter(|name| !name.is_empty()).map(|name| format!("{:#}", rustc_demangle::demangle(name)))
}
