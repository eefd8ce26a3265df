//! Inside the program: decides which debug events become stops. What comes then is in `waiting`.
//!
//! The engine calls [`Handler`] with the program's code on the stack. Invariant: nothing here panics (a panic at a trap
//! aborts the process, `raise` in the engine's `libcalls.rs`), and an event that nobody wants returns without waiting.

use super::breakpoints::Hit;
use super::frames::{self, Innermost, Walk};
use super::paused::{Pause, Place};
use super::shared::{Ledger, Shared};
use super::site::Here;
use super::stepper::Verdict;
use super::waiting::{Left, Waiting};
use super::watch::Point;
use super::{Captured, Captures, Error, Location, Stop, StopReason, exceptions, reading};
use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;
use wasmtime::{AsContextMut, DebugEvent, DebugHandler, ExnRef, FrameHandle, OwnedRooted, StoreContextMut};

/// The debug handler of a debuggee's store.
pub(crate) struct Handler<T: 'static>(pub(super) Arc<Shared<T>>);

impl<T> Clone for Handler<T> {
    fn clone(&self) -> Self {
        Handler(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static> DebugHandler for Handler<T> {
    type Data = T;

    fn handle(&self, mut store: StoreContextMut<'_, T>, event: DebugEvent<'_>) -> impl Future<Output = ()> + Send {
        let shared = &self.0;
        // Done here and not by the engine, which sets its next deadline after the yield: an interrupt that comes
        // meanwhile would be lost with the epoch that it has moved.
        let yields = matches!(event, DebugEvent::EpochYield)
            && (shared.signals.is_detached() || !shared.signals.is_interrupt_wanted());
        let left = if yields {
            Left::Yield { store, has_yielded: false }
        } else {
            let reaction = react(shared, &mut store, event);
            Left::after(reaction, store)
        };
        Waiting::new(shared, left)
    }
}

/// What comes of an event.
pub(crate) enum Reaction {
    GoOn,
    /// The program does not go on: whoever drives it sees the same flag and drops it.
    Stay,
    Stop(Box<Stop>),
}

/// Does what can be done about an event at once.
pub(crate) fn react<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    event: DebugEvent<'_>,
) -> Reaction {
    if let DebugEvent::EpochYield = event {
        shared.signals.epoch_is_seen();
    }
    if shared.signals.is_terminated() {
        return Reaction::Stay;
    }
    if shared.signals.is_detached() {
        // Nobody is left to see it.
        shared.signals.take_interrupt();
        patch_out(shared, store);
        return Reaction::GoOn;
    }
    match decide(shared, store, event) {
        None => Reaction::GoOn,
        Some(stop) => {
            // An interrupt that lost the race against this stop has what it wanted.
            shared.signals.take_interrupt();
            Reaction::Stop(stop)
        }
    }
}

/// Decides whether an event is a stop.
fn decide<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    event: DebugEvent<'_>,
) -> Option<Box<Stop>> {
    let mut ledger = shared.ledger();
    let ledger = &mut *ledger;
    let reason = match event {
        DebugEvent::Breakpoint => return at_breakpoint(store, ledger),
        DebugEvent::EpochYield => {
            // The engine has recorded no position for this call (`epoch_check` in its Cranelift crate), so the frames cannot be
            // looked at here. The next instruction, at which they can be, is one step away.
            if shared.signals.take_interrupt() {
                ledger.stepper.interrupt();
                match apply(ledger, store.as_context_mut()) {
                    Ok(()) => ledger.is_interrupted = true,
                    Err(error) => tracing::warn!(%error, "the program cannot be interrupted"),
                }
            }
            return None;
        }
        DebugEvent::Trap(code) => StopReason::Trap { code },
        DebugEvent::HostcallError(error) => {
            if shared.exit_code(error).is_some() {
                let single_step = ledger.breakpoints.is_stepping();
                ledger.stepper.exits(&ledger.modules, single_step);
                if let Err(error) = apply(ledger, store.as_context_mut()) {
                    tracing::warn!(%error, "a step out of a program that exits could not be followed");
                }
                return None;
            }
            StopReason::HostError(describe(error))
        }
        DebugEvent::Exception(exception) => thrown(store, ledger, &exception)
            .unwrap_or_else(|error| StopReason::HostError(format!("an exception that cannot be read: {error}"))),
    };
    // The access that was about to happen has trapped or thrown, and has not happened.
    ledger.watch.abandon();
    ledger.watch.look(store, None);
    let innermost = Innermost::of(&reason);
    let here = frames::innermost(store, &mut ledger.modules, innermost);
    Some(make_stop(store, ledger, reason, innermost, here.as_ref().map(|(frame, location)| (frame, *location))))
}

/// Decides whether an instruction is a stop. This is the path of every hit that nobody sees.
fn at_breakpoint<T: Send + 'static>(store: &mut StoreContextMut<'_, T>, ledger: &mut Ledger) -> Option<Box<Stop>> {
    // Left where the engine has put it: moving a frame takes longer than finding it.
    let frame = store.debug_exit_frames().next();
    let frame = frame.as_ref()?;
    let location = frames::facts(store, &mut ledger.modules, frame).ok()??.location;
    let reason = if ledger.watch.is_idle() {
        at_instruction(store, ledger, frame, location)?
    } else {
        at_watched(store, ledger, frame, location)?
    };
    Some(make_stop(store, ledger, reason, Innermost::Sound, Some((frame, location))))
}

