//! An oracle for watchpoints: it single-steps a program, works out every access by itself, and
//! keeps what each one found and left.
//!
//! It shares nothing with what it judges: sizes and operands are read off the instructions' names,
//! and whether an access has happened is seen by the next step. From its log the hits of any
//! watchpoints follow.

use crate::support::random::Random;
use crate::watch::support::{Mode, hit};
use std::collections::HashMap;
use std::time::Duration;
use stillpoint_debuggee::{
    Accesses, BreakpointSpec, Captures, Change, Debuggee, DrainLimit, How, InstanceId, Location, MemoryInfo, ModuleId,
    Paused, Session, StepCosts, StopReason, Value, View, WatchChange, WatchHit, WatchSpec, WatchTarget, WatchpointId,
};
use wasmparser::{Operator, Parser, Payload};
use wasmtime::Val;

/// Makes the same program again and again.
pub(crate) type Make<'a, T> = &'a dyn Fn() -> Debuggee<T>;

/// How many instructions a program may run through; longer ones are left out.
const MAX_STEPS: usize = 20_000;

/// How many bytes one instruction may touch; a program in which one touches more is left out.
const MAX_BYTES: u64 = 1 << 16;

/// A memory or a global, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Memory(u32),
    Global(u32),
}

/// What one instruction touches of one space.
#[derive(Debug, Clone)]
struct Part {
    space: Space,
    access: Accesses,
    begin: u64,
    length: u64,
    old: Vec<u8>,
    new: Vec<u8>,
}

/// One instruction that has touched something.
#[derive(Debug, Clone)]
struct Event {
    by: Location,
    after: Location,
    parts: Vec<Part>,
}

/// One stop for watchpoints.
#[derive(Debug, PartialEq)]
struct Shown {
    by: u32,
    at: u32,
    hits: Vec<String>,
}

/// The accesses of a module, by their offsets: the instruction's debug text.
fn accesses(binary: &[u8]) -> HashMap<u32, String> {
    let mut found = HashMap::new();
    for payload in Parser::new(0).parse_all(binary) {
        let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
        let mut operators = body.get_operators_reader().unwrap();
        while !operators.eof() {
            let pc = operators.original_position() as u32;
            let operator = operators.read().unwrap();
            let text = format!("{operator:?}");
            let is_access = text.contains("memarg")
                || matches!(
                    operator,
                    Operator::MemoryFill { .. }
                        | Operator::MemoryCopy { .. }
                        | Operator::MemoryInit { .. }
                        | Operator::GlobalGet { .. }
                        | Operator::GlobalSet { .. }
                );
            if is_access {
                found.insert(pc, text);
            }
        }
    }
    found
}

/// The number behind a word of a debug text.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.split(&format!("{name}: ")).nth(1)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// How many bytes an instruction with a memory argument touches, by its name.
fn size(name: &str) -> u64 {
    if name == "MemoryAtomicNotify" || name == "MemoryAtomicWait32" {
        return 4;
    }
    if name == "MemoryAtomicWait64" {
        return 8;
    }
    let whole = match &name[..3] {
        "V12" => 16,
        "I64" | "F64" => 8,
        _ => 4,
    };
    let behind = ["Load", "Store", "Rmw"].into_iter().find_map(|word| name.split(word).nth(1)).unwrap();
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let first = number(behind);
    if first.is_empty() {
        return whole;
    }
    let second = behind[first.len()..].strip_prefix('x').map(number).unwrap_or_default();
    first.parse::<u64>().unwrap() * second.parse::<u64>().unwrap_or(1) / 8
}

