//! Inside the program: decides which debug events become stops, and waits there while the program is paused.
//!
//! The engine calls [`Handler`] with the program's code on the stack. Invariant: nothing here panics (a panic at a trap
//! aborts the process, `raise` in the engine's `libcalls.rs`), and an event that nobody wants returns without waiting.

use super::frames::{self, Innermost, Walk};
use super::paused::{Pause, Paused};
use super::shared::{Answer, Command, Ledger, Shared};
use super::{Error, How, Stop, StopReason, exceptions};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use wasmtime::{AsContextMut, DebugEvent, DebugHandler, ExnRef, OwnedRooted, StoreContextMut};

/// The debug handler of a debuggee's store.
pub(super) struct Handler<T: 'static>(pub(super) Arc<Shared<T>>);

impl<T> Clone for Handler<T> {
    fn clone(&self) -> Self {
        Handler(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static> DebugHandler for Handler<T> {
    type Data = T;

    async fn handle(&self, mut store: StoreContextMut<'_, T>, event: DebugEvent<'_>) {
        let shared = &*self.0;
        if let DebugEvent::EpochYield = event {
            // Done here and not by the engine, which sets its next deadline after the yield: an interrupt that comes
            // meanwhile would be lost with the epoch that it has moved.
            if shared.signals.is_detached() || !shared.signals.is_interrupt_wanted() {
                yield_now().await;
            }
            shared.signals.epoch_is_seen();
        }
        if shared.signals.is_terminated() {
            // Whoever drives the program sees the same flag and drops it.
            return pending().await;
        }
        if shared.signals.is_detached() {
            // Nobody is left to see it.
            shared.signals.take_interrupt();
            return patch_out(shared, &mut store);
        }
        if let Some(stop) = decide(shared, &mut store, event) {
            let innermost = match &stop.reason {
                StopReason::Trap { code } => Innermost::of(*code),
                _ => Innermost::Sound,
            };
            publish(shared, stop);
            pause(shared, store, Some(Walk::new(innermost))).await;
        }
    }
}

/// Gives other tasks of the executor their turn.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Decides whether an event is a stop. This is the path of every hit that nobody sees.
fn decide<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    event: DebugEvent<'_>,
) -> Option<Stop> {
    let mut ledger = shared.ledger();
    let ledger = &mut *ledger;
    let (reason, location) = match event {
        DebugEvent::Breakpoint => {
            let location = frames::innermost(store, &mut ledger.modules)?;
            let reason = match ledger.breakpoints.hit(location) {
                Some(ids) => StopReason::Breakpoint(ids),
                None if ledger.is_interrupted => StopReason::Interrupt,
                None if ledger.breakpoints.is_stepping() => StopReason::Step,
                // A sibling module's breakpoint at the same offset.
                None => return None,
            };
            (reason, Some(location))
        }
        DebugEvent::EpochYield => {
            // The engine has recorded no position for this call (`epoch_check` in its Cranelift crate), so the frames cannot be
            // looked at here. The next instruction, at which they can be, is one step away.
            if shared.signals.take_interrupt() {
                match step(ledger, store) {
                    Ok(()) => ledger.is_interrupted = true,
                    Err(error) => tracing::warn!(%error, "the program cannot be interrupted"),
                }
            }
            return None;
        }
        DebugEvent::Trap(code) => {
            let location = frames::innermost_sound(store, &mut ledger.modules, Innermost::of(code));
            (StopReason::Trap { code }, location)
        }
        DebugEvent::HostcallError(error) => {
            if shared.exit_code(error).is_some() {
                return None;
            }
            (StopReason::HostError(describe(error)), frames::innermost(store, &mut ledger.modules))
        }
        DebugEvent::Exception(exception) => {
            let reason = thrown(store, ledger, &exception)
                .unwrap_or_else(|error| StopReason::HostError(format!("an exception that cannot be read: {error}")));
            (reason, frames::innermost(store, &mut ledger.modules))
        }
    };
    ledger.is_interrupted = false;
    Some(Stop { number: ledger.next_stop(), reason, location })
}

/// Makes the program come by at its next instruction; the next resume makes the code as it wants it.
fn step<T: 'static>(ledger: &mut Ledger, store: &mut StoreContextMut<'_, T>) -> Result<(), Error> {
    if ledger.breakpoints.is_applied(true) {
        return Ok(());
    }
    let session = store.as_context_mut().edit_breakpoints().ok_or(Error::NotDebuggable)?;
    ledger.breakpoints.apply(&ledger.modules, session, true)
}

fn thrown<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ledger: &mut Ledger,
    exception: &OwnedRooted<ExnRef>,
) -> Result<StopReason, Error> {
    let (tag, payload) = exceptions::contents(store, exception)?;
    let caught = exceptions::is_caught(store, &mut ledger.modules, &tag)?;
    Ok(StopReason::Exception { caught, payload })
}

