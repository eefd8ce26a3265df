//! The things of which a store has only one, the pending exception and the fuel. A call on top of a
//! paused program uses them too.
//!
//! Invariant: whatever is taken out of the store before a call is put back after it.

use crate::plain::Error;
use wasmtime::{AsContextMut, ExnRef, OwnedRooted, StoreContextMut};

/// The pending exception and the fuel of a paused program.
pub(crate) struct StoreSlots {
    /// An exception that is on its way to its handler.
    exception: Option<OwnedRooted<ExnRef>>,
    /// The fuel, if the engine counts it. Compiled code that waits in a call keeps its own count;
    /// this one is for the host.
    fuel: Option<u64>,
}

impl StoreSlots {
    /// Takes the pending exception out of the store, and copies the fuel, which also stays in the
    /// store.
    pub(crate) fn of<T: 'static>(mut store: StoreContextMut<'_, T>) -> Result<StoreSlots, Error> {
        let fuel = store.get_fuel().ok();
        let Some(pending) = store.take_pending_exception() else { return Ok(StoreSlots { exception: None, fuel }) };
        match pending.to_owned_rooted(store.as_context_mut()) {
            Ok(exception) => Ok(StoreSlots { exception: Some(exception), fuel }),
            Err(error) => {
                // Makes it the pending exception again. That this returns an error is the purpose
                // of `throw`.
                let _ = store.throw::<()>(pending);
                Err(error.into())
            }
        }
    }

    /// Puts both back, replacing whatever is there now.
    pub(crate) fn put_back<T: 'static>(self, mut store: StoreContextMut<'_, T>) {
        // An exception that is pending now would be overwritten next, or was left behind by a call
        // whose error the host has caught.
        store.take_pending_exception();
        if let Some(exception) = self.exception {
            let exception = exception.to_rooted(store.as_context_mut());
            let _ = store.throw::<()>(exception);
        }
        if let Some(fuel) = self.fuel
            && store.get_fuel().ok() != Some(fuel)
            && let Err(error) = store.set_fuel(fuel)
        {
            tracing::warn!(%error, "the program's fuel could not be put back");
        }
    }
}
