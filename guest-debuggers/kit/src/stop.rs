//! Constructors, shorthands and texts for the contract's own types around stops.
//!
//! Invariant: nothing here asks the host.

use std::fmt;

use crate::bindings::stillpoint::debugger::breakpoints::{Action, BreakpointSpec, CaptureSpec};
use crate::bindings::stillpoint::debugger::types::{
    Accesses, BreakpointId, CallEnd, Exit, FrameId, Location, Stop, StopReason, Thrown, Trap, Value, WatchHit,
};
use crate::bindings::stillpoint::debugger::watchpoints::{WatchSpec, WatchTarget};
use crate::value::Values;

impl BreakpointSpec {
    /// A breakpoint that stops the program each time it comes to the location.
    pub fn at(location: Location) -> BreakpointSpec {
        BreakpointSpec { location, condition: None, ignore: 0, every: 1, one_shot: false, action: Action::Stop }
    }
}

impl From<Location> for BreakpointSpec {
    fn from(location: Location) -> Self {
        BreakpointSpec::at(location)
    }
}

/// Captures nothing but the location.
impl Default for CaptureSpec {
    fn default() -> Self {
        CaptureSpec { locals: false, operands: false, memory: Vec::new() }
    }
}

impl WatchSpec {
    /// A watchpoint that stops the program at each of these accesses.
    pub fn new(target: WatchTarget, accesses: Accesses) -> WatchSpec {
        WatchSpec { target, accesses, on_change: false, ignore: 0, every: 1, one_shot: false }
    }
}

impl Stop {
    /// The innermost frame.
    pub fn frame(&self) -> FrameId {
        FrameId { stop: self.number, index: 0 }
    }

    /// The breakpoints for which the program stopped; none if it stopped for another reason.
    pub fn breakpoints(&self) -> &[BreakpointId] {
        match &self.reason {
            StopReason::Breakpoint(ids) => ids,
            StopReason::Watchpoint(watch) => &watch.breakpoints,
            _ => &[],
        }
    }

    /// The accesses for which the program stopped, in order; none if it stopped for another reason.
    pub fn watch_hits(&self) -> &[WatchHit] {
        match &self.reason {
            StopReason::Watchpoint(watch) => &watch.hits,
            _ => &[],
        }
    }

    /// Whether this is the program's end.
    pub fn is_exit(&self) -> bool {
        matches!(self.reason, StopReason::Exited(_))
    }
}

/// In a few words, such as `exit: code 3`.
impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReason::Entry => write!(f, "entry"),
            StopReason::Breakpoint(_) => write!(f, "breakpoint"),
            StopReason::ConditionFailed(failure) => {
                write!(f, "condition of breakpoint {} failed: {}", failure.breakpoint, one_line(&failure.message))
            }
            StopReason::Watchpoint(watch) => {
                for (n, hit) in watch.hits.iter().enumerate() {
                    write!(f, "{}{hit}", if n == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            StopReason::Step => write!(f, "step"),
            StopReason::RecordsFull => write!(f, "records full"),
            StopReason::Trap(Trap { message, .. }) => write!(f, "trap: {}", one_line(message)),
            StopReason::HostError(text) => write!(f, "host error: {}", one_line(text)),
            StopReason::Exception(thrown) => write!(f, "{thrown}"),
            StopReason::Interrupt => write!(f, "interrupt"),
            StopReason::CallFinished(end) => write!(f, "call finished: {end}"),
            StopReason::Exited(exit) => write!(f, "exit: {exit}"),
        }
    }
}

/// Such as `watchpoint 1: write of 4 bytes at 0x1000: 00 00 00 00 -> 2a 00 00 00`. Only the watched
/// ones of the accessed bytes are shown.
impl fmt::Display for WatchHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [(Accesses::READ, "read"), (Accesses::WRITE, "write"), (Accesses::HOST, "host change")];
        let words: Vec<&str> =
            words.into_iter().filter(|(flag, _)| self.access.contains(*flag)).map(|(_, word)| word).collect();
        write!(
            f,
            "watchpoint {}: {} of {} bytes at {:#x}",
            self.watchpoint,
            words.join(" and "),
            self.size,
            self.address
        )?;
        let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
        match (self.old.as_slice(), self.new.as_slice()) {
            ([], []) => Ok(()),
            (old, new) if old == new => write!(f, ":{}", bytes(new)),
            (old, new) => write!(f, ":{} ->{}", bytes(old), bytes(new)),
        }
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caught = if self.caught { "caught" } else { "uncaught" };
        write!(f, "exception ({caught}): ({})", Values::of(&self.payload))
    }
}

impl fmt::Display for CallEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallEnd::Returned(results) => write!(f, "returned ({})", Values::of(results)),
            CallEnd::Trap(Trap { message, .. }) => write!(f, "trap: {}", one_line(message)),
            CallEnd::Exception(payload) => write!(f, "exception: ({})", Values::of(payload)),
            CallEnd::Code(code) => write!(f, "code {code}"),
            CallEnd::Failed(text) => write!(f, "failed: {}", one_line(text)),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Returned(results) if results.is_empty() => write!(f, "returned"),
            Exit::Returned(results) => write!(f, "returned ({})", Values::of(results)),
            Exit::Code(code) => write!(f, "code {code}"),
            Exit::Failed(text) => write!(f, "failed: {}", one_line(text)),
            Exit::Killed => write!(f, "killed"),
        }
    }
}

impl Values {
    fn of(values: &[Value]) -> Values {
        Values(values.to_vec())
    }
}

/// Takes the first line with text: the engine's messages may have several lines.
fn one_line(text: &str) -> &str {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.strip_prefix("wasm trap: ").unwrap_or(line)
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module {} at {:#x}", self.module, self.pc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::stillpoint::debugger::types::TrapCode;

    #[test]
    fn hits_of_watchpoints_show_what_was_there_before() {
        let hit = WatchHit {
            watchpoint: 3,
            access: Accesses::READ | Accesses::WRITE,
            by: None,
            address: 0x1000,
            size: 2,
            begin: 0x1001,
            old: vec![1],
            new: vec![0x2a],
        };
        assert_eq!(hit.to_string(), "watchpoint 3: read and write of 2 bytes at 0x1000: 01 -> 2a");
        let read = WatchHit { access: Accesses::READ, new: vec![1], ..hit };
        assert_eq!(read.to_string(), "watchpoint 3: read of 2 bytes at 0x1000: 01");
    }

    #[test]
    fn events_read_as_one_line() {
        let trap = Trap { code: TrapCode::DivisionByZero, message: "wasm trap: integer divide by zero\n".to_owned() };
        assert_eq!(StopReason::Trap(trap).to_string(), "trap: integer divide by zero");
        let thrown = Thrown { caught: false, payload: vec![Value::I32(7), Value::I64(-2)] };
        assert_eq!(StopReason::Exception(thrown).to_string(), "exception (uncaught): (7, -2)");
        let failed = Exit::Failed("\nerror while executing\n\nCaused by: x".to_owned());
        assert_eq!(StopReason::Exited(failed).to_string(), "exit: failed: error while executing");
        assert_eq!(StopReason::Exited(Exit::Code(3)).to_string(), "exit: code 3");
    }
}
