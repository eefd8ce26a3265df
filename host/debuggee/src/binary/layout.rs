//! The entities of a module: types, imports and exports, and how many there are of each kind.
//!
//! Read when somebody first asks, and kept with the module. Invariant: indices are those of the
//! module's index spaces, imports first.

use super::sections::Sections;
use crate::plain::{Counts, Entity, EntityKind, Export, FunctionType, ReferenceKind, ReferenceType, ValueType};
use rustc_hash::FxHashMap;
use wasmparser::{
    AbstractHeapType, BinaryReaderError, CompositeInnerType, ExternalKind, HeapType, RefType, TypeRef, UnpackedIndex,
    ValType,
};

/// One of a module's types.
#[derive(Debug, Clone)]
struct Type {
    kind: ReferenceKind,
    /// The signature of a function type; empty for any other type.
    signature: wasmparser::FuncType,
}

/// An import: both parts of its name, and the entity that it is in the module.
#[derive(Debug, Clone)]
pub(crate) struct ImportName {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) entity: Entity,
}

/// The entities that a module defines, imports and exports.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    types: Vec<Type>,
    /// The type of each function and, in `tags`, of each tag, as indices into `types`.
    functions: Vec<u32>,
    tags: Vec<u32>,
    /// The type of each global, and whether the global is mutable.
    pub(crate) globals: Vec<(ValueType, bool)>,
    /// The type of the elements of each table.
    pub(crate) tables: Vec<ValueType>,
    pub(crate) counts: Counts,
    /// Number of imported entities of each kind.
    pub(crate) imported: Counts,
    pub(crate) imports: Vec<ImportName>,
    pub(crate) exports: Vec<Export>,
}

impl Layout {
    /// Reads a module.
    pub(super) fn of(sections: &Sections, binary: &[u8]) -> Result<Layout, BinaryReaderError> {
        sections.check()?;
        let mut layout = Layout::default();
        for group in sections.types(binary) {
            layout.types.extend(group?.into_types().map(|ty| Type::of(&ty.composite_type.inner)));
        }
        for import in sections.imports(binary) {
            let import = import?;
            let Some(entity) = layout.add(import.ty) else { continue };
            layout.imports.push(ImportName { module: import.module.to_owned(), name: import.name.to_owned(), entity });
        }
        layout.imported = layout.counts;
        for ty in sections.functions(binary) {
            layout.add(TypeRef::Func(ty?));
        }
        for table in sections.tables(binary) {
            layout.add(TypeRef::Table(table?.ty));
        }
        for memory in sections.memories(binary) {
            layout.add(TypeRef::Memory(memory?));
        }
        for tag in sections.tags(binary) {
            layout.add(TypeRef::Tag(tag?));
        }
        for global in sections.globals(binary) {
            layout.add(TypeRef::Global(global?.ty));
        }
        for export in sections.exports(binary) {
            let export = export?;
            if let Some(kind) = kind_of_export(export.kind) {
                let entity = Entity { kind, index: export.index };
                layout.exports.push(Export { name: export.name.to_owned(), entity });
            }
        }
        layout.counts.element_segments = sections.n_element_segments;
        layout.counts.data_segments = sections.n_data_segments;
        Ok(layout)
    }

    /// Adds an entity to its index space, and returns its kind and index.
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

    /// The import behind a function; none if the module defines the function.
    pub(crate) fn import_of_function(&self, index: u32) -> Option<&ImportName> {
        if index >= self.imported.functions {
            return None;
        }
        let is_it = |import: &&ImportName| import.entity == Entity { kind: EntityKind::Function, index };
        self.imports.iter().find(is_it)
    }

    /// The imported functions, in the order of their indices.
    pub(super) fn imported_functions(&self) -> Vec<&ImportName> {
        self.imports.iter().filter(|import| import.entity.kind == EntityKind::Function).collect()
    }

    /// The name of the first export of each function that is exported.
    pub(super) fn exported_functions(&self) -> FxHashMap<u32, &str> {
        let mut names = FxHashMap::default();
        for export in self.exports.iter().filter(|export| export.entity.kind == EntityKind::Function) {
            if !export.name.is_empty() {
                names.entry(export.entity.index).or_insert(export.name.as_str());
            }
        }
        names
    }

    /// The type of a function.
    pub(crate) fn function_type(&self, index: u32) -> FunctionType {
        self.signature(&self.functions, index)
    }

    /// The types of the payload of an exception with this tag.
    pub(crate) fn tag_params(&self, index: u32) -> Vec<ValueType> {
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

    /// The kind of things that a reference type is for.
    pub(super) fn reference_kind(&self, ty: RefType) -> ReferenceKind {
        match ty.heap_type() {
            HeapType::Abstract { ty, .. } => kind_of(ty),
            HeapType::Concrete(index) | HeapType::Exact(index) => self.defined(index, |_| String::new()).0,
        }
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

/// The element of a list at a WebAssembly index.
pub(crate) fn at<V>(list: &[V], index: u32) -> Option<&V> {
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

/// The keyword of a heap type in the text format.
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

/// The short name of a nullable reference: `funcref` for `func`, `nullfuncref` for `nofunc`.
fn short(heap: &str) -> String {
    match heap {
        "none" => "nullref".to_owned(),
        heap => match heap.strip_prefix("no") {
            Some(rest) => format!("null{rest}ref"),
            None => format!("{heap}ref"),
        },
    }
}
