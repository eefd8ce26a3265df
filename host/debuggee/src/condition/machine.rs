//! The part of the program's state that conditions can read when they are evaluated.
//!
//! The debug handler implements it. Invariant: the trait speaks plain `Copy` data, so nothing that
//! crosses it allocates.

use super::scope::ValueType;

/// A paused program, seen from its innermost frame.
///
/// Each function is called only as often as the condition's text asks for it, in the order of the
/// text.
pub trait Machine {
    /// The value of a local of the innermost frame.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] with the number of the frame's locals; [`Unavailable::NotANumber`],
    /// [`Unavailable::Unreadable`].
    fn local(&mut self, index: u32) -> Result<Number, Unavailable>;

    /// The value of an operand of the innermost frame.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] with the number of operands; [`Unavailable::NotANumber`],
    /// [`Unavailable::Unreadable`].
    fn operand(&mut self, operand: Operand) -> Result<Number, Unavailable>;

    /// The value of a global of the innermost frame's instance, by its index in the module, imports
    /// included.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] with the number of globals; [`Unavailable::NotANumber`],
    /// [`Unavailable::Unreadable`].
    fn global(&mut self, index: u32) -> Result<Number, Unavailable>;

    /// Bytes from a memory of the innermost frame's instance: little-endian, in the low bytes of
    /// the result, whose other bytes are zero. [`Width::load`] does this for a memory that is a
    /// slice.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] with the memory's size in bytes if one of them is past the end;
    /// [`Unavailable::Unreadable`].
    fn load(&mut self, memory: u32, address: u64, width: Width) -> Result<u64, Unavailable>;

    /// Number of times that the program came to the condition's location, this time included: 1 at
    /// the first evaluation.
    fn hits(&self) -> u64;

    /// Number of frames, the innermost included.
    ///
    /// # Errors
    /// [`Unavailable::Unreadable`].
    fn depth(&mut self) -> Result<u32, Unavailable>;
}

/// A number that the program holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
}

/// An operand of a frame, counted from 0 at either end of the operand stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// Counted from the bottom: `stack[0]` is 0.
    FromBottom(u32),
    /// Counted from the top: `stack[-1]` is 0.
    FromTop(u32),
}

/// The width of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 1 byte
    One,
    /// 2 bytes
    Two,
    /// 4 bytes
    Four,
    /// 8 bytes
    Eight,
}

impl Width {
    /// The width in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        match self {
            Width::One => 1,
            Width::Two => 2,
            Width::Four => 4,
            Width::Eight => 8,
        }
    }

    /// Loads from the bytes of a memory, as [`Machine::load`] requires.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`].
    #[inline]
    pub fn load(self, memory: &[u8], address: u64) -> Result<u64, Unavailable> {
        let rest = usize::try_from(address).ok().and_then(|address| memory.get(address..));
        let loaded = rest.and_then(|rest| match self {
            Width::One => rest.first_chunk().map(|bytes| u64::from(u8::from_le_bytes(*bytes))),
            Width::Two => rest.first_chunk().map(|bytes| u64::from(u16::from_le_bytes(*bytes))),
            Width::Four => rest.first_chunk().map(|bytes| u64::from(u32::from_le_bytes(*bytes))),
            Width::Eight => rest.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)),
        });
        loaded.ok_or(Unavailable::PastEnd { length: u64::try_from(memory.len()).unwrap_or(u64::MAX) })
    }
}

/// The reason why a machine has no number to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// The index or address is past the last local, operand, global or byte.
    PastEnd {
        /// Number of locals, operands, globals or bytes that there are.
        length: u64,
    },
    /// The value is a vector or a reference.
    NotANumber(ValueType),
    /// The engine could not read the value.
    Unreadable,
}
