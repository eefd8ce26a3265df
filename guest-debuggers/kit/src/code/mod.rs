//! The program's functions, as the host lists them.
//!
//! `module` has those of one core module, `label` tells functions of one name apart, and `sections`
//! finds the parts of a module's binary. Invariant: nothing here reads code; every name, type and
//! place of a function is the host's.

mod label;
mod module;
mod sections;

pub use label::Label;
pub(crate) use module::on_one_line;
pub use module::{Function, ImportedFunction, ModuleCode, Signature};
pub use sections::Section;
pub(crate) use sections::{sections, tag_names};

use std::collections::{HashMap, HashSet};

use crate::contract::common::{Location, ModuleId};
use crate::error::Error;
use crate::session::Session;

/// The functions of all core modules of a program; see [`Session::code`].
#[derive(Debug, Default)]
pub struct Code {
    modules: Vec<ModuleCode>,
    /// The names that functions of several modules have.
    shared_names: HashSet<String>,
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

    /// All functions of the program that have a body, module by module. Those of the modules that
    /// the host has made to [adapt](ModuleCode::is_adapter) calls are left out.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.program_modules().flat_map(|module| module.functions())
    }

    /// The modules of the program itself: all but those that the host has made to
    /// [adapt](ModuleCode::is_adapter) calls.
    pub fn program_modules(&self) -> impl Iterator<Item = &ModuleCode> {
        self.modules.iter().filter(|module| !module.is_adapter)
    }

    /// A function's short name, by which a user can tell it from every other function: followed by
    /// its index if its module has several functions of this name, and by its module if several
    /// modules have.
    pub fn label<'c>(&'c self, function: &'c Function) -> Label<'c> {
        let module = self.module(function.module).filter(|_| self.shared_names.contains(&function.name));
        Label { function, module: module.map(|module| module.name.as_str()) }
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
    /// `running`, `detached`.
    pub fn refresh(&mut self, session: &Session) -> Result<Vec<ModuleId>, Error> {
        let known = self.modules.last().map(|module| module.id);
        let mut fresh = Vec::new();
        for module in session.modules()? {
            if known.is_some_and(|known| module.id <= known) {
                continue;
            }
            fresh.push(module.id);
            self.add(ModuleCode::read(session, module)?);
        }
        if !fresh.is_empty() {
            self.find_shared_names();
        }
        Ok(fresh)
    }

    /// Adds a module, under a name that no other has.
    fn add(&mut self, mut module: ModuleCode) {
        if self.modules.iter().any(|other| other.name == module.name) {
            module.name = format!("{}[{}]", module.name, module.id);
        }
        self.modules.push(module);
    }

    fn find_shared_names(&mut self) {
        let mut shared = HashSet::new();
        if self.program_modules().nth(1).is_some() {
            let mut owners: HashMap<&str, ModuleId> = HashMap::new();
            for function in self.functions() {
                if *owners.entry(&function.name).or_insert(function.module) != function.module {
                    shared.insert(function.name.clone());
                }
            }
        }
        self.shared_names = shared;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, FakeModule};

    #[test]
    fn a_large_module_comes_in_pages() {
        let module = (0..80_000).fold(FakeModule::new("large"), |module, n| module.function(&format!("f{n}"), [], []));
        let outcome = FakeHost::new(module).module(FakeModule::new("small").function("f7", [], [])).debug(|session| {
            let mut code = session.code()?;
            assert_eq!(code.functions().count(), 80_001);
            let last = code.functions().last().expect("there are many").clone();
            assert_eq!(code.function_at(last.location()), Some(&last));
            assert_eq!(code.label(&last).to_string(), "f7 (small)");
            assert_eq!(code.refresh(session)?, Vec::<ModuleId>::new(), "they are known");
            Ok(())
        });
        assert_eq!(outcome.result, Ok(()));
    }
}
