//! The sections of a core module: the one walk over a module's binary.
//!
//! The walk notes ranges and decodes as little as it can; the content of a section is decoded when
//! somebody first needs it. Invariant: a binary that does not parse to its end keeps everything
//! before the error. (The engine has accepted it, so it uses a feature that the parser does not
//! know.)

use std::ops::Range;
use std::sync::Arc;
use wasmparser::{
    BinaryReader, BinaryReaderError, CompositeInnerType, Export, FromReader, FunctionBody, Global, Import, Imports,
    KnownCustom, MemoryType, Name, NameSectionReader, Parser, Payload, RecGroup, SectionLimited, Table, TagType,
    TypeRef,
};

/// A module's sections, as byte ranges of its binary. The range of an absent section is empty.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    types: Range<usize>,
    imports: Range<usize>,
    functions: Range<usize>,
    tables: Range<usize>,
    memories: Range<usize>,
    globals: Range<usize>,
    tags: Range<usize>,
    exports: Range<usize>,
    /// Name sections; being custom sections, they may occur several times.
    names: Vec<Range<usize>>,
    /// Byte ranges of the function bodies (locals included, size prefix excluded), in order.
    pub(crate) bodies: Arc<[Range<usize>]>,
    /// The start function's index in the function index space.
    pub(crate) start: Option<u32>,
    pub(crate) n_element_segments: u32,
    pub(crate) n_data_segments: u32,
    /// Number of imported functions, which is the index of the first defined function.
    pub(crate) n_imported_functions: u32,
    /// Whether the module defines continuation types, whose values the engine cannot read.
    pub(crate) has_continuations: bool,
    /// The error that ended the walk before the end of the binary.
    error: Option<BinaryReaderError>,
}

impl Sections {
    /// Walks over a module, in time proportional to the number of functions, types and imports, not
    /// to the length of the code.
    pub(crate) fn of(binary: &[u8]) -> Sections {
        let mut sections = Sections::default();
        let mut bodies = Vec::new();
        if let Err(error) = sections.walk(binary, &mut bodies) {
            tracing::warn!(%error, "a module could not be read to its end; breakpoints in it may be refused");
            sections.error = Some(error);
        }
        sections.bodies = bodies.into();
        sections
    }

