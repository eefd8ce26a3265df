//! A paused program with its store's type, and the state that a pause keeps.
//!
//! [`Paused`] is made by the handler for one query and ends with it. Invariant: it is only ever
//! made inside the handler (or before the program has begun), because that is where the engine can
//! see the program's frames.

use super::frame_trust::FrameTrust;
use super::frozen::Frozen;
use super::position::HeldFrame;
use super::walk::Walk;
use crate::plain::{Error, FrameId, Stop, StopReason};
use wasmtime::{AsContextMut, StoreContextMut};

/// The kind of moment at which a program is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PausedAt {
    /// Before the program has begun. There are no frames, and the engine must not be asked for any.
    Entry,
    /// Before the instruction at the stop's location.
    Instruction,
    /// In the middle of a throw, before the engine looks for a handler. `caught` says whether there
    /// is a handler before the next host frame.
    Exception { caught: bool },
    /// In the middle of a trap or of a host call's error, which leaves every frame up to the next
    /// host frame.
    Failure,
}

impl PausedAt {
    /// The kind of moment of a stop with this reason.
    pub(crate) fn of(reason: &StopReason) -> PausedAt {
        match reason {
            StopReason::Entry => PausedAt::Entry,
            StopReason::Exception { caught, .. } => PausedAt::Exception { caught: *caught },
            // After an injected call the program is where it was before, and its `Pause` has been
            // kept.
            StopReason::Trap { .. }
            | StopReason::HostError(_)
            | StopReason::CallFinished(_)
            | StopReason::Exited(_) => PausedAt::Failure,
            StopReason::Breakpoint(_)
            | StopReason::ConditionFailed { .. }
            | StopReason::Watchpoint { .. }
            | StopReason::Step
            | StopReason::Interrupt
            | StopReason::RecordsFull => PausedAt::Instruction,
        }
    }
}

/// The state that one pause keeps between queries.
pub(crate) struct Pause {
    /// The number of the stop.
    pub(crate) stop: u64,
    pub(crate) at: PausedAt,
    pub(crate) walk: Walk,
}

impl Pause {
    /// The pause before the program has begun.
    pub(crate) fn entry() -> Pause {
        Pause { stop: 0, at: PausedAt::Entry, walk: Walk::default() }
    }

    pub(crate) fn at(stop: &Stop) -> Pause {
        let walk = Walk::new(FrameTrust::of(&stop.reason));
        Pause { stop: stop.number, at: PausedAt::of(&stop.reason), walk }
    }
}

/// A paused program. [`Paused::store`] gives the frozen store itself; the methods of
/// [`View`](crate::View) give plain data.
pub struct Paused<'a, T: 'static> {
    pub(crate) frozen: Frozen<'a, T>,
    pub(crate) pause: &'a mut Pause,
}

impl<T: 'static> Paused<'_, T> {
    /// The frozen store, with its data, memories, globals and everything else that the engine
    /// offers on it.
    pub fn store(&mut self) -> StoreContextMut<'_, T> {
        self.frozen.store.as_context_mut()
    }

    /// The frame with this id.
    ///
    /// # Errors
    /// [`Error::StaleFrame`] if the frame is of another stop; [`Error::NoFrame`] if there is no
    /// such frame.
    pub(crate) fn frame(&mut self, frame: FrameId) -> Result<HeldFrame, Error> {
        if frame.stop != self.pause.stop {
            return Err(Error::StaleFrame);
        }
        if self.pause.at == PausedAt::Entry {
            return Err(Error::NoFrame { n_frames: 0 });
        }
        let index = usize::try_from(frame.index).unwrap_or(usize::MAX);
        Ok(HeldFrame(Some(self.pause.walk.frame(&mut self.frozen, index)?)))
    }
}
