//! The debugger that the benchmark runs under Stillpoint. It has one function for each case, which
//! does the same work as the one in `peer`.
//!
//! Its arguments are the case, the number of stops and the checksum that the bare handler found, a
//! count, and code offsets.
//!
//! Invariant: a run whose stops or checksum differ from the bare handler's fails, so that no
//! contender can be quick by seeing less.

mod bindings;

use bindings::stillpoint::debugger::breakpoints::{self, BreakpointOption, BreakpointSpec};
use bindings::stillpoint::debugger::common::{Accesses, Error, Location, Stop, StopReason, Value};
use bindings::stillpoint::debugger::execution::{self, How, StopCapture};
use bindings::stillpoint::debugger::program::Debuggee;
use bindings::stillpoint::debugger::watchpoints::{self, WatchSpec, WatchTarget, WatchedMemory};
use bindings::stillpoint::debugger::{inspection, recording};

struct Debugger;

/// The arguments, parsed.
struct Order {
    case: String,
    stops: u64,
    sum: u64,
    count: u64,
    pcs: Vec<u32>,
}

/// The stops that a run has seen, and the checksum of what it has read.
#[derive(Default, PartialEq, Debug)]
struct Seen {
    stops: u64,
    sum: u64,
}

impl bindings::Guest for Debugger {
    fn run(debuggee: Debuggee, arguments: Vec<String>) -> Result<(), Error> {
        measure(&debuggee, &arguments).map_err(Error::Other)
    }
}

