//! Determines how a call has ended that returned an error.
//!
//! Invariant: an exception that the call has left pending is taken out of the store here, so that
//! nobody takes it for the program's own.

use crate::engine::{Frozen, describe, take_pending_payload};
use crate::plain::CallEnd;
use crate::run::shared::Shared;
use wasmtime::{StoreContextMut, ThrownException, Trap};

/// The end of a call that returned this error.
pub(super) fn of_error<T: 'static>(
    shared: &Shared<T>,
    store: &mut StoreContextMut<'_, T>,
    error: &wasmtime::Error,
) -> CallEnd {
    if let Some(code) = shared.exit_code(error) {
        return CallEnd::Code(code);
    }
    if let Some(code) = error.downcast_ref::<Trap>() {
        return CallEnd::Trap { code: *code };
    }
    if error.is::<ThrownException>() {
        match take_pending_payload(&mut Frozen::new(store, &mut shared.ledger().known)) {
            Ok(Some(payload)) => return CallEnd::Exception { payload },
            Ok(None) => {}
            Err(error) => return CallEnd::Failed(format!("an exception that cannot be read: {error}")),
        }
    }
    CallEnd::Failed(describe(error))
}
