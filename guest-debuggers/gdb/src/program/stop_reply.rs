//! [`StopReply`]: why the program stopped, in the protocol's terms.
//!
//! Invariant: every reason of the contract has a case here that tells the truth about it; what the
//! protocol has no word for reaches the user as the host's own text.

use gdbstub::common::Signal;
use stillpoint_kit::{Exit, StopReason, Thrown, Trap, TrapCode, Values};

use super::breakpoints::{WatchKind, Watchpoints};

/// The exit code of a program that has trapped; the host exits with the same one.
const TRAP_EXIT_CODE: u8 = 134;

/// Why the program stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StopReply {
    /// A step has ended.
    Step,
    /// A breakpoint was hit.
    Breakpoint,
    /// A watchpoint was hit. Holds the first address that it watches.
    Watchpoint(u64, WatchKind),
    /// The program was interrupted, by the client or by somebody else.
    Interrupt,
    /// Something went wrong in the program. Holds the text for the user.
    Fault(Signal, String),
    /// The program stopped for something that the protocol has no word for. Holds the host's text.
    Other(String),
    /// The program has ended with this exit code. Holds a text if it has failed.
    Exit(u8, Option<String>),
    /// The program was terminated.
    Killed,
}

impl StopReply {
    /// `has_trapped` says whether the stop before this one was a trap.
    pub(super) fn new(reason: &StopReason, watchpoints: &Watchpoints, has_trapped: bool) -> StopReply {
        match reason {
            StopReason::Entry | StopReason::Step => StopReply::Step,
            StopReason::Breakpoint(_) => StopReply::Breakpoint,
            StopReason::Watchpoint(watch) => match watchpoints.hit(&watch.hits) {
                Some((address, kind)) => StopReply::Watchpoint(address, kind),
                None => StopReply::Step,
            },
            StopReason::Interrupt => StopReply::Interrupt,
            StopReason::Trap(trap) => StopReply::Fault(signal(trap.code), trap_text(trap)),
            StopReason::HostError(text) => StopReply::Fault(Signal::SIGABRT, format!("a host function failed: {text}")),
            StopReason::Exception(thrown) => StopReply::Fault(Signal::SIGABRT, exception_text(thrown)),
            // This debugger sets no conditions, keeps no records and calls no functions, so that
            // these do not happen; if one ever does, the client shows what it is.
            StopReason::ConditionFailed(_)
            | StopReason::RecordsFull
            | StopReason::CallFinished(_)
            | StopReason::Other(_) => StopReply::Other(reason.to_string()),
            StopReason::Exited(Exit::Returned(_)) => StopReply::Exit(0, None),
            // The low eight bits, as shells show exit codes.
            StopReason::Exited(Exit::Code(code)) => StopReply::Exit(code.to_le_bytes()[0], None),
            StopReason::Exited(Exit::Failed(text)) => {
                StopReply::Exit(if has_trapped { TRAP_EXIT_CODE } else { 1 }, Some(text.clone()))
            }
            StopReason::Exited(Exit::Killed) => StopReply::Killed,
            StopReason::Exited(Exit::Other(text)) => StopReply::Exit(1, Some(text.clone())),
        }
    }
}

/// The signal that would stop a native program for the same reason.
fn signal(code: TrapCode) -> Signal {
    match code {
        TrapCode::StackOverflow
        | TrapCode::MemoryOutOfBounds
        | TrapCode::TableOutOfBounds
        | TrapCode::ArrayOutOfBounds
        | TrapCode::NullReference => Signal::SIGSEGV,
        TrapCode::UnalignedAtomic => Signal::SIGBUS,
        TrapCode::IntegerOverflow | TrapCode::DivisionByZero | TrapCode::BadConversionToInteger => Signal::SIGFPE,
        TrapCode::Interrupt => Signal::SIGINT,
        TrapCode::OutOfFuel => Signal::SIGXCPU,
        TrapCode::Unreachable => Signal::SIGILL,
        TrapCode::IndirectCallToNull
        | TrapCode::BadSignature
        | TrapCode::AllocationTooLarge
        | TrapCode::CastFailure
        | TrapCode::Other => Signal::SIGABRT,
    }
}

fn trap_text(trap: &Trap) -> String {
    let text = match trap.code {
        TrapCode::StackOverflow => "stack overflow",
        TrapCode::MemoryOutOfBounds => "out of bounds memory access",
        TrapCode::UnalignedAtomic => "unaligned atomic access",
        TrapCode::TableOutOfBounds => "out of bounds table access",
        TrapCode::IndirectCallToNull => "indirect call to a null table element",
        TrapCode::BadSignature => "indirect call type mismatch",
        TrapCode::IntegerOverflow => "integer overflow",
        TrapCode::DivisionByZero => "integer divide by zero",
        TrapCode::BadConversionToInteger => "invalid conversion to integer",
        TrapCode::Unreachable => "unreachable instruction executed",
        TrapCode::NullReference => "null reference",
        TrapCode::ArrayOutOfBounds => "out of bounds array access",
        TrapCode::CastFailure => "cast failure",
        TrapCode::Interrupt | TrapCode::OutOfFuel | TrapCode::AllocationTooLarge | TrapCode::Other => {
            trap.message.strip_prefix("wasm trap: ").unwrap_or(&trap.message)
        }
    };
    text.to_owned()
}

fn exception_text(thrown: &Thrown) -> String {
    let payload =
        if thrown.payload.is_empty() { String::new() } else { format!(" ({})", Values(thrown.payload.clone())) };
    if thrown.caught {
        format!("exception{payload} that will be caught")
    } else {
        format!("uncaught exception{payload}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stillpoint_kit::{CallEnd, ConditionFailure, Value};

    fn reply(reason: StopReason) -> StopReply {
        StopReply::new(&reason, &Watchpoints::default(), false)
    }

    #[test]
    fn reasons_without_a_word_in_the_protocol_keep_their_text() {
        let failure = ConditionFailure { breakpoint: 3, message: "division by zero".to_owned() };
        assert_eq!(
            reply(StopReason::ConditionFailed(failure)),
            StopReply::Other("condition of breakpoint 3 failed: division by zero".to_owned())
        );
        assert_eq!(reply(StopReason::RecordsFull), StopReply::Other("records full".to_owned()));
        assert_eq!(
            reply(StopReason::CallFinished(CallEnd::Returned(vec![Value::I32(7)]))),
            StopReply::Other("call finished: returned (7)".to_owned())
        );
    }
}
