//! Tags, with the types of the payload of their exceptions.
//!
//! Invariant: a tag has one id, the engine's own number, in every instance that imports it.

use crate::engine::{Frozen, InstanceRef, tag_id};
use crate::plain::{Error, InstanceId, TagId, TagInfo};
use wasmtime::{AsContextMut, Tag};

/// The tags of an instance.
pub(super) fn list<T: 'static>(frozen: &mut Frozen<'_, T>, instance: InstanceId) -> Result<Vec<TagInfo>, Error> {
    let instance = InstanceRef::find(frozen, instance)?;
    let infos = (0..instance.layout.counts.tags).map(|index| {
        let tag = instance.tag(frozen.store.as_context_mut(), index)?;
        Ok(TagInfo { id: tag_id(&tag), index, params: instance.layout.tag_params(index) })
    });
    infos.collect()
}

/// The tag with an id: one that a debugger made, or one of an instance.
pub(crate) fn find<T: 'static>(frozen: &mut Frozen<'_, T>, id: TagId) -> Result<Tag, Error> {
    let is_it = |tag: &Tag| tag_id(tag) == id;
    if let Some(tag) = frozen.known.made_tags.get(&id) {
        return Ok(*tag);
    }
    for instance in InstanceRef::all(frozen) {
        for index in 0..instance.layout.counts.tags {
            if let Some(tag) = instance.tag(frozen.store.as_context_mut(), index).ok().filter(is_it) {
                return Ok(tag);
            }
        }
    }
    Err(Error::NoTag(id.0))
}
