//! The calls of `inspection`.

use crate::ask;
use crate::ids::{Ids, PAGES, U32, U64};
use crate::table::{Table, Words, answer};
use stillpoint_kit::FrameId;
use stillpoint_kit::bindings::stillpoint::debugger::inspection;

/// The program's memories: a plain one, a 64-bit one, a shared one, one without pages, and one that
/// does not exist.
const MEMORIES: [u32; 5] = [0, 1, 2, 3, 4];

pub(super) fn ask(table: &Table<'_>, ids: &Ids) {
    modules(table);
    let _ = ask!(table, inspection::entry_point());
    for (first, limit) in PAGES {
        let _ = ask!(table, inspection::list_instances(first, limit));
    }
    frames(table, ids);
    memories(table, ids);
    searches(table, ids);
    for (first, limit) in PAGES {
        let _ = ask!(table, inspection::list_components(first, limit));
    }
    lists(table, ids);
    tables(table, ids);
    for reference in ids.references_to_ask() {
        let _ = ask!(table, inspection::dereference(reference));
    }
    for reference in ids.references_to_ask() {
        for (first, limit) in [(0, u32::MAX), (1, 1), (1001, 0), (u32::MAX, u32::MAX)] {
            let _ = ask!(table, inspection::list_array_elements(reference, first, limit));
        }
    }
    let _ = ask!(table, inspection::pending_exception());
}

fn modules(table: &Table<'_>) {
    for (first, limit) in PAGES {
        let _ = ask!(table, inspection::list_modules(first, limit));
    }
    for module in [0, 1, u32::MAX] {
        for (first, limit) in PAGES {
            let _ = ask!(table, inspection::list_functions(module, first, limit));
        }
    }
    for (module, offset, length) in
        [(0, 0, 0), (0, 0, 8), (0, 1 << 31, 1), (0, u32::MAX, u32::MAX), (1, 0, 1), (u32::MAX, u32::MAX, 1)]
    {
        let _ = ask!(table, inspection::read_bytecode(module, offset, length));
    }
}

fn frames(table: &Table<'_>, ids: &Ids) {
    let _ = ask!(table, inspection::depth());
    for (first, limit) in PAGES.into_iter().chain([(1, 1), (1, u32::MAX)]) {
        let _ = ask!(table, inspection::list_frames(first, limit));
    }
    let stops = [ids.stop.wrapping_sub(1), ids.stop, ids.stop.wrapping_add(1), u64::MAX];
    let frame_ids = stops.into_iter().flat_map(|stop| [0, 1, 2, u32::MAX].map(|index| FrameId { stop, index }));
    let frame_ids: Vec<FrameId> = frame_ids.collect();
    for frame in &frame_ids {
        let _ = ask!(table, inspection::read_locals(*frame));
    }
    for frame in &frame_ids {
        let _ = ask!(table, inspection::read_operands(*frame));
    }
}

/// The memories, as pairs of an instance and an index.
fn all_memories(ids: &Ids) -> impl Iterator<Item = (u32, u32)> {
    MEMORIES.into_iter().map(|memory| (ids.instance, memory))
}

fn memories(table: &Table<'_>, ids: &Ids) {
    for (instance, memory) in all_memories(ids).chain([(ids.instance, u32::MAX), (0, 0), (u32::MAX, 0)]) {
        let _ = ask!(table, inspection::memory_info(instance, memory));
    }
    for (instance, memory) in all_memories(ids).chain([(u32::MAX, u32::MAX)]) {
        for (address, length) in [(0, 0), (16, 5), (65_535, 9), (65_536, 1), (131_071, u32::MAX)] {
            let _ = ask!(table, inspection::read_memory(instance, memory, address, length));
        }
        for address in &U64[3..] {
            let _ = ask!(table, inspection::read_memory(instance, memory, *address, u32::MAX));
        }
    }
}

fn searches(table: &Table<'_>, ids: &Ids) {
    let text = |length: usize| b"fine\n".iter().copied().cycle().take(length).collect::<Vec<u8>>();
    for (instance, memory) in all_memories(ids).chain([(u32::MAX, 0)]) {
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
            let arguments = [
                instance.words(),
                memory.words(),
                first.words(),
                end.words(),
                format!("{} bytes", bytes.len()),
                limit.words(),
            ];
            table.row("inspection::search-memory", &arguments, answer(&found));
        }
    }
}

fn lists(table: &Table<'_>, ids: &Ids) {
    let instances = [0, ids.instance, ids.instance.wrapping_add(1), u32::MAX];
    /// Asks for pages of a list of every instance.
    macro_rules! list {
        ($function:ident) => {
            for instance in instances {
                for (first, limit) in PAGES {
                    let _ = ask!(table, inspection::$function(instance, first, limit));
                }
            }
        };
    }
    list!(list_imports);
    list!(list_exports);
    list!(list_globals);
    list!(list_tags);
}

fn tables(table: &Table<'_>, ids: &Ids) {
    for index in [0, 1, 2, 3, u32::MAX] {
        let _ = ask!(table, inspection::table_info(ids.instance, index));
    }
    for instance in [0, u32::MAX] {
        let _ = ask!(table, inspection::table_info(instance, 0));
    }
    for index in [0, 1, 2, 3, u32::MAX] {
        for first in [0, 2, 3, 4, 1 << 32, u64::MAX] {
            for limit in [0, 1, u32::MAX] {
                let _ = ask!(table, inspection::list_table_elements(ids.instance, index, first, limit));
            }
        }
    }
    for instance in U32 {
        if instance != ids.instance {
            let _ = ask!(table, inspection::list_table_elements(instance, 0, 0, 1));
        }
    }
}
