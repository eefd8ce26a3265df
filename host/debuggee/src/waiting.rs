//! What the engine waits for at an event: nothing, nearly always, or a pause.
//!
//! The engine makes room for this future at every event and copies it there, whether anything waits or not, so it is written by
//! hand and small. Invariant: it holds no more than one pause; what needs more room, a call inside the paused program, is boxed
//! when it begins.

use super::frames::{self, Innermost};
use super::handler::{Reaction, apply, react};
use super::paused::{Pause, Paused, Place};
use super::shared::{Answer, Command, Ledger, Shared};
use super::{Call, Error, How, Stop, inject};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use wasmtime::{AsContextMut, DebugEvent, StoreContextMut};

/// What is left to do at an event.
#[derive(Default)]
pub(crate) enum Left<'a, T: 'static> {
    /// Nothing.
    #[default]
    Nothing,
    /// Nothing either, but the program does not go on.
    Forever,
    /// Gives other tasks of the executor their turn, then sees about the epoch.
    Yield { store: StoreContextMut<'a, T>, has_yielded: bool },
    /// Hands a stop to the controller, if there is one, and does what it is told until the program is to go on.
    Pause { store: StoreContextMut<'a, T>, pause: Pause, stop: Option<Box<Stop>> },
    /// A call inside the paused program.
    Call(Calling<'a, T>),
}

impl<'a, T> Left<'a, T> {
    /// What is left after an event has been looked at.
    #[inline]
    pub(crate) fn after(reaction: Reaction, store: StoreContextMut<'a, T>) -> Left<'a, T> {
        match reaction {
            Reaction::GoOn => Left::Nothing,
            Reaction::Stay => Left::Forever,
            Reaction::Stop(stop) => Left::Pause { store, pause: Pause::at(&stop), stop: Some(stop) },
        }
    }
}

/// Gives back what it has borrowed for the call, and the stop that tells its end; none if nobody debugs the program any more.
type Calling<'a, T> = Pin<Box<dyn Future<Output = Called<'a, T>> + Send + 'a>>;
type Called<'a, T> = (StoreContextMut<'a, T>, Pause, Result<Option<Box<Stop>>, Error>);

/// The future of an event.
pub(crate) struct Waiting<'s, 'a, T: 'static> {
    shared: &'s Arc<Shared<T>>,
    left: Left<'a, T>,
}

impl<'s, 'a, T> Waiting<'s, 'a, T> {
    #[inline]
    pub(crate) fn new(shared: &'s Arc<Shared<T>>, left: Left<'a, T>) -> Waiting<'s, 'a, T> {
        Waiting { shared, left }
    }
}

impl<T: Send + 'static> Future for Waiting<'_, '_, T> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Waiting { shared, left } = self.get_mut();
        match left {
            Left::Nothing => Poll::Ready(()),
            _ => advance(shared, left, context),
        }
    }
}

fn advance<T: Send + 'static>(shared: &Arc<Shared<T>>, left: &mut Left<'_, T>, context: &mut Context<'_>) -> Poll<()> {
    loop {
        match left {
            Left::Nothing => return Poll::Ready(()),
            Left::Forever => return Poll::Pending,
            Left::Yield { has_yielded, .. } if !*has_yielded => {
                *has_yielded = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Left::Yield { .. } => {
                if let Left::Yield { mut store, .. } = std::mem::take(left) {
                    let reaction = react(shared, &mut store, DebugEvent::EpochYield);
                    *left = Left::after(reaction, store);
                }
            }
            Left::Pause { store, pause, stop } => match ready!(obey(shared, store, pause, stop, context)) {
                None => *left = Left::Nothing,
                Some(call) => {
                    if let Left::Pause { store, pause, .. } = std::mem::take(left) {
                        *left = Left::Call(Box::pin(make(Arc::clone(shared), store, pause, *call)));
                    }
                }
            },
            Left::Call(calling) => {
                let (store, pause, end) = ready!(calling.as_mut().poll(context));
                *left = match end {
                    Ok(Some(finished)) => Left::Pause { store, pause, stop: Some(finished) },
                    Ok(None) => Left::Nothing,
                    Err(error) => {
                        shared.slot().failure = Some(error);
                        Left::Pause { store, pause, stop: None }
                    }
                };
            }
        }
    }
}

async fn make<T: Send + 'static>(
    shared: Arc<Shared<T>>,
    mut store: StoreContextMut<'_, T>,
    mut pause: Pause,
    call: Call,
) -> Called<'_, T> {
    let end = inject::run(&shared, store.as_context_mut(), &mut pause, call).await;
    (store, pause, end)
}

/// Hands over a stop, if there is one, and runs queries on the frozen store, until the program is to go on, or to make a call
/// first.
fn obey<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    pause: &mut Pause,
    stop: &mut Option<Box<Stop>>,
    context: &mut Context<'_>,
) -> Poll<Option<Box<Call>>> {
    loop {
        let command = {
            let mut slot = shared.slot();
            if stop.is_some() {
                slot.stop = stop.take();
            }
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
                let mut paused = Paused { store, ledger: &shared.ledger, pause };
                let answer = match catch_unwind(AssertUnwindSafe(|| query(&mut paused))) {
                    Ok(()) => Answer::Done,
                    Err(panic) => Answer::Panicked(panic),
                };
                shared.slot().answer = Some(answer);
            }
            Some(Command::Resume(how, spare)) => match set_off(shared, store, pause, how, spare) {
                Ok(()) => return Poll::Ready(None),
                Err(error) => shared.slot().failure = Some(error),
            },
            Some(Command::Call(call)) => return Poll::Ready(Some(call)),
        }
    }
}

/// Prepares to go on from a stop.
fn set_off<T: 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    pause: &Pause,
    how: How,
    spare: Option<Box<Stop>>,
) -> Result<(), Error> {
    let mut ledger = shared.ledger();
    let ledger = &mut *ledger;
    if spare.is_some() {
        ledger.spare = spare;
    }
    if shared.signals.is_detached() {
        ledger.breakpoints.disable();
        ledger.stepper.detach();
    } else {
        let Ledger { watch, modules, breakpoints, stepper, .. } = &mut *ledger;
        stepper.plan(how, pause.place, store, modules, breakpoints)?;
        watch.set_off(store, modules, breakpoints);
        if pause.place == Place::Instruction
            && !watch.is_idle()
            && let Some((frame, location)) = frames::innermost(store, modules, Innermost::Sound)
        {
            let point = watch.point(location);
            watch.depart(store, modules, breakpoints, &frame, (location, point));
        }
    }
    apply(ledger, store.as_context_mut())?;
    ledger.references.end();
    Ok(())
}
