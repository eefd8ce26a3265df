//! The parts of a module's binary that the printer of the text format needs.
//!
//! Invariant: a broken name section costs names and is no error.

use stillpoint_kit::{Error, Function, ModuleCode, Section};
use wasmparser::{BinaryReader, FunctionSectionReader};

use super::{FUNCTION, Read, TYPE, broken, contents};

/// Parts of one module's binary.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The contents of the type section.
    pub(crate) types: Vec<u8>,
    /// The contents of the name section.
    pub(crate) names: Vec<u8>,
    /// The type index of each function that has a body.
    type_indices: Vec<u32>,
    n_imports: usize,
}

impl Parts {
    /// Reads them.
    pub(crate) fn read(module: &ModuleCode, sections: &[Section], read: &Read<'_>) -> Result<Parts, Error> {
        let find = |id: u8| sections.iter().find(|section| section.id == id);
        let names = sections.iter().rfind(|section| section.id == 0 && section.name.as_deref() == Some("name"));
        let mut type_indices = Vec::new();
        let functions = contents(read, find(FUNCTION))?;
        if !functions.is_empty() {
            let reader = FunctionSectionReader::new(BinaryReader::new(&functions, 0)).map_err(broken)?;
            type_indices = reader.into_iter().collect::<Result<_, _>>().map_err(broken)?;
        }
        Ok(Parts {
            types: contents(read, find(TYPE))?,
            names: contents(read, names)?,
            type_indices,
            n_imports: module.imports().len(),
        })
    }

    /// The index of a function's type in the module.
    pub(crate) fn type_index(&self, function: &Function) -> Result<u32, Error> {
        let position = (function.index as usize).checked_sub(self.n_imports);
        let index = position.and_then(|position| self.type_indices.get(position));
        index.copied().ok_or_else(|| Error::Code(format!("{} has no type", function.name)))
    }
}
