//! One access: what an instruction is about to touch, and what has come of it.
//!
//! Looked at twice: before the instruction runs, when its operands are there, and at the next one. Invariant: nothing is allocated for an access
//! that meets no watchpoint.

use super::super::breakpoints::Breakpoints;
use super::super::modules::Modules;
use super::super::reading::AnyMemory;
use super::super::{Error, Location};
use super::accesses::{Instruction, Touch};
use super::points::{Entity, Point};
use super::space::{Content, Space};
use super::{Accesses, Watch, WatchHit, WatchpointId, shown};
use wasmtime::{AsContextMut, FrameHandle, Instance, StoreContextMut, Val};

/// How many bytes of a shared memory are copied out at once.
const CHUNK: u64 = 64 * 1024;

/// An access that hits, while its instruction runs.
pub(super) struct Pending {
    by: Location,
    pub(super) after: Location,
    hits: Vec<Awaited>,
}

/// One watchpoint that it hits.
struct Awaited {
    id: WatchpointId,
    space: usize,
    part: Part,
    /// What watchpoint and access have in common.
    begin: u64,
    length: u64,
    /// The first of the bytes in common; all of them unless `changes` is known.
    old: Vec<u8>,
    /// Whether it changes them, if that is known already.
    changes: Option<bool>,
}

/// A part of a memory, or a global, that an instruction touches.
#[derive(Clone, Copy)]
struct Part {
    access: Accesses,
    begin: u64,
    last: u64,
    source: Source,
}

/// What is written.
#[derive(Clone, Copy)]
enum Source {
    /// What cannot be told before.
    Unknown,
    /// This byte everywhere.
    Byte(u8),
    /// What is at this address of this memory.
    Memory(u32, u64),
}

/// The innermost frame, at the instruction.
struct At<'a, 's, T: 'static> {
    store: &'a mut StoreContextMut<'s, T>,
    frame: &'a FrameHandle,
    instance: Instance,
}

impl<T: 'static> At<'_, '_, T> {
    /// The number at a depth of the operand stack, as an address or a count.
    fn operand(&mut self, depth: u8) -> Result<u64, Error> {
        operand(self.store, self.frame, depth)
    }

    /// A part of so many bytes; none if it has none, or if no memory reaches that far.
    fn part(begin: u64, length: u64, access: Accesses, source: Source) -> Option<Part> {
        let last = begin.checked_add(length.checked_sub(1)?)?;
        Some(Part { access, begin, last, source })
    }
}

/// The number at a depth of a frame's operand stack, as an address or a count.
fn operand<T: 'static>(store: &mut StoreContextMut<'_, T>, frame: &FrameHandle, depth: u8) -> Result<u64, Error> {
    let n_operands = frame.num_stacks(store.as_context_mut())?;
    let index = u32::from(depth).checked_add(1).and_then(|depth| n_operands.checked_sub(depth));
    let index = index.ok_or_else(|| Error::Engine("an instruction without its operands".to_owned()))?;
    match frame.stack(store.as_context_mut(), index)? {
        Val::I32(value) => Ok(u64::from(value.cast_unsigned())),
        Val::I64(value) => Ok(value.cast_unsigned()),
        _ => Err(Error::Engine("an address that is no integer".to_owned())),
    }
}

