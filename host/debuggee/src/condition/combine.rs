//! Checks operators and conversions against the kinds of their operands, and folds those whose
//! operands are constants.
//!
//! Invariant: no conversion loses anything unless the text asks for it, and an operation that
//! always fails is refused.

use super::arithmetic::{self, exact_float_of};
use super::error::{Problem, Span};
use super::names::Conversion;
use super::operators::{BinaryOperator, Comparison, UnaryOperator};
use super::typed::{As, Binary, Kind, Node, Typed, Unary};

/// Makes an expression one of `kind` if that is possible without loss: for an operand of unknown
/// type, and for a written integer that a float holds exactly. Returns whether it now is of that
/// kind.
pub(super) fn adopt(typed: &mut Typed, kind: Kind) -> bool {
    match (typed.kind, kind, &mut typed.node) {
        (Kind::Unknown, Kind::Integer, Node::Read { taken, .. }) => *taken = As::Integer,
        (Kind::Unknown, Kind::Float, Node::Read { taken, .. }) => *taken = As::Float,
        (Kind::Integer, Kind::Float, Node::Constant { slot, is_written: true }) => match exact_float_of(*slot) {
            Some(float) => *slot = arithmetic::slot(float),
            None => return false,
        },
        (found, kind, _) => return found == kind,
    }
    typed.kind = kind;
    true
}

/// Applies a conversion to a value.
pub(super) fn convert(conversion: Conversion, mut value: Typed, span: Span) -> Result<Typed, Problem> {
    let kind = match conversion {
        Conversion::Integer | Conversion::Keep(_) => Kind::Integer,
        Conversion::Float | Conversion::F32 => Kind::Float,
    };
    match (conversion, value.kind, &mut value.node) {
        (_, Kind::Boolean, _) => Problem::new(value.span, "expected a number to convert, found a boolean"),
        (Conversion::Integer, Kind::Unknown, Node::Read { taken, .. }) => {
            *taken = As::ToInteger;
            Ok(Typed { kind, span, ..value })
        }
        (Conversion::Float, Kind::Unknown, Node::Read { taken, .. }) => {
            *taken = As::ToFloat;
            Ok(Typed { kind, span, ..value })
        }
        (Conversion::Integer, Kind::Float, _) => apply(Unary::IntegerOfFloat, value, kind, span),
        (Conversion::Float, Kind::Integer, _) => apply(Unary::FloatOfInteger, value, kind, span),
        (Conversion::Integer | Conversion::Float, ..) => Ok(Typed { span, ..value }),
        (Conversion::Keep(format), ..) => match adopt(&mut value, kind) {
            true => apply(Unary::Keep(format), value, kind, span),
            false => {
                let message = format!("expected an integer, found {}; `int(…)` makes one of a float", value.kind);
                Problem::new(value.span, message)
            }
        },
        (Conversion::F32, ..) => match adopt(&mut value, kind) {
            true => apply(Unary::RoundToF32, value, kind, span),
            false => {
                let message = format!("expected a float, found {}; `float(…)` makes one of an integer", value.kind);
                Problem::new(value.span, message)
            }
        },
    }
}

/// Applies an operator that is written before its value.
pub(super) fn unary(operator: UnaryOperator, value: Typed, span: Span) -> Result<Typed, Problem> {
    let operation = match (operator, value.kind) {
        (UnaryOperator::Negate, Kind::Integer) => Unary::NegateInteger,
        (UnaryOperator::Negate, Kind::Float) => Unary::NegateFloat,
        (UnaryOperator::Complement, Kind::Integer) => Unary::Complement,
        (UnaryOperator::Not, Kind::Boolean) => Unary::Not,
        (_, found) => {
            let (expected, hint) = match operator {
                UnaryOperator::Negate => ("a number", ""),
                UnaryOperator::Complement => ("an integer", ""),
                UnaryOperator::Not => ("a boolean", "; compare it, as in `… == 0`"),
            };
            let hint = if found == Kind::Unknown { "; say what it is with `int(…)` or `float(…)`" } else { hint };
            let message = format!("expected {expected} after `{}`, found {found}{hint}", operator.symbol());
            return Problem::new(value.span, message);
        }
    };
    let kind = value.kind;
    apply(operation, value, kind, span)
}

