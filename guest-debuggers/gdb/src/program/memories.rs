//! The program's memories as parts of the address space.
//!
//! An address in a memory is `number << 32 | offset` (LLDB, `Process/wasm/ProcessWasm.h`). The
//! program's own pointers have no number, so the number 0 stands for memory 0 of the instance whose
//! code the selected frame runs. If the program has several memories, each also has a number of its
//! own from 1 on. Invariant: a memory that several instances import has one number.

use gdbstub_arch::wasm::addr::{WasmAddr, WasmAddrType};
use stillpoint_kit::{EntityKind, InstanceId, Session, Source};

use super::Modules;

/// The number of bytes of one memory that addresses can name.
const ADDRESSABLE: u64 = 1 << 32;

/// A memory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Memory {
    /// An instance that has the memory; `index` is its index there.
    instance: InstanceId,
    index: u32,
    name: String,
    size: u64,
}

/// The identity of a memory, whichever instance names it.
#[derive(PartialEq, Eq)]
enum Identity {
    /// The instance that defines it, and its index there.
    Defined(InstanceId, u32),
    /// A memory of the host's, by the name under which it is imported.
    Host(String, String),
}

/// The address of a byte, in the contract's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryAddress {
    pub(crate) instance: InstanceId,
    pub(crate) memory: u32,
    pub(crate) address: u64,
}

/// All memories of the program, in the order of its instances.
pub(crate) struct Memories {
    memories: Vec<Memory>,
    /// The position in `memories` of each instance's memory 0.
    first: Vec<(InstanceId, usize)>,
}

/// A contiguous part of the address space.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) begin: u64,
    pub(crate) size: u64,
    /// `rw` for memories, `rx` for code, and empty for the gaps between them.
    pub(crate) permissions: &'static str,
    pub(crate) name: String,
}

impl Memories {
    pub(super) fn read(session: &Session, modules: &Modules) -> Memories {
        let mut memories = Vec::new();
        let mut identities = Vec::new();
        let mut first = Vec::new();
        for instance in session.instances().unwrap_or_default() {
            for index in 0..instance.counts.memories {
                let identity = identity(session, instance.id, index);
                let known = identities.iter().position(|known| *known == identity);
                let position = known.unwrap_or(memories.len());
                if index == 0 {
                    first.push((instance.id, position));
                }
                if known.is_none() {
                    let name = format!("memory {index} of {}", modules.name(instance.module).unwrap_or("a module"));
                    let size = session.memory_info(instance.id, index).map_or(0, |memory| memory.size);
                    memories.push(Memory { instance: instance.id, index, name, size });
                    identities.push(identity);
                }
            }
        }
        Memories { memories, first }
    }

    /// The memory that the number 0 stands for in an instance's code: its memory 0, or else the
    /// first of the program.
    fn unnumbered(&self, instance: Option<InstanceId>) -> Option<&Memory> {
        let own = self.first.iter().find(|(id, _)| Some(*id) == instance).map_or(0, |(_, position)| *position);
        self.memories.get(own)
    }

    /// Resolves an address as an instance's code means it.
    pub(crate) fn resolve(&self, address: u64, instance: Option<InstanceId>) -> Option<MemoryAddress> {
        let address = WasmAddr::from_raw(address).filter(|address| address.addr_type() == WasmAddrType::Memory)?;
        let memory = match address.module_index() {
            0 => self.unnumbered(instance)?,
            _ if self.memories.len() == 1 => return None,
            number => self.memories.get(number as usize - 1)?,
        };
        Some(MemoryAddress { instance: memory.instance, memory: memory.index, address: address.offset().into() })
    }

    /// The regions that are memories, by ascending address.
    fn regions(&self, instance: Option<InstanceId>) -> Vec<Region> {
        let region = |number: u64, memory: &Memory, name| Region {
            begin: number << 32,
            size: memory.size.min(ADDRESSABLE),
            permissions: "rw",
            name,
        };
        let mut regions = Vec::new();
        if let Some(memory) = self.unnumbered(instance) {
            let name = if self.memories.len() == 1 { memory.name.clone() } else { format!("{} (here)", memory.name) };
            regions.push(region(0, memory, name));
        }
        if self.memories.len() > 1 {
            regions
                .extend((1..).zip(&self.memories).map(|(number, memory)| region(number, memory, memory.name.clone())));
        }
        regions.retain(|region| region.size > 0);
        regions
    }

