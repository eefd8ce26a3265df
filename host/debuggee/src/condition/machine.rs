//! What a condition needs of the program when it is evaluated.
//!
//! Implemented by the debug handler. Invariant: the trait speaks plain `Copy` data, so nothing that crosses it
//! allocates.

use super::scope::ValueType;

/// A paused program, seen from its innermost frame.
///
/// Every function is called only as often as the condition's text asks for it, in the order of the text.
pub trait Machine {
    /// A local of the innermost frame.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] counts the frame's locals; [`Unavailable::NotANumber`], [`Unavailable::Unreadable`].
    fn local(&mut self, index: u32) -> Result<Number, Unavailable>;

    /// An operand of the innermost frame.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] counts the operands; [`Unavailable::NotANumber`], [`Unavailable::Unreadable`].
    fn operand(&mut self, operand: Operand) -> Result<Number, Unavailable>;

    /// A global of the innermost frame's instance, by its index in the module, imports included.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] counts the globals; [`Unavailable::NotANumber`], [`Unavailable::Unreadable`].
    fn global(&mut self, index: u32) -> Result<Number, Unavailable>;

    /// Bytes of a memory of the innermost frame's instance, little-endian in the low bytes, the others zero.
    /// [`Width::load`] does it for a memory that is a slice.
    ///
    /// # Errors
    /// [`Unavailable::PastEnd`] gives the memory's size in bytes when one of them is past the end;
    /// [`Unavailable::Unreadable`].
    fn load(&mut self, memory: u32, address: u64, width: Width) -> Result<u64, Unavailable>;

    /// How many times the program came to the condition's place, this time included: 1 at the first evaluation.
    fn hits(&self) -> u64;

    /// How many frames there are, the innermost included.
    ///
    /// # Errors
    /// [`Unavailable::Unreadable`].
    fn depth(&mut self) -> Result<u32, Unavailable>;
}

/// A number of the program.
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

/// An operand of a frame. 0 is the first from either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// Counted from the bottom of the stack: `stack[0]` is 0.
    FromBottom(u32),
    /// Counted from the top of the stack: `stack[-1]` is 0.
    FromTop(u32),
}

/// How many bytes to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 1
    One,
    /// 2
    Two,
    /// 4
    Four,
    /// 8
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

    /// Loads from the bytes of a memory, as [`Machine::load`] asks.
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

/// Why a machine has no number to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// There are only so many (locals, operands, globals, bytes).
    PastEnd {
        /// How many.
        length: u64,
    },
    /// What is there is a vector or a reference.
    NotANumber(ValueType),
    /// The engine could not read it.
    Unreadable,
}
