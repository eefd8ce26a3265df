//! The program's functions, read from the binaries of its modules.
//!
//! `module` reads one core module, `sections` fetches the parts of its binary from the host, and
//! `names` chooses a name for each function. Invariant: functions are in the order of their bodies,
//! which is the order of their indices.

mod module;
mod names;
mod sections;

pub use module::{Function, ImportedFunction, ModuleCode, Signature};
pub use sections::Section;
pub(crate) use sections::{read_exactly, sections};

use crate::Session;
use crate::bindings::stillpoint::debugger::inspection;
use crate::bindings::stillpoint::debugger::types::{Location, ModuleId};
use crate::error::Error;

/// The functions of all core modules of a program; see [`Session::code`].
#[derive(Debug, Default)]
pub struct Code {
    modules: Vec<ModuleCode>,
    /// How often [`Code::refresh_throttled`] was called.
    throttled_calls: u64,
}

impl Code {
    /// All modules, in the order of their ids.
    pub fn modules(&self) -> &[ModuleCode] {
        &self.modules
    }

    /// A module by its id.
    pub fn module(&self, id: ModuleId) -> Option<&ModuleCode> {
        let position = self.modules.binary_search_by_key(&id, |module| module.id).ok()?;
        self.modules.get(position)
    }

    /// All functions that have a body, module by module.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.modules.iter().flat_map(|module| module.functions())
    }

    /// The function that an instruction belongs to. Takes a [`Location`], or the `Option` of one
    /// that a stop has.
    pub fn function_at(&self, location: impl Into<Option<Location>>) -> Option<&Function> {
        let location = location.into()?;
        self.module(location.module)?.function_at(location.pc)
    }

    /// Reads the modules that the program has brought since the last refresh, and returns their
    /// ids.
    ///
    /// # Errors
    /// `running`; [`Error::Code`] for a binary that cannot be read.
    pub fn refresh(&mut self, session: &Session) -> Result<Vec<ModuleId>, Error> {
        let known = self.modules.last().map(|module| module.id);
        let mut fresh = Vec::new();
        for module in inspection::modules(session.debuggee())? {
            if known.is_some_and(|known| module.id <= known) {
                continue;
            }
            self.modules.push(ModuleCode::read(module.id, module.name, module.size, &session.reader(module.id))?);
            fresh.push(module.id);
        }
        Ok(fresh)
    }

    /// As [`refresh`](Code::refresh), but does nothing in most calls, for a debugger that calls it
    /// at every stop: only the 1st, 2nd, 4th, … 256th call asks the host, and then each 256th.
    ///
    /// # Errors
    /// As `refresh`.
    pub fn refresh_throttled(&mut self, session: &Session) -> Result<Vec<ModuleId>, Error> {
        self.throttled_calls = self.throttled_calls.wrapping_add(1);
        let calls = self.throttled_calls;
        let due = calls.is_multiple_of(256) || (calls < 256 && calls.is_power_of_two());
        if due { self.refresh(session) } else { Ok(Vec::new()) }
    }
}
