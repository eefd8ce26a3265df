//! Builds the tree of a condition from its tokens: an operator-precedence parser.
//!
//! Invariant: it never recurses deeper than [`MAX_NESTING`], whatever the text.

use super::error::{Problem, Span};
use super::lexer::{Lexer, Token, TokenKind};
use super::operators::{BinaryOperator, UnaryOperator};
use super::syntax::{MAX_HEIGHT, Syntax, SyntaxKind};

/// Maximum depth to which parentheses, brackets, operators before a value and right-hand sides can
/// be nested.
pub(super) const MAX_NESTING: u16 = 64;

/// Parses a whole text.
pub(super) fn parse(text: &str) -> Result<Syntax<'_>, Problem> {
    let mut lexer = Lexer::new(text);
    let token = lexer.next()?;
    let mut parser = Parser { text, lexer, token, nesting: 0 };
    let syntax = parser.expression(0)?;
    match parser.token.kind {
        TokenKind::End => Ok(syntax),
        _ => parser.unexpected("an operator or the end"),
    }
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The next token, which is not consumed yet.
    token: Token,
    nesting: u16,
}

impl<'t> Parser<'t> {
    /// Values joined by operators that bind at least as tightly as `power`.
    fn expression(&mut self, power: u8) -> Result<Syntax<'t>, Problem> {
        self.enter()?;
        let mut left = self.prefixed()?;
        let mut left_is_comparison = false;
        while let Some(operator) = self.binary_operator() {
            if operator.power() < power {
                break;
            }
            let is_comparison = matches!(operator, BinaryOperator::Compare(_));
            if is_comparison && left_is_comparison {
                let message = "comparisons do not chain: write `a < b && b < c`, or put one of them in parentheses";
                return Problem::new(self.token.span, message);
            }
            left_is_comparison = is_comparison;
            self.advance()?;
            let right = self.expression(operator.power().saturating_add(1))?;
            let (span, height) = (left.span.to(right.span), left.height.max(right.height));
            let kind = SyntaxKind::Binary { operator, left: Box::new(left), right: Box::new(right) };
            left = node(kind, span, height)?;
        }
        self.leave();
        Ok(left)
    }

    /// A value with the operators before it.
    fn prefixed(&mut self) -> Result<Syntax<'t>, Problem> {
        let Some(operator) = self.symbol().and_then(UnaryOperator::of_symbol) else {
            return self.suffixed();
        };
        let first = self.token.span;
        self.enter()?;
        self.advance()?;
        let operand = self.prefixed()?;
        self.leave();
        let (span, height) = (first.to(operand.span), operand.height);
        node(SyntaxKind::Unary { operator, operand: Box::new(operand) }, span, height)
    }

    /// A value with the members, indices and calls after it.
    fn suffixed(&mut self) -> Result<Syntax<'t>, Problem> {
        let mut base = self.value()?;
        loop {
            let start = base.span;
            let height = base.height;
            base = match self.symbol() {
                Some(".") => {
                    self.advance()?;
                    let name = self.token;
                    if name.kind != TokenKind::Name {
                        return self.unexpected("a name after `.`");
                    }
                    self.advance()?;
                    let kind = SyntaxKind::Member { base: Box::new(base), name: self.slice(name.span) };
                    node(kind, start.to(name.span), height)?
                }
                Some("[") => {
                    self.advance()?;
                    let index = self.expression(0)?;
                    let end = self.close("]")?;
                    let height = height.max(index.height);
                    let kind = SyntaxKind::Index { base: Box::new(base), index: Box::new(index) };
                    node(kind, start.to(end), height)?
                }
                Some("(") => {
                    self.advance()?;
                    let arguments = self.arguments()?;
                    let end = self.close(")")?;
                    let height = arguments.iter().map(|argument| argument.height).fold(height, u16::max);
                    node(SyntaxKind::Call { function: Box::new(base), arguments }, start.to(end), height)?
                }
                _ => return Ok(base),
            };
        }
    }

    fn arguments(&mut self) -> Result<Vec<Syntax<'t>>, Problem> {
        let mut arguments = Vec::new();
        if self.symbol() == Some(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression(0)?);
            if self.symbol() != Some(",") {
                return Ok(arguments);
            }
            self.advance()?;
        }
    }

    /// A literal, a name, or an expression in parentheses.
    fn value(&mut self) -> Result<Syntax<'t>, Problem> {
        let Token { kind, span } = self.token;
        let kind = match kind {
            TokenKind::Integer(value) => SyntaxKind::Integer(value),
            TokenKind::Float(value) => SyntaxKind::Float(value),
            TokenKind::Name => SyntaxKind::Name(self.slice(span)),
            TokenKind::Symbol("(") => {
                self.advance()?;
                let inner = self.expression(0)?;
                let end = self.close(")")?;
                // Wherever an error points at the expression, it includes the parentheses.
                return Ok(Syntax { span: span.to(end), ..inner });
            }
            TokenKind::Symbol(_) | TokenKind::End => return self.unexpected("a value"),
        };
        self.advance()?;
        node(kind, span, 0)
    }

    fn binary_operator(&self) -> Option<BinaryOperator> {
        self.symbol().and_then(BinaryOperator::of_symbol)
    }

    fn symbol(&self) -> Option<&'static str> {
        match self.token.kind {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    fn advance(&mut self) -> Result<(), Problem> {
        self.token = self.lexer.next()?;
        Ok(())
    }

    /// Consumes the closing symbol `sign`, and returns its place.
    fn close(&mut self, sign: &str) -> Result<Span, Problem> {
        let span = self.token.span;
        if self.symbol() != Some(sign) {
            return self.unexpected(&format!("an operator or `{sign}`"));
        }
        self.advance()?;
        Ok(span)
    }

    fn enter(&mut self) -> Result<(), Problem> {
        self.nesting = self.nesting.saturating_add(1);
        match self.nesting > MAX_NESTING {
            true => {
                Problem::new(self.token.span, format!("expected at most {MAX_NESTING} levels of nesting, found more"))
            }
            false => Ok(()),
        }
    }

    fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn unexpected<T>(&self, expected: &str) -> Result<T, Problem> {
        let text = self.slice(self.token.span);
        let hint = match text {
            "and" => "; write `&&`",
            "or" => "; write `||`",
            _ => "",
        };
        let found = match self.token.kind {
            TokenKind::End => "the end of the condition".to_owned(),
            _ => format!("`{text}`"),
        };
        Problem::new(self.token.span, format!("expected {expected}, found {found}{hint}"))
    }
}

/// A node whose highest child has the given height; 0 for one without children.
fn node(kind: SyntaxKind<'_>, span: Span, height: u16) -> Result<Syntax<'_>, Problem> {
    if height > MAX_HEIGHT {
        let message =
            format!("expected a chain of at most {MAX_HEIGHT} operators, found more; group some in parentheses");
        return Problem::new(span, message);
    }
    Ok(Syntax { kind, span, height: height.saturating_add(1) })
}
