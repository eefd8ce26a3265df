//! How a debugger failed, in words for the person at the screen.
//!
//! Invariant: the words are about the debugger; no backtrace of the host's own functions is in them.

use super::LimitReached;
use std::fmt;
use wasmtime::WasmBacktrace;
use wasmtime_wasi::I32Exit;

/// How many functions of a trap's backtrace are shown.
const MAX_FUNCTIONS: usize = 12;

/// How many characters of a debugger's own error are shown.
const MAX_TEXT: usize = 2000;

/// How many characters of a function's name are shown.
const MAX_NAME: usize = 160;

/// How a debugger failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DebuggerFailure {
    /// Its `run` returned an error, or it could not start.
    #[error("the debugger failed: {}", Text(.0))]
    Error(String),
    /// It ended itself with an exit code that is not 0.
    #[error("the debugger ended itself with exit code {0}")]
    Exited(i32),
    /// It trapped.
    #[error("the debugger trapped: {message}{}", Functions(functions))]
    Trapped {
        /// The engine's sentence.
        message: String,
        /// The names of its functions, innermost first.
        functions: Vec<String>,
    },
    /// It reached a limit.
    #[error("the debugger was ended: {0}")]
    Limit(LimitReached),
}

impl DebuggerFailure {
    /// What an error of the engine means for the debugger that it ended. `Ok` is an exit with code 0.
    pub(super) fn of(error: &wasmtime::Error) -> Result<(), DebuggerFailure> {
        if let Some(limit) = error.downcast_ref::<LimitReached>() {
            return Err(DebuggerFailure::Limit(*limit));
        }
        match error.downcast_ref::<I32Exit>() {
            Some(I32Exit(0)) => return Ok(()),
            Some(I32Exit(code)) => return Err(DebuggerFailure::Exited(*code)),
            None => {}
        }
        let functions = match error.downcast_ref::<WasmBacktrace>() {
            Some(backtrace) => backtrace.frames().iter().map(function).collect(),
            None => Vec::new(),
        };
        let message = error.root_cause().to_string();
        let message = message.strip_prefix("wasm trap: ").unwrap_or(&message).to_owned();
        Err(DebuggerFailure::Trapped { message, functions })
    }
}

/// The name of a frame's function: readable, and without what a terminal would act on.
fn function(frame: &wasmtime::FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => {
            let name = format!("{:#}", rustc_demangle::demangle(name));
            name.chars().filter(|character| !character.is_control()).take(MAX_NAME).collect()
        }
        None => format!("function {}", frame.func_index()),
    }
}

/// A debugger's own words, of which there may be too many; lines after the first are set in, so that none looks like the host's.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(MAX_TEXT).map_or(self.0.len(), |(end, _)| end);
        let (shown, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        f.write_str(&shown.trim_end().replace('\n', "\n  "))?;
        if rest.is_empty() { Ok(()) } else { write!(f, "… (and {} more bytes)", rest.len()) }
    }
}

/// A backtrace, one line for each function.
struct Functions<'a>(&'a [String]);

impl fmt::Display for Functions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.0.iter().take(MAX_FUNCTIONS) {
            write!(f, "\n  in {name}")?;
        }
        if self.0.len() > MAX_FUNCTIONS { f.write_str("\n  and more") } else { Ok(()) }
    }
}
