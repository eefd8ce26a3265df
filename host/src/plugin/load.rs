//! [`Plugin`]: a debugger that was checked and may run.
//!
//! Invariant: every plugin fits this host and was granted every right that it needs.

use super::error::Problem;
use super::file::DebuggerFile;
use super::wasi::PluginData;
use super::{Engine, Grants, Limits, LoadError, OnFailure};
use crate::world::{self, DebuggerPre, Interfaces};
use std::borrow::Cow;
use std::time::Instant;
use wasmtime::component::{Component, Linker};

/// A debugger component, compiled and linked. It can be run any number of times, also several times
/// at once.
#[derive(Clone)]
pub struct Plugin {
    pub(super) name: String,
    pub(super) engine: Engine,
    pub(super) linked: DebuggerPre<PluginData>,
    pub(super) grants: Grants,
    pub(super) limits: Limits,
    pub(super) on_failure: OnFailure,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Plugin {
    /// Checks, compiles and links a component in binary or text format. `name` stands for it in
    /// messages: a name or the path of its file.
    ///
    /// # Errors
    /// Everything for which a debugger can be refused before it runs: see [`Problem`].
    pub fn load(engine: &Engine, name: &str, bytes: &[u8], grants: Grants) -> Result<Plugin, LoadError> {
        let problem = |problem| {
            let error = LoadError { name: name.to_owned(), problem };
            tracing::debug!(%error, "debugger refused");
            error
        };
        let started = Instant::now();
        let bytes = binary(bytes).map_err(problem)?;
        let file = DebuggerFile::read(&bytes).map_err(|error| problem(error.into()))?;
        tracing::debug!(name, n_bytes = bytes.len(), version = %file.version, rights = ?file.rights, "debugger read");
        file.accept(&grants.rights()).map_err(|error| problem(error.into()))?;
        for (path, _) in &grants.dirs {
            let message = match path.metadata() {
                Ok(metadata) if metadata.is_dir() => continue,
                Ok(_) => "not a directory".to_owned(),
                Err(error) => error.to_string(),
            };
            return Err(problem(Problem::Directory { path: path.clone(), message }));
        }
        let component = Component::from_binary(engine.wasmtime(), &bytes)
            .map_err(|error| problem(Problem::Compile(format!("{error:#}"))))?;
        let linked = link(engine, &component, &grants).map_err(|error| problem(Problem::Link(format!("{error:#}"))))?;
        tracing::debug!(name, time = ?started.elapsed(), "debugger compiled and linked");
        Ok(Plugin {
            name: name.to_owned(),
            engine: engine.clone(),
            linked,
            grants,
            limits: Limits::default(),
            on_failure: OnFailure::default(),
        })
    }

    /// Replaces the limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Plugin {
        self.limits = limits;
        self
    }

    /// Replaces what happens to the program when the debugger fails.
    #[must_use]
    pub fn with_on_failure(mut self, on_failure: OnFailure) -> Plugin {
        self.on_failure = on_failure;
        self
    }

    /// The name that stands for the debugger in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The binary of a file in binary or text format.
fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Problem> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.trim().is_empty() => Err(Problem::Empty),
        Ok(text) if text.trim_start().starts_with(['(', ';']) => match wat::parse_str(text) {
            Ok(binary) => Ok(Cow::Owned(binary)),
            Err(error) => Err(Problem::Text(error.to_string())),
        },
        _ => Ok(Cow::Borrowed(bytes)),
    }
}

/// Links the granted interfaces, and all of WASI: the runtimes of compiled languages import it
/// whether the debugger needs it or not, and without grants there is nothing behind it.
fn link(engine: &Engine, component: &Component, grants: &Grants) -> wasmtime::Result<DebuggerPre<PluginData>> {
    let mut linker = Linker::new(engine.wasmtime());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let Grants { control, inspect, modify, messages, .. } = *grants;
    let interfaces = Interfaces { control, inspect, modify, messages };
    world::add_to_linker(&mut linker, interfaces, |data: &mut PluginData| &mut data.world)?;
    DebuggerPre::new(linker.instantiate_pre(component)?)
}