impl Watch {
    /// An instruction is going to run now: notes what it touches that is watched. Whether the engine's code has to follow.
    pub(in super::super) fn depart<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        breakpoints: &mut Breakpoints,
        frame: &FrameHandle,
        (location, mut point): (Location, Option<Point>),
    ) -> bool {
        self.pending = None;
        if self.is_stale {
            self.refresh(store, modules, breakpoints);
            point = self.point(location);
        }
        let Some(index) = point.and_then(|point| point.instruction) else {
            return breakpoints.has_changes();
        };
        if let Err(error) = self.look_ahead(store, modules, breakpoints, frame, (location, index)) {
            tracing::warn!(%error, "an access could not be looked at");
        }
        breakpoints.has_changes()
    }

    fn look_ahead<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        breakpoints: &mut Breakpoints,
        frame: &FrameHandle,
        (location, index): (Location, u32),
    ) -> Result<(), Error> {
        let code = usize::try_from(location.module.0).ok().and_then(|module| self.code.get(module)?.as_ref());
        let Some(code) = code else { return Ok(()) };
        let (Some(Instruction { after, touch, .. }), size) = (code.at(index).copied(), code.size) else {
            return Ok(());
        };
        if let Touch::Bytes { offset, size, depth, .. } = touch {
            // Nearly all accesses are nowhere near what is watched: seen without asking whose memory it is.
            let begin = operand(store, frame, depth)?.checked_add(offset);
            let last = begin.and_then(|begin| begin.checked_add(u64::from(size).saturating_sub(1)));
            let (Some(begin), Some(last), Some((first_watched, last_watched))) = (begin, last, self.bounds) else {
                return Ok(());
            };
            if last < first_watched || last_watched < begin {
                return Ok(());
            }
        }
        let instance = frame.instance(store.as_context_mut())?;
        let number = instance.debug_index_in_store();
        if self.last_instance.is_none_or(|last| number > last) {
            // It was made while nobody was looking.
            self.refresh(store, modules, breakpoints);
        }
        let mut at = At { store, frame, instance };
        let mut hits = Vec::new();
        match touch {
            Touch::Bytes { memory, offset, size, depth, access } => {
                if let Some(space) = self.home(number, Entity::Memory(memory)) {
                    let begin = at.operand(depth)?.checked_add(offset);
                    let part = begin.and_then(|begin| At::<T>::part(begin, u64::from(size), access, Source::Unknown));
                    self.meet(&mut at, space, part, &mut hits);
                }
            }
            Touch::Fill { memory } => {
                if let Some(space) = self.home(number, Entity::Memory(memory)) {
                    let [byte, _, ..] = at.operand(1)?.to_le_bytes();
                    let part = At::<T>::part(at.operand(2)?, at.operand(0)?, Accesses::WRITE, Source::Byte(byte));
                    self.meet(&mut at, space, part, &mut hits);
                }
            }
            Touch::Init { memory } => {
                if let Some(space) = self.home(number, Entity::Memory(memory)) {
                    // More than any segment has is going to trap.
                    let length = Some(at.operand(0)?).filter(|length| *length <= size);
                    let begin = at.operand(2)?;
                    let part = length.and_then(|length| At::<T>::part(begin, length, Accesses::WRITE, Source::Unknown));
                    self.meet(&mut at, space, part, &mut hits);
                }
            }
            Touch::Copy { to, from } => {
                let spaces = (self.home(number, Entity::Memory(from)), self.home(number, Entity::Memory(to)));
                if spaces != (None, None) {
                    let (length, source, target) = (at.operand(0)?, at.operand(1)?, at.operand(2)?);
                    if let Some(space) = spaces.0 {
                        let part = At::<T>::part(source, length, Accesses::READ, Source::Unknown);
                        self.meet(&mut at, space, part, &mut hits);
                    }
                    if let Some(space) = spaces.1 {
                        let part = At::<T>::part(target, length, Accesses::WRITE, Source::Memory(from, source));
                        self.meet(&mut at, space, part, &mut hits);
                    }
                }
            }
            Touch::Global { global, access } => {
                if let Some(space) = self.home(number, Entity::Global(global)) {
                    let size = self.spaces.get(space).map_or(0, Space::size);
                    let last = size.saturating_sub(1);
                    let part = Part { access, begin: 0, last, source: Source::Unknown };
                    self.meet(&mut at, space, Some(part), &mut hits);
                }
            }
        }
        if !hits.is_empty() {
            let after = Location { pc: after, ..location };
            if self.afters.insert(after) {
                breakpoints.watch(after);
            }
            self.pending = Some(Pending { by: location, after, hits });
        }
        Ok(())
    }

    fn home(&self, instance: u32, entity: Entity) -> Option<usize> {
        self.homes.get(&(instance, entity)).copied()
    }

    /// Notes which watchpoints a part meets, and what is there now.
    fn meet<T: 'static>(&mut self, at: &mut At<'_, '_, T>, index: usize, part: Option<Part>, hits: &mut Vec<Awaited>) {
        let (Some(part), Some(space)) = (part, self.spaces.get(index)) else { return };
        let mut late = Vec::new();
        for (id, begin, last) in space.met_by(part.begin, part.last) {
            let Some(set) = self.set.get_mut(&id) else { continue };
            let spec = &set.watchpoint.spec;
            // What is watched for the host has to know what the program writes.
            if !(part.access.meets(spec.accesses) || part.access.write && spec.accesses.host) {
                continue;
            }
            let length = last.saturating_sub(begin).saturating_add(1);
            let changes = match part.source {
                _ if !spec.on_change || !part.access.write => Some(true),
                Source::Unknown => None,
                Source::Byte(byte) => Some(!space.is_filled(at.store, begin, last, byte)),
                Source::Memory(memory, address) => {
                    // What is about to trap need not be compared.
                    let address = address.saturating_add(begin.saturating_sub(part.begin));
                    let source = AnyMemory::of(at.store, at.instance, memory).map(Space::memory);
                    Some(source.is_ok_and(|source| !space.equals(at.store, begin, &source, address, length)))
                }
            };
            let n_bytes = if changes.is_none() { usize::try_from(length).unwrap_or(usize::MAX) } else { shown(length) };
            // What is not there traps.
            let old = if space.size() == 0 { Some(Vec::new()) } else { space.read(at.store, begin, n_bytes) };
            let Some(old) = old else { continue };
            late.extend(set.look(space, at.store, None));
            hits.push(Awaited { id, space: index, part, begin, length, old, changes });
        }
        for hit in late {
            self.hit(hit);
        }
    }

    /// The instruction has run.
    pub(super) fn finish<T: 'static>(&mut self, store: &mut StoreContextMut<'_, T>, pending: Pending) {
        for Awaited { id, space, part, begin, length, mut old, changes } in pending.hits {
            let (Some(set), Some(space)) = (self.set.get_mut(&id), self.spaces.get(space)) else { continue };
            let n_bytes = usize::try_from(length).unwrap_or(usize::MAX);
            if part.access.write {
                set.has_written(space, store, begin, n_bytes);
            }
            let spec = &set.watchpoint.spec;
            let changes = changes.unwrap_or_else(|| !space.still_holds(store, begin, n_bytes, &old));
            let is_change = part.access.write && changes;
            if !part.access.meets(spec.accesses) || spec.on_change && !is_change {
                continue;
            }
            old.truncate(shown(length));
            let new = space.read_some(store, begin, old.len());
            let size = match space.size() {
                0 => 0,
                _ => part.last.saturating_sub(part.begin).saturating_add(1),
            };
            let (access, address) = (part.access, part.begin);
            self.hit(WatchHit { id, access, by: Some(pending.by), address, size, begin, old, new });
        }
    }
}

impl Space {
    /// How many bytes a value of the global has; of a memory any number but 0.
    pub(super) fn size(&self) -> u64 {
        match &self.content {
            Content::Memory(_) => u64::MAX,
            Content::Global(_, size) => *size,
        }
    }

    /// Whether a byte is everywhere in a range of it.
    fn is_filled<T: 'static>(&self, store: &mut StoreContextMut<'_, T>, begin: u64, last: u64, byte: u8) -> bool {
        let length = last.saturating_sub(begin).saturating_add(1);
        self.chunks(store, begin, length, |_, _, chunk| chunk.iter().all(|other| *other == byte))
    }

    /// Whether two ranges hold the same.
    fn equals<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        begin: u64,
        other: &Space,
        other_begin: u64,
        length: u64,
    ) -> bool {
        self.chunks(store, begin, length, |store, done, chunk| {
            let begin = other_begin.saturating_add(done);
            other.read(store, begin, chunk.len()).is_some_and(|other| other == chunk)
        })
    }

    /// Whether something holds of every chunk of a range, which is all there.
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
