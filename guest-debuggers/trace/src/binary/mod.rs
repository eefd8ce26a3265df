//! What is read from the binary of a module, because the host does not list it: instructions, types
//! and whom its tables may hold.
//!
//! `bodies` walks through the code, `tables` looks for functions from outside, and `parts` has what
//! the printer of the text format needs. Invariant: at most 1 MiB of code, or one function, or one
//! other section is in memory at a time.

mod bodies;
mod parts;
mod tables;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use bodies::visit_bodies;
pub(crate) use parts::Parts;
pub(crate) use tables::has_open_table;

use stillpoint_kit::{Error, Section};
use wasmparser::BinaryReaderError;

/// The ids of sections, from the core specification's binary format.
const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const EXPORT: u8 = 7;
const ELEMENT: u8 = 9;

/// Reads from a binary at an offset: fewer bytes than it is asked for only at the end.
pub(crate) type Read<'r> = dyn Fn(u32, u32) -> Result<Vec<u8>, Error> + 'r;

/// The error for code that cannot be read.
pub(crate) fn broken(error: BinaryReaderError) -> Error {
    Error::Code(error.to_string())
}

/// The contents of a section; empty if there is none.
fn contents(read: &Read<'_>, section: Option<&Section>) -> Result<Vec<u8>, Error> {
    match section {
        Some(section) => read(section.contents.start, section.contents.end - section.contents.start),
        None => Ok(Vec::new()),
    }
}
