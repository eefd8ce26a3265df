//! The engine's callback for every debug event, which runs inside the program.
//!
//! The engine calls [`Handler`] while the program's code is on the stack. `stops` decides whether
//! an event is a stop; `pause` handles the stop. Invariant: nothing here panics (a panic at a trap
//! aborts the process, `raise` in the engine's `libcalls.rs`), and an event that nobody wants
//! returns without waiting.

use super::pause::{AfterEvent, EventFuture};
use super::shared::{Shared, lock};
use crate::engine::{self, Frozen};
use crate::plain::Stop;
use crate::stops::{self, Event, Ledger};
use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use wasmtime::{DebugEvent, DebugHandler, StoreContextMut, Trap};

/// The debug handler of a debuggee's store, or one of the copies that the engine makes for each
/// event.
pub(crate) struct Handler<T: 'static> {
    shared: Arc<Shared<T>>,
    /// Whether it is the one in the store. When that is dropped, the store has no handler.
    is_the_stores: bool,
}

impl<T> Handler<T> {
    /// The handler to put into a store.
    pub(crate) fn new(shared: &Arc<Shared<T>>) -> Handler<T> {
        Handler { shared: Arc::clone(shared), is_the_stores: true }
    }
}

impl<T> Clone for Handler<T> {
    #[inline]
    fn clone(&self) -> Self {
        Handler { shared: Arc::clone(&self.shared), is_the_stores: false }
    }
}

impl<T> Drop for Handler<T> {
    #[inline]
    fn drop(&mut self) {
        if self.is_the_stores {
            self.shared.note_handler_loss();
        }
    }
}

impl<T: Send + 'static> DebugHandler for Handler<T> {
    type Data = T;

    fn handle(&self, mut store: StoreContextMut<'_, T>, event: DebugEvent<'_>) -> impl Future<Output = ()> + Send {
        let shared = &self.shared;
        if let DebugEvent::Trap(code) = event
            && !shared.is_in_query()
        {
            outline_stack(shared, &mut store, code);
        }
        // The yield is made here and not by the engine. The engine sets its next deadline after the
        // yield, so an interrupt that comes during the yield would be lost, together with the epoch
        // that it has incremented.
        let yields = matches!(event, DebugEvent::EpochYield)
            && (shared.signals.is_detached() || !shared.signals.is_interrupt_wanted());
        let after = if yields {
            AfterEvent::Yield { store, has_yielded: false }
        } else {
            let reaction = react(shared, &mut store, event);
            AfterEvent::of(reaction, store)
        };
        EventFuture::new(shared, after)
    }
}

/// Outlines the stack of a program that has trapped, if somebody wants that. Also after a detach,
/// because the trap is then still the program's end.
fn outline_stack<T: 'static>(shared: &Shared<T>, store: &mut StoreContextMut<'_, T>, code: Trap) {
    let Some(sink) = shared.outlines.get() else { return };
    let Ledger { known, .. } = &mut *shared.ledger();
    // A stack that cannot be walked is not outlined; the trap's own backtrace is there all the same.
    *lock(sink) = engine::outline(&mut Frozen::new(store, known), code).unwrap_or_default();
}

/// The reaction to an event.
pub(crate) enum Reaction {
    Resume,
    /// The program does not go on. Whoever drives it sees the same flag and drops it.
    Suspend,
    Stop(Box<Stop>),
}

/// Does everything about an event that can be done at once.
pub(crate) fn react<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    event: DebugEvent<'_>,
) -> Reaction {
    if shared.is_in_query() {
        return Reaction::Resume;
    }
    if let DebugEvent::EpochYield = event {
        shared.signals.mark_epoch_seen();
    }
    if shared.signals.is_terminated() {
        return Reaction::Suspend;
    }
    if shared.signals.is_detached() {
        // Nobody is left to see the interrupt.
        shared.signals.take_interrupt();
        patch_out(shared, store);
        return Reaction::Resume;
    }
    match decide(shared, store, event) {
        None => Reaction::Resume,
        Some(stop) => {
            // An interrupt that lost the race against this stop has got its stop.
            shared.signals.take_interrupt();
            Reaction::Stop(stop)
        }
    }
}

/// Decides whether an event is a stop, and makes the stop.
fn decide<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    event: DebugEvent<'_>,
) -> Option<Box<Stop>> {
    let mut ledger = shared.ledger();
    let ledger = &mut *ledger;
    match event {
        DebugEvent::Breakpoint => stops::decide(store, ledger, Event::Instruction),
        DebugEvent::EpochYield => {
            if shared.signals.take_interrupt() {
                let Ledger { known, wanted } = ledger;
                stops::interrupt(&mut Frozen::new(store, known), wanted);
            }
            None
        }
        DebugEvent::Trap(code) => stops::decide(store, ledger, Event::Trap(code)),
        DebugEvent::HostcallError(error) if shared.exit_code(error).is_some() => {
            let Ledger { known, wanted } = ledger;
            stops::program_exits(&mut Frozen::new(store, known), wanted);
            None
        }
        DebugEvent::HostcallError(error) => stops::decide(store, ledger, Event::HostError(error)),
        DebugEvent::Exception(exception) => stops::decide(store, ledger, Event::Exception(exception)),
    }
}

/// Takes everything out of the code after a detach, so that the program runs at its own speed.
pub(crate) fn patch_out<T: 'static>(shared: &Shared<T>, store: &mut StoreContextMut<'_, T>) {
    shared.signals.detach();
    let Ledger { known, wanted } = &mut *shared.ledger();
    wanted.patch_out(&mut Frozen::new(store, known));
}

/// The text of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a payload that is not text").to_owned()
}
