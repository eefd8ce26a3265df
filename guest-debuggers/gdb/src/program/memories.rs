//! The program's memories as part of the address space.
//!
//! An address of a memory is `number << 32 | offset` (LLDB, `Process/wasm/ProcessWasm.h`). A program's own pointers have no
//! number, so the number 0 stands for memory 0 of the code that the selected frame runs. If the program has more memories
//! than one, each has a number of its own from 1 on besides. Invariant: a memory that several instances import is one.

use gdbstub_arch::wasm::addr::{WasmAddr, WasmAddrType};
use stillpoint_kit::{EntityKind, InstanceId, Session, Source};

use super::Modules;

/// The end of what an address can say of one memory.
const SPACE: u64 = 1 << 32;

/// A memory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Memory {
    /// An instance that has it, and its index there.
    instance: InstanceId,
    index: u32,
    name: String,
    size: u64,
}

/// What makes two memories the same.
#[derive(PartialEq, Eq)]
enum Identity {
    /// The instance that defines it, and its index there.
    Defined(InstanceId, u32),
    /// The host's, by the name under which it is imported.
    Host(String, String),
}

/// A byte of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) instance: InstanceId,
    pub(crate) memory: u32,
    pub(crate) address: u64,
}

/// All memories, in order of instances.
pub(crate) struct Memories {
    memories: Vec<Memory>,
    /// The place in the list of each instance's memory 0.
    first: Vec<(InstanceId, usize)>,
}

/// A part of the address space.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) begin: u64,
    pub(crate) size: u64,
    /// `rw`, `rx` or, between the others, nothing.
    pub(crate) permissions: &'static str,
    pub(crate) name: String,
}

impl Memories {
    pub(super) fn of(session: &Session, modules: &Modules) -> Memories {
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
                    let size = session.memory(instance.id, index).map_or(0, |memory| memory.size);
                    memories.push(Memory { instance: instance.id, index, name, size });
                    identities.push(identity);
                }
            }
        }
        Memories { memories, first }
    }

    /// What the number 0 stands for, in the code of an instance: its memory 0, or the first there is.
    fn default(&self, instance: Option<InstanceId>) -> Option<&Memory> {
        let own = self.first.iter().find(|(id, _)| Some(*id) == instance).map_or(0, |(_, position)| *position);
        self.memories.get(own)
    }

    /// What an address means, in the code of an instance.
    pub(crate) fn place(&self, address: u64, instance: Option<InstanceId>) -> Option<Place> {
        let address = WasmAddr::from_raw(address).filter(|address| address.addr_type() == WasmAddrType::Memory)?;
        let memory = match address.module_index() {
            0 => self.default(instance)?,
            _ if self.memories.len() == 1 => return None,
            number => self.memories.get(number as usize - 1)?,
        };
        Some(Place { instance: memory.instance, memory: memory.index, address: address.offset().into() })
    }

    /// Parts of the address space that are memories, in order.
    fn regions(&self, instance: Option<InstanceId>) -> Vec<Region> {
        let region = |number: u64, memory: &Memory, name| Region {
            begin: number << 32,
            size: memory.size.min(SPACE),
            permissions: "rw",
            name,
        };
        let mut regions = Vec::new();
        if let Some(memory) = self.default(instance) {
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

    /// The part that an address belongs to, code included; between two parts, the gap.
    pub(crate) fn region(&self, address: u64, instance: Option<InstanceId>, modules: &Modules) -> Region {
        let code = modules.all().map(|(begin, name, size)| Region {
            begin,
            size: size.min(SPACE),
            permissions: "rx",
            name: name.to_owned(),
        });
        around(address, self.regions(instance).into_iter().chain(code))
    }
}

/// The region around an address among some in order.
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

    fn place(instance: InstanceId, memory: u32, address: u64) -> Option<Place> {
        Some(Place { instance, memory, address })
    }

    #[test]
    fn one_memory_has_no_number() {
        let memories = Memories { memories: vec![memory(2, 0, 65536)], first: vec![(2, 0), (5, 0)] };
        assert_eq!(memories.place(0x10, None), place(2, 0, 0x10));
        assert_eq!(memories.place(0x10, Some(5)), place(2, 0, 0x10));
        assert_eq!(memories.place(0x1_0000_0010, None), None);
        assert_eq!(memories.place(0x4000_0000_0000_0010, None), None);
        assert_eq!(memories.regions(None).len(), 1);
    }

    #[test]
    fn each_of_several_has_a_number() {
        let list = vec![memory(1, 0, 65536), memory(1, 1, 0), memory(4, 0, 1 << 33)];
        let memories = Memories { memories: list, first: vec![(1, 0), (4, 2)] };
        assert_eq!(memories.place(8, None), place(1, 0, 8));
        assert_eq!(memories.place(8, Some(4)), place(4, 0, 8), "memory 0 of the frame's own instance");
        assert_eq!(memories.place(0x1_0000_0008, Some(4)), place(1, 0, 8));
        assert_eq!(memories.place(0x2_0000_0008, None), place(1, 1, 8));
        assert_eq!(memories.place(0x3_0000_0008, None), place(4, 0, 8));
        assert_eq!(memories.place(0x4_0000_0008, None), None);
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
