//! The reasons why a program cannot be made ready to start.
//!
//! Invariant: every text names the file, function, directory or variable, says what can be done,
//! and holds for every embedder: no text names a flag of the command line. A failure of the running
//! program is not an error of this room: see [`ExitStatus`](super::ExitStatus).

use std::fmt;
use std::io;

/// Why a program cannot be made ready to start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// There is no file at the path.
    #[error("{path}: there is no such file; check the path")]
    Missing {
        /// The path that the caller gave.
        path: String,
    },
    /// The path is that of a directory.
    #[error("{path}: this is a directory; give the WebAssembly file (.wasm or .wat) itself")]
    IsDirectory {
        /// The path that the caller gave.
        path: String,
    },
    /// The operating system cannot read the file.
    #[error("{path}: the file cannot be read ({source}); check its path and permissions")]
    Unreadable {
        /// The path that the caller gave.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is empty.
    #[error("{path}: the file is empty; give a WebAssembly file (.wasm or .wat)")]
    Empty {
        /// The file's name.
        path: String,
    },
    /// The file ends too early.
    #[error("{path}: the file ends in the middle, at byte {offset}; build or copy it again")]
    Truncated {
        /// The file's name.
        path: String,
        /// The offset at which more bytes were expected.
        offset: usize,
    },
    /// The file is neither in binary nor in text format.
    #[error(
        "{path}: this is not WebAssembly, neither binary nor text; give a .wasm or .wat file, or compile the program \
         for a WebAssembly target first"
    )]
    NotWebAssembly {
        /// The file's name.
        path: String,
    },
    /// The file is a native object file. WebAssembly that an engine has compiled looks like one.
    #[error(
        "{path}: this is a native (ELF) file, perhaps a precompiled module; give the .wasm file that it was made from"
    )]
    Precompiled {
        /// The file's name.
        path: String,
    },
    /// The file's header has a version that this host does not know.
    #[error(
        "{path}: the header is of a WebAssembly version that is not known here; build the file with a released toolchain"
    )]
    UnknownVersion {
        /// The file's name.
        path: String,
    },
    /// The file is in text format and has an error.
    #[error("{path}: the text format has an error; mend it there:\n{message}")]
    Text {
        /// The file's name.
        path: String,
        /// The parser's message, with line and column.
        message: String,
    },
    /// Validation or compilation refused the file.
    #[error("{path}: this is not a valid {kind}: {message}; build it again, with released WebAssembly features only")]
    Invalid {
        /// The file's name.
        path: String,
        /// "module" or "component".
        kind: &'static str,
        /// The engine's reason.
        message: String,
    },
    /// The component is a debugger.
    #[error("{path}: this component is a debugger, not a program")]
    IsDebugger {
        /// The file's name.
        path: String,
    },
    /// The component cannot be run as a command.
    #[error("{path}: this component is not a command, it does not export wasi:cli/run@0.2 or 0.3 ({found}); {kind}")]
    NotCommand {
        /// The file's name.
        path: String,
        /// A clause that lists the functions that it exports.
        found: String,
        /// The kind of component that it is instead.
        kind: OtherComponent,
    },
    /// The program has imports that this host does not provide.
    #[error(
        "{path}: the program imports what this host does not have: {imports}; it has WASI 0.1 for modules and WASI \
         0.2 and 0.3 for components, so build the program for wasm32-wasip1 or wasm32-wasip2, without other imports"
    )]
    UnknownImports {
        /// The file's name.
        path: String,
        /// The imports, with their types if these are known.
        imports: String,
    },
    /// An import has the name of one that this host provides, but another type.
    #[error("{path}: an import does not fit what this host has: {message}; build the program for another WASI version")]
    Link {
        /// The file's name.
        path: String,
        /// The engine's reason.
        message: String,
    },
    /// The module is to be run as a command and has no `_start`.
    #[error("{path}: the module has no function `_start` to begin with; name the function to call; {functions}")]
    NoStart {
        /// The file's name.
        path: String,
        /// A clause that lists the functions that it exports.
        functions: String,
    },
    /// `_start` or `_initialize` has parameters or results.
    #[error(
        "{path}: the function `{function}` has the type {signature}, but has to take and return nothing; mend the program"
    )]
    EntryType {
        /// The file's name.
        path: String,
        /// The function's name.
        function: String,
        /// The function's type.
        signature: String,
    },
    /// The function to call is not exported.
    #[error("{path}: there is no exported function `{function}`; {functions}")]
    NoFunction {
        /// The file's name.
        path: String,
        /// The function's name, as the caller gave it.
        function: String,
        /// A clause that lists the functions that the file exports.
        functions: String,
    },
    /// The function cannot be called with these arguments.
    #[error("`{function}` cannot be called like this: {message}; {functions}")]
    Arguments {
        /// A module's function by its name, or the whole call of a component's function, as the
        /// caller gave it.
        function: String,
        /// The reason.
        message: String,
        /// A clause that lists the functions that the file exports.
        functions: String,
    },
    /// A directory that the program is to get cannot be opened.
    #[error("{host}: the directory cannot be opened ({message}); check its path and permissions")]
    Directory {
        /// The directory's path on the host, as the caller gave it.
        host: String,
        /// The reason.
        message: String,
    },
    /// A variable of this process that the program is to get is not valid UTF-8.
    #[error("the environment variable {name} is not valid UTF-8; give the program a value of its own for it")]
    Environment {
        /// The variable's name.
        name: String,
    },
    /// The engine cannot be set up.
    #[error("the WebAssembly engine cannot be set up: {message}")]
    Engine {
        /// The engine's reason.
        message: String,
    },
}

/// A kind of component that cannot be run as a command. Its text says what can be done instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherComponent {
    /// A command for another version of WASI.
    OtherWasi,
    /// A server that needs an HTTP host.
    HttpServer,
    /// A library: its functions can be called one by one.
    Library,
    /// A component that exports no function.
    Empty,
}

impl fmt::Display for OtherComponent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OtherWasi => "build it for WASI 0.2 or 0.3",
            Self::HttpServer => "it serves HTTP and runs in an HTTP host only",
            Self::Library => "build it as a command, with a main function, or call one of its functions",
            Self::Empty => "build it as a command, with a main function",
        })
    }
}

impl ProgramError {
    /// Whether the caller asked for something that is not possible, rather than a file being wrong.
    /// The command line ends with another exit code then.
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
