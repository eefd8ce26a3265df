//! The ways in which a program ends, with the text and the exit code that its user sees.
//!
//! Invariant: an exit that the program asked for is not a failure.

use super::Symbols;
use super::backtrace::Backtrace;
use crate::debuggee::{StackOutline, Value};
use crate::trap;
use wasmtime::{ThrownException, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

/// The results of a program that returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The results of the function that was invoked, as lines for standard output.
    pub lines: Vec<String>,
    /// The same results as values for a debugger, if the function is a core module's.
    pub values: Vec<Value>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It returned.
    Returned(Completion),
    /// It asked to be ended with this code.
    Exited(i32),
    /// It trapped. The text has the reason and the backtrace.
    Trapped(String),
    /// It threw an exception that nothing caught, or a host function failed. The text has the
    /// reason and the backtrace.
    Failed(String),
}

/// The exit code of a trap: that of a process that aborts.
const TRAP_CODE: i32 = if cfg!(unix) { 134 } else { 3 };

/// The exit code of a program that failed, and of one whose own code a process cannot have.
const FAILURE_CODE: i32 = 1;

/// The exit code of a process for the code that a program asked for; none if a process cannot have
/// it.
///
/// On Unix a process has eight bits for it. A code that fits into a signed or an unsigned byte
/// becomes that byte, so -1 is 255, as it is for a native program. To cut off the rest of a larger
/// one could make a success of a failure (256 would become 0).
fn process_code(code: i32) -> Option<i32> {
    if !cfg!(unix) {
        return Some(code);
    }
    let signed = i8::try_from(code).map(i8::cast_unsigned);
    u8::try_from(code).or(signed).map(i32::from).ok()
}

/// The exit code that a program asked for, if that is why it ended with this error.
#[must_use]
pub fn classify_exit(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

impl ExitStatus {
    /// Makes it from the result of a program's body. Backtraces have no places in the sources.
    #[must_use]
    pub fn of(result: &wasmtime::Result<Completion>) -> Self {
        Self::describe(result, &Symbols::default(), None)
    }

    /// Makes it from the result of a program's body. Backtraces have the places that the symbols
    /// know, and the outermost frames of `outline`, if the engine's own backtrace ends before them.
    #[must_use]
    pub fn describe(result: &wasmtime::Result<Completion>, symbols: &Symbols, outline: Option<&StackOutline>) -> Self {
        let error = match result {
            Ok(completion) => return Self::Returned(completion.clone()),
            Err(error) => error,
        };
        if let Some(code) = classify_exit(error) {
            return Self::Exited(code);
        }
        let push_backtrace = |text: &mut String| {
            if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
                text.push_str(&Backtrace { frames: backtrace.frames(), symbols, outline }.to_string());
            }
        };
        let mut text = String::new();
        if let Some(code) = error.downcast_ref::<Trap>() {
            text.push_str(trap::without_prefix(&code.to_string()));
            push_backtrace(&mut text);
            return Self::Trapped(text);
        }
        if error.is::<ThrownException>() {
            text.push_str("it threw an exception that nothing catches");
        } else {
            let backtrace = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::to_string);
            let causes = error.chain().map(ToString::to_string).filter(|cause| Some(cause) != backtrace.as_ref());
            text.push_str(&causes.collect::<Vec<_>>().join(": "));
        }
        push_backtrace(&mut text);
        Self::Failed(text)
    }

    /// The exit code for the process that ran the program.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Returned(_) => 0,
            Self::Exited(code) => process_code(*code).unwrap_or(FAILURE_CODE),
            Self::Trapped(_) => TRAP_CODE,
            Self::Failed(_) => FAILURE_CODE,
        }
    }

    /// The message for the user; none if the program ended as it should. `program` is the program's
    /// name.
    #[must_use]
    pub fn message(&self, program: &str) -> Option<String> {
        match self {
            Self::Exited(code) if process_code(*code).is_none() => Some(format!(
                "{program} exited with the code {code}, which does not fit into the exit code of a process; that is \
                 {FAILURE_CODE}"
            )),
            Self::Returned(_) | Self::Exited(_) => None,
            Self::Trapped(text) => Some(format!("{program} trapped: {text}")),
            Self::Failed(text) => Some(format!("{program} failed: {text}")),
        }
    }
}
#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Codes that a process can have are passed on; no failure becomes a success.
    #[test]
    fn codes_of_programs_and_of_processes() {
        for (code, expected) in [(0, 0), (1, 1), (125, 125), (126, 126), (134, 134), (255, 255), (-1, 255), (-128, 128)]
        {
            let status = ExitStatus::Exited(code);
            assert_eq!((status.exit_code(), status.message("x.wasm")), (expected, None), "{code}");
        }
        for code in [256, 512, 1000, -129, -256, i32::MAX, i32::MIN] {
            let status = ExitStatus::Exited(code);
            assert_eq!(status.exit_code(), 1, "{code}");
            let message = status.message("x.wasm").unwrap_or_default();
            assert!(
                message.starts_with(&format!("x.wasm exited with the code {code}, which does not fit")),
                "{message}"
            );
        }
    }
}