/// Applies an operator between two values.
pub(super) fn binary(
    operator: BinaryOperator,
    mut left: Typed,
    mut right: Typed,
    span: Span,
) -> Result<Typed, Problem> {
    match operator {
        BinaryOperator::And | BinaryOperator::Or => {
            expect_both(operator, &mut left, &mut right, Kind::Boolean, "booleans")?;
            Ok(logical(operator, left, right, span))
        }
        BinaryOperator::Bits(operation) => {
            expect_both(operator, &mut left, &mut right, Kind::Integer, "integers")?;
            join(Binary::Bits(operation), left, right, Kind::Integer, span)
        }
        BinaryOperator::Arithmetic(operation) => match alike(operator, &mut left, &mut right, span)? {
            Kind::Float => join(Binary::Floats(operation), left, right, Kind::Float, span),
            _ => join(Binary::Integers(operation), left, right, Kind::Integer, span),
        },
        BinaryOperator::Compare(comparison) => {
            let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
            let are_booleans = left.kind == Kind::Boolean && right.kind == Kind::Boolean;
            if is_equality && are_booleans {
                return join(Binary::CompareIntegers(comparison), left, right, Kind::Boolean, span);
            }
            match alike(operator, &mut left, &mut right, span)? {
                Kind::Float => join(Binary::CompareFloats(comparison), left, right, Kind::Boolean, span),
                _ => join(Binary::CompareIntegers(comparison), left, right, Kind::Boolean, span),
            }
        }
    }
}

/// Requires both sides to be of the one kind that the operator takes.
fn expect_both(
    operator: BinaryOperator,
    left: &mut Typed,
    right: &mut Typed,
    kind: Kind,
    plural: &str,
) -> Result<(), Problem> {
    for (typed, side) in [(left, "left"), (right, "right")] {
        if !adopt(typed, kind) {
            let hint = match (kind, typed.kind) {
                (Kind::Boolean, _) => "; compare it, as in `… != 0`",
                (_, Kind::Float) => "; `int(…)` makes one of a float",
                _ => "",
            };
            let (symbol, found) = (operator.symbol(), typed.kind);
            return Problem::new(
                typed.span,
                format!("expected two {plural} around `{symbol}`, found {found} on the {side}{hint}"),
            );
        }
    }
    Ok(())
}

/// Requires both sides to be numbers of one kind, and returns the kind.
fn alike(operator: BinaryOperator, left: &mut Typed, right: &mut Typed, span: Span) -> Result<Kind, Problem> {
    let symbol = operator.symbol();
    for (typed, side) in [(&*left, "left"), (&*right, "right")] {
        if typed.kind == Kind::Boolean {
            return Problem::new(
                typed.span,
                format!("expected two numbers around `{symbol}`, found a boolean on the {side}"),
            );
        }
    }
    if left.kind == Kind::Unknown && right.kind == Kind::Unknown {
        let message = format!(
            "expected a number whose type is known on one side of `{symbol}`, found two operands; say what one of them is \
             with `int(…)` or `float(…)`"
        );
        return Problem::new(span, message);
    }
    if adopt(left, right.kind) || adopt(right, left.kind) {
        return Ok(left.kind);
    }
    for constant in [&*left, &*right] {
        if constant.kind == Kind::Integer && matches!(constant.node, Node::Constant { is_written: true, .. }) {
            return Problem::new(constant.span, "expected an integer that a float holds exactly; `float(…)` rounds it");
        }
    }
    let message = format!(
        "expected two integers or two floats around `{symbol}`, found {} and {}; convert one with `float(…)` or `int(…)`",
        left.kind, right.kind
    );
    Problem::new(span, message)
}

fn logical(operator: BinaryOperator, left: Typed, right: Typed, span: Span) -> Typed {
    let is_and = operator == BinaryOperator::And;
    match left.constant() {
        // The left side decides.
        Some(slot) if (slot == 0) == is_and => Typed { span, ..left },
        // The right side decides.
        Some(_) => Typed { span, ..right },
        None => {
            let (left, right) = (Box::new(left), Box::new(right));
            let node = if is_and { Node::And(left, right) } else { Node::Or(left, right) };
            Typed { node, kind: Kind::Boolean, span }
        }
    }
}

/// Builds an operation on one value, or folds it if the value is constant.
fn apply(operation: Unary, value: Typed, kind: Kind, span: Span) -> Result<Typed, Problem> {
    match value.constant().map(|slot| arithmetic::unary(operation, slot)) {
        Some(Ok(slot)) => match (operation, &value.node) {
            (Unary::NegateInteger, Node::Constant { is_written: true, .. }) => Ok(Typed::written(slot, kind, span)),
            _ => Ok(Typed::computed(slot, kind, span)),
        },
        Some(Err(fault)) => Problem::new(span, format!("this always fails: {fault}")),
        None => Ok(Typed { node: Node::Unary(operation, Box::new(value)), kind, span }),
    }
}

/// Builds an operation on two values, or folds it if both are constant.
fn join(operation: Binary, left: Typed, right: Typed, kind: Kind, span: Span) -> Result<Typed, Problem> {
    // Whether an operation fails depends only on its right side, so a constant there can be tried
    // with any left side.
    let tried = right.constant().map(|slot| arithmetic::binary(operation, left.constant().unwrap_or(0), slot));
    match tried {
        Some(Err(fault)) => Problem::new(span, format!("this always fails: {fault}")),
        Some(Ok(slot)) if left.constant().is_some() => Ok(Typed::computed(slot, kind, span)),
        _ => Ok(Typed { node: Node::Binary(operation, Box::new(left), Box::new(right)), kind, span }),
    }
}
