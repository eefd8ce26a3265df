//! From a file to a store and a body: compiles the program, and checks everything that can be
//! checked before it starts.
//!
//! Invariant: a [`Prepared`] program has run no instruction. In the modes for a debugger its store
//! already knows the program's modules.

use super::{Completion, FileKind, Mode, ProgramData, ProgramError, Symbols, Wasi, WasmFile, component, core};
use crate::debuggee::{BodyStore, EntryPoint, Launch, with_nullable_locals};
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Store};

/// The entry point of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The program as a command: `_start` of a module, `wasi:cli/run` of a component.
    Command,
    /// One function. A module's initialisation as a reactor (`_initialize`) still comes first.
    Invoke {
        /// The name of a module's exported function, or the whole call of a component's function,
        /// such as `f(1, "x")`.
        function: String,
        /// The arguments of a module's function. Those of a component's function are in `function`,
        /// and these are ignored.
        arguments: Vec<String>,
    },
}

/// Runs a program in the store that it was prepared for: instantiates it and makes the calls.
pub type Body = Box<
    dyn for<'a> FnOnce(
            &'a mut BodyStore<ProgramData>,
        ) -> Pin<Box<dyn Future<Output = wasmtime::Result<Completion>> + Send + 'a>>
        + Send,
>;

/// A compiled program.
pub struct Compiled {
    file: WasmFile,
    mode: Mode,
    code: CompiledCode,
    /// Whether another binary than the file's has been compiled.
    is_rewritten: bool,
}

enum CompiledCode {
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
    /// The program's store.
    pub store: Store<ProgramData>,
    /// Runs the program. It fits this store and no other.
    pub body: Body,
    /// The binary of the component, if the program is one and is to be debugged.
    pub component: Option<Arc<[u8]>>,
    /// The function that the body calls as the program, for
    /// [`Debuggee::entry_point`](crate::debuggee::Debuggee::entry_point).
    pub entry_point: EntryPoint,
    /// The places of the program's code in its sources, for
    /// [`ExitStatus::describe`](super::ExitStatus::describe).
    pub symbols: Symbols,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Prepared").finish_non_exhaustive()
    }
}

impl Compiled {
    /// Compiles a file with an engine that [`engine`](super::engine()) has made for the same mode,
    /// or takes its code from the engine's cache. This may block for seconds.
    ///
    /// # Errors
    /// `Invalid` and `Truncated` of [`ProgramError`].
    pub fn new(engine: &Engine, mode: Mode, file: WasmFile) -> Result<Self, ProgramError> {
        let _span = tracing::debug_span!("compile", file = file.name(), ?mode).entered();
        let begin = std::time::Instant::now();
        let binary = match mode {
            Mode::Debug => with_nullable_locals(file.binary()),
            Mode::Plain => Cow::Borrowed(file.binary()),
        };
        let (kind, compiled) = match file.kind() {
            FileKind::Module => ("module", Module::new(engine, &binary).map(CompiledCode::Module)),
            FileKind::Component => ("component", Component::new(engine, &binary).map(CompiledCode::Component)),
        };
        let code = compiled.map_err(|error| invalid(&file, kind, &format!("{error:#}")))?;
        tracing::debug!(size = file.binary().len(), elapsed = ?begin.elapsed(), "compiled");
        let is_rewritten = matches!(binary, Cow::Owned(_));
        Ok(Self { file, mode, code, is_rewritten })
    }

    /// What was asked for, as a debugger is told of it.
    #[must_use]
    pub fn launch(&self, wasi: &Wasi, entry: &Entry) -> Launch {
        let is_component = matches!(self.code, CompiledCode::Component(_));
        let (invoked, invoked_arguments) = match entry {
            Entry::Command => (None, Vec::new()),
            Entry::Invoke { function, .. } if is_component => (Some(function.clone()), Vec::new()),
            Entry::Invoke { function, arguments } => (Some(function.clone()), arguments.clone()),
        };
        let (name, arguments) = (Some(wasi.argv0.clone()), wasi.arguments.clone());
        Launch { name, arguments, invoked, invoked_arguments, is_component }
    }

    /// Links the program, finds the function to call and checks the arguments. No code of the
    /// program runs.
    ///
    /// # Errors
    /// Everything in [`ProgramError`] about imports, exports, and arguments.
    pub fn prepare(&self, data: ProgramData, entry: &Entry) -> Result<Prepared, ProgramError> {
        let engine = match &self.code {
            CompiledCode::Module(module) => module.engine(),
            CompiledCode::Component(component) => component.engine(),
        };
        let mut store = Store::new(engine, data);
        let name = self.file.name();
        let (body, entry_point) = match &self.code {
            CompiledCode::Module(module) => core::body(name, self.file.binary(), module, &mut store, entry)?,
            CompiledCode::Component(component) => component::body(name, component, entry)?,
        };
        if self.mode.is_debug() {
            // So far ahead that the epoch never ends the program before a debuggee sets a deadline
            // of its own.
            store.set_epoch_deadline(u64::MAX / 2);
            match &self.code {
                CompiledCode::Module(module) => store.debug_register_module(module),
                CompiledCode::Component(component) => store.debug_register_component(component),
            }
            .map_err(|error| ProgramError::Engine { message: format!("{error:#}") })?;
        }
        let component = match &self.code {
            CompiledCode::Component(_) if self.mode.is_debug() => Some(self.file.share()),
            CompiledCode::Component(_) | CompiledCode::Module(_) => None,
        };
        Ok(Prepared {
            store,
            body,
            component,
            entry_point,
            symbols: Symbols::new(self.file.share()).rewritten(self.is_rewritten),
        })
    }
}

impl Prepared {
    /// Runs the program to its end, without a debugger.
    ///
    /// # Errors
    /// The engine's error if the program did not return. [`ExitStatus`](super::ExitStatus)
    /// classifies it.
    pub async fn run(self) -> wasmtime::Result<Completion> {
        let Self { store, body, .. } = self;
        body(&mut BodyStore::without_debuggee(store)).await
    }
}

/// The error for a file that is not valid. The validator has many messages for a file that was cut
/// short; the user gets one that says so.
pub(super) fn invalid(file: &WasmFile, kind: &'static str, message: &str) -> ProgramError {
    let path = file.name().to_owned();
    let first = wasmparser::Parser::new(0).parse_all(file.binary()).find_map(Result::err);
    if first.is_some_and(|error| error.message().contains("unexpected end")) {
        return ProgramError::Truncated { path, offset: file.binary().len() };
    }
    ProgramError::Invalid { path, kind, message: message.to_owned() }
}