fn measure(debuggee: &Debuggee, arguments: &[String]) -> Result<(), String> {
    let order =
        Order::read(arguments).ok_or_else(|| format!("arguments that are none of the benchmark's: {arguments:?}"))?;
    let seen = match order.case.as_str() {
        "start" => Seen::default(),
        "step" => step(debuggee, |_| Ok(0))?,
        "step-pc" => step(debuggee, |stop| Ok(u64::from(pc(stop)?)))?,
        "step-locals" => {
            capture(debuggee, &[StopCapture::Locals])?;
            step(debuggee, pc_and_locals)?
        }
        "record" => record(debuggee)?,
        "condition" => condition(debuggee, &order)?,
        "watch" => watch(debuggee, &order)?,
        "backtrace" => {
            let frames = u32::try_from(order.count).map_err(|error| error.to_string())?;
            capture(debuggee, &[StopCapture::Frames(frames)])?;
            at_breakpoints(debuggee, &order, |_, _, stop| Ok(backtrace(stop)))?
        }
        "call" => at_breakpoints(debuggee, &order, call)?,
        "memory" => at_breakpoints(debuggee, &order, |debuggee, order, _| read_memory(debuggee, order))?,
        "breakpoints" => at_breakpoints(debuggee, &order, |debuggee, order, _| set_breakpoints(debuggee, order))?,
        "step-continue" => step_continue(debuggee, &order)?,
        other => return Err(format!("no case {other}")),
    };
    let expected = Seen { stops: order.stops, sum: order.sum };
    if seen == expected { Ok(()) } else { Err(format!("saw {seen:?}, expected {expected:?}")) }
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

/// The text of an error of the host's.
fn words(error: Error) -> String {
    format!("the host refused: {error:?}")
}

/// Chooses what every stop carries.
fn capture(debuggee: &Debuggee, captures: &[StopCapture]) -> Result<(), String> {
    execution::set_captures(debuggee, captures).map_err(words)
}

/// Runs to the next stop; none at the program's end.
fn resume(debuggee: &Debuggee, how: How) -> Result<Option<Stop>, String> {
    let stop = execution::resume(debuggee, how).map_err(words)?;
    match stop.reason {
        StopReason::Exited(_) => Ok(None),
        StopReason::Step | StopReason::Breakpoint(_) | StopReason::Watchpoint(_) | StopReason::RecordsFull => {
            Ok(Some(stop))
        }
        other => Err(format!("a stop that the program has no reason for: {other:?}")),
    }
}

fn pc(stop: &Stop) -> Result<u32, String> {
    Ok(stop.frame.ok_or("a stop without a frame")?.location.pc)
}

/// Single-steps the whole program and calls `look` at each stop.
fn step(debuggee: &Debuggee, look: impl Fn(&Stop) -> Result<u64, String>) -> Result<Seen, String> {
    let mut seen = Seen::default();
    while let Some(stop) = resume(debuggee, How::StepInstruction)? {
        seen.stops += 1;
        seen.sum = seen.sum.wrapping_add(look(&stop)?);
    }
    Ok(seen)
}

fn pc_and_locals(stop: &Stop) -> Result<u64, String> {
    let mut sum = u64::from(pc(stop)?);
    for value in stop.captured.iter().flat_map(|captured| captured.locals.iter().flatten()) {
        let Value::I32(value) = value else { return Err(format!("a local that is no i32: {value:?}")) };
        sum = sum.wrapping_add(u64::from(value.cast_unsigned()));
    }
    Ok(sum)
}

/// Records every step of the program, and reads every record.
fn record(debuggee: &Debuggee) -> Result<Seen, String> {
    let mut seen = Seen::default();
    loop {
        let goes_on = resume(debuggee, How::Record)?.is_some();
        loop {
            let records = recording::drain(debuggee, u32::MAX).map_err(words)?;
            if records.format != 1 {
                return Err(format!("records in a format that is not known: {}", records.format));
            }
            // The record of a step has 16 bytes: its size, no breakpoint, the module, the pc.
            for record in records.data.chunks_exact(16) {
                let [size, _, _, _, _, _, _, _, _, _, _, _, pc @ ..] = record else { continue };
                let pc = pc.try_into().map_err(|_| "a record that ends too early")?;
                seen.stops += u64::from(*size == 16);
                seen.sum = seen.sum.wrapping_add(u64::from(u32::from_le_bytes(pc)));
            }
            if !records.more {
                break;
            }
        }
        if !goes_on {
            return Ok(seen);
        }
    }
}

/// Runs the program over a breakpoint whose condition never holds. The breakpoint's counter tells
/// how often it was evaluated. Nothing is read, so the bare handler's checksum is not checked.
fn condition(debuggee: &Debuggee, order: &Order) -> Result<Seen, String> {
    set(debuggee, order.pcs.get(..1).unwrap_or_default(), Some(format!("local[{}] == -1", order.count)))?;
    if resume(debuggee, How::Continue)?.is_some() {
        return Err("a condition that should not hold".to_owned());
    }
    let page = breakpoints::list_breakpoints(debuggee, 0, 1).map_err(words)?;
    let breakpoint = page.items.first().ok_or("no breakpoint")?;
    Ok(Seen { stops: breakpoint.hits, sum: order.sum })
}

/// Runs the program under a watchpoint that it hits once, at its end. No store before that may hit
/// it. The bare handler's number of stops and checksum are not checked.
fn watch(debuggee: &Debuggee, order: &Order) -> Result<Seen, String> {
    resume(debuggee, How::StepInstruction)?;
    let instance = first_instance(debuggee)?;
    let target = WatchTarget::Memory(WatchedMemory { instance, memory: 0, address: 128, length: 4 });
    let spec = WatchSpec { target, kinds: Accesses::WRITE, options: Vec::new() };
    for answer in watchpoints::add(debuggee, &[spec]).map_err(words)? {
        answer.map_err(words)?;
    }
    let stop = resume(debuggee, How::Continue)?.ok_or("the watchpoint was not hit")?;
    if !matches!(stop.reason, StopReason::Watchpoint(_)) || resume(debuggee, How::Continue)?.is_some() {
        return Err("a stop that nobody asked for".to_owned());
    }
    Ok(Seen { stops: order.stops, sum: order.sum })
}

/// Sets a breakpoint at the first offset, runs the program, and calls `look` at each stop.
fn at_breakpoints(
    debuggee: &Debuggee,
    order: &Order,
    look: impl Fn(&Debuggee, &Order, &Stop) -> Result<u64, String>,
) -> Result<Seen, String> {
    set(debuggee, order.pcs.get(..1).unwrap_or_default(), None)?;
    let mut seen = Seen::default();
    while let Some(stop) = resume(debuggee, How::Continue)? {
        seen.stops += 1;
        seen.sum = seen.sum.wrapping_add(look(debuggee, order, &stop)?);
    }
    Ok(seen)
}

/// Sets breakpoints in one batch.
fn set(debuggee: &Debuggee, pcs: &[u32], condition: Option<String>) -> Result<u64, String> {
    let options: Vec<BreakpointOption> = condition.into_iter().map(BreakpointOption::Condition).collect();
    let spec = |pc: &u32| BreakpointSpec { location: Location { module: 0, pc: *pc }, options: options.clone() };
    let specs: Vec<BreakpointSpec> = pcs.iter().map(spec).collect();
    let answers = breakpoints::add(debuggee, &specs).map_err(words)?;
    if let Some(error) = answers.iter().find_map(|answer| answer.as_ref().err()) {
        return Err(format!("a breakpoint was refused: {error:?}"));
    }
    Ok(answers.len() as u64)
}

fn backtrace(stop: &Stop) -> u64 {
    let frames = stop.captured.iter().flat_map(|captured| captured.frames.iter().flatten());
    frames.fold(0, |sum, frame| sum.wrapping_add(u64::from(frame.location.pc)))
}

/// Asks `count` times for the stop that the program is at.
fn call(debuggee: &Debuggee, order: &Order, stop: &Stop) -> Result<u64, String> {
    for _ in 0..order.count {
        if pc(&debuggee.last_stop().map_err(words)?)? != pc(stop)? {
            return Err("the stop has moved".to_owned());
        }
    }
    Ok(0)
}

fn first_instance(debuggee: &Debuggee) -> Result<u32, String> {
    Ok(inspection::list_instances(debuggee, 0, 1).map_err(words)?.items.first().ok_or("no instance")?.id)
}

fn read_memory(debuggee: &Debuggee, order: &Order) -> Result<u64, String> {
    let instance = first_instance(debuggee)?;
    let mut sum = 0_u64;
    for _ in 0..order.count {
        let bytes = inspection::read_memory(debuggee, instance, 0, 16, 64 << 10).map_err(words)?;
        let ends = u64::from(bytes[0]) + u64::from(bytes[bytes.len() - 1]);
        sum = sum.wrapping_add(bytes.len() as u64 + ends);
    }
    Ok(sum)
}

fn set_breakpoints(debuggee: &Debuggee, order: &Order) -> Result<u64, String> {
    set(debuggee, order.pcs.get(1..).unwrap_or_default(), None)
}

/// Makes pairs of a continue to the breakpoint and a step. The program then runs to its end without
/// stops.
fn step_continue(debuggee: &Debuggee, order: &Order) -> Result<Seen, String> {
    set(debuggee, order.pcs.get(..1).unwrap_or_default(), None)?;
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
