//! Walking the stack of a paused program.
//!
//! Invariant: engine frame handles never leave this room, and none outlives the pause it was made in.

use super::modules::Modules;
use super::paused::{Pause, Place};
use super::{Call, Error, Frame, FrameId, InstanceId, Location, StopReason};
use super::{reading, startup};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut, Trap};

/// What a frame says of itself.
pub(crate) struct FrameFacts {
    /// Index in the module's function index space.
    pub(crate) function: u32,
    pub(crate) location: Location,
}

/// Reads function and location of a frame; `None` for a frame that is not of a module's own function.
pub(crate) fn facts<T: 'static>(
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
pub(crate) fn innermost<T: 'static>(
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
pub(crate) fn parent<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    frame: &FrameHandle,
) -> Result<Option<FrameHandle>, Error> {
    let Some(parent) = frame.parent(store.as_context_mut())? else { return Ok(None) };
    Ok(if startup::is_caller(store, modules, frame, &parent)? { None } else { Some(parent) })
}

/// How far the innermost frame of an event can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Innermost {
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
    pub(crate) fn of(reason: &StopReason) -> Innermost {
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
        // The host may have been called by start-up code.
        let others = if modules.replaces_start_function() { Innermost::Suspect } else { Innermost::Sound };
        let mut found;
        if modules.below().is_empty() {
            found = exit_frames.collect::<Vec<_>>();
            found.reverse();
            if others != Innermost::Sound {
                found = found
                    .into_iter()
                    .filter_map(|frame| others.trust(store, frame).transpose())
                    .collect::<Result<_, _>>()?;
            }
        } else {
            let waiting = with_gaps(exit_frames);
            found = below_calls(store, modules, waiting, others)?;
        }
        if let Some(first) = first {
            found.extend(self.trust(store, first)?);
        }
        Ok(found)
    }

    /// The innermost frame of an activation as far as it can be trusted: itself, the one that waits for it, or none.
    fn trust<T: 'static>(
        self,
        store: &mut StoreContextMut<'_, T>,
        frame: FrameHandle,
    ) -> Result<Option<FrameHandle>, Error> {
        Ok(match self {
            Innermost::Sound => Some(frame),
            Innermost::Suspect if startup::is_innermost(store, &frame)? => None,
            Innermost::Suspect => Some(frame),
            // A frame that was never made has no operands. One that waits in a host call that failed with the same trap
            // may have none either, and is passed over as well.
            Innermost::Unmade if frame.num_stacks(store.as_context_mut())? > 0 => Some(frame),
            Innermost::Unmade | Innermost::Unplaced => frame.parent(store.as_context_mut())?,
        })
    }
}

/// A pause that an injected call was made from: its frames are below those of the call, and no sounder than they were.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Below {
    innermost: Innermost,
    /// How many activations there were.
    n_activations: usize,
    /// Whether the function may be the host's. Then the engine shows the innermost of those activations twice, because such a
    /// call does not enter any code that would say where it left (`EntryStoreContext::enter_wasm`).
    may_repeat: bool,
}

impl Below {
    pub(crate) fn of<T: 'static>(
        pause: &Pause,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        call: &Call,
    ) -> Result<Below, Error> {
        let n_activations = if pause.place == Place::Entry { 0 } else { with_gaps(store.debug_exit_frames()).len() };
        let instance = reading::instance(store, call.instance)?;
        let module = modules.id_of(instance.module(&*store));
        let may_repeat = call.function < modules.get(module)?.code.n_imported_functions;
        Ok(Below { innermost: pause.walk.innermost, n_activations, may_repeat })
    }
}

/// The innermost frame of each activation; none where the engine panics on looking for it.
fn with_gaps(mut exit_frames: impl Iterator<Item = FrameHandle>) -> Vec<Option<FrameHandle>> {
    let mut found = Vec::new();
    loop {
        match catch_unwind(AssertUnwindSafe(|| exit_frames.next())) {
            Ok(None) => return found,
            Ok(frame) => found.push(frame),
            Err(_) => found.push(None),
        }
    }
}

