//! Evaluates the flat form on a machine. This runs at every hit of a breakpoint with a condition.
//!
//! Invariant: no allocation, no recursion, and no loop that can go backwards. Everything is `Copy`
//! and on the Rust stack, and each operation runs at most once.

use super::arithmetic;
use super::code::{Code, MAX_SAVED, Op};
use super::fault::{Fault, Place};
use super::machine::{Machine, Number};
use super::numbers::Scalar;
use super::scope::{IndexType, ValueType};
use super::typed::{As, Slot};

/// Number of saved values that suffices for nearly every condition. Clearing more than are used
/// would cost more than the condition.
const FEW: usize = 4;

/// Runs code to its end, and returns the condition's answer.
#[inline(always)]
pub(super) fn evaluate<M: Machine + ?Sized>(code: &Code, machine: &mut M) -> Result<bool, Fault> {
    if let [Op::LocalIs { index, comparison, constant }] = *code.ops {
        let local = read(Place::Local(index), As::Integer, machine)?;
        return Ok(arithmetic::compare(comparison, &local, &constant));
    }
    match usize::from(code.n_saved) {
        0..=FEW => run::<FEW, M>(&code.ops, machine),
        _ => run::<{ MAX_SAVED as usize }, M>(&code.ops, machine),
    }
}

fn run<const N: usize, M: Machine + ?Sized>(ops: &[Op], machine: &mut M) -> Result<bool, Fault> {
    let mut saved: [Slot; N] = [0; N];
    let mut current: Slot = 0;
    let mut ops = ops.iter();
    while let Some(op) = ops.next() {
        current = match *op {
            Op::LocalIs { index, comparison, constant } => {
                let local = read(Place::Local(index), As::Integer, machine)?;
                Slot::from(arithmetic::compare(comparison, &local, &constant))
            }
            Op::Constant(slot) => slot,
            Op::Read { place, taken } => read(place, taken, machine)?,
            Op::Load { memory, scalar, index } => load(memory, scalar, index, current, machine)?,
            Op::Hits => Slot::from(machine.hits()),
            Op::Depth => Slot::from(machine.depth().map_err(|_| Fault::Depth)?),
            Op::Unary(operation) => arithmetic::unary(operation, current)?,
            Op::Save { slot } => {
                if let Some(place) = saved.get_mut(usize::from(slot)) {
                    *place = current;
                }
                current
            }
            Op::Binary { operation, slot } => {
                let left = saved.get(usize::from(slot)).copied().unwrap_or_default();
                arithmetic::binary(operation, left, current)?
            }
            Op::BinaryConstant { operation, right } => arithmetic::binary(operation, current, right)?,
            Op::SkipIf { condition, more } => {
                if (current != 0) == condition {
                    ops.nth(usize::from(more));
                }
                current
            }
        };
    }
    Ok(current != 0)
}

#[inline(always)]
fn read<M: Machine + ?Sized>(place: Place, taken: As, machine: &mut M) -> Result<Slot, Fault> {
    let number = match place {
        Place::Local(index) => machine.local(index),
        Place::Operand(operand) => machine.operand(operand),
        Place::Global(index) => machine.global(index),
    };
    let other_kind = |found| Err(Fault::OtherKind { place, found });
    let (integer, float, found) = match number.map_err(|why| Fault::Read { place, why })? {
        Number::I32(value) => (Some(Slot::from(value)), 0.0, ValueType::I32),
        Number::I64(value) => (Some(Slot::from(value)), 0.0, ValueType::I64),
        Number::F32(value) => (None, f64::from(value), ValueType::F32),
        Number::F64(value) => (None, value, ValueType::F64),
    };
    match (taken, integer) {
        (As::Integer | As::ToInteger, Some(integer)) => Ok(integer),
        (As::Float | As::ToFloat, None) => Ok(arithmetic::slot(float)),
        (As::ToInteger, None) => arithmetic::integer_of(float),
        (As::ToFloat, Some(integer)) => Ok(arithmetic::slot(integer as f64)),
        (As::Integer, None) | (As::Float, Some(_)) => other_kind(found),
    }
}

#[inline(always)]
fn load<M: Machine + ?Sized>(
    memory: u32,
    scalar: Scalar,
    index: IndexType,
    address: Slot,
    machine: &mut M,
) -> Result<Slot, Fault> {
    let Some(address) = index.address(address) else {
        return Err(Fault::NoAddress { memory, scalar, address, bits: index.bits() });
    };
    let loaded = machine.load(memory, address, scalar.width());
    let loaded = loaded.map_err(|why| Fault::Load { memory, scalar, address, why })?;
    Ok(match scalar {
        Scalar::Integer(format) => format.keep(Slot::from(loaded)),
        Scalar::F32 => arithmetic::slot(f64::from(f32::from_bits(loaded as u32))),
        Scalar::F64 => Slot::from(loaded),
    })
}
