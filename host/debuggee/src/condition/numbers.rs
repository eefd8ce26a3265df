//! The number formats that a condition can name, for memory loads and for conversions.
//!
//! Invariant: [`IntegerType::keep`] is the only place that cuts an integer to a width.

use super::machine::Width;
use std::fmt;

/// An integer format: `u8`, `i64` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntegerType {
    /// Signed, 8 bits.
    I8,
    /// Unsigned, 8 bits.
    U8,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 64 bits.
    I64,
    /// Unsigned, 64 bits.
    U64,
}

impl IntegerType {
    pub(super) const ALL: [(&str, IntegerType); 8] = [
        ("i8", IntegerType::I8),
        ("u8", IntegerType::U8),
        ("i16", IntegerType::I16),
        ("u16", IntegerType::U16),
        ("i32", IntegerType::I32),
        ("u32", IntegerType::U32),
        ("i64", IntegerType::I64),
        ("u64", IntegerType::U64),
    ];

    pub(super) fn named(name: &str) -> Option<IntegerType> {
        IntegerType::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The low bits of an integer, read in this format.
    #[inline(always)]
    pub(super) fn keep(self, value: i128) -> i128 {
        match self {
            IntegerType::I8 => i128::from(value as i8),
            IntegerType::U8 => i128::from(value as u8),
            IntegerType::I16 => i128::from(value as i16),
            IntegerType::U16 => i128::from(value as u16),
            IntegerType::I32 => i128::from(value as i32),
            IntegerType::U32 => i128::from(value as u32),
            IntegerType::I64 => i128::from(value as i64),
            IntegerType::U64 => i128::from(value as u64),
        }
    }
}

impl fmt::Display for IntegerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(IntegerType::ALL.iter().find(|(_, format)| format == self).map_or("", |(name, _)| name))
    }
}

/// The number format of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// An integer.
    Integer(IntegerType),
    /// An `f32`.
    F32,
    /// An `f64`.
    F64,
}

impl Scalar {
    pub(super) fn named(name: &str) -> Option<Scalar> {
        match name {
            "f32" => Some(Scalar::F32),
            "f64" => Some(Scalar::F64),
            _ => IntegerType::named(name).map(Scalar::Integer),
        }
    }

    pub(super) fn width(self) -> Width {
        match self {
            Scalar::Integer(IntegerType::I8 | IntegerType::U8) => Width::One,
            Scalar::Integer(IntegerType::I16 | IntegerType::U16) => Width::Two,
            Scalar::Integer(IntegerType::I32 | IntegerType::U32) | Scalar::F32 => Width::Four,
            Scalar::Integer(IntegerType::I64 | IntegerType::U64) | Scalar::F64 => Width::Eight,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Integer(format) => format.fmt(f),
            Scalar::F32 => f.write_str("f32"),
            Scalar::F64 => f.write_str("f64"),
        }
    }
}
