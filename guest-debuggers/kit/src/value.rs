//! How values are shown: integers signed, floats as in the text format, references by kind and id.
//!
//! Invariant: the text of a value does not depend on the machine, so that goldens are the same
//! everywhere.

use std::fmt;

use crate::contract::common::{Reference, ReferenceKind, Value, ValueType};
use crate::contract::inspection::{Object, StorageType};

/// The bits of the canonical NaN without its sign.
const CANONICAL_NAN_32: u32 = 0x7fc0_0000;
const CANONICAL_NAN_64: u64 = 0x7ff8_0000_0000_0000;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::I32(value) => write!(f, "{value}"),
            Value::I64(value) => write!(f, "{value}"),
            &Value::F32(bits) => {
                let payload = u64::from(bits & 0x7f_ffff);
                let canonical = bits & !(1 << 31) == CANONICAL_NAN_32;
                float(f, &f32::from_bits(bits), f32::from_bits(bits).is_nan(), bits >> 31 == 1, canonical, payload)
            }
            &Value::F64(bits) => {
                let payload = bits & 0xf_ffff_ffff_ffff;
                let canonical = bits & !(1 << 63) == CANONICAL_NAN_64;
                float(f, &f64::from_bits(bits), f64::from_bits(bits).is_nan(), bits >> 63 == 1, canonical, payload)
            }
            Value::V128((low, high)) => write!(f, "0x{high:016x}{low:016x}"),
            Value::Null(kind) => write!(f, "null {kind}"),
            Value::Reference(reference) => write!(f, "{reference}"),
            Value::Unset(_) => f.write_str("not set"),
            Value::Other(text) => f.write_str(text),
        }
    }
}

/// Writes a float as in the text format; a NaN that is not canonical is shown with its payload.
fn float(
    f: &mut fmt::Formatter<'_>,
    value: &dyn fmt::Debug,
    nan: bool,
    negative: bool,
    canonical: bool,
    payload: u64,
) -> fmt::Result {
    if !nan {
        return write!(f, "{value:?}");
    }
    f.write_str(if negative { "-nan" } else { "nan" })?;
    if canonical { Ok(()) } else { write!(f, ":{payload:#x}") }
}

impl fmt::Display for ReferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReferenceKind::Funcref => "funcref",
            ReferenceKind::Externref => "externref",
            ReferenceKind::Anyref => "anyref",
            ReferenceKind::Exnref => "exnref",
            ReferenceKind::Contref => "contref",
            ReferenceKind::Other => "reference",
        })
    }
}

/// Kind and id, such as `anyref 3`; without the id if the reference cannot be followed.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            None => write!(f, "{}", self.kind),
            Some(id) => write!(f, "{} {id}", self.kind),
        }
    }
}

/// As in the text format.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::I32 => "i32",
            ValueType::I64 => "i64",
            ValueType::F32 => "f32",
            ValueType::F64 => "f64",
            ValueType::V128 => "v128",
            ValueType::Reference(reference) => &reference.text,
            ValueType::Other(text) => text,
        })
    }
}

impl fmt::Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageType::I8 => f.write_str("i8"),
            StorageType::I16 => f.write_str("i16"),
            StorageType::Value(ty) => ty.fmt(f),
            StorageType::Other(text) => f.write_str(text),
        }
    }
}

/// In a few words, such as `struct (1, null anyref)`.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Object::Function(function) => write!(f, "function {} of instance {}", function.index, function.instance),
            Object::HostFunction => f.write_str("a function of the host"),
            Object::External => f.write_str("a value of the host"),
            Object::Converted(reference) => write!(f, "the same as {reference}"),
            Object::I31(number) => write!(f, "i31 {number}"),
            Object::Structure(fields) => write!(f, "struct ({})", Values(fields.clone())),
            Object::Array(array) => write!(f, "array of {} {}", array.length, array.element),
            Object::Exception(exception) => {
                write!(f, "exception with tag {:#x} ({})", exception.tag, Values(exception.payload.clone()))
            }
            Object::Other(text) => f.write_str(text),
        }
    }
}

/// A list of values, shown with commas between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(pub Vec<Value>);

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value() {
        let shown = Values(vec![
            Value::I32(-1),
            Value::I64(i64::MIN),
            Value::F32(1.5f32.to_bits()),
            Value::F64(3f64.to_bits()),
            Value::F64(f64::NEG_INFINITY.to_bits()),
            Value::V128((1, 0xff)),
            Value::Null(ReferenceKind::Funcref),
            Value::Reference(Reference { kind: ReferenceKind::Externref, id: Some(7) }),
            Value::Reference(Reference { kind: ReferenceKind::Contref, id: None }),
        ]);
        assert_eq!(
            shown.to_string(),
            "-1, -9223372036854775808, 1.5, 3.0, -inf, 0x00000000000000ff0000000000000001, null funcref, externref 7, contref"
        );
    }

    #[test]
    fn what_references_refer_to() {
        use crate::contract::common::ReferenceType;
        use crate::contract::inspection::{ArrayObject, ExceptionObject};
        let text = "(ref null 3)".to_owned();
        let ty = ValueType::Reference(ReferenceType { kind: ReferenceKind::Anyref, nullable: true, text });
        let shown = [
            Object::I31(-5),
            Object::Structure(vec![Value::I32(1), Value::Null(ReferenceKind::Anyref)]),
            Object::Array(ArrayObject { element: StorageType::Value(ty), length: 9 }),
            Object::Exception(ExceptionObject { tag: 0x1_0000_0002, payload: vec![Value::I64(4)] }),
        ];
        let shown: Vec<String> = shown.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["i31 -5", "struct (1, null anyref)", "array of 9 (ref null 3)", "exception with tag 0x100000002 (4)"]
        );
    }

    #[test]
    fn nans_keep_sign_and_payload() {
        assert_eq!(Value::F32(0x7fc0_0000).to_string(), "nan");
        assert_eq!(Value::F32(0xffc0_0000).to_string(), "-nan");
        assert_eq!(Value::F32(0x7fa0_0001).to_string(), "nan:0x200001");
        assert_eq!(Value::F64(0x7ff8_0000_0000_0000).to_string(), "nan");
        assert_eq!(Value::F64(0xfff0_0000_0000_0001).to_string(), "-nan:0x1");
    }

    #[test]
    fn nothing_shows_as_nothing() {
        assert_eq!(Values::default().to_string(), "");
    }
}
