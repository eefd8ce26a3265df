//! The store as the program's body sees it.
//!
//! Invariant: whatever the body does with the store through this, the debug handler is in it.

use super::crossings::cross;
use super::handler::Handler;
use super::shared::Shared;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use wasmtime::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut};

/// The store of a program under debug, for the program's body. It is used as the [`Store`] itself,
/// to which it dereferences.
///
/// A body may give up a call into the program, by dropping its future, and call again. The engine
/// takes the debug handler out of the store then (`block_on_debug_handler`: the program is unwound
/// with an error, and it cannot wait for a handler that is to see this error). The handler is put
/// back when the body next uses this store. A body that keeps a `&mut Store` or a
/// [`StoreContextMut`] of it across a call that it gives up, and goes on with that, is no longer
/// debugged.
pub struct BodyStore<T: 'static> {
    store: Store<T>,
    /// None for a program that nobody debugs.
    shared: Option<Arc<Shared<T>>>,
}

impl<T: Send + 'static> BodyStore<T> {
    /// The store of a program that runs without a debuggee, for a body that is written for both.
    pub fn without_debuggee(store: Store<T>) -> BodyStore<T> {
        BodyStore { store, shared: None }
    }

    /// A store with the debug handler in it.
    pub(super) fn new(mut store: Store<T>, shared: Arc<Shared<T>>) -> BodyStore<T> {
        store.set_debug_handler(Handler::new(&shared));
        let crosses = Arc::clone(&shared);
        store.call_hook(move |mut store, crossing| {
            cross(&crosses, &mut store, crossing);
            Ok(())
        });
        BodyStore { store, shared: Some(shared) }
    }

    /// The store itself, with whatever handler it has.
    pub(super) fn into_store(self) -> Store<T> {
        self.store
    }

    /// Puts the handler back if the engine has dropped it.
    #[inline]
    fn restore_handler(&mut self) {
        if let Some(shared) = &self.shared
            && shared.take_handler_loss()
        {
            tracing::debug!("a call into the program was given up; the debug handler is put back");
            self.store.set_debug_handler(Handler::new(shared));
        }
    }
}

impl<T: Send + 'static> Deref for BodyStore<T> {
    type Target = Store<T>;

    fn deref(&self) -> &Store<T> {
        &self.store
    }
}

impl<T: Send + 'static> DerefMut for BodyStore<T> {
    fn deref_mut(&mut self) -> &mut Store<T> {
        self.restore_handler();
        &mut self.store
    }
}

impl<T: Send + 'static> AsContext for BodyStore<T> {
    type Data = T;

    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T: Send + 'static> AsContextMut for BodyStore<T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.restore_handler();
        self.store.as_context_mut()
    }
}

impl<T: fmt::Debug + Send + 'static> fmt::Debug for BodyStore<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BodyStore").field(&self.store).finish()
    }
}
