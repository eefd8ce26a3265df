//! What a condition can see at its place: the types that its text is checked against.
//!
//! Owned by whoever sets a condition. Invariant: a scope is only read while a condition is parsed; a condition keeps
//! nothing of it.

use std::fmt;

/// The type of a WebAssembly value, as far as conditions care.
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
    /// `v128`; no condition can read one.
    V128,
    /// Any reference; no condition can read one.
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

/// How wide the addresses of a memory are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexType {
    /// A memory with addresses of 32 bits.
    I32,
    /// A memory with addresses of 64 bits.
    I64,
}

impl IndexType {
    /// The address that an integer stands for. The program holds addresses as signed values, so the negative
    /// integers of the width stand for the upper half of the addresses.
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

/// What a condition can see at its place. Start from `Scope::default()`, which is empty, and fill in what is there.
///
/// Names of source variables will come in here, as one more field.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Scope<'s> {
    /// Types of the function's locals, parameters first.
    pub locals: &'s [ValueType],
    /// Types of the operand stack at the place, bottom first; `None` when they are not known. A condition may then read
    /// any operand, takes its type from what it is used with, and finds out when evaluated.
    pub operands: Option<&'s [ValueType]>,
    /// Types of the module's globals, imported ones first.
    pub globals: &'s [ValueType],
    /// The module's memories, imported ones first.
    pub memories: &'s [IndexType],
}
