//! The debugger that the benchmark runs under Stillpoint: one function per case, the same work as its twin in `peer`.
//!
//! Arguments: the case, the number of stops and the checksum that the bare handler found, a count, and code offsets.
//! Invariant: a run whose stops or checksum differ from the bare handler's fails, so that no contender can be quick by
//! seeing less.

mod bindings;

use bindings::stillpoint::debugger::breakpoints::{self, BreakpointSpec, Change};
use bindings::stillpoint::debugger::execution::{Debuggee, How};
use bindings::stillpoint::debugger::inspection;
use bindings::stillpoint::debugger::types::{FrameId, Location, Stop, StopReason, Value};

struct Debugger;

/// What the host asks for.
struct Order {
    case: String,
    stops: u64,
    sum: u64,
    count: u64,
    pcs: Vec<u32>,
}

/// What a run has seen.
#[derive(Default, PartialEq, Debug)]
struct Seen {
    stops: u64,
    sum: u64,
}

impl bindings::Guest for Debugger {
    fn run(debuggee: Debuggee, args: Vec<String>) -> Result<(), String> {
        let order =
            Order::read(&args).ok_or_else(|| format!("arguments that are none of the benchmark's: {args:?}"))?;
        let seen = match order.case.as_str() {
            "start" => Seen::default(),
            "step" => step(&debuggee, |_, _| Ok(0))?,
            "step-pc" => step(&debuggee, |_, stop| Ok(u64::from(pc(stop)?)))?,
            "step-locals" => step(&debuggee, pc_and_locals)?,
            "backtrace" => at_breakpoints(&debuggee, &order, backtrace)?,
            "memory" => at_breakpoints(&debuggee, &order, read_memory)?,
            "breakpoints" => at_breakpoints(&debuggee, &order, set_breakpoints)?,
            "step-continue" => step_continue(&debuggee, &order)?,
            other => return Err(format!("no case {other}")),
        };
        let expected = Seen { stops: order.stops, sum: order.sum };
        if seen == expected { Ok(()) } else { Err(format!("saw {seen:?}, expected {expected:?}")) }
    }
}

impl Order {
    fn read(args: &[String]) -> Option<Order> {
        let [case, stops, sum, count, pcs @ ..] = args else { return None };
        let pcs = pcs.iter().map(|pc| pc.parse().ok()).collect::<Option<Vec<u32>>>()?;
        Some(Order {
            case: case.clone(),
            stops: stops.parse().ok()?,
            sum: sum.parse().ok()?,
            count: count.parse().ok()?,
            pcs,
        })
    }
}

/// Runs on to the next stop; none at the program's end.
fn resume(debuggee: &Debuggee, how: How) -> Result<Option<Stop>, String> {
    let stop = debuggee.resume(how).map_err(|error| format!("{error:?}"))?;
    match stop.reason {
        StopReason::Exited(_) => Ok(None),
        StopReason::Step | StopReason::Breakpoint(_) => Ok(Some(stop)),
        other => Err(format!("a stop that the program has no reason for: {other:?}")),
    }
}

fn pc(stop: &Stop) -> Result<u32, String> {
    Ok(stop.location.ok_or("a stop without a location")?.pc)
}

/// Single-steps the whole program; `look` is what each stop is asked for.
fn step(debuggee: &Debuggee, look: impl Fn(&Debuggee, &Stop) -> Result<u64, String>) -> Result<Seen, String> {
    let mut seen = Seen::default();
    while let Some(stop) = resume(debuggee, How::StepInstruction)? {
        seen.stops += 1;
        seen.sum = seen.sum.wrapping_add(look(debuggee, &stop)?);
    }
    Ok(seen)
}

fn pc_and_locals(debuggee: &Debuggee, stop: &Stop) -> Result<u64, String> {
    let frame = FrameId { stop: stop.number, index: 0 };
    let mut sum = u64::from(pc(stop)?);
    for value in inspection::locals(debuggee, frame).map_err(|error| format!("{error:?}"))? {
        let Value::I32(value) = value else { return Err(format!("a local that is no i32: {value:?}")) };
        sum = sum.wrapping_add(u64::from(value.cast_unsigned()));
    }
    Ok(sum)
}

/// Sets a breakpoint at the first offset and runs the program; `look` is what each stop is asked for.
fn at_breakpoints(
    debuggee: &Debuggee,
    order: &Order,
    look: impl Fn(&Debuggee, &Order) -> Result<u64, String>,
) -> Result<Seen, String> {
    set(debuggee, order.pcs.get(..1).unwrap_or_default())?;
    let mut seen = Seen::default();
    while resume(debuggee, How::Continue)?.is_some() {
        seen.stops += 1;
        seen.sum = seen.sum.wrapping_add(look(debuggee, order)?);
    }
    Ok(seen)
}

fn set(debuggee: &Debuggee, pcs: &[u32]) -> Result<u64, String> {
    let spec = |pc: &u32| BreakpointSpec { location: Location { module: 0, pc: *pc }, one_shot: false };
    let changes: Vec<Change> = pcs.iter().map(|pc| Change::Add(spec(pc))).collect();
    let answers = breakpoints::edit(debuggee, &changes).map_err(|error| format!("{error:?}"))?;
    if let Some(error) = answers.iter().find_map(|answer| answer.as_ref().err()) {
        return Err(format!("a breakpoint was refused: {error:?}"));
    }
    Ok(answers.len() as u64)
}

fn backtrace(debuggee: &Debuggee, order: &Order) -> Result<u64, String> {
    let limit = u32::try_from(order.count).map_err(|error| error.to_string())?;
    let frames = inspection::backtrace(debuggee, 0, limit).map_err(|error| format!("{error:?}"))?;
    Ok(frames.iter().fold(0, |sum: u64, frame| sum.wrapping_add(u64::from(frame.location.pc))))
}

fn read_memory(debuggee: &Debuggee, order: &Order) -> Result<u64, String> {
    let instances = inspection::instances(debuggee).map_err(|error| format!("{error:?}"))?;
    let instance = instances.first().ok_or("no instance")?.id;
    let mut sum = 0_u64;
    for _ in 0..order.count {
        let bytes =
            inspection::read_memory(debuggee, instance, 0, 16, 64 << 10).map_err(|error| format!("{error:?}"))?;
        let ends = u64::from(bytes[0]) + u64::from(bytes[bytes.len() - 1]);
        sum = sum.wrapping_add(bytes.len() as u64 + ends);
    }
    Ok(sum)
}

fn set_breakpoints(debuggee: &Debuggee, order: &Order) -> Result<u64, String> {
    set(debuggee, order.pcs.get(1..).unwrap_or_default())
}

/// Pairs of a continue to the breakpoint and a step, then on without breakpoints.
fn step_continue(debuggee: &Debuggee, order: &Order) -> Result<Seen, String> {
    set(debuggee, order.pcs.get(..1).unwrap_or_default())?;
    let mut seen = Seen::default();
    for _ in 0..order.count {
        for how in [How::Continue, How::StepInstruction] {
            let stop = resume(debuggee, how)?.ok_or("the program ended too early")?;
            seen.stops += 1;
            seen.sum = seen.sum.wrapping_add(u64::from(pc(&stop)?));
        }
    }
    Ok(seen)
}
