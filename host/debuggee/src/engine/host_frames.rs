//! The frames of a program that has called the host, noted before the call begins.
//!
//! While a host function waits, its future holds the store, so nobody can look at the program's
//! frames. They are copied when the program calls the host. The engine tells of every exit from the
//! program's code (`maybe_catch_unwind` in its `traphandlers.rs`), and does not tell which: beside
//! calls of host functions these are its own helpers, for traps, epoch checks, breakpoints, growing
//! memories and more. At some of those the innermost frame must not be looked at; see `FrameTrust`.
//!
//! Invariant: frames are read only where the innermost one is known to be at a call instruction.
//! The engine's plain backtrace, which may be asked for anywhere, decides that. It is slow, so it is
//! asked once per place; and each time where the frame might not be one: in the first exit of an
//! activation (which may be start-up code), when an epoch may have passed, and with fuel.

use super::frozen::Frozen;
use super::instances::InstanceRef;
use super::position::HeldFrame;
use super::walk::{Walk, list};
use crate::plain::{Error, Frame, FrameId, Location, MAX_HOST_CALL_FRAMES, ModuleId};
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{AsContextMut, FrameHandle, Store, WasmBacktrace};

/// The frames of the call of the host that the program is in, and what is known of such calls.
#[derive(Default)]
pub(crate) struct HostFrames {
    /// Innermost first, as of the call that was noted last. Their stop is not known yet.
    frames: Vec<Frame>,
    /// Whether a place is one from which the host is called, or where another helper of the engine
    /// is: by the index of a defined function and the engine's offset in its module.
    places: FxHashMap<(u32, u32), bool>,
    /// The number of modules for which `places` are right.
    n_modules: usize,
    /// Whether the present activation is known to be in a function of the program.
    is_activation_known: bool,
    /// Whether the program may run out of fuel.
    has_fuel: bool,
}

impl HostFrames {
    /// The frames that were noted last, innermost first, as those of a stop.
    pub(crate) fn frames_of(&self, stop: u64) -> impl ExactSizeIterator<Item = Frame> {
        self.frames.iter().map(move |frame| Frame { id: FrameId { stop, ..frame.id }, ..*frame })
    }

    /// Whether any frames were noted, and the program is still in that call.
    pub(crate) fn are_known(&self) -> bool {
        !self.frames.is_empty()
    }

    /// Notes whether the store's engine counts fuel. The store says no by an error, which is slow.
    pub(crate) fn ask_for_fuel<T: 'static>(&mut self, store: &Store<T>) {
        self.has_fuel = store.get_fuel().is_ok();
    }

    /// Forgets the frames, because the program goes on.
    pub(crate) fn forget(&mut self) {
        self.frames.clear();
    }

    /// Forgets what is known of the present activation, because another one begins or goes on.
    pub(crate) fn change_activation(&mut self) {
        self.is_activation_known = false;
    }
}

/// What the engine's plain backtrace says about the innermost frame.
struct Innermost {
    module: ModuleId,
    /// Index in the module's function index space.
    function: u32,
    /// The engine's offset.
    pc: u32,
}

/// Notes the frames of a program that leaves its code for the host. Leaves no frames if it is not at
/// a call. `is_epoch_due` says that the epoch may have passed the store's deadline, and
/// `n_activations` how many activations there may be.
pub(crate) fn note_host_frames<T: 'static>(frozen: &mut Frozen<'_, T>, is_epoch_due: bool, n_activations: u32) {
    let HostFrames { frames, .. } = &mut frozen.known.host_frames;
    // Filled in place, because this is done at every call of the host.
    let mut frames = std::mem::take(frames);
    frames.clear();
    if let Some(innermost) = frame_at_call(frozen, is_epoch_due) {
        frozen.known.host_frames.is_activation_known = true;
        if n_activations <= 1 && !frozen.known.modules.has_start_function() {
            // A frame that cannot be read ends the list.
            let _ = copy_activation(frozen, innermost, &mut frames);
        } else {
            frames = list(frozen, &mut Walk::default(), 0, 0..MAX_HOST_CALL_FRAMES).unwrap_or_default();
        }
        if let Some(Frame { function, location, .. }) = frames.first_mut()
            && let Ok(entry) = frozen.known.modules.get_mut(location.module)
        {
            location.pc = entry.call_before(*function, location.pc).unwrap_or(location.pc);
        }
    }
    frozen.known.host_frames.frames = frames;
}

