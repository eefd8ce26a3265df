//! Memories: what they are, and where some bytes are in them.
//!
//! Invariant: addresses and lengths may be any number; a search looks at no more than [`MAX_SEARCH`] bytes.

use super::instances::{Of, Source};
use crate::paused::Paused;
use crate::reading::{self, AnyMemory};
use crate::{Error, InstanceId};
use memchr::memmem::Finder;
use std::ops::Range;

/// A memory of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryInfo {
    /// Current size in bytes.
    pub size: u64,
    /// Size of a page in bytes.
    pub page_size: u64,
    /// How many pages it can have.
    pub maximum: Option<u64>,
    /// Whether its addresses are 64 bits wide.
    pub memory64: bool,
    /// Whether threads share it.
    pub shared: bool,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where the bytes begin, ascending. They may overlap.
    pub addresses: Vec<u64>,
    /// Where to go on, if the search ended before the end of its range.
    pub next: Option<u64>,
}

/// How many bytes one search looks at: 256 MiB.
pub const MAX_SEARCH: u64 = 256 << 20;

/// How many bytes can be searched for at once.
pub const MAX_PATTERN: usize = 4096;

/// How many bytes of a shared memory are copied at a time.
const CHUNK: u64 = 1 << 20;

pub(crate) fn info<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    memory: u32,
) -> Result<MemoryInfo, Error> {
    let instance = reading::instance(&mut paused.store, instance)?;
    let memory = AnyMemory::of(&mut paused.store, instance, memory)?;
    let ty = match &memory {
        AnyMemory::Plain(memory) => memory.ty(&paused.store),
        AnyMemory::Shared(memory) => memory.ty(),
    };
    Ok(MemoryInfo {
        size: memory.size(&paused.store),
        page_size: ty.page_size(),
        maximum: ty.maximum(),
        memory64: ty.is_64(),
        shared: ty.is_shared(),
    })
}

/// The addresses in a range at which some bytes begin, at most `limit` of them. They may end past the range, but not past the
/// memory.
pub(crate) fn search<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    memory: u32,
    range: Range<u64>,
    pattern: &[u8],
    limit: usize,
) -> Result<Found, Error> {
    if pattern.len() > MAX_PATTERN {
        return Err(Error::TooLarge { limit: u64::try_from(MAX_PATTERN).unwrap_or(u64::MAX) });
    }
    let instance = reading::instance(&mut paused.store, instance)?;
    let memory = AnyMemory::of(&mut paused.store, instance, memory)?;
    let size = memory.size(&paused.store);
    if range.start > size {
        return Err(Error::OutOfBounds { size });
    }
    // Where the bytes may begin.
    let last = size.saturating_sub(u64::try_from(pattern.len()).unwrap_or(u64::MAX)).saturating_add(1);
    let begins = range.start..range.end.min(last);
    if pattern.is_empty() || begins.is_empty() || u64::try_from(pattern.len()).is_ok_and(|length| length > size) {
        return Ok(Found { addresses: Vec::new(), next: None });
    }
    let end = begins.end.min(begins.start.saturating_add(MAX_SEARCH));
    let mut search = Search { finder: Finder::new(pattern), limit, addresses: Vec::new() };
    let stopped_at = match &memory {
        AnyMemory::Plain(plain) => search.run(plain.data(&paused.store), 0, begins.start..end),
        AnyMemory::Shared(_) => search.run_in_chunks(paused, &memory, begins.start..end)?,
    };
    let next = stopped_at.or(Some(end)).filter(|next| *next < begins.end);
    Ok(Found { addresses: search.addresses, next })
}

struct Search<'p> {
    finder: Finder<'p>,
    limit: usize,
    addresses: Vec<u64>,
}

impl Search<'_> {
    /// Looks for beginnings in a range of addresses; `data` begins at address `base`. Gives where it stopped because of the limit.
    fn run(&mut self, data: &[u8], base: u64, begins: Range<u64>) -> Option<u64> {
        let mut from = begins.start;
        while from < begins.end {
            if self.addresses.len() >= self.limit {
                return Some(from);
            }
            // The last beginning is one before the end, and the pattern reaches this far beyond it.
            let reach = begins.end.saturating_add(self.length()).saturating_sub(1);
            let part = data.get(offset(from, base)..offset(reach, base).min(data.len())).unwrap_or_default();
            let found = self.finder.find(part)?;
            let address = from.saturating_add(u64::try_from(found).unwrap_or(u64::MAX));
            self.addresses.push(address);
            from = address.saturating_add(1);
        }
        None
    }

    /// As [`Search::run`], in copies of a memory that others may write meanwhile.
    fn run_in_chunks<T: 'static>(
        &mut self,
        paused: &Paused<'_, T>,
        memory: &AnyMemory,
        begins: Range<u64>,
    ) -> Result<Option<u64>, Error> {
        let mut from = begins.start;
        while from < begins.end {
            let end = begins.end.min(from.saturating_add(CHUNK));
            let length = end.saturating_sub(from).saturating_add(self.length());
            let data = memory.read(&paused.store, from, usize::try_from(length).unwrap_or(usize::MAX))?;
            if let Some(stopped_at) = self.run(&data, from, from..end) {
                return Ok(Some(stopped_at));
            }
            from = end;
        }
        Ok(None)
    }

    fn length(&self) -> u64 {
        u64::try_from(self.finder.needle().len()).unwrap_or(u64::MAX)
    }
}

fn offset(address: u64, base: u64) -> usize {
    usize::try_from(address.saturating_sub(base)).unwrap_or(usize::MAX)
}

/// Which instance defines a shared memory; two that are the same begin at the same place.
pub(super) fn definer<T: 'static>(paused: &mut Paused<'_, T>, all: &[Of], memory: &AnyMemory) -> Source {
    let AnyMemory::Shared(memory) = memory else { return Source::Unknown };
    for of in all {
        for index in of.layout.imported.memories..of.layout.counts.memories {
            if let Ok(AnyMemory::Shared(other)) = AnyMemory::of(&mut paused.store, of.instance, index)
                && std::ptr::eq(other.data().as_ptr(), memory.data().as_ptr())
            {
                return Source::Instance(of.id_of(), index);
            }
        }
    }
    Source::Host
}
