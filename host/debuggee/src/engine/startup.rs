//! The frame of a module's start-up code, which is the one frame that must not be inspected.
//!
//! The engine compiles the work of instantiation (active segments, computed globals, the call of
//! the start function) to a function of its own. That function is on the stack below the start
//! function, or innermost when a segment does not fit. It has no positions
//! (`translate_module_startup` in the engine's Cranelift crate), so the engine takes its frame for
//! a frame of the function that lies before it in the image, or panics if there is none; and asking
//! that frame for its instance reads wild memory.
//!
//! Invariant: this file asks such a frame for nothing but its parent. Everything else may read its
//! instance; in a debug build even asking for the position does.

use super::frozen::Frozen;
use super::position::Position;
use crate::plain::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{AsContextMut, FrameHandle, WasmBacktrace};

/// Whether start-up code has the only frames. The engine must then not even be asked for frames.
pub(super) fn has_only_startup_frames<T: 'static>(frozen: &mut Frozen<'_, T>) -> bool {
    WasmBacktrace::force_capture(frozen.store.as_context_mut()).frames().is_empty()
}

/// Whether the innermost frame of an activation may be that of start-up code.
pub(super) fn is_innermost<T: 'static>(frozen: &mut Frozen<'_, T>, frame: &FrameHandle) -> Result<bool, Error> {
    Ok(frame.parent(frozen.store.as_context_mut())?.is_none() && is_on_the_stack(frozen)?)
}

/// Whether the caller of a frame may be start-up code.
pub(super) fn is_caller<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    frame: &FrameHandle,
    caller: &FrameHandle,
) -> Result<bool, Error> {
    // Checked first because it is cheap: few programs have a start function.
    if !frozen.known.modules.has_start_function() || caller.parent(frozen.store.as_context_mut())?.is_some() {
        return Ok(false);
    }
    let Some(Position { function, location, .. }) = Position::of(frozen, frame)? else { return Ok(false) };
    Ok(frozen.known.modules.is_start_function(location.module, function)? && is_on_the_stack(frozen)?)
}

/// Whether start-up code is on the stack. The engine's backtraces leave it out, its frames do not,
/// so the two are counted and compared. Also true if this cannot be decided, because a backtrace
/// ends at a limit without saying so.
fn is_on_the_stack<T: 'static>(frozen: &mut Frozen<'_, T>) -> Result<bool, Error> {
    let store = &mut frozen.store;
    let n_backtrace_frames = WasmBacktrace::force_capture(store.as_context_mut()).frames().len();
    let exit_frames =
        catch_unwind(AssertUnwindSafe(|| store.debug_exit_frames().collect::<Vec<_>>())).unwrap_or_default();
    let mut n_frames = 0_usize;
    for exit_frame in exit_frames {
        let mut next = Some(exit_frame);
        while let Some(frame) = next {
            n_frames = n_frames.saturating_add(1);
            next = frame.parent(store.as_context_mut())?;
        }
    }
    Ok(n_frames != n_backtrace_frames)
}
