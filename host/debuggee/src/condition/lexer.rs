//! Splits a condition's text into tokens.
//!
//! Invariant: every token but the last takes at least one byte of the text, so a text of n bytes
//! has at most n + 1 tokens.

use super::error::{Problem, Span};
use super::operators::{BINARY_OPERATORS, UNARY_OPERATORS};

/// Symbols that are not operators.
const PUNCTUATION: [&str; 6] = ["(", ")", "[", "]", ".", ","];

/// The kind of a token, with its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TokenKind {
    Integer(u64),
    Float(f64),
    Name,
    Symbol(&'static str),
    End,
}

/// A token and its place in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// Reads tokens from the front of a text.
pub(super) struct Lexer<'t> {
    text: &'t str,
    rest: &'t str,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, rest: text }
    }

    /// The next token. Once the text is used up, it is always [`TokenKind::End`].
    pub(super) fn next(&mut self) -> Result<Token, Problem> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else {
            return Ok(self.token(0, TokenKind::End));
        };
        if first.is_ascii_digit() {
            return self.number();
        }
        if is_name(first) {
            let length = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
            return Ok(self.token(length, TokenKind::Name));
        }
        let symbols = BINARY_OPERATORS.iter().map(|(symbol, _)| *symbol);
        let mut symbols = symbols.chain(UNARY_OPERATORS.iter().map(|(symbol, _)| *symbol)).chain(PUNCTUATION);
        if let Some(symbol) = symbols.find(|symbol| self.rest.starts_with(symbol)) {
            return Ok(self.token(symbol.len(), TokenKind::Symbol(symbol)));
        }
        let span = self.token(first.len_utf8(), TokenKind::End).span;
        match first {
            '=' => Problem::new(span, "expected an operator, found `=`; to compare two values write `==`"),
            _ if first.is_ascii_graphic() => {
                Problem::new(span, format!("expected a value or an operator, found `{first}`"))
            }
            // The character is escaped, because it may be invisible or mean something to a
            // terminal.
            _ => Problem::new(
                span,
                format!("expected a value or an operator, found the character {}", first.escape_unicode()),
            ),
        }
    }

    /// Takes a token of `length` bytes from the front of the rest.
    fn token(&mut self, length: usize, kind: TokenKind) -> Token {
        let start = self.text.len().saturating_sub(self.rest.len());
        self.rest = self.rest.get(length..).unwrap_or_default();
        Token { kind, span: Span { start, end: start.saturating_add(length) } }
    }

    fn number(&mut self) -> Result<Token, Problem> {
        let length = number_length(self.rest);
        let text = self.rest.get(..length).unwrap_or_default();
        let kind = number(text);
        let token = self.token(length, TokenKind::End);
        match kind {
            Ok(kind) => Ok(Token { kind, ..token }),
            Err(message) => Problem::new(token.span, message),
        }
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The length of the text that a reader would regard as one number, be it right or wrong.
fn number_length(text: &str) -> usize {
    let is_based = text.starts_with("0x") || text.starts_with("0b");
    let mut before = '0';
    let is_part = |c: char| {
        let is_sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !is_based;
        before = c;
        is_sign || c == '.' || is_name(c)
    };
    let mut is_part = is_part;
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

fn number(text: &str) -> Result<TokenKind, String> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let (digits, base) = match (digits.strip_prefix("0x"), digits.strip_prefix("0b")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 2),
        _ => (digits.as_str(), 10),
    };
    let no_number = || format!("expected a number, found `{text}`");
    if base == 10 && digits.contains(['.', 'e', 'E']) {
        let point_is_amid_digits = digits.split_once('.').is_none_or(|(_, after)| after.starts_with(is_digit));
        if !point_is_amid_digits {
            return Err(format!("expected digits after the point, as in `1.0`; found `{text}`"));
        }
        let float: f64 = digits.parse().map_err(|_| no_number())?;
        return match float.is_finite() {
            true => Ok(TokenKind::Float(float)),
            false => Err("expected a float of at most 1.7976931348623157e308; this is more".to_owned()),
        };
    }
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return Err(no_number());
    }
    let integer = u64::from_str_radix(digits, base);
    integer.map(TokenKind::Integer).map_err(|_| "expected an integer of at most 64 bits; this has more".to_owned())
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}
