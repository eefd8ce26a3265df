//! The things that a store has one of: the pending exception and the fuel. A call on top of a paused program uses them too.
//!
//! Invariant: what is taken out of the store before a call is put back after it.

use crate::plain::Error;
use wasmtime::{AsContextMut, ExnRef, OwnedRooted, StoreContextMut};

/// The pending exception and the fuel of a paused program.
pub(crate) struct StoreSlots {
    /// An exception that is on its way to its handler.
    exception: Option<OwnedRooted<ExnRef>>,
    /// If the engine counts it. (Code that waits in a function of its own keeps its count itself; this is for the host.)
    fuel: Option<u64>,
}

impl StoreSlots {
    /// Takes them out of the store; the fuel is left in it as well.
    pub(crate) fn of<T: 'static>(mut store: StoreContextMut<'_, T>) -> Result<StoreSlots, Error> {
        let fuel = store.get_fuel().ok();
        let Some(pending) = store.take_pending_exception() else { return Ok(StoreSlots { exception: None, fuel }) };
        match pending.to_owned_rooted(store.as_context_mut()) {
            Ok(exception) => Ok(StoreSlots { exception: Some(exception), fuel }),
            Err(error) => {
                // Sets it as the pending one; that this is an error is what the function is for.
                let _ = store.throw::<()>(pending);
                Err(error.into())
            }
        }
    }

    /// Puts them back, over whatever is there now.
    pub(crate) fn put_back<T: 'static>(self, mut store: StoreContextMut<'_, T>) {
        // Overwritten next, or left behind by a call whose host has caught its error.
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
