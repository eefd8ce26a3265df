//! The types of a module's functions, globals and memories, for checking conditions.
//!
//! Read from the binary when the first condition is set in a module. Invariant: indices are those of the module's index spaces,
//! imports first.

use super::condition::{IndexType, Scope, ValueType};
use std::ops::Range;
use wasmparser::{
    BinaryReader, BinaryReaderError, CompositeInnerType, FunctionBody, GlobalType, MemoryType, Parser, Payload, TypeRef,
};

/// The types of a module.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    /// Parameters of each type that is a function's; empty for others.
    types: Vec<Vec<ValueType>>,
    /// The type of each function.
    functions: Vec<u32>,
    /// Where the bodies of the functions that are not imported are.
    bodies: Vec<Range<usize>>,
    globals: Vec<ValueType>,
    memories: Vec<IndexType>,
}

impl Entities {
    /// Reads a module.
    pub(crate) fn of(binary: &[u8]) -> Result<Entities, BinaryReaderError> {
        let mut entities = Entities::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload? {
                Payload::TypeSection(groups) => {
                    for group in groups {
                        for ty in group?.types() {
                            entities.types.push(match &ty.composite_type.inner {
                                CompositeInnerType::Func(ty) => ty.params().iter().map(|ty| (*ty).into()).collect(),
                                _ => Vec::new(),
                            });
                        }
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import?.ty {
                            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => entities.functions.push(ty),
                            TypeRef::Global(ty) => entities.add_global(ty),
                            TypeRef::Memory(ty) => entities.add_memory(ty),
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    for ty in functions {
                        entities.functions.push(ty?);
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        entities.add_global(global?.ty);
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        entities.add_memory(memory?);
                    }
                }
                Payload::CodeSectionEntry(body) => entities.bodies.push(body.range()),
                _ => {}
            }
        }
        Ok(entities)
    }

    fn add_global(&mut self, ty: GlobalType) {
        self.globals.push(ty.content_type.into());
    }

    fn add_memory(&mut self, ty: MemoryType) {
        self.memories.push(if ty.memory64 { IndexType::I64 } else { IndexType::I32 });
    }

    /// The locals of the function whose body holds an offset, parameters first.
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
                locals.resize(length, ty.into());
            }
        }
        Ok(locals)
    }

    /// What a condition sees in a function with these locals.
    pub(crate) fn scope<'s>(&'s self, locals: &'s [ValueType]) -> Scope<'s> {
        Scope { locals, globals: &self.globals, memories: &self.memories, ..Scope::default() }
    }
}
