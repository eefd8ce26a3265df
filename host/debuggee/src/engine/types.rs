//! The engine's types in plain form.
//!
//! Invariant: none of the engine's own type numbers gets into a text, because they mean nothing
//! outside this process.

use crate::plain::{ReferenceKind, ReferenceType, StorageType, ValueType};

/// The plain form of a value's type.
pub(crate) fn value_type(ty: &wasmtime::ValType) -> ValueType {
    match ty {
        wasmtime::ValType::I32 => ValueType::I32,
        wasmtime::ValType::I64 => ValueType::I64,
        wasmtime::ValType::F32 => ValueType::F32,
        wasmtime::ValType::F64 => ValueType::F64,
        wasmtime::ValType::V128 => ValueType::V128,
        wasmtime::ValType::Ref(reference) => ValueType::Reference(ReferenceType {
            kind: kind_of(reference.heap_type()),
            nullable: reference.is_nullable(),
            text: text(reference),
        }),
    }
}

/// The plain form of the type of an array's elements.
pub(crate) fn storage_type(ty: &wasmtime::StorageType) -> StorageType {
    match ty {
        wasmtime::StorageType::I8 => StorageType::I8,
        wasmtime::StorageType::I16 => StorageType::I16,
        wasmtime::StorageType::ValType(ty) => StorageType::Value(value_type(ty)),
    }
}

/// The text of a reference type. The engine's own text contains numbers that mean nothing outside
/// its process.
fn text(ty: &wasmtime::RefType) -> String {
    use wasmtime::HeapType;
    let heap = match ty.heap_type() {
        HeapType::Extern => "extern",
        HeapType::NoExtern => "noextern",
        HeapType::Func | HeapType::ConcreteFunc(_) => "func",
        HeapType::NoFunc => "nofunc",
        HeapType::Any => "any",
        HeapType::Eq => "eq",
        HeapType::I31 => "i31",
        HeapType::Array | HeapType::ConcreteArray(_) => "array",
        HeapType::Struct | HeapType::ConcreteStruct(_) => "struct",
        HeapType::None => "none",
        HeapType::Exn | HeapType::ConcreteExn(_) => "exn",
        HeapType::NoExn => "noexn",
        HeapType::Cont | HeapType::ConcreteCont(_) => "cont",
        HeapType::NoCont => "nocont",
    };
    format!("(ref {}{heap})", if ty.is_nullable() { "null " } else { "" })
}

fn kind_of(ty: &wasmtime::HeapType) -> ReferenceKind {
    match ty.top() {
        wasmtime::HeapType::Func => ReferenceKind::Function,
        wasmtime::HeapType::Extern => ReferenceKind::External,
        wasmtime::HeapType::Exn => ReferenceKind::Exception,
        wasmtime::HeapType::Cont => ReferenceKind::Continuation,
        _ => ReferenceKind::Internal,
    }
}
