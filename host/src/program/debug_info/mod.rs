//! Makes a program's debug information complete, for a debugger that shows sources: a file in text
//! format gets line numbers of its own, and debug information in another file is found beside the
//! program.
//!
//! Everything is added behind what was there.
//!
//! Invariant: every offset in a core module stays what it was.

mod dwarf;
mod external;
mod lines;
mod modules;
mod text;

pub use external::MissingDebugFile;

use super::WasmFile;

impl WasmFile {
    /// The same file with all of its debug information, and the files with debug information that
    /// are not there.
    ///
    /// A file in text format gets DWARF with its lines and its locals, unless it has DWARF already.
    /// Where a module names a file of debug information by a relative path, and the file is beside
    /// the program, the module names it by its absolute path: a debugger that reads the module from
    /// memory does not know where the program is.
    #[must_use]
    pub fn with_debug_info(self) -> (Self, Vec<MissingDebugFile>) {
        let mut missing = Vec::new();
        let found = external::resolve(&self, &mut missing);
        let file = match found {
            Some(binary) => self.with_binary(binary),
            None => self,
        };
        match text::add_lines(&file) {
            Some(binary) => (file.with_binary(binary), missing),
            None => (file, missing),
        }
    }

    /// The files with debug information that the file names and that are not there.
    #[must_use]
    pub fn missing_debug_files(&self) -> Vec<MissingDebugFile> {
        let mut missing = Vec::new();
        external::resolve(self, &mut missing);
        missing
    }
}
