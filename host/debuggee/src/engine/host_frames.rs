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
use super::position::HeldFrame;
use super::walk::{Walk, list};
use crate::plain::{Frame, FrameId, MAX_HOST_CALL_FRAMES, ModuleId};
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{AsContextMut, FrameHandle, WasmBacktrace};

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
/// a call. `is_epoch_due` says that the epoch may have passed the store's deadline.
pub(crate) fn note_host_frames<T: 'static>(frozen: &mut Frozen<'_, T>, is_epoch_due: bool) {
    frozen.known.host_frames.frames.clear();
    if !is_at_call(frozen, is_epoch_due) {
        return;
    }
    frozen.known.host_frames.is_activation_known = true;
    let mut frames = list(frozen, &mut Walk::default(), 0, 0..MAX_HOST_CALL_FRAMES).unwrap_or_default();
    if let Some(Frame { function, location, .. }) = frames.first_mut()
        && let Ok(entry) = frozen.known.modules.get_mut(location.module)
    {
        location.pc = entry.call_before(*function, location.pc).unwrap_or(location.pc);
    }
    frozen.known.host_frames.frames = frames;
}

/// Whether the innermost frame is certain to be one of the program's that is at a call.
fn is_at_call<T: 'static>(frozen: &mut Frozen<'_, T>, is_epoch_due: bool) -> bool {
    // An engine in a debug build reads the frame's instance when it is asked for the position.
    let asks_first = cfg!(debug_assertions)
        || is_epoch_due
        || !frozen.known.host_frames.is_activation_known
        || frozen.store.get_fuel().is_ok();
    let innermost = if asks_first {
        match innermost(frozen) {
            Some(innermost) if is_call(frozen, &innermost) => Some(innermost),
            _ => return false,
        }
    } else {
        None
    };
    let Some(frame) = exit_frame(frozen) else { return false };
    let Ok(Some((defined, pc))) = frame.wasm_function_index_and_pc(frozen.store.as_context_mut()) else {
        return false;
    };
    let place = (defined.as_u32(), pc.raw());
    if innermost.is_none()
        && let Some(is_call) = frozen.known.host_frames.places.get(&place)
    {
        return *is_call;
    }
    let Some(innermost) = innermost.or_else(|| self::innermost(frozen)) else { return false };
    classify(frozen, place, &innermost)
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
            first.is_some_and(|first| entry.engine_pc(first) >= pc) && entry.body_begins_at_or_before(defined, pc)
        })
    });
    if !begins_another {
        frozen.known.host_frames.places.insert(place, is_call);
    }
    is_call
}

/// Whether the instruction of the innermost frame is a call.
fn is_call<T: 'static>(frozen: &mut Frozen<'_, T>, innermost: &Innermost) -> bool {
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
    let pc = u32::try_from(frame.module_offset()?).ok()?;
    Some(Innermost { module: frozen.known.modules.id_of(frame.module()), function: frame.func_index(), pc })
}

fn exit_frame<T: 'static>(frozen: &mut Frozen<'_, T>) -> Option<FrameHandle> {
    catch_unwind(AssertUnwindSafe(|| HeldFrame::innermost(frozen).0)).unwrap_or_default()
}
