//! The files that the command line names; `-` is standard input.
//!
//! Invariant: no other file of the command line reads a program.

use std::path::Path;
use stillpoint::program::{ProgramError, WasmFile};

/// What stands for standard input in messages.
const STANDARD_INPUT: &str = "standard input";

/// Whether a path stands for standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == "-"
}

/// Reads a file, or standard input to its end.
pub(crate) fn read(path: &Path) -> Result<WasmFile, ProgramError> {
    if is_standard_input(path) {
        return WasmFile::read_from(STANDARD_INPUT, std::io::stdin().lock());
    }
    WasmFile::read(path)
}
