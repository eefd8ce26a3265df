//! The faults that can occur when a condition is evaluated.
//!
//! Invariant: a fault is plain `Copy` data; its sentence is made only when somebody reads it.

use super::machine::{Operand, Unavailable};
use super::numbers::Scalar;
use super::scope::ValueType;
use std::fmt;

/// The reason why an evaluation failed. It is displayed as a sentence that names the part of the
/// condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// An integer was divided by zero, with `/` or `%`.
    #[error("division by zero")]
    DivisionByZero,
    /// The right side of a shift is negative.
    #[error("a shift by {0}: expected 0 or more")]
    NegativeShift(i128),
    /// `int(…)` was applied to NaN, to an infinity, or to a float that is outside the range of
    /// integers.
    #[error("int({:?}): expected a float that an integer can hold", f64::from_bits(*.bits))]
    NoInteger {
        /// The bits of the float.
        bits: u64,
    },
    /// A local, an operand or a global could not be read.
    #[error("{}", ReadFault(*.place, *.why))]
    Read {
        /// The local, operand or global.
        place: Place,
        /// The reason why it could not be read.
        why: Unavailable,
    },
    /// A local, an operand or a global holds a number of another kind than the text was checked
    /// for.
    #[error("{place} is {found}, and the condition uses it as {}; say {} there", Kind(*.found, true), Kind(*.found, false))]
    OtherKind {
        /// The local, operand or global.
        place: Place,
        /// The type of the number that it holds.
        found: ValueType,
    },
    /// A load from a memory failed.
    #[error("{}", LoadFault { memory: *.memory, scalar: *.scalar, address: *.address, why: *.why })]
    Load {
        /// Index of the memory.
        memory: u32,
        /// The number format of the load.
        scalar: Scalar,
        /// The address, in bytes.
        address: u64,
        /// The reason why the load failed.
        why: Unavailable,
    },
    /// An integer cannot be an address of the memory, because it is outside the range of its
    /// addresses.
    #[error("{} at {address}: a memory with addresses of {bits} bits has no such address", MemoryName(*.memory, *.scalar))]
    NoAddress {
        /// Index of the memory.
        memory: u32,
        /// The number format of the load.
        scalar: Scalar,
        /// The integer that was to be the address.
        address: i128,
        /// Width of the memory's addresses in bits.
        bits: u32,
    },
    /// The frames could not be counted.
    #[error("depth: the engine could not count the frames")]
    Depth,
}

/// A local, operand or global that a condition reads by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `local[n]`
    Local(u32),
    /// `stack[n]`
    Operand(Operand),
    /// `global[n]`
    Global(u32),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Local(index) => write!(f, "local[{index}]"),
            Place::Operand(Operand::FromBottom(index)) => write!(f, "stack[{index}]"),
            Place::Operand(Operand::FromTop(index)) => write!(f, "stack[-{}]", u64::from(*index).saturating_add(1)),
            Place::Global(index) => write!(f, "global[{index}]"),
        }
    }
}

struct ReadFault(Place, Unavailable);

impl fmt::Display for ReadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadFault(place, why) = self;
        match (why, place) {
            (Unavailable::PastEnd { length }, Place::Local(_)) => {
                write!(f, "{place}: the frame's number of locals is {length}")
            }
            (Unavailable::PastEnd { length }, Place::Operand(_)) => {
                write!(f, "{place}: the operand stack's depth is {length}")
            }
            (Unavailable::PastEnd { length }, Place::Global(_)) => {
                write!(f, "{place}: the instance's number of globals is {length}")
            }
            (Unavailable::NotANumber(found), _) => write!(f, "{place} is {found}: expected a number"),
            (Unavailable::Unreadable, _) => write!(f, "{place}: the engine could not read it"),
        }
    }
}

struct LoadFault {
    memory: u32,
    scalar: Scalar,
    address: u64,
    why: Unavailable,
}

impl fmt::Display for LoadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}: ", MemoryName(self.memory, self.scalar), self.address)?;
        match self.why {
            Unavailable::PastEnd { length } => write!(f, "past the end of the memory, which is {length:#x} bytes long"),
            Unavailable::NotANumber(_) | Unavailable::Unreadable => f.write_str("the engine could not read it"),
        }
    }
}

/// Displays a memory and a number format as they are written, such as `mem.u32` or `mem2.f64`.
struct MemoryName(u32, Scalar);

impl fmt::Display for MemoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemoryName(0, scalar) => write!(f, "mem.{scalar}"),
            MemoryName(memory, scalar) => write!(f, "mem{memory}.{scalar}"),
        }
    }
}

/// Displays, for a number that is of the wrong kind, the kind that was expected (if true) or the
/// conversion to it (if false).
struct Kind(ValueType, bool);

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_integer = matches!(self.0, ValueType::I32 | ValueType::I64);
        f.write_str(match (is_integer, self.1) {
            (true, true) => "a float",
            (true, false) => "`float(…)`",
            (false, true) => "an integer",
            (false, false) => "`int(…)`",
        })
    }
}