    /// The region that an address belongs to: a memory, a module's code, or the gap between two of
    /// them.
    pub(crate) fn region(&self, address: u64, instance: Option<InstanceId>, modules: &Modules) -> Region {
        let code = modules.all().map(|(begin, name, size)| Region {
            begin,
            size: size.min(ADDRESSABLE),
            permissions: "rx",
            name: name.to_owned(),
        });
        around(address, self.regions(instance).into_iter().chain(code))
    }
}

/// Finds the region, or the gap, around an address among regions of ascending addresses.
fn around(address: u64, regions: impl Iterator<Item = Region>) -> Region {
    let mut end = 0;
    for region in regions {
        if address < region.begin {
            return Region { begin: end, size: region.begin - end, permissions: "", name: String::new() };
        }
        end = region.begin + region.size;
        if address < end {
            return region;
        }
    }
    Region { begin: end, size: u64::MAX - end, permissions: "", name: String::new() }
}

fn identity(session: &Session, instance: InstanceId, index: u32) -> Identity {
    let imports = session.imports(instance).unwrap_or_default();
    let import = imports
        .into_iter()
        .find(|import| matches!(import.entity.kind, EntityKind::Memory) && import.entity.index == index);
    match import {
        Some(import) => match import.source {
            Source::Instance(definition) => Identity::Defined(definition.instance, definition.index),
            _ => Identity::Host(import.module, import.name),
        },
        None => Identity::Defined(instance, index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(instance: InstanceId, index: u32, size: u64) -> Memory {
        Memory { instance, index, name: format!("memory {index} of {instance}"), size }
    }

    fn resolved(instance: InstanceId, memory: u32, address: u64) -> Option<MemoryAddress> {
        Some(MemoryAddress { instance, memory, address })
    }

    #[test]
    fn one_memory_has_no_number() {
        let memories = Memories { memories: vec![memory(2, 0, 65536)], first: vec![(2, 0), (5, 0)] };
        assert_eq!(memories.resolve(0x10, None), resolved(2, 0, 0x10));
        assert_eq!(memories.resolve(0x10, Some(5)), resolved(2, 0, 0x10));
        assert_eq!(memories.resolve(0x1_0000_0010, None), None);
        assert_eq!(memories.resolve(0x4000_0000_0000_0010, None), None);
        assert_eq!(memories.regions(None).len(), 1);
    }

    #[test]
    fn each_of_several_has_a_number() {
        let list = vec![memory(1, 0, 65536), memory(1, 1, 0), memory(4, 0, 1 << 33)];
        let memories = Memories { memories: list, first: vec![(1, 0), (4, 2)] };
        assert_eq!(memories.resolve(8, None), resolved(1, 0, 8));
        assert_eq!(memories.resolve(8, Some(4)), resolved(4, 0, 8), "memory 0 of the frame's own instance");
        assert_eq!(memories.resolve(0x1_0000_0008, Some(4)), resolved(1, 0, 8));
        assert_eq!(memories.resolve(0x2_0000_0008, None), resolved(1, 1, 8));
        assert_eq!(memories.resolve(0x3_0000_0008, None), resolved(4, 0, 8));
        assert_eq!(memories.resolve(0x4_0000_0008, None), None);
        let begins: Vec<_> = memories.regions(Some(4)).iter().map(|region| (region.begin, region.size)).collect();
        assert_eq!(begins, [(0, 1 << 32), (1 << 32, 65536), (3 << 32, 1 << 32)], "an empty one is no region");
    }

    #[test]
    fn gaps_are_regions_too() {
        let region = |begin, size| Region { begin, size, permissions: "rw", name: String::new() };
        let at = |address| {
            let region = around(address, [region(0x10, 0x10), region(0x20, 0x10), region(0x80, 0x10)].into_iter());
            (region.begin, region.size)
        };
        assert_eq!(at(0), (0, 0x10));
        assert_eq!(at(0x10), (0x10, 0x10));
        assert_eq!(at(0x2f), (0x20, 0x10));
        assert_eq!(at(0x30), (0x30, 0x50));
        assert_eq!(at(u64::MAX), (0x90, u64::MAX - 0x90));
    }
}