/// The innermost frames of the activations that wait, the outermost activation first, in a program with injected calls.
fn below_calls<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &Modules,
    mut waiting: Vec<Option<FrameHandle>>,
    others: Innermost,
) -> Result<Vec<FrameHandle>, Error> {
    waiting.reverse();
    let mut found = Vec::with_capacity(waiting.len());
    // The pause that the activation just seen belongs to, and its frame.
    let mut last = None;
    for (n_outer, frame) in waiting.into_iter().enumerate() {
        let Some(frame) = frame else { continue };
        if let Some((Below { innermost, may_repeat: true, .. }, paused)) = last.take() {
            match (paused, innermost.trust(store, frame.clone())?) {
                (None, None) => continue,
                (Some(paused), Some(frame)) if is_repeated(store, &paused, &frame)? => continue,
                _ => {}
            }
        }
        let below = modules.below().iter().find(|below| below.n_activations == n_outer.saturating_add(1));
        let frame = below.map_or(others, |below| below.innermost).trust(store, frame)?;
        last = below.map(|below| (*below, frame.clone()));
        found.extend(frame);
    }
    Ok(found)
}

/// Whether two activations are one that the engine shows twice. Not certain, but of what a debugger calls, an imported function of
/// another module would have to wait in the same place as the program.
fn is_repeated<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    one: &FrameHandle,
    other: &FrameHandle,
) -> Result<bool, Error> {
    let mut frames = (Some(one.clone()), Some(other.clone()));
    let place = |store: &mut StoreContextMut<'_, T>, frame: &FrameHandle| {
        let place = frame.wasm_function_index_and_pc(store.as_context_mut())?;
        Ok::<_, Error>((frame.instance(store.as_context_mut())?.debug_index_in_store(), place))
    };
    if place(store, one)? != place(store, other)? {
        return Ok(false);
    }
    while let (Some(one), Some(other)) = &frames {
        frames = (one.parent(store.as_context_mut())?, other.parent(store.as_context_mut())?);
    }
    Ok(frames.0.is_none() && frames.1.is_none())
}

/// How many frames there are, over all activations of the current call chain.
pub(crate) fn depth<T: 'static>(store: &mut StoreContextMut<'_, T>, modules: &mut Modules) -> Result<u32, Error> {
    let n_frames = Walk::default().extend(store, modules, usize::MAX)?;
    Ok(u32::try_from(n_frames).unwrap_or(u32::MAX))
}

/// Whether there are at most so many frames; walks no further than it has to.
pub(crate) fn depth_is_at_most<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    limit: u32,
) -> bool {
    let enough = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    // Frames that cannot be walked are not known to be deeper: better a stop too many than none.
    Walk::default().extend(store, modules, enough).map_or(true, |n_frames| n_frames < enough)
}

/// Some frames of the stop with this number, by their indices.
pub(crate) fn list<T: 'static>(
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
pub(crate) struct Walk {
    frames: Vec<FrameHandle>,
    /// Innermost frames of the activations not yet walked, the next one last.
    activations: Option<Vec<FrameHandle>>,
    innermost: Innermost,
}

impl Walk {
    pub(crate) fn new(innermost: Innermost) -> Walk {
        Walk { innermost, ..Walk::default() }
    }

    /// Forgets the frames; they are walked again when somebody asks.
    pub(crate) fn restart(&mut self) {
        *self = Walk::new(self.innermost);
    }

    /// How far the innermost frame can be trusted.
    pub(crate) fn innermost(&self) -> Innermost {
        self.innermost
    }

    /// Walks until `n_frames` are known or there are no more; gives how many are known.
    pub(crate) fn extend<T: 'static>(
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
    pub(crate) fn frame<T: 'static>(
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
    pub(crate) fn known(&self, first: usize, limit: usize) -> &[FrameHandle] {
        let rest = self.frames.get(first..).unwrap_or_default();
        rest.get(..limit).unwrap_or(rest)
    }
}
