//! One access: what an instruction is about to touch, and what has changed after it.
//!
//! Each access is looked at twice: before the instruction runs, when its operands are on the stack,
//! and at the next instruction. Invariant: nothing is allocated for an access that meets no
//! watchpoint.

use super::points::{Point, WatchedItem};
use super::target::{Content, Target};
use super::{Watch, shown};
use crate::binary::{Instruction, Touch};
use crate::engine::{AnyMemory, Frozen, InstanceRef, Position};
use crate::plain::{Accesses, Error, InstanceId, Location, WatchHit, WatchpointId};
use crate::stops::breakpoints::Breakpoints;
use wasmtime::{Instance, StoreContextMut, Val};

/// The number of bytes of a shared memory that are copied out at once.
const CHUNK: u64 = 64 * 1024;

/// An access that hits watchpoints, while its instruction runs.
pub(super) struct PendingAccess {
    by: Location,
    pub(super) after: Location,
    hits: Vec<PendingHit>,
}

/// One watchpoint that an access hits.
struct PendingHit {
    id: WatchpointId,
    target: usize,
    part: AccessedRange,
    /// The first byte that the watchpoint and the access have in common; `length` is the number of
    /// such bytes.
    begin: u64,
    length: u64,
    /// The bytes in common before the access: all of them if `changes` is not known, otherwise the
    /// first ones only.
    old: Vec<u8>,
    /// Whether the access changes the bytes in common, if that is known before it.
    changes: Option<bool>,
}

/// The part of a memory, or the global, that an instruction touches.
#[derive(Clone, Copy)]
struct AccessedRange {
    access: Accesses,
    begin: u64,
    last: u64,
    written: Written,
}

/// The bytes that an access writes.
#[derive(Clone, Copy)]
enum Written {
    /// They cannot be known before the access.
    Unknown,
    /// This byte everywhere.
    Byte(u8),
    /// A copy of the bytes in the memory with this index, from this address on.
    Memory(u32, u64),
}

/// An instruction that is about to touch a watched memory or global.
struct AccessSite<'a, 's, T: 'static> {
    store: &'a mut StoreContextMut<'s, T>,
    position: &'a Position<'a>,
    instance: Instance,
}

impl<T: 'static> AccessSite<'_, '_, T> {
    /// The operand that lies `depth` below the top of the stack, as an address or a count.
    fn operand(&mut self, depth: u8) -> Result<u64, Error> {
        operand(self.store, self.position, depth)
    }
}

impl AccessedRange {
    /// A part of `length` bytes; `None` if it has no bytes, or if no memory reaches that far.
    fn new(begin: u64, length: u64, access: Accesses, written: Written) -> Option<AccessedRange> {
        let last = begin.checked_add(length.checked_sub(1)?)?;
        Some(AccessedRange { access, begin, last, written })
    }
}

/// The operand that lies `depth` below the top of a frame's stack, as an address or a count.
fn operand<T: 'static>(store: &mut StoreContextMut<'_, T>, position: &Position<'_>, depth: u8) -> Result<u64, Error> {
    match position.operand_below_top(store, u32::from(depth))? {
        Some(Val::I32(value)) => Ok(u64::from(value.cast_unsigned())),
        Some(Val::I64(value)) => Ok(value.cast_unsigned()),
        Some(_) => Err(Error::Engine("an address that is no integer".to_owned())),
        None => Err(Error::Engine("an instruction without its operands".to_owned())),
    }
}

