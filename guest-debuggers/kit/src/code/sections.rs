//! Fetches parts of a core module's binary from the host. Parts that nobody asks for are not
//! fetched: data and debug information make up most of many files.
//!
//! Invariant: at most 1 MiB, one section other than the code, or one function body is in memory at
//! a time.

use std::ops::Range;

use wasmparser::BinaryReader;

use crate::error::Error;

/// Reads from the binary at an offset; like the contract's `bytecode`, it may return less than it
/// is asked for.
pub(crate) type Read<'r> = dyn Fn(u64, u64) -> Result<Vec<u8>, Error> + 'r;

/// How many bytes are fetched at a time.
const CHUNK: u64 = 1 << 20;
/// The size of a module's header: magic number and version.
const MODULE_HEADER: u64 = 8;
/// Enough bytes for the id, the size and the name of any section whose name is of interest.
const SECTION_HEADER: u64 = 32;

/// Reads a whole range.
pub(crate) fn read_exactly(read: &Read<'_>, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
    let mut bytes: Vec<u8> = Vec::new();
    while (bytes.len() as u64) < length {
        let done = bytes.len() as u64;
        let piece = read(offset + done, CHUNK.min(length - done))?;
        if piece.is_empty() {
            return Err(Error::Code(format!("it ends at offset {}", offset + done)));
        }
        if bytes.is_empty() && piece.len() as u64 == length {
            return Ok(piece);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A section of a module's binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The section's id, from the core specification's binary format; 0 for a custom section.
    pub id: u8,
    /// The name of a custom section, if it is a short one.
    pub name: Option<String>,
    /// The range of its contents in the binary, without the name of a custom section.
    pub contents: Range<u64>,
}

/// Lists the sections of a binary of this size, in their order.
pub(crate) fn sections(size: u64, read: &Read<'_>) -> Result<Vec<Section>, Error> {
    let mut result = Vec::new();
    let mut offset = MODULE_HEADER;
    while offset < size {
        let header = read_exactly(read, offset, SECTION_HEADER.min(size - offset))?;
        let mut reader = BinaryReader::new(&header, 0);
        let id = reader.read_u8()?;
        let length = u64::from(reader.read_var_u32()?);
        let start = offset + reader.original_position() as u64;
        let end = start + length;
        if end > size {
            return Err(Error::Code(format!("the section at offset {offset} is longer than the binary")));
        }
        let mut contents = start..end;
        // A name that does not fit into the header is none that anybody looks for.
        let name = if id == 0 { reader.read_string().ok().map(str::to_owned) } else { None };
        if name.is_some() {
            contents.start = (offset + reader.original_position() as u64).min(end);
        }
        result.push(Section { id, name, contents });
        offset = end;
    }
    Ok(result)
}

/// Visits the function bodies of a code section in their order: the range of each in the binary,
/// and its bytes.
pub(crate) fn bodies(
    section: Range<u64>,
    read: &Read<'_>,
    mut visit: impl FnMut(Range<u32>, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut window = Window { bytes: Vec::new(), start: section.start, end: section.end };
    let mut at = section.start;
    let (count, used) = window.number(at, read)?;
    at += used;
    for _ in 0..count {
        let (length, used) = window.number(at, read)?;
        at += used;
        let bytes = window.get(at, u64::from(length), read)?;
        let start = u32::try_from(at).map_err(|_| Error::Code("it is larger than 4 GiB".to_owned()))?;
        let end = start.checked_add(length).ok_or_else(|| Error::Code("it is larger than 4 GiB".to_owned()))?;
        visit(start..end, bytes)?;
        at += u64::from(length);
    }
    Ok(())
}

/// The part of a section that is in memory.
struct Window {
    bytes: Vec<u8>,
    start: u64,
    /// The end of the section, not of the window.
    end: u64,
}

impl Window {
    /// Returns bytes of the section, fetching them if needed.
    fn get(&mut self, at: u64, length: u64, read: &Read<'_>) -> Result<&[u8], Error> {
        if at + length > self.end {
            return Err(Error::Code(format!("the code at offset {at} is longer than its section")));
        }
        let inside = at >= self.start && at + length <= self.start + self.bytes.len() as u64;
        if !inside {
            self.bytes = read_exactly(read, at, CHUNK.max(length).min(self.end - at))?;
            self.start = at;
        }
        let from = (at - self.start) as usize;
        Ok(&self.bytes[from..from + length as usize])
    }

    /// Reads a LEB128 number; returns it with its length in bytes.
    fn number(&mut self, at: u64, read: &Read<'_>) -> Result<(u32, u64), Error> {
        let max_length = 5.min(self.end.saturating_sub(at));
        let mut reader = BinaryReader::new(self.get(at, max_length, read)?, at as usize);
        let value = reader.read_var_u32()?;
        Ok((value, reader.original_position() as u64 - at))
    }
}
