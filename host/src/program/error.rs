//! What can go wrong between a path on the command line and a program that is ready to start.
//!
//! Invariant: every message names the file or the flag and says how to mend it. What the running program does
//! wrong is no error of this room: see [`Ending`](super::Ending).

use std::io;

/// Why a program could not be made ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// No file at the path.
    #[error("{path}: there is no such file; check the path")]
    Missing {
        /// The path as given.
        path: String,
    },
    /// The path is a directory.
    #[error("{path}: this is a directory; give the WebAssembly file (.wasm or .wat) itself")]
    IsDirectory {
        /// The path as given.
        path: String,
    },
    /// The operating system refused.
    #[error("{path}: the file cannot be read ({source}); check its path and permissions")]
    Unreadable {
        /// The path as given.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// No bytes.
    #[error("{path}: the file is empty; give a WebAssembly file (.wasm or .wat)")]
    Empty {
        /// The path as given.
        path: String,
    },
    /// The binary ends too early.
    #[error("{path}: the file ends in the middle, at byte {offset}; build or copy it again")]
    Truncated {
        /// The path as given.
        path: String,
        /// Where more was expected.
        offset: usize,
    },
    /// Neither format.
    #[error(
        "{path}: this is not WebAssembly, neither binary nor text; give a .wasm or .wat file, or compile the program \
         for a WebAssembly target first"
    )]
    NotWebAssembly {
        /// The path as given.
        path: String,
    },
    /// A native object file, which is what compiled WebAssembly looks like on disk.
    #[error(
        "{path}: this is a native (ELF) file, perhaps a precompiled module; give the .wasm file that it was made from"
    )]
    Precompiled {
        /// The path as given.
        path: String,
    },
    /// A header of the future or the far past.
    #[error(
        "{path}: the header is of a WebAssembly version that is not known here; build the file with a released toolchain"
    )]
    UnknownVersion {
        /// The path as given.
        path: String,
    },
    /// The text format has an error.
    #[error("{path}: the text format has an error; mend it there:\n{message}")]
    Text {
        /// The path as given.
        path: String,
        /// The parser's message, with line and column.
        message: String,
    },
    /// Validation or compilation refused it.
    #[error("{path}: this is not a valid {kind}: {message}; build it again, with released WebAssembly features only")]
    Invalid {
        /// The path as given.
        path: String,
        /// "module" or "component".
        kind: &'static str,
        /// The engine's reason.
        message: String,
    },
    /// A debugger component in the program's place.
    #[error("{path}: this component is a debugger, not a program; use it as `--debugger {path} PROGRAM`")]
    IsDebugger {
        /// The path as given.
        path: String,
    },
    /// A component that cannot be run as a command.
    #[error("{path}: this component is not a command, it does not export wasi:cli/run@0.2 ({found}); {mend}")]
    NotCommand {
        /// The path as given.
        path: String,
        /// What it exports instead.
        found: String,
        /// What to do about it.
        mend: &'static str,
    },
    /// Imports that no one provides.
    #[error(
        "{path}: the program imports what this host does not have: {imports}; it has WASI 0.1 for modules and WASI \
         0.2 for components, so build the program for wasm32-wasip1 or wasm32-wasip2, without other imports"
    )]
    UnknownImports {
        /// The path as given.
        path: String,
        /// The imports, with their types where they are known.
        imports: String,
    },
    /// Imports of a known name with another type.
    #[error("{path}: an import does not fit what this host has: {message}; build the program for another WASI version")]
    Link {
        /// The path as given.
        path: String,
        /// The engine's reason.
        message: String,
    },
    /// A module without a beginning.
    #[error("{path}: the module has no function `_start` to begin with; name one with --invoke; {functions}")]
    NoStart {
        /// The path as given.
        path: String,
        /// The list of its functions, as a sentence's part.
        functions: String,
    },
    /// `_start` or `_initialize` of the wrong type.
    #[error(
        "{path}: the function `{function}` has the type {signature}, but has to take and return nothing; mend the program"
    )]
    EntryType {
        /// The path as given.
        path: String,
        /// Its name.
        function: String,
        /// The type it has.
        signature: String,
    },
    /// `--invoke` names what is not there.
    #[error("--invoke {function}: {path} exports no such function; {functions}")]
    NoFunction {
        /// The path as given.
        path: String,
        /// The name as given.
        function: String,
        /// The list of its functions, as a sentence's part.
        functions: String,
    },
    /// `--invoke` with arguments that do not fit.
    #[error("--invoke {function}: {message}; {functions}")]
    Arguments {
        /// The name as given.
        function: String,
        /// What does not fit.
        message: String,
        /// The list of the file's functions, as a sentence's part.
        functions: String,
    },
    /// `--dir` with a directory that cannot be opened.
    #[error("--dir {host}: the directory cannot be opened ({message}); check its path and permissions")]
    Directory {
        /// The host's path as given.
        host: String,
        /// The reason.
        message: String,
    },
    /// `--env` takes over a variable that is no text.
    #[error("--env {name}: the variable's value is not valid UTF-8; give a value with --env {name}=VALUE")]
    Environment {
        /// The variable.
        name: String,
    },
    /// The engine could not be set up.
    #[error("the WebAssembly engine cannot be set up: {message}")]
    Engine {
        /// The engine's reason.
        message: String,
    },
}

impl ProgramError {
    /// Whether the command line asks for what cannot be, rather than a file being wrong. It decides between the
    /// exit codes 2 and 1.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoStart { .. }
                | Self::NotCommand { .. }
                | Self::NoFunction { .. }
                | Self::Arguments { .. }
                | Self::Directory { .. }
                | Self::Environment { .. }
        )
    }
}
