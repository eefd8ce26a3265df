//! Everything that the binary of one module says, each part decoded when somebody first asks.
//!
//! Owned by the engine's list of modules, which also owns the bytes and passes them in. Invariant:
//! the bytes passed in are always the same.

use super::accesses::ModuleAccesses;
use super::code::ModuleCode;
use super::layout::{Layout, at};
use super::scope::ScopeTypes;
use super::sections::Sections;
use super::unset_locals::UnsetLocals;
use crate::plain::Function;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody};

/// A module's binary, as far as it has been decoded.
#[derive(Debug)]
pub(crate) struct ModuleBinary {
    pub(crate) sections: Sections,
    pub(crate) code: ModuleCode,
    layout: Option<Arc<Layout>>,
    scope: Option<Arc<ScopeTypes>>,
    accesses: Option<Arc<ModuleAccesses>>,
    function_names: Option<Arc<FxHashMap<u32, String>>>,
    /// Whether any function has locals that have no value at first.
    has_unset_locals: Option<bool>,
    /// These locals, by the function's index among those that the module defines.
    unset_locals: FxHashMap<u32, Arc<UnsetLocals>>,
}

impl ModuleBinary {
    /// Finds the sections; decodes nothing else yet.
    pub(crate) fn of(bytes: &[u8]) -> ModuleBinary {
        let sections = Sections::of(bytes);
        let code = ModuleCode::of(&sections);
        ModuleBinary {
            sections,
            code,
            layout: None,
            scope: None,
            accesses: None,
            function_names: None,
            has_unset_locals: None,
            unset_locals: FxHashMap::default(),
        }
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

    /// The functions from index `first`, at most `limit`.
    pub(crate) fn functions(
        &mut self,
        bytes: &[u8],
        first: u32,
        limit: u32,
    ) -> Result<Vec<Function>, BinaryReaderError> {
        let (layout, names) = (self.layout(bytes)?, self.function_names(bytes));
        let (imports, exports) = (layout.imported_functions(), layout.exported_functions());
        let end = first.saturating_add(limit).min(layout.counts.functions);
        let functions = (first..end).map(|index| {
            let name = names.get(&index).cloned();
            let import = at(&imports, index).map(|import| (import.module.clone(), import.name.clone()));
            let defined = index.checked_sub(self.sections.n_imported_functions);
            Function {
                index,
                exported: exports.get(&index).filter(|_| name.is_none()).map(|name| (*name).to_owned()),
                name,
                ty: layout.function_type(index),
                import,
                body: defined.and_then(|defined| self.sections.function_body(bytes, usize::try_from(defined).ok()?)),
            }
        });
        Ok(functions.collect())
    }

    /// Whether any function of the module has locals that have no value at first.
    #[inline]
    pub(crate) fn has_unset_locals(&mut self, bytes: &[u8]) -> bool {
        match self.has_unset_locals {
            Some(has) => has,
            None => {
                let bodies = self.sections.bodies.iter();
                let mut bodies =
                    bodies.filter_map(|body| Some(BinaryReader::new(bytes.get(body.clone())?, body.start)));
                *self.has_unset_locals.insert(bodies.any(|body| UnsetLocals::are_declared_in(&FunctionBody::new(body))))
            }
        }
    }

    /// The locals of a function that have no value at first, by the function's index in the
    /// module's function index space; `None` for an imported function.
    pub(crate) fn unset_locals(
        &mut self,
        bytes: &[u8],
        function: u32,
    ) -> Result<Option<Arc<UnsetLocals>>, BinaryReaderError> {
        let Some(defined) = function.checked_sub(self.sections.n_imported_functions) else { return Ok(None) };
        if let Some(unset) = self.unset_locals.get(&defined) {
            return Ok(Some(Arc::clone(unset)));
        }
        let layout = self.layout(bytes)?;
        let body = usize::try_from(defined).ok().and_then(|defined| self.sections.bodies.get(defined)).cloned();
        let Some((body, code)) = body.and_then(|body| Some((body.clone(), bytes.get(body)?))) else { return Ok(None) };
        let n_parameters = layout.function_type(function).params.len();
        let unset = Arc::new(UnsetLocals::decode(code, body.start, n_parameters, &layout)?);
        self.unset_locals.insert(defined, Arc::clone(&unset));
        Ok(Some(unset))
    }
}
