//! The future for which the engine waits at an event. It is nearly always ready at once; otherwise
//! it is a pause.
//!
//! The engine makes space for this future at every event and copies it there, whether anything
//! waits or not, so it is small and written by hand. Invariant: it holds no more than one pause. A
//! call inside the paused program needs more space, and is boxed when it begins.

use super::calls;
use super::handler::{Reaction, react};
use super::shared::{Command, Shared};
use crate::engine::{Frozen, Pause, Paused};
use crate::plain::{Call, Error, How, Stop};
use crate::stops::{Ledger, prepare_resume};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use wasmtime::{AsContextMut, DebugEvent, StoreContextMut};

/// The rest of the work after an event has been looked at.
#[derive(Default)]
pub(crate) enum AfterEvent<'a, T: 'static> {
    /// The program goes on.
    #[default]
    Resume,
    /// The program never goes on: whoever drives it drops it.
    Suspend,
    /// Lets the executor's other tasks run once, then handles the epoch event.
    Yield { store: StoreContextMut<'a, T>, has_yielded: bool },
    /// Hands a stop to the debuggee, if there is one, and follows the debuggee's commands until
    /// the program is to go on.
    Pause { store: StoreContextMut<'a, T>, pause: Pause, stop: Option<Box<Stop>> },
    /// A call inside the paused program is running.
    Call(Calling<'a, T>),
}

impl<'a, T> AfterEvent<'a, T> {
    #[inline]
    pub(crate) fn of(reaction: Reaction, store: StoreContextMut<'a, T>) -> AfterEvent<'a, T> {
        match reaction {
            Reaction::Resume => AfterEvent::Resume,
            Reaction::Suspend => AfterEvent::Suspend,
            Reaction::Stop(stop) => AfterEvent::Pause { store, pause: Pause::at(&stop), stop: Some(stop) },
        }
    }
}

/// The future of an injected call. It returns the store and the pause that it has borrowed, and the
/// stop that reports the call's end; `None` if nobody debugs the program any more.
type Calling<'a, T> = Pin<Box<dyn Future<Output = Called<'a, T>> + Send + 'a>>;
type Called<'a, T> = (StoreContextMut<'a, T>, Pause, Result<Option<Box<Stop>>, Error>);

/// The future of an event.
pub(crate) struct EventFuture<'s, 'a, T: 'static> {
    shared: &'s Arc<Shared<T>>,
    after: AfterEvent<'a, T>,
}

impl<'s, 'a, T> EventFuture<'s, 'a, T> {
    #[inline]
    pub(crate) fn new(shared: &'s Arc<Shared<T>>, after: AfterEvent<'a, T>) -> EventFuture<'s, 'a, T> {
        EventFuture { shared, after }
    }
}

/// The body may drop its call into the program while the program is paused, and go on. Then the
/// pause is over, and so is a call that was made inside it.
impl<T> Drop for EventFuture<'_, '_, T> {
    #[inline]
    fn drop(&mut self) {
        match self.after {
            AfterEvent::Pause { .. } => self.shared.ledger().give_up(false),
            AfterEvent::Call(_) => self.shared.ledger().give_up(true),
            AfterEvent::Resume | AfterEvent::Suspend | AfterEvent::Yield { .. } => {}
        }
    }
}

impl<T: Send + 'static> Future for EventFuture<'_, '_, T> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let EventFuture { shared, after } = self.get_mut();
        match after {
            AfterEvent::Resume => Poll::Ready(()),
            _ => advance(shared, after, context),
        }
    }
}

fn advance<T: Send + 'static>(
    shared: &Arc<Shared<T>>,
    after: &mut AfterEvent<'_, T>,
    context: &mut Context<'_>,
) -> Poll<()> {
    loop {
        match after {
            AfterEvent::Resume => return Poll::Ready(()),
            AfterEvent::Suspend => return Poll::Pending,
            AfterEvent::Yield { has_yielded, .. } if !*has_yielded => {
                *has_yielded = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            AfterEvent::Yield { .. } => {
                if let AfterEvent::Yield { mut store, .. } = std::mem::take(after) {
                    let reaction = react(shared, &mut store, DebugEvent::EpochYield);
                    *after = AfterEvent::of(reaction, store);
                }
            }
            AfterEvent::Pause { store, pause, stop } => {
                match ready!(follow_commands(shared, store, pause, stop, context)) {
                    None => *after = AfterEvent::Resume,
                    Some(call) => {
                        if let AfterEvent::Pause { store, pause, .. } = std::mem::take(after) {
                            *after = AfterEvent::Call(Box::pin(make(Arc::clone(shared), store, pause, *call)));
                        }
                    }
                }
            }
            AfterEvent::Call(calling) => {
                let (store, pause, end) = ready!(calling.as_mut().poll(context));
                *after = match end {
                    Ok(Some(finished)) => AfterEvent::Pause { store, pause, stop: Some(finished) },
                    Ok(None) => AfterEvent::Resume,
                    Err(error) => {
                        shared.mailbox().failure = Some(error);
                        AfterEvent::Pause { store, pause, stop: None }
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
    let end = calls::make(&shared, store.as_context_mut(), &mut pause, call).await;
    (store, pause, end)
}

/// Hands over a stop, if there is one, and runs queries on the frozen store. Ready when the program
/// is to go on, with the call to make first if there is one.
fn follow_commands<T: Send + 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    pause: &mut Pause,
    stop: &mut Option<Box<Stop>>,
    context: &mut Context<'_>,
) -> Poll<Option<Box<Call>>> {
    loop {
        let command = {
            let mut mailbox = shared.mailbox();
            if stop.is_some() {
                mailbox.stop = stop.take();
                // A command from before the stop was for a pause that the body has given up.
                mailbox.command = None;
            }
            match &mut mailbox.waker {
                Some(known) => known.clone_from(context.waker()),
                None => mailbox.waker = Some(context.waker().clone()),
            }
            mailbox.command.take()
        };
        match command {
            None => return Poll::Pending,
            Some(Command::Query(query)) => {
                let answer = shared.query(|Ledger { known, wanted }| {
                    query(&mut Paused { frozen: Frozen::new(store, known), pause }, wanted);
                });
                shared.mailbox().answer = Some(answer);
            }
            Some(Command::Resume(how)) => match resume(shared, store, pause, how) {
                Ok(()) => return Poll::Ready(None),
                Err(error) => shared.mailbox().failure = Some(error),
            },
            Some(Command::Call(call)) => return Poll::Ready(Some(call)),
        }
    }
}

/// Prepares the program to go on from a pause.
fn resume<T: 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    pause: &Pause,
    how: How,
) -> Result<(), Error> {
    let Ledger { known, wanted } = &mut *shared.ledger();
    let frozen = &mut Frozen::new(store, known);
    prepare_resume(frozen, wanted, pause.at, how, shared.signals.is_detached())?;
    frozen.known.references.end();
    Ok(())
}
