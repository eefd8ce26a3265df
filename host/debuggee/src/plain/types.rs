//! The types of values, as plain data.
//!
//! Invariant: a type names nothing of the engine's; the index in a text such as `(ref 3)` is one of the module's own types.

use super::value::ReferenceKind;
use std::fmt;

/// The type of a reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReferenceType {
    /// What it refers to.
    pub kind: ReferenceKind,
    /// Whether it may be null.
    pub nullable: bool,
    /// The type in the text format, such as `funcref` or `(ref null 3)`. In what is said of an object, a type that a module
    /// defines is written as the abstract one above it, such as `(ref null struct)`.
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
    /// Its parameters.
    pub params: Vec<ValueType>,
    /// Its results.
    pub results: Vec<ValueType>,
}

/// The type of an array's elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StorageType {
    /// `i8`; read as an `i32` without sign.
    I8,
    /// `i16`; read as an `i32` without sign.
    I16,
    /// A whole value.
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

/// Types in parentheses, with commas between them.
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
