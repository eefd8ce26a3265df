//! The tree of a condition after checking: every name resolved, every type known.
//!
//! Invariant: a node's operands have the kinds that its operation takes; [`Typed`] is only made by the checker, which
//! sees to it.

use super::error::Span;
use super::fault::Place;
use super::numbers::{IntegerType, Scalar};
use super::operators::{Arithmetic, Bits, Comparison};
use super::scope::IndexType;
use std::fmt;

/// A value while a condition is evaluated, whatever its kind: an integer, the bits of a float, or 0 and 1 for false and
/// true.
pub(super) type Slot = i128;

/// What kind of value an expression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Float,
    Boolean,
    /// A number of the operand stack whose type is not known: it becomes what it is used as.
    Unknown,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Integer => "an integer",
            Kind::Float => "a float",
            Kind::Boolean => "a boolean",
            Kind::Unknown => "an operand whose type is not known here",
        })
    }
}

/// An operation on one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    NegateInteger,
    NegateFloat,
    Complement,
    Not,
    Keep(IntegerType),
    IntegerOfFloat,
    FloatOfInteger,
    RoundToF32,
}

/// An operation on two values of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Integers(Arithmetic),
    Floats(Arithmetic),
    Bits(Bits),
    CompareIntegers(Comparison),
    CompareFloats(Comparison),
}

impl Binary {
    /// The operation that says the same with its sides exchanged, if there is one.
    pub(super) fn mirrored(self) -> Option<Binary> {
        match self {
            Binary::Integers(Arithmetic::Add | Arithmetic::Multiply) => Some(self),
            Binary::Bits(Bits::And | Bits::Or | Bits::ExclusiveOr) => Some(self),
            Binary::CompareIntegers(comparison) => Some(Binary::CompareIntegers(comparison.mirrored())),
            Binary::CompareFloats(comparison) => Some(Binary::CompareFloats(comparison.mirrored())),
            Binary::Integers(_) | Binary::Floats(_) | Binary::Bits(_) => None,
        }
    }
}

/// What a number of the program is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// It has to be an integer.
    Integer,
    /// It has to be a float.
    Float,
    /// Converted to an integer if it is none.
    ToInteger,
    /// Converted to a float if it is none.
    ToFloat,
}

/// A checked expression.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What an expression does.
#[derive(Debug)]
pub(super) enum Node {
    /// A constant; a written one, with a minus at most, becomes a float where one is needed.
    Constant {
        slot: Slot,
        is_written: bool,
    },
    Read {
        place: Place,
        taken: As,
    },
    Load {
        memory: u32,
        scalar: Scalar,
        index: IndexType,
        address: Box<Typed>,
    },
    Hits,
    Depth,
    Unary(Unary, Box<Typed>),
    Binary(Binary, Box<Typed>, Box<Typed>),
    And(Box<Typed>, Box<Typed>),
    Or(Box<Typed>, Box<Typed>),
}

impl Typed {
    /// A constant that is written in the text.
    pub(super) fn written(slot: Slot, kind: Kind, span: Span) -> Typed {
        Typed { node: Node::Constant { slot, is_written: true }, kind, span }
    }

    /// A constant that was computed from others.
    pub(super) fn computed(slot: Slot, kind: Kind, span: Span) -> Typed {
        Typed { node: Node::Constant { slot, is_written: false }, kind, span }
    }

    pub(super) fn constant(&self) -> Option<Slot> {
        match self.node {
            Node::Constant { slot, .. } => Some(slot),
            _ => None,
        }
    }
}
