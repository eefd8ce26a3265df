//! Values of locals, operands and exception payloads as plain data.
//!
//! Invariant: a [`Value`] owns nothing of the store; it stays printable after the program goes on.

use wasmtime::Val;

/// What a reference refers to.
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

/// A WebAssembly value. Floats are raw bits, so that NaN payloads survive.
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
    /// A `v128`, little-endian lanes.
    V128(u128),
    /// A null reference.
    Null(ReferenceKind),
    /// A reference that is not null.
    Reference(ReferenceKind),
}

impl Value {
    /// The plain form of an engine value.
    #[must_use]
    pub fn of(value: &Val) -> Value {
        let reference = |kind, is_null| if is_null { Value::Null(kind) } else { Value::Reference(kind) };
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
