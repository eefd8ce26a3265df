//! The types that the text of a condition is checked against: everything that is visible at its
//! location.
//!
//! Owned by whoever sets the condition. Invariant: a scope is read only while a condition is
//! parsed; the condition keeps nothing of it.

use std::fmt;

/// The type of a WebAssembly value, as far as conditions distinguish them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`, which no condition can read.
    V128,
    /// Any reference type, which no condition can read.
    Reference,
}

impl ValueType {
    /// Whether a condition can read a value of this type.
    #[must_use]
    pub fn is_number(self) -> bool {
        !matches!(self, ValueType::V128 | ValueType::Reference)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::I32 => "an i32",
            ValueType::I64 => "an i64",
            ValueType::F32 => "an f32",
            ValueType::F64 => "an f64",
            ValueType::V128 => "a v128",
            ValueType::Reference => "a reference",
        })
    }
}

/// The width of a memory's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexType {
    /// A memory with addresses of 32 bits.
    I32,
    /// A memory with addresses of 64 bits.
    I64,
}

impl IndexType {
    /// The address that an integer stands for. Programs hold addresses as signed values, so the
    /// negative integers of the width stand for the upper half of the addresses.
    pub(super) fn address(self, value: i128) -> Option<u64> {
        match self {
            IndexType::I32 => {
                let negative = i32::try_from(value).map(|value| value.cast_unsigned());
                negative.or_else(|_| u32::try_from(value)).ok().map(u64::from)
            }
            IndexType::I64 => {
                let negative = i64::try_from(value).map(|value| value.cast_unsigned());
                negative.or_else(|_| u64::try_from(value)).ok()
            }
        }
    }

    /// The width in bits.
    pub(super) fn bits(self) -> u32 {
        match self {
            IndexType::I32 => 32,
            IndexType::I64 => 64,
        }
    }
}

/// Everything that a condition can see at its location. Start from `Scope::default()`, which is
/// empty, and fill in what exists there.
///
/// Names of source variables will be added here, as one more field.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Scope<'s> {
    /// The types of the function's locals, parameters first.
    pub locals: &'s [ValueType],
    /// The types of the operand stack at the location, bottom first; `None` if they are not known.
    /// In that case a condition may read any operand, and its use determines the type that is
    /// expected. Whether the operand exists and has that type is found out in evaluation.
    pub operands: Option<&'s [ValueType]>,
    /// The types of the module's globals, imported ones first.
    pub globals: &'s [ValueType],
    /// The module's memories, imported ones first.
    pub memories: &'s [IndexType],
}
