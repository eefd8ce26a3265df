//! Where a program begins: what its owner says of it, and what a debugger is told.
//!
//! Invariant: the owner names what its body calls; nothing here is found by the names that a
//! compiler has given to functions.

use super::{InstanceId, ModuleId};

/// The function that a body calls as the program, by the name under which the body finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPoint {
    /// A function that a module exports.
    Export {
        /// The module. The only module of a store, or the first one that was registered, is 0.
        module: ModuleId,
        /// The export's name, such as `_start`.
        name: String,
    },
    /// The start function of a module: instantiating the module is the whole program.
    Start {
        /// The module.
        module: ModuleId,
    },
    /// A function that the component exports: `name` or, if an exported instance contains it,
    /// `instance#name`, as in `wasi:cli/run@0.2.0#run`.
    ComponentExport(String),
}

/// The function of the program that the host calls first for the program's user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFunction {
    /// The name by which the host calls it, as in [`EntryPoint`]; none for a start function.
    pub name: Option<String>,
    /// The module that defines it.
    pub module: ModuleId,
    /// Index in the module's function index space, imports included.
    pub function: u32,
    /// The instance whose function it is; none if the instance has not been made yet, or if several
    /// instances of the module could be meant.
    pub instance: Option<InstanceId>,
}
