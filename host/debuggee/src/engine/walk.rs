//! Walks the stack of a paused program, no further than somebody asks.
//!
//! Owned by the pause. Invariant: all frames of one walk belong to the same moment; a program that
//! moves begins a new walk.

use super::frame_trust::FrameTrust;
use super::frozen::Frozen;
use super::instances::InstanceRef;
use super::position::{Position, parent};
use crate::plain::{Error, Frame, FrameId};
use std::ops::Range;
use wasmtime::{AsContextMut, FrameHandle};

/// The frames of one pause, as far as they have been walked.
#[derive(Default)]
pub(crate) struct Walk {
    frames: Vec<FrameHandle>,
    /// The innermost frames of the activations that have not been walked yet, the next one last.
    /// `None` until the first frame is asked for.
    activations: Option<Vec<FrameHandle>>,
    trust: FrameTrust,
}

impl Walk {
    pub(crate) fn new(trust: FrameTrust) -> Walk {
        Walk { trust, ..Walk::default() }
    }

    /// Forgets the frames. They are walked again when somebody asks.
    pub(crate) fn restart(&mut self) {
        *self = Walk::new(self.trust);
    }

    /// How far the innermost frame can be trusted.
    pub(crate) fn trust(&self) -> FrameTrust {
        self.trust
    }

    /// Walks until `n_frames` frames are known or there are no more. Returns how many are known.
    pub(crate) fn extend<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, n_frames: usize) -> Result<usize, Error> {
        let activations = match &mut self.activations {
            Some(activations) => activations,
            None => self.activations.insert(self.trust.exit_frames(frozen)?),
        };
        while self.frames.len() < n_frames {
            let parent = match self.frames.last() {
                Some(frame) => parent(frozen, frame)?,
                None => None,
            };
            match parent.or_else(|| activations.pop()) {
                Some(frame) => self.frames.push(frame),
                None => break,
            }
        }
        Ok(self.frames.len())
    }

    /// The frame at an index, after walking to it if necessary.
    pub(super) fn frame<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, index: usize) -> Result<FrameHandle, Error> {
        let n_frames = self.extend(frozen, index.saturating_add(1))?;
        let n_frames = u32::try_from(n_frames).unwrap_or(u32::MAX);
        self.frames.get(index).cloned().ok_or(Error::NoFrame { n_frames })
    }

    /// The known frames from `first` on, at most `limit` of them.
    fn known(&self, first: usize, limit: usize) -> &[FrameHandle] {
        let rest = self.frames.get(first..).unwrap_or_default();
        rest.get(..limit).unwrap_or(rest)
    }
}

/// The number of frames in all activations of the current call chain.
pub(crate) fn depth<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<u32, Error> {
    let n_frames = Walk::default().extend(frozen, usize::MAX)?;
    Ok(u32::try_from(n_frames).unwrap_or(u32::MAX))
}

/// Whether there are at most `limit` frames. Walks no further than necessary.
pub(crate) fn depth_is_at_most<T: 'static>(frozen: &mut Frozen<'_, T>, limit: u32) -> bool {
    let enough = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    // Frames that cannot be walked are not known to be deeper: a stop too many is better than a
    // missed one.
    Walk::default().extend(frozen, enough).map_or(true, |n_frames| n_frames < enough)
}

/// The frames with these indices, of the stop with the number `stop`.
pub(crate) fn list<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    walk: &mut Walk,
    stop: u64,
    indices: Range<u32>,
) -> Result<Vec<Frame>, Error> {
    let to_usize = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
    walk.extend(frozen, to_usize(indices.end))?;
    let handles = walk.known(to_usize(indices.start), to_usize(indices.end.saturating_sub(indices.start)));
    let mut found = Vec::with_capacity(handles.len());
    for (index, handle) in indices.zip(handles) {
        // A frame without a position would be a trampoline's; the engine does not show those.
        if let Some(Position { function, mut location, .. }) = Position::of(frozen, handle)? {
            if index > 0 {
                location.pc = frozen.known.modules.get_mut(location.module)?.return_pc(function, location.pc);
            }
            let instance = InstanceRef::id_of(handle.instance(frozen.store.as_context_mut())?);
            found.push(Frame { id: FrameId { stop, index }, instance, function, location });
        }
    }
    Ok(found)
}
