//! The changes that can be made to a paused program.
//!
//! A trait apart from [`View`], so that looking can be given to somebody without changing. Invariant: a change is checked
//! whole before any of it is done: one that is refused has changed nothing.

use super::{Error, InstanceId, ReferenceId, TagId, Value, ValueType, View};

/// Most tags that can be made in one program: each stays as long as its store.
pub const MAX_MADE_TAGS: usize = 10_000;

/// A paused program that can be changed.
///
/// Values of references are those of the same stop ([`Error::StaleReference`] for others), a null one is of the kind that the place has.
pub trait Modify: View {
    /// This program, to be looked at only.
    fn view(&mut self) -> &mut dyn View;

    /// Writes bytes to a memory, all of them or none.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoMemory`]; [`Error::OutOfBounds`] if they do not all fit; [`Error::TooLarge`] for 4 GiB
    /// or more in a shared memory.
    fn write_memory(&mut self, instance: InstanceId, memory: u32, address: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Makes a memory larger by some pages, as `memory.grow` does, and gives how many it had.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoMemory`]; [`Error::CannotGrow`].
    fn grow_memory(&mut self, instance: InstanceId, memory: u32, pages: u64) -> Result<u64, Error>;

    /// Sets a global.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoGlobal`]; [`Error::Immutable`], [`Error::WrongType`]; [`Error::NoReference`],
    /// [`Error::StaleReference`].
    fn set_global(&mut self, instance: InstanceId, global: u32, value: Value) -> Result<(), Error>;

    /// Sets an element of a table.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoTable`]; [`Error::OutOfBounds`], [`Error::WrongType`]; [`Error::NoReference`],
    /// [`Error::StaleReference`].
    fn set_table_element(&mut self, instance: InstanceId, table: u32, index: u64, value: Value) -> Result<(), Error>;

    /// Makes a table larger by some elements, as `table.grow` does, and gives how many it had.
    ///
    /// # Errors
    /// As [`Modify::set_table_element`], and [`Error::CannotGrow`].
    fn grow_table(&mut self, instance: InstanceId, table: u32, elements: u64, value: Value) -> Result<u64, Error>;

    /// Sets a field of a struct or an element of an array. A packed one takes the low bits of an `i32`.
    ///
    /// # Errors
    /// [`Error::NoReference`], [`Error::StaleReference`]; [`Error::OutOfBounds`], [`Error::Immutable`]; [`Error::WrongType`], also
    /// for a reference to something else.
    fn set_element(&mut self, object: ReferenceId, index: u32, value: Value) -> Result<(), Error>;

    /// Makes a tag for exceptions that carry values of these types; references are of the top type of their kind. It stays as
    /// long as the store.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`MAX_MADE_TAGS`]; [`Error::WrongType`] for continuations; [`Error::Engine`].
    fn make_tag(&mut self, params: &[ValueType]) -> Result<TagId, Error>;

    /// Makes an exception. It is kept until the next resume unless the program holds it then.
    ///
    /// # Errors
    /// [`Error::NoTag`], [`Error::WrongType`]; [`Error::NoReference`], [`Error::StaleReference`]; [`Error::Engine`] if the
    /// program's heap is full or its engine has no exceptions.
    fn make_exception(&mut self, tag: TagId, payload: &[Value]) -> Result<Value, Error>;

    /// At an exception stop, throws another exception instead. Gives whether the current activation will catch it.
    ///
    /// # Errors
    /// [`Error::NotAtException`] at any other stop; [`Error::NoReference`], [`Error::StaleReference`]; [`Error::WrongType`] if it
    /// refers to something else.
    fn replace_exception(&mut self, exception: ReferenceId) -> Result<bool, Error>;
}
