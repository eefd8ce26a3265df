//! Memories of either kind: private to the store, or shared with other threads.
//!
//! Invariant: addresses and lengths may be any number; a shared memory is only copied by the
//! engine's own safe copies, because other threads may write it at the same time.

use crate::plain::Error;
use wasmtime::{AsContextMut, Instance, Memory, MemoryType, SharedMemory, StoreContextMut};
use wiggle::{GuestMemory, GuestPtr};

/// A memory of either kind.
pub(crate) enum AnyMemory {
    Plain(Memory),
    Shared(SharedMemory),
}

impl AnyMemory {
    /// A memory of an instance, by its index in the module, imports included.
    pub(crate) fn of<T: 'static>(
        store: &mut StoreContextMut<'_, T>,
        instance: Instance,
        index: u32,
    ) -> Result<AnyMemory, Error> {
        if let Some(memory) = instance.debug_memory(store.as_context_mut(), index) {
            return Ok(AnyMemory::Plain(memory));
        }
        let shared = instance.debug_shared_memory(store.as_context_mut(), index);
        shared.map(AnyMemory::Shared).ok_or(Error::NoMemory(index))
    }

    pub(crate) fn ty<T: 'static>(&self, store: &StoreContextMut<'_, T>) -> MemoryType {
        match self {
            AnyMemory::Plain(memory) => memory.ty(store),
            AnyMemory::Shared(memory) => memory.ty(),
        }
    }

    /// The size in bytes.
    pub(crate) fn size<T: 'static>(&self, store: &StoreContextMut<'_, T>) -> u64 {
        let size = match self {
            AnyMemory::Plain(memory) => memory.data_size(store),
            AnyMemory::Shared(memory) => memory.data_size(),
        };
        u64::try_from(size).unwrap_or(u64::MAX)
    }

    /// Reads at most `length` bytes from `address` on; fewer at the end of the memory.
    pub(crate) fn read<T: 'static>(
        &self,
        store: &StoreContextMut<'_, T>,
        address: u64,
        length: usize,
    ) -> Result<Vec<u8>, Error> {
        let start = usize::try_from(address).unwrap_or(usize::MAX);
        let out_of_bounds = |size: usize| Error::OutOfBounds { size: u64::try_from(size).unwrap_or(u64::MAX) };
        match self {
            AnyMemory::Plain(memory) => {
                let data = memory.data(store);
                let rest = data.get(start..).ok_or_else(|| out_of_bounds(data.len()))?;
                Ok(rest.get(..length).unwrap_or(rest).to_vec())
            }
            AnyMemory::Shared(memory) => {
                let data = memory.data();
                let rest = data.get(start..).ok_or_else(|| out_of_bounds(data.len()))?;
                let cells = rest.get(..length).unwrap_or(rest);
                let length = u32::try_from(cells.len()).map_err(|_| Error::TooLarge { limit: u64::from(u32::MAX) })?;
                let bytes = GuestMemory::Shared(cells).to_vec(GuestPtr::<[u8]>::new((0, length)));
                bytes.map_err(|error| Error::Engine(error.to_string()))
            }
        }
    }

    /// Writes all of the bytes, or none of them.
    pub(crate) fn write<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        address: u64,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let size = self.size(store);
        let start = usize::try_from(address).map_err(|_| Error::OutOfBounds { size })?;
        let end = start.checked_add(bytes.len()).ok_or(Error::OutOfBounds { size })?;
        match self {
            AnyMemory::Plain(memory) => {
                let target = memory.data_mut(store).get_mut(start..end);
                target.ok_or(Error::OutOfBounds { size })?.copy_from_slice(bytes);
                Ok(())
            }
            AnyMemory::Shared(memory) => {
                let cells = memory.data().get(start..end).ok_or(Error::OutOfBounds { size })?;
                let length = u32::try_from(bytes.len()).map_err(|_| Error::TooLarge { limit: u64::from(u32::MAX) })?;
                let target = GuestPtr::<[u8]>::new((0, length));
                let written = GuestMemory::Shared(cells).copy_from_slice(bytes, target);
                written.map_err(|error| Error::Engine(error.to_string()))
            }
        }
    }

    /// Grows the memory by a number of pages, and returns how many pages it had before.
    pub(crate) fn grow<T: 'static>(&self, store: &mut StoreContextMut<'_, T>, pages: u64) -> wasmtime::Result<u64> {
        match self {
            AnyMemory::Plain(memory) => memory.grow(store.as_context_mut(), pages),
            AnyMemory::Shared(memory) => memory.grow(pages),
        }
    }
}
