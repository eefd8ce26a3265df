//! Why the program stopped, in the protocol's words.
//!
//! Invariant: what the host knows of a stop is in the text that the person at the client reads.

use gdbstub::common::Signal;
use stillpoint_kit::{Exit, StopReason, Thrown, Trap, TrapCode, Values};

use super::breakpoints::{WatchKind, Watchpoints};

/// The exit code of a program that has trapped; the same as that of the host.
const TRAPPED: u8 = 134;

/// Why the program stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A step has ended.
    Step,
    /// A breakpoint.
    Breakpoint,
    /// An access to what is watched from this address on.
    Watchpoint(u64, WatchKind),
    /// The client, or somebody else, wanted it to.
    Interrupt,
    /// Something went wrong in the program, in words.
    Fault(Signal, String),
    /// It has ended, with this exit code; in words, if not as it should.
    Exit(u8, Option<String>),
    /// It was ended.
    Killed,
}

impl Why {
    pub(super) fn of(reason: &StopReason, watchpoints: &Watchpoints, has_trapped: bool) -> Why {
        match reason {
            StopReason::Breakpoint(_) => Why::Breakpoint,
            StopReason::Watchpoint(watch) => match watchpoints.hit(&watch.hits) {
                Some((address, kind)) => Why::Watchpoint(address, kind),
                None => Why::Step,
            },
            StopReason::Interrupt => Why::Interrupt,
            StopReason::Trap(trap) => Why::Fault(signal(trap.code), words(trap)),
            StopReason::HostError(text) => Why::Fault(Signal::SIGABRT, format!("a host function failed: {text}")),
            StopReason::Exception(thrown) => Why::Fault(Signal::SIGABRT, exception(thrown)),
            StopReason::Exited(Exit::Returned(_)) => Why::Exit(0, None),
            // As a shell has it: the low eight bits.
            StopReason::Exited(Exit::Code(code)) => Why::Exit(code.to_le_bytes()[0], None),
            StopReason::Exited(Exit::Failed(text)) => {
                Why::Exit(if has_trapped { TRAPPED } else { 1 }, Some(text.clone()))
            }
            StopReason::Exited(Exit::Killed) => Why::Killed,
            _ => Why::Step,
        }
    }
}

/// The signal that would stop a native program for the same.
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
        _ => Signal::SIGABRT,
    }
}

fn words(trap: &Trap) -> String {
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
        _ => trap.message.strip_prefix("wasm trap: ").unwrap_or(&trap.message),
    };
    text.to_owned()
}

fn exception(thrown: &Thrown) -> String {
    let payload =
        if thrown.payload.is_empty() { String::new() } else { format!(" ({})", Values(thrown.payload.clone())) };
    if thrown.caught {
        format!("exception{payload} that will be caught")
    } else {
        format!("uncaught exception{payload}")
    }
}
