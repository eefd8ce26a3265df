//! The errors in the text of a condition, and their places in it.
//!
//! Invariant: an error's range lies within the given text, on character boundaries, and no part of
//! the text reaches a terminal unescaped.

use std::ops::Range;

/// Maximum number of characters of the text that an error shows before, and after, the place that
/// it points at.
const SHOWN_BEFORE: usize = 60;
const SHOWN_AFTER: usize = 40;

/// A part of a condition's text, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// The part from the start of this one to the end of another.
    pub(super) fn to(self, last: Span) -> Span {
        Span { start: self.start, end: last.end }
    }
}

/// An error while it is passed up to the caller, who has the text.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) span: Span,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn new<T>(span: Span, message: impl Into<String>) -> Result<T, Problem> {
        Err(Problem { span, message: message.into() })
    }
}

/// The reason why a text is not a condition that can be set at its location.
///
/// It is displayed as a sentence, the line of the text that the sentence is about, and a line with
/// carets under the wrong part:
///
/// ```text
/// expected a value, found `)`
///   local[0] > )
///              ^
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}\n{picture}")]
pub struct ConditionError {
    range: Range<usize>,
    message: String,
    picture: String,
}

impl ConditionError {
    pub(super) fn new(text: &str, problem: Problem) -> ConditionError {
        let Span { start, end } = problem.span;
        let picture = picture(text, start, end);
        ConditionError { range: start..end, message: problem.message, picture }
    }

    /// The wrong part of the text, as byte offsets. It is empty and at the end of the text if
    /// something is missing there.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The sentence that says what was found and what was expected, without the text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// The line around `start`, and a line with carets under `start..end`.
fn picture(text: &str, start: usize, end: usize) -> String {
    let (before, rest) = text.split_at_checked(start).unwrap_or((text, ""));
    let (marked, after) = rest.split_at_checked(end.saturating_sub(start)).unwrap_or((rest, ""));

    let mut before: Vec<char> = before.chars().rev().take_while(|c| *c != '\n').take(SHOWN_BEFORE).collect();
    before.reverse();
    let marked: Vec<char> = marked.chars().take_while(|c| *c != '\n').take(SHOWN_AFTER).collect();
    let after = after.chars().take_while(|c| *c != '\n').take(SHOWN_AFTER.saturating_sub(marked.len()));

    let n_before = before.len();
    let n_marked = marked.len().max(1);
    let line: String = before.into_iter().chain(marked).chain(after).map(shown).collect();
    let line = format!("  {line}");
    format!("{}\n  {}{}", line.trim_end(), " ".repeat(n_before), "^".repeat(n_marked))
}

/// A character to show in place of `c`: it takes one column and does nothing to a terminal.
fn shown(c: char) -> char {
    match c {
        '\t' | '\r' => ' ',
        c if c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric() => c,
        _ => char::REPLACEMENT_CHARACTER,
    }
}
