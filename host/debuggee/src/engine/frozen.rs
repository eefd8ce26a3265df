//! The store of a program that does not move, and what is known of it.
//!
//! Made for one event or one query, from the store that the engine lends and the [`Known`] that the program's ledger owns. Invariant:
//! the program runs nothing while one exists.

use super::activations::OuterActivations;
use super::function_addresses::FunctionAddresses;
use super::modules::Modules;
use super::references::References;
use crate::binary::component::ComponentBinary;
use crate::plain::TagId;
use std::collections::BTreeMap;
use wasmtime::{AsContextMut, Store, StoreContextMut, Tag};

/// A frozen store.
pub(crate) struct Frozen<'a, T: 'static> {
    pub(crate) store: StoreContextMut<'a, T>,
    pub(crate) known: &'a mut Known,
}

/// What is known of a program, as opposed to what is wanted of it.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) modules: Modules,
    /// The objects that the references read at this stop refer to.
    pub(crate) references: References,
    /// Where the engine keeps the program's functions, as far as somebody has asked.
    pub(crate) function_addresses: FunctionAddresses,
    /// The component that the program is.
    pub(crate) component: ComponentBinary,
    /// Tags that a debugger made.
    pub(crate) made_tags: BTreeMap<TagId, Tag>,
    /// The pauses below injected calls, outermost first.
    pub(crate) outer: Vec<OuterActivations>,
}

/// Whether a store's engine was made for debugging.
pub(crate) fn is_debuggable<T: 'static>(store: &mut Store<T>) -> bool {
    store.edit_breakpoints().is_some()
}

impl<'a, T: 'static> Frozen<'a, T> {
    #[inline]
    pub(crate) fn new(store: &'a mut StoreContextMut<'_, T>, known: &'a mut Known) -> Frozen<'a, T> {
        Frozen { store: store.as_context_mut(), known }
    }

    /// Makes every module of the store known.
    pub(crate) fn look_for_modules(&mut self) {
        self.known.modules.look_for(self.store.as_context_mut());
    }
}
