//! The calls of `inspection`.

use crate::ask;
use crate::ids::{Ids, U32, U64};
use crate::table::Table;
use stillpoint_kit::FrameId;
use stillpoint_kit::bindings::stillpoint::debugger::inspection;

/// The program's memories: a plain one, a 64-bit one, a shared one, one without pages, and one that
/// does not exist.
const MEMORIES: [u32; 5] = [0, 1, 2, 3, 4];

pub(super) fn ask(table: &Table<'_>, ids: &Ids) {
    let _ = ask!(table, inspection::modules());
    for (module, offset, length) in
        [(0, 0, 0), (0, 0, 8), (0, 1 << 32, 1), (0, u64::MAX, u64::MAX), (1, 0, 1), (u32::MAX, u64::MAX, 1)]
    {
        let _ = ask!(table, inspection::bytecode(module, offset, length));
    }
    let _ = ask!(table, inspection::entry_point());
    let _ = ask!(table, inspection::instances());
    frames(table, ids);
    memories(table, ids);
    let _ = ask!(table, inspection::component());
    lists(table, ids);
    tables(table, ids);
    for reference in ids.references_to_ask() {
        let _ = ask!(table, inspection::dereference(reference));
    }
    for reference in ids.references_to_ask() {
        for (first, limit) in [(0, u32::MAX), (1, 1), (u32::MAX, u32::MAX)] {
            let _ = ask!(table, inspection::array_elements(reference, first, limit));
        }
    }
    let _ = ask!(table, inspection::pending_exception());
}

fn frames(table: &Table<'_>, ids: &Ids) {
    let _ = ask!(table, inspection::depth());
    for (first, limit) in [(0, 0), (0, u32::MAX), (1, 1), (1, u32::MAX), (2, 9), (u32::MAX, u32::MAX)] {
        let _ = ask!(table, inspection::backtrace(first, limit));
    }
    let stops = [ids.stop.wrapping_sub(1), ids.stop, ids.stop.wrapping_add(1), u64::MAX];
    let frame_ids = stops.into_iter().flat_map(|stop| [0, 1, 2, u32::MAX].map(|index| FrameId { stop, index }));
    let frame_ids: Vec<FrameId> = frame_ids.collect();
    for frame in &frame_ids {
        let _ = ask!(table, inspection::locals(*frame));
    }
    for frame in &frame_ids {
        let _ = ask!(table, inspection::operands(*frame));
    }
}

fn memories(table: &Table<'_>, ids: &Ids) {
    let all = || MEMORIES.into_iter().map(|memory| (ids.instance, memory));
    for (instance, memory) in all().chain([(ids.instance, u32::MAX), (0, 0), (u32::MAX, 0)]) {
        let _ = ask!(table, inspection::memory_info(instance, memory));
    }
    for (instance, memory) in all().chain([(u32::MAX, u32::MAX)]) {
        for (address, length) in [(0, 0), (16, 5), (65_535, 9), (65_536, 1), (131_071, u64::MAX)] {
            let _ = ask!(table, inspection::read_memory(instance, memory, address, length));
        }
        for address in &U64[3..] {
            let _ = ask!(table, inspection::read_memory(instance, memory, *address, u64::MAX));
        }
    }
    let text = |length: usize| b"fine\n".iter().copied().cycle().take(length).collect::<Vec<u8>>();
    for (instance, memory) in all().chain([(u32::MAX, 0)]) {
        for (first, end, bytes, limit) in [
            (0, u64::MAX, text(5), u32::MAX),
            (0, u64::MAX, text(5), 0),
            (0, u64::MAX, text(0), 9),
            (0, u64::MAX, text(4096), 9),
            (0, u64::MAX, text(4097), 9),
            (9, 0, text(1), 9),
            (u64::MAX, u64::MAX, text(1), 9),
            (65_536, u64::MAX, vec![0], 9),
            (0, 65_536, vec![0], u32::MAX),
        ] {
            let found = inspection::search_memory(table.debuggee, instance, memory, first, end, &bytes, limit);
            let words = |number: u64| crate::table::Words::words(&number);
            let arguments = [
                words(instance.into()),
                words(memory.into()),
                words(first),
                words(end),
                format!("{} bytes", bytes.len()),
                words(limit.into()),
            ];
            let found = found.map(|found| {
                let from = found.addresses.first().map_or("none".to_owned(), |first| format!("from {first}"));
                Text(format!("{} found, {from}, next {:?}", found.addresses.len(), found.next))
            });
            table.row("inspection::search-memory", &arguments, crate::table::answer(&found));
        }
    }
}

/// An answer that is text already.
struct Text(String);

impl crate::table::Words for Text {
    fn words(&self) -> String {
        self.0.clone()
    }
}

fn lists(table: &Table<'_>, ids: &Ids) {
    let instances = [0, ids.instance, ids.instance.wrapping_add(1), u32::MAX];
    for instance in instances {
        let _ = ask!(table, inspection::imports(instance));
    }
    for instance in instances {
        let _ = ask!(table, inspection::exports(instance));
    }
    let ranges = [(0, 0), (0, u32::MAX), (2, 1), (u32::MAX, 1), (u32::MAX, u32::MAX)];
    for instance in instances {
        for (first, limit) in ranges {
            let _ = ask!(table, inspection::functions(instance, first, limit));
        }
    }
    for module in [0, 1, u32::MAX] {
        for (first, limit) in ranges {
            let _ = ask!(table, inspection::code(module, first, limit));
        }
    }
    for instance in instances {
        for (first, limit) in ranges {
            let _ = ask!(table, inspection::globals(instance, first, limit));
        }
    }
    for instance in instances {
        let _ = ask!(table, inspection::tags(instance));
    }
}

fn tables(table: &Table<'_>, ids: &Ids) {
    for index in [0, 1, 2, 3, u32::MAX] {
        let _ = ask!(table, inspection::table_info(ids.instance, index));
    }
    for instance in [0, u32::MAX] {
        let _ = ask!(table, inspection::table_info(instance, 0));
    }
    for index in [0, 1, 2, 3, u32::MAX] {
        for first in [0, 3, 4, 1 << 32, u64::MAX] {
            for limit in [0, u32::MAX] {
                let _ = ask!(table, inspection::table_elements(ids.instance, index, first, limit));
            }
        }
    }
    for instance in U32 {
        if instance != ids.instance {
            let _ = ask!(table, inspection::table_elements(instance, 0, 0, 1));
        }
    }
}
