//! Decides whether a debug event is a stop.
//!
//! The position of the program is found once and handed on. Invariant: an event that nobody wants
//! allocates nothing and moves nothing large. Every hit that nobody sees takes this path.

use super::breakpoints::Hit;
use super::hit::HitContext;
use super::ledger::{Ledger, Wanted};
use super::stepping::Verdict;
use super::watch::Point;
use crate::engine::{self, FrameTrust, Frozen, HeldFrame, Pause, PausedAt, Position, Walk};
use crate::plain::{Captured, Captures, Error, Stop, StopReason};
use wasmtime::{ExnRef, OwnedRooted, StoreContextMut, Trap};

/// An event of the program that may be a stop.
pub(crate) enum Event<'e> {
    /// An instruction that the engine was asked to stop at is about to run.
    Instruction,
    Trap(Trap),
    HostError(&'e wasmtime::Error),
    Exception(OwnedRooted<ExnRef>),
}

/// Decides whether an event is a stop, and makes the stop.
#[inline]
pub(crate) fn decide<T: Send + 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    event: Event<'_>,
) -> Option<Box<Stop>> {
    let Ledger { known, wanted } = ledger;
    let frozen = &mut Frozen::new(store, known);
    let reason = match event {
        Event::Instruction => return decide_instruction(frozen, wanted),
        Event::Trap(code) => StopReason::Trap { code },
        Event::HostError(error) => StopReason::HostError(engine::describe(error)),
        Event::Exception(exception) => exception_reason(frozen, &exception)
            .unwrap_or_else(|error| StopReason::HostError(format!("an exception that cannot be read: {error}"))),
    };
    // The access that was about to be made has trapped or thrown, so it was not made.
    wanted.watch.abandon();
    wanted.watch.check_host(&mut frozen.store, None);
    let trust = FrameTrust::of(&reason);
    let frame = HeldFrame::trusted(frozen, trust);
    let position = frame.position(frozen).unwrap_or_default();
    Some(make_stop(frozen, wanted, reason, trust, position.as_ref()))
}

/// Handles an interrupt. The engine has recorded no position for the call that delivers it
/// (`epoch_check` in its Cranelift crate), so the frames cannot be looked at yet. They can be at
/// the next instruction, which is one step away.
pub(crate) fn interrupt<T: 'static>(frozen: &mut Frozen<'_, T>, wanted: &mut Wanted) {
    wanted.stepper.interrupt();
    match wanted.apply(frozen) {
        Ok(()) => wanted.is_interrupted = true,
        Err(error) => tracing::warn!(%error, "the program cannot be interrupted"),
    }
}

/// Handles the program's request to exit, which is not a stop. A step that was on its way ends
/// where the program runs again, if it does.
pub(crate) fn program_exits<T: 'static>(frozen: &mut Frozen<'_, T>, wanted: &mut Wanted) {
    let single_step = wanted.breakpoints.is_single_stepping();
    wanted.stepper.exits(&frozen.known.modules, single_step);
    if let Err(error) = wanted.apply(frozen) {
        tracing::warn!(%error, "a step out of a program that exits could not be followed");
    }
}

/// Makes a stop with another reason while the program is already paused.
pub(crate) fn make_stop_in_pause<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    pause: &mut Pause,
    reason: StopReason,
) -> Box<Stop> {
    let trust = pause.walk.trust();
    let frame = match pause.at {
        PausedAt::Entry => HeldFrame::none(),
        _ => HeldFrame::trusted(frozen, trust),
    };
    let position = frame.position(frozen).unwrap_or_default();
    let stop = make_stop(frozen, wanted, reason, trust, position.as_ref());
    pause.stop = stop.number;
    stop
}

/// Makes the stop of a program that is interrupted where it waits in a call of the host. A step that
/// was on its way ends with it.
pub(crate) fn make_stop_in_host(ledger: &mut Ledger) -> Box<Stop> {
    let Ledger { known, wanted } = ledger;
    wanted.is_interrupted = false;
    wanted.stepper.stopped();
    wanted.take_resumed_in_host();
    let frames = &known.host_frames;
    let mut stop = wanted.stops.take(StopReason::Interrupt, frames.frames_of(0).next());
    let n_captured = usize::try_from(wanted.captures.n_frames).unwrap_or(usize::MAX);
    stop.captured.asked = wanted.captures;
    stop.captured.frames = frames.frames_of(stop.number).take(n_captured).collect();
    stop
}

/// Decides whether an instruction is a stop.
#[inline]
fn decide_instruction<T: 'static>(frozen: &mut Frozen<'_, T>, wanted: &mut Wanted) -> Option<Box<Stop>> {
    let frame = HeldFrame::innermost(frozen);
    let position = &frame.position(frozen).ok()??;
    let reason = if wanted.watch.is_idle() {
        reason_at_instruction(frozen, wanted, position)?
    } else {
        reason_with_watchpoints(frozen, wanted, position)?
    };
    Some(make_stop(frozen, wanted, reason, FrameTrust::Exact, Some(position)))
}

