//! Writes to memories, and their growth.
//!
//! Invariant: a write that does not fit changes nothing.

use crate::engine::Frozen;
use crate::inspect::find_memory;
use crate::plain::{Error, InstanceId};

pub(super) fn write<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    memory: u32,
    address: u64,
    bytes: &[u8],
) -> Result<(), Error> {
    find_memory(frozen, instance, memory)?.write(&mut frozen.store, address, bytes)
}

pub(super) fn grow<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    memory: u32,
    pages: u64,
) -> Result<u64, Error> {
    let memory = find_memory(frozen, instance, memory)?;
    let ty = memory.ty(&frozen.store);
    memory.grow(&mut frozen.store, pages).map_err(|error| {
        let size = memory.size(&frozen.store).checked_div(ty.page_size()).unwrap_or_default();
        Error::CannotGrow(match ty.maximum() {
            Some(maximum) if size.checked_add(pages).is_none_or(|grown| grown > maximum) => {
                format!("it has {size} pages of at most {maximum}")
            }
            _ => format!("{error:#}: it has {size} pages"),
        })
    })
}