impl Watch {
    /// Notes which watched bytes are touched by the instruction that is about to run. Returns
    /// whether the engine's code has to be brought in line.
    pub(crate) fn before_access<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        breakpoints: &mut Breakpoints,
        position: &Position<'_>,
        mut point: Option<Point>,
    ) -> bool {
        self.pending = None;
        if self.is_stale {
            self.refresh(frozen, breakpoints);
            point = self.point(position.location);
        }
        let Some(index) = point.and_then(|point| point.instruction) else {
            return breakpoints.has_changes();
        };
        if let Err(error) = self.note_access(frozen, breakpoints, position, index) {
            tracing::warn!(%error, "an access could not be looked at");
        }
        breakpoints.has_changes()
    }

    fn note_access<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        breakpoints: &mut Breakpoints,
        position: &Position<'_>,
        index: u32,
    ) -> Result<(), Error> {
        let location = position.location;
        let Some(code) = frozen.known.modules.get(location.module)?.known_accesses() else { return Ok(()) };
        let (Some(Instruction { after, touch, .. }), size) = (code.at(index).copied(), code.size) else {
            return Ok(());
        };
        if let Touch::Bytes { offset, size, depth, .. } = touch {
            // Nearly all accesses are far from the watched ranges, which can be seen without asking
            // to which instance the memory belongs.
            let begin = operand(&mut frozen.store, position, depth)?.checked_add(offset);
            let last = begin.and_then(|begin| begin.checked_add(u64::from(size).saturating_sub(1)));
            let (Some(begin), Some(last), Some((first_watched, last_watched))) = (begin, last, self.bounds) else {
                return Ok(());
            };
            if last < first_watched || last_watched < begin {
                return Ok(());
            }
        }
        let instance = position.instance(&mut frozen.store)?;
        let number = InstanceRef::id_of(instance);
        if self.last_instance.is_none_or(|last| number > last) {
            // The instance was made since the points were last brought in line.
            self.refresh(frozen, breakpoints);
        }
        let mut site = AccessSite { store: &mut frozen.store, position, instance };
        let mut hits = Vec::new();
        match touch {
            Touch::Bytes { memory, offset, size, depth, access } => {
                if let Some(target) = self.target(number, WatchedItem::Memory(memory)) {
                    let begin = site.operand(depth)?.checked_add(offset);
                    let part =
                        begin.and_then(|begin| AccessedRange::new(begin, u64::from(size), access, Written::Unknown));
                    self.note_hits(&mut site, target, part, &mut hits);
                }
            }
            Touch::Fill { memory } => {
                if let Some(target) = self.target(number, WatchedItem::Memory(memory)) {
                    let [byte, _, ..] = site.operand(1)?.to_le_bytes();
                    let part =
                        AccessedRange::new(site.operand(2)?, site.operand(0)?, Accesses::WRITE, Written::Byte(byte));
                    self.note_hits(&mut site, target, part, &mut hits);
                }
            }
            Touch::Init { memory } => {
                if let Some(target) = self.target(number, WatchedItem::Memory(memory)) {
                    // An instruction that asks for more bytes than any segment has is going to
                    // trap.
                    let length = Some(site.operand(0)?).filter(|length| *length <= size);
                    let begin = site.operand(2)?;
                    let part =
                        length.and_then(|length| AccessedRange::new(begin, length, Accesses::WRITE, Written::Unknown));
                    self.note_hits(&mut site, target, part, &mut hits);
                }
            }
            Touch::Copy { to, from } => {
                let targets =
                    (self.target(number, WatchedItem::Memory(from)), self.target(number, WatchedItem::Memory(to)));
                if targets != (None, None) {
                    let (length, source, destination) = (site.operand(0)?, site.operand(1)?, site.operand(2)?);
                    if let Some(target) = targets.0 {
                        let part = AccessedRange::new(source, length, Accesses::READ, Written::Unknown);
                        self.note_hits(&mut site, target, part, &mut hits);
                    }
                    if let Some(target) = targets.1 {
                        let part =
                            AccessedRange::new(destination, length, Accesses::WRITE, Written::Memory(from, source));
                        self.note_hits(&mut site, target, part, &mut hits);
                    }
                }
            }
            Touch::Global { global, access } => {
                if let Some(target) = self.target(number, WatchedItem::Global(global)) {
                    let size = self.targets.get(target).map_or(0, Target::size);
                    let last = size.saturating_sub(1);
                    let part = AccessedRange { access, begin: 0, last, written: Written::Unknown };
                    self.note_hits(&mut site, target, Some(part), &mut hits);
                }
            }
        }
        if !hits.is_empty() {
            let after = Location { pc: after, ..location };
            if self.check_points.insert(after) {
                breakpoints.watch(after);
            }
            self.pending = Some(PendingAccess { by: location, after, hits });
        }
        Ok(())
    }

    fn target(&self, instance: InstanceId, entity: WatchedItem) -> Option<usize> {
        self.target_of.get(&(instance, entity)).copied()
    }

    /// Notes which watchpoints a part meets, and the bytes that are there now.
    fn note_hits<T: 'static>(
        &mut self,
        site: &mut AccessSite<'_, '_, T>,
        index: usize,
        part: Option<AccessedRange>,
        hits: &mut Vec<PendingHit>,
    ) {
        let (Some(part), Some(target)) = (part, self.targets.get(index)) else { return };
        let mut host_hits = Vec::new();
        for (id, begin, last) in target.overlaps(part.begin, part.last) {
            let Some(watchpoint) = self.armed.get_mut(&id) else { continue };
            let spec = &watchpoint.watchpoint.spec;
            // To see changes by the host, the program's own writes have to be known.
            if !(part.access.meets(spec.accesses) || part.access.write && spec.accesses.host) {
                continue;
            }
            let length = last.saturating_sub(begin).saturating_add(1);
            let changes = match part.written {
                _ if !spec.on_change || !part.access.write => Some(true),
                Written::Unknown => None,
                Written::Byte(byte) => Some(!target.is_filled(site.store, begin, last, byte)),
                Written::Memory(memory, address) => {
                    // A copy that is about to trap need not be compared.
                    let address = address.saturating_add(begin.saturating_sub(part.begin));
                    let source = AnyMemory::of(site.store, site.instance, memory).map(Target::memory);
                    Some(source.is_ok_and(|source| !target.equals(site.store, begin, &source, address, length)))
                }
            };
            let n_bytes = if changes.is_none() { usize::try_from(length).unwrap_or(usize::MAX) } else { shown(length) };
            // An access past the end of the memory traps.
            let old = if target.size() == 0 { Some(Vec::new()) } else { target.read(site.store, begin, n_bytes) };
            let Some(old) = old else { continue };
            host_hits.extend(watchpoint.check_host(target, site.store, None));
            hits.push(PendingHit { id, target: index, part, begin, length, old, changes });
        }
        for hit in host_hits {
            self.hit(hit);
        }
    }

    /// Completes an access whose instruction has run: counts its hits and reads the new bytes.
    pub(super) fn finish<T: 'static>(&mut self, store: &mut StoreContextMut<'_, T>, pending: PendingAccess) {
        for PendingHit { id, target, part, begin, length, mut old, changes } in pending.hits {
            let (Some(watchpoint), Some(target)) = (self.armed.get_mut(&id), self.targets.get(target)) else {
                continue;
            };
            let n_bytes = usize::try_from(length).unwrap_or(usize::MAX);
            if part.access.write {
                watchpoint.update_snapshot(target, store, begin, n_bytes);
            }
            let spec = &watchpoint.watchpoint.spec;
            let changes = changes.unwrap_or_else(|| !target.still_holds(store, begin, n_bytes, &old));
            let is_change = part.access.write && changes;
            if !part.access.meets(spec.accesses) || spec.on_change && !is_change {
                continue;
            }
            old.truncate(shown(length));
            let new = target.read_up_to(store, begin, old.len());
            let size = match target.size() {
                0 => 0,
                _ => part.last.saturating_sub(part.begin).saturating_add(1),
            };
            let (access, address, is_global) = (part.access, part.begin, target.is_global());
            self.hit(WatchHit { id, access, by: Some(pending.by), is_global, address, size, begin, old, new });
        }
    }
}

