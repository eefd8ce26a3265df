//! The tree of a condition after checking: every name is resolved, and every type is known.
//!
//! Invariant: a node's operands have the kinds that its operation takes. Only the checker makes a
//! [`Typed`], and it ensures this.

use super::error::Span;
use super::fault::Place;
use super::numbers::{IntegerType, Scalar};
use super::operators::{Arithmetic, Bits, Comparison};
use super::scope::IndexType;
use std::fmt;

/// Any value in evaluation: an integer, the bits of a float, or 0 and 1 for false and true.
pub(super) type Slot = i128;

/// The kind of an expression's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Float,
    Boolean,
    /// A number from the operand stack whose type is not known; it takes the kind that it is used
    /// as.
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
    /// The operation that means the same with its sides exchanged, if there is one.
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

/// How a number of the program is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// As an integer; anything else is a fault.
    Integer,
    /// As a float; anything else is a fault.
    Float,
    /// Converted to an integer if it is a float.
    ToInteger,
    /// Converted to a float if it is an integer.
    ToFloat,
}

/// A checked expression.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// The operation of an expression, with its operands.
#[derive(Debug)]
pub(super) enum Node {
    /// A constant. One that is written in the text, at most with a minus before it, becomes a float
    /// where one is needed.
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
