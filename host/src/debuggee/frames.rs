//! Walking the stack of a paused program.
//!
//! Invariant: engine frame handles never leave this room, and none outlives the pause it was made in.

use super::modules::Modules;
use super::startup;
use super::{Error, Frame, FrameId, InstanceId, Location, StopReason};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut, Trap};

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
    innermost: Innermost,
) -> Option<(FrameHandle, Location)> {
    let frame = match innermost {
        Innermost::Sound => store.debug_exit_frames().next()?,
        Innermost::Suspect | Innermost::Unmade | Innermost::Unplaced => {
            Walk::new(innermost).frame(store, modules, 0).ok()?
        }
    };
    let location = facts(store, modules, &frame).ok()??.location;
    Some((frame, location))
}

/// The frame that waits for this one in the same activation.
pub(super) fn parent<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    frame: &FrameHandle,
) -> Result<Option<FrameHandle>, Error> {
    let Some(parent) = frame.parent(store.as_context_mut())? else { return Ok(None) };
    Ok(if startup::is_caller(store, modules, frame, &parent)? { None } else { Some(parent) })
}

/// How far the innermost frame of an event can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Innermost {
    /// It is what it says.
    #[default]
    Sound,
    /// It may be that of a module's start-up code; see there.
    Suspect,
    /// It may be that of a function whose entry found no room on the stack. That check comes before the function stores
    /// which instance it belongs to (`before_translate_function` in the engine's Cranelift crate), so whatever asks the
    /// frame for its instance reads what the stack held before.
    Unmade,
    /// The engine has recorded no position for it (`fuel_check` there): it takes the one before in the code, which may be
    /// another function's, or panics if there is none.
    Unplaced,
}

impl Innermost {
    /// What the frame of a stop is worth.
    pub(super) fn of(reason: &StopReason) -> Innermost {
        match reason {
            StopReason::Trap { code: Trap::StackOverflow } => Innermost::Unmade,
            StopReason::Trap { code: Trap::OutOfFuel } => Innermost::Unplaced,
            StopReason::Trap { .. } | StopReason::HostError(_) | StopReason::Exception { .. } => Innermost::Suspect,
            _ => Innermost::Sound,
        }
    }

    /// The innermost frame of each activation, the innermost activation last. Of the event's own activation it is the
    /// caller if the frame itself cannot be trusted.
    fn exit_frames<T: 'static>(
        self,
        store: &mut StoreContextMut<'_, T>,
        modules: &Modules,
    ) -> Result<Vec<FrameHandle>, Error> {
        if self == Innermost::Suspect && startup::is_alone(store) {
            return Ok(Vec::new());
        }
        let mut exit_frames = store.debug_exit_frames();
        let first = match self {
            Innermost::Sound | Innermost::Unmade => exit_frames.next(),
            Innermost::Suspect | Innermost::Unplaced => {
                catch_unwind(AssertUnwindSafe(|| exit_frames.next())).unwrap_or_default()
            }
        };
        let mut found: Vec<_> = exit_frames.collect();
        found.reverse();
        if modules.replaces_start_function() {
            // The host may have been called by start-up code.
            let mut sound = Vec::with_capacity(found.len());
            for frame in found {
                if !startup::is_innermost(store, &frame)? {
                    sound.push(frame);
                }
            }
            found = sound;
        }
        let first = match (self, first) {
            (_, None) => None,
            (Innermost::Sound, first) => first,
            (Innermost::Suspect, Some(frame)) if startup::is_innermost(store, &frame)? => None,
            (Innermost::Suspect, first) => first,
            // A frame that was never made has no operands. One that waits in a host call that failed with the same trap
            // may have none either, and is passed over as well.
            (Innermost::Unmade, Some(frame)) if frame.num_stacks(store.as_context_mut())? > 0 => Some(frame),
            (Innermost::Unmade | Innermost::Unplaced, Some(frame)) => frame.parent(store.as_context_mut())?,
        };
        found.extend(first);
        Ok(found)
    }
}

/// How many frames there are, over all activations of the current call chain.
pub(super) fn depth<T: 'static>(store: &mut StoreContextMut<'_, T>, modules: &mut Modules) -> Result<u32, Error> {
    let n_frames = Walk::default().extend(store, modules, usize::MAX)?;
    Ok(u32::try_from(n_frames).unwrap_or(u32::MAX))
}

/// Whether there are at most so many frames; walks no further than it has to.
pub(super) fn depth_is_at_most<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    limit: u32,
) -> bool {
    let enough = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    // Frames that cannot be walked are not known to be deeper: better a stop too many than none.
    Walk::default().extend(store, modules, enough).map_or(true, |n_frames| n_frames < enough)
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
    walk.extend(store, modules, to_usize(indices.end))?;
    let handles = walk.known(to_usize(indices.start), to_usize(indices.end.saturating_sub(indices.start)));
    let mut found = Vec::with_capacity(handles.len());
    for (index, handle) in indices.zip(handles) {
        // A frame without a location would be a trampoline's; the engine does not show those.
        if let Some(FrameFacts { function, mut location }) = facts(store, modules, handle)? {
            if index > 0 {
                location.pc = modules.get_mut(location.module)?.return_pc(function, location.pc);
            }
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
    innermost: Innermost,
}

impl Walk {
    pub(super) fn new(innermost: Innermost) -> Walk {
        Walk { innermost, ..Walk::default() }
    }

    /// Walks until `n_frames` are known or there are no more; gives how many are known.
    pub(super) fn extend<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        n_frames: usize,
    ) -> Result<usize, Error> {
        let activations = match &mut self.activations {
            Some(activations) => activations,
            None => self.activations.insert(self.innermost.exit_frames(store, modules)?),
        };
        while self.frames.len() < n_frames {
            let parent = match self.frames.last() {
                Some(frame) => parent(store, modules, frame)?,
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
        modules: &mut Modules,
        index: usize,
    ) -> Result<FrameHandle, Error> {
        let n_frames = self.extend(store, modules, index.saturating_add(1))?;
        let n_frames = u32::try_from(n_frames).unwrap_or(u32::MAX);
        self.frames.get(index).cloned().ok_or(Error::NoFrame { n_frames })
    }

    /// The frames known from `first` on, at most `limit`.
    pub(super) fn known(&self, first: usize, limit: usize) -> &[FrameHandle] {
        let rest = self.frames.get(first..).unwrap_or_default();
        rest.get(..limit).unwrap_or(rest)
    }
}
