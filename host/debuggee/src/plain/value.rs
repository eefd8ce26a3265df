//! Values of locals, operands and exception payloads, as plain data.
//!
//! Invariant: a [`Value`] owns nothing of the store, so it can still be printed after the program
//! has gone on.

use std::fmt;
use wasmtime::Val;

/// The kind of thing that a reference refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// `funcref` and its subtypes.
    Function,
    /// `externref` and its subtypes.
    External,
    /// `anyref` and its subtypes.
    Internal,
    /// `exnref`.
    Exception,
    /// `contref`.
    Continuation,
}

/// The id of a reference's referent. It is valid from the stop at which the reference was read to
/// the next resume. Two references that were read at one stop have the same id if they refer to the
/// same object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferenceId(pub u64);

impl ReferenceId {
    /// The id of a reference that cannot be followed: one to a continuation, one in a record, and
    /// every one that a stop has beyond [`MAX_REFERENCES`](crate::MAX_REFERENCES).
    pub const NONE: ReferenceId = ReferenceId(0);
}

impl fmt::Display for ReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A WebAssembly value. Floats are kept as raw bits, so that NaN payloads survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
    /// A `v128`, with little-endian lanes.
    V128(u128),
    /// A null reference.
    Null(ReferenceKind),
    /// A reference that is not null.
    Reference(ReferenceKind, ReferenceId),
    /// No value yet: a local of a non-nullable reference type that the program has not set on every
    /// way to where it is.
    Unset(ReferenceKind),
}

impl Value {
    /// The plain form of an engine's value; a reference gets [`ReferenceId::NONE`].
    #[must_use]
    pub fn of(value: &Val) -> Value {
        let reference = |kind, is_null| {
            if is_null { Value::Null(kind) } else { Value::Reference(kind, ReferenceId::NONE) }
        };
        match value {
            Val::I32(value) => Value::I32(*value),
            Val::I64(value) => Value::I64(*value),
            Val::F32(bits) => Value::F32(*bits),
            Val::F64(bits) => Value::F64(*bits),
            Val::V128(value) => Value::V128(value.as_u128()),
            Val::FuncRef(value) => reference(ReferenceKind::Function, value.is_none()),
            Val::ExternRef(value) => reference(ReferenceKind::External, value.is_none()),
            Val::AnyRef(value) => reference(ReferenceKind::Internal, value.is_none()),
            Val::ExnRef(value) => reference(ReferenceKind::Exception, value.is_none()),
            Val::ContRef(value) => reference(ReferenceKind::Continuation, value.is_none()),
        }
    }
}