fn make_stop<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    reason: StopReason,
    innermost: Innermost,
    here: Option<(&FrameHandle, Location)>,
) -> Box<Stop> {
    ledger.is_interrupted = false;
    ledger.stepper.stopped();
    // Made in place and handed on by its address: moving it costs more than the rest of this function.
    let mut stop = ledger.spare.take().unwrap_or_else(|| Box::new(Stop::entry()));
    stop.number = ledger.next_stop();
    stop.reason = reason;
    stop.location = here.map(|(_, location)| location);
    stop.captured = match here {
        Some((frame, _)) => capture(store, ledger, stop.number, frame, Walk::new(innermost)),
        None => Captured::default(),
    };
    stop
}

/// A stop with another reason at the place where the program is paused already.
pub(crate) fn stop_again<T: 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    pause: &mut Pause,
    reason: StopReason,
) -> Box<Stop> {
    let mut ledger = shared.ledger();
    let ledger = &mut *ledger;
    let innermost = pause.walk.innermost();
    let here = match pause.place {
        Place::Entry => None,
        _ => frames::innermost(store, &mut ledger.modules, innermost),
    };
    let here = here.as_ref().map(|(frame, location)| (frame, *location));
    let stop = make_stop(store, ledger, reason, innermost, here);
    pause.stop = stop.number;
    stop
}

/// Decides about an instruction that has a breakpoint or comes by in single-step mode.
fn at_instruction<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    frame: &FrameHandle,
    location: Location,
) -> Option<StopReason> {
    let Ledger { modules, breakpoints, recorder, .. } = &mut *ledger;
    match breakpoints.hit(location, &mut Here { store, modules, recorder, frame, location }) {
        Hit::Passes => {}
        Hit::Stops(ids) => return Some(StopReason::Breakpoint(ids)),
        Hit::Fails(breakpoint, fault) => {
            return Some(StopReason::ConditionFailed { breakpoint, message: fault.to_string() });
        }
    }
    if ledger.is_interrupted {
        return Some(StopReason::Interrupt);
    }
    if ledger.stepper.is_recording() {
        let steps = std::mem::take(&mut ledger.recorder.recording.steps);
        let made = ledger.recorder.record(store, &mut ledger.modules, None, (frame, location), &steps);
        ledger.recorder.recording.steps = steps;
        if let Err(error) = made {
            tracing::warn!(%error, "a step could not be recorded");
        }
    } else if is_stepped_by(ledger) && has_stepped(store, ledger, location) {
        return Some(StopReason::Step);
    }
    if ledger.recorder.must_stop() { Some(StopReason::RecordsFull) } else { None }
}

