//! A paused program, to be looked at: everything above the pausable store sees a program through this trait.
//!
//! It is the seam between a program and those who look at it. [`Paused`](crate::Paused), a live store, is one thing that
//! implements it; a core dump or a moment of a recording could be another. Invariant: the trait is object-safe, takes and gives
//! plain data only, and has no function that needs the program to run, so nothing that uses it depends on a store. The records that it
//! gives follow it, one for each kind of answer.

use super::{
    Error, Frame, FrameId, FunctionType, InstanceId, ModuleId, ModuleInfo, ReferenceId, StorageType, Value, ValueType,
};
use std::fmt;
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

    /// Where the code of the functions that a module defines is: those from position `first` on, at
    /// most `limit` of them. Empty past the last. Needs no instance, so it can be asked before the
    /// program has begun.
    ///
    /// # Errors
    /// [`Error::NoModule`]; [`Error::Engine`] of a program that has no code to look at.
    fn code(&mut self, module: ModuleId, first: u32, limit: u32) -> Result<Vec<FunctionCode>, Error> {
        let _ = (module, first, limit);
        Err(Error::Engine("this program has no code to look at".to_owned()))
    }

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

/// How many of each a module has; in its index spaces imports count too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Functions.
    pub functions: u32,
    /// Tables.
    pub tables: u32,
    /// Memories.
    pub memories: u32,
    /// Globals.
    pub globals: u32,
    /// Tags.
    pub tags: u32,
    /// Data segments, dropped ones too.
    pub data_segments: u32,
    /// Element segments, dropped ones too.
    pub element_segments: u32,
}

/// An instance of a core module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Its number.
    pub id: InstanceId,
    /// The module that it is an instance of.
    pub module: ModuleId,
    /// What it has.
    pub counts: Counts,
}

/// What an index is one of.
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

/// Something in one of a module's index spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entity {
    /// The index space.
    pub kind: EntityKind,
    /// Index in it, imports included.
    pub index: u32,
}

/// Where an import comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Nobody says. So it is for functions outside of components, unless there is one instance only: the engine shows no
    /// more of an imported function than its type; and for functions that adapt a call from one component to another.
    Unknown,
    /// The host made it.
    Host,
    /// This instance defines it, as the entity of this index.
    Instance(InstanceId, u32),
}

/// An import of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// First part of its name.
    pub module: String,
    /// Second part of its name.
    pub name: String,
    /// What it is in the instance.
    pub entity: Entity,
    /// Where it comes from.
    pub source: Source,
}

/// An export of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is in the instance.
    pub entity: Entity,
}

/// A function of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Index in the module's function index space.
    pub index: u32,
    /// Its name in the name section, if it has one.
    pub name: Option<String>,
    /// Its type.
    pub ty: FunctionType,
    /// Both parts of its import's name; none if the module defines it.
    pub import: Option<(String, String)>,
}

/// Where the code of a function is. Imported functions have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionCode {
    /// Index in the module's function index space, imports included.
    pub index: u32,
    /// Its name in the name section, if it has one.
    pub name: Option<String>,
    /// Offset of its first instruction in the module's binary, where a breakpoint at its entry goes.
    pub first_instruction: u32,
    /// Offset behind its last instruction.
    pub end: u32,
}

/// Something that an instance has, by its index there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition {
    /// The instance.
    pub instance: InstanceId,
    /// Index in the index space of its kind.
    pub index: u32,
}

/// A global of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    /// Index in the module's global index space.
    pub index: u32,
    /// Its type.
    pub ty: ValueType,
    /// Whether it can be set.
    pub mutable: bool,
    /// Its value.
    pub value: Value,
}

/// A table of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The type of its elements.
    pub element: ValueType,
    /// How many elements it has now.
    pub size: u64,
    /// How many it can have.
    pub maximum: Option<u64>,
    /// Whether its indices are 64 bits wide.
    pub table64: bool,
}

/// A tag, by the engine's number (`Tag::debug_index_in_store`). It means the same while the program lives.
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
    /// Its number.
    pub id: TagId,
    /// Index in the module's tag index space.
    pub index: u32,
    /// What exceptions with it carry.
    pub params: Vec<ValueType>,
}

/// A memory of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryInfo {
    /// Current size in bytes.
    pub size: u64,
    /// Size of a page in bytes.
    pub page_size: u64,
    /// How many pages it can have.
    pub maximum: Option<u64>,
    /// Whether its addresses are 64 bits wide.
    pub memory64: bool,
    /// Whether threads share it.
    pub shared: bool,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where the bytes begin, ascending. They may overlap.
    pub addresses: Vec<u64>,
    /// Where to go on, if the search ended before the end of its range.
    pub next: Option<u64>,
}

/// How many bytes one search looks at: 256 MiB.
pub const MAX_SEARCH: u64 = 256 << 20;

/// How many bytes can be searched for at once.
pub const MAX_PATTERN: usize = 4096;

/// What a reference refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A function of an instance, by its index there. A function that was imported is known by the instance that imports it.
    Function(InstanceId, u32),
    /// A function that the host made, or one that no instance shows.
    HostFunction,
    /// A value of the host's.
    External,
    /// An object of the program's inside an `externref`, or a value of the host's inside an `anyref`: the same under the other type.
    Converted(Value),
    /// An `i31`, with its sign.
    I31(i32),
    /// A struct, with the values of its fields. Packed fields are read without sign.
    Struct(Vec<Value>),
    /// An array.
    Array {
        /// The type of its elements.
        element: StorageType,
        /// How many it has.
        length: u32,
    },
    /// An exception.
    Exception {
        /// Its tag.
        tag: TagId,
        /// What it carries.
        payload: Vec<Value>,
    },
}

/// Most instances, of components and of core modules, that a tree can have.
pub const MAX_COMPONENT_INSTANCES: usize = 10_000;

/// A core instance of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreInstanceInfo {
    /// Its name in the component's binary.
    pub name: Option<String>,
    /// The name in the component's binary of the module that it is an instance of.
    pub module_name: Option<String>,
    /// The instance; none if it is not there yet.
    pub instance: Option<InstanceId>,
}

/// A function that a component exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentFunction {
    /// Its name; that of a function in an instance after the instance's, as in `wasi:cli/run@0.2.0#run`.
    pub name: String,
    /// The function that serves it; none if the host does, or if the instance is not there yet.
    pub served_by: Option<Definition>,
}

/// An instance of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentInstance {
    /// The instance around it, by its place in the list; none for the program itself, which is first.
    pub parent: Option<u32>,
    /// Its name in the binary of the component around it, or else that of its component.
    pub name: Option<String>,
    /// Its core instances, in the order of the binary.
    pub core_instances: Vec<CoreInstanceInfo>,
    /// The functions that it exports, in the order of the binary.
    pub functions: Vec<ComponentFunction>,
}

/// Most references that one stop remembers. Those beyond it have no number.
pub const MAX_REFERENCES: usize = 1_000_000;
