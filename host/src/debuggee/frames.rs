//! Walking the stack of a paused program.
//!
//! Invariant: engine frame handles never leave this room, and none outlives the pause it was made in.

use super::modules::Modules;
use super::{Error, Frame, FrameId, InstanceId, Location};
use std::ops::Range;
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut};

/// What a frame says of itself.
pub(super) struct FrameFacts {
    /// Index in the module's function index space.
    pub(super) function: u32,
    pub(super) location: Location,
}

/// Reads function and location of a frame; `None` for a frame that is not of a module's own function.
pub(super) fn facts<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    frame: &FrameHandle,
) -> Result<Option<FrameFacts>, Error> {
    let Some((defined, pc)) = frame.wasm_function_index_and_pc(store.as_context_mut())? else {
        return Ok(None);
    };
    let Some(module) = frame.module(store.as_context_mut())? else {
        return Ok(None);
    };
    let id = modules.id_of(module);
    let n_imported = modules.get(id)?.code.n_imported_functions;
    Ok(Some(FrameFacts {
        function: n_imported.saturating_add(defined.as_u32()),
        location: Location { module: id, pc: pc.raw() },
    }))
}

/// The innermost frame and its location.
pub(super) fn innermost<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
) -> Option<(FrameHandle, Location)> {
    let frame = store.debug_exit_frames().next()?;
    let location = facts(store, modules, &frame).ok()??.location;
    Some((frame, location))
}

/// How many frames there are, over all activations of the current call chain.
pub(super) fn depth<T: 'static>(store: &mut StoreContextMut<'_, T>) -> Result<u32, Error> {
    let n_frames = Walk::default().extend(store, usize::MAX)?;
    Ok(u32::try_from(n_frames).unwrap_or(u32::MAX))
}

/// Whether there are at most so many frames; walks no further than it has to.
pub(super) fn depth_is_at_most<T: 'static>(store: &mut StoreContextMut<'_, T>, limit: u32) -> bool {
    let enough = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    // Frames that cannot be walked are not known to be deeper: better a stop too many than none.
    Walk::default().extend(store, enough).map_or(true, |n_frames| n_frames < enough)
}

/// Some frames of the stop with this number, by their indices.
pub(super) fn list<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    walk: &mut Walk,
    stop: u64,
    indices: Range<u32>,
) -> Result<Vec<Frame>, Error> {
    let to_usize = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
    walk.extend(store, to_usize(indices.end))?;
    let handles = walk.known(to_usize(indices.start), to_usize(indices.end.saturating_sub(indices.start)));
    let mut found = Vec::with_capacity(handles.len());
    for (index, handle) in indices.zip(handles) {
        // A frame without a location would be a trampoline's; the engine does not show those.
        if let Some(FrameFacts { function, location }) = facts(store, modules, handle)? {
            let instance = InstanceId(handle.instance(store.as_context_mut())?.debug_index_in_store());
            found.push(Frame { id: FrameId { stop, index }, instance, function, location });
        }
    }
    Ok(found)
}

/// The frames of one pause, walked as far as somebody has asked.
#[derive(Default)]
pub(super) struct Walk {
    frames: Vec<FrameHandle>,
    /// Innermost frames of the activations not yet walked, the next one last.
    activations: Option<Vec<FrameHandle>>,
}

impl Walk {
    /// Walks until `n_frames` are known or there are no more; gives how many are known.
    pub(super) fn extend<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        n_frames: usize,
    ) -> Result<usize, Error> {
        let activations = self.activations.get_or_insert_with(|| {
            let mut innermost: Vec<_> = store.debug_exit_frames().collect();
            innermost.reverse();
            innermost
        });
        while self.frames.len() < n_frames {
            let parent = match self.frames.last() {
                Some(frame) => frame.parent(store.as_context_mut())?,
                None => None,
            };
            match parent.or_else(|| activations.pop()) {
                Some(frame) => self.frames.push(frame),
                None => break,
            }
        }
        Ok(self.frames.len())
    }

    /// A frame, walked to if need be.
    pub(super) fn frame<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        index: usize,
    ) -> Result<FrameHandle, Error> {
        let n_frames = self.extend(store, index.saturating_add(1))?;
        let n_frames = u32::try_from(n_frames).unwrap_or(u32::MAX);
        self.frames.get(index).cloned().ok_or(Error::NoFrame { n_frames })
    }

    /// The frames known from `first` on, at most `limit`.
    pub(super) fn known(&self, first: usize, limit: usize) -> &[FrameHandle] {
        let rest = self.frames.get(first..).unwrap_or_default();
        rest.get(..limit).unwrap_or(rest)
    }
}
