//! Lists of options, each kind of which may be given once, and batches of specifications that have
//! them.
//!
//! Invariant: the texts name the option as the contract does.

use super::convert;
use super::interfaces::common::Error;
use crate::debuggee;

/// The kinds of option that a list has had so far.
#[derive(Default)]
pub(super) struct Once(u32);

impl Once {
    /// Notes an option, by the number of its kind (below 32).
    ///
    /// # Errors
    /// Why the list is refused: the kind was there before.
    pub(super) fn note(&mut self, number: u32, name: &str) -> Result<(), String> {
        let bit = 1_u32.wrapping_shl(number);
        if self.0 & bit != 0 {
            return Err(format!("`{name}` is given twice"));
        }
        self.0 |= bit;
        Ok(())
    }
}

/// Hands on what of a batch is right by itself, and answers all of it in its order. `edit` answers
/// each of the changes that it is given, with an id; `answer` makes of it what the contract has.
///
/// # Errors
/// `too-large` for more than `limit` of them, and those of `edit`.
pub(super) fn batch<S, C, I, A>(
    specs: Vec<S>,
    limit: usize,
    to_change: impl Fn(S) -> Result<C, Error>,
    edit: impl FnOnce(&[C]) -> Result<Vec<Result<I, debuggee::Error>>, debuggee::Error>,
    answer: impl Fn(I) -> A,
) -> Result<Vec<Result<A, Error>>, Error> {
    if specs.len() > limit {
        return Err(Error::TooLarge(u64::try_from(limit).unwrap_or(u64::MAX)));
    }
    let mut changes = Vec::with_capacity(specs.len());
    let mut refused = Vec::with_capacity(specs.len());
    for spec in specs {
        refused.push(to_change(spec).map(|change| changes.push(change)).err());
    }
    let mut answers = edit(&changes).map_err(convert::error)?.into_iter();
    let mut next = || match answers.next() {
        Some(answered) => answered.map(&answer).map_err(convert::error),
        None => Err(Error::HostFailure("a change without an answer".to_owned())),
    };
    Ok(refused.into_iter().map(|error| error.map_or_else(&mut next, Err)).collect())
}
