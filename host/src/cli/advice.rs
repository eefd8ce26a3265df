//! The library's errors as the user of the command line reads them, with the flag to type.
//!
//! The library says what is missing as data, because an embedder of it has no command line. Every
//! flag that solves a problem of the library's is named here.
//!
//! Invariant: no other file of this crate names a flag in the text of a library's error.

use std::fmt::Write as _;
use stillpoint::plugin::file::DebuggerFileError;
use stillpoint::plugin::{LoadError, Problem, Right};
use stillpoint::program::{CacheError, MissingDebugFile, OtherComponent, ProgramError};

/// An error and its causes, in one line.
pub(crate) fn describe(error: &anyhow::Error) -> String {
    let mut text = match error.downcast_ref::<ProgramError>() {
        Some(error) => program(error),
        None => error.to_string(),
    };
    for cause in error.chain().skip(1) {
        // Writing into a string cannot fail.
        let _ = write!(text, ": {cause}");
    }
    text
}

/// Why a program cannot be started.
fn program(error: &ProgramError) -> String {
    match error {
        ProgramError::IsDebugger { path } => format!("{error}; use it as `--debugger {path} PROGRAM`"),
        ProgramError::NotCommand { kind: OtherComponent::Library, .. } => {
            format!("{error} with --invoke 'NAME(ARGUMENTS)'")
        }
        ProgramError::NoStart { path, functions } => {
            format!("{path}: the module has no function `_start` to begin with; name one with --invoke; {functions}")
        }
        ProgramError::NoFunction { path, function, functions } => {
            format!("--invoke {function}: {path} exports no such function; {functions}")
        }
        ProgramError::Arguments { function, message, functions } => {
            format!("--invoke {function}: {message}; {functions}")
        }
        ProgramError::Directory { .. } => format!("--dir {error}"),
        ProgramError::Environment { name } => {
            format!("--env {name}: the variable's value is not valid UTF-8; give a value with --env {name}=VALUE")
        }
        _ => error.to_string(),
    }
}

/// Why a debugger cannot be run.
pub(crate) fn debugger(error: &LoadError) -> String {
    match &error.problem {
        Problem::NotGranted { right: Right::Modify, .. } => format!(
            "--debugger {error}; `--allow modify` grants it, and a debugger that changes nothing is better built for the \
             world `controlling`"
        ),
        Problem::NotGranted { right, .. } => format!("--debugger {error}; `--allow {right}` grants it"),
        Problem::File(DebuggerFileError::NotDebugger) => {
            format!("--debugger {error}; if it is the program, give it without --debugger")
        }
        Problem::Directory { path, message } => {
            format!("--debugger {}: --allow dir={}: {message}", error.name, path.display())
        }
        _ => format!("--debugger {error}"),
    }
}

/// What a program lacks for its sources to be seen.
pub(crate) fn missing_debug_file(program: &str, file: &MissingDebugFile) -> String {
    match &file.path {
        Some(path) => format!(
            "{program} says that its debug information is in {}, and there is no such file; without it, no lines and \
             variables can be shown: put it there, or start LLDB in the directory from which `{}` leads to it",
            path.display(),
            file.named
        ),
        None => format!(
            "{program} says that its debug information is at {}; it is not fetched, so no lines and variables can be shown \
             unless the program names a file on this machine",
            file.named
        ),
    }
}

