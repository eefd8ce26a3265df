//! The import section as a client is shown it.
//!
//! LLDB counts the imported functions of a module, because the names of functions begin after them.
//! LLDB 22 and 23 take whatever follows an import's kind for a single number, which is right for
//! functions alone: with a memory, a table, a global or a tag among the imports they lose step, and
//! every name moves to another function. Later versions read each kind as it is. The descriptors of
//! those imports, which no version looks at, are therefore written so that both ways of reading
//! find their ends: all bytes but the last say that the number goes on.
//!
//! Invariant: what is shown is as long as the section is, and the imports in it have the same order,
//! names and kinds.

use wasmparser::{BinaryReader, TypeRef};

/// The kinds of imports, from the core specification's binary format.
const FUNCTION: u8 = 0;
const GLOBAL: u8 = 3;

/// A byte of a number in LEB128 that has value 0 and is not the last.
const MORE: u8 = 0x80;

/// What is shown instead of the contents of an import section; none if that is the section itself.
pub(super) fn shown(contents: &[u8]) -> Option<Vec<u8>> {
    let mut reader = BinaryReader::new(contents, 0);
    let mut result = contents.to_vec();
    let mut is_changed = false;
    for _ in 0..reader.read_var_u32().ok()? {
        reader.read_string().ok()?;
        let length_begin = reader.original_position();
        let name = reader.read_string().ok()?.as_bytes();
        let begin = reader.original_position();
        reader.read::<TypeRef>().ok()?;
        let end = reader.original_position();
        let kind = *contents.get(begin)?;
        if kind == FUNCTION {
            continue;
        }
        is_changed = true;
        // Later versions take two bytes for the type of a global, so that a longer one puts them out
        // of step. What is too much becomes part of the number before the name: its length.
        let surplus = if kind == GLOBAL { end.checked_sub(begin + 3)? } else { 0 };
        let length = contents.get(length_begin..begin.checked_sub(name.len())?)?;
        let mut import = padded(length, surplus)?;
        import.extend_from_slice(name);
        import.push(kind);
        let mut descriptor = vec![MORE; end.checked_sub(begin + 1 + surplus)?];
        *descriptor.last_mut()? = 0;
        import.extend(descriptor);
        result.get_mut(length_begin..end)?.copy_from_slice(&import);
    }
    is_changed.then_some(result)
}

/// The same number in LEB128 with more bytes.
fn padded(number: &[u8], surplus: usize) -> Option<Vec<u8>> {
    let mut result = number.to_vec();
    if surplus > 0 {
        *result.last_mut()? |= MORE;
        result.resize(number.len() + surplus, MORE);
        *result.last_mut()? = 0;
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a number in LEB128.
    fn number(bytes: &mut &[u8]) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let (byte, rest) = bytes.split_first().expect("a number ends");
            *bytes = rest;
            value |= usize::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & MORE == 0 {
                return value;
            }
        }
    }

    fn byte(bytes: &mut &[u8]) -> u8 {
        let (byte, rest) = bytes.split_first().expect("there is a byte");
        *bytes = rest;
        *byte
    }

    /// The kinds and the names that a reader finds which takes one number for every descriptor, or
    /// which takes for each kind what LLDB's later versions take.
    fn read(mut bytes: &[u8], knows_kinds: bool) -> String {
        let bytes = &mut bytes;
        let mut found = Vec::new();
        for _ in 0..number(bytes) {
            let module_length = number(bytes);
            *bytes = &bytes[module_length..];
            let length = number(bytes);
            let (name, rest) = bytes.split_at(length);
            *bytes = rest;
            let kind = byte(bytes);
            found.push(format!("{}{kind}", String::from_utf8_lossy(name)));
            match kind {
                _ if !knows_kinds => drop(number(bytes)),
                0 => drop(number(bytes)),
                3 => drop((byte(bytes), byte(bytes))),
                4 => drop((byte(bytes), number(bytes))),
                1 | 2 => {
                    if kind == 1 {
                        byte(bytes);
                    }
                    let has_max = byte(bytes) & 1 == 1;
                    number(bytes);
                    if has_max {
                        number(bytes);
                    }
                }
                other => panic!("there is no kind {other}"),
            }
        }
        assert!(bytes.is_empty(), "{bytes:?} is left");
        found.join(" ")
    }

    /// A section with imports of these descriptors, the kind first.
    fn section(descriptors: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![descriptors.len() as u8];
        for (descriptor, name) in descriptors.iter().zip('a'..) {
            bytes.extend([1, b'm', 1, name as u8]);
            bytes.extend_from_slice(descriptor);
        }
        bytes
    }

    #[test]
    fn every_kind_is_found_in_both_ways() {
        let contents = section(&[
            &[1, 0x70, 0, 1],
            &[1, 0x70, 1, 1, 0x80, 0x20],
            &[1, 0x64, 0x70, 0, 1],
            &[0, 5],
            &[2, 0, 0],
            &[2, 1, 1, 2],
            &[2, 3, 0x80, 1, 0x80, 1],
            &[2, 4, 0xff, 0xff, 0x03],
            &[0, 0x80, 1],
            &[3, 0x7f, 0],
            &[3, 0x7e, 1],
            &[3, 0x63, 0x6f, 1],
            &[3, 0x64, 0x81, 1, 0],
            &[4, 0, 0],
            &[4, 0, 0x80, 1],
            &[0, 0],
        ]);
        let shown = shown(&contents).expect("it is changed");
        assert_eq!(shown.len(), contents.len());
        let found = "a1 b1 c1 d0 e2 f2 g2 h2 i0 j3 k3 l3 m3 n4 o4 p0";
        assert_eq!(read(&shown, false), found);
        assert_eq!(read(&shown, true), found);
    }

    #[test]
    fn functions_alone_are_shown_as_they_are() {
        assert_eq!(shown(&section(&[&[0, 5], &[0, 0x80, 1]])), None);
        assert_eq!(shown(&[0]), None);
    }

    #[test]
    fn what_is_no_import_section_is_shown_as_it_is() {
        for contents in [&b""[..], &[1], &[1, 0, 0, 9, 0], &[2, 0, 0, 3, 0x7f, 0], &[1, 0, 0, 3]] {
            assert_eq!(shown(contents), None, "{contents:?}");
        }
    }
}
