//! The ids of modules, instances and frames, and locations in the code.
//!
//! Invariant: a module and an instance keep their ids as long as the program lives; a frame's id is
//! valid until the program is resumed.

use std::fmt;

/// The id of a core module of the program. Modules are numbered from 0, in the order in which they
/// were first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub u32);

/// The id of an instance of a core module: the engine's number for it
/// (`Instance::debug_index_in_store`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub u32);

impl fmt::Display for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An instruction in the program's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The core module.
    pub module: ModuleId,
    /// Byte offset of the instruction in the core module's own binary, even if a component contains
    /// the module.
    pub pc: u32,
}

/// The id of a frame at one stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameId {
    /// [`Stop::number`](crate::Stop::number) of the stop that the frame belongs to.
    pub stop: u64,
    /// Position in the backtrace; 0 is the innermost frame.
    pub index: u32,
}

/// A core module of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    /// The module's id.
    pub id: ModuleId,
    /// The module's name from its name section, if it has one.
    pub name: Option<String>,
    /// Size of the module's binary in bytes.
    pub size: u64,
    /// Whether the engine has made it, to adapt calls from one component to another.
    pub is_adapter: bool,
}

/// A frame: a function call that has not returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The frame's id, by which the other functions of the view take it.
    pub id: FrameId,
    /// The instance that the function belongs to.
    pub instance: InstanceId,
    /// Index in the module's function index space, imports included.
    pub function: u32,
    /// In the innermost frame, the instruction that is about to run or that trapped; in any other
    /// frame, the instruction after the call.
    pub location: Location,
}
