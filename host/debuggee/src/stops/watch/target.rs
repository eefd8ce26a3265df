//! A memory or a global that is watched: its content, its identity whatever index an instance gives
//! it, and the watchpoints that an access meets.
//!
//! Invariant: two handles of the engine are the same target exactly if the engine's own identifiers
//! of their definitions are equal.

use super::bad_watchpoint;
use crate::engine::AnyMemory;
use crate::plain::{Error, WatchpointId};
use wasmtime::{AsContextMut, Global, StoreContextMut, Val, ValType};

/// A memory or a global, with the ranges of it that are watched.
pub(super) struct Target {
    pub(super) content: Content,
    key: Key,
    /// In order of their first bytes.
    ranges: Vec<Range>,
}

/// The source of a target's bytes.
pub(super) enum Content {
    Memory(AnyMemory),
    /// A global, and the size of its values in bytes: 0 for a reference.
    Global(Global, u64),
}

/// Identifies the definition behind a handle. The engine offers no comparison of handles, but
/// prints a handle as the store's number of the defining instance and the index in it, which is
/// what the handle is.
#[derive(Debug, PartialEq, Eq)]
enum Key {
    Defined(String),
    /// The address of a shared memory, which belongs to no store and never moves.
    Shared(usize),
}

struct Range {
    begin: u64,
    last: u64,
    /// The greatest `last` of this range and all ranges before it.
    reach: u64,
    id: WatchpointId,
}

impl Target {
    pub(super) fn memory(memory: AnyMemory) -> Target {
        let key = match &memory {
            AnyMemory::Plain(memory) => Key::Defined(format!("{memory:?}")),
            AnyMemory::Shared(memory) => Key::Shared(memory.data().as_ptr().addr()),
        };
        Target { content: Content::Memory(memory), key, ranges: Vec::new() }
    }

    pub(super) fn global<T: 'static>(store: &StoreContextMut<'_, T>, global: Global) -> Target {
        let size = match global.ty(store).content() {
            ValType::I32 | ValType::F32 => 4,
            ValType::I64 | ValType::F64 => 8,
            ValType::V128 => 16,
            ValType::Ref(_) => 0,
        };
        Target { content: Content::Global(global, size), key: Key::Defined(format!("{global:?}")), ranges: Vec::new() }
    }

    pub(super) fn is_global(&self) -> bool {
        matches!(self.content, Content::Global(..))
    }

    /// Whether two targets are the same memory or global.
    pub(super) fn is(&self, other: &Target) -> bool {
        self.key == other.key
    }

    /// Replaces the watched ranges: each is a first byte, a last byte and the watchpoint's id.
    pub(super) fn set_ranges(&mut self, ranges: impl Iterator<Item = (u64, u64, WatchpointId)>) {
        self.ranges.clear();
        self.ranges.extend(ranges.map(|(begin, last, id)| Range { begin, last, reach: last, id }));
        self.ranges.sort_unstable_by_key(|range| (range.begin, range.id));
        let mut reach = 0;
        for range in &mut self.ranges {
            reach = range.last.max(reach);
            range.reach = reach;
        }
    }

    /// The watchpoints whose ranges an access meets, each with the first and the last byte that the
    /// range and the access have in common. Allocates only if there are any.
    pub(super) fn overlaps(&self, begin: u64, last: u64) -> Vec<(WatchpointId, u64, u64)> {
        let candidates = self.ranges.partition_point(|range| range.begin <= last);
        let mut met = Vec::new();
        for range in self.ranges.get(..candidates).unwrap_or_default().iter().rev() {
            if range.reach < begin {
                break;
            }
            if range.last >= begin {
                met.push((range.id, range.begin.max(begin), range.last.min(last)));
            }
        }
        met.sort_unstable();
        met
    }

    /// Reads `length` bytes from `begin` on; `None` if not all of them exist.
    pub(super) fn read<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        begin: u64,
        length: usize,
    ) -> Option<Vec<u8>> {
        let bytes = self.read_up_to(store, begin, length);
        (bytes.len() == length).then_some(bytes)
    }

    /// Reads at most `length` bytes from `begin` on: as many as exist.
    pub(super) fn read_up_to<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        begin: u64,
        length: usize,
    ) -> Vec<u8> {
        match &self.content {
            Content::Memory(memory) => memory.read(store, begin, length).unwrap_or_default(),
            // A reference is not read at all, because it would have to be rooted.
            Content::Global(_, 0) => Vec::new(),
            Content::Global(global, _) => {
                let bytes = value_bytes(&global.get(store.as_context_mut()));
                let start = usize::try_from(begin).unwrap_or(usize::MAX);
                let rest = bytes.get(start..).unwrap_or_default();
                rest.get(..length).unwrap_or(rest).to_vec()
            }
        }
    }

    /// Whether the target still holds these bytes from `begin` on, and nothing more within `length`
    /// where `bytes` is shorter. Copies the content only if it cannot be compared in place.
    pub(super) fn still_holds<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        begin: u64,
        length: usize,
        bytes: &[u8],
    ) -> bool {
        if let Content::Memory(AnyMemory::Plain(memory)) = &self.content {
            let rest = usize::try_from(begin).ok().and_then(|begin| memory.data(&*store).get(begin..));
            let rest = rest.unwrap_or_default();
            return rest.get(..length).unwrap_or(rest) == bytes;
        }
        self.read_up_to(store, begin, length) == bytes
    }

    /// Checks a range of the memory and returns the address of its last byte.
    ///
    /// # Errors
    /// [`Error::BadWatchpoint`] for a global and for an empty range; [`Error::OutOfBounds`] for a
    /// range past the last address that the memory can have.
    pub(super) fn check<T: 'static>(
        &self,
        store: &StoreContextMut<'_, T>,
        address: u64,
        length: u64,
    ) -> Result<u64, Error> {
        let Content::Memory(memory) = &self.content else { return bad_watchpoint("a global has no range") };
        let ty = match memory {
            AnyMemory::Plain(memory) => memory.ty(store),
            AnyMemory::Shared(memory) => memory.ty(),
        };
        let Some(more) = length.checked_sub(1) else { return bad_watchpoint("the range has no bytes") };
        let greatest = if ty.is_64() { u64::MAX } else { u64::from(u32::MAX) };
        let maximum = ty.maximum().map_or(u64::MAX, |pages| pages.saturating_mul(ty.page_size()));
        let reaches = |last: &u64| *last <= greatest && (*last < maximum || ty.maximum().is_none());
        let size = maximum.min(greatest.saturating_add(1));
        address.checked_add(more).filter(reaches).ok_or(Error::OutOfBounds { size })
    }
}

