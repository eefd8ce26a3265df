//! An `error` of the contract in words, for the user: a debugger may end with any of them.
//!
//! Invariant: every case has a sentence, and the sentence stands after "the debugger failed:".

use super::interfaces::common::{BadCondition, Error, Nearest};
use std::fmt;

/// Shows an error that a debugger ended with.
pub(crate) struct ErrorText<'e>(pub(crate) &'e Error);

impl fmt::Display for ErrorText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Error::Running => f.write_str("the program is running"),
            Error::Exited => f.write_str("the program has ended"),
            Error::Detached => f.write_str("the debugger had given the program up"),
            Error::InHostCall => f.write_str("the program waits in a call of the host"),
            Error::StaleFrame => f.write_str("the frame belongs to an earlier stop"),
            Error::NoFrame(count) => write!(f, "no such frame: the stop has {count}"),
            Error::NoModule(id) => write!(f, "there is no module {id}"),
            Error::NoInstance(id) => write!(f, "there is no instance {id}"),
            Error::NoMemory(index) => write!(f, "the instance has no memory {index}"),
            Error::NoGlobal(index) => write!(f, "the instance has no global {index}"),
            Error::NoTable(index) => write!(f, "the instance has no table {index}"),
            Error::NoFunction(index) => write!(f, "the instance has no function {index}"),
            Error::NoTag(id) => write!(f, "there is no tag {id}"),
            Error::NoReference(Some(id)) => write!(f, "there is no reference {id}"),
            Error::NoReference(None) => f.write_str("the reference cannot be followed"),
            Error::StaleReference => f.write_str("the reference belongs to an earlier stop"),
            Error::NoBreakpoint(id) => write!(f, "there is no breakpoint {id}"),
            Error::NoWatchpoint(id) => write!(f, "there is no watchpoint {id}"),
            Error::NotAnInstruction(nearest) => not_an_instruction(f, *nearest),
            Error::BadCondition(BadCondition { message, .. }) => write!(f, "the condition is wrong: {message}"),
            Error::BadOption(why) => write!(f, "an option is wrong: {why}"),
            Error::BadWatchpoint(why) => write!(f, "the watchpoint is wrong: {why}"),
            Error::WrongType(expected) => write!(f, "wrong type: expected {expected}"),
            Error::ArgumentCount(count) => write!(f, "wrong number of arguments: the function takes {count}"),
            Error::Immutable => f.write_str("it is immutable"),
            Error::CannotGrow(why) => write!(f, "it cannot grow: {why}"),
            Error::NotAtException => f.write_str("the program is not stopped at an exception"),
            Error::TooDeep(limit) => write!(f, "there are {limit} calls inside each other already"),
            Error::OutOfBounds(size) => write!(f, "past the end: the size is {size}"),
            Error::TooLarge(limit) => write!(f, "too large: the host accepts {limit}"),
            Error::HostFailure(why) => write!(f, "the host failed: {why}"),
            Error::Other(text) => f.write_str(text),
        }
    }
}

fn not_an_instruction(f: &mut fmt::Formatter<'_>, nearest: Nearest) -> fmt::Result {
    f.write_str("no instruction begins there")?;
    match (nearest.before, nearest.after) {
        (Some(before), Some(after)) => write!(f, "; the nearest are at {before:#x} and {after:#x}"),
        (Some(one), None) | (None, Some(one)) => write!(f, "; the nearest is at {one:#x}"),
        (None, None) => Ok(()),
    }
}
