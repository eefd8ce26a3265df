//! What a module's binary says of what it defines: types, names, imports and exports.
//!
//! Read when somebody first asks, and kept with the module. Invariant: indices are those of the module's index spaces, imports
//! first.

use super::instances::{Counts, Entity, EntityKind, Export};
use super::types::{FunctionType, ReferenceType, ValueType};
use crate::ReferenceKind;
use rustc_hash::FxHashMap;
use wasmparser::{
    AbstractHeapType, BinaryReaderError, CompositeInnerType, ExternalKind, HeapType, KnownCustom, Name, Parser,
    Payload, RefType, TypeRef, UnpackedIndex, ValType,
};

/// One of a module's types.
#[derive(Debug, Clone)]
struct Type {
    kind: ReferenceKind,
    /// Empty unless it is a function's.
    signature: wasmparser::FuncType,
}

/// An import, by where it is in the module.
#[derive(Debug, Clone)]
pub(crate) struct ImportName {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) entity: Entity,
}

/// What a module defines.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    types: Vec<Type>,
    /// The type of each function and of each tag.
    functions: Vec<u32>,
    tags: Vec<u32>,
    /// The type of each global, and whether it is mutable.
    pub(super) globals: Vec<(ValueType, bool)>,
    /// The elements' type of each table.
    pub(super) tables: Vec<ValueType>,
    pub(super) counts: Counts,
    /// How many of each are imported.
    pub(super) imported: Counts,
    pub(super) imports: Vec<ImportName>,
    pub(super) exports: Vec<Export>,
    names: FxHashMap<u32, String>,
}

