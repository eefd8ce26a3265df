//! The errors of the kit, and their texts.
//!
//! Invariant: an error of the host keeps its case, so that a debugger can act on it.

use std::fmt;

use crate::contract::common::{Error as HostError, Nearest};

/// The result of a debugger's `run`: any error will do.
pub type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Why a function of the kit failed. The texts are meant for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The host refused, for one of the contract's reasons. Which of them a function can return is
    /// listed at the function; [the front page](crate#the-state-of-the-program) says when `running` and `exited`
    /// come.
    Host(HostError),
    /// The program's binary could not be read. Holds the reason.
    Code(String),
    /// A record of a tracepoint or of a recorded step could not be read. Holds the reason.
    Record(&'static str),
    /// The host packs records in another format than this kit reads. Holds the number of the
    /// host's format.
    RecordFormat(u8),
}

impl Error {
    /// The host's reason, if the host refused.
    pub fn host(&self) -> Option<&HostError> {
        match self {
            Error::Host(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Code(text) => write!(f, "the program's code could not be read: {text}"),
            Error::Record(text) => write!(f, "a record could not be read: {text}"),
            Error::RecordFormat(format) => {
                write!(f, "the host packs records in format {format}, and this debugger reads format 1 only")
            }
            Error::Host(error) => match error {
                HostError::Running => write!(f, "the program is running"),
                HostError::Exited => write!(f, "the program has ended"),
                HostError::Detached => write!(f, "this debugger has given the program up"),
                HostError::InHostCall => write!(f, "the program waits in a call of the host"),
                HostError::StaleFrame => write!(f, "the frame belongs to an earlier stop"),
                HostError::NoFrame(count) => write!(f, "no such frame: the stop has {count}"),
                HostError::NoModule(id) => write!(f, "there is no module {id}"),
                HostError::NoInstance(id) => write!(f, "there is no instance {id}"),
                HostError::NoMemory(index) => write!(f, "the instance has no memory {index}"),
                HostError::NoGlobal(index) => write!(f, "the instance has no global {index}"),
                HostError::NoTable(index) => write!(f, "the instance has no table {index}"),
                HostError::NoTag(id) => write!(f, "there is no tag {id:#x}"),
                HostError::NoReference(Some(id)) => write!(f, "there is no reference {id}"),
                HostError::NoReference(None) => write!(f, "the reference cannot be followed"),
                HostError::StaleReference => write!(f, "the reference belongs to an earlier stop"),
                HostError::WrongType(expected) => write!(f, "wrong type: expected {expected}"),
                HostError::Immutable => write!(f, "it is immutable"),
                HostError::CannotGrow(text) => write!(f, "it cannot grow: {text}"),
                HostError::NotAtException => write!(f, "the program is not stopped at an exception"),
                HostError::NoWatchpoint(id) => write!(f, "there is no watchpoint {id}"),
                HostError::BadOption(why) => write!(f, "an option is wrong: {why}"),
                HostError::BadWatchpoint(why) => write!(f, "the watchpoint is wrong: {why}"),
                HostError::NoFunction(index) => write!(f, "the instance has no function {index}"),
                HostError::ArgumentCount(count) => write!(f, "wrong number of arguments: the function takes {count}"),
                HostError::TooDeep(limit) => write!(f, "there are {limit} calls inside each other already"),
                HostError::NoBreakpoint(id) => write!(f, "there is no breakpoint {id}"),
                HostError::NotAnInstruction(nearest) => not_an_instruction(f, *nearest),
                HostError::BadCondition(bad) => write!(f, "the condition is wrong: {}", bad.message),
                HostError::OutOfBounds(size) => write!(f, "past the end: the size is {size}"),
                HostError::TooLarge(limit) => write!(f, "too large: the host accepts {limit}"),
                HostError::HostFailure(text) => write!(f, "the host failed: {text}"),
                HostError::Other(text) => f.write_str(text),
            },
        }
    }
}

fn not_an_instruction(f: &mut fmt::Formatter<'_>, nearest: Nearest) -> fmt::Result {
    write!(f, "no instruction begins there")?;
    match (nearest.before, nearest.after) {
        (Some(before), Some(after)) => write!(f, "; the nearest are at {before:#x} and {after:#x}"),
        (Some(one), None) | (None, Some(one)) => write!(f, "; the nearest is at {one:#x}"),
        (None, None) => Ok(()),
    }
}

impl std::error::Error for Error {}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        Error::Host(error)
    }
}

/// What a debugger's `run` ends with, in the contract's terms: a reason of the host's keeps its
/// case, and anything else becomes text.
pub(crate) fn into_host_error(error: &(dyn std::error::Error + 'static)) -> HostError {
    let of_kit = error.downcast_ref::<Error>().and_then(Error::host);
    match of_kit.or_else(|| error.downcast_ref::<HostError>()) {
        Some(error) => error.clone(),
        None => HostError::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_named() {
        let error = Error::from(HostError::NotAnInstruction(Nearest { before: Some(0x20), after: Some(0x23) }));
        assert_eq!(error.to_string(), "no instruction begins there; the nearest are at 0x20 and 0x23");
        let error = Error::from(HostError::NotAnInstruction(Nearest { before: None, after: Some(0x23) }));
        assert_eq!(error.to_string(), "no instruction begins there; the nearest is at 0x23");
    }

    #[test]
    fn a_reason_of_the_host_keeps_its_case() {
        let end = |error: Box<dyn std::error::Error>| into_host_error(&*error);
        assert_eq!(end(Error::Host(HostError::NoBreakpoint(7)).into()), HostError::NoBreakpoint(7));
        assert_eq!(end(HostError::Exited.into()), HostError::Exited);
        assert_eq!(end("no port is free".into()), HostError::Other("no port is free".to_owned()));
        let format = "the host packs records in format 2, and this debugger reads format 1 only";
        assert_eq!(end(Error::RecordFormat(2).into()), HostError::Other(format.to_owned()));
    }

    #[test]
    fn the_question_mark_takes_a_host_error() {
        fn fails() -> Result {
            Err(Error::from(HostError::NoModule(7)))?
        }
        assert_eq!(fails().expect_err("it fails").to_string(), "there is no module 7");
    }
}