/// As [`at_instruction`], in a program that has watchpoints: what has been touched or changed comes first.
fn at_watched<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    frame: &FrameHandle,
    location: Location,
) -> Option<StopReason> {
    let point = ledger.watch.arrive(store, location);
    let is_only_watched = point.is_some() && ledger.breakpoints.is_for_watchpoints_only(location);
    let reason = if is_only_watched { None } else { at_instruction(store, ledger, frame, location) };
    if reason.is_some() {
        ledger.watch.look(store, None);
    }
    let hits = ledger.watch.take_found();
    if hits.is_empty() {
        if reason.is_none() {
            depart(store, ledger, frame, location, point);
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

/// The instruction is going to run.
fn depart<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    frame: &FrameHandle,
    location: Location,
    point: Option<Point>,
) {
    let Ledger { watch, modules, breakpoints, .. } = &mut *ledger;
    if watch.depart(store, modules, breakpoints, frame, (location, point))
        && let Err(error) = apply(ledger, store.as_context_mut())
    {
        tracing::warn!(%error, "what an access comes to may not be seen");
    }
}

/// What a stop shall carry.
fn capture<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    number: u64,
    innermost: &FrameHandle,
    mut walk: Walk,
) -> Captured {
    let mut captured = Captured::default();
    let Captures { locals, operands, n_frames } = ledger.captures;
    let Ledger { modules, references, .. } = ledger;
    // What cannot be read is left out; asking for it at the stop tells why.
    if locals {
        captured.locals = reading::locals(store, modules, Some(&mut *references), innermost).unwrap_or_default();
    }
    if operands {
        captured.operands = reading::operands(store, modules, Some(&mut *references), innermost).unwrap_or_default();
    }
    if n_frames > 0 {
        captured.frames = frames::list(store, modules, &mut walk, number, 0..n_frames).unwrap_or_default();
    }
    captured
}

/// Whether anything of a step, or of past ones, can have brought the program here.
fn is_stepped_by(ledger: &Ledger) -> bool {
    ledger.stepper.has_goal() || ledger.breakpoints.is_stepping() || ledger.breakpoints.has_temporary()
}

/// Whether a step ends at a location that has no breakpoint. It need not: lingering in single-step mode, recursion
/// and sibling modules all bring events that nobody wants.
fn has_stepped<T: 'static>(store: &mut StoreContextMut<'_, T>, ledger: &mut Ledger, location: Location) -> bool {
    let single_step = ledger.breakpoints.is_stepping();
    let verdict = ledger.stepper.judge(location, store, &mut ledger.modules, single_step).and_then(|verdict| {
        let is_noise = verdict == Verdict::GoOn && !single_step && ledger.breakpoints.is_leftover(location);
        let is_noisy = is_noise && ledger.stepper.has_noise_enough();
        if is_noisy {
            ledger.breakpoints.drop_leftovers(false);
        }
        if is_noisy || verdict == Verdict::Reapply {
            apply(ledger, store.as_context_mut())?;
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

fn thrown<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    exception: &OwnedRooted<ExnRef>,
) -> Result<StopReason, Error> {
    let (tag, payload) = exceptions::contents(store, &mut ledger.references, exception)?;
    let caught = exceptions::is_caught(store, &mut ledger.modules, &tag)?;
    Ok(StopReason::Exception { caught, payload })
}

/// Makes the program's code as the ledger wants it, in one edit session if any is due.
pub(crate) fn apply<T>(ledger: &mut Ledger, store: StoreContextMut<'_, T>) -> Result<(), Error> {
    ledger.breakpoints.set_temporary(ledger.stepper.targets());
    let stepping = ledger.stepper.wants_single_step();
    if !ledger.breakpoints.is_due(stepping) {
        return Ok(());
    }
    let was_stepping = ledger.breakpoints.is_stepping();
    if !ledger.stepper.is_predicted() {
        // In single-step mode nobody has counted their hits.
        ledger.breakpoints.drop_leftovers(was_stepping);
        ledger.stepper.quiet();
    }
    let n_changes = ledger.breakpoints.n_changes();
    let begun = Instant::now();
    let session = store.edit_breakpoints().ok_or(Error::NotDebuggable)?;
    ledger.breakpoints.apply(&ledger.modules, session, stepping)?;
    ledger.stepper.measured(begun.elapsed(), stepping != was_stepping, n_changes);
    Ok(())
}

/// After a detach: takes everything out of the code, so that the program runs at its own speed.
pub(crate) fn patch_out<T>(shared: &Shared<T>, store: &mut StoreContextMut<'_, T>) {
    shared.signals.detach();
    let mut ledger = shared.ledger();
    ledger.breakpoints.disable();
    ledger.stepper.detach();
    if let Err(error) = apply(&mut ledger, store.as_context_mut()) {
        tracing::warn!(%error, "breakpoints could not be taken out; the program runs on, slower");
    }
}

/// What a panic says.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a payload that is not text").to_owned()
}

/// An engine error in words, without the engine's own backtrace.
pub(crate) fn describe(error: &wasmtime::Error) -> String {
    if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
        return trap.to_string();
    }
    let is_backtrace = |text: &String| text.starts_with("error while executing at wasm backtrace");
    let words: Vec<String> = error.chain().map(ToString::to_string).filter(|text| !is_backtrace(text)).collect();
    words.join(": ")
}
