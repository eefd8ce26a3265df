//! The calls of `watchpoints`. Watchpoints that can be set are removed again.

use crate::ask;
use crate::ids::{Ids, U32};
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::types::Accesses;
use stillpoint_kit::bindings::stillpoint::debugger::watchpoints::{
    self, WatchChange, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory,
};

pub(super) fn ask(table: &Table<'_>, ids: &Ids) {
    let i = ids.instance;
    edit(table, "no change", &[]);
    for id in U32 {
        edit(table, &format!("remove {}", id.words()), &[WatchChange::Remove(id)]);
    }
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
        for on_change in [false, true] {
            let target = WatchTarget::Global(WatchedGlobal { instance, global });
            let about = format!("global {}, {}, on change: {on_change}", instance.words(), global.words());
            edit(table, &about, &[add(WatchSpec { on_change, ..spec(target) })]);
        }
    }
    let target = WatchTarget::Memory(WatchedMemory { instance: i, memory: 0, address: 0, length: 8 });
    for accesses in [Accesses::empty(), Accesses::READ, Accesses::HOST, Accesses::all()] {
        for on_change in [false, true] {
            let about = format!("{accesses:?}, on change: {on_change}");
            edit(table, &about, &[add(WatchSpec { accesses, on_change, ..spec(target) })]);
        }
    }
    let whole = WatchTarget::Memory(WatchedMemory { instance: i, memory: 1, address: 0, length: (1 << 20) + 1 });
    edit(table, "1 MiB and one for the host", &[add(WatchSpec { accesses: Accesses::HOST, ..spec(whole) })]);
    let edges = WatchSpec { ignore: u64::MAX, every: u64::MAX, one_shot: true, ..spec(target) };
    edit(table, "ignore and every 2^64-1", &[add(edges)]);
    let bad = WatchTarget::Global(WatchedGlobal { instance: u32::MAX, global: 0 });
    edit(table, "good, bad, good", &[add(spec(target)), add(spec(bad)), add(spec(target))]);
    edit(table, "10,001 good", &vec![add(spec(target)); 10_001]);
    let _ = ask!(table, watchpoints::all());
}

fn memory_range(table: &Table<'_>, instance: u32, memory: u32, address: u64, length: u64) {
    let target = WatchTarget::Memory(WatchedMemory { instance, memory, address, length });
    let words = [instance.words(), memory.words(), address.words(), length.words()];
    edit(table, &format!("memory {}", words.join(", ")), &[add(spec(target))]);
}

fn spec(target: WatchTarget) -> WatchSpec {
    WatchSpec { target, accesses: Accesses::WRITE, on_change: false, ignore: 0, every: 0, one_shot: false }
}

fn add(spec: WatchSpec) -> WatchChange {
    WatchChange::Add(spec)
}

/// Applies changes, notes the answers without repetitions, and removes what was set.
fn edit(table: &Table<'_>, about: &str, changes: &[WatchChange]) {
    let result = watchpoints::edit(table.debuggee, changes);
    let words = match &result {
        Ok(answers) => {
            let mut words: Vec<String> = answers
                .iter()
                .map(|one| one.as_ref().map_or_else(|error| answer(&Err::<(), _>(error)), |_| "ok".to_owned()))
                .collect();
            words.dedup();
            format!("[{}] {} in all", words.join(", "), answers.len())
        }
        Err(error) => answer(&Err::<(), _>(error)),
    };
    table.row("watchpoints::edit", &[about.to_owned()], words);
    let added = result.unwrap_or_default().into_iter().flatten();
    if matches!(changes.first(), Some(WatchChange::Add(_))) {
        let removals: Vec<WatchChange> = added.map(WatchChange::Remove).collect();
        let removed = watchpoints::edit(table.debuggee, &removals).unwrap_or_default();
        assert!(removed.iter().all(Result::is_ok), "what was just set can be removed: {removed:?}");
    }
}
