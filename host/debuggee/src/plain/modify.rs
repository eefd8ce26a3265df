//! The changes that can be made to a paused program.
//!
//! A trait apart from [`View`], so that somebody can be allowed to inspect a program without being
//! allowed to change it. Invariant: a change is checked completely before any of it is made. One
//! that is refused has changed nothing.

use super::{Error, InstanceId, ReferenceId, TagId, Value, ValueType, View};

/// Maximum number of tags that can be made in one program; each lives as long as the store.
pub const MAX_MADE_TAGS: usize = 10_000;

/// Maximum number of values that an exception with such a tag carries: as many as a function can
/// have parameters.
pub const MAX_TAG_VALUES: usize = 1000;

/// A paused program that can be changed.
///
/// A reference that is stored must have been read at the same stop ([`Error::StaleReference`]
/// otherwise). A null reference must be of the kind that its destination has.
pub trait Modify: View {
    /// The same program, for inspection only.
    fn view(&mut self) -> &mut dyn View;

    /// Writes bytes to a memory: all of them or none.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoMemory`]; [`Error::OutOfBounds`] if they do not all fit;
    /// [`Error::TooLarge`] for 4 GiB or more in a shared memory.
    fn write_memory(&mut self, instance: InstanceId, memory: u32, address: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Grows a memory by some pages, as `memory.grow` does, and returns its former number of pages.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoMemory`]; [`Error::CannotGrow`].
    fn grow_memory(&mut self, instance: InstanceId, memory: u32, pages: u64) -> Result<u64, Error>;

    /// Sets a global.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoGlobal`]; [`Error::Immutable`], [`Error::WrongType`];
    /// [`Error::NoReference`], [`Error::StaleReference`].
    fn set_global(&mut self, instance: InstanceId, global: u32, value: Value) -> Result<(), Error>;

    /// Sets an element of a table.
    ///
    /// # Errors
    /// [`Error::NoInstance`], [`Error::NoTable`]; [`Error::OutOfBounds`], [`Error::WrongType`];
    /// [`Error::NoReference`], [`Error::StaleReference`].
    fn set_table_element(&mut self, instance: InstanceId, table: u32, index: u64, value: Value) -> Result<(), Error>;

    /// Grows a table by some elements that hold `value`, as `table.grow` does, and returns its
    /// former number of elements.
    ///
    /// # Errors
    /// As [`Modify::set_table_element`], and [`Error::CannotGrow`].
    fn grow_table(&mut self, instance: InstanceId, table: u32, elements: u64, value: Value) -> Result<u64, Error>;

    /// Sets a field of a struct or an element of an array. A packed one takes the low bits of an
    /// `i32`.
    ///
    /// # Errors
    /// [`Error::NoReference`], [`Error::StaleReference`]; [`Error::OutOfBounds`],
    /// [`Error::Immutable`]; [`Error::WrongType`], also if the reference is to something other than
    /// a struct or an array.
    fn set_element(&mut self, object: ReferenceId, index: u32, value: Value) -> Result<(), Error>;

    /// Makes a tag for exceptions that carry values of these types. References among them are of
    /// the top type of their kind. The tag lives as long as the store.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`MAX_MADE_TAGS`]; [`Error::WrongType`] for continuations;
    /// [`Error::Engine`].
    fn make_tag(&mut self, params: &[ValueType]) -> Result<TagId, Error>;

    /// Makes an exception. It is kept until the next resume, and longer if the program holds it by
    /// then.
    ///
    /// # Errors
    /// [`Error::NoTag`], [`Error::WrongType`]; [`Error::NoReference`], [`Error::StaleReference`];
    /// [`Error::Engine`] if the program's heap is full or its engine has no exceptions.
    fn make_exception(&mut self, tag: TagId, payload: &[Value]) -> Result<Value, Error>;

    /// At an exception stop, throws another exception instead. Returns whether the current
    /// activation will catch it.
    ///
    /// # Errors
    /// [`Error::NotAtException`] at any other stop; [`Error::NoReference`],
    /// [`Error::StaleReference`]; [`Error::WrongType`] if the reference is to something other than
    /// an exception.
    fn replace_exception(&mut self, exception: ReferenceId) -> Result<bool, Error>;
}
