#![doc = include_str!("language.md")]
//!
//! # From text to answer
//! ```text
//! text ─ lexer ─▶ tokens ─ parser ─▶ syntax ─ check, combine ─▶ typed ─ code ─▶ flat form ─ evaluate ─▶ true, false
//!                                               ▲ Scope                                     ▲ Machine     or a Fault
//! ```
//! Everything but the last arrow happens once, in [`Condition::parse`]. [`Condition::evaluate`]
//! neither allocates nor recurses.
//!
//! A condition is owned by whoever sets the breakpoint. Invariant: nothing here touches a store; a
//! program is seen only through [`Machine`].

mod arithmetic;
mod check;
mod code;
mod combine;
mod error;
mod evaluate;
mod fault;
mod lexer;
mod machine;
mod names;
mod numbers;
mod operators;
mod parser;
mod scope;
mod syntax;
#[cfg(test)]
mod tests;
mod typed;

pub use error::ConditionError;
pub use fault::{Fault, Place};
pub use machine::{Machine, Number, Operand, Unavailable, Width};
pub use numbers::{IntegerType, Scalar};
pub use scope::{IndexType, Scope, ValueType};

use code::{Code, Op};
use error::{Problem, Span};

/// Maximum length of a condition's text, in bytes.
pub const MAX_TEXT: usize = 4096;

/// A condition: an expression over the program's state that is true or false. The language is
/// described in the [module](self).
///
/// ```
/// use stillpoint_debuggee::condition::{Condition, Scope, ValueType};
///
/// let mut scope = Scope::default();
/// scope.locals = &[ValueType::I32, ValueType::F64];
/// let condition = Condition::parse("local[0] % 16 == 3 || local[1] < 0.5", &scope)?;
/// assert_eq!(condition.locals(), [0, 1]);
///
/// let error = Condition::parse("local[0] == 1 && local[2]", &scope).unwrap_err();
/// assert_eq!(error.to_string(), "\
/// no local 2 here: the function's are 0 to 1
///   local[0] == 1 && local[2]
///                          ^");
/// # Ok::<(), stillpoint_debuggee::condition::ConditionError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Condition {
    text: Box<str>,
    code: Code,
    locals: Box<[u32]>,
    uses_operands: bool,
    uses_depth: bool,
}

impl Condition {
    /// Parses a text and checks it against the scope of the condition's location.
    ///
    /// # Errors
    /// The first mistake in the text, with the part of the text that is wrong.
    pub fn parse(text: &str, scope: &Scope<'_>) -> Result<Condition, ConditionError> {
        compile(text, scope).map(|code| Condition::of(text, code)).map_err(|problem| ConditionError::new(text, problem))
    }

    fn of(text: &str, code: Code) -> Condition {
        let mut locals = Vec::new();
        let (mut uses_operands, mut uses_depth) = (false, false);
        for op in &code.ops {
            match op {
                Op::LocalIs { index, .. } | Op::Read { place: Place::Local(index), .. } => locals.push(*index),
                Op::Read { place: Place::Operand(_), .. } => uses_operands = true,
                Op::Depth => uses_depth = true,
                _ => {}
            }
        }
        locals.sort_unstable();
        locals.dedup();
        Condition { text: text.into(), code, locals: locals.into_boxed_slice(), uses_operands, uses_depth }
    }

    /// The text that the condition was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the condition holds now.
    ///
    /// # Errors
    /// The reason why there is no answer. Such a hit must stop the program, so that it does not go
    /// unnoticed.
    #[inline]
    pub fn evaluate<M: Machine + ?Sized>(&self, machine: &mut M) -> Result<bool, Fault> {
        evaluate::evaluate(&self.code, machine)
    }

    /// The locals that an evaluation may read, in ascending order.
    #[must_use]
    pub fn locals(&self) -> &[u32] {
        &self.locals
    }

    /// Whether an evaluation may read operands.
    #[must_use]
    pub fn uses_operands(&self) -> bool {
        self.uses_operands
    }

    /// Whether an evaluation may count the frames, which takes longer the more frames there are.
    #[must_use]
    pub fn uses_depth(&self) -> bool {
        self.uses_depth
    }
}

fn compile(text: &str, scope: &Scope<'_>) -> Result<Code, Problem> {
    if text.len() > MAX_TEXT {
        let start = text.floor_char_boundary(MAX_TEXT);
        let message = format!("expected at most {MAX_TEXT} bytes, found {}", text.len());
        return Problem::new(Span { start, end: text.len() }, message);
    }
    let syntax = parser::parse(text)?;
    let typed = check::check(&syntax, scope)?;
    code::compile(&typed)
}
