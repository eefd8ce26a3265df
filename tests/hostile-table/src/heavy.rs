//! Calls that pass or ask for as much as possible.
//!
//! Invariant: only answers are printed, no sizes or times of the host's; the test measures those
//! from outside.

use crate::at_look;
use crate::ids::Ids;
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::{breakpoints, inspection, modification, report};
use stillpoint_kit::{
    Action, BreakpointSpec, CaptureSpec, Change, How, Location, MemoryRange, Recording, Result, Session, Value,
    ValueType, WhenFull,
};

const MILLION: usize = 1_000_000;

pub(crate) fn run(session: &Session) -> Result {
    let mut ids = Ids::default();
    let debuggee = session.debuggee();
    at_look(session, &mut ids)?;
    let table = Table::new("heavy", debuggee);
    let here = Location { module: 0, pc: ids.pc };
    let spec = BreakpointSpec {
        condition: None,
        ignore: u64::MAX,
        every: 0,
        one_shot: false,
        action: Action::Stop,
        location: here,
    };

    // Lists.
    let add = Change::Add(spec.clone());
    edit(&table, "1,000,001 additions", &vec![add.clone(); MILLION + 1]);
    let added = edit(&table, "1,000,000 additions", &vec![add.clone(); MILLION]);
    edit(&table, "one more than there may be", &[add, Change::Remove(1)]);
    let all = breakpoints::all(debuggee);
    table.row("breakpoints::all", &[], answer(&all.map(|all| all.len() as u64)));
    let removals: Vec<Change> = added.iter().map(|id| Change::Remove(*id)).collect();
    edit(&table, "as many removals", &removals);
    drop(removals);

    // Texts.
    let long = BreakpointSpec { condition: Some(" ".repeat(16 << 20)), ..spec.clone() };
    edit(&table, "a condition of 16 MiB", &[Change::Add(long)]);
    let mut rest = usize::MAX;
    let mut refused = String::from("none");
    for _ in 0..200 {
        let condition = format!("hits == 1{}", " ".repeat(4080));
        let some = vec![Change::Add(BreakpointSpec { condition: Some(condition), ..spec.clone() }); 1000];
        let answers = breakpoints::edit(debuggee, &some).unwrap_or_default();
        if let Some(at) = answers.iter().position(Result::is_err) {
            rest = at;
            refused = answer(&answers[at].clone());
            break;
        }
    }
    table.row(
        "breakpoints::edit",
        &["long conditions, until one is refused".into()],
        format!("{refused}, at {}", if rest == usize::MAX { "none" } else { "some" }),
    );
    let all: Vec<Change> =
        breakpoints::all(debuggee).unwrap_or_default().iter().map(|set| Change::Remove(set.id)).collect();
    let answers = breakpoints::edit(debuggee, &all).unwrap_or_default();
    assert!(answers.iter().all(Result::is_ok), "all can be removed");
    drop(all);
    stillpoint_kit::flush();
    report::print(&" ".repeat(16 << 20));
    table.row("report::print", &["16 MiB".into()], ().words());

    // Records of a thousand tracepoints at one location, each of a megabyte.
    let recording = Recording {
        capacity: 0,
        when_full: WhenFull::Stop,
        steps: CaptureSpec { locals: false, operands: false, memory: Vec::new() },
    };
    table.row("breakpoints::set-recording", &["0".into()], answer(&breakpoints::set_recording(debuggee, &recording)));
    let memory = vec![MemoryRange { memory: 0, address: 0, length: 65_536 }; 16];
    let capture = CaptureSpec { locals: true, operands: true, memory };
    let traced = BreakpointSpec { ignore: 0, action: Action::Capture(capture), ..spec.clone() };
    let added = edit(&table, "1000 tracepoints of 1 MiB at one place", &vec![Change::Add(traced); 1000]);
    let stop = session.resume(How::Continue)?;
    table.row("execution::debuggee::resume", &[], stop.reason.to_string());
    let mut bytes = 0;
    let mut dropped = 0;
    let mut n_drains = 0;
    loop {
        let records = breakpoints::drain(debuggee, u32::from(n_drains == 0)).map_err(stillpoint_kit::Error::from)?;
        n_drains += 1;
        bytes += records.data.len() as u64;
        dropped += records.dropped;
        if !records.more {
            break;
        }
    }
    table.row("breakpoints::drain", &["all".into()], format!("{} MiB, {dropped} dropped", bytes >> 20));
    let removals: Vec<Change> = added.iter().map(|id| Change::Remove(*id)).collect();
    edit(&table, "no tracepoints", &removals);

    // Changes of the program.
    let i = ids.instance;
    let pages = modification::write_memory(debuggee, i, 0, 0, &vec![1; 200 << 20]);
    table.row("modification::write-memory", &["200 MiB".into()], answer(&pages));
    for elements in [10_000_000, 1 << 31, u32::MAX.into()] {
        let null = Value::Null(stillpoint_kit::ReferenceKind::Internal);
        let grown = modification::grow_table(debuggee, i, 2, elements, null);
        table.row("modification::grow-table", &[elements.words()], answer(&grown));
    }
    let elements = inspection::table_elements(debuggee, i, 2, 0, u32::MAX);
    table.row("inspection::table-elements", &[u32::MAX.words()], answer(&elements.map(|all| all.len() as u64)));
    let one = || modification::make_exception(debuggee, ids.tag, &[Value::I32(1)]);
    let n_made = (0..20_000).filter(|_| one().is_ok()).count();
    table.row("modification::make-exception", &["20,000 times".into()], format!("{n_made} made"));
    let tag = modification::make_tag(debuggee, &vec![ValueType::V128; MILLION]);
    table.row("modification::make-tag", &["1,000,000 of v128".into()], answer(&tag));
    let made = (0..10_001).filter(|_| modification::make_tag(debuggee, &[ValueType::I32]).is_ok()).count();
    table.row("modification::make-tag", &["10,001 tags".into()], format!("{made} made"));
    let exception = modification::make_exception(debuggee, ids.tag, &vec![Value::I32(1); MILLION]);
    table.row("modification::make-exception", &["1,000,000 of i32".into()], answer(&exception));

    // Pollables, each of which is a resource of the host's.
    let running = session.start(How::Continue)?;
    let pollables: Vec<_> = (0..5000).map(|_| running.subscribe()).collect();
    table.row("execution::running::subscribe", &["5000".into()], format!("{} made", pollables.len()));
    let stop = session.finish(running)?;
    let ready = pollables.iter().filter(|pollable| pollable.ready()).count();
    table.row("execution::running::finish", &[], format!("{}; {ready} ready", stop.reason));
    drop(pollables);
    table.print();
    Ok(())
}

/// Applies changes; returns the ids in the answers.
fn edit(table: &Table<'_>, about: &str, changes: &[Change]) -> Vec<u32> {
    let answers = match breakpoints::edit(table.debuggee, changes) {
        Ok(answers) => answers,
        Err(error) => {
            table.row("breakpoints::edit", &[about.into()], answer(&Err::<(), _>(error)));
            return Vec::new();
        }
    };
    let first_refusal = answers.iter().find_map(|one| one.clone().err());
    let done: Vec<u32> = answers.into_iter().flatten().collect();
    let refusal = first_refusal.map_or(String::new(), |error| format!(", {}", answer(&Err::<(), _>(error))));
    table.row("breakpoints::edit", &[about.into()], format!("{} done{refusal}", done.len()));
    done
}
