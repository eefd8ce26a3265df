//! Debug information in a file of its own, which a module names in its section
//! `external_debug_info`.
//!
//! LLDB reads the section from the module that it is given, and takes a relative path as relative to
//! its own working directory. The person means one that is relative to the program.
//!
//! Invariant: a module is changed only if the file that it names is there.

use super::super::WasmFile;
use super::modules::{Section, change_modules, push_custom, push_number, sections};
use std::path::{Path, PathBuf};
use wasmparser::BinaryReader;

/// The section's name, by the convention of WebAssembly's tools.
const SECTION: &str = "external_debug_info";

/// The name that takes its place when another section says more. It has the same length.
const REPLACED: &str = "external_debug_from";

/// A file with debug information that a module names and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDebugFile {
    /// The path as the module has it.
    pub named: String,
    /// The path at which it was looked for; none if the module names it by a URL, which is not
    /// looked for.
    pub path: Option<PathBuf>,
}

/// Gives modules the absolute path of the file that they name. The result is none if no module has
/// changed.
pub(super) fn resolve(file: &WasmFile, missing: &mut Vec<MissingDebugFile>) -> Option<Vec<u8>> {
    change_modules(file.kind(), file.binary(), &mut |module| {
        let sections = sections(module)?;
        if sections.iter().any(|section| section.custom(".debug_info").is_some()) {
            // Debuggers prefer what the module itself has.
            return None;
        }
        let (section, named) = sections.iter().find_map(|section| Some((section, name(section)?)))?;
        match locate(file.path(), named) {
            Ok(None) => None,
            Ok(Some(path)) => renamed(module, section, path.to_str()?),
            Err(path) => {
                missing.push(MissingDebugFile { named: named.to_owned(), path });
                None
            }
        }
    })
}

/// The path in a section of the right name.
fn name<'a>(section: &Section<'a>) -> Option<&'a str> {
    BinaryReader::new(section.custom(SECTION)?, 0).read_string().ok()
}

/// Finds the file that a module names: its absolute path, or none if the module has that already.
/// The error is the path at which it was looked for, if it was.
fn locate(program: Option<&Path>, named: &str) -> Result<Option<PathBuf>, Option<PathBuf>> {
    if let Some(path) = named.strip_prefix("file://") {
        let path = Path::new(path);
        return if path.is_file() { Ok(Some(path.to_owned())) } else { Err(Some(path.to_owned())) };
    }
    if named.contains("://") {
        return Err(None);
    }
    if Path::new(named).is_absolute() {
        return if Path::new(named).is_file() { Ok(None) } else { Err(Some(PathBuf::from(named))) };
    }
    // A program that has no path is in the working directory, like whatever else is named there.
    let beside = |program: &Path| program.parent().map(|folder| folder.join(named));
    let Some(first) = program.and_then(beside).or_else(|| std::path::absolute(named).ok()) else { return Err(None) };
    // A link to the program may be elsewhere than the program and what belongs to it.
    let behind_link = || program.and_then(|program| beside(&program.canonicalize().ok()?));
    if first.is_file() {
        return Ok(Some(first));
    }
    behind_link().filter(|path| path.is_file()).map(Some).ok_or(Some(first))
}

/// The module with another path in its section: the section is given a name that means nothing, and
/// a new one comes last, so that nothing moves.
fn renamed(module: &[u8], section: &Section<'_>, path: &str) -> Option<Vec<u8>> {
    let mut changed = module.to_vec();
    // The name's length comes before it. It is one byte, unless it was written longer than needed.
    let begin = section.range.start.checked_add(section.contents.len())?.checked_sub(section.custom(SECTION)?.len())?;
    let begin = begin.checked_sub(SECTION.len())?;
    changed.get_mut(begin..)?.get_mut(..SECTION.len())?.copy_from_slice(REPLACED.as_bytes());
    let mut contents = Vec::new();
    push_number(&mut contents, path.len());
    contents.extend_from_slice(path.as_bytes());
    push_custom(&mut changed, SECTION, &contents);
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module that names a file.
    fn module(named: &str) -> String {
        let length = char::from(u8::try_from(named.len()).unwrap());
        format!(
            r#"(module (@custom "external_debug_info" (before first) "\{:02x}{named}") (func (export "_start")))"#,
            length as u8
        )
    }

    /// What the modules of a file name.
    fn named(file: &WasmFile) -> Vec<String> {
        let mut names = Vec::new();
        change_modules(file.kind(), file.binary(), &mut |module| {
            names.extend(sections(module).unwrap().iter().filter_map(name).map(str::to_owned));
            None
        });
        names
    }

    #[test]
    fn files_beside_the_program_are_found() {
        assert_eq!(SECTION.len(), REPLACED.len());
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program.wat");
        let debug = folder.path().join("program.debug.wasm");
        let absolute = debug.display().to_string();
        let check = |text: &str, expected: &[&str], missing: &[&Path]| {
            std::fs::write(&program, text).unwrap();
            let file = WasmFile::read(&program).unwrap();
            let (found, not_found) = file.clone().with_debug_info();
            assert_eq!(file.missing_debug_files(), not_found);
            assert_eq!(not_found.iter().filter_map(|file| file.path.as_deref()).collect::<Vec<_>>(), missing);
            assert_eq!(named(&found), expected);
            // Nothing has moved.
            if text.starts_with("(module") {
                let code = |file: &WasmFile| {
                    sections(file.binary())
                        .unwrap()
                        .iter()
                        .find(|section| section.id == 10)
                        .map(|section| section.range.clone())
                };
                assert_eq!(code(&found), code(&file));
            }
        };
        let relative = module("program.debug.wasm");
        let component = format!("(component (core module) (component (core {}", &relative[1..]) + "))";
        check(&relative, &["program.debug.wasm"], &[&debug]);
        check(&module(&absolute), &[&absolute], &[&debug]);
        std::fs::write(&debug, "").unwrap();
        check(&relative, &[&absolute], &[]);
        check(&component, &[&absolute], &[]);
        check(&module(&absolute), &[&absolute], &[]);
        check(&module(&format!("file://{absolute}")), &[&absolute], &[]);
        check(
            &module("./program.debug.wasm"),
            &[&folder.path().join("./program.debug.wasm").display().to_string()],
            &[],
        );
        check("(module)", &[], &[]);

        #[cfg(unix)]
        {
            let elsewhere = tempfile::tempdir().unwrap();
            let link = elsewhere.path().join("link.wasm");
            std::fs::write(&program, &relative).unwrap();
            std::os::unix::fs::symlink(&program, &link).unwrap();
            let (found, missing) = WasmFile::read(&link).unwrap().with_debug_info();
            assert_eq!((named(&found).len(), missing.len()), (1, 0));
            assert!(named(&found)[0].ends_with("/program.debug.wasm"));
        }
    }

    #[test]
    fn urls_are_not_looked_for() {
        let file = WasmFile::from_bytes("x", module("https://x/y.wasm").into_bytes()).unwrap();
        let missing = MissingDebugFile { named: "https://x/y.wasm".to_owned(), path: None };
        assert_eq!(file.missing_debug_files(), [missing]);
    }

    #[test]
    fn the_modules_own_debug_information_comes_first() {
        let text = r#"(module (@custom "external_debug_info" "\01x") (@custom ".debug_info" ""))"#;
        assert_eq!(WasmFile::from_bytes("x", text.into()).unwrap().missing_debug_files(), []);
    }
}
