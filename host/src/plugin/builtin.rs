//! The debuggers that are part of this crate.
//!
//! Compiled from `guest-debuggers/` by the build script.
//!
//! Invariant: a built-in debugger carries the grants that it needs, so that its name is enough to
//! run it. They belong to that component: a file does not get them by having the same name.

use super::Grants;
use crate::embedded;

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

/// All built-in debuggers, in the order of their names.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "count",
        about: "how often each function was entered, as a table at the end",
        component: embedded::COUNT,
        grants: Grants::default,
    },
    BuiltIn {
        name: "gdb",
        about: "waits for LLDB on a port of this machine, and lets it debug the program",
        component: embedded::GDB,
        grants: server,
    },
    BuiltIn {
        name: "state",
        about: "everything that the program holds at a function, as text or with --json",
        component: embedded::STATE,
        grants: Grants::default,
    },
    BuiltIn {
        name: "trace",
        about: "a line for every call, or with --instructions for every instruction",
        component: embedded::TRACE,
        grants: Grants::default,
    },
];

/// The grants of a debugger that is a server: a client connects to it and debugs the program.
fn server() -> Grants {
    Grants { modify: true, listen_on_loopback: true, ..Grants::default() }
}

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
            let grants = built_in.grants();
            assert_eq!(file.accept(&grants.rights()), Ok(()), "{built_in:?}");
            let expected = match built_in.name {
                "gdb" => Grants { modify: true, listen_on_loopback: true, ..Grants::default() },
                _ => Grants::default(),
            };
            assert_eq!(grants, expected, "{built_in:?}");
        }
    }
}
