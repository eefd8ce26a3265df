//! [`Symbols`]: which core module an address of the program's code is in, and which line of the
//! sources, as far as the program's file has DWARF.
//!
//! The engine gives addresses as offsets in the whole file. Nothing is read before somebody asks,
//! which is after the program's end. Invariant: debug information that cannot be read costs lines
//! and is no error.

use crate::debuggee::ProgramOffsets;
use crate::names;
use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use wasmparser::{Parser, Payload, TypeRef};

/// The most functions that are shown as inlined at one address.
const MAX_INLINED: usize = 32;

/// The places of a program's code in its sources.
#[derive(Clone, Default)]
pub struct Symbols {
    binary: Option<Arc<[u8]>>,
    /// Whether the engine has compiled another binary than the program's own.
    is_rewritten: bool,
    /// Where the code of that binary is in the program's, computed when somebody first asks.
    offsets: Arc<OnceLock<ProgramOffsets>>,
    /// The core modules, read when somebody first asks.
    modules: Arc<OnceLock<Vec<CoreModule>>>,
}

/// What is known of one address.
pub(super) struct Found {
    /// The offset in the core module's own binary, even if a component contains the module.
    pub(super) offset: u64,
    /// The functions there, innermost first: those that were inlined and, last, the one that they
    /// were inlined into. Empty without debug information.
    pub(super) places: Vec<Place>,
}

/// A place in the sources.
pub(super) struct Place {
    /// The name of the function, as the debug information has it.
    pub(super) function: Option<String>,
    /// File, line and column.
    pub(super) text: String,
}

/// A core module of the program. All ranges are in the whole file.
#[derive(Default)]
struct CoreModule {
    range: Range<usize>,
    n_imported_functions: usize,
    /// The contents of the code section.
    code: Range<usize>,
    bodies: Vec<Range<usize>>,
    /// The debug sections, by their names.
    debug: HashMap<String, Range<usize>>,
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols").field("size", &self.binary.as_ref().map(|binary| binary.len())).finish()
    }
}

impl Symbols {
    /// The symbols of a program's file, a module or a component.
    #[must_use]
    pub fn new(binary: Arc<[u8]>) -> Self {
        Self { binary: Some(binary), ..Self::default() }
    }

    /// The same for a program that was compiled from what
    /// [`with_nullable_locals`](crate::debuggee::with_nullable_locals) has made of the file.
    #[must_use]
    pub(super) fn rewritten(self, is_rewritten: bool) -> Self {
        Self { is_rewritten, ..self }
    }

    /// Looks an address up: an offset in the whole file, in the function with this index in its
    /// module. None for a function that is not in the file, as those are not that adapt the calls
    /// between components.
    pub(super) fn find(&self, function: u32, offset: u64) -> Option<Found> {
        let binary = self.binary.as_deref()?;
        let offset = if self.is_rewritten {
            let offsets = self.offsets.get_or_init(|| ProgramOffsets::of(binary));
            u64::from(offsets.find(u32::try_from(offset).ok()?))
        } else {
            offset
        };
        let offset = usize::try_from(offset).ok()?;
        let module = self.modules.get_or_init(|| read(binary)).iter().find(|module| module.has(function, offset))?;
        let places = module.places(binary, offset).unwrap_or_default();
        Some(Found { offset: u64::try_from(offset.checked_sub(module.range.start)?).ok()?, places })
    }
}

impl CoreModule {
    fn has(&self, function: u32, offset: usize) -> bool {
        let defined = usize::try_from(function).ok().and_then(|index| index.checked_sub(self.n_imported_functions));
        defined.and_then(|index| self.bodies.get(index)).is_some_and(|body| body.contains(&offset))
    }

    fn places(&self, binary: &[u8], offset: usize) -> Option<Vec<Place>> {
        if self.debug.is_empty() {
            return None;
        }
        let section = |id: SectionId| {
            let range = self.debug.get(id.name()).cloned().unwrap_or_default();
            Ok::<_, addr2line::gimli::Error>(EndianSlice::new(binary.get(range).unwrap_or_default(), LittleEndian))
        };
        let context = Context::from_dwarf(Dwarf::load(section).ok()?).ok()?;
        // In the DWARF of WebAssembly, addresses are offsets in the code section.
        let address = u64::try_from(offset.checked_sub(self.code.start)?).ok()?;
        let mut frames = context.find_frames(address).skip_all_loads().ok()?;
        let mut places = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let Some(location) = frame.location else { continue };
            let Some(file) = location.file else { continue };
            let mut text = names::on_one_line(file).into_owned();
            for number in [location.line, location.column].into_iter().map_while(|number| number) {
                text.push_str(&format!(":{number}"));
            }
            let function =
                frame.function.and_then(|function| function.raw_name().ok().map(|name| names::function(&name)));
            places.push(Place { function, text });
            if places.len() > MAX_INLINED {
                break;
            }
        }
        Some(places)
    }
}

/// Finds the core modules of a file.
fn read(binary: &[u8]) -> Vec<CoreModule> {
    let mut modules = Vec::new();
    // The modules and components that the walk is inside of; none for a component.
    let mut open: Vec<Option<CoreModule>> = Vec::new();
    for payload in Parser::new(0).parse_all(binary).map_while(Result::ok) {
        let module = open.last_mut().and_then(Option::as_mut);
        match (payload, module) {
            (Payload::Version { encoding: wasmparser::Encoding::Module, range, .. }, _) => {
                let range = range.start..binary.len();
                open.push(Some(CoreModule { range, ..CoreModule::default() }));
            }
            (Payload::Version { .. }, _) => open.push(None),
            (Payload::End(_), _) => modules.extend(open.pop().flatten()),
            (Payload::ImportSection(imports), Some(module)) => {
                let imports = imports.into_imports().map_while(Result::ok);
                let functions = imports.filter(|import| matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                module.n_imported_functions = functions.count();
            }
            (Payload::CodeSectionStart { range, .. }, Some(module)) => module.code = range,
            (Payload::CodeSectionEntry(body), Some(module)) => module.bodies.push(body.range()),
            (Payload::CustomSection(section), Some(module)) if section.name().starts_with(".debug_") => {
                let start = section.data_offset();
                module.debug.insert(section.name().to_owned(), start..start.saturating_add(section.data().len()));
            }
            _ => {}
        }
    }
    // A file that could not be read to its end keeps what came before.
    modules.extend(open.into_iter().flatten());
    modules
}
