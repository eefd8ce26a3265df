//! The debugger that the benchmark runs under the peer. It has one function for each case, which
//! does the same work as the one in `ours`, and takes the same arguments.
//!
//! It is as quick as the peer's contract allows: it waits with `finish` alone, and it does not ask
//! for a local's type before it reads the value.
//!
//! Invariant: a run whose stops or checksum differ from the bare handler's traps.

mod bindings;

use bindings::bytecodealliance::wasmtime::debuggee::{Debuggee, Event, EventFuture, Frame, ResumptionValue};

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

impl bindings::exports::bytecodealliance::wasmtime::debugger::Guest for Debugger {
    /// The peer's contract has no result for an error, so a failure is a trap.
    fn debug(debuggee: &Debuggee, args: Vec<String>) {
        let order = Order::read(&args);
        let seen = match order.case.as_str() {
            "start" => Seen::default(),
            "step" => step(debuggee, |_| 0),
            "step-pc" => step(debuggee, |debuggee| u64::from(pc(debuggee))),
            "step-locals" => step(debuggee, pc_and_locals),
            "backtrace" => at_breakpoints(debuggee, &order, backtrace),
            "memory" => at_breakpoints(debuggee, &order, read_memory),
            "breakpoints" => at_breakpoints(debuggee, &order, set_breakpoints),
            "condition" => at_breakpoints(debuggee, &order, condition),
            "step-continue" => step_continue(debuggee, &order),
            other => panic!("no case {other}"),
        };
        assert_eq!(seen, Seen { stops: order.stops, sum: order.sum }, "not what the bare handler saw");
    }
}

impl Order {
    fn read(args: &[String]) -> Order {
        let [case, stops, sum, count, pcs @ ..] = args else { panic!("arguments that are none of the benchmark's") };
        let number = |text: &String| text.parse::<u64>().expect("a number");
        Order {
            case: case.clone(),
            stops: number(stops),
            sum: number(sum),
            count: number(count),
            pcs: pcs.iter().map(|pc| pc.parse().expect("a code offset")).collect(),
        }
    }
}

enum How {
    Continue,
    Step,
}

/// Runs to the next stop. False at the program's end.
fn resume(debuggee: &Debuggee, how: &How) -> bool {
    let future = match how {
        How::Continue => debuggee.continue_(ResumptionValue::Normal),
        How::Step => debuggee.single_step(ResumptionValue::Normal),
    };
    match EventFuture::finish(future, debuggee).expect("the program runs on") {
        Event::Complete => false,
        Event::Breakpoint => true,
        other => panic!("a stop that the program has no reason for: {other:?}"),
    }
}

/// The frame that the program is stopped in.
fn innermost(debuggee: &Debuggee) -> Frame {
    debuggee.exit_frames().into_iter().next().expect("a frame")
}

fn pc(debuggee: &Debuggee) -> u32 {
    innermost(debuggee).get_pc(debuggee).expect("a pc")
}

/// Single-steps the whole program and calls `look` at each stop.
fn step(debuggee: &Debuggee, look: impl Fn(&Debuggee) -> u64) -> Seen {
    let mut seen = Seen::default();
    while resume(debuggee, &How::Step) {
        seen.stops += 1;
        seen.sum = seen.sum.wrapping_add(look(debuggee));
    }
    seen
}

fn pc_and_locals(debuggee: &Debuggee) -> u64 {
    let frame = innermost(debuggee);
    let mut sum = u64::from(frame.get_pc(debuggee).expect("a pc"));
    for value in frame.get_locals(debuggee).expect("locals") {
        sum = sum.wrapping_add(u64::from(value.unwrap_i32()));
    }
    sum
}

/// Sets a breakpoint at the first offset, runs the program, and calls `look` at each stop.
fn at_breakpoints(debuggee: &Debuggee, order: &Order, look: impl Fn(&Debuggee, &Order) -> u64) -> Seen {
    set(debuggee, &order.pcs[..1]);
    let mut seen = Seen::default();
    while resume(debuggee, &How::Continue) {
        seen.stops += 1;
        seen.sum = seen.sum.wrapping_add(look(debuggee, order));
    }
    seen
}

fn set(debuggee: &Debuggee, pcs: &[u32]) -> u64 {
    let modules = debuggee.all_modules();
    let module = modules.first().expect("a module");
    for pc in pcs {
        module.add_breakpoint(debuggee, *pc).expect("a breakpoint");
    }
    pcs.len() as u64
}

fn backtrace(debuggee: &Debuggee, order: &Order) -> u64 {
    let mut sum = 0_u64;
    let mut next = Some(innermost(debuggee));
    for _ in 0..order.count {
        let Some(frame) = next else { break };
        sum = sum.wrapping_add(u64::from(frame.get_pc(debuggee).expect("a pc")));
        next = frame.parent_frame(debuggee).expect("a parent, or none");
    }
    sum
}

fn read_memory(debuggee: &Debuggee, order: &Order) -> u64 {
    let instances = debuggee.all_instances();
    let memory = instances.first().expect("an instance").get_memory(debuggee, 0).expect("a memory");
    let mut sum = 0_u64;
    for _ in 0..order.count {
        let bytes = memory.get_bytes(debuggee, 16, 64 << 10).expect("bytes");
        let ends = u64::from(bytes[0]) + u64::from(bytes[bytes.len() - 1]);
        sum = sum.wrapping_add(bytes.len() as u64 + ends);
    }
    sum
}

fn set_breakpoints(debuggee: &Debuggee, order: &Order) -> u64 {
    set(debuggee, &order.pcs[1..])
}

/// Evaluates `local[count] == 0xffff_ffff`, which is never true, in the only way that the component
/// has: it reads the locals.
fn condition(debuggee: &Debuggee, order: &Order) -> u64 {
    let frame = innermost(debuggee);
    let pc = frame.get_pc(debuggee).expect("a pc");
    let locals = frame.get_locals(debuggee).expect("locals");
    let value = locals[order.count as usize].unwrap_i32();
    assert_ne!(value, u32::MAX, "a condition that should not hold");
    u64::from(pc).wrapping_add(u64::from(value))
}

/// Makes pairs of a continue to the breakpoint and a step. The program then runs to its end. The
/// breakpoint is removed before, because the peer would leave both it and single-stepping in place.
fn step_continue(debuggee: &Debuggee, order: &Order) -> Seen {
    set(debuggee, &order.pcs[..1]);
    let mut seen = Seen::default();
    for _ in 0..order.count {
        for how in [How::Continue, How::Step] {
            assert!(resume(debuggee, &how), "the program ended too early");
            seen.stops += 1;
            seen.sum = seen.sum.wrapping_add(u64::from(pc(debuggee)));
        }
    }
    for module in debuggee.all_modules() {
        module.remove_breakpoint(debuggee, order.pcs[0]).expect("the breakpoint");
    }
    assert!(!resume(debuggee, &How::Continue), "a stop that the program has no reason for");
    seen
}
