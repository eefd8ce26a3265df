//! The calls of `breakpoints`. Breakpoints that can be set are removed again.

use crate::ask;
use crate::ids::{Ids, U32};
use crate::table::Table;
use stillpoint_kit::bindings::stillpoint::debugger::breakpoints;
use stillpoint_kit::{
    Action, BreakpointId, BreakpointSpec, CaptureSpec, Change, HostError, Location, MemoryRange, Recording, WhenFull,
};

/// The largest buffer for records, in bytes.
const MAX_CAPACITY: u32 = 64 << 20;

pub(super) fn ask(table: &Table<'_>, ids: &mut Ids) {
    let here = Location { module: 0, pc: ids.pc };
    edit(table, ids, "no change", &[]);
    for location in U32.into_iter().skip(1).map(|module| Location { module, ..here }) {
        edit(table, ids, &format!("module {}", crate::table::Words::words(&location.module)), &[add(location)]);
    }
    for pc in [0, 7, ids.pc.wrapping_add(1), 1 << 31, u32::MAX] {
        edit(table, ids, &format!("pc {}", crate::table::Words::words(&pc)), &[add(Location { pc, ..here })]);
    }
    let gone = ids.removed.first().copied();
    for id in U32.into_iter().chain(gone) {
        edit(table, ids, &format!("remove {}", crate::table::Words::words(&id)), &[Change::Remove(id)]);
    }
    conditions(table, ids, here);
    captures(table, ids, here);
    let edges = BreakpointSpec { ignore: u64::MAX, every: u64::MAX, one_shot: true, ..spec(here) };
    edit(table, ids, "ignore and every 2^64-1", &[Change::Add(edges)]);
    edit(table, ids, "good, bad, good", &[add(here), add(Location { module: 9, pc: 0 }), add(here)]);
    edit(table, ids, "1000 good", &vec![add(here); 1000]);
    for (capacity, when_full) in
        [(0, WhenFull::Drop), (1, WhenFull::Stop), (MAX_CAPACITY, WhenFull::Stop), (MAX_CAPACITY + 1, WhenFull::Stop)]
    {
        record(table, capacity, when_full, Vec::new());
    }
    record(table, u32::MAX, WhenFull::Drop, Vec::new());
    record(table, 1, WhenFull::Drop, vec![range(u32::MAX, u64::MAX, 65_536); 16]);
    record(table, 1, WhenFull::Drop, vec![range(0, 0, 1); 17]);
    record(table, 1, WhenFull::Drop, vec![range(0, 0, u32::MAX)]);
    record(table, 1 << 20, WhenFull::Stop, Vec::new());
    for limit in [0, 1, u32::MAX] {
        let _ = ask!(table, breakpoints::drain(limit));
    }
    let _ = ask!(table, breakpoints::all());
}

fn conditions(table: &Table<'_>, ids: &mut Ids, here: Location) {
    for (about, text) in [
        ("empty", String::new()),
        ("a word", "nonsense".into()),
        ("a zero", "\0".into()),
        ("not ASCII", "\u{202e}1 == 1".into()),
        ("no such local", "local[4294967295] == 0".into()),
        ("index beyond 64 bits", "local[18446744073709551616] == 0".into()),
        ("no such global", "global[99] == 0".into()),
        ("a number", "1".into()),
        ("division by zero", "1 / 0 == 0".into()),
        ("5000 parentheses", "(".repeat(5000)),
        ("4096 parentheses", "(".repeat(4096)),
        ("1300 operators", "1+".repeat(1300) + "1 == 0"),
        ("5000 bytes", " ".repeat(5000)),
        ("a good one", "hits == 1".into()),
    ] {
        let spec = BreakpointSpec { condition: Some(text), ..spec(here) };
        edit(table, ids, &format!("condition: {about}"), &[Change::Add(spec)]);
    }
}

fn captures(table: &Table<'_>, ids: &mut Ids, here: Location) {
    for (about, memory) in [
        ("16 ranges of 64 KiB where nothing is", vec![range(u32::MAX, u64::MAX, 65_536); 16]),
        ("17 ranges", vec![range(0, 0, 1); 17]),
        ("a range of 64 KiB and one", vec![range(0, 0, 65_537)]),
        ("a range of 2^32-1", vec![range(0, u64::MAX, u32::MAX)]),
    ] {
        let action = Action::Capture(CaptureSpec { locals: true, operands: true, memory });
        edit(table, ids, &format!("capture: {about}"), &[Change::Add(BreakpointSpec { action, ..spec(here) })]);
    }
}

/// Applies changes, notes the answer, and removes what was set.
fn edit(table: &Table<'_>, ids: &mut Ids, about: &str, changes: &[Change]) {
    let result = breakpoints::edit(table.debuggee, changes);
    let answer = match &result {
        Ok(answers) => {
            let shown: Vec<String> = answers.iter().take(3).map(one).collect();
            let more = if answers.len() > 3 { format!(", … {} in all", answers.len()) } else { String::new() };
            format!("[{}{more}]", shown.join(", "))
        }
        Err(_) => crate::table::answer(&result),
    };
    table.row("breakpoints::edit", &[about.to_owned()], answer);
    // The answer to a removal is the id that was removed.
    let added: Vec<BreakpointId> = result.unwrap_or_default().into_iter().flatten().collect();
    if matches!(changes.first(), Some(Change::Add(_))) && !added.is_empty() {
        let removals: Vec<Change> = added.iter().map(|id| Change::Remove(*id)).collect();
        let removed = breakpoints::edit(table.debuggee, &removals).unwrap_or_default();
        assert!(removed.iter().all(Result::is_ok), "what was just set can be removed: {removed:?}");
        ids.removed.extend(added);
    }
}

/// The answer to one change, without the new breakpoint's id.
fn one(answer: &Result<BreakpointId, HostError>) -> String {
    match answer {
        Ok(_) => "ok".to_owned(),
        Err(_) => crate::table::answer(&answer.as_ref().copied()),
    }
}

fn record(table: &Table<'_>, capacity: u32, when_full: WhenFull, memory: Vec<MemoryRange>) {
    let recording = Recording { capacity, when_full, steps: CaptureSpec { locals: true, operands: true, memory } };
    let _ = ask!(table, breakpoints::set_recording(&recording));
}

fn range(memory: u32, address: u64, length: u32) -> MemoryRange {
    MemoryRange { memory, address, length }
}

fn add(location: Location) -> Change {
    Change::Add(spec(location))
}

fn spec(location: Location) -> BreakpointSpec {
    BreakpointSpec { location, condition: None, ignore: 0, every: 0, one_shot: false, action: Action::Stop }
}
