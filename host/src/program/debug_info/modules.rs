//! Walks over the sections of a file, and changes the core modules in it.
//!
//! Invariant: nothing is assumed about the file. One that is not well formed is left as it is, and
//! the engine will refuse it.

use super::super::FileKind;
use std::ops::Range;
use wasmparser::BinaryReader;

/// The sizes of a header, and of the longest number in it.
const HEADER_SIZE: usize = 8;

/// How deep components may be inside of each other. Deeper ones are left as they are.
const MAX_DEPTH: usize = 32;

const CUSTOM_SECTION: u8 = 0;
const COMPONENT_MODULE: u8 = 1;
const COMPONENT_COMPONENT: u8 = 4;

/// A section of a module or a component.
pub(super) struct Section<'a> {
    pub(super) id: u8,
    /// Where its contents are in the bytes that were walked over.
    pub(super) range: Range<usize>,
    pub(super) contents: &'a [u8],
}

impl<'a> Section<'a> {
    /// The contents of a custom section, behind its name, and where they begin.
    pub(super) fn custom(&self, name: &str) -> Option<&'a [u8]> {
        if self.id != CUSTOM_SECTION {
            return None;
        }
        let mut reader = BinaryReader::new(self.contents, 0);
        (reader.read_string().ok()? == name).then(|| self.contents.get(reader.original_position()..))?
    }
}

/// The sections of a module or a component; none if they are not well formed.
pub(super) fn sections(bytes: &[u8]) -> Option<Vec<Section<'_>>> {
    let mut reader = BinaryReader::new(bytes, 0);
    reader.read_bytes(HEADER_SIZE).ok()?;
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8().ok()?;
        let size = usize::try_from(reader.read_var_u32().ok()?).ok()?;
        let begin = reader.original_position();
        let contents = reader.read_bytes(size).ok()?;
        sections.push(Section { id, range: begin..begin.checked_add(size)?, contents });
    }
    Some(sections)
}

/// Appends a custom section.
pub(super) fn push_custom(bytes: &mut Vec<u8>, name: &str, contents: &[u8]) {
    let mut section = Vec::new();
    push_number(&mut section, name.len());
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(contents);
    push_section(bytes, CUSTOM_SECTION, &section);
}

fn push_section(bytes: &mut Vec<u8>, id: u8, contents: &[u8]) {
    bytes.push(id);
    push_number(bytes, contents.len());
    bytes.extend_from_slice(contents);
}

/// Appends a number in LEB128.
pub(super) fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Lets each core module of a file be changed, in the order of the file. `change` gives the new
/// bytes of a module, or none if it stays as it is. The result is none if nothing has changed.
pub(super) fn change_modules(
    kind: FileKind,
    binary: &[u8],
    change: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    match kind {
        FileKind::Module => change(binary),
        FileKind::Component => change_component(binary, change, 0),
    }
}

fn change_component(bytes: &[u8], change: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>, depth: usize) -> Option<Vec<u8>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut changed = bytes.get(..HEADER_SIZE)?.to_vec();
    let mut is_changed = false;
    for section in sections(bytes)? {
        let contents = match section.id {
            COMPONENT_MODULE => change(section.contents),
            COMPONENT_COMPONENT => change_component(section.contents, change, depth.saturating_add(1)),
            _ => None,
        };
        is_changed |= contents.is_some();
        push_section(&mut changed, section.id, contents.as_deref().unwrap_or(section.contents));
    }
    is_changed.then_some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_nested_components_are_changed_in_order() {
        let binary = wat::parse_str(
            "(component (core module (memory 1)) (component (core module (memory 2)) (core module)) (core module (memory 3)))",
        )
        .unwrap();
        let mut n_modules = 0_u8;
        let mut change = |module: &[u8]| {
            n_modules += 1;
            let mut module = module.to_vec();
            push_custom(&mut module, "number", &[n_modules]);
            (n_modules != 3).then_some(module)
        };
        let changed = change_modules(FileKind::Component, &binary, &mut change).unwrap();
        assert_eq!(n_modules, 4);
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(&changed).unwrap();
        let numbers = |binary: &[u8]| {
            let mut numbers = Vec::new();
            change_modules(FileKind::Component, binary, &mut |module| {
                numbers.extend(
                    sections(module).unwrap().iter().filter_map(|section| section.custom("number")?.first().copied()),
                );
                None
            });
            numbers
        };
        assert_eq!(numbers(&changed), [1, 2, 4]);
        assert_eq!(numbers(&binary), [0_u8; 0]);
    }

    #[test]
    fn whatever_the_bytes_are() {
        let binary =
            wat::parse_str("(component (core module (memory 1)) (component (core module (memory 2))))").unwrap();
        let mut change = |module: &[u8]| Some(module.to_vec());
        for length in 0..binary.len() {
            change_modules(FileKind::Component, &binary[..length], &mut change);
            sections(&binary[..length]);
        }
        let mut deep = wat::parse_str("(component)").unwrap();
        for _ in 0..1000 {
            let mut outer = deep[..HEADER_SIZE].to_vec();
            push_section(&mut outer, COMPONENT_COMPONENT, &deep);
            deep = outer;
        }
        assert_eq!(change_modules(FileKind::Component, &deep, &mut change), None);
    }
}
