//! Memories: their properties, their bytes, and the search in them.
//!
//! Invariant: addresses and lengths may be any number; a search looks at no more than
//! [`MAX_SEARCH`] bytes.

use crate::engine::{AnyMemory, Frozen, InstanceRef};
use crate::plain::{Error, Found, InstanceId, MAX_PATTERN, MAX_SEARCH, MemoryInfo, Source};
use memchr::memmem::Finder;
use std::ops::Range;

/// Number of bytes of a shared memory that are copied at a time.
const CHUNK: u64 = 1 << 20;

/// The memory of an instance at an index.
pub(crate) fn find<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    memory: u32,
) -> Result<AnyMemory, Error> {
    let instance = InstanceRef::handle(frozen, instance)?;
    AnyMemory::of(&mut frozen.store, instance, memory)
}

pub(super) fn info<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    memory: u32,
) -> Result<MemoryInfo, Error> {
    let memory = find(frozen, instance, memory)?;
    let ty = memory.ty(&frozen.store);
    Ok(MemoryInfo {
        size: memory.size(&frozen.store),
        page_size: ty.page_size(),
        maximum: ty.maximum(),
        memory64: ty.is_64(),
        shared: ty.is_shared(),
    })
}

/// The bytes from `address`, at most `length`; fewer at the end of the memory.
pub(super) fn read<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    memory: u32,
    address: u64,
    length: usize,
) -> Result<Vec<u8>, Error> {
    find(frozen, instance, memory)?.read(&frozen.store, address, length)
}

/// The addresses in a range at which occurrences of a pattern begin, at most `limit` of them. An
/// occurrence may end past the range, but not past the memory.
pub(super) fn search<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    instance: InstanceId,
    memory: u32,
    range: Range<u64>,
    pattern: &[u8],
    limit: usize,
) -> Result<Found, Error> {
    if pattern.len() > MAX_PATTERN {
        return Err(Error::TooLarge { limit: u64::try_from(MAX_PATTERN).unwrap_or(u64::MAX) });
    }
    let memory = find(frozen, instance, memory)?;
    let size = memory.size(&frozen.store);
    if range.start > size {
        return Err(Error::OutOfBounds { size });
    }
    // The addresses at which an occurrence may begin.
    let last = size.saturating_sub(u64::try_from(pattern.len()).unwrap_or(u64::MAX)).saturating_add(1);
    let begins = range.start..range.end.min(last);
    if pattern.is_empty() || begins.is_empty() || u64::try_from(pattern.len()).is_ok_and(|length| length > size) {
        return Ok(Found { addresses: Vec::new(), next: None });
    }
    let end = begins.end.min(begins.start.saturating_add(MAX_SEARCH));
    let mut search = Search { finder: Finder::new(pattern), limit, addresses: Vec::new() };
    let stopped_at = match &memory {
        AnyMemory::Plain(plain) => search.run(plain.data(&frozen.store), 0, begins.start..end),
        AnyMemory::Shared(_) => search.run_in_chunks(frozen, &memory, begins.start..end)?,
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
    /// Looks for occurrences that begin in a range of addresses; `data` begins at address `base`.
    /// Returns where it stopped because of the limit; none if it reached the end of the range.
    fn run(&mut self, data: &[u8], base: u64, begins: Range<u64>) -> Option<u64> {
        let mut from = begins.start;
        while from < begins.end {
            if self.addresses.len() >= self.limit {
                return Some(from);
            }
            // The last occurrence begins one byte before the end of the range, and the pattern
            // reaches this far beyond.
            let reach = begins.end.saturating_add(self.length()).saturating_sub(1);
            let part = data.get(offset(from, base)..offset(reach, base).min(data.len())).unwrap_or_default();
            let found = self.finder.find(part)?;
            let address = from.saturating_add(u64::try_from(found).unwrap_or(u64::MAX));
            self.addresses.push(address);
            from = address.saturating_add(1);
        }
        None
    }

    /// As [`Search::run`], on copies of parts of a memory that other threads may write meanwhile.
    fn run_in_chunks<T: 'static>(
        &mut self,
        frozen: &Frozen<'_, T>,
        memory: &AnyMemory,
        begins: Range<u64>,
    ) -> Result<Option<u64>, Error> {
        let mut from = begins.start;
        while from < begins.end {
            let end = begins.end.min(from.saturating_add(CHUNK));
            let length = end.saturating_sub(from).saturating_add(self.length());
            let data = memory.read(&frozen.store, from, usize::try_from(length).unwrap_or(usize::MAX))?;
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

/// The instance that defines a shared memory. Two shared memories are the same if they begin at the
/// same host address.
pub(super) fn definer<T: 'static>(frozen: &mut Frozen<'_, T>, all: &[InstanceRef], memory: &AnyMemory) -> Source {
    let AnyMemory::Shared(memory) = memory else { return Source::Unknown };
    for instance in all {
        for index in instance.layout.imported.memories..instance.layout.counts.memories {
            if let Ok(AnyMemory::Shared(other)) = instance.memory(&mut frozen.store, index)
                && std::ptr::eq(other.data().as_ptr(), memory.data().as_ptr())
            {
                return Source::Instance(instance.id(), index);
            }
        }
    }
    Source::Host
}
