//! A store whose program does not run, and what is known of the program.
//!
//! Made for one event or one query, from the store that the engine lends and the [`Known`] that the
//! program's ledger owns. Invariant: the program runs nothing while a [`Frozen`] exists.

use super::activations::OuterActivations;
use super::function_addresses::FunctionAddresses;
use super::host_frames::HostFrames;
use super::modules::Modules;
use super::references::References;
use crate::binary::component::ComponentBinary;
use crate::plain::{EntryPoint, ModuleInfo, TagId};
use std::collections::BTreeMap;
use wasmtime::{AsContextMut, Store, StoreContextMut, Tag};

/// A frozen store, and what is known of its program.
pub(crate) struct Frozen<'a, T: 'static> {
    pub(crate) store: StoreContextMut<'a, T>,
    pub(crate) known: &'a mut Known,
}

/// The known half of a program's ledger. The other half is what is wanted of the program.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) modules: Modules,
    /// The objects behind the references that were read at this stop.
    pub(crate) references: References,
    /// The addresses of the program's functions, collected as far as somebody has asked.
    pub(crate) function_addresses: FunctionAddresses,
    /// The binary of the component, if the program is one.
    pub(crate) component: ComponentBinary,
    /// The function that the body calls as the program, if somebody has said.
    pub(crate) entry_point: Option<EntryPoint>,
    /// The tags that a debugger has made.
    pub(crate) made_tags: BTreeMap<TagId, Tag>,
    /// The pauses from which injected calls were made that still run, outermost first.
    pub(crate) outer: Vec<OuterActivations>,
    /// The frames of a program that is in a call of the host.
    pub(crate) host_frames: HostFrames,
}

impl Known {
    /// The modules seen so far.
    pub(crate) fn module_infos(&self) -> Vec<ModuleInfo> {
        self.modules.infos(|bytes| !self.component.contains(bytes))
    }
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

    /// Gives an id to every module of the store.
    pub(crate) fn register_modules(&mut self) {
        self.known.modules.register_all(self.store.as_context_mut());
    }
}
