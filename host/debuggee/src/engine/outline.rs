//! Outlines a deep stack at a trap.
//!
//! Invariant: the whole stack is walked, once, and only here; whatever cannot be walked is not
//! outlined.

use super::frame_trust::FrameTrust;
use super::frozen::Frozen;
use super::walk::{Walk, list};
use crate::plain::{Error, MAX_NOT_DEEP, OUTERMOST, OutlinedFrame, StackOutline, StopReason};
use wasmtime::Trap;

/// Outlines the stack of a program that has just trapped; none if the stack is not deep.
pub(crate) fn outline<T: 'static>(frozen: &mut Frozen<'_, T>, code: Trap) -> Result<Option<StackOutline>, Error> {
    let reason = StopReason::Trap { code };
    let mut walk = Walk::new(FrameTrust::of(&reason));
    let n_walked = u32::try_from(walk.extend(frozen, usize::MAX)?).unwrap_or(u32::MAX);
    if n_walked <= MAX_NOT_DEEP {
        return Ok(None);
    }
    let mut outermost = Vec::new();
    for frame in list(frozen, &mut walk, 0, n_walked.saturating_sub(OUTERMOST)..n_walked)? {
        let entry = frozen.known.modules.get_mut(frame.location.module)?;
        // The frame's own location is behind the call that it waits in.
        let code = entry.function(frame.function);
        let call = code.and_then(|code| {
            let n_before = code.instructions.partition_point(|pc| *pc < frame.location.pc);
            code.instructions.get(n_before.checked_sub(1)?).copied()
        });
        outermost.push(OutlinedFrame {
            module: entry.name(),
            name: entry.function_names().get(&frame.function).cloned(),
            function: frame.function,
            pc: call.unwrap_or(frame.location.pc),
        });
    }
    // The engine counts the function for which there was no room as well.
    let n_more = usize::from(matches!(code, Trap::StackOverflow));
    let n_frames = usize::try_from(n_walked).unwrap_or(usize::MAX).saturating_add(n_more);
    Ok(Some(StackOutline { n_frames, outermost }))
}