/// Decides about an instruction that has a breakpoint, or at which there is an event because of
/// single-step mode.
fn reason_at_instruction<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    position: &Position<'_>,
) -> Option<StopReason> {
    let Wanted { breakpoints, recorder, .. } = &mut *wanted;
    match breakpoints.hit(&mut HitContext { frozen, recorder, position }) {
        Hit::Passes => {}
        Hit::Stops(ids) => return Some(StopReason::Breakpoint(ids)),
        Hit::Fails(breakpoint, fault) => {
            return Some(StopReason::ConditionFailed { breakpoint, message: fault.to_string() });
        }
    }
    if wanted.is_interrupted {
        return Some(StopReason::Interrupt);
    }
    if wanted.stepper.is_recording() {
        if let Err(error) = wanted.recorder.record_step(frozen, position) {
            tracing::warn!(%error, "a step could not be recorded");
        }
    } else if may_be_step_event(wanted) && ends_step(frozen, wanted, position) {
        return Some(StopReason::Step);
    }
    if wanted.recorder.must_stop() { Some(StopReason::RecordsFull) } else { None }
}

/// Like [`reason_at_instruction`], in a program that has watchpoints: accesses and changes that hit
/// come first.
fn reason_with_watchpoints<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    position: &Position<'_>,
) -> Option<StopReason> {
    let location = position.location;
    let point = wanted.watch.after_access(&mut frozen.store, location);
    let is_only_watched = point.is_some() && wanted.breakpoints.is_for_watchpoints_only(location);
    let reason = if is_only_watched { None } else { reason_at_instruction(frozen, wanted, position) };
    if reason.is_some() {
        wanted.watch.check_host(&mut frozen.store, None);
    }
    let hits = wanted.watch.take_pending_hits();
    if hits.is_empty() {
        if reason.is_none() {
            before_access(frozen, wanted, position, point);
        }
        return reason;
    }
    let (breakpoints, failed) = match reason {
        Some(StopReason::Breakpoint(ids)) => (ids, None),
        Some(StopReason::ConditionFailed { breakpoint, message }) => (Vec::new(), Some((breakpoint, message))),
        _ => (Vec::new(), None),
    };
    Some(StopReason::Watchpoint { hits, breakpoints, failed })
}

/// Notes which watched bytes are touched by the instruction that runs next, and brings the code in
/// line if that is due.
fn before_access<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    position: &Position<'_>,
    point: Option<Point>,
) {
    let Wanted { watch, breakpoints, .. } = &mut *wanted;
    if watch.before_access(frozen, breakpoints, position, point)
        && let Err(error) = wanted.apply(frozen)
    {
        tracing::warn!(%error, "what an access comes to may not be seen");
    }
}

/// Whether the current step, or past steps, can have caused the event.
fn may_be_step_event(wanted: &Wanted) -> bool {
    wanted.stepper.has_goal() || wanted.breakpoints.is_single_stepping() || wanted.breakpoints.has_temporary()
}

/// Whether a step ends at a location that has no breakpoint. It need not end there: lingering in
/// single-step mode, recursion and sibling modules all cause events that nobody wants.
fn ends_step<T: 'static>(frozen: &mut Frozen<'_, T>, wanted: &mut Wanted, position: &Position<'_>) -> bool {
    let single_step = wanted.breakpoints.is_single_stepping();
    let verdict = wanted.stepper.judge(frozen, position, single_step).and_then(|verdict| {
        let is_stale = verdict == Verdict::GoOn && !single_step && wanted.breakpoints.note_discarded(position.location);
        let remove_stale = is_stale && wanted.stepper.should_remove_stale();
        if remove_stale {
            wanted.breakpoints.drop_leftovers(false);
        }
        if remove_stale || verdict == Verdict::Reapply {
            wanted.apply(frozen)?;
        }
        Ok(verdict)
    });
    match verdict {
        Ok(verdict) => verdict == Verdict::Stop,
        Err(error) => {
            tracing::warn!(%error, "a step could not be followed; it ends here");
            true
        }
    }
}

fn exception_reason<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    exception: &OwnedRooted<ExnRef>,
) -> Result<StopReason, Error> {
    let (tag, payload) = engine::contents(frozen, exception)?;
    let caught = engine::is_caught(frozen, &tag)?;
    Ok(StopReason::Exception { caught, payload })
}

fn make_stop<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    wanted: &mut Wanted,
    reason: StopReason,
    trust: FrameTrust,
    position: Option<&Position<'_>>,
) -> Box<Stop> {
    wanted.is_interrupted = false;
    wanted.stepper.stopped();
    let mut stop = wanted.stops.take(reason, position.and_then(|position| position.as_frame(frozen)));
    stop.captured = match position {
        Some(position) => capture(frozen, wanted.captures, stop.number, position, Walk::new(trust)),
        None => Captured { asked: wanted.captures, ..Captured::default() },
    };
    stop
}

/// Reads the data that a stop is to carry.
fn capture<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    captures: Captures,
    number: u64,
    position: &Position<'_>,
    mut walk: Walk,
) -> Captured {
    let mut captured = Captured { asked: captures, ..Captured::default() };
    // Data that cannot be read is left out; asking for it at the stop tells why.
    if captures.locals {
        captured.locals = engine::locals(frozen, position, true).unwrap_or_default();
    }
    if captures.operands {
        captured.operands = engine::operands(frozen, position, true).unwrap_or_default();
    }
    if captures.n_frames > 0 {
        captured.frames = engine::list(frozen, &mut walk, number, 0..captures.n_frames).unwrap_or_default();
    }
    captured
}
