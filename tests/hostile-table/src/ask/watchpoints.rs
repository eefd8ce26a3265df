//! The calls of `watchpoints`. Watchpoints that can be set are removed again.

use super::answers;
use crate::ask;
use crate::ids::{Ids, PAGES, U32};
use crate::table::{Table, Words};
use stillpoint_kit::bindings::stillpoint::debugger::watchpoints;
use stillpoint_kit::{Accesses, WatchOption, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory};

pub(super) fn ask(table: &Table<'_>, ids: &Ids) {
    let i = ids.instance;
    add(table, "nothing", &[]);
    for (instance, memory) in [(0, 0), (u32::MAX, 0), (i, 4), (i, u32::MAX)] {
        memory_range(table, instance, memory, 0, 1);
    }
    for memory in 0..4 {
        for address in [0, 131_071, 131_072, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            for length in [0, 1, u64::MAX] {
                memory_range(table, i, memory, address, length);
            }
        }
    }
    for (instance, global) in [(0, 0), (u32::MAX, 0), (i, 99), (i, u32::MAX), (i, 0), (i, 1), (i, 2), (i, 7)] {
        for options in [vec![], vec![WatchOption::OnChange]] {
            let target = WatchTarget::Global(WatchedGlobal { instance, global });
            let about = format!("global {}, {}, {}", instance.words(), global.words(), options.words());
            add(table, &about, &[WatchSpec { options, ..spec(target) }]);
        }
    }
    let target = WatchTarget::Memory(WatchedMemory { instance: i, memory: 0, address: 0, length: 8 });
    for kinds in [Accesses::empty(), Accesses::READ, Accesses::HOST, Accesses::all()] {
        for options in [vec![], vec![WatchOption::OnChange]] {
            let about = format!("{kinds:?}, {}", options.words());
            add(table, &about, &[WatchSpec { kinds, options, ..spec(target) }]);
        }
    }
    let whole = WatchTarget::Memory(WatchedMemory { instance: i, memory: 1, address: 0, length: (1 << 20) + 1 });
    add(table, "1 MiB and one for the host", &[WatchSpec { kinds: Accesses::HOST, ..spec(whole) }]);
    options(table, target);
    let bad = WatchTarget::Global(WatchedGlobal { instance: u32::MAX, global: 0 });
    add(table, "good, bad, good", &[spec(target), spec(bad), spec(target)]);
    add(table, "10,001 good", &vec![spec(target); 10_001]);
    removals(table, target);
    for (first, limit) in PAGES {
        let _ = ask!(table, watchpoints::list_watchpoints(first, limit));
    }
}

/// Options at the edges of their range, and options that are given twice.
fn options(table: &Table<'_>, target: WatchTarget) {
    use WatchOption::{Every, Ignore, OnChange, OneShot};
    for options in [
        vec![Ignore(u32::MAX), Every(u32::MAX), OneShot, OnChange],
        vec![Every(0)],
        vec![OneShot, Every(0)],
        vec![Ignore(0), Ignore(0)],
        vec![Ignore(1), Ignore(2)],
        vec![Every(1), Every(2)],
        vec![OneShot, OneShot],
        vec![OnChange, OnChange],
        vec![OneShot; 1_000_000],
    ] {
        let about = format!("options: {}", options.words());
        add(table, &about, &[WatchSpec { options, ..spec(target) }]);
    }
}

fn removals(table: &Table<'_>, target: WatchTarget) {
    remove(table, "nothing", &[]);
    for id in U32 {
        remove(table, &id.words(), &[id]);
    }
    let added = watchpoints::add(table.debuggee, &[spec(target)]).unwrap_or_default();
    let one = added.into_iter().flatten().next().unwrap_or(1);
    remove(table, "one twice", &[one, one]);
    remove(table, "100,000 that do not exist", &vec![u32::MAX; 100_000]);
}

fn memory_range(table: &Table<'_>, instance: u32, memory: u32, address: u64, length: u64) {
    let target = WatchTarget::Memory(WatchedMemory { instance, memory, address, length });
    let words = [instance.words(), memory.words(), address.words(), length.words()];
    add(table, &format!("memory {}", words.join(", ")), &[spec(target)]);
}

fn spec(target: WatchTarget) -> WatchSpec {
    WatchSpec::new(target, Accesses::WRITE)
}

/// Sets watchpoints, notes the answer, and removes them.
fn add(table: &Table<'_>, about: &str, specs: &[WatchSpec]) {
    let added = watchpoints::add(table.debuggee, specs);
    table.row("watchpoints::add", &[about.to_owned()], answers(&added));
    let added: Vec<u32> = added.unwrap_or_default().into_iter().flatten().collect();
    if !added.is_empty() {
        let removed = watchpoints::remove(table.debuggee, &added).unwrap_or_default();
        assert!(removed.len() == added.len() && removed.iter().all(Result::is_ok), "what was just set can be removed");
    }
}

fn remove(table: &Table<'_>, about: &str, ids: &[u32]) {
    let removed = watchpoints::remove(table.debuggee, ids);
    table.row("watchpoints::remove", &[about.to_owned()], answers(&removed));
}
