//! Prepares a paused program to go on.
//!
//! Invariant: everything that is planned here needs at most one edit session.

use super::ledger::Wanted;
use crate::engine::{Frozen, HeldFrame, PausedAt};
use crate::plain::{Error, How};

/// Plans the way from a pause to the next stop, and puts the breakpoints and the mode that it needs
/// into the code. If nobody debugs the program any more, everything is taken out of the code
/// instead.
pub(crate) fn prepare_resume<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    at: PausedAt,
    how: How,
    is_detached: bool,
) -> Result<(), Error> {
    if is_detached {
        wanted.disable();
        return wanted.apply(frozen);
    }
    let Wanted { watch, breakpoints, stepper, .. } = &mut *wanted;
    // The position is found once, and only if it is needed: in single-step mode a step into needs
    // none.
    let needs_position = stepper.needs_position(how, at, breakpoints);
    let is_watched = at == PausedAt::Instruction && !watch.is_idle();
    let frame = if needs_position || is_watched { HeldFrame::innermost(frozen) } else { HeldFrame::none() };
    let position = if needs_position { frame.position(frozen)? } else { frame.position(frozen).unwrap_or_default() };
    stepper.plan(frozen, breakpoints, how, at, position.as_ref())?;
    watch.prepare_resume(frozen, breakpoints);
    if is_watched && let Some(position) = &position {
        let point = watch.point(position.location);
        watch.before_access(frozen, breakpoints, position, point);
    }
    wanted.apply(frozen)
}

/// How a program comes out of a call of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crossing {
    /// The call returns or fails.
    Returns,
    /// The host calls the program, in that call or after the call was given up.
    Enters,
}

/// Plans the way to the next stop for a program that was resumed at a stop in a call of the host,
/// and now comes out of it. The frames are known if they were when it stopped.
pub(crate) fn resume_from_host<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    crossing: Crossing,
    n_activations: u32,
) {
    let Some((how, n_before)) = wanted.in_host else { return };
    let is_nested = n_activations > n_before;
    let stays = matches!(how, How::StepOver | How::StepOut) && is_nested;
    if stays && crossing == Crossing::Returns {
        return;
    }
    // Breakpoints are there in what the host calls; a step over or out is not.
    let how_now = if stays { How::Continue } else { how };
    if let Err(error) = plan(frozen, wanted, crossing, how_now) {
        tracing::warn!(%error, "the program cannot be resumed as asked; it runs on");
    }
    if !stays {
        wanted.in_host = None;
    }
}

fn plan<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    crossing: Crossing,
    how: How,
) -> Result<(), Error> {
    let Wanted { watch, breakpoints, stepper, .. } = &mut *wanted;
    watch.refresh_if_stale(frozen, breakpoints);
    let leaves_frame = how == How::StepOut && crossing == Crossing::Returns && frozen.known.host_frames.are_known();
    // Every other step ends at the next instruction, wherever that is.
    let (at, frame) = if leaves_frame {
        (PausedAt::Instruction, HeldFrame::innermost(frozen))
    } else {
        (PausedAt::Entry, HeldFrame::none())
    };
    // The event of the instruction after the call is still to come.
    let position = frame.position_before_call(frozen)?;
    stepper.plan(frozen, breakpoints, how, at, position.as_ref())?;
    wanted.apply(frozen)
}