    fn walk(&mut self, binary: &[u8], bodies: &mut Vec<Range<usize>>) -> Result<(), BinaryReaderError> {
        for payload in Parser::new(0).parse_all(binary) {
            match payload? {
                Payload::TypeSection(types) => {
                    self.types = types.range();
                    for group in types {
                        self.has_continuations |=
                            group?.types().any(|ty| matches!(ty.composite_type.inner, CompositeInnerType::Cont(_)));
                    }
                }
                Payload::ImportSection(imports) => {
                    self.imports = imports.range();
                    for import in imports.into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            self.n_imported_functions = self.n_imported_functions.saturating_add(1);
                        }
                    }
                }
                Payload::FunctionSection(functions) => self.functions = functions.range(),
                Payload::TableSection(tables) => self.tables = tables.range(),
                Payload::MemorySection(memories) => self.memories = memories.range(),
                Payload::GlobalSection(globals) => self.globals = globals.range(),
                Payload::TagSection(tags) => self.tags = tags.range(),
                Payload::ExportSection(exports) => self.exports = exports.range(),
                Payload::ElementSection(segments) => self.n_element_segments = segments.count(),
                Payload::DataSection(segments) => self.n_data_segments = segments.count(),
                Payload::StartSection { func, .. } => self.start = Some(func),
                Payload::CodeSectionEntry(body) => bodies.push(body.range()),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        self.names.push(names.range());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The instructions of a function, by its index among the functions that the module defines:
    /// from the offset of the first to behind the last. Only the function's locals are decoded;
    /// where they cannot be, the range begins with them.
    pub(crate) fn body(&self, binary: &[u8], defined: usize) -> Option<Range<u32>> {
        let body = self.bodies.get(defined)?.clone();
        let code = FunctionBody::new(BinaryReader::new(binary.get(body.clone())?, body.start));
        let first = code.get_operators_reader().map_or(body.start, |operators| operators.original_position());
        Some(u32::try_from(first).ok()?..u32::try_from(body.end).ok()?)
    }

    /// Where the code of a function is, by its index among the functions that the module defines.
    pub(super) fn function_body(&self, binary: &[u8], defined: usize) -> Option<crate::plain::FunctionBody> {
        let begin = u32::try_from(self.bodies.get(defined)?.start).ok()?;
        let Range { start: entry, end } = self.body(binary, defined)?;
        Some(crate::plain::FunctionBody { begin, entry, end })
    }

    /// Refuses a module that could not be read to its end.
    ///
    /// # Errors
    /// The error that ended the walk.
    pub(crate) fn check(&self) -> Result<(), BinaryReaderError> {
        self.error.clone().map_or(Ok(()), Err)
    }

    /// Types, in recursion groups.
    pub(crate) fn types<'b>(&self, binary: &'b [u8]) -> impl Iterator<Item = Result<RecGroup, BinaryReaderError>> + 'b {
        section(binary, &self.types)
    }

    /// Imports, one by one, even if the binary writes them in groups.
    pub(crate) fn imports<'b>(
        &self,
        binary: &'b [u8],
    ) -> impl Iterator<Item = Result<Import<'b>, BinaryReaderError>> + 'b {
        let imports = reader::<Imports<'b>>(binary, &self.imports);
        imports.into_iter().flat_map(SectionLimited::into_imports)
    }

    /// The types of the functions that the module defines, as indices.
    pub(crate) fn functions<'b>(&self, binary: &'b [u8]) -> impl Iterator<Item = Result<u32, BinaryReaderError>> + 'b {
        section(binary, &self.functions)
    }

    /// Tables that the module defines.
    pub(crate) fn tables<'b>(
        &self,
        binary: &'b [u8],
    ) -> impl Iterator<Item = Result<Table<'b>, BinaryReaderError>> + 'b {
        section(binary, &self.tables)
    }

    /// Memories that the module defines.
    pub(crate) fn memories<'b>(
        &self,
        binary: &'b [u8],
    ) -> impl Iterator<Item = Result<MemoryType, BinaryReaderError>> + 'b {
        section(binary, &self.memories)
    }

    /// Globals that the module defines.
    pub(crate) fn globals<'b>(
        &self,
        binary: &'b [u8],
    ) -> impl Iterator<Item = Result<Global<'b>, BinaryReaderError>> + 'b {
        section(binary, &self.globals)
    }

    /// Tags that the module defines.
    pub(crate) fn tags<'b>(&self, binary: &'b [u8]) -> impl Iterator<Item = Result<TagType, BinaryReaderError>> + 'b {
        section(binary, &self.tags)
    }

    /// Exports.
    pub(crate) fn exports<'b>(
        &self,
        binary: &'b [u8],
    ) -> impl Iterator<Item = Result<Export<'b>, BinaryReaderError>> + 'b {
        section(binary, &self.exports)
    }

    /// Names of functions, with their indices. The engine does not check names, so those that
    /// cannot be read are skipped. An empty name is none.
    pub(crate) fn function_names<'b>(&self, binary: &'b [u8]) -> impl Iterator<Item = (u32, &'b str)> {
        let sections = self.names.iter().filter_map(|range| {
            Some(NameSectionReader::new(BinaryReader::new(binary.get(range.clone())?, range.start)))
        });
        let maps = sections.flat_map(|names| names.into_iter().flatten()).filter_map(|name| match name {
            Name::Function(map) => Some(map),
            _ => None,
        });
        let names = maps.flat_map(|map| map.into_iter().flatten()).map(|naming| (naming.index, naming.name));
        names.filter(|(_, name)| !name.is_empty())
    }
}

fn reader<'b, V: FromReader<'b>>(binary: &'b [u8], range: &Range<usize>) -> Option<SectionLimited<'b, V>> {
    let bytes = binary.get(range.clone()).filter(|bytes| !bytes.is_empty())?;
    // The walk has read the count already, so this does not fail.
    SectionLimited::new(BinaryReader::new(bytes, range.start)).ok()
}

fn section<'b, V: FromReader<'b> + 'b>(
    binary: &'b [u8],
    range: &Range<usize>,
) -> impl Iterator<Item = Result<V, BinaryReaderError>> + 'b {
    reader(binary, range).into_iter().flatten()
}
