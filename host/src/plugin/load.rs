//! [`Plugin`]: a debugger that may run.
//!
//! Invariant: a plugin that exists fits this host, and needs no right that it was not granted.

use super::error::Problem;
use super::file::DebuggerFile;
use super::state::PluginState;
use super::{Engine, Grants, Limits, LoadError, OnFailure};
use crate::world::{self, DebuggerPre, Interfaces};
use std::borrow::Cow;
use std::time::Instant;
use wasmtime::component::{Component, Linker};

/// A debugger component, compiled and linked. It can be run any number of times, also at once.
#[derive(Clone)]
pub struct Plugin {
    pub(super) name: String,
    pub(super) engine: Engine,
    pub(super) linked: DebuggerPre<PluginState>,
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
    /// Makes a debugger of a component in binary or text format, for an engine and with some grants. `name` is how
    /// messages call it: its name or its file.
    ///
    /// # Errors
    /// Everything that can be refused before it runs: see [`Problem`].
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

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Plugin {
        self.limits = limits;
        self
    }

    /// The same with another answer to a failure.
    #[must_use]
    pub fn with_on_failure(mut self, on_failure: OnFailure) -> Plugin {
        self.on_failure = on_failure;
        self
    }

    /// How messages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The binary form of a file that may be text.
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

/// Links what is granted, and WASI whole: compiled languages import it without need, and what it reaches is empty.
fn link(engine: &Engine, component: &Component, grants: &Grants) -> wasmtime::Result<DebuggerPre<PluginState>> {
    let mut linker = Linker::new(engine.wasmtime());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let Grants { control, inspect, modify, messages, .. } = *grants;
    let interfaces = Interfaces { control, inspect, modify, messages };
    world::add_to_linker(&mut linker, interfaces, |state: &mut PluginState| &mut state.world)?;
    DebuggerPre::new(linker.instantiate_pre(component)?)
}
