//! A paused program, to be looked at: everything above the pausable store sees a program through this trait.
//!
//! It is the seam between a program and those who look at it. [`Paused`](crate::Paused), a live store, is one thing that
//! implements it; a core dump or a moment of a recording could be another. Invariant: the trait is object-safe, takes and gives
//! plain data only, and has no function that needs the program to run, so nothing that uses it depends on a store.

use super::{
    ComponentInstance, Error, Export, Found, Frame, FrameId, Function, Global, Import, InstanceId, InstanceInfo,
    MemoryInfo, ModuleInfo, Object, ReferenceId, TableInfo, TagInfo, Value,
};
use std::ops::Range;

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

    /// The addresses in a range at which some bytes begin in a memory, at most `limit` of them. They may end past the range.
    /// Looks at no more than [`MAX_SEARCH`](crate::MAX_SEARCH) bytes and says where to go on. An empty pattern is found nowhere.
    ///
    /// # Errors
    /// As [`View::memory`]; [`Error::OutOfBounds`] when the range begins past the end; [`Error::TooLarge`] for more bytes than
    /// [`MAX_PATTERN`](crate::MAX_PATTERN).
    fn search_memory(
        &mut self,
        instance: InstanceId,
        memory: u32,
        range: Range<u64>,
        pattern: &[u8],
        limit: usize,
    ) -> Result<Found, Error>;

    /// The tree of instances of the component that the program is: the program itself first, and each before what is inside it. Empty
    /// for a program that is no component, or of which nobody has said so (see
    /// [`Debuggee::component`](crate::Debuggee::component)).
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more instances than [`MAX_COMPONENT_INSTANCES`](crate::MAX_COMPONENT_INSTANCES).
    fn component(&mut self) -> Result<Vec<ComponentInstance>, Error>;

    /// What an instance imports, in the order of its module.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn imports(&mut self, instance: InstanceId) -> Result<Vec<Import>, Error>;

    /// What an instance exports, in the order of its module.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn exports(&mut self, instance: InstanceId) -> Result<Vec<Export>, Error>;

    /// Functions of an instance from index `first`, at most `limit`. Empty past the last.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn functions(&mut self, instance: InstanceId, first: u32, limit: u32) -> Result<Vec<Function>, Error>;

    /// Globals of an instance from index `first`, at most `limit`. Empty past the last.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn globals(&mut self, instance: InstanceId, first: u32, limit: u32) -> Result<Vec<Global>, Error>;

    /// A table of an instance, by its index in the module, imports included.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoTable`].
    fn table(&mut self, instance: InstanceId, table: u32) -> Result<TableInfo, Error>;

    /// Elements of a table from index `first`, at most `limit`; short at the end of the table.
    ///
    /// # Errors
    /// As [`View::table`], and [`Error::OutOfBounds`] when `first` is past the end.
    fn table_elements(&mut self, instance: InstanceId, table: u32, first: u64, limit: u32)
    -> Result<Vec<Value>, Error>;

    /// The tags of an instance.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn tags(&mut self, instance: InstanceId) -> Result<Vec<TagInfo>, Error>;

    /// What a reference refers to.
    ///
    /// # Errors
    /// [`Error::StaleReference`], [`Error::NoReference`].
    fn object(&mut self, reference: ReferenceId) -> Result<Object, Error>;

    /// Elements of an array from index `first`, at most `limit`; short at its end. Packed ones are read without sign.
    ///
    /// # Errors
    /// As [`View::object`]; [`Error::WrongType`] if it is no array; [`Error::OutOfBounds`] when `first` is past the end.
    fn array_elements(&mut self, reference: ReferenceId, first: u32, limit: u32) -> Result<Vec<Value>, Error>;

    /// A reference to the exception that is being thrown; none unless stopped at one.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn pending_exception(&mut self) -> Result<Option<Value>, Error>;
}
