//! From a file to a store and a body: compiling, and everything that is checked before the program may start.
//!
//! Invariant: a [`Prepared`] program has run no instruction, and in [`Mode::Debug`] its store already knows its
//! modules.

use super::{Completion, FileKind, Mode, ProgramError, ProgramState, WasmFile, component, core};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Store};

/// What of a program is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Its beginning: `_start` of a module, `wasi:cli/run` of a component.
    Command,
    /// One function. A module's reactor initialisation (`_initialize`) still comes first.
    Invoke {
        /// A module's exported function by its name; a component's function with its arguments, as in `f(1, "x")`.
        function: String,
        /// The arguments for a module's function. A component's are in `function`, these are not looked at.
        arguments: Vec<String>,
    },
}

/// Runs a program in the store that it was prepared for: instantiates it and makes the calls.
pub type Body = Box<
    dyn for<'a> FnOnce(
            &'a mut Store<ProgramState>,
        ) -> Pin<Box<dyn Future<Output = wasmtime::Result<Completion>> + Send + 'a>>
        + Send,
>;

/// A program's compiled code.
pub struct Compiled {
    file: WasmFile,
    mode: Mode,
    code: Code,
}

enum Code {
    Module(Module),
    Component(Component),
}

impl fmt::Debug for Compiled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Compiled").field("file", &self.file.name()).field("mode", &self.mode).finish()
    }
}

/// A program that is ready to start.
pub struct Prepared {
    /// Its store.
    pub store: Store<ProgramState>,
    /// What runs it. It belongs to this store and no other.
    pub body: Body,
    /// The component's binary, if it is one and is to be debugged.
    pub component: Option<Arc<[u8]>>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Prepared").finish_non_exhaustive()
    }
}

impl Compiled {
    /// Compiles a file with an engine of [`engine`](super::engine), or fetches its code from the engine's cache. This
    /// may take
    /// seconds; call it where blocking is fine.
    ///
    /// # Errors
    /// `Invalid` and `Truncated` of [`ProgramError`].
    pub fn new(engine: &Engine, mode: Mode, file: WasmFile) -> Result<Self, ProgramError> {
        let _span = tracing::debug_span!("compile", file = file.name(), ?mode).entered();
        let begin = std::time::Instant::now();
        let (kind, compiled) = match file.kind() {
            FileKind::Module => ("module", Module::new(engine, file.binary()).map(Code::Module)),
            FileKind::Component => ("component", Component::new(engine, file.binary()).map(Code::Component)),
        };
        let code = compiled.map_err(|error| invalid(&file, kind, &format!("{error:#}")))?;
        tracing::debug!(size = file.binary().len(), elapsed = ?begin.elapsed(), "compiled");
        Ok(Self { file, mode, code })
    }

    /// Links the program, finds what to call and checks the arguments. Nothing of the program runs.
    ///
    /// # Errors
    /// Everything in [`ProgramError`] about imports, exports, and arguments.
    pub fn prepare(&self, state: ProgramState, entry: &Entry) -> Result<Prepared, ProgramError> {
        let engine = match &self.code {
            Code::Module(module) => module.engine(),
            Code::Component(component) => component.engine(),
        };
        let mut store = Store::new(engine, state);
        let name = self.file.name();
        let body = match &self.code {
            Code::Module(module) => core::body(name, self.file.binary(), module, &mut store, entry)?,
            Code::Component(component) => component::body(name, component, entry)?,
        };
        if self.mode.is_debug() {
            // Far away: until a debuggee sets its own, the epoch ends nothing.
            store.set_epoch_deadline(u64::MAX / 2);
            match &self.code {
                Code::Module(module) => store.debug_register_module(module),
                Code::Component(component) => store.debug_register_component(component),
            }
            .map_err(|error| ProgramError::Engine { message: format!("{error:#}") })?;
        }
        let component = match &self.code {
            Code::Component(_) if self.mode.is_debug() => Some(Arc::from(self.file.binary())),
            Code::Component(_) | Code::Module(_) => None,
        };
        Ok(Prepared { store, body, component })
    }
}

impl Prepared {
    /// Runs the program to its end, without a debugger.
    ///
    /// # Errors
    /// However the program ended, if it did not return: see [`Ending`](super::Ending).
    pub async fn run(self) -> wasmtime::Result<Completion> {
        let Self { mut store, body, component: _ } = self;
        body(&mut store).await
    }
}

/// The error for a file that is not valid. A file that was cut short shows as one of many faults; to the user it is
/// a fault of its own.
pub(super) fn invalid(file: &WasmFile, kind: &'static str, message: &str) -> ProgramError {
    let path = file.name().to_owned();
    let first = wasmparser::Parser::new(0).parse_all(file.binary()).find_map(Result::err);
    if first.is_some_and(|error| error.message().contains("unexpected end")) {
        return ProgramError::Truncated { path, offset: file.binary().len() };
    }
    ProgramError::Invalid { path, kind, message: message.to_owned() }
}
