//! How a program ended, in the words and the exit code that its user sees.
//!
//! Invariant: an exit that the program asked for is never told as a failure.

use crate::debuggee::Value;
use std::fmt::Write as _;
use wasmtime::{ThrownException, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

/// What a program that returned has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Lines for standard output: the results of the function that was invoked.
    pub lines: Vec<String>,
    /// These results for a debugger, if the function was a core module's.
    pub values: Vec<Value>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It returned.
    Returned(Completion),
    /// It asked to end with this code.
    Exited(i32),
    /// It trapped; the text says how and where.
    Trapped(String),
    /// It ended with an exception that nothing caught, or a host function failed; the text says how and where.
    Failed(String),
}

/// The exit code of a trap: what a process that aborts has on Unix.
const TRAP_CODE: i32 = if cfg!(unix) { 134 } else { 3 };

/// The exit code that a program asked for, if that is what an error stands for.
#[must_use]
pub fn classify_exit(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

impl Ending {
    /// Tells the ending by the result of a program's body.
    #[must_use]
    pub fn of(result: &wasmtime::Result<Completion>) -> Self {
        let error = match result {
            Ok(completion) => return Self::Returned(completion.clone()),
            Err(error) => error,
        };
        if let Some(code) = classify_exit(error) {
            return Self::Exited(code);
        }
        let mut text = String::new();
        if let Some(trap) = error.downcast_ref::<Trap>() {
            let sentence = trap.to_string();
            text.push_str(sentence.strip_prefix("wasm trap: ").unwrap_or(&sentence));
            push_backtrace(&mut text, error);
            return Self::Trapped(text);
        }
        if error.is::<ThrownException>() {
            text.push_str("it threw an exception that nothing catches");
        } else {
            let backtrace = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::to_string);
            let causes = error.chain().map(ToString::to_string).filter(|cause| Some(cause) != backtrace.as_ref());
            text.push_str(&causes.collect::<Vec<_>>().join(": "));
        }
        push_backtrace(&mut text, error);
        Self::Failed(text)
    }

    /// The exit code for the process that ran the program.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Returned(_) => 0,
            Self::Exited(code) => *code,
            Self::Trapped(_) => TRAP_CODE,
            Self::Failed(_) => 1,
        }
    }

    /// What to tell the user, if there is anything to tell. `program` names the program.
    #[must_use]
    pub fn message(&self, program: &str) -> Option<String> {
        match self {
            Self::Returned(_) | Self::Exited(_) => None,
            Self::Trapped(text) => Some(format!("{program} trapped: {text}")),
            Self::Failed(text) => Some(format!("{program} failed: {text}")),
        }
    }
}

/// Appends the program's own frames, innermost first.
fn push_backtrace(text: &mut String, error: &wasmtime::Error) {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return };
    for (index, frame) in backtrace.frames().iter().enumerate() {
        let function = match frame.func_name() {
            Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
            None => format!("<function {}>", frame.func_index()),
        };
        let _ = write!(text, "\n  {index:>3}: {function}");
        if let Some(module) = frame.module().name() {
            let _ = write!(text, " in {module}");
        }
        if let Some(offset) = frame.module_offset() {
            let _ = write!(text, " at {offset:#x}");
        }
    }
}
