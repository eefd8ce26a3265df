//! Reads a WebAssembly file in binary or text format, and tells modules from components.
//!
//! Used for programs and for debugger components alike. Owns the bytes until they are compiled, and
//! the text that they were made of.
//!
//! Invariant: a [`WasmFile`] holds a WebAssembly binary whose header was recognised. Its contents
//! were not validated.

use super::ProgramError;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The kind of a WebAssembly binary, by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A core module.
    Module,
    /// A component.
    Component,
}

/// A WebAssembly file in memory, always in binary format.
#[derive(Clone, Debug)]
pub struct WasmFile {
    name: String,
    /// Where it was read from; none for bytes that came in another way.
    path: Option<PathBuf>,
    binary: Arc<[u8]>,
    kind: FileKind,
    /// The text, if it was in text format.
    text: Option<String>,
}

const MAGIC: &[u8] = b"\0asm";
const MODULE_VERSION: &[u8] = &[1, 0, 0, 0];
const COMPONENT_VERSION: &[u8] = &[0x0d, 0, 1, 0];

/// The size of the largest file that is read, in bytes: more than any engine compiles. It also ends
/// the reading of a file without an end, such as `/dev/zero`.
const MAX_SIZE: u64 = 1 << 30;

/// Reads at most `limit` bytes. They may come from a file without a size, such as a pipe.
fn read_at_most(reader: impl io::Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(size) if size <= limit => Ok(bytes),
        _ => Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit} bytes"))),
    }
}

impl WasmFile {
    /// Reads a file in binary or text format.
    ///
    /// # Errors
    /// Every reason for which a file cannot be read or recognised. The error names the path.
    pub fn read(path: &Path) -> Result<Self, ProgramError> {
        let name = path.display().to_string();
        match fs::File::open(path).and_then(|file| read_at_most(file, MAX_SIZE)) {
            Ok(bytes) => {
                let file = Self::from_bytes(name, bytes)?;
                Ok(Self { path: std::path::absolute(path).ok(), ..file })
            }
            Err(error) => Err(match error.kind() {
                ErrorKind::NotFound => ProgramError::Missing { path: name },
                ErrorKind::IsADirectory => ProgramError::IsDirectory { path: name },
                _ if path.is_dir() => ProgramError::IsDirectory { path: name },
                _ => ProgramError::Unreadable { path: name, source: error },
            }),
        }
    }

    /// Reads a file in binary or text format to the end of a stream. `name` stands for it in
    /// messages.
    ///
    /// # Errors
    /// As [`WasmFile::read`].
    pub fn read_from(name: impl Into<String>, reader: impl io::Read) -> Result<Self, ProgramError> {
        let name = name.into();
        match read_at_most(reader, MAX_SIZE) {
            Ok(bytes) => Self::from_bytes(name, bytes),
            Err(source) => Err(ProgramError::Unreadable { path: name, source }),
        }
    }

    /// Makes a file of bytes in binary or text format. `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`WasmFile::read`], without those of the file system.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, ProgramError> {
        let path = name.into();
        if bytes.is_empty() {
            return Err(ProgramError::Empty { path });
        }
        if bytes.starts_with(MAGIC) {
            let kind = header_kind(&bytes, &path)?;
            return Ok(Self { name: path, path: None, binary: bytes.into(), kind, text: None });
        }
        if MAGIC.starts_with(&bytes) {
            return Err(ProgramError::Truncated { path, offset: bytes.len() });
        }
        match std::str::from_utf8(&bytes).map(|text| text.strip_prefix('\u{feff}').unwrap_or(text)) {
            Ok(text) if looks_like_text_format(text) => {
                let binary = wat::parse_str(text).map_err(|mut error| {
                    error.set_path(&path);
                    ProgramError::Text { path: path.clone(), message: error.to_string() }
                })?;
                let kind = header_kind(&binary, &path)?;
                Ok(Self { name: path, path: None, binary: binary.into(), kind, text: Some(text.to_owned()) })
            }
            _ if bytes.starts_with(b"\x7fELF") => Err(ProgramError::Precompiled { path }),
            _ => Err(ProgramError::NotWebAssembly { path }),
        }
    }

    /// The path, or the name that stands for it in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes in binary format.
    #[must_use]
    pub fn binary(&self) -> &[u8] {
        &self.binary
    }

    /// The same bytes, to be kept.
    #[must_use]
    pub fn share(&self) -> Arc<[u8]> {
        Arc::clone(&self.binary)
    }

    /// Whether it is a module or a component.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Whether the file was in text format.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.text.is_some()
    }

    /// The text that the bytes were made of, if the file was in text format.
    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The absolute path of the file; none if it was not read from a path.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The same file with other bytes, which mean the same.
    pub(super) fn with_binary(self, binary: Vec<u8>) -> Self {
        Self { binary: binary.into(), ..self }
    }
}

/// The kind by the eight bytes of the header. The caller has checked the first four.
fn header_kind(bytes: &[u8], path: &str) -> Result<FileKind, ProgramError> {
    match bytes.get(4..8) {
        None => Err(ProgramError::Truncated { path: path.to_owned(), offset: bytes.len() }),
        Some(MODULE_VERSION) => Ok(FileKind::Module),
        Some(COMPONENT_VERSION) => Ok(FileKind::Component),
        Some(_) => Err(ProgramError::UnknownVersion { path: path.to_owned() }),
    }
}

