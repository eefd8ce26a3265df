//! Tags: what exceptions carry.
//!
//! Invariant: a tag has one number, the engine's own, in every instance that imports it.

use super::instances::Of;
use super::types::ValueType;
use crate::paused::Paused;
use crate::shared::lock;
use crate::{Error, InstanceId};
use std::collections::BTreeMap;
use std::fmt;
use wasmtime::{AsContextMut, Tag};

/// A tag, by the engine's number (`Tag::debug_index_in_store`). It means the same while the program lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagId(pub u64);

impl fmt::Display for TagId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A tag of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInfo {
    /// Its number.
    pub id: TagId,
    /// Index in the module's tag index space.
    pub index: u32,
    /// What exceptions with it carry.
    pub params: Vec<ValueType>,
}

/// The tags that a debugger made.
pub(crate) type MadeTags = BTreeMap<TagId, Tag>;

pub(crate) fn list<T: 'static>(paused: &mut Paused<'_, T>, instance: InstanceId) -> Result<Vec<TagInfo>, Error> {
    let of = Of::id(paused, instance)?;
    let infos = (0..of.layout.counts.tags).map(|index| {
        let tag = of.instance.debug_tag(paused.store.as_context_mut(), index).ok_or(Error::NoTag(index.into()))?;
        Ok(TagInfo { id: TagId(tag.debug_index_in_store()), index, params: of.layout.tag_params(index) })
    });
    infos.collect()
}

/// A tag by its number: one that a debugger made, or one of an instance.
pub(super) fn find<T: 'static>(paused: &mut Paused<'_, T>, id: TagId) -> Result<Tag, Error> {
    let is_it = |tag: &Tag| tag.debug_index_in_store() == id.0;
    if let Some(tag) = lock(paused.ledger).made_tags.get(&id) {
        return Ok(*tag);
    }
    for of in Of::all(paused) {
        for index in 0..of.layout.counts.tags {
            let tag = of.instance.debug_tag(paused.store.as_context_mut(), index);
            if let Some(tag) = tag.filter(is_it) {
                return Ok(tag);
            }
        }
    }
    Err(Error::NoTag(id.0))
}
