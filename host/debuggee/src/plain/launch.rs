//! What somebody was asked to run: what a debugger may tell its user of it.
//!
//! Invariant: nothing of the environment is here, which may hold secrets.

/// What the owner of a program was asked to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Launch {
    /// The program's own name, the first of its arguments; none if it is not known.
    pub name: Option<String>,
    /// The arguments after the name.
    pub arguments: Vec<String>,
    /// The function that was asked for, as it was typed; none for a program that is run as a
    /// command.
    pub invoked: Option<String>,
    /// The arguments of that function, as they were typed.
    pub invoked_arguments: Vec<String>,
    /// Whether the program is a component; otherwise it is a core module.
    pub is_component: bool,
}
