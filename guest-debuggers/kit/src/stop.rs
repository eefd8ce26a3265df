//! Small conveniences on the contract's own types: where a stop is, and how its events read.
//!
//! Invariant: nothing here asks the host.

use std::fmt;

use crate::bindings::stillpoint::debugger::breakpoints::{Action, BreakpointSpec, CaptureSpec};
use crate::bindings::stillpoint::debugger::types::{
    BreakpointId, Exit, FrameId, Location, Stop, StopReason, Thrown, Trap, Value,
};
use crate::value::Values;

impl BreakpointSpec {
    /// A breakpoint that stops the program whenever it comes by.
    pub fn at(location: Location) -> BreakpointSpec {
        BreakpointSpec { location, condition: None, ignore: 0, every: 1, one_shot: false, action: Action::Stop }
    }
}

impl From<Location> for BreakpointSpec {
    fn from(location: Location) -> Self {
        BreakpointSpec::at(location)
    }
}

/// Nothing but the location.
impl Default for CaptureSpec {
    fn default() -> Self {
        CaptureSpec { locals: false, operands: false, memory: Vec::new() }
    }
}

impl Stop {
    /// The frame that the program stopped in.
    pub fn frame(&self) -> FrameId {
        FrameId { stop: self.number, index: 0 }
    }

    /// The breakpoints that the program stopped for; none when it stopped for another reason.
    pub fn breakpoints(&self) -> &[BreakpointId] {
        match &self.reason {
            StopReason::Breakpoint(ids) => ids,
            _ => &[],
        }
    }

    /// Whether this is the program's end.
    pub fn is_exit(&self) -> bool {
        matches!(self.reason, StopReason::Exited(_))
    }
}

/// A reason in a few words, such as `exit: code 3`.
impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReason::Entry => write!(f, "entry"),
            StopReason::Breakpoint(_) => write!(f, "breakpoint"),
            StopReason::ConditionFailed(failure) => {
                write!(f, "condition of breakpoint {} failed: {}", failure.breakpoint, one_line(&failure.message))
            }
            StopReason::Step => write!(f, "step"),
            StopReason::RecordsFull => write!(f, "records full"),
            StopReason::Trap(Trap { message, .. }) => write!(f, "trap: {}", one_line(message)),
            StopReason::HostError(text) => write!(f, "host error: {}", one_line(text)),
            StopReason::Exception(thrown) => write!(f, "{thrown}"),
            StopReason::Interrupt => write!(f, "interrupt"),
            StopReason::Exited(exit) => write!(f, "exit: {exit}"),
        }
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caught = if self.caught { "caught" } else { "uncaught" };
        write!(f, "exception ({caught}): ({})", Values::of(&self.payload))
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Returned => write!(f, "returned"),
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

/// The engine's sentences may have several lines; the first that says something is enough beside other events.
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
