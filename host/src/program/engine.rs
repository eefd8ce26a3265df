//! The engine's configuration for programs.
//!
//! Invariant: both modes run the same WebAssembly; they differ in instrumentation only.

use super::{ProgramError, WasmFile};
use wasmparser::{FunctionBody, Parser, Payload, ValType};
use wasmtime::{Cache, Collector, Config, Engine, Strategy};

/// What a program is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To run under a debugger: instrumented code, and epochs to interrupt it.
    Debug,
    /// As `Debug`, for a program that the engine's collectors cannot be trusted with then: dead objects stay in memory. See
    /// [`Mode::debug`].
    DebugUncollected,
    /// To run without one, at full speed.
    Plain,
}

impl Mode {
    /// To run a program under a debugger.
    ///
    /// In instrumented code the engine's collectors read every local of a reference type, also one of a non-nullable type that
    /// has not been set yet and holds whatever the stack held before: they end the program, or worse, for no fault of its own. A
    /// program with such locals gets no collector.
    #[must_use]
    pub fn debug(file: &WasmFile) -> Mode {
        if has_unset_references(file.binary()) { Mode::DebugUncollected } else { Mode::Debug }
    }

    /// Whether it is to run under a debugger.
    #[must_use]
    pub fn is_debug(self) -> bool {
        self != Mode::Plain
    }
}

/// Whether any function declares a local of a non-nullable reference type. Code that cannot be read is for the compiler to refuse.
fn has_unset_references(binary: &[u8]) -> bool {
    let declares = |body: &FunctionBody<'_>| {
        let locals = body.get_locals_reader().into_iter().flatten();
        locals.flatten().any(|(_, ty)| matches!(ty, ValType::Ref(reference) if !reference.is_nullable()))
    };
    let payloads = Parser::new(0).parse_all(binary).map_while(Result::ok);
    payloads.into_iter().any(|payload| matches!(&payload, Payload::CodeSectionEntry(body) if declares(body)))
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
        Mode::Debug | Mode::DebugUncollected => {
            config.guest_debug(true).epoch_interruption(true);
            DEBUG_STACK
        }
        Mode::Plain => PLAIN_STACK,
    };
    if mode == Mode::DebugUncollected {
        config.collector(Collector::Null);
    }
    config.max_wasm_stack(stack).async_stack_size(stack.saturating_add(HOST_STACK));
    Engine::new(&config).map_err(|error| ProgramError::Engine { message: format!("{error:#}") })
}
