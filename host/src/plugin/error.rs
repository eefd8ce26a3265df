//! Why a file cannot be run as a debugger.
//!
//! Invariant: each sentence says what the file is or wants, and what to do about it.

use super::file::{DebuggerFileError, Right};
use std::path::PathBuf;

/// A debugger that was refused before it ran.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct LoadError {
    /// The debugger's name, or its file.
    pub name: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a debugger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is nothing in the file.
    #[error("the file is empty; give a debugger component")]
    Empty,
    /// Text format that does not parse.
    #[error("the WebAssembly text does not parse: {0}")]
    Text(String),
    /// It is no debugger, or one for another host.
    #[error(transparent)]
    File(DebuggerFileError),
    /// A right that it needs and was not given.
    #[error(
        "the debugger needs the right `{right}` (it imports {interface}), which was not granted; `--allow {right}` grants it"
    )]
    NotGranted {
        /// The right.
        right: Right,
        /// The import that needs it.
        interface: String,
    },
    /// A granted directory that is none.
    #[error("--allow dir={}: {message}", path.display())]
    Directory {
        /// The directory on the host.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The engine cannot compile it.
    #[error("the debugger cannot be compiled: {0}")]
    Compile(String),
    /// An import or `run` has another type than this host's.
    #[error("the debugger does not fit this host: {0}; build it again for this version of the world")]
    Link(String),
    /// Nothing is wrong with it; the machine cannot run it.
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