impl Layout {
    /// Reads a module.
    pub(crate) fn of(binary: &[u8]) -> Result<Layout, BinaryReaderError> {
        let mut layout = Layout::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload? {
                Payload::TypeSection(groups) => {
                    for group in groups {
                        layout.types.extend(group?.into_types().map(|ty| Type::of(&ty.composite_type.inner)));
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        let Some(entity) = layout.add(import.ty) else { continue };
                        layout.imports.push(ImportName {
                            module: import.module.to_owned(),
                            name: import.name.to_owned(),
                            entity,
                        });
                    }
                    layout.imported = layout.counts;
                }
                Payload::FunctionSection(functions) => {
                    for ty in functions {
                        layout.add(TypeRef::Func(ty?));
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        layout.add(TypeRef::Table(table?.ty));
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        layout.add(TypeRef::Memory(memory?));
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        layout.add(TypeRef::Global(global?.ty));
                    }
                }
                Payload::TagSection(tags) => {
                    for tag in tags {
                        layout.add(TypeRef::Tag(tag?));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if let Some(kind) = kind_of_export(export.kind) {
                            let entity = Entity { kind, index: export.index };
                            layout.exports.push(Export { name: export.name.to_owned(), entity });
                        }
                    }
                }
                Payload::ElementSection(segments) => layout.counts.element_segments = segments.count(),
                Payload::DataSection(segments) => layout.counts.data_segments = segments.count(),
                Payload::CustomSection(section) => {
                    // Names are not checked by the engine: those that can be read are taken.
                    if let KnownCustom::Name(names) = section.as_known() {
                        for map in names.into_iter().flatten() {
                            if let Name::Function(map) = map {
                                let namings = map.into_iter().flatten();
                                layout.names.extend(namings.map(|naming| (naming.index, naming.name.to_owned())));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(layout)
    }

    /// Adds to an index space and says where.
    fn add(&mut self, ty: TypeRef) -> Option<Entity> {
        let (kind, count) = match ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                self.functions.push(ty);
                (EntityKind::Function, &mut self.counts.functions)
            }
            TypeRef::Table(ty) => {
                let element = self.reference_type(ty.element_type);
                self.tables.push(ValueType::Reference(element));
                (EntityKind::Table, &mut self.counts.tables)
            }
            TypeRef::Memory(_) => (EntityKind::Memory, &mut self.counts.memories),
            TypeRef::Global(ty) => {
                let content = self.value_type(ty.content_type);
                self.globals.push((content, ty.mutable));
                (EntityKind::Global, &mut self.counts.globals)
            }
            TypeRef::Tag(ty) => {
                self.tags.push(ty.func_type_idx);
                (EntityKind::Tag, &mut self.counts.tags)
            }
        };
        let index = *count;
        *count = count.saturating_add(1);
        Some(Entity { kind, index })
    }

    /// The name that the name section gives to a function.
    pub(super) fn function_name(&self, index: u32) -> Option<&str> {
        self.names.get(&index).map(String::as_str)
    }

    /// The import that a function is; none if the module defines it.
    pub(super) fn import_of_function(&self, index: u32) -> Option<&ImportName> {
        if index >= self.imported.functions {
            return None;
        }
        let is_it = |import: &&ImportName| import.entity == Entity { kind: EntityKind::Function, index };
        self.imports.iter().find(is_it)
    }

    /// The type of a function.
    pub(super) fn function_type(&self, index: u32) -> FunctionType {
        self.signature(&self.functions, index)
    }

    /// What exceptions with a tag carry.
    pub(super) fn tag_params(&self, index: u32) -> Vec<ValueType> {
        self.signature(&self.tags, index).params
    }

    fn signature(&self, types: &[u32], index: u32) -> FunctionType {
        let ty = at(types, index).and_then(|ty| at(&self.types, *ty));
        let Some(Type { signature, .. }) = ty else { return FunctionType::default() };
        let convert = |types: &[ValType]| types.iter().map(|ty| self.value_type(*ty)).collect();
        FunctionType { params: convert(signature.params()), results: convert(signature.results()) }
    }

    fn value_type(&self, ty: ValType) -> ValueType {
        match ty {
            ValType::I32 => ValueType::I32,
            ValType::I64 => ValueType::I64,
            ValType::F32 => ValueType::F32,
            ValType::F64 => ValueType::F64,
            ValType::V128 => ValueType::V128,
            ValType::Ref(ty) => ValueType::Reference(self.reference_type(ty)),
        }
    }

    fn reference_type(&self, ty: RefType) -> ReferenceType {
        let nullable = ty.is_nullable();
        let (kind, heap) = match ty.heap_type() {
            HeapType::Abstract { ty, .. } => (kind_of(ty), word(ty).to_owned()),
            HeapType::Concrete(index) => self.defined(index, |index| index.to_string()),
            HeapType::Exact(index) => self.defined(index, |index| format!("(exact {index})")),
        };
        let is_short = nullable && matches!(ty.heap_type(), HeapType::Abstract { shared: false, .. });
        let text = match (is_short, nullable) {
            (true, _) => short(&heap),
            (false, true) => format!("(ref null {heap})"),
            (false, false) => format!("(ref {heap})"),
        };
        ReferenceType { kind, nullable, text }
    }

    fn defined(&self, index: UnpackedIndex, text: impl FnOnce(u32) -> String) -> (ReferenceKind, String) {
        match index.as_module_index() {
            Some(index) => (at(&self.types, index).map_or(ReferenceKind::Internal, |ty| ty.kind), text(index)),
            None => (ReferenceKind::Internal, "?".to_owned()),
        }
    }
}

impl Type {
    fn of(ty: &CompositeInnerType) -> Type {
        let (kind, signature) = match ty {
            CompositeInnerType::Func(ty) => (ReferenceKind::Function, Some(ty.clone())),
            CompositeInnerType::Cont(_) => (ReferenceKind::Continuation, None),
            CompositeInnerType::Array(_) | CompositeInnerType::Struct(_) => (ReferenceKind::Internal, None),
        };
        Type { kind, signature: signature.unwrap_or_else(|| wasmparser::FuncType::new([], [])) }
    }
}

/// An element of a list by a wasm index.
pub(super) fn at<V>(list: &[V], index: u32) -> Option<&V> {
    list.get(usize::try_from(index).ok()?)
}

fn kind_of_export(kind: ExternalKind) -> Option<EntityKind> {
    Some(match kind {
        ExternalKind::Func | ExternalKind::FuncExact => EntityKind::Function,
        ExternalKind::Table => EntityKind::Table,
        ExternalKind::Memory => EntityKind::Memory,
        ExternalKind::Global => EntityKind::Global,
        ExternalKind::Tag => EntityKind::Tag,
    })
}

fn kind_of(ty: AbstractHeapType) -> ReferenceKind {
    match ty {
        AbstractHeapType::Func | AbstractHeapType::NoFunc => ReferenceKind::Function,
        AbstractHeapType::Extern | AbstractHeapType::NoExtern => ReferenceKind::External,
        AbstractHeapType::Exn | AbstractHeapType::NoExn => ReferenceKind::Exception,
        AbstractHeapType::Cont | AbstractHeapType::NoCont => ReferenceKind::Continuation,
        AbstractHeapType::Any
        | AbstractHeapType::None
        | AbstractHeapType::Eq
        | AbstractHeapType::Struct
        | AbstractHeapType::Array
        | AbstractHeapType::I31 => ReferenceKind::Internal,
    }
}

/// The word of the text format for a heap type.
fn word(ty: AbstractHeapType) -> &'static str {
    match ty {
        AbstractHeapType::Func => "func",
        AbstractHeapType::NoFunc => "nofunc",
        AbstractHeapType::Extern => "extern",
        AbstractHeapType::NoExtern => "noextern",
        AbstractHeapType::Exn => "exn",
        AbstractHeapType::NoExn => "noexn",
        AbstractHeapType::Cont => "cont",
        AbstractHeapType::NoCont => "nocont",
        AbstractHeapType::Any => "any",
        AbstractHeapType::None => "none",
        AbstractHeapType::Eq => "eq",
        AbstractHeapType::Struct => "struct",
        AbstractHeapType::Array => "array",
        AbstractHeapType::I31 => "i31",
    }
}

/// `funcref` for `func`, `nullfuncref` for `nofunc`.
fn short(heap: &str) -> String {
    match heap {
        "none" => "nullref".to_owned(),
        heap => match heap.strip_prefix("no") {
            Some(rest) => format!("null{rest}ref"),
            None => format!("{heap}ref"),
        },
    }
}
