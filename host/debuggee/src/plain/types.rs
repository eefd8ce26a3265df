//! The types of values, as plain data.
//!
//! Invariant: a type contains nothing of the engine's. An index in its text, as in `(ref 3)`, is
//! that of one of the module's own types.

use super::value::ReferenceKind;
use std::fmt;

/// The type of a reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferenceType {
    /// The kind of thing that it refers to.
    pub kind: ReferenceKind,
    /// Whether it may be null.
    pub nullable: bool,
    /// The type in the text format, such as `funcref` or `(ref null 3)`. When an object is
    /// described, a type that a module defines is given as its abstract supertype, such as
    /// `(ref null struct)`.
    pub text: String,
}

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`
    V128,
    /// A reference.
    Reference(ReferenceType),
}

/// The type of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct FunctionType {
    /// The types of its parameters.
    pub params: Vec<ValueType>,
    /// The types of its results.
    pub results: Vec<ValueType>,
}

/// The type of an array's elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StorageType {
    /// `i8`; read as an `i32`, without sign extension.
    I8,
    /// `i16`; read as an `i32`, without sign extension.
    I16,
    /// A value that is not packed.
    Value(ValueType),
}

impl ValueType {
    /// Whether values of this type are continuations, which the engine cannot read.
    pub(crate) fn is_continuation(&self) -> bool {
        matches!(self, ValueType::Reference(ReferenceType { kind: ReferenceKind::Continuation, .. }))
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::I32 => "i32",
            ValueType::I64 => "i64",
            ValueType::F32 => "f32",
            ValueType::F64 => "f64",
            ValueType::V128 => "v128",
            ValueType::Reference(reference) => &reference.text,
        })
    }
}

impl fmt::Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageType::I8 => f.write_str("i8"),
            StorageType::I16 => f.write_str("i16"),
            StorageType::Value(ty) => ty.fmt(f),
        }
    }
}

/// Displays types in parentheses, separated by commas.
pub(crate) struct Listed<'t>(pub(crate) &'t [ValueType]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, ty) in self.0.iter().enumerate() {
            write!(f, "{}{ty}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", Listed(&self.params), Listed(&self.results))
    }
}
