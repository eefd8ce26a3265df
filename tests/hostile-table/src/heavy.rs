//! Calls that pass or ask for as much as possible.
//!
//! Invariant: only answers are printed, no sizes or times of the host's; the test measures those
//! from outside.

use crate::at_look;
use crate::ids::Ids;
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::{
    breakpoints, execution, inspection, messages, modification, recording,
};
use stillpoint_kit::{
    BreakpointOption, BreakpointSpec, How, Location, MemoryRange, RecordCapture, RecordingOption, Result, Session,
    StopCapture, Value, ValueType,
};

const MILLION: usize = 1_000_000;

pub(crate) fn run(session: &Session) -> Result {
    let mut ids = Ids::default();
    at_look(session, &mut ids)?;
    let table = Table::new("heavy", session.debuggee());
    let here = Location { module: 0, pc: ids.pc };
    lists(&table, here);
    texts(&table, here);
    records(session, &table, here)?;
    changes(&table, &ids);
    pollables(session, &table)?;
    table.print();
    Ok(())
}

fn lists(table: &Table<'_>, here: Location) {
    let there =
        breakpoints::list_breakpoints(table.debuggee, 0, u32::MAX).map_or_else(|_| Vec::new(), |page| page.items);
    remove(table, "all there are", &there.iter().map(|breakpoint| breakpoint.id).collect::<Vec<_>>());
    let spec = plain(here);
    let some = add(table, "1,000,001", &vec![spec.clone(); MILLION + 1]);
    remove(table, "as many", &some);
    let added = add(table, "1,000,000", &vec![spec.clone(); MILLION]);
    let _ = add(table, "one more than there may be", std::slice::from_ref(&spec));
    let first = added.first().copied().unwrap_or_default();
    remove(table, "one", &[first]);
    let (mut next, mut n_pages, mut n_listed) = (Some(0), 0, 0);
    while let Some(first) = next
        && let Ok(page) = breakpoints::list_breakpoints(table.debuggee, first, u32::MAX)
    {
        n_pages += 1;
        n_listed += page.items.len();
        next = page.next;
    }
    table.row("breakpoints::list-breakpoints", &["all".into()], format!("{n_listed} on {n_pages} pages"));
    remove(table, "the same", &added);
    let every_zero = BreakpointSpec { options: vec![BreakpointOption::Every(0)], ..spec.clone() };
    let half = [vec![every_zero; MILLION / 2], vec![spec; MILLION / 2]].concat();
    remove(table, "those of the half that is right", &add(table, "1,000,000, half of them wrong", &half));
    let captures = vec![StopCapture::Locals; MILLION];
    let set = execution::set_captures(table.debuggee, &captures);
    table.row("execution::set-captures", &["1,000,000".into()], answer(&set));
}

fn texts(table: &Table<'_>, here: Location) {
    let conditional = |condition: String| BreakpointSpec {
        location: here,
        options: vec![never(), BreakpointOption::Condition(condition)],
    };
    let _ = add(table, "a condition of 16 MiB", &[conditional(" ".repeat(16 << 20))]);
    let mut refused = String::from("none");
    let mut added = Vec::new();
    for _ in 0..200 {
        let some = vec![conditional(format!("hits == 1{}", " ".repeat(4080))); 1000];
        let answers = breakpoints::add(table.debuggee, &some).unwrap_or_default();
        let refusal = answers.iter().find(|answer| answer.is_err()).cloned();
        added.extend(answers.into_iter().flatten());
        if let Some(refusal) = refusal {
            refused = answer(&refusal);
            break;
        }
    }
    table.row("breakpoints::add", &["long conditions, until one is refused".into()], refused);
    remove(table, "the long conditions", &added);
    stillpoint_kit::flush();
    messages::print(&" ".repeat(16 << 20));
    table.row("messages::print", &["16 MiB".into()], ().words());
}

/// Records of a thousand tracepoints at one location, each of a megabyte.
fn records(session: &Session, table: &Table<'_>, here: Location) -> Result {
    let set = recording::set_recording(table.debuggee, &[RecordingOption::Capacity(0)]);
    table.row("recording::set-recording", &["capacity 0".into()], answer(&set));
    let mut contents = vec![RecordCapture::Memory(MemoryRange { memory: 0, address: 0, length: 65_536 }); 16];
    contents.extend([RecordCapture::Locals, RecordCapture::Operands]);
    let traced = BreakpointSpec::at(here).capturing(contents);
    let added = add(table, "1000 tracepoints of 1 MiB at one place", &vec![traced; 1000]);
    let stop = session.resume(How::Continue)?;
    table.row("execution::resume", &[], stop.reason.to_string());

    // One by one, then many at once, first packed and then typed.
    let one = recording::drain(table.debuggee, 1).map_err(stillpoint_kit::Error::from)?;
    let words = format!("{} MiB, {} dropped, more: {}", one.data.len() >> 20, one.dropped, one.more);
    table.row("recording::drain", &["1".into()], words);
    let none = recording::take(table.debuggee, 0).map_err(stillpoint_kit::Error::from)?;
    table.row("recording::take", &["0".into()], none.words());
    let one = recording::take(table.debuggee, 1).map_err(stillpoint_kit::Error::from)?;
    let bytes = one.items.iter().flat_map(|record| &record.memory).map(Vec::len).sum::<usize>();
    table.row("recording::take", &["1".into()], format!("{} records, {} MiB", one.items.len(), bytes >> 20));
    drop(one);
    let (mut bytes, mut n_records, mut more) = (0, 0, true);
    while more && n_records < 20 {
        let some = recording::take(table.debuggee, u32::MAX).map_err(stillpoint_kit::Error::from)?;
        n_records += some.items.len();
        bytes += some.items.iter().flat_map(|record| &record.memory).map(Vec::len).sum::<usize>();
        more = some.more;
    }
    table.row("recording::take", &[u32::MAX.words()], if n_records > 0 && bytes > 0 { "some" } else { "none" }.into());
    while more {
        let some = recording::drain(table.debuggee, 0).map_err(stillpoint_kit::Error::from)?;
        n_records += 1;
        bytes += some.data.len();
        more = some.more;
    }
    table.row("recording::drain", &["the rest".into()], format!("{n_records} records, {} MiB in all", bytes >> 20));
    remove(table, "the tracepoints", &added);
    Ok(())
}

