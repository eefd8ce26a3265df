//! Why a file cannot be run as a debugger.
//!
//! Invariant: each text says what the file is or what it needs, and holds for every embedder: no
//! text names a flag of the command line.

use super::file::{DebuggerFileError, Right};
use std::path::PathBuf;

/// Why a debugger was refused before it ran.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct LoadError {
    /// The debugger's name or its file, as the caller gave it.
    pub name: String,
    /// The reason.
    pub problem: Problem,
}

/// The reason why a debugger is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file is empty.
    #[error("the file is empty; give a debugger component")]
    Empty,
    /// The file is in text format and does not parse.
    #[error("the WebAssembly text does not parse: {0}")]
    Text(String),
    /// The file is not a debugger, or is one for another host.
    #[error(transparent)]
    File(DebuggerFileError),
    /// The debugger needs a right that was not granted.
    #[error("the debugger needs the right `{right}` (it imports {interface}), which was not granted")]
    NotGranted {
        /// The right.
        right: Right,
        /// The imported interface that needs it.
        interface: String,
    },
    /// A granted directory cannot be used as one.
    #[error("the debugger cannot be given the directory {}: {message}", path.display())]
    Directory {
        /// The directory on the host.
        path: PathBuf,
        /// The reason.
        message: String,
    },
    /// The engine cannot compile the debugger.
    #[error("the debugger cannot be compiled: {0}")]
    Compile(String),
    /// An import, or the export `run`, has another type than in this host's contract.
    #[error("the debugger does not fit this host: {0}; build it again for this version of stillpoint:debugger")]
    Link(String),
    /// The debugger may be right, but this machine cannot run it.
    #[error("this machine cannot run debuggers: {0}")]
    Host(String),
}

impl From<DebuggerFileError> for Problem {
    fn from(error: DebuggerFileError) -> Problem {
        match error {
            DebuggerFileError::NotGranted { right, interface } => Problem::NotGranted { right, interface },
            other => Problem::File(other),
        }
    }
}
