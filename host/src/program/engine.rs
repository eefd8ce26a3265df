//! The engine's configuration for programs.
//!
//! Invariant: all modes accept the same WebAssembly. They differ in instrumentation and in the
//! garbage collector.

use super::{ProgramError, WasmFile};
use wasmparser::{FunctionBody, Parser, Payload, ValType};
use wasmtime::{Cache, Collector, Config, Engine, Strategy};

/// The purpose that a program is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To be run under a debugger: instrumented code, with epoch checks to interrupt it.
    Debug,
    /// As `Debug`, but without a garbage collector, so that dead objects stay in memory. For the
    /// programs that [`Mode::debug`] describes.
    DebugUncollected,
    /// To be run without a debugger, at full speed.
    Plain,
}

impl Mode {
    /// The mode in which a program can run under a debugger.
    ///
    /// In instrumented code the engine's collectors read every local of a reference type, even one
    /// of a non-nullable type that has not been set yet. Such a local holds whatever the stack held
    /// before, so a collection can end the program or corrupt it. A program that has such locals is
    /// therefore run without a collector.
    #[must_use]
    pub fn debug(file: &WasmFile) -> Mode {
        if has_unset_references(file.binary()) { Mode::DebugUncollected } else { Mode::Debug }
    }

    /// Whether it is a mode for a debugger.
    #[must_use]
    pub fn is_debug(self) -> bool {
        self != Mode::Plain
    }
}

/// Whether any function declares a local of a non-nullable reference type. Code that cannot be
/// parsed is skipped, because the compiler will refuse it.
fn has_unset_references(binary: &[u8]) -> bool {
    let declares = |body: &FunctionBody<'_>| {
        let locals = body.get_locals_reader().into_iter().flatten();
        locals.flatten().any(|(_, ty)| matches!(ty, ValType::Ref(reference) if !reference.is_nullable()))
    };
    let payloads = Parser::new(0).parse_all(binary).map_while(Result::ok);
    payloads.into_iter().any(|payload| matches!(&payload, Payload::CodeSectionEntry(body) if declares(body)))
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
    if mode.is_debug() {
        config.guest_debug(true).epoch_interruption(true);
    }
    if mode == Mode::DebugUncollected {
        config.collector(Collector::Null);
    }
    config.max_wasm_stack(stack).async_stack_size(stack.saturating_add(HOST_STACK));
    Engine::new(&config).map_err(|error| ProgramError::Engine { message: format!("{error:#}") })
}
