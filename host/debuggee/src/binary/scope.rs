//! The types of a module's locals, globals and memories, for checking conditions.
//!
//! Read when the first condition is set in a module. Invariant: indices are those of the module's
//! index spaces, imports first.

use super::sections::Sections;
use crate::condition::{IndexType, Scope, ValueType};
use std::ops::Range;
use std::sync::Arc;
use wasmparser::{
    BinaryReader, BinaryReaderError, CompositeInnerType, FunctionBody, GlobalType, MemoryType, TypeRef, ValType,
};

/// The types of one module that a condition can refer to.
#[derive(Debug, Default)]
pub(crate) struct ScopeTypes {
    /// The parameters of each function type; empty for any other type.
    types: Vec<Vec<ValueType>>,
    /// The type of each function, as an index into `types`.
    functions: Vec<u32>,
    /// Byte ranges of the bodies of the functions that are not imported.
    bodies: Arc<[Range<usize>]>,
    globals: Vec<ValueType>,
    memories: Vec<IndexType>,
}

impl ScopeTypes {
    /// Reads a module.
    pub(super) fn of(sections: &Sections, binary: &[u8]) -> Result<ScopeTypes, BinaryReaderError> {
        sections.check()?;
        let mut scope = ScopeTypes { bodies: Arc::clone(&sections.bodies), ..ScopeTypes::default() };
        for group in sections.types(binary) {
            for ty in group?.types() {
                scope.types.push(match &ty.composite_type.inner {
                    CompositeInnerType::Func(ty) => ty.params().iter().map(|ty| value_type(*ty)).collect(),
                    _ => Vec::new(),
                });
            }
        }
        for import in sections.imports(binary) {
            match import?.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => scope.functions.push(ty),
                TypeRef::Global(ty) => scope.add_global(ty),
                TypeRef::Memory(ty) => scope.add_memory(ty),
                _ => {}
            }
        }
        for ty in sections.functions(binary) {
            scope.functions.push(ty?);
        }
        for global in sections.globals(binary) {
            scope.add_global(global?.ty);
        }
        for memory in sections.memories(binary) {
            scope.add_memory(memory?);
        }
        Ok(scope)
    }

    fn add_global(&mut self, ty: GlobalType) {
        self.globals.push(value_type(ty.content_type));
    }

    fn add_memory(&mut self, ty: MemoryType) {
        self.memories.push(if ty.memory64 { IndexType::I64 } else { IndexType::I32 });
    }

    /// The types of the locals of the function whose body contains an offset, parameters first.
    pub(crate) fn locals(&self, binary: &[u8], pc: u32) -> Result<Vec<ValueType>, BinaryReaderError> {
        let offset = usize::try_from(pc).unwrap_or(usize::MAX);
        let defined = self.bodies.partition_point(|body| body.end <= offset);
        let n_imported = self.functions.len().saturating_sub(self.bodies.len());
        let ty = self.functions.get(n_imported.saturating_add(defined)).copied();
        let ty = ty.and_then(|ty| self.types.get(usize::try_from(ty).ok()?));
        let mut locals = ty.cloned().unwrap_or_default();
        if let Some(body) = self.bodies.get(defined).cloned()
            && let Some(bytes) = binary.get(body.clone())
        {
            let body = FunctionBody::new(BinaryReader::new(bytes, body.start));
            for group in body.get_locals_reader()? {
                let (count, ty) = group?;
                let length = locals.len().saturating_add(usize::try_from(count).unwrap_or_default());
                locals.resize(length, value_type(ty));
            }
        }
        Ok(locals)
    }

    /// The scope of a condition in a function with these locals.
    pub(crate) fn scope<'s>(&'s self, locals: &'s [ValueType]) -> Scope<'s> {
        Scope { locals, globals: &self.globals, memories: &self.memories, ..Scope::default() }
    }
}

fn value_type(ty: ValType) -> ValueType {
    match ty {
        ValType::I32 => ValueType::I32,
        ValType::I64 => ValueType::I64,
        ValType::F32 => ValueType::F32,
        ValType::F64 => ValueType::F64,
        ValType::V128 => ValueType::V128,
        ValType::Ref(_) => ValueType::Reference,
    }
}
