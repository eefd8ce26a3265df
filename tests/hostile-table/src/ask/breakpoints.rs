//! The calls of `breakpoints`. Breakpoints that can be set are removed again.

use super::answers;
use super::recording::range;
use crate::ask;
use crate::ids::{Ids, PAGES, U32};
use crate::table::{Table, Words};
use stillpoint_kit::bindings::stillpoint::debugger::breakpoints;
use stillpoint_kit::{BreakpointOption, BreakpointSpec, Location, RecordCapture};

pub(super) fn ask(table: &Table<'_>, ids: &mut Ids) {
    let here = Location { module: 0, pc: ids.pc };
    add(table, ids, "nothing", &[]);
    for location in U32.into_iter().skip(1).map(|module| Location { module, ..here }) {
        add(table, ids, &format!("module {}", location.module.words()), &[plain(location)]);
    }
    for pc in [0, 7, ids.pc.wrapping_add(1), 1 << 31, u32::MAX] {
        add(table, ids, &format!("pc {}", pc.words()), &[plain(Location { pc, ..here })]);
    }
    conditions(table, ids, here);
    captures(table, ids, here);
    options(table, ids, here);
    add(table, ids, "good, bad, good", &[plain(here), plain(Location { module: 9, pc: 0 }), plain(here)]);
    add(table, ids, "1000 good", &vec![plain(here); 1000]);
    removals(table, ids, here);
    for (first, limit) in PAGES {
        let _ = ask!(table, breakpoints::list_breakpoints(first, limit));
    }
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
        let options = vec![BreakpointOption::Condition(text)];
        add(table, ids, &format!("condition: {about}"), &[BreakpointSpec { location: here, options }]);
    }
}

fn captures(table: &Table<'_>, ids: &mut Ids, here: Location) {
    for (about, memory) in [
        ("16 ranges of 64 KiB where nothing is", vec![range(u32::MAX, u64::MAX, 65_536); 16]),
        ("17 ranges", vec![range(0, 0, 1); 17]),
        ("a range of 64 KiB and one", vec![range(0, 0, 65_537)]),
        ("a range of 2^32-1", vec![range(0, u64::MAX, u32::MAX)]),
        ("100,000 ranges", vec![range(0, 0, 1); 100_000]),
        ("locals once more", vec![RecordCapture::Locals]),
        ("nothing else", Vec::new()),
    ] {
        let mut contents = vec![RecordCapture::Locals, RecordCapture::Operands];
        contents.extend(memory);
        let options = vec![BreakpointOption::Capture(contents)];
        add(table, ids, &format!("capture: {about}"), &[BreakpointSpec { location: here, options }]);
    }
}

/// Options at the edges of their range, options that are given twice, and such as contradict each
/// other.
fn options(table: &Table<'_>, ids: &mut Ids, here: Location) {
    use BreakpointOption::{Capture, Condition, Count, Every, Ignore, OneShot};
    let condition = || Condition("hits == 1".to_owned());
    let (nothing, locals) = (Capture(Vec::new()), Capture(vec![RecordCapture::Locals]));
    for options in [
        vec![Ignore(u32::MAX), Every(u32::MAX), OneShot],
        vec![Every(0)],
        vec![OneShot, Every(0), condition()],
        vec![Ignore(0), Ignore(0)],
        vec![Ignore(1), Ignore(2)],
        vec![Every(1), Every(2)],
        vec![OneShot, OneShot],
        vec![Count, Count],
        vec![condition(), condition()],
        vec![nothing.clone(), nothing.clone()],
        vec![nothing.clone(), locals.clone()],
        vec![Count, nothing.clone()],
        vec![locals.clone(), Count],
        vec![OneShot, Count],
        vec![OneShot, locals.clone()],
        vec![locals, OneShot, Every(1), Ignore(0), condition()],
        vec![OneShot; 1_000_000],
    ] {
        let about = format!("options: {}", options.words());
        add(table, ids, &about, &[BreakpointSpec { location: here, options }]);
    }
}

fn removals(table: &Table<'_>, ids: &Ids, here: Location) {
    let gone = ids.removed.first().copied();
    remove(table, "nothing", &[]);
    for id in U32.into_iter().chain(gone) {
        remove(table, &id.words(), &[id]);
    }
    let added = breakpoints::add(table.debuggee, &[plain(here)]).unwrap_or_default();
    let one = added.into_iter().flatten().next().unwrap_or(1);
    remove(table, "one twice", &[one, one]);
    remove(table, "100,000 that do not exist", &vec![u32::MAX; 100_000]);
}

/// Sets breakpoints, notes the answer, and removes them.
fn add(table: &Table<'_>, ids: &mut Ids, about: &str, specs: &[BreakpointSpec]) {
    let added = breakpoints::add(table.debuggee, specs);
    table.row("breakpoints::add", &[about.to_owned()], answers(&added));
    let added: Vec<u32> = added.unwrap_or_default().into_iter().flatten().collect();
    if !added.is_empty() {
        let removed = breakpoints::remove(table.debuggee, &added).unwrap_or_default();
        assert!(removed.len() == added.len() && removed.iter().all(Result::is_ok), "what was just set can be removed");
        ids.removed.extend(added);
    }
}

fn remove(table: &Table<'_>, about: &str, ids: &[u32]) {
    let removed = breakpoints::remove(table.debuggee, ids);
    table.row("breakpoints::remove", &[about.to_owned()], answers(&removed));
}

fn plain(location: Location) -> BreakpointSpec {
    BreakpointSpec::at(location)
}
