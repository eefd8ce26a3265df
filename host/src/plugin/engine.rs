//! The engine that compiles and runs debuggers.
//!
//! Invariant: every debugger can be stopped: its code is compiled with epoch checks, and a ticker
//! increments the epoch.

use super::error::Problem;
use super::{LoadError, Ticker};
use wasmtime::{Cache, Config};

/// The stack of a debugger's own code, in bytes: the engine's default.
const WASM_STACK: usize = 512 << 10;

/// The stack of the host functions that a debugger calls, in bytes. It is large because the program
/// under debug is started on it: a call of `resume` polls the program's body for the first time.
const HOST_STACK: usize = 4 << 20;

/// Compiles and runs debuggers. One is enough for a process; clones share it.
#[derive(Clone)]
pub struct Engine {
    engine: wasmtime::Engine,
    _ticker: Ticker,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Makes an engine that keeps compiled debuggers in `cache`.
    ///
    /// # Errors
    /// [`Problem::Host`], when the machine cannot run compiled WebAssembly.
    pub fn new(cache: Option<Cache>) -> Result<Engine, LoadError> {
        let failed = |text| LoadError { name: "the debuggers' engine".to_owned(), problem: Problem::Host(text) };
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            // Support for concurrent calls would double the cost of every call.
            .concurrency_support(false)
            .epoch_interruption(true)
            .max_wasm_stack(WASM_STACK)
            .async_stack_size(WASM_STACK.saturating_add(HOST_STACK))
            .cache(cache);
        let engine = wasmtime::Engine::new(&config).map_err(|error| failed(format!("{error:#}")))?;
        let ticker = Ticker::new([engine.clone()]).map_err(|error| failed(error.to_string()))?;
        Ok(Engine { engine, _ticker: ticker })
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.engine
    }
}
