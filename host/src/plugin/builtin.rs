//! The debuggers that are part of this crate.
//!
//! The build script compiles them from `guest-debuggers/`: every package whose manifest has a table
//! `[package.metadata.stillpoint]`, with its line of help and its grants.
//!
//! Invariant: a built-in debugger carries the grants that it needs, so that its name is enough to
//! run it. They belong to that component: a file does not get them by having the same name.

use super::Grants;

/// A debugger that is part of this crate.
#[derive(Clone, Copy)]
pub struct BuiltIn {
    /// The name by which users choose it.
    pub name: &'static str,
    /// One line about what it does.
    pub about: &'static str,
    /// The component, in binary format.
    pub component: &'static [u8],
    /// The grants that it needs.
    grants: fn() -> Grants,
}

/// All of them, in the order of their names. The build script writes the table.
pub const BUILT_IN: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

impl BuiltIn {
    /// Finds the debugger of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<BuiltIn> {
        BUILT_IN.iter().copied().find(|built_in| built_in.name == name)
    }

    /// The grants that it needs to run. It may be given more.
    #[must_use]
    pub fn grants(&self) -> Grants {
        (self.grants)()
    }
}

impl std::fmt::Debug for BuiltIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltIn").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::file::DebuggerFile;

    #[test]
    fn each_carries_what_it_needs() {
        for built_in in BUILT_IN {
            let file = DebuggerFile::read(built_in.component).expect("it is a debugger");
            assert_eq!(file.accept(&built_in.grants().rights()), Ok(()), "{built_in:?}");
        }
    }

    #[test]
    fn grants_are_those_of_the_manifests() {
        let grants = |name: &str| BuiltIn::find(name).expect("it is built in").grants();
        let server = Grants { modify: true, listen_on_loopback: true, ..Grants::default() };
        assert_eq!(grants("gdb"), server);
        for name in ["count", "state", "trace"] {
            assert_eq!(grants(name), Grants::default(), "{name}");
        }
    }

    #[test]
    fn they_are_in_the_order_of_their_names() {
        assert!(BUILT_IN.is_sorted_by_key(|built_in| built_in.name));
    }
}
