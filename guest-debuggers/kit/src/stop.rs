//! Constructors, shorthands and texts for the contract's own types around stops.
//!
//! Invariant: nothing here asks the host.

use std::fmt;

use crate::contract::common::{
    Accessed, Accesses, BreakpointId, CallEnd, Exit, Location, Stop, StopReason, Thrown, Trap, Value, WatchHit,
};
use crate::value::Values;

impl Stop {
    /// The location of the innermost frame; none where the stop has none.
    pub fn location(&self) -> Option<Location> {
        self.frame.map(|frame| frame.location)
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
            StopReason::Other(text) => f.write_str(one_line(text)),
        }
    }
}

/// Such as `watchpoint 1: write of 4 bytes at 0x1000: 00 00 00 00 -> 2a 00 00 00`. Only the watched
/// ones of the accessed bytes are shown.
impl fmt::Display for WatchHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [(Accesses::READ, "read"), (Accesses::WRITE, "write"), (Accesses::HOST, "host change")];
        let words: Vec<&str> =
            words.into_iter().filter(|(flag, _)| self.kinds.contains(*flag)).map(|(_, word)| word).collect();
        write!(f, "watchpoint {}: {} of ", self.watchpoint, words.join(" and "))?;
        match &self.accessed {
            Accessed::Memory(access) => write!(f, "{} bytes at {:#x}", access.size, access.address)?,
            Accessed::Global => f.write_str("the global")?,
            Accessed::Other(text) => f.write_str(one_line(text))?,
        }
        let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
        match (self.before.as_slice(), self.after.as_slice()) {
            ([], []) => Ok(()),
            (before, after) if before == after => write!(f, ":{}", bytes(after)),
            (before, after) => write!(f, ":{} ->{}", bytes(before), bytes(after)),
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
            CallEnd::Other(text) => f.write_str(one_line(text)),
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
            Exit::Other(text) => f.write_str(one_line(text)),
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
    use crate::contract::common::{MemoryAccess, TrapCode};

    #[test]
    fn hits_of_watchpoints_show_what_was_there_before() {
        let hit = WatchHit {
            watchpoint: 3,
            kinds: Accesses::READ | Accesses::WRITE,
            instruction: None,
            accessed: Accessed::Memory(MemoryAccess { address: 0x1000, size: 2, watched: 0x1001 }),
            before: vec![1],
            after: vec![0x2a],
        };
        assert_eq!(hit.to_string(), "watchpoint 3: read and write of 2 bytes at 0x1000: 01 -> 2a");
        let read = WatchHit { kinds: Accesses::READ, after: vec![1], ..hit.clone() };
        assert_eq!(read.to_string(), "watchpoint 3: read of 2 bytes at 0x1000: 01");
        let global = WatchHit { kinds: Accesses::WRITE, accessed: Accessed::Global, ..hit };
        assert_eq!(global.to_string(), "watchpoint 3: write of the global: 01 -> 2a");
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
