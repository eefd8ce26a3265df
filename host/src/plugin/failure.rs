//! The ways in which a debugger fails, and the texts that the user reads about them.
//!
//! Invariant: the texts are about the debugger; they hold no backtrace of the host's own functions.

use super::LimitReached;
use crate::trap;
use std::fmt;
use wasmtime::WasmBacktrace;
use wasmtime_wasi::I32Exit;

/// The most functions of a trap's backtrace that are shown.
const MAX_FUNCTIONS: usize = 12;

/// The most characters of a debugger's own error that are shown.
const MAX_TEXT: usize = 2000;

/// The most characters of a function's name that are shown.
const MAX_NAME: usize = 160;

/// How a debugger failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DebuggerFailure {
    /// Its `run` returned this error, or it could not be started.
    #[error("the debugger failed: {}", Text(.0))]
    Error(String),
    /// It called `exit` with a code that is not 0.
    #[error("the debugger ended itself with exit code {0}")]
    Exited(i32),
    /// It trapped.
    #[error("the debugger trapped: {message}{}", Functions(functions))]
    Trapped {
        /// The engine's message.
        message: String,
        /// The names of the functions of its backtrace, innermost first.
        functions: Vec<String>,
    },
    /// It reached a limit.
    #[error("the debugger was ended: {0}")]
    Limit(LimitReached),
}

impl DebuggerFailure {
    /// Classifies the engine's error that ended a debugger. `Ok` stands for an exit with code 0.
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
        let message = trap::without_prefix(&error.root_cause().to_string()).to_owned();
        Err(DebuggerFailure::Trapped { message, functions })
    }
}

/// The name of a frame's function, cut to [`MAX_NAME`] and without control characters.
fn function(frame: &wasmtime::FrameInfo) -> String {
    match trap::function_name(frame) {
        Some(name) => name.chars().filter(|character| !character.is_control()).take(MAX_NAME).collect(),
        None => format!("function {}", frame.func_index()),
    }
}

/// A debugger's own text, cut to [`MAX_TEXT`]. Lines after the first are indented, so that none
/// looks like a message of the host's.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.trim().is_empty() {
            return f.write_str("it gives no reason");
        }
        let end = self.0.char_indices().nth(MAX_TEXT).map_or(self.0.len(), |(end, _)| end);
        let (shown, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        f.write_str(&shown.trim_end().replace('\n', "\n  "))?;
        if rest.is_empty() { Ok(()) } else { write!(f, "… (and {} more bytes)", rest.len()) }
    }
}

/// A backtrace, one line for each function, cut to [`MAX_FUNCTIONS`].
struct Functions<'a>(&'a [String]);

impl fmt::Display for Functions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.0.iter().take(MAX_FUNCTIONS) {
            write!(f, "\n  in {name}")?;
        }
        if self.0.len() > MAX_FUNCTIONS { f.write_str("\n  and more") } else { Ok(()) }
    }
}