/// Copies the frames of the innermost activation, from its innermost frame on.
fn copy_activation<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    innermost: FrameHandle,
    frames: &mut Vec<Frame>,
) -> Result<(), Error> {
    let mut next = Some(innermost);
    for index in 0..MAX_HOST_CALL_FRAMES {
        let Some(frame) = next else { break };
        let Frozen { store, known } = &mut *frozen;
        if let Some((defined, pc)) = frame.wasm_function_index_and_pc(store.as_context_mut())? {
            let instance = frame.instance(store.as_context_mut())?;
            let module = known.modules.id_of(instance.module(&*store));
            let entry = known.modules.get_mut(module)?;
            let function = entry.n_imported_functions().saturating_add(defined.as_u32());
            if let Some(mut pc) = entry.program_pc(pc.raw()) {
                if index > 0 {
                    pc = entry.return_pc(function, pc);
                }
                let (id, instance) = (FrameId { stop: 0, index }, InstanceRef::id_of(instance));
                frames.push(Frame { id, instance, function, location: Location { module, pc } });
            }
        }
        next = frame.parent(store.as_context_mut())?;
    }
    Ok(())
}

/// The innermost frame, if it is certain to be one of the program's that is at a call.
fn frame_at_call<T: 'static>(frozen: &mut Frozen<'_, T>, is_epoch_due: bool) -> Option<FrameHandle> {
    // An engine in a debug build reads the frame's instance when it is asked for the position.
    let asks_first = cfg!(debug_assertions)
        || is_epoch_due
        || !frozen.known.host_frames.is_activation_known
        || frozen.known.host_frames.has_fuel;
    let mut innermost = None;
    if asks_first {
        innermost = self::innermost(frozen).filter(|innermost| is_call(frozen, innermost));
        innermost.as_ref()?;
    }
    let frame = exit_frame(frozen)?;
    let (defined, pc) = frame.wasm_function_index_and_pc(frozen.store.as_context_mut()).ok()??;
    let place = (defined.as_u32(), pc.raw());
    let is_call = match (&innermost, frozen.known.host_frames.places.get(&place)) {
        (None, Some(is_call)) => *is_call,
        _ => {
            let innermost = innermost.or_else(|| self::innermost(frozen))?;
            classify(frozen, place, &innermost)
        }
    };
    is_call.then_some(frame)
}

/// Whether a place is a call, by what the backtrace says. Kept unless the two do not agree.
fn classify<T: 'static>(frozen: &mut Frozen<'_, T>, place: (u32, u32), innermost: &Innermost) -> bool {
    let (defined, pc) = place;
    let modules = &mut frozen.known.modules;
    let Ok(entry) = modules.get_mut(innermost.module) else { return false };
    let is_same_function = entry.n_imported_functions().checked_add(defined) == Some(innermost.function);
    if !is_same_function {
        return false;
    }
    let program_pc = entry.program_pc(pc);
    let call = program_pc.and_then(|pc| entry.call_before(innermost.function, pc));
    let is_call = call.is_some() && call == entry.program_pc(innermost.pc);
    if !is_call && innermost.pc != pc {
        return false;
    }
    // The same numbers may be the beginning of another module's function, where the stack overflows.
    let begins_another = modules.ids().any(|id| {
        modules.get_mut(id).is_ok_and(|entry| {
            let first =
                entry.n_imported_functions().checked_add(defined).and_then(|index| entry.first_instruction(index));
            first.is_some_and(|first| entry.engine_pc(first) >= pc)
                && entry
                    .engine_body(entry.n_imported_functions().saturating_add(defined))
                    .is_some_and(|body| body <= pc)
        })
    });
    if !begins_another {
        frozen.known.host_frames.places.insert(place, is_call);
    }
    is_call
}

/// Whether the instruction of the innermost frame is a call.
fn is_call<T: 'static>(frozen: &Frozen<'_, T>, innermost: &Innermost) -> bool {
    let entry = frozen.known.modules.get(innermost.module);
    entry.is_ok_and(|entry| entry.program_pc(innermost.pc).is_some_and(|pc| entry.is_call(pc)))
}

/// The innermost frame as the engine's plain backtrace has it.
fn innermost<T: 'static>(frozen: &mut Frozen<'_, T>) -> Option<Innermost> {
    frozen.register_modules();
    let HostFrames { places, n_modules, .. } = &mut frozen.known.host_frames;
    let n_now = frozen.known.modules.len();
    if std::mem::replace(n_modules, n_now) != n_now {
        places.clear();
    }
    let backtrace = WasmBacktrace::force_capture(frozen.store.as_context_mut());
    let frame = backtrace.frames().first()?;
    // The backtrace has offsets in the file, which are others in a component; from a function's
    // beginning they are the same.
    let from_body = u32::try_from(frame.func_offset()?).ok()?;
    let (module, function) = (frozen.known.modules.id_of(frame.module()), frame.func_index());
    let pc = frozen.known.modules.get(module).ok()?.engine_body(function)?.checked_add(from_body)?;
    Some(Innermost { module, function, pc })
}

fn exit_frame<T: 'static>(frozen: &mut Frozen<'_, T>) -> Option<FrameHandle> {
    catch_unwind(AssertUnwindSafe(|| HeldFrame::innermost(frozen).0)).unwrap_or_default()
}
