//! Makes a call from inside the paused handler.
//!
//! Invariant: whatever happens in the call, even a panic of a host function, ends as a [`CallEnd`]:
//! a panic that left the handler at a trap would abort the process.

use super::{arguments, result};
use crate::engine::{Frozen, OuterActivations, Pause, PausedAt, StoreSlots, keep_values};
use crate::plain::{Call, CallEnd, Error, MAX_CALL_DEPTH, Stop, StopReason};
use crate::run::handler::{panic_message, patch_out};
use crate::run::shared::Shared;
use crate::stops::{Ledger, make_stop_in_pause, prepare_resume};
use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use wasmtime::{AsContextMut, Func, RootScope, StoreContextMut, Val};

/// Makes a call, and returns the stop that reports its end; `None` if the program is to go on
/// because nobody debugs it any more.
///
/// # Errors
/// The call cannot be made. Nothing has run then.
pub(crate) async fn make<T: Send + 'static>(
    shared: &Shared<T>,
    mut store: StoreContextMut<'_, T>,
    pause: &mut Pause,
    call: Call,
) -> Result<Option<Box<Stop>>, Error> {
    if shared.ledger().known.outer.len() >= usize::try_from(MAX_CALL_DEPTH).unwrap_or_default() {
        return Err(Error::TooDeep { limit: MAX_CALL_DEPTH });
    }
    // Every reference that the call needs is rooted until the call has ended, and no longer.
    let mut scope = RootScope::new(store.as_context_mut());
    let function =
        arguments::function(&mut Frozen::new(&mut scope.as_context_mut(), &mut shared.ledger().known), &call)?;
    let (arguments, mut results) =
        arguments::values(&mut scope, &shared.ledger().known.references, function, &call.arguments)?;
    let slots = StoreSlots::of(scope.as_context_mut())?;
    let end = match prepare(shared, &mut scope.as_context_mut(), pause, &call) {
        Ok(()) => {
            let called = call_catching_panics(function, &mut scope, &arguments, &mut results).await;
            end_call(shared);
            Ok(match called {
                Ok(Ok(())) => {
                    let known = &mut shared.ledger().known;
                    CallEnd::Returned(keep_values(&mut Frozen::new(&mut scope.as_context_mut(), known), &results))
                }
                Ok(Err(error)) => result::of_error(shared, &mut scope.as_context_mut(), &error),
                Err(panic) => CallEnd::Failed(format!("panicked: {}", panic_message(&*panic))),
            })
        }
        Err(error) => Err(error),
    };
    slots.put_back(scope.as_context_mut());
    drop(scope);
    // The call may have been into the host, which ends the engine's handles of frames.
    pause.walk.restart();
    let end = end?;
    if shared.signals.is_detached() {
        patch_out(shared, &mut store);
        return Ok(None);
    }
    // An interrupt that came too late for the call has got its stop: the program is stopped now.
    shared.signals.take_interrupt();
    let Ledger { known, wanted } = &mut *shared.ledger();
    Ok(Some(make_stop_in_pause(&mut Frozen::new(&mut store, known), wanted, pause, StopReason::CallFinished(end))))
}

/// Prepares the engine and the ledger for the call.
fn prepare<T: 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    pause: &Pause,
    call: &Call,
) -> Result<(), Error> {
    let Ledger { known, wanted } = &mut *shared.ledger();
    let frozen = &mut Frozen::new(store, known);
    // The call begins outside every frame, as the program does.
    prepare_resume(frozen, wanted, PausedAt::Entry, call.how, false)?;
    let outer = OuterActivations::of(pause, frozen, call)?;
    frozen.known.outer.push(outer);
    frozen.known.references.end();
    Ok(())
}

/// Removes the call from the ledger after its end, and the access that its last instruction was
/// about to make.
fn end_call<T>(shared: &Shared<T>) {
    let mut ledger = shared.ledger();
    ledger.known.outer.pop();
    ledger.wanted.watch.abandon();
}

/// Calls a function. The outer error is a panic of the host.
async fn call_catching_panics<T: Send + 'static>(
    function: Func,
    scope: &mut RootScope<StoreContextMut<'_, T>>,
    arguments: &[Val],
    results: &mut [Val],
) -> Result<wasmtime::Result<()>, Box<dyn Any + Send>> {
    let mut call = pin!(function.call_async(scope, arguments, results));
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}
