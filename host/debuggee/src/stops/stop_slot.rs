//! The one place from which stops come, and to which they return when nobody needs them any more.
//!
//! A stop is made at one address and handed on by that address, from the handler to the debuggee
//! and to whoever reads the last stop, because moving it costs more than deciding about it. The
//! debuggee keeps the last stop and gives the one before back, so a program that stops ten
//! million times has two stops in memory. Invariant: a number is given out once.

use crate::plain::{Captured, Frame, Stop, StopReason};

/// The numbers of stops, and their memory.
#[derive(Default)]
pub(crate) struct StopSlot {
    /// The number of the latest stop.
    last_number: u64,
    /// A stop that nobody needs any more. The next stop is made in its memory.
    spare: Option<Box<Stop>>,
}

impl StopSlot {
    /// A stop with the next number, in this frame, which gets the stop's number. It carries no
    /// captured data yet.
    pub(crate) fn take(&mut self, reason: StopReason, innermost: Option<Frame>) -> Box<Stop> {
        let mut stop = self.spare.take().unwrap_or_else(|| Box::new(Stop::entry()));
        self.last_number = self.last_number.saturating_add(1);
        // All fields by name, because the memory is that of an earlier stop.
        let Stop { number, reason: its_reason, frame, captured } = &mut *stop;
        *number = self.last_number;
        *its_reason = reason;
        *frame = innermost;
        if let Some(frame) = frame {
            frame.id.stop = *number;
        }
        *captured = Captured::default();
        stop
    }

    /// Takes back a stop that nobody needs any more.
    pub(crate) fn give_back(&mut self, stop: Box<Stop>) {
        self.spare = Some(stop);
    }
}