/// What an instruction is going to touch.
fn parts(text: &str, operands: &[Value]) -> Vec<Part> {
    let operand = |from_top: usize| match operands[operands.len() - 1 - from_top] {
        Value::I32(value) => u64::from(value as u32),
        Value::I64(value) => value as u64,
        other => panic!("{text}: {other:?}"),
    };
    let part = |space, access, begin: Option<u64>, length| {
        let begin = begin?;
        Some(Part { space, access, begin, length, old: Vec::new(), new: Vec::new() })
    };
    let index = |name: &str| field(text, name).map(|index| index as u32);
    let name = text.split(' ').next().unwrap();
    let found = match name {
        "GlobalGet" => vec![part(Space::Global(index("global_index").unwrap()), Accesses::READ, Some(0), 0)],
        "GlobalSet" => vec![part(Space::Global(index("global_index").unwrap()), Accesses::WRITE, Some(0), 0)],
        "MemoryFill" | "MemoryInit" => {
            vec![part(Space::Memory(index("mem").unwrap()), Accesses::WRITE, Some(operand(2)), operand(0))]
        }
        "MemoryCopy" => vec![
            part(Space::Memory(index("src_mem").unwrap()), Accesses::READ, Some(operand(1)), operand(0)),
            part(Space::Memory(index("dst_mem").unwrap()), Accesses::WRITE, Some(operand(2)), operand(0)),
        ],
        _ => {
            let (from_top, access) = if name.contains("Cmpxchg") {
                (2, Accesses::READ_WRITE)
            } else if name.contains("Rmw") {
                (1, Accesses::READ_WRITE)
            } else if name.contains("Store") {
                (1, Accesses::WRITE)
            } else if name.contains("Wait") {
                (2, Accesses::READ)
            } else if name.contains("Lane") || name.contains("Notify") {
                (1, Accesses::READ)
            } else {
                (0, Accesses::READ)
            };
            let begin = operand(from_top).checked_add(field(text, "offset").unwrap());
            vec![part(Space::Memory(index("memory").unwrap()), access, begin, size(name))]
        }
    };
    found.into_iter().flatten().collect()
}

/// What a part holds now; none if not all of it is there.
fn contents<T: 'static>(paused: &mut Paused<'_, T>, part: &mut Part) -> Option<Vec<u8>> {
    match part.space {
        Space::Memory(memory) => {
            let instance = paused.instances()[0].id;
            let bytes = paused.read_memory(instance, memory, part.begin, part.length as usize).ok()?;
            (bytes.len() as u64 == part.length).then_some(bytes)
        }
        Space::Global(index) => {
            let instance = paused.store().debug_all_instances()[0];
            let global = instance.debug_global(paused.store(), index).unwrap();
            let bytes = match global.get(paused.store()) {
                Val::I32(value) => value.to_le_bytes().to_vec(),
                Val::I64(value) => value.to_le_bytes().to_vec(),
                Val::F32(value) => value.to_le_bytes().to_vec(),
                Val::F64(value) => value.to_le_bytes().to_vec(),
                Val::V128(value) => value.as_u128().to_le_bytes().to_vec(),
                _ => Vec::new(),
            };
            part.length = bytes.len() as u64;
            Some(bytes)
        }
    }
}

/// Every access of a program from its first instruction on; none if it runs for too long.
async fn log<T: Send + 'static>(make: Make<'_, T>) -> Option<Vec<Event>> {
    let mut debuggee = make();
    let [zero, forever] = [0, 1 << 40].map(Duration::from_nanos);
    debuggee.assume_step_costs(StepCosts { switch: zero, session: forever, event: forever });
    let known = accesses(&debuggee.bytecode(ModuleId(0), 0, usize::MAX).unwrap());
    debuggee.set_captures(Captures { operands: true, ..Captures::default() }).unwrap();
    let mut events = Vec::new();
    let mut pending: Option<(Location, Vec<Part>)> = None;
    for _ in 0..MAX_STEPS {
        let stop = debuggee.resume(How::StepInstruction).await.unwrap();
        let ran = pending.take();
        match stop.reason {
            StopReason::Step => {}
            StopReason::Exited(_) => return Some(events),
            _ => continue,
        }
        let here = stop.location().unwrap();
        if let Some((by, mut parts)) = ran {
            let read = debuggee.query(move |paused| {
                for part in &mut parts {
                    part.new = contents(paused, part).expect("it has been touched");
                }
                parts
            });
            let parts = read.await.unwrap();
            events.push(Event { by, after: here, parts });
        }
        if let Some(text) = known.get(&here.pc) {
            let mut parts = parts(text, &stop.captured.operands);
            if parts.iter().any(|part| part.length > MAX_BYTES) {
                return None;
            }
            parts.retain(|part| part.length > 0 || matches!(part.space, Space::Global(_)));
            let read = debuggee.query(move |paused| {
                for part in &mut parts {
                    // What is not there traps.
                    part.old = contents(paused, part)?;
                }
                Some(parts)
            });
            pending = read.await.unwrap().filter(|parts| !parts.is_empty()).map(|parts| (here, parts));
        }
    }
    None
}

