//! The trait through which everything above the pausable store inspects a paused program.
//!
//! It is the seam between a program and those who inspect it. [`Paused`](crate::Paused), a live
//! store, is one implementation; a core dump or a moment of a recording could be another.
//! Invariant: the trait is object-safe, takes and returns only plain data, and has no function that
//! needs the program to run, so nothing that uses it depends on a store. The records that it
//! returns follow it, one for each kind of answer.

use super::{
    EntryFunction, Error, Frame, FrameId, FunctionType, InstanceId, ModuleId, ModuleInfo, ReferenceId, StorageType,
    Value, ValueType,
};
use std::fmt;
use std::ops::Range;

/// A paused program that can be inspected.
pub trait View {
    /// All core modules that the store knows so far, in order of their ids.
    fn modules(&mut self) -> Vec<ModuleInfo>;

    /// All instances of core modules, in order of creation.
    fn instances(&mut self) -> Vec<InstanceInfo>;

    /// Number of frames, over all activations of the current call chain.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn depth(&mut self) -> Result<u32, Error>;

    /// The frames from index `first` outwards, at most `limit`; empty past the outermost.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn frames(&mut self, first: u32, limit: u32) -> Result<Vec<Frame>, Error>;

    /// The locals of a frame, parameters first.
    ///
    /// # Errors
    /// [`Error::StaleFrame`], [`Error::NoFrame`], [`Error::Engine`].
    fn locals(&mut self, frame: FrameId) -> Result<Vec<Value>, Error>;

    /// The operand stack of a frame, bottom first. After a trap, the operands that the instruction
    /// had already popped are missing. In a frame that is not innermost, the arguments of the
    /// pending call are included.
    ///
    /// # Errors
    /// As [`View::locals`].
    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error>;

    /// A memory of an instance, by its index in the module, imports included.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoMemory`].
    fn memory(&mut self, instance: InstanceId, memory: u32) -> Result<MemoryInfo, Error>;

    /// The bytes of a memory from `address`, at most `length`; fewer at the end of the memory.
    ///
    /// # Errors
    /// As [`View::memory`], and [`Error::OutOfBounds`] if `address` is past the end.
    fn read_memory(&mut self, instance: InstanceId, memory: u32, address: u64, length: usize)
    -> Result<Vec<u8>, Error>;

    /// Searches a memory for a pattern, and returns the addresses at which occurrences begin, at
    /// most `limit` of them. The addresses are within `range`; an occurrence may end after it. One
    /// call looks at no more than [`MAX_SEARCH`](crate::MAX_SEARCH) bytes and returns where to go
    /// on. An empty pattern is never found.
    ///
    /// # Errors
    /// As [`View::memory`]; [`Error::OutOfBounds`] if the range begins past the end;
    /// [`Error::TooLarge`] for a pattern of more than [`MAX_PATTERN`](crate::MAX_PATTERN) bytes.
    fn search_memory(
        &mut self,
        instance: InstanceId,
        memory: u32,
        range: Range<u64>,
        pattern: &[u8],
        limit: usize,
    ) -> Result<Found, Error>;

    /// The tree of component instances, if the program is a component: the program itself first,
    /// and each instance before those inside it. Empty for a program that is not a component, and
    /// for one that was not declared as a component (see
    /// [`Debuggee::component`](crate::Debuggee::component)).
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more instances than
    /// [`MAX_COMPONENT_INSTANCES`](crate::MAX_COMPONENT_INSTANCES).
    fn component(&mut self) -> Result<Vec<ComponentInstance>, Error>;

