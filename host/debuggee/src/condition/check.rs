//! Checks the meaning of a condition: resolves against the scope whatever the text reads. `combine`
//! checks the operations on it.
//!
//! Invariant: a condition that is accepted here can fail in evaluation only because of the
//! program's state at that time. Each refusal says what was found and what was expected.

use super::arithmetic;
use super::combine;
use super::error::{Problem, Span};
use super::fault::Place;
use super::machine::Operand;
use super::names::{Name, resolve};
use super::numbers::Scalar;
use super::operators::{BinaryOperator, UnaryOperator};
use super::scope::{Scope, ValueType};
use super::syntax::{Syntax, SyntaxKind};
use super::typed::{As, Kind, Node, Typed};

/// Checks a whole condition.
pub(super) fn check(syntax: &Syntax<'_>, scope: &Scope<'_>) -> Result<Typed, Problem> {
    let typed = Checker { scope }.expression(syntax)?;
    match typed.kind {
        Kind::Boolean => Ok(typed),
        kind => {
            let message =
                format!("expected a condition that is true or false, found {kind}; compare it, as in `… != 0`");
            Problem::new(typed.span, message)
        }
    }
}

struct Checker<'s> {
    scope: &'s Scope<'s>,
}

impl Checker<'_> {
    /// Walks down the tree, which is up to 256 nodes high. To keep the stack small, everything that
    /// a node needs besides its children is done in other functions, which have returned when the
    /// walk goes on.
    fn expression(&self, syntax: &Syntax<'_>) -> Result<Typed, Problem> {
        match &syntax.kind {
            SyntaxKind::Binary { operator, left, right } => self.joined(*operator, left, right, syntax.span),
            SyntaxKind::Unary { operator, operand } => {
                self.expression(operand).and_then(|operand| combine::unary(*operator, operand, syntax.span))
            }
            SyntaxKind::Index { base, index } => self.index(base, index, syntax.span),
            SyntaxKind::Call { function, arguments } => self.call(function, arguments, syntax.span),
            _ => leaf(syntax),
        }
    }

    fn joined(
        &self,
        operator: BinaryOperator,
        left: &Syntax<'_>,
        right: &Syntax<'_>,
        span: Span,
    ) -> Result<Typed, Problem> {
        let left = self.expression(left)?;
        let right = self.expression(right)?;
        combine::binary(operator, left, right, span)
    }

    fn index(&self, base: &Syntax<'_>, index: &Syntax<'_>, span: Span) -> Result<Typed, Problem> {
        match &base.kind {
            SyntaxKind::Member { base: memory, name } => match name_of(memory)? {
                Some(Name::Memory(memory)) => {
                    let Some(scalar) = Scalar::named(name) else {
                        let message = format!(
                            "expected `u8`, `i8`, `u16`, `i16`, `u32`, `i32`, `u64`, `i64`, `f32` or `f64` after `mem.`, \
                             found `{name}`"
                        );
                        return Problem::new(base.span, message);
                    };
                    self.load(memory, scalar, base.span, index, span)
                }
                _ => Problem::new(memory.span, "expected `mem` before the point, as in `mem.u32[1024]`"),
            },
            _ => match name_of(base)? {
                Some(Name::Local) => self.local(index, span),
                Some(Name::Global) => self.global(index, span),
                Some(Name::Stack) => self.operand(index, span),
                Some(Name::Memory(_)) => {
                    Problem::new(base.span, "expected what to read from memory, as in `mem.u32[1024]`, found no type")
                }
                _ => Problem::new(base.span, "expected `local`, `stack`, `global` or `mem.TYPE` before the brackets"),
            },
        }
    }

    fn local(&self, index: &Syntax<'_>, span: Span) -> Result<Typed, Problem> {
        let number = number(index, "local")?;
        let Some(value_type) = at(self.scope.locals, number) else {
            return Problem::new(
                index.span,
                format!("no local {number} here: {}", known("the function", self.scope.locals)),
            );
        };
        read(Place::Local(number), *value_type, span)
    }

    fn global(&self, index: &Syntax<'_>, span: Span) -> Result<Typed, Problem> {
        let number = number(index, "global")?;
        let Some(value_type) = at(self.scope.globals, number) else {
            return Problem::new(
                index.span,
                format!("no global {number} here: {}", known("the module", self.scope.globals)),
            );
        };
        read(Place::Global(number), *value_type, span)
    }

    fn operand(&self, index: &Syntax<'_>, span: Span) -> Result<Typed, Problem> {
        let (operand, number) = match &index.kind {
            SyntaxKind::Unary { operator: UnaryOperator::Negate, operand } => {
                let number = number(operand, "stack")?;
                let Some(from_top) = number.checked_sub(1) else {
                    return Problem::new(
                        index.span,
                        "expected `stack[-1]` for the top or `stack[0]` for the bottom, found -0",
                    );
                };
                (Operand::FromTop(from_top), i64::from(number).saturating_neg())
            }
            _ => number(index, "stack").map(|number| (Operand::FromBottom(number), i64::from(number)))?,
        };
        let place = Place::Operand(operand);
        let Some(types) = self.scope.operands else {
            return Ok(Typed { node: Node::Read { place, taken: As::Integer }, kind: Kind::Unknown, span });
        };
        let value_type = match operand {
            Operand::FromBottom(number) => at(types, number),
            Operand::FromTop(number) => usize::try_from(number).ok().and_then(|number| types.iter().rev().nth(number)),
        };
        match value_type {
            Some(value_type) => read(place, *value_type, span),
            None => Problem::new(index.span, format!("no operand {number} here: {}", known("the stack", types))),
        }
    }

    fn load(
        &self,
        memory: u32,
        scalar: Scalar,
        name: Span,
        address: &Syntax<'_>,
        span: Span,
    ) -> Result<Typed, Problem> {
        let Some(index) = at(self.scope.memories, memory) else {
            return Problem::new(
                name,
                format!("no memory {memory} here: {}", known("the module", self.scope.memories)),
            );
        };
        let mut address = self.expression(address)?;
        if !combine::adopt(&mut address, Kind::Integer) {
            return Problem::new(address.span, format!("expected an integer as the address, found {}", address.kind));
        }
        if let Some(constant) = address.constant()
            && index.address(constant).is_none()
        {
            let bits = index.bits();
            return Problem::new(address.span, format!("expected an address of at most {bits} bits, found {constant}"));
        }
        let kind = match scalar {
            Scalar::Integer(_) => Kind::Integer,
            Scalar::F32 | Scalar::F64 => Kind::Float,
        };
        Ok(Typed { node: Node::Load { memory, scalar, index: *index, address: Box::new(address) }, kind, span })
    }

    fn call(&self, function: &Syntax<'_>, arguments: &[Syntax<'_>], span: Span) -> Result<Typed, Problem> {
        let Some(Name::Conversion(conversion)) = name_of(function)? else {
            return Problem::new(function.span, "expected a conversion before the parentheses, as in `u32(local[0])`");
        };
        match arguments {
            [argument] => combine::convert(conversion, self.expression(argument)?, span),
            _ => Problem::new(span, format!("expected one value in the parentheses, found {}", arguments.len())),
        }
    }
}