/// Some watchpoints near what is touched.
fn choose(
    random: &mut Random,
    events: &[Event],
    of_memory: &[Event],
    ends: &[u64],
) -> Vec<(Space, u64, u64, WatchSpec)> {
    let mut chosen = Vec::new();
    for _ in 0..=random.below(4) {
        let among = if random.one_in(8) { events } else { of_memory };
        let event = &among[random.below(among.len())];
        let part = &event.parts[random.below(event.parts.len())];
        let is_reference = matches!(part.space, Space::Global(_)) && part.length == 0;
        let accesses = match random.below(4) {
            0 => Accesses::READ,
            1 => Accesses::WRITE,
            2 => Accesses::READ_WRITE,
            _ if is_reference => Accesses::READ_WRITE,
            _ => Accesses::ALL,
        };
        let on_change = accesses.write && !is_reference && random.one_in(3);
        let (begin, length) = match part.space {
            Space::Global(_) => (0, part.length.max(1)),
            Space::Memory(_) if random.one_in(6) => (0, 1 << 20),
            Space::Memory(_) => {
                let begin =
                    (part.begin + random.below(part.length as usize + 2) as u64).saturating_sub(random.below(3) as u64);
                let first = begin.saturating_sub(random.below(4) as u64);
                (first.min(u64::from(u32::MAX)), 1 + random.below(9) as u64)
            }
        };
        let end = match part.space {
            Space::Global(_) => 1 << 32,
            Space::Memory(memory) => ends[memory as usize],
        };
        let begin = begin.min(end - 1);
        let length = length.min(end - begin);
        let accesses = if length > 1 << 16 { Accesses { host: false, ..accesses } } else { accesses };
        let target = match part.space {
            Space::Memory(memory) => WatchTarget::Memory { instance: InstanceId(0), memory, address: begin, length },
            Space::Global(global) => WatchTarget::Global { instance: InstanceId(0), global },
        };
        let spec = WatchSpec { on_change, ..WatchSpec::of(target, accesses) };
        chosen.push((part.space, begin, begin + (length - 1), spec));
    }
    chosen
}

/// The stops that follow from the log.
fn expected(events: &[Event], watched: &[(Space, u64, u64, WatchSpec)]) -> Vec<Shown> {
    let mut shown = Vec::new();
    for Event { by, after, parts } in events {
        let mut hits = Vec::new();
        for part in parts {
            for (n, (space, first, last, spec)) in watched.iter().enumerate() {
                let is_asked = part.access.read && spec.accesses.read || part.access.write && spec.accesses.write;
                let part_last = part.begin + part.length.max(1) - 1;
                if *space != part.space || !is_asked || part_last < *first || *last < part.begin {
                    continue;
                }
                let begin = part.begin.max(*first);
                let common = |bytes: &[u8]| match part.length {
                    0 => Vec::new(),
                    _ => bytes[(begin - part.begin) as usize..=(part_last.min(*last) - part.begin) as usize].to_vec(),
                };
                let (mut old, mut new) = (common(&part.old), common(&part.new));
                if spec.on_change && (!part.access.write || old == new) {
                    continue;
                }
                old.truncate(64);
                new.truncate(64);
                let id = WatchpointId(n as u32 + 1);
                let (access, address, size) = (part.access, part.begin, part.length);
                let is_global = matches!(part.space, Space::Global(_));
                hits.push(hit(&WatchHit { id, access, by: Some(*by), is_global, address, size, begin, old, new }));
            }
        }
        if !hits.is_empty() {
            shown.push(Shown { by: by.pc, at: after.pc, hits });
        }
    }
    shown
}