impl Target {
    /// The size of the global's values in bytes, 0 for a reference; for a memory some number other
    /// than 0.
    pub(super) fn size(&self) -> u64 {
        match &self.content {
            Content::Memory(_) => u64::MAX,
            Content::Global(_, size) => *size,
        }
    }

    /// Whether all bytes of a range equal `byte`.
    fn is_filled<T: 'static>(&self, store: &mut StoreContextMut<'_, T>, begin: u64, last: u64, byte: u8) -> bool {
        let length = last.saturating_sub(begin).saturating_add(1);
        self.chunks(store, begin, length, |_, _, chunk| chunk.iter().all(|other| *other == byte))
    }

    /// Whether two ranges hold the same bytes.
    fn equals<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        begin: u64,
        other: &Target,
        other_begin: u64,
        length: u64,
    ) -> bool {
        self.chunks(store, begin, length, |store, done, chunk| {
            let begin = other_begin.saturating_add(done);
            other.read(store, begin, chunk.len()).is_some_and(|other| other == chunk)
        })
    }

    /// Whether a condition holds for every chunk of a range. False if a part of the range does not
    /// exist.
    fn chunks<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        begin: u64,
        length: u64,
        mut holds: impl FnMut(&mut StoreContextMut<'_, T>, u64, &[u8]) -> bool,
    ) -> bool {
        let mut done = 0_u64;
        while done < length {
            let size = length.saturating_sub(done).min(CHUNK);
            let chunk = self.read(store, begin.saturating_add(done), usize::try_from(size).unwrap_or_default());
            if !chunk.is_some_and(|chunk| holds(store, done, &chunk)) {
                return false;
            }
            done = done.saturating_add(size);
        }
        true
    }
}
