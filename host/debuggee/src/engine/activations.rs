//! The activations below injected calls: frames that wait while a debugger has a function called on
//! top of them.
//!
//! Invariant: a frame that could not be trusted at the pause from which a call was made is not
//! trusted from inside the call either.

use super::frame_trust::FrameTrust;
use super::frozen::Frozen;
use super::instances::InstanceRef;
use super::paused::{Pause, PausedAt};
use crate::plain::{Call, Error};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{AsContextMut, FrameHandle};

/// The activations of a pause from which an injected call was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OuterActivations {
    trust: FrameTrust,
    /// The number of activations at the pause.
    n_activations: usize,
    /// Whether the called function may be the host's. The engine then shows the innermost of those
    /// activations twice, because such a call does not enter any code that would record where it
    /// left (`EntryStoreContext::enter_wasm`).
    may_repeat: bool,
}

impl OuterActivations {
    /// Counts the activations of a pause before a call is made from it.
    pub(crate) fn of<T: 'static>(
        pause: &Pause,
        frozen: &mut Frozen<'_, T>,
        call: &Call,
    ) -> Result<OuterActivations, Error> {
        let n_activations =
            if pause.at == PausedAt::Entry { 0 } else { activation_frames(frozen.store.debug_exit_frames()).len() };
        let instance = InstanceRef::handle(frozen, call.instance)?;
        let module = frozen.known.modules.id_of(instance.module(&frozen.store));
        let may_repeat = call.function < frozen.known.modules.get(module)?.n_imported_functions();
        Ok(OuterActivations { trust: pause.walk.trust(), n_activations, may_repeat })
    }
}

/// The innermost frame of each activation; `None` where the engine panics when it looks for it.
pub(super) fn activation_frames(mut exit_frames: impl Iterator<Item = FrameHandle>) -> Vec<Option<FrameHandle>> {
    let mut found = Vec::new();
    loop {
        match catch_unwind(AssertUnwindSafe(|| exit_frames.next())) {
            Ok(None) => return found,
            Ok(frame) => found.push(frame),
            Err(_) => found.push(None),
        }
    }
}

/// The innermost frames of the waiting activations, outermost activation first, in a program with
/// injected calls.
pub(super) fn trusted_outer_frames<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    mut waiting: Vec<Option<FrameHandle>>,
    outer_trust: FrameTrust,
) -> Result<Vec<FrameHandle>, Error> {
    waiting.reverse();
    let mut found = Vec::with_capacity(waiting.len());
    // The outer pause to which the activation visited last belongs, and that activation's frame.
    let mut last = None;
    for (n_outer, frame) in waiting.into_iter().enumerate() {
        let Some(frame) = frame else { continue };
        if let Some((OuterActivations { trust, may_repeat: true, .. }, paused)) = last.take() {
            match (paused, trust.trust(frozen, frame.clone())?) {
                (None, None) => continue,
                (Some(paused), Some(frame)) if is_repeated(frozen, &paused, &frame)? => continue,
                _ => {}
            }
        }
        let is_its = |outer: &&OuterActivations| outer.n_activations == n_outer.saturating_add(1);
        let outer = frozen.known.outer.iter().find(is_its).copied();
        let frame = outer.map_or(outer_trust, |outer| outer.trust).trust(frozen, frame)?;
        last = outer.map(|outer| (outer, frame.clone()));
        found.extend(frame);
    }
    Ok(found)
}

/// Whether two activations are the same one, which the engine shows twice. This is not certain. It
/// would be wrong if the debugger called an imported function of another module and that function
/// waited at the same position as the program.
fn is_repeated<T: 'static>(frozen: &mut Frozen<'_, T>, one: &FrameHandle, other: &FrameHandle) -> Result<bool, Error> {
    let place = |frozen: &mut Frozen<'_, T>, frame: &FrameHandle| {
        let place = frame.wasm_function_index_and_pc(frozen.store.as_context_mut())?;
        Ok::<_, Error>((InstanceRef::id_of(frame.instance(frozen.store.as_context_mut())?), place))
    };
    if place(frozen, one)? != place(frozen, other)? {
        return Ok(false);
    }
    let mut frames = (Some(one.clone()), Some(other.clone()));
    while let (Some(one), Some(other)) = &frames {
        frames = (one.parent(frozen.store.as_context_mut())?, other.parent(frozen.store.as_context_mut())?);
    }
    Ok(frames.0.is_none() && frames.1.is_none())
}
