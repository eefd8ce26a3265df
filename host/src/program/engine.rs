//! The engine's configuration for programs.
//!
//! Invariant: both modes accept the same WebAssembly. They differ in instrumentation.

use super::ProgramError;
use std::num::NonZeroUsize;
use wasmtime::{Cache, Config, Engine, Strategy};

/// The purpose that a program is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To be run under a debugger: instrumented code, with epoch checks to interrupt it.
    Debug,
    /// To be run without a debugger, at full speed.
    Plain,
}

impl Mode {
    /// Whether it is a mode for a debugger.
    #[must_use]
    pub fn is_debug(self) -> bool {
        self != Mode::Plain
    }
}

/// The program's stack in plain mode, in bytes: the engine's own default.
const PLAIN_STACK: usize = 512 * 1024;

/// The program's stack under a debugger, in bytes. Instrumented code keeps every local and operand
/// in its frame, which makes it larger by a factor that differs between functions: in real programs
/// the median is 2 to 3, and one function in a hundred has 10. With this size a program can recurse
/// at least as deep as without a debugger.
const DEBUG_STACK: usize = 16 * PLAIN_STACK;

/// The stack of the host functions that a program calls, in bytes.
const HOST_STACK: usize = 1536 * 1024;

/// Makes an engine for programs.
///
/// # Errors
/// `ProgramError::Engine`, when the machine cannot run compiled WebAssembly.
pub fn engine(mode: Mode, cache: Option<Cache>) -> Result<Engine, ProgramError> {
    engine_with_stack(mode, if mode.is_debug() { DEBUG_STACK } else { PLAIN_STACK }, cache)
}

/// As [`engine`], with another size than its own for the stack of the program's code, in bytes.
///
/// # Errors
/// As [`engine`], and when the size is zero.
pub fn engine_with_stack(mode: Mode, stack: usize, cache: Option<Cache>) -> Result<Engine, ProgramError> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .wasm_simd(true)
        .wasm_relaxed_simd(true)
        .wasm_bulk_memory(true)
        .wasm_multi_value(true)
        .wasm_reference_types(true)
        .wasm_function_references(true)
        .wasm_gc(true)
        .wasm_exceptions(true)
        .wasm_tail_call(true)
        .wasm_memory64(true)
        .wasm_multi_memory(true)
        .wasm_extended_const(true)
        .wasm_threads(true)
        .shared_memory(true)
        .wasm_component_model(true)
        .cache(cache);
    match mode {
        Mode::Debug => {
            config.guest_debug(true).epoch_interruption(true);
        }
        Mode::Plain => {
            // More than the stack has room for. With a debugger the engine's own number of 20 stays,
            // because the debuggee has the engine make backtraces for other purposes, and outlines
            // deep stacks itself.
            config.wasm_backtrace_max_frames(NonZeroUsize::new(stack / 8));
        }
    }
    config.max_wasm_stack(stack).async_stack_size(stack.saturating_add(HOST_STACK));
    Engine::new(&config).map_err(|error| ProgramError::Engine { message: format!("{error:#}") })
}
