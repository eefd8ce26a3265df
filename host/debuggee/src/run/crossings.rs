//! The program's way into the host and back, which the engine tells of at every crossing.
//!
//! The engine calls [`cross`] while nobody debugs the moment: nothing waits here. While the program
//! runs for somebody who may interrupt it, the frames are noted at its way out, for a stop in the
//! call; what was asked for at such a stop is done on its way back. Invariant: the program is in a
//! call of the host that waits if it is pending twice and has crossed nowhere in between.

use super::shared::Shared;
use crate::engine::{Frozen, note_host_frames};
use crate::plain::Stop;
use crate::stops::{self, Crossing, Ledger};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::Context;
use wasmtime::{CallHook, StoreContextMut};

/// How often the program has crossed. Written in the thread that runs the program.
#[derive(Default)]
pub(crate) struct Crossings {
    n: AtomicU64,
    /// `n` plus one, as it was when the program was last found pending and to be interrupted.
    n_when_pending: AtomicU64,
    /// The number of activations of the program.
    n_activations: AtomicU32,
}

impl Crossings {
    /// Adds to a number that no other thread writes at this time.
    #[inline]
    fn count(&self) {
        self.n.store(self.n.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// The number of activations after some were entered and some left.
    #[inline]
    fn change_activations(&self, entered: u32, left: u32) -> u32 {
        let before = self.n_activations.load(Ordering::Relaxed);
        let now = before.saturating_add(entered).saturating_sub(left);
        self.n_activations.store(now, Ordering::Relaxed);
        now
    }

    /// Notes that the program is pending. Returns whether it was so before and has crossed nowhere
    /// since.
    fn is_pending_again(&self) -> bool {
        let now = self.n.load(Ordering::Relaxed).wrapping_add(1);
        self.n_when_pending.swap(now, Ordering::Relaxed) == now
    }

    pub(super) fn n_activations(&self) -> u32 {
        self.n_activations.load(Ordering::Relaxed)
    }
}

/// The engine's call at every crossing between the program and the host.
#[inline]
pub(super) fn cross<T: Send + 'static>(shared: &Shared<T>, store: &mut StoreContextMut<'_, T>, crossing: CallHook) {
    // A query that polls a call itself: it holds the ledger, and the program is where it was.
    if shared.is_in_query() {
        return;
    }
    let crossings = &shared.crossings;
    crossings.count();
    let n_activations = match crossing {
        CallHook::CallingWasm => crossings.change_activations(1, 0),
        CallHook::ReturningFromWasm => crossings.change_activations(0, 1),
        CallHook::CallingHost | CallHook::ReturningFromHost => crossings.n_activations(),
    };
    if shared.signals.is_watched() {
        cross_watched(shared, store, crossing, n_activations);
    }
}

/// Does what is due at a crossing of a program that may be interrupted.
fn cross_watched<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    crossing: CallHook,
    n_activations: u32,
) {
    if shared.signals.is_detached() && !shared.ledger().wanted.is_resumed_in_host() {
        return;
    }
    let is_epoch_due = shared.signals.is_interrupt_wanted() || shared.signals.is_terminated();
    let Ledger { known, wanted } = &mut *shared.ledger();
    let crossing = match crossing {
        CallHook::CallingHost => {
            note_host_frames(&mut Frozen::new(store, known), is_epoch_due, n_activations);
            return;
        }
        CallHook::ReturningFromWasm => {
            known.host_frames.change_activation();
            note_host_frames(&mut Frozen::new(store, known), is_epoch_due, n_activations);
            return;
        }
        CallHook::CallingWasm => {
            known.host_frames.change_activation();
            known.host_frames.forget();
            Crossing::Enters
        }
        CallHook::ReturningFromHost => Crossing::Returns,
    };
    let goes_on = wanted.is_resumed_in_host();
    let is_detached = shared.signals.is_detached();
    if goes_on && !is_detached {
        stops::resume_from_host(&mut Frozen::new(store, known), wanted, crossing, n_activations);
    }
    known.host_frames.forget();
    if goes_on && is_detached {
        wanted.take_resumed_in_host();
        wanted.patch_out(&mut Frozen::new(store, known));
    }
}

/// The stop of a program that is to be interrupted, if it waits in a call of the host. It is polled
/// once more before that is certain.
pub(super) fn stop_in_host<T>(shared: &Shared<T>, context: &Context<'_>) -> Option<Box<Stop>> {
    let signals = &shared.signals;
    // A command that nobody has taken is for a program that is paused.
    if !signals.is_interrupt_wanted() || signals.is_detached() || shared.mailbox().command.is_some() {
        return None;
    }
    if !shared.crossings.is_pending_again() {
        context.waker().wake_by_ref();
        return None;
    }
    signals.take_interrupt();
    Some(stops::make_stop_in_host(&mut shared.ledger()))
}
