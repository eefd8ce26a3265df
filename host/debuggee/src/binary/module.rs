//! Everything that the binary of one module says, each part decoded when somebody first asks.
//!
//! Owned by the engine's list of modules, which also owns the bytes and passes them in. Invariant:
//! the bytes passed in are always the same.

use super::accesses::ModuleAccesses;
use super::code::ModuleCode;
use super::layout::Layout;
use super::scope::ScopeTypes;
use super::sections::Sections;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use wasmparser::BinaryReaderError;

/// A module's binary, as far as it has been decoded.
#[derive(Debug)]
pub(crate) struct ModuleBinary {
    pub(crate) sections: Sections,
    pub(crate) code: ModuleCode,
    layout: Option<Arc<Layout>>,
    scope: Option<Arc<ScopeTypes>>,
    accesses: Option<Arc<ModuleAccesses>>,
    function_names: Option<Arc<FxHashMap<u32, String>>>,
}

impl ModuleBinary {
    /// Finds the sections; decodes nothing else yet.
    pub(crate) fn of(bytes: &[u8]) -> ModuleBinary {
        let sections = Sections::of(bytes);
        let code = ModuleCode::of(&sections);
        ModuleBinary { sections, code, layout: None, scope: None, accesses: None, function_names: None }
    }

    /// The entities that the module defines, imports and exports.
    pub(crate) fn layout(&mut self, bytes: &[u8]) -> Result<Arc<Layout>, BinaryReaderError> {
        if let Some(layout) = &self.layout {
            return Ok(Arc::clone(layout));
        }
        let layout = Layout::of(&self.sections, bytes)?;
        Ok(Arc::clone(self.layout.insert(Arc::new(layout))))
    }

    /// The types that conditions are checked against.
    pub(crate) fn scope(&mut self, bytes: &[u8]) -> Result<Arc<ScopeTypes>, BinaryReaderError> {
        if let Some(scope) = &self.scope {
            return Ok(Arc::clone(scope));
        }
        let scope = ScopeTypes::of(&self.sections, bytes)?;
        Ok(Arc::clone(self.scope.insert(Arc::new(scope))))
    }

    /// The instructions that touch memories and globals.
    pub(crate) fn accesses(&mut self, bytes: &[u8]) -> Arc<ModuleAccesses> {
        let accesses = self.accesses.get_or_insert_with(|| Arc::new(ModuleAccesses::of(&self.sections, bytes)));
        Arc::clone(accesses)
    }

    /// As [`ModuleBinary::accesses`], but none if nobody has asked for them before.
    pub(crate) fn known_accesses(&self) -> Option<&ModuleAccesses> {
        self.accesses.as_deref()
    }

    /// The names that the name section gives to functions.
    pub(crate) fn function_names(&mut self, bytes: &[u8]) -> Arc<FxHashMap<u32, String>> {
        let names = self.function_names.get_or_insert_with(|| {
            Arc::new(self.sections.function_names(bytes).map(|(index, name)| (index, name.to_owned())).collect())
        });
        Arc::clone(names)
    }
}
