//! How arguments are read and how answers are written; [`types`](crate::types) has the types that
//! arguments can have.
//!
//! Answers are made of what the bindings print for debugging, in the spelling of the contract.
//! Invariant: no type and no case of an answer is named here, so that a new one needs no line.

use std::fmt::Debug;
use stillpoint_kit::HostError;

/// An error ends the script: `run` returns it.
pub(crate) type Result<T> = std::result::Result<T, HostError>;

/// A mistake of the script's author.
pub(crate) fn mistake(text: impl Into<String>) -> HostError {
    HostError::Other(text.into())
}

/// The name and the arguments of a call, or of a case that is written like one.
pub(crate) fn call(text: &str) -> (&str, Arguments<'_>) {
    match text.split_once('(') {
        Some((name, rest)) => (name, Arguments(rest.strip_suffix(')').unwrap_or(rest))),
        None => (text, Arguments("")),
    }
}

/// Arguments with commas between them, of which those that were read are gone.
pub(crate) struct Arguments<'a>(&'a str);

impl<'a> Arguments<'a> {
    /// The text of the next one; empty if there is none.
    pub(crate) fn text(&mut self) -> &'a str {
        let mut depth = 0;
        let comma = self.0.find(|character| {
            match character {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                _ => {}
            }
            character == ',' && depth == 0
        });
        let (text, rest) = match comma {
            Some(comma) => (&self.0[..comma], &self.0[comma + 1..]),
            None => (self.0, ""),
        };
        self.0 = rest.trim_start();
        text.trim()
    }

    /// The next one, of the type that is needed.
    pub(crate) fn next<T: Argument>(&mut self) -> Result<T> {
        let text = self.text();
        T::read(text).ok_or_else(|| mistake(format!("`{text}` is no {}", std::any::type_name::<T>())))
    }

    /// The next one, or what stands for it if there is none.
    pub(crate) fn next_or<T: Argument>(&mut self, otherwise: T) -> Result<T> {
        if self.is_empty() { Ok(otherwise) } else { self.next() }
    }

    /// All that are left.
    pub(crate) fn rest<T: Argument>(&mut self) -> Result<Vec<T>> {
        let mut rest = Vec::new();
        while !self.is_empty() {
            rest.push(self.next()?);
        }
        Ok(rest)
    }

    /// Whether none is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// There must be none left.
    pub(crate) fn end(&self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(mistake(format!("too many arguments: {}", self.0))) }
    }
}

/// What can be written as an argument.
pub(crate) trait Argument: Sized {
    fn read(text: &str) -> Option<Self>;
}

macro_rules! numbers {
    ($($ty:ty),*) => { $(impl Argument for $ty {
        /// `max` is the largest.
        fn read(text: &str) -> Option<Self> {
            if text == "max" { Some(<$ty>::MAX) } else { text.parse().ok() }
        }
    })* };
}

numbers!(u8, u32, u64, i32, i64);

/// Text as it is, as far as it has no comma outside of brackets.
impl Argument for String {
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// `none`, or what it is.
impl<T: Argument> Argument for Option<T> {
    fn read(text: &str) -> Option<Self> {
        if text == "none" { Some(None) } else { T::read(text).map(Some) }
    }
}

/// `[1, 2]`, or `[0; 100]` for the same a hundred times.
impl<T: Argument + Clone> Argument for Vec<T> {
    fn read(text: &str) -> Option<Self> {
        let inside = text.strip_prefix('[')?.strip_suffix(']')?;
        if let Some((element, times)) = inside.split_once("; ") {
            return Some(vec![T::read(element)?; times.parse().ok()?]);
        }
        Arguments(inside).rest().ok()
    }
}

/// An answer in two lengths, which differ for lists and stops only.
pub(crate) struct Answer {
    pub(crate) short: String,
    pub(crate) whole: String,
}

impl From<String> for Answer {
    fn from(text: String) -> Answer {
        Answer { short: text.clone(), whole: text }
    }
}

/// The answer of a function whose result is shown as it is: the value, or the case of `error`.
pub(crate) fn plain<T: Debug>(result: std::result::Result<T, HostError>) -> Answer {
    Answer::from(match result {
        Ok(value) => words(&value),
        Err(error) => words(&error),
    })
}

/// The answer of a function that returns a list.
pub(crate) fn list<T: Debug>(result: std::result::Result<Vec<T>, HostError>) -> Answer {
    let short = result.as_ref().ok().map(|list| format!("list of {}", list.len()));
    let whole = plain(result).whole;
    Answer { short: short.unwrap_or_else(|| whole.clone()), whole }
}

/// The answer of a function that returns a page of a list: its elements, and where it goes on.
pub(crate) fn page<T: Debug, N: Debug>(result: std::result::Result<(Vec<T>, Option<N>), HostError>) -> Answer {
    match result {
        Ok((items, next)) => {
            let next = next.map(|next| format!(", next {}", words(&next))).unwrap_or_default();
            let Answer { short, whole } = list(Ok(items));
            Answer { short: short + &next, whole: whole + &next }
        }
        Err(error) => plain(Err::<(), _>(error)),
    }
}

/// What is printed for debugging, as the contract spells it: `NoFrame(2)` as `no-frame(2)`,
/// `State::Paused` as `paused`, `Trap { code: … }` as `{ code: … }`.
pub(crate) fn words(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text == "()" {
        return "ok".to_owned();
    }
    let mut words = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => 1 + end_of_text(&rest[1..]),
            _ if first.is_alphabetic() => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        if !first.is_alphabetic() {
            words.push_str(word);
        } else if let Some(after) = rest.strip_prefix("::").or_else(|| rest.strip_prefix(" {").map(|_| &rest[1..])) {
            // The name of a type.
            rest = after;
        } else {
            words.push_str(&kebab(word));
        }
    }
    words
}

/// Where a quoted text ends that has begun, past the quote.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    let end = text.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |quote| quote + 1)
}

/// `NoFrame` and `no_frame` as `no-frame`, `READ` as `read`.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    let mut is_inside = false;
    for character in name.chars() {
        if character.is_uppercase() && is_inside {
            word.push('-');
        }
        is_inside = !character.is_uppercase();
        word.extend(character.to_lowercase());
    }
    word.replace('_', "-")
}