/// Runs a program with watchpoints, and shows every stop for one of them.
async fn run<T: Send + 'static>(
    make: Make<'_, T>,
    costs: Option<StepCosts>,
    mut random: Option<Random>,
    events: &[Event],
    watched: &[(Space, u64, u64, WatchSpec)],
) -> Vec<Shown> {
    let mut debuggee = make();
    if let Some(costs) = costs {
        debuggee.assume_step_costs(costs);
    }
    debuggee.resume(How::StepInstruction).await.unwrap();
    let here = debuggee.query(|paused| paused.instances()[0].id).await.unwrap();
    let add = |spec: &WatchSpec| {
        let target = match spec.target {
            WatchTarget::Memory { memory, address, length, .. } => {
                WatchTarget::Memory { instance: here, memory, address, length }
            }
            WatchTarget::Global { global, .. } => WatchTarget::Global { instance: here, global },
        };
        WatchChange::Add(WatchSpec { target, ..spec.clone() })
    };
    let changes: Vec<WatchChange> = watched.iter().map(|(.., spec)| add(spec)).collect();
    for answer in debuggee.edit_watchpoints(&changes).unwrap() {
        answer.unwrap();
    }
    if let Some(random) = &mut random {
        // Beside and at the accesses, so that stops fall together.
        for _ in 0..random.below(4) {
            let event = &events[random.below(events.len())];
            let location = if random.one_in(2) { event.by } else { event.after };
            debuggee.edit_breakpoints(&[Change::Add(BreakpointSpec::at(location))]).unwrap().remove(0).unwrap();
        }
    }
    let mut shown = Vec::new();
    let mut n_stops = 0;
    loop {
        let how = match &mut random {
            Some(random) if n_stops < MAX_STEPS => match random.below(8) {
                0 => How::StepInstruction,
                1 => How::StepOver,
                2 => How::StepOut,
                3 => How::Record,
                _ => How::Continue,
            },
            _ => How::Continue,
        };
        let stop = debuggee.resume(how).await.unwrap();
        n_stops += 1;
        match &stop.reason {
            StopReason::Exited(_) => return shown,
            StopReason::Watchpoint { hits, .. } => {
                let by = hits[0].by.map_or(0, |by| by.pc);
                shown.push(Shown { by, at: stop.location().unwrap().pc, hits: hits.iter().map(hit).collect() });
            }
            StopReason::RecordsFull => drop(debuggee.drain_records(DrainLimit::Bytes(usize::MAX))),
            _ => {}
        }
    }
}

/// How far each memory can reach, at most 4 GiB.
async fn ends<T: Send + 'static>(make: Make<'_, T>) -> Vec<u64> {
    let mut debuggee = make();
    debuggee.resume(How::StepInstruction).await.unwrap();
    let infos = debuggee.query(|paused| {
        let here = paused.instances()[0].id;
        (0..).map_while(|memory| paused.memory(here, memory).ok()).collect::<Vec<_>>()
    });
    let end = |info: &MemoryInfo| info.maximum.map_or(1 << 32, |pages| (pages * info.page_size).min(1 << 32));
    infos.await.unwrap().iter().map(end).collect()
}

/// Compares the stops of a program with those that follow from the oracle's log, for several
/// choices of watchpoints and in every mode. How many hits there were, and how many accesses of
/// memory; none if there are no such accesses, or the program is of no use.
pub(crate) async fn compare<T: Send + 'static>(make: Make<'_, T>, seed: u64) -> Option<(usize, usize)> {
    let is_of_memory = |event: &&Event| matches!(event.parts[0].space, Space::Memory(_));
    let events = log(make).await?;
    let of_memory: Vec<Event> = events.iter().filter(is_of_memory).cloned().collect();
    if of_memory.is_empty() {
        return None;
    }
    let ends = ends(make).await;
    let mut random = Random(seed);
    let mut n_hits = 0;
    for _ in 0..2 {
        let watched = choose(&mut random, &events, &of_memory, &ends);
        let wanted = expected(&events, &watched);
        n_hits += wanted.iter().map(|shown| shown.hits.len()).sum::<usize>();
        let modes = [
            (Some(Mode::Points.costs()), false),
            (Some(Mode::Lingers.costs()), false),
            (Some(Mode::Points.costs()), true),
            (None, true),
        ];
        for (n, (costs, moves)) in modes.into_iter().enumerate() {
            let moves = moves.then(|| Random(random.next()));
            let shown = run(make, costs, moves, &events, &watched).await;
            let first = shown.iter().zip(&wanted).position(|(shown, wanted)| shown != wanted);
            let first = first.unwrap_or(shown.len().min(wanted.len()));
            assert!(
                shown == wanted,
                "seed {seed}, mode {n}: stop {first} of {} differs\nwatched {watched:#?}\nshown {:#?}\nwanted {:#?}",
                wanted.len(),
                shown.get(first),
                wanted.get(first),
            );
        }
    }
    Some((n_hits, of_memory.len()))
}
