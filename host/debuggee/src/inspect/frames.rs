//! Frames, their locals and their operands.
//!
//! Invariant: the engine is not asked for frames before the program has begun, because there are
//! none.

use crate::engine::{self, Paused, PausedAt};
use crate::plain::{Error, Frame, FrameId, Value};

pub(super) fn depth<T: 'static>(paused: &mut Paused<'_, T>) -> Result<u32, Error> {
    if paused.pause.at == PausedAt::Entry {
        return Ok(0);
    }
    let n_frames = paused.pause.walk.extend(&mut paused.frozen, usize::MAX)?;
    Ok(u32::try_from(n_frames).unwrap_or(u32::MAX))
}

pub(super) fn list<T: 'static>(paused: &mut Paused<'_, T>, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
    if paused.pause.at == PausedAt::Entry {
        return Ok(Vec::new());
    }
    let indices = first..first.saturating_add(limit);
    engine::list(&mut paused.frozen, &mut paused.pause.walk, paused.pause.stop, indices)
}

pub(super) fn locals<T: 'static>(paused: &mut Paused<'_, T>, frame: FrameId) -> Result<Vec<Value>, Error> {
    let frame = paused.frame(frame)?;
    let frozen = &mut paused.frozen;
    let Some(position) = frame.position(frozen)? else { return Ok(Vec::new()) };
    engine::locals(frozen, &position, true)
}

pub(super) fn operands<T: 'static>(paused: &mut Paused<'_, T>, frame: FrameId) -> Result<Vec<Value>, Error> {
    let frame = paused.frame(frame)?;
    let frozen = &mut paused.frozen;
    let Some(position) = frame.position(frozen)? else { return Ok(Vec::new()) };
    engine::operands(frozen, &position, true)
}
