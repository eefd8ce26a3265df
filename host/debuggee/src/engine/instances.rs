//! Instances of core modules, and access by index to the items that they hold.
//!
//! Invariant: an index that a debugger names is checked against the module's layout before the
//! engine sees it, because the engine panics on some invalid requests.

use super::frozen::Frozen;
use super::memory::AnyMemory;
use super::modules::ModuleEntry;
use crate::binary::Layout;
use crate::plain::{Entity, EntityKind, Error, InstanceId, ModuleId, TagId};
use std::sync::Arc;
use wasmtime::{AsContextMut, Func, Global, Instance, StoreContextMut, Table, Tag};

/// A global of an instance, by its index in the module, imports included.
pub(crate) fn global(store: impl AsContextMut, instance: Instance, index: u32) -> Option<Global> {
    instance.debug_global(store, index)
}

/// The id of a tag, which is the same in every instance that has the tag.
pub(crate) fn tag_id(tag: &Tag) -> TagId {
    TagId(tag.debug_index_in_store())
}

/// A function of an instance, by its index in the module, imports included.
pub(crate) fn function(store: impl AsContextMut, instance: Instance, index: u32) -> Option<Func> {
    instance.debug_function(store, index)
}

/// An instance, with its module and the layout of that module.
pub(crate) struct InstanceRef {
    pub(crate) instance: Instance,
    pub(crate) module: ModuleId,
    pub(crate) layout: Arc<Layout>,
}

impl InstanceRef {
    /// Looks an instance up by its id.
    pub(crate) fn find<T: 'static>(frozen: &mut Frozen<'_, T>, id: InstanceId) -> Result<InstanceRef, Error> {
        let instance = InstanceRef::handle(frozen, id)?;
        InstanceRef::of(frozen, instance)
    }

    /// The engine's handle of an instance, looked up by its id.
    pub(crate) fn handle<T: 'static>(frozen: &mut Frozen<'_, T>, id: InstanceId) -> Result<Instance, Error> {
        let instances = frozen.store.as_context_mut().debug_all_instances();
        instances.into_iter().find(|instance| InstanceRef::id_of(*instance) == id).ok_or(Error::NoInstance(id))
    }

    fn of<T: 'static>(frozen: &mut Frozen<'_, T>, instance: Instance) -> Result<InstanceRef, Error> {
        let modules = &mut frozen.known.modules;
        let module = modules.id_of(instance.module(&frozen.store));
        Ok(InstanceRef { instance, module, layout: modules.get_mut(module)?.layout()? })
    }

    /// All instances, in order of creation.
    pub(crate) fn all<T: 'static>(frozen: &mut Frozen<'_, T>) -> Vec<InstanceRef> {
        let instances = frozen.store.as_context_mut().debug_all_instances();
        instances.into_iter().filter_map(|instance| InstanceRef::of(frozen, instance).ok()).collect()
    }

    /// The handle, id and module of every instance, without the layouts.
    pub(crate) fn handles<T: 'static>(frozen: &mut Frozen<'_, T>) -> Vec<(Instance, InstanceId, ModuleId)> {
        let instances = frozen.store.as_context_mut().debug_all_instances();
        let Frozen { store, known } = frozen;
        let with_module = |instance: Instance| {
            let module = known.modules.id_of(instance.module(&*store));
            (instance, InstanceRef::id_of(instance), module)
        };
        instances.into_iter().map(with_module).collect()
    }

    /// The newest instance of a store; `None` if the store has none.
    pub(crate) fn newest<T: 'static>(store: &mut StoreContextMut<'_, T>) -> Option<InstanceId> {
        let instances = store.as_context_mut().debug_all_instances();
        instances.into_iter().map(InstanceRef::id_of).max()
    }

    /// The id of an instance.
    pub(crate) fn id_of(instance: Instance) -> InstanceId {
        InstanceId(instance.debug_index_in_store())
    }

    /// The engine's number of the definition behind one of the instance's tables, memories, globals
    /// or tags. `None` for a function and for a shared memory, which have no number.
    pub(crate) fn definition_number<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        Entity { kind, index }: Entity,
    ) -> Option<u64> {
        let instance = self.instance;
        match kind {
            EntityKind::Function => None,
            EntityKind::Table => Some(instance.debug_table(store, index)?.debug_index_in_store()),
            EntityKind::Global => Some(instance.debug_global(store, index)?.debug_index_in_store()),
            EntityKind::Tag => Some(instance.debug_tag(store, index)?.debug_index_in_store()),
            EntityKind::Memory => Some(instance.debug_memory(store, index)?.debug_index_in_store()),
        }
    }

    pub(crate) fn id(&self) -> InstanceId {
        InstanceRef::id_of(self.instance)
    }

    /// The binary of the instance's module; `None` if the engine has not kept it.
    pub(crate) fn bytes<'f, T: 'static>(&self, frozen: &'f Frozen<'_, T>) -> Option<&'f [u8]> {
        frozen.known.modules.get(self.module).ok().map(ModuleEntry::bytes).filter(|bytes| !bytes.is_empty())
    }

    pub(crate) fn function(&self, store: impl AsContextMut, index: u32) -> Option<Func> {
        function(store, self.instance, index)
    }

    pub(crate) fn global(&self, store: impl AsContextMut, index: u32) -> Result<Global, Error> {
        global(store, self.instance, index).ok_or(Error::NoGlobal(index))
    }

    pub(crate) fn table(&self, store: impl AsContextMut, index: u32) -> Result<Table, Error> {
        self.instance.debug_table(store, index).ok_or(Error::NoTable(index))
    }

    pub(crate) fn tag(&self, store: impl AsContextMut, index: u32) -> Result<Tag, Error> {
        self.instance.debug_tag(store, index).ok_or(Error::NoTag(index.into()))
    }

    pub(crate) fn memory<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        index: u32,
    ) -> Result<AnyMemory, Error> {
        AnyMemory::of(store, self.instance, index)
    }
}