    /// The function with which the program begins; none if nobody has said (see
    /// [`Debuggee::entry_point`](crate::Debuggee::entry_point)), if it is a function of the host's,
    /// or if it cannot be known yet.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn entry_point(&mut self) -> Result<Option<EntryFunction>, Error> {
        Ok(None)
    }

    /// The imports of an instance, in the order of its module.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn imports(&mut self, instance: InstanceId) -> Result<Vec<Import>, Error>;

    /// The exports of an instance, in the order of its module.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn exports(&mut self, instance: InstanceId) -> Result<Vec<Export>, Error>;

    /// The functions of a module from index `first`, at most `limit`; empty past the last. Needs no
    /// instance, so it can be asked before the program has begun.
    ///
    /// # Errors
    /// [`Error::NoModule`]; [`Error::Engine`] of a module that cannot be read.
    fn functions(&mut self, module: ModuleId, first: u32, limit: u32) -> Result<Vec<Function>, Error>;

    /// The globals of an instance from index `first`, at most `limit`; empty past the last.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn globals(&mut self, instance: InstanceId, first: u32, limit: u32) -> Result<Vec<Global>, Error>;

    /// A table of an instance, by its index in the module, imports included.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoTable`].
    fn table(&mut self, instance: InstanceId, table: u32) -> Result<TableInfo, Error>;

    /// The elements of a table from index `first`, at most `limit`; fewer at the end of the table.
    ///
    /// # Errors
    /// As [`View::table`], and [`Error::OutOfBounds`] if `first` is past the end.
    fn table_elements(&mut self, instance: InstanceId, table: u32, first: u64, limit: u32)
    -> Result<Vec<Value>, Error>;

    /// The tags of an instance.
    ///
    /// # Errors
    /// [`Error::NoInstance`].
    fn tags(&mut self, instance: InstanceId) -> Result<Vec<TagInfo>, Error>;

    /// The object that a reference refers to.
    ///
    /// # Errors
    /// [`Error::StaleReference`], [`Error::NoReference`].
    fn object(&mut self, reference: ReferenceId) -> Result<Object, Error>;

    /// The elements of an array from index `first`, at most `limit`; fewer at its end. Packed
    /// elements are read without sign extension.
    ///
    /// # Errors
    /// As [`View::object`]; [`Error::WrongType`] if it is not an array; [`Error::OutOfBounds`] if
    /// `first` is past the end.
    fn array_elements(&mut self, reference: ReferenceId, first: u32, limit: u32) -> Result<Vec<Value>, Error>;

    /// A reference to the exception that is being thrown; none unless the program is stopped at
    /// one.
    ///
    /// # Errors
    /// [`Error::Engine`].
    fn pending_exception(&mut self) -> Result<Option<Value>, Error>;
}

/// The sizes of a module's index spaces (imports included) and its numbers of segments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Number of functions.
    pub functions: u32,
    /// Number of tables.
    pub tables: u32,
    /// Number of memories.
    pub memories: u32,
    /// Number of globals.
    pub globals: u32,
    /// Number of tags.
    pub tags: u32,
    /// Number of data segments, including dropped ones.
    pub data_segments: u32,
    /// Number of element segments, including dropped ones.
    pub element_segments: u32,
}

/// An instance of a core module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceInfo {
    /// The instance's id.
    pub id: InstanceId,
    /// The module that it is an instance of.
    pub module: ModuleId,
    /// The sizes of its index spaces.
    pub counts: Counts,
}

/// The kind of an entity, which is the index space that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// A tag.
    Tag,
}

/// An entity in one of a module's index spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entity {
    /// The index space.
    pub kind: EntityKind,
    /// Index in that space, imports included.
    pub index: u32,
}

/// The origin of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Unknown. The engine shows nothing of an imported function but its type, so this is the
    /// answer for functions outside of components (unless there is only one instance).
    Unknown,
    /// The host provides it.
    Host,
    /// This instance defines it, at this index.
    Instance(InstanceId, u32),
    /// Another component provides it, and the engine adapts the calls. They get to the function
    /// that this instance defines at this index.
    Adapted(InstanceId, u32),
}

/// An import of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// First part of the import's name.
    pub module: String,
    /// Second part of the import's name.
    pub name: String,
    /// The entity that the import is in the instance.
    pub entity: Entity,
    /// The origin of the import.
    pub source: Source,
}

/// An export of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The export's name.
    pub name: String,
    /// The entity of the instance that is exported.
    pub entity: Entity,
}

/// A function of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Index in the module's function index space, imports included.
    pub index: u32,
    /// The function's name in the name section, if it has one.
    pub name: Option<String>,
    /// The name of the first export of it, if it has one and no name in the name section.
    pub exported: Option<String>,
    /// The function's type.
    pub ty: FunctionType,
    /// Both parts of the import's name if the function is imported; none if the module defines it.
    pub import: Option<(String, String)>,
    /// Where its code is; none if it is imported.
    pub body: Option<FunctionBody>,
}

/// Where the code of a function is, as offsets in its module's binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionBody {
    /// Its beginning, the declarations of its locals.
    pub begin: u32,
    /// Its first instruction, where a breakpoint at its entry goes.
    pub entry: u32,
    /// Behind its last instruction.
    pub end: u32,
}