/// Hands a stop to the controller.
fn publish<T>(shared: &Shared<T>, stop: Stop) {
    // An interrupt that lost the race against this stop has what it wanted.
    shared.signals.take_interrupt();
    shared.slot().stop = Some(stop);
}

/// Waits for the controller: runs its queries on the frozen store until it resumes the program. Before the program
/// has begun there is no walk.
pub(super) async fn pause<T: Send + 'static>(
    shared: &Shared<T>,
    mut store: StoreContextMut<'_, T>,
    walk: Option<Walk>,
) {
    let has_begun = walk.is_some();
    let mut pause = Pause { stop: shared.ledger().stop_number, has_begun, walk: walk.unwrap_or_default() };
    poll_fn(|context| {
        loop {
            let command = {
                let mut slot = shared.slot();
                match &mut slot.waker {
                    Some(known) => known.clone_from(context.waker()),
                    None => slot.waker = Some(context.waker().clone()),
                }
                slot.command.take()
            };
            match command {
                None => return Poll::Pending,
                Some(Command::Query(query)) => {
                    let store = store.as_context_mut();
                    let mut paused = Paused { store, ledger: &shared.ledger, pause: &mut pause };
                    let answer = match catch_unwind(AssertUnwindSafe(|| query(&mut paused))) {
                        Ok(()) => Answer::Done,
                        Err(panic) => Answer::Panicked(panic),
                    };
                    shared.slot().answer = Some(answer);
                }
                Some(Command::Resume(how)) => match apply(shared, store.as_context_mut(), how) {
                    Ok(()) => return Poll::Ready(()),
                    Err(error) => shared.slot().failure = Some(error),
                },
            }
        }
    })
    .await;
}

/// Makes the program's code as the ledger and the way of resuming want it.
fn apply<T>(shared: &Shared<T>, store: StoreContextMut<'_, T>, how: How) -> Result<(), Error> {
    let mut ledger = shared.ledger();
    let ledger = &mut *ledger;
    let detached = shared.signals.is_detached();
    if detached {
        ledger.breakpoints.clear();
    }
    let stepping = how == How::StepInstruction && !detached;
    if ledger.breakpoints.is_applied(stepping) {
        return Ok(());
    }
    let session = store.edit_breakpoints().ok_or(Error::NotDebuggable)?;
    ledger.breakpoints.apply(&ledger.modules, session, stepping)
}

/// After a detach: takes everything out of the code, so that the program runs at its own speed.
pub(super) fn patch_out<T>(shared: &Shared<T>, store: &mut StoreContextMut<'_, T>) {
    shared.signals.detach();
    if let Err(error) = apply(shared, store.as_context_mut(), How::Continue) {
        tracing::warn!(%error, "breakpoints could not be taken out; the program runs on, slower");
    }
}

/// An engine error in words, without the engine's own backtrace.
pub(super) fn describe(error: &wasmtime::Error) -> String {
    if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
        return trap.to_string();
    }
    let is_backtrace = |text: &String| text.starts_with("error while executing at wasm backtrace");
    let words: Vec<String> = error.chain().map(ToString::to_string).filter(|text| !is_backtrace(text)).collect();
    words.join(": ")
}
