//! The flat form of a condition, which is evaluated at every hit.
//!
//! Code works on one *current value* and a few *saved* ones. An operation on two values finds its
//! left side saved and its right side current. If the right side is a constant, as it is in most
//! operations, nothing is saved at all. Invariant: jumps only go forwards, so code of n operations
//! runs at most n; at most [`MAX_SAVED`] values are saved, which is checked here.

use super::error::Problem;
use super::fault::Place;
use super::numbers::Scalar;
use super::operators::Comparison;
use super::scope::IndexType;
use super::typed::{As, Binary, Node, Slot, Typed, Unary};

/// Maximum number of values that are saved at the same time.
pub(super) const MAX_SAVED: u8 = 32;

/// One operation. Its result becomes the current value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    /// A whole comparison of a local, read as an integer, with a constant: by far the most common
    /// condition.
    LocalIs {
        index: u32,
        comparison: Comparison,
        constant: Slot,
    },
    Constant(Slot),
    Read {
        place: Place,
        taken: As,
    },
    /// Loads from a memory; the current value is the address.
    Load {
        memory: u32,
        scalar: Scalar,
        index: IndexType,
    },
    Hits,
    Depth,
    Unary(Unary),
    /// Saves the current value, which also stays current.
    Save {
        slot: u8,
    },
    /// An operation on two values; the left side is saved, and the right side is current.
    Binary {
        operation: Binary,
        slot: u8,
    },
    /// An operation with a constant on the right; the left side is current.
    BinaryConstant {
        operation: Binary,
        right: Slot,
    },
    /// If the current value is `condition`, skips the next operation and `more` after it. The
    /// current value stays.
    SkipIf {
        condition: bool,
        more: u16,
    },
}

/// Compiled code.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) ops: Box<[Op]>,
    /// Maximum number of values that this code saves at the same time.
    pub(super) n_saved: u8,
}

/// Compiles a checked condition.
pub(super) fn compile(typed: &Typed) -> Result<Code, Problem> {
    let mut compiler = Compiler { ops: Vec::new(), n_saved: 0 };
    compiler.expression(typed, 0)?;
    Ok(Code { ops: compiler.ops.into_boxed_slice(), n_saved: compiler.n_saved })
}

struct Compiler {
    ops: Vec<Op>,
    n_saved: u8,
}

impl Compiler {
    /// Emits an expression while `saved` values are in use around it.
    fn expression(&mut self, typed: &Typed, saved: u8) -> Result<(), Problem> {
        match &typed.node {
            Node::Constant { slot, .. } => self.ops.push(Op::Constant(*slot)),
            Node::Read { place, taken } => self.ops.push(Op::Read { place: *place, taken: *taken }),
            Node::Hits => self.ops.push(Op::Hits),
            Node::Depth => self.ops.push(Op::Depth),
            Node::Load { memory, scalar, index, address } => {
                self.expression(address, saved)?;
                self.ops.push(Op::Load { memory: *memory, scalar: *scalar, index: *index });
            }
            Node::Unary(operation, value) => {
                self.expression(value, saved)?;
                self.ops.push(Op::Unary(*operation));
            }
            Node::Binary(operation, left, right) => self.binary(*operation, left, right, saved)?,
            Node::And(left, right) => self.logical(false, left, right, saved)?,
            Node::Or(left, right) => self.logical(true, left, right, saved)?,
        }
        Ok(())
    }

    fn binary(&mut self, operation: Binary, left: &Typed, right: &Typed, saved: u8) -> Result<(), Problem> {
        if let Some(constant) = right.constant() {
            return self.with_constant(operation, left, constant, saved);
        }
        if let (Some(constant), Some(mirrored)) = (left.constant(), operation.mirrored()) {
            return self.with_constant(mirrored, right, constant, saved);
        }
        if saved >= MAX_SAVED {
            let message =
                format!("expected at most {MAX_SAVED} values that wait for their right-hand sides, found more");
            return Problem::new(right.span, message);
        }
        let in_use = saved.saturating_add(1);
        self.n_saved = self.n_saved.max(in_use);
        self.expression(left, saved)?;
        self.ops.push(Op::Save { slot: saved });
        self.expression(right, in_use)?;
        self.ops.push(Op::Binary { operation, slot: saved });
        Ok(())
    }

    fn with_constant(&mut self, operation: Binary, left: &Typed, right: Slot, saved: u8) -> Result<(), Problem> {
        if let (Binary::CompareIntegers(comparison), Node::Read { place: Place::Local(index), taken: As::Integer }) =
            (operation, &left.node)
        {
            self.ops.push(Op::LocalIs { index: *index, comparison, constant: right });
            return Ok(());
        }
        self.expression(left, saved)?;
        self.ops.push(Op::BinaryConstant { operation, right });
        Ok(())
    }

    /// Emits `&&` or `||`. The right side is skipped if the left side is `decided`.
    fn logical(&mut self, decided: bool, left: &Typed, right: &Typed, saved: u8) -> Result<(), Problem> {
        self.expression(left, saved)?;
        let skip = self.ops.len();
        self.ops.push(Op::SkipIf { condition: decided, more: 0 });
        self.expression(right, saved)?;
        // The skip itself and the first operation after it, which every expression has, are not
        // counted.
        let more = self.ops.len().saturating_sub(skip).saturating_sub(2);
        let Ok(more) = u16::try_from(more) else {
            return Problem::new(right.span, "expected a condition of at most 65,535 operations, found more");
        };
        if let Some(op) = self.ops.get_mut(skip) {
            *op = Op::SkipIf { condition: decided, more };
        }
        Ok(())
    }
}
