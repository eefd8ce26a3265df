//! The view of a paused store: everything above this room sees a program through it.
//!
//! Owned by the room; implemented by [`Paused`](super::Paused). Invariant: the trait is object-safe and speaks plain
//! data, so nothing that uses it is generic over the store's data.

use super::{Error, FrameId, InstanceId, Location, ModuleId, Value};

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

/// An instance of a core module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Its number.
    pub id: InstanceId,
    /// The module that it is an instance of.
    pub module: ModuleId,
    /// How many memories it has, imported ones included.
    pub n_memories: u32,
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

/// A memory of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryInfo {
    /// Current size in bytes.
    pub size: u64,
    /// Whether its addresses are 64 bits wide.
    pub memory64: bool,
    /// Whether threads share it.
    pub shared: bool,
}

/// A paused program, as plain data.
pub trait View {
    /// All core modules that the store knows so far, in order of their numbers.
    fn modules(&mut self) -> Vec<ModuleInfo>;

    /// All instances of core modules, in order of creation.
    fn instances(&mut self) -> Vec<InstanceInfo>;

    /// How many frames there are, over all activations of the current call chain.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn depth(&mut self) -> Result<u32, Error>;

    /// Frames from index `first` outwards, at most `limit`. Empty past the outermost.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn frames(&mut self, first: u32, limit: u32) -> Result<Vec<Frame>, Error>;

    /// The locals of a frame, parameters first.
    ///
    /// # Errors
    /// [`Error::StaleFrame`], [`Error::NoFrame`], [`Error::Engine`].
    fn locals(&mut self, frame: FrameId) -> Result<Vec<Value>, Error>;

    /// The operand stack of a frame, bottom first. After a trap, without what the instruction had taken. For a frame that
    /// is not innermost, with the arguments of the call that it waits for.
    ///
    /// # Errors
    /// As [`View::locals`].
    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error>;

    /// A memory of an instance, by its index in the module, imports included.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoMemory`].
    fn memory(&mut self, instance: InstanceId, memory: u32) -> Result<MemoryInfo, Error>;

    /// Bytes of a memory from `address`, at most `length`; short at the end of the memory.
    ///
    /// # Errors
    /// As [`View::memory`], and [`Error::OutOfBounds`] when `address` is past the end.
    fn read_memory(&mut self, instance: InstanceId, memory: u32, address: u64, length: usize)
    -> Result<Vec<u8>, Error>;
}