/// Whether the first character that is neither white space nor part of a comment is an opening
/// parenthesis.
fn looks_like_text_format(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix(";;") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("(;") {
            match skip_block_comment(comment) {
                Some(after) => rest = after,
                // The comment is not closed. The parser of the text format reports that.
                None => return true,
            }
        } else {
            return rest.starts_with('(');
        }
    }
}

/// The text after a block comment. `text` begins after the comment's opening. Block comments nest.
fn skip_block_comment(text: &str) -> Option<&str> {
    let mut depth = 1_usize;
    let mut rest = text;
    while depth > 0 {
        let at = rest.find([';', '('])?;
        rest = rest.get(at..)?;
        if let Some(after) = rest.strip_prefix(";)") {
            depth = depth.saturating_sub(1);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("(;") {
            depth = depth.saturating_add(1);
            rest = after;
        } else {
            rest = rest.get(1..)?;
        }
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check_error(bytes: &[u8], expected: Expect) {
        let error = WasmFile::from_bytes("program.wasm", bytes.to_vec()).unwrap_err();
        expected.assert_eq(&error.to_string());
    }

    #[test]
    fn empty() {
        check_error(b"", expect!["program.wasm: the file is empty; give a WebAssembly file (.wasm or .wat)"]);
    }

    #[test]
    fn cut_in_the_header() {
        let expected = || {
            expect![[r#"
            program.wasm: the file ends in the middle, at byte 3; build or copy it again"#]]
        };
        check_error(b"\0as", expected());
        check_error(
            b"\0asm\x01\0",
            expect!["program.wasm: the file ends in the middle, at byte 6; build or copy it again"],
        );
    }

    #[test]
    fn not_webassembly() {
        let expected = || {
            expect![
                "program.wasm: this is not WebAssembly, neither binary nor text; give a .wasm or .wat file, or compile \
                 the program for a WebAssembly target first"
            ]
        };
        check_error(b"#!/bin/sh\necho hello\n", expected());
        check_error(b"\x89PNG\r\n\x1a\n", expected());
        check_error(b" \n;; only a comment\n(; and (; another ;) ;)\n", expected());
    }

    #[test]
    fn precompiled() {
        check_error(
            b"\x7fELF\x02\x01\x01",
            expect![
                "program.wasm: this is a native (ELF) file, perhaps a precompiled module; give the .wasm file that it was made from"
            ],
        );
    }

    #[test]
    fn unknown_version() {
        check_error(
            b"\0asm\x0a\0\0\0",
            expect![
                "program.wasm: the header is of a WebAssembly version that is not known here; build the file with a released toolchain"
            ],
        );
    }

    #[test]
    fn bad_text() {
        check_error(
            b"(module (func (export \"f\") i32.bogus))",
            expect![[r#"
                program.wasm: the text format has an error; mend it there:
                unknown operator or unexpected token
                     --> program.wasm:1:28
                      |
                    1 | (module (func (export "f") i32.bogus))
                      |                            ^"#]],
        );
    }

    #[test]
    fn text_and_binary_of_both_kinds() {
        for (text, kind) in [
            ("(module)", FileKind::Module),
            (";; a comment\n(; and (; one ;) more ;) (component)", FileKind::Component),
            ("\u{feff}(func)", FileKind::Module),
        ] {
            let file = WasmFile::from_bytes("x.wat", text.as_bytes().to_vec()).unwrap();
            assert_eq!(file.kind(), kind, "{text}");
            assert!(file.is_text());
            let again = WasmFile::from_bytes("x.wasm", file.binary().to_vec()).unwrap();
            assert_eq!(again.kind(), kind);
            assert!(!again.is_text());
        }
    }

    #[test]
    fn streams() {
        let file = WasmFile::read_from("standard input", &b"(module)"[..]).unwrap();
        assert_eq!((file.name(), file.kind(), file.is_text()), ("standard input", FileKind::Module, true));
        let error = WasmFile::read_from("standard input", &b""[..]).unwrap_err();
        assert_eq!(error.to_string(), "standard input: the file is empty; give a WebAssembly file (.wasm or .wat)");
        let error = WasmFile::read_from("standard input", fs::File::open(".").unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("standard input: the file cannot be read"), "{error}");
    }

    #[test]
    fn paths() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("no.wasm");
        let error = WasmFile::read(&missing).unwrap_err();
        assert_eq!(error.to_string(), format!("{}: there is no such file; check the path", missing.display()));
        let error = WasmFile::read(directory.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{}: this is a directory; give the WebAssembly file (.wasm or .wat) itself",
                directory.path().display()
            )
        );
        let through_file = directory.path().join("plain");
        fs::write(&through_file, "x").unwrap();
        let error = WasmFile::read(&through_file.join("inner.wasm")).unwrap_err();
        assert!(error.to_string().contains("cannot be read"), "{error}");
    }
}
