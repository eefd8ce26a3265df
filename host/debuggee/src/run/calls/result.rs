//! What a call has come to.
//!
//! Invariant: an exception that the call has left behind is taken away here, so that nobody takes it for the program's own.

use crate::engine::{References, describe};
use crate::plain::{CallEnd, Error, Value};
use crate::run::shared::Shared;
use wasmtime::{AsContextMut, StoreContextMut, ThrownException, Trap, Val};

/// How a call has ended that ended with an error.
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
        match payload(shared, store) {
            Ok(Some(payload)) => return CallEnd::Exception { payload },
            Ok(None) => {}
            Err(error) => return CallEnd::Failed(format!("an exception that cannot be read: {error}")),
        }
    }
    CallEnd::Failed(describe(error))
}

/// Takes the pending exception and reads what it carries.
fn payload<T: 'static>(shared: &Shared<T>, store: &mut StoreContextMut<'_, T>) -> Result<Option<Vec<Value>>, Error> {
    let Some(exception) = store.take_pending_exception() else { return Ok(None) };
    let fields: Vec<Val> = exception.fields(store.as_context_mut())?.collect();
    Ok(Some(plain(shared, store, &fields)))
}

/// The plain form of what a call has left; references are those of the stop that tells its end.
pub(super) fn plain<T: 'static>(shared: &Shared<T>, store: &mut StoreContextMut<'_, T>, values: &[Val]) -> Vec<Value> {
    let references = &mut shared.ledger().known.references;
    values.iter().map(|value| References::value(&mut Some(&mut *references), store.as_context_mut(), value)).collect()
}