/// A node that has nothing in brackets or parentheses.
fn leaf(syntax: &Syntax<'_>) -> Result<Typed, Problem> {
    let span = syntax.span;
    match &syntax.kind {
        SyntaxKind::Integer(value) => Ok(Typed::written(i128::from(*value), Kind::Integer, span)),
        SyntaxKind::Float(value) => Ok(Typed::written(arithmetic::slot(*value), Kind::Float, span)),
        SyntaxKind::Name(name) => name_alone(name, span),
        SyntaxKind::Member { base, .. } if matches!(name_of(base)?, Some(Name::Memory(_))) => {
            Problem::new(span, "expected an address in brackets after it, as in `mem.u32[1024]`")
        }
        _ => Problem::new(span, "expected `mem` before the point, as in `mem.u32[1024]`"),
    }
}

/// A name that is neither indexed nor called.
fn name_alone(name: &str, span: Span) -> Result<Typed, Problem> {
    let expected = match resolve_at(name, span)? {
        Name::Hits => return Ok(Typed { node: Node::Hits, kind: Kind::Integer, span }),
        Name::Depth => return Ok(Typed { node: Node::Depth, kind: Kind::Integer, span }),
        Name::True => return Ok(Typed::written(1, Kind::Boolean, span)),
        Name::False => return Ok(Typed::written(0, Kind::Boolean, span)),
        Name::Local | Name::Stack | Name::Global => format!("a number in brackets after it, as in `{name}[0]`"),
        Name::Memory(_) => format!("a type and an address after it, as in `{name}.u32[1024]`"),
        Name::Conversion(_) => format!("a value in parentheses after it, as in `{name}(local[0])`"),
    };
    Problem::new(span, format!("expected {expected}"))
}

fn name_of(syntax: &Syntax<'_>) -> Result<Option<Name>, Problem> {
    match syntax.kind {
        SyntaxKind::Name(name) => resolve_at(name, syntax.span).map(Some),
        _ => Ok(None),
    }
}

fn resolve_at(name: &str, span: Span) -> Result<Name, Problem> {
    resolve(name).or_else(|message| Problem::new(span, message))
}

/// A plain number in brackets; `name` is the text before the brackets.
fn number(index: &Syntax<'_>, name: &str) -> Result<u32, Problem> {
    match index.kind {
        SyntaxKind::Integer(value) => match u32::try_from(value) {
            Ok(number) => Ok(number),
            Err(_) => Problem::new(index.span, format!("expected a number of at most 32 bits, found {value}")),
        },
        _ => Problem::new(index.span, format!("expected a plain number, as in `{name}[0]`")),
    }
}

fn at<T>(all: &[T], index: u32) -> Option<&T> {
    usize::try_from(index).ok().and_then(|index| all.get(index))
}

/// The known indices, in words, such as "the function's are 0 to 4".
fn known<T>(owner: &str, all: &[T]) -> String {
    match all.len() {
        0 => format!("{owner} has none"),
        1 => format!("{owner}'s only one is 0"),
        n => format!("{owner}'s are 0 to {}", n.saturating_sub(1)),
    }
}

fn read(place: Place, value_type: ValueType, span: Span) -> Result<Typed, Problem> {
    let (kind, taken) = match value_type {
        ValueType::I32 | ValueType::I64 => (Kind::Integer, As::Integer),
        ValueType::F32 | ValueType::F64 => (Kind::Float, As::Float),
        ValueType::V128 | ValueType::Reference => {
            return Problem::new(span, format!("expected a number, found {value_type}"));
        }
    };
    Ok(Typed { node: Node::Read { place, taken }, kind, span })
}
