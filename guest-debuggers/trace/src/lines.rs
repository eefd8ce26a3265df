//! Prints the lines of a trace, and counts them.
//!
//! Invariant: after the last line that the limit allows, only the note about the limit is printed.

use std::fmt;
use std::num::NonZeroU64;

use stillpoint_kit::{Code, Result, Session, Stop, print, println};

/// Calls deeper than this are not indented further; their depth is printed instead.
const MAX_INDENT: u32 = 30;

/// Prints lines until the limit is reached.
pub(crate) struct Lines {
    limit: Option<NonZeroU64>,
    printed: u64,
}

impl Lines {
    pub(crate) fn new(limit: Option<NonZeroU64>) -> Lines {
        Lines { limit, printed: 0 }
    }

    /// Prints a line, unless the limit has been reached.
    pub(crate) fn print(&mut self, line: fmt::Arguments<'_>) {
        if !self.is_full() {
            self.printed += 1;
            println!("{line}");
        }
    }

    /// Prints a stop that is neither a breakpoint nor a step.
    pub(crate) fn print_event(&mut self, session: &Session, stop: &Stop, code: &Code) -> Result {
        let reason = session.describe(stop, code)?;
        match stop.location() {
            None => self.print(format_args!("{reason}")),
            Some(location) => match code.function_at(location) {
                Some(function) => {
                    self.print(format_args!("{reason}, in {} at {:#x}", code.label(function), location.pc));
                }
                None => self.print(format_args!("{reason}, in {location}")),
            },
        }
        Ok(())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.printed >= limit.get())
    }

    /// Ends the trace because the limit is reached: lets the program go on by itself, if it has not
    /// ended.
    pub(crate) fn end_early(&self, session: &Session, stop: &Stop) -> Result {
        let lines = if self.printed == 1 { "line" } else { "lines" };
        print!("trace: {} {lines} printed, as --limit asks; the program goes on\n", self.printed);
        if !stop.is_exit() {
            session.detach()?;
        }
        Ok(())
    }
}

/// The depth from which on the exact depth of a call is not found out: every call would cost a walk
/// over all its callers.
pub(crate) const MAX_DEPTH: u32 = 1000;

/// The space before a call at this depth; the outermost function has depth 1.
pub(crate) struct Indent(pub(crate) u32);

impl fmt::Display for Indent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels = self.0.saturating_sub(1);
        for _ in 0..levels.min(MAX_INDENT) {
            f.write_str("  ")?;
        }
        match self.0 {
            MAX_DEPTH.. => write!(f, "[{MAX_DEPTH} or more] "),
            depth if levels > MAX_INDENT => write!(f, "[{depth}] "),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_indented_until_it_is_too_deep() {
        assert_eq!(Indent(0).to_string(), "");
        assert_eq!(Indent(1).to_string(), "");
        assert_eq!(Indent(3).to_string(), "    ");
        assert_eq!(Indent(31).to_string(), " ".repeat(60));
        assert_eq!(Indent(999).to_string(), " ".repeat(60) + "[999] ");
        assert_eq!(Indent(5000).to_string(), " ".repeat(60) + "[1000 or more] ");
    }
}