/// Changes of the program.
fn changes(table: &Table<'_>, ids: &Ids) {
    let (debuggee, i) = (table.debuggee, ids.instance);
    let pages = modification::write_memory(debuggee, i, 0, 0, &vec![1; 200 << 20]);
    table.row("modification::write-memory", &["200 MiB".into()], answer(&pages));
    for elements in [10_000_000, 1 << 31, u32::MAX.into()] {
        let null = Value::Null(stillpoint_kit::ReferenceKind::Anyref);
        let grown = modification::grow_table(debuggee, i, 2, elements, &null);
        table.row("modification::grow-table", &[elements.words()], answer(&grown));
    }
    for first in [0, 9_999_999, 10_000_000] {
        let page = inspection::list_table_elements(debuggee, i, 2, first, u32::MAX);
        let words = page.map(|page| format!("{} elements, next {:?}", page.items.len(), page.next));
        let words = words.unwrap_or_else(|error| answer(&Err::<(), _>(error)));
        table.row("inspection::list-table-elements", &[first.words(), u32::MAX.words()], words);
    }
    let one = || modification::make_exception(debuggee, ids.tag, &[Value::I32(1)]);
    let n_made = (0..20_000).filter(|_| one().is_ok()).count();
    table.row("modification::make-exception", &["20,000 times".into()], format!("{n_made} made"));
    let tag = modification::make_tag(debuggee, &vec![ValueType::V128; MILLION]);
    table.row("modification::make-tag", &["1,000,000 of v128".into()], answer(&tag));
    let made = (0..10_001).filter(|_| modification::make_tag(debuggee, &[ValueType::I32]).is_ok()).count();
    table.row("modification::make-tag", &["10,001 tags".into()], format!("{made} made"));
    let exception = modification::make_exception(debuggee, ids.tag, &vec![Value::I32(1); MILLION]);
    table.row("modification::make-exception", &["1,000,000 of i32".into()], answer(&exception));
}

/// Each pollable is a resource of the host's.
fn pollables(session: &Session, table: &Table<'_>) -> Result {
    let running = session.start(How::Continue)?;
    let pollables: Vec<_> = (0..5000).map(|_| running.subscribe()).collect();
    table.row("background::running::subscribe", &["5000".into()], format!("{} made", pollables.len()));
    let stop = session.finish(running)?;
    let ready = pollables.iter().filter(|pollable| pollable.ready()).count();
    table.row("background::finish", &[], format!("{}; {ready} ready", stop.reason));
    Ok(())
}

/// A breakpoint that is hit too seldom to stop the program.
fn plain(location: Location) -> BreakpointSpec {
    BreakpointSpec { location, options: vec![never()] }
}

fn never() -> BreakpointOption {
    BreakpointOption::Ignore(u32::MAX)
}

/// Sets breakpoints; returns the ids in the answers.
fn add(table: &Table<'_>, about: &str, specs: &[BreakpointSpec]) -> Vec<u32> {
    let added = breakpoints::add(table.debuggee, specs);
    table.row("breakpoints::add", &[about.into()], done(&added));
    added.unwrap_or_default().into_iter().flatten().collect()
}

fn remove(table: &Table<'_>, about: &str, ids: &[u32]) {
    let removed = breakpoints::remove(table.debuggee, ids);
    table.row("breakpoints::remove", &[about.into()], done(&removed));
}

/// How many were done, and the first refusal.
fn done<T>(result: &Result<Vec<Result<T, stillpoint_kit::HostError>>, stillpoint_kit::HostError>) -> String {
    let answers = match result {
        Ok(answers) => answers,
        Err(error) => return answer(&Err::<(), _>(error)),
    };
    let refusal = answers.iter().find_map(|one| one.as_ref().err());
    let refusal = refusal.map_or(String::new(), |error| format!(", {}", answer(&Err::<(), _>(error))));
    format!("{} done{refusal}", answers.iter().filter(|one| one.is_ok()).count())
}