/// The bytes of a number, little-endian.
fn value_bytes(value: &Val) -> Vec<u8> {
    match value {
        Val::I32(value) => value.to_le_bytes().to_vec(),
        Val::I64(value) => value.to_le_bytes().to_vec(),
        Val::F32(bits) => bits.to_le_bytes().to_vec(),
        Val::F64(bits) => bits.to_le_bytes().to_vec(),
        Val::V128(value) => value.as_u128().to_le_bytes().to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used)]
mod tests {
    use super::*;
    use wasmtime::{Config, Engine, Instance, Module, Store};

    fn store() -> Store<()> {
        Store::new(&Engine::new(Config::new().guest_debug(true).wasm_multi_memory(true)).unwrap(), ())
    }

    /// The same definition under other indices is one target; everything else is another, including
    /// empty memories.
    #[test]
    fn a_definition_is_one_target_wherever_it_is_imported() {
        let mut store = store();
        let exporter = r#"(module
            (memory (export "a") 0) (memory (export "b") 0)
            (global (export "g") (mut i32) (i32.const 0)) (global (export "h") (mut i32) (i32.const 0)))"#;
        let importer = r#"(module
            (import "x" "b" (memory 0)) (import "x" "a" (memory 0)) (import "x" "b" (memory 0))
            (import "x" "h" (global (mut i32))) (import "x" "g" (global (mut i32))) (memory 0))"#;
        let exporter = Module::new(store.engine(), exporter).unwrap();
        let importer = Module::new(store.engine(), importer).unwrap();
        let first = Instance::new(&mut store, &exporter, &[]).unwrap();
        let other = Instance::new(&mut store, &exporter, &[]).unwrap();
        let [a, b, g, h] = ["a", "b", "g", "h"].map(|name| first.get_export(&mut store, name).unwrap());
        let imports = [b.clone(), a, b, h, g];
        let second = Instance::new(&mut store, &importer, &imports).unwrap();
        let mut targets = Vec::new();
        for (instance, n) in [(first, 2), (other, 2), (second, 4)] {
            for index in 0..n {
                let memory = AnyMemory::Plain(instance.debug_memory(&mut store, index).unwrap());
                targets.push(Target::memory(memory));
            }
        }
        for instance in [first, other, second] {
            for index in 0..2 {
                let global = instance.debug_global(&mut store, index).unwrap();
                targets.push(Target::global(&store.as_context_mut(), global));
            }
        }
        let number = |target: &Target| targets.iter().position(|other| other.is(target)).unwrap();
        let numbers: Vec<usize> = targets.iter().map(number).collect();
        // The memories of the three instances, then their globals.
        assert_eq!(numbers, [0, 1, 2, 3, 1, 0, 1, 7, 8, 9, 10, 11, 9, 8]);
    }

    #[test]
    fn an_access_meets_what_it_overlaps_and_nothing_else() {
        let mut store = store();
        let module = Module::new(store.engine(), "(module (memory 1))").unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let mut target = Target::memory(AnyMemory::Plain(instance.debug_memory(&mut store, 0).unwrap()));
        let ranges = [(0, u64::MAX, 9), (16, 23, 1), (16, 16, 2), (40, 40, 3), (u64::MAX, u64::MAX, 4)];
        for with_all in [true, false] {
            let ranges = ranges.iter().filter(|range| with_all || range.2 != 9);
            target.set_ranges(ranges.map(|(begin, last, id)| (*begin, *last, WatchpointId(*id))));
            let met = |begin, last| {
                let met = target.overlaps(begin, last);
                met.iter().map(|(id, begin, last)| (id.0, *begin, *last)).filter(|met| met.0 != 9).collect::<Vec<_>>()
            };
            assert_eq!(met(8, 15), []);
            assert_eq!(met(9, 16), [(1, 16, 16), (2, 16, 16)]);
            assert_eq!(met(17, 17), [(1, 17, 17)]);
            assert_eq!(met(23, 40), [(1, 23, 23), (3, 40, 40)]);
            assert_eq!(met(24, 39), []);
            assert_eq!(met(41, u64::MAX), [(4, u64::MAX, u64::MAX)]);
        }
    }
}
