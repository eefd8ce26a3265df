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
