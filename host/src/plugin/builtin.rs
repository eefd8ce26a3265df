//! The debuggers that are part of this crate.
//!
//! Compiled from `guest-debuggers/` by the build script. Invariant: they need no more than the default grants.

use crate::embedded;

/// A debugger that is part of this crate.
#[derive(Clone, Copy)]
pub struct BuiltIn {
    /// What it is called.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Its component.
    pub component: &'static [u8],
}

/// All of them, in the order of their names.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "count",
        about: "how often each function was entered, as a table at the end",
        component: embedded::COUNT,
    },
    BuiltIn {
        name: "state",
        about: "everything that the program holds at a function, as text or with --json",
        component: embedded::STATE,
    },
    BuiltIn {
        name: "trace",
        about: "a line for every call, or with --instructions for every instruction",
        component: embedded::TRACE,
    },
];

impl BuiltIn {
    /// The one of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<BuiltIn> {
        BUILT_IN.iter().copied().find(|built_in| built_in.name == name)
    }
}

impl std::fmt::Debug for BuiltIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltIn").field("name", &self.name).finish_non_exhaustive()
    }
}
