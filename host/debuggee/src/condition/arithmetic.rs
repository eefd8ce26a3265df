//! The operations on slots. Constants are folded with the same functions that are used in
//! evaluation.
//!
//! Invariant: the functions are total. Integers are 128 bits wide and wrap; an operation without a
//! result gives a [`Fault`]. Everything is inlined into the loop of `evaluate`, which makes the
//! loop a fifth faster, because a slot or a fault is too large to be returned in registers.

use super::fault::Fault;
use super::operators::{Arithmetic, Bits, Comparison};
use super::typed::{Binary, Slot, Unary};

/// 2 to the power of 127: one more than the greatest integer.
const INTEGERS_END: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

/// The float that a slot holds.
#[inline(always)]
pub(super) fn float(slot: Slot) -> f64 {
    f64::from_bits(slot as u64)
}

/// The slot that holds a float.
#[inline(always)]
pub(super) fn slot(float: f64) -> Slot {
    i128::from(float.to_bits())
}

/// A float rounded towards zero.
///
/// # Errors
/// [`Fault::NoInteger`] if no integer can hold it.
#[inline(always)]
pub(super) fn integer_of(float: f64) -> Result<Slot, Fault> {
    // This is false for NaN.
    let has_integer = (-INTEGERS_END..INTEGERS_END).contains(&float);
    if has_integer { Ok(float as i128) } else { Err(Fault::NoInteger { bits: float.to_bits() }) }
}

/// The float that is exactly equal to an integer, if there is one.
pub(super) fn exact_float_of(integer: i128) -> Option<f64> {
    let float = integer as f64;
    integer_of(float).is_ok_and(|back| back == integer).then_some(float)
}

#[inline(always)]
pub(super) fn unary(operation: Unary, value: Slot) -> Result<Slot, Fault> {
    Ok(match operation {
        Unary::NegateInteger => value.wrapping_neg(),
        Unary::NegateFloat => slot(-float(value)),
        Unary::Complement => !value,
        Unary::Not => Slot::from(value == 0),
        Unary::Keep(format) => format.keep(value),
        Unary::IntegerOfFloat => integer_of(float(value))?,
        Unary::FloatOfInteger => slot(value as f64),
        Unary::RoundToF32 => slot(f64::from(float(value) as f32)),
    })
}

/// An operation on two values. Whether it fails depends only on the operation and the right side.
#[inline(always)]
pub(super) fn binary(operation: Binary, left: Slot, right: Slot) -> Result<Slot, Fault> {
    match operation {
        Binary::Integers(operation) => integers(operation, left, right),
        Binary::Floats(operation) => Ok(slot(floats(operation, float(left), float(right)))),
        Binary::Bits(operation) => bits(operation, left, right),
        Binary::CompareIntegers(comparison) => Ok(Slot::from(compare(comparison, &left, &right))),
        Binary::CompareFloats(comparison) => Ok(Slot::from(compare(comparison, &float(left), &float(right)))),
    }
}

#[inline(always)]
fn integers(operation: Arithmetic, left: i128, right: i128) -> Result<i128, Fault> {
    Ok(match operation {
        Arithmetic::Add => left.wrapping_add(right),
        Arithmetic::Subtract => left.wrapping_sub(right),
        Arithmetic::Multiply => left.wrapping_mul(right),
        Arithmetic::Divide | Arithmetic::Remainder if right == 0 => return Err(Fault::DivisionByZero),
        // The only overflow is that of the least integer divided by -1, which wraps to itself.
        Arithmetic::Divide => left.checked_div(right).unwrap_or(left),
        Arithmetic::Remainder => left.checked_rem(right).unwrap_or(0),
    })
}

#[inline(always)]
fn floats(operation: Arithmetic, left: f64, right: f64) -> f64 {
    match operation {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    }
}

#[inline(always)]
fn bits(operation: Bits, left: i128, right: i128) -> Result<i128, Fault> {
    Ok(match operation {
        Bits::And => left & right,
        Bits::Or => left | right,
        Bits::ExclusiveOr => left ^ right,
        Bits::ShiftLeft | Bits::ShiftRight if right < 0 => return Err(Fault::NegativeShift(right)),
        // A shift by the width or more leaves nothing of the value, or nothing but its sign.
        Bits::ShiftLeft => u32::try_from(right).ok().and_then(|right| left.checked_shl(right)).unwrap_or(0),
        Bits::ShiftRight => {
            let shifted = u32::try_from(right).ok().and_then(|right| left.checked_shr(right));
            shifted.unwrap_or(if left < 0 { -1 } else { 0 })
        }
    })
}

#[inline(always)]
pub(super) fn compare<N: PartialOrd>(comparison: Comparison, left: &N, right: &N) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    }
}