/// An entity of an instance, by its index there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition {
    /// The instance.
    pub instance: InstanceId,
    /// Index in the index space of the entity's kind.
    pub index: u32,
}

/// A global of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    /// Index in the module's global index space.
    pub index: u32,
    /// The global's type.
    pub ty: ValueType,
    /// Whether it can be set.
    pub mutable: bool,
    /// The global's current value.
    pub value: Value,
}

/// A table of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The type of the table's elements.
    pub element: ValueType,
    /// Current number of elements.
    pub size: u64,
    /// Maximum number of elements; none if there is no limit.
    pub maximum: Option<u64>,
    /// Whether its indices are 64 bits wide.
    pub table64: bool,
}

/// The id of a tag: the engine's number for it (`Tag::debug_index_in_store`). It stays the same as
/// long as the program lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagId(pub u64);

impl fmt::Display for TagId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A tag of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInfo {
    /// The tag's id.
    pub id: TagId,
    /// Index in the module's tag index space.
    pub index: u32,
    /// The types of the payload of an exception with this tag.
    pub params: Vec<ValueType>,
}

/// A memory of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryInfo {
    /// Current size in bytes.
    pub size: u64,
    /// Size of a page in bytes.
    pub page_size: u64,
    /// Maximum number of pages; none if there is no limit.
    pub maximum: Option<u64>,
    /// Whether its addresses are 64 bits wide.
    pub memory64: bool,
    /// Whether it is a shared memory, which other threads may use.
    pub shared: bool,
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The addresses at which occurrences begin, ascending. Occurrences may overlap.
    pub addresses: Vec<u64>,
    /// The address to go on at, if the search ended before the end of its range.
    pub next: Option<u64>,
}

/// Maximum number of bytes that one search looks at: 256 MiB.
pub const MAX_SEARCH: u64 = 256 << 20;

/// Maximum length of a search pattern, in bytes.
pub const MAX_PATTERN: usize = 4096;

/// The object that a reference refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A function of an instance, by its index there. An imported function is identified by the
    /// instance that imports it.
    Function(InstanceId, u32),
    /// A function that the host made, or one that no instance makes visible.
    HostFunction,
    /// A value that belongs to the host.
    External,
    /// A value that was converted to the other reference type: the program's own object inside an
    /// `externref`, or the host's value inside an `anyref`.
    Converted(Value),
    /// The signed value of an `i31`.
    I31(i32),
    /// A struct, with the values of its fields. Packed fields are read without sign extension.
    Struct(Vec<Value>),
    /// An array.
    Array {
        /// The storage type of the array's elements.
        element: StorageType,
        /// Number of elements.
        length: u32,
    },
    /// An exception.
    Exception {
        /// The tag's id.
        tag: TagId,
        /// The exception's payload, in the order of the tag's parameters.
        payload: Vec<Value>,
    },
}

/// Maximum number of instances, of components and of core modules together, in a tree.
pub const MAX_COMPONENT_INSTANCES: usize = 10_000;

/// A core instance of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreInstanceInfo {
    /// The core instance's name in the component's binary.
    pub name: Option<String>,
    /// The name that the component's binary gives to its module.
    pub module_name: Option<String>,
    /// The instance's id; none if it has not been made yet.
    pub instance: Option<InstanceId>,
}

/// A function that a component exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentFunction {
    /// The function's name. If an exported instance contains it, the instance's name comes first,
    /// as in `wasi:cli/run@0.2.0#run`.
    pub name: String,
    /// The core function that implements it; none if the host does, or if the instance has not been
    /// made yet.
    pub served_by: Option<Definition>,
}

/// An instance of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentInstance {
    /// The instance that contains it, as an index into the list; none for the program itself, which
    /// is first.
    pub parent: Option<u32>,
    /// The name that the binary of the containing component gives to it or, failing that, the name
    /// of its own component.
    pub name: Option<String>,
    /// The core instances that it contains, in the order of the binary.
    pub core_instances: Vec<CoreInstanceInfo>,
    /// The functions that it exports, in the order of the binary.
    pub functions: Vec<ComponentFunction>,
}

/// Maximum number of references with an id at one stop. Those beyond it have none.
pub const MAX_REFERENCES: usize = 1_000_000;
