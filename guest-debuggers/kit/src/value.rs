//! How values are shown: integers signed, floats as floats, references by what they refer to.
//!
//! Invariant: what is shown never depends on the host, so that goldens stay the same everywhere.

use std::fmt;

use crate::bindings::stillpoint::debugger::types::{ReferenceKind, Value};

/// The sign bit aside, the bits of the NaN that every engine makes.
const CANONICAL_NAN_32: u32 = 0x7fc0_0000;
const CANONICAL_NAN_64: u64 = 0x7ff8_0000_0000_0000;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::I32(value) => write!(f, "{value}"),
            Value::I64(value) => write!(f, "{value}"),
            Value::F32(bits) => {
                let payload = u64::from(bits & 0x7f_ffff);
                let canonical = bits & !(1 << 31) == CANONICAL_NAN_32;
                float(f, &f32::from_bits(bits), f32::from_bits(bits).is_nan(), bits >> 31 == 1, canonical, payload)
            }
            Value::F64(bits) => {
                let payload = bits & 0xf_ffff_ffff_ffff;
                let canonical = bits & !(1 << 63) == CANONICAL_NAN_64;
                float(f, &f64::from_bits(bits), f64::from_bits(bits).is_nan(), bits >> 63 == 1, canonical, payload)
            }
            Value::V128((low, high)) => write!(f, "0x{high:016x}{low:016x}"),
            Value::Null(kind) => write!(f, "null {kind}"),
            Value::Reference(kind) => write!(f, "{kind}"),
        }
    }
}

/// A float as the text format writes it: a NaN that is not the canonical one with its payload.
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
            ReferenceKind::Function => "funcref",
            ReferenceKind::External => "externref",
            ReferenceKind::Internal => "anyref",
            ReferenceKind::Exception => "exnref",
            ReferenceKind::Continuation => "contref",
        })
    }
}

/// Values that are shown with commas between them.
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
            Value::Null(ReferenceKind::Function),
            Value::Reference(ReferenceKind::External),
        ]);
        assert_eq!(
            shown.to_string(),
            "-1, -9223372036854775808, 1.5, 3.0, -inf, 0x00000000000000ff0000000000000001, null funcref, externref"
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
