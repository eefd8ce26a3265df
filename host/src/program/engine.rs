//! The engine's configuration for programs.
//!
//! Invariant: both modes run the same WebAssembly; they differ in instrumentation only.

use super::ProgramError;
use wasmtime::{Cache, Config, Engine, Strategy};

/// What a program is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To run under a debugger: instrumented code, and epochs to interrupt it.
    Debug,
    /// To run without one, at full speed.
    Plain,
}

/// Stack for the program in plain mode, in bytes: the engine's own default.
const PLAIN_STACK: usize = 512 * 1024;

/// Instrumented code keeps every local and operand in its frame. This much lets a program recurse at least as deep
/// under a debugger as without one.
const DEBUG_STACK: usize = 16 * PLAIN_STACK;

/// Stack for host functions below the program's, in bytes.
const HOST_STACK: usize = 1536 * 1024;

/// Makes an engine for programs.
///
/// # Errors
/// `ProgramError::Engine`, when the machine cannot run compiled WebAssembly.
pub fn engine(mode: Mode, cache: Option<Cache>) -> Result<Engine, ProgramError> {
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
    let stack = match mode {
        Mode::Debug => {
            config.guest_debug(true).epoch_interruption(true);
            DEBUG_STACK
        }
        Mode::Plain => PLAIN_STACK,
    };
    config.max_wasm_stack(stack).async_stack_size(stack.saturating_add(HOST_STACK));
    Engine::new(&config).map_err(|error| ProgramError::Engine { message: format!("{error:#}") })
}
