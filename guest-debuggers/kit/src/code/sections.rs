//! Finds the sections of a core module's binary, and in its name section the names of tags.
//!
//! Parts that nobody asks for are not fetched: data and debug information make up most of many
//! files. Invariant: nothing here reads more than a section, and a binary that is broken gives an
//! error, or costs names, and never a panic.

use std::collections::BTreeMap;
use std::ops::Range;

use super::module::on_one_line;
use crate::error::Error;

/// The size of a module's header: magic number and version.
const MODULE_HEADER: u32 = 8;
/// Enough bytes for the id, the size and the name of any section whose name is of interest.
const SECTION_HEADER: u32 = 32;
/// The subsection of the name section that names tags, from the core specification's appendix on
/// the name section.
const TAG_NAMES: u8 = 11;

/// A section of a module's binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The section's id, from the core specification's binary format; 0 for a custom section.
    pub id: u8,
    /// The name of a custom section, if it is a short one.
    pub name: Option<String>,
    /// The range of its contents in the binary, without the name of a custom section.
    pub contents: Range<u32>,
}

/// Lists the sections of a binary in their order. `read` reads from the binary at an offset: fewer
/// bytes than it is asked for only at the end.
pub(crate) fn sections(read: impl Fn(u32, u32) -> Result<Vec<u8>, Error>) -> Result<Vec<Section>, Error> {
    let mut result = Vec::new();
    let mut offset = MODULE_HEADER;
    loop {
        let header = read(offset, SECTION_HEADER)?;
        if header.is_empty() {
            return Ok(result);
        }
        let section = section(offset, &header);
        let section = section.ok_or_else(|| Error::Code(format!("no section begins at offset {offset}")))?;
        offset = section.contents.end;
        result.push(section);
    }
}

fn section(offset: u32, header: &[u8]) -> Option<Section> {
    let mut rest = Reader(header);
    let at = |rest: &Reader<'_>| offset.checked_add(u32::try_from(header.len() - rest.0.len()).ok()?);
    let id = rest.byte()?;
    let length = rest.number()?;
    let begin = at(&rest)?;
    let end = begin.checked_add(length)?;
    // A name that does not fit into the header is none that anybody looks for.
    let name = if id == 0 { rest.name().map(str::to_owned) } else { None };
    let begin = if name.is_some() { at(&rest)?.min(end) } else { begin };
    Some(Section { id, name, contents: begin..end })
}

/// The names of tags in a name section, by index and on one line.
pub(crate) fn tag_names(name_section: &[u8]) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    let mut rest = Reader(name_section);
    while let Some((id, mut contents)) = rest.subsection() {
        if id != TAG_NAMES {
            continue;
        }
        let count = contents.number().unwrap_or_default();
        let named = (0..count).map_while(|_| Some((contents.number()?, contents.name()?)));
        names.extend(named.filter(|(_, name)| !name.is_empty()).map(|(tag, name)| (tag, on_one_line(name.to_owned()))));
    }
    names
}

/// Takes parts off the front of some bytes; none when they are broken.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// A `u32` in LEB128.
    fn number(&mut self) -> Option<u32> {
        let mut number = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return number.try_into().ok();
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length as usize)?;
        self.0 = rest;
        Some(bytes)
    }

    fn name(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn subsection(&mut self) -> Option<(u8, Reader<'b>)> {
        Some((self.byte()?, Reader(self.bytes()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with a type section, a custom section `name` that names tag 1, and a custom section
    /// with a long name.
    fn binary() -> Vec<u8> {
        let tags = [&[1, 1, 5][..], b"we\nrd"].concat();
        let names = [&[4][..], b"name", &[0, 2, 1, b'm', TAG_NAMES, 8], &tags].concat();
        let long = [&[40][..], &[b'x'; 40], b"contents"].concat();
        let mut binary = b"\0asm\x01\0\0\0\x01\x01\x00".to_vec();
        for custom in [names, long] {
            binary.extend([0, custom.len() as u8]);
            binary.extend(custom);
        }
        binary
    }

    fn read(binary: &[u8]) -> Result<Vec<Section>, Error> {
        sections(|offset, length| {
            let rest = binary.get(offset as usize..).ok_or_else(|| Error::Code("too far".to_owned()))?;
            Ok(rest[..rest.len().min(length as usize)].to_vec())
        })
    }

    #[test]
    fn sections_and_names() {
        let binary = binary();
        let sections = read(&binary).expect("it is whole");
        let found: Vec<_> = sections.iter().map(|section| (section.id, section.name.as_deref())).collect();
        assert_eq!(found, [(1, None), (0, Some("name")), (0, None)]);
        let [types, names, long] = &sections[..] else { panic!("there are three") };
        assert_eq!(types.contents, 10..11);
        assert_eq!(long.contents.end as usize, binary.len());
        let names = &binary[names.contents.start as usize..names.contents.end as usize];
        assert_eq!(tag_names(names), BTreeMap::from([(1, "we\\nrd".to_owned())]));
        for length in 0..names.len() {
            assert!(tag_names(&names[..length]).is_empty(), "cut after {length}");
        }
    }

    #[test]
    fn every_cut_is_an_error_or_an_end() {
        let binary = binary();
        for length in MODULE_HEADER as usize..binary.len() {
            let Ok(sections) = read(&binary[..length]) else { continue };
            let end = sections.last().map_or(MODULE_HEADER, |section| section.contents.end);
            assert!(end as usize >= length, "{length}: {sections:?}");
        }
    }
}