/// Why no compiled code is kept on disk.
pub(crate) fn cache(error: &CacheError) -> String {
    match error {
        CacheError::Unusable { .. } => format!("{error}, or switch the cache off with --no-cache"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::path::{Path, PathBuf};
    use stillpoint::plugin::{Engine, Grants, Plugin};
    use stillpoint::program::{Compiled, Entry, Mode, Wasi, WasmFile, engine};

    fn check_program(wasi: &Wasi, text: &str, entry: &Entry, expected: Expect) {
        let prepare = || -> Result<(), ProgramError> {
            let file = WasmFile::from_bytes("x.wat", text.as_bytes().to_vec())?;
            let state = wasi.data()?;
            Compiled::new(&engine(Mode::Plain, None)?, Mode::Plain, file)?.prepare(state, entry)?;
            Ok(())
        };
        expected.assert_eq(&describe(&prepare().unwrap_err().into()));
    }

    fn invoke(function: &str, arguments: &[&str]) -> Entry {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Entry::Invoke { function: function.to_owned(), arguments }
    }

    const MODULE: &str = r#"(module (func (export "f") (param i32)))"#;

    #[test]
    fn a_program_is_called_with_invoke() {
        let wasi = Wasi::default();
        check_program(
            &wasi,
            MODULE,
            &Entry::Command,
            expect![
                "x.wat: the module has no function `_start` to begin with; name one with --invoke; its functions are: f(i32)"
            ],
        );
        check_program(
            &wasi,
            MODULE,
            &invoke("g", &[]),
            expect!["--invoke g: x.wat exports no such function; its functions are: f(i32)"],
        );
        check_program(
            &wasi,
            MODULE,
            &invoke("f", &[]),
            expect!["--invoke f: the function takes 1 argument, but none was given; its functions are: f(i32)"],
        );
        check_program(
            &wasi,
            r#"(component
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func (export "f") (canon lift (core func $i "f"))))"#,
            &Entry::Command,
            expect![
                "x.wat: this component is not a command, it does not export wasi:cli/run@0.2 or 0.3 (its functions are: f()); build it as a command, with a main function, or call one of its functions with --invoke 'NAME(ARGUMENTS)'"
            ],
        );
    }

    #[test]
    fn a_debugger_in_the_programs_place() {
        check_program(
            &Wasi::default(),
            r#"(component
                (import "stillpoint:debugger/messages@0.1.0" (instance (export "print" (func (param "text" string))))))"#,
            &Entry::Command,
            expect!["x.wat: this component is a debugger, not a program; use it as `--debugger x.wat PROGRAM`"],
        );
    }

    #[test]
    fn what_a_program_may_use() {
        let wasi = Wasi { directories: vec!["does/not/exist::x".parse().unwrap()], ..Wasi::default() };
        let text = describe(&wasi.data().unwrap_err().into());
        assert!(text.starts_with("--dir does/not/exist: the directory cannot be opened ("), "{text}");
        assert!(text.ends_with("); check its path and permissions"), "{text}");
        expect!["--env HOME: the variable's value is not valid UTF-8; give a value with --env HOME=VALUE"]
            .assert_eq(&describe(&ProgramError::Environment { name: "HOME".to_owned() }.into()));
    }

    #[test]
    fn what_a_debugger_needs() {
        let refusal = |bytes: &[u8], grants: Grants| {
            debugger(&Plugin::load(&Engine::new(None).unwrap(), "x.wasm", bytes, grants).unwrap_err())
        };
        let trace = stillpoint::plugin::BuiltIn::find("trace").unwrap().component;
        expect!["--debugger x.wasm: the debugger needs the right `control` (it imports stillpoint:debugger/execution), which was not granted; `--allow control` grants it"]
            .assert_eq(&refusal(trace, Grants { control: false, ..Grants::default() }));
        let dirs = vec![(PathBuf::from("Cargo.toml"), "x".to_owned())];
        expect!["--debugger x.wasm: --allow dir=Cargo.toml: not a directory"]
            .assert_eq(&refusal(trace, Grants { dirs, ..Grants::default() }));
        expect!["--debugger x.wasm: this component is not a debugger: it imports nothing of stillpoint:debugger; if it is the program, give it without --debugger"]
            .assert_eq(&refusal(b"(component)", Grants::default()));
    }

    #[test]
    fn a_cache_that_cannot_be_used() {
        let error = CacheError::Unusable { path: PathBuf::from("/x"), message: "it is full".to_owned() };
        expect!["the compile cache /x cannot be used (it is full); set STILLPOINT_CACHE_DIR to a directory that can be written, or switch the cache off with --no-cache"]
            .assert_eq(&cache(&error));
    }

    /// An embedder of the library has no command line, so its sources name no flag, not in a
    /// comment either.
    #[test]
    fn the_library_names_no_flag() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let rooms = ["plugin", "program", "world", "lib.rs", "trap.rs", "../debuggee/src"];
        let mut files: Vec<PathBuf> = rooms.map(|room| source.join(room)).into();
        let mut n_files = 0;
        let mut named = Vec::new();
        while let Some(path) = files.pop() {
            // The tests of conditions have a minus before a minus.
            if path.ends_with("condition/tests") {
                continue;
            } else if path.is_dir() {
                files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                n_files += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                let flags = text.lines().enumerate().filter(|(_, line)| names_flag(line));
                named.extend(flags.map(|(index, line)| format!("{}:{}: {line}", path.display(), index + 1)));
            }
        }
        assert!(n_files > 100, "{n_files} files were found");
        assert!(named.is_empty(), "{}", named.join("\n"));
    }

    fn names_flag(line: &str) -> bool {
        line.match_indices("--").any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + 2..].chars().next();
            before != Some('-') && after.is_some_and(|c| c.is_ascii_lowercase())
        })
    }

    #[test]
    fn a_flag_is_recognised() {
        assert!(names_flag("give it without --debugger"));
        assert!(names_flag("--env"));
        assert!(!names_flag("a -- b"));
        assert!(!names_flag("--> x.wat:1"));
        assert!(!names_flag("\"--1\""));
    }
}
