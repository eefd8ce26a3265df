//! Writes to memories, and their growth.
//!
//! Invariant: a write that does not fit writes nothing.

use crate::paused::Paused;
use crate::reading::{self, AnyMemory};
use crate::{Error, InstanceId};
use wasmtime::AsContextMut;
use wiggle::{GuestMemory, GuestPtr};

pub(super) fn write<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    memory: u32,
    address: u64,
    bytes: &[u8],
) -> Result<(), Error> {
    let instance = reading::instance(&mut paused.store, instance)?;
    let memory = AnyMemory::of(&mut paused.store, instance, memory)?;
    let size = memory.size(&paused.store);
    let start = usize::try_from(address).map_err(|_| Error::OutOfBounds { size })?;
    let end = start.checked_add(bytes.len()).ok_or(Error::OutOfBounds { size })?;
    match memory {
        AnyMemory::Plain(memory) => {
            let place = memory.data_mut(&mut paused.store).get_mut(start..end);
            place.ok_or(Error::OutOfBounds { size })?.copy_from_slice(bytes);
            Ok(())
        }
        AnyMemory::Shared(memory) => {
            let cells = memory.data().get(start..end).ok_or(Error::OutOfBounds { size })?;
            let length = u32::try_from(bytes.len()).map_err(|_| Error::TooLarge { limit: u64::from(u32::MAX) })?;
            let place = GuestPtr::<[u8]>::new((0, length));
            GuestMemory::Shared(cells).copy_from_slice(bytes, place).map_err(|error| Error::Engine(error.to_string()))
        }
    }
}

pub(super) fn grow<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    memory: u32,
    pages: u64,
) -> Result<u64, Error> {
    let instance = reading::instance(&mut paused.store, instance)?;
    let memory = AnyMemory::of(&mut paused.store, instance, memory)?;
    let (grown, ty) = match &memory {
        AnyMemory::Plain(memory) => (memory.grow(paused.store.as_context_mut(), pages), memory.ty(&paused.store)),
        AnyMemory::Shared(memory) => (memory.grow(pages), memory.ty()),
    };
    grown.map_err(|error| {
        let size = memory.size(&paused.store).checked_div(ty.page_size()).unwrap_or_default();
        Error::CannotGrow(match ty.maximum() {
            Some(maximum) if size.checked_add(pages).is_none_or(|grown| grown > maximum) => {
                format!("it has {size} pages of at most {maximum}")
            }
            _ => format!("{error:#}: it has {size} pages"),
        })
    })
}
