//! Names of modules, instances, instructions and frames.
//!
//! Invariant: a module and an instance keep their numbers while the program lives; a frame's name ends with its stop.

use std::fmt;

/// A core module of the program: numbered from 0 in the order in which it was first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub u32);

/// An instance of a core module, by the engine's number (`Instance::debug_index_in_store`).
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

/// A place in the program's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The core module.
    pub module: ModuleId,
    /// Byte offset of an instruction in the module's own binary, also inside a component.
    pub pc: u32,
}

/// One frame of one stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameId {
    /// [`Stop::number`] of the stop that the frame belongs to.
    pub stop: u64,
    /// Position in the backtrace; 0 is innermost.
    pub index: u32,
}

/// A core module of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Its number.
    pub id: ModuleId,
    /// Its name from the name section, if it has one.
    pub name: Option<String>,
    /// Size of its binary in bytes.
    pub size: u64,
}

/// A function call that has not returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Its name for the other functions of the view.
    pub id: FrameId,
    /// The instance that the function belongs to.
    pub instance: InstanceId,
    /// Index in the module's function index space, imports included.
    pub function: u32,
    /// Innermost frame: the instruction about to run, or the one that trapped. Other frames: the instruction
    /// after the call.
    pub location: Location,
}
