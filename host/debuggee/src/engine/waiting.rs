//! A program that is stopped while it waits in a call of the host: its store is in use, so this has
//! none.
//!
//! Invariant: everything that is read of it was noted before the call began.

use super::frozen::Known;
use crate::plain::{Error, Frame, FrameId};

/// A program that is stopped in a call of the host.
pub(crate) struct Waiting<'a> {
    pub(crate) known: &'a mut Known,
    /// The number of the stop.
    pub(crate) stop: u64,
}

impl Waiting<'_> {
    /// The frames that were noted, innermost first.
    pub(crate) fn noted(&self) -> impl ExactSizeIterator<Item = Frame> {
        self.known.host_frames.frames_of(self.stop)
    }

    /// Why nothing can be read of a frame.
    pub(crate) fn refusal(&self, frame: FrameId) -> Error {
        let n_frames = u32::try_from(self.noted().len()).unwrap_or(u32::MAX);
        if frame.stop != self.stop {
            Error::StaleFrame
        } else if frame.index >= n_frames {
            Error::NoFrame { n_frames }
        } else {
            Error::InHostCall
        }
    }
}
