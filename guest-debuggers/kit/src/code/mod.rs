//! The program's functions, as its binaries tell.
//!
//! `module` reads one core module, `sections` fetches its parts from the host piece by piece, `names` chooses a name for
//! each function. Invariant: functions are in the order of their bodies, which is the order of their indices.

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
    /// How often [`Code::refresh_at_times`] was called.
    calls: u64,
}

impl Code {
    /// All modules, in order of their numbers.
    pub fn modules(&self) -> &[ModuleCode] {
        &self.modules
    }

    /// A module by its number.
    pub fn module(&self, id: ModuleId) -> Option<&ModuleCode> {
        let position = self.modules.binary_search_by_key(&id, |module| module.id).ok()?;
        self.modules.get(position)
    }

    /// All functions that have a body, module by module.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.modules.iter().flat_map(|module| module.functions())
    }

    /// The function that an instruction belongs to. Takes a [`Location`] or what a stop has of it.
    pub fn function_at(&self, location: impl Into<Option<Location>>) -> Option<&Function> {
        let location = location.into()?;
        self.module(location.module)?.function_at(location.pc)
    }

    /// Reads the modules that the program has brought since, and gives their numbers.
    ///
    /// # Errors
    /// `running`; or a binary that cannot be read.
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

    /// [`refresh`](Code::refresh), but only now and then: for a debugger that calls it at every stop. Looks at the
    /// 1st, 2nd, 4th, … 256th call, and then at each 256th.
    ///
    /// # Errors
    /// As `refresh`.
    pub fn refresh_at_times(&mut self, session: &Session) -> Result<Vec<ModuleId>, Error> {
        self.calls = self.calls.wrapping_add(1);
        let due = self.calls.is_multiple_of(256) || (self.calls < 256 && self.calls.is_power_of_two());
        if due { self.refresh(session) } else { Ok(Vec::new()) }
    }
}
