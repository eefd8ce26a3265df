//! A debugger for version 0.1.0 of the contract. It uses something of each interface, and prints what
//! it sees.
//!
//! Invariant: nothing of this repository is used but the folder `wit` beside it.

mod bindings;

use bindings::stillpoint::debugger::breakpoints::{self, BreakpointOption, BreakpointSpec, RecordCapture};
use bindings::stillpoint::debugger::calls::{self, Callee};
use bindings::stillpoint::debugger::common::{
    Accesses, CallEnd, Error, Exit, Location, ReferenceKind, Stop, StopReason, Value,
};
use bindings::stillpoint::debugger::execution::{self, How, StopCapture};
use bindings::stillpoint::debugger::recording::{self, RecordingOption};
use bindings::stillpoint::debugger::watchpoints::{self, WatchOption, WatchSpec, WatchTarget, WatchedMemory};
use bindings::stillpoint::debugger::{background, background_calls, host, inspection, messages, modification};
use bindings::{Debuggee, Guest};

struct Frozen;

macro_rules! say {
    ($($argument:tt)*) => { messages::print(&format!("{}\n", format_args!($($argument)*))) };
}

impl Guest for Frozen {
    fn run(debuggee: Debuggee, arguments: Vec<String>) -> Result<(), Error> {
        say!("arguments {arguments:?}, state {:?}", debuggee.current_state());
        let launch = debuggee.launch_info()?;
        say!("launched with {:?}, component {}", launch.arguments, launch.is_component);
        say!("a feature of no version: {}", host::has_feature("none"));
        say!("limits: page {:?}, of no version {:?}", host::limit("page"), host::limit("none"));
        let at = functions(&debuggee)?;
        let [sum, main] = ["sum", "main"].map(|name| at.iter().find(|(its, ..)| its == name));
        let (Some((_, sum, entry)), Some((_, _, main))) = (sum, main) else {
            return Err(Error::Other("there is no `sum` or no `main`".to_owned()));
        };
        let options = vec![BreakpointOption::Condition("local[0] == 3".to_owned()), BreakpointOption::Every(1)];
        let traced = vec![BreakpointOption::Capture(vec![RecordCapture::Locals])];
        let specs = [(*main, Vec::new()), (*entry, options), (*entry, traced)];
        let specs = specs.map(|(location, options)| BreakpointSpec { location, options });
        for added in breakpoints::add(&debuggee, &specs)? {
            say!("breakpoint {}", added?);
        }
        execution::set_captures(&debuggee, &[StopCapture::Locals, StopCapture::Frames(2)])?;
        recording::set_recording(&debuggee, &[RecordingOption::Capacity(1 << 16)])?;

        let stop = execution::resume(&debuggee, How::Continue)?;
        say!("{}", shown(&stop));
        let instance = stop.frame.map(|frame| frame.instance).unwrap_or_default();
        changes(&debuggee, instance)?;
        injected(&debuggee, instance, *sum)?;

        let running = background::start(&debuggee, How::Continue)?;
        running.subscribe().block();
        let mut stop = background::finish(running)?;
        loop {
            say!("{}", shown(&stop));
            if let StopReason::Exited(exit) = &stop.reason {
                say!("{}", ended(exit));
                break;
            }
            stop = execution::resume(&debuggee, How::Continue)?;
        }
        for breakpoint in breakpoints::list_breakpoints(&debuggee, 0, 10)?.items {
            say!("breakpoint {}: {} hits, {} taken", breakpoint.id, breakpoint.hits, breakpoint.taken);
        }
        let records = recording::take(&debuggee, 100)?;
        for record in &records.items {
            say!("record of {:?}: {:?}", record.breakpoint, record.locals);
        }
        say!("dropped {}, more {}", records.dropped, records.more);
        Err(Error::NoModule(99))
    }
}

/// The functions of the first module: name, index, and the location of the first instruction.
fn functions(debuggee: &Debuggee) -> Result<Vec<(String, u32, Location)>, Error> {
    let mut found = Vec::new();
    let module = inspection::list_modules(debuggee, 0, 1)?.items.first().map(|module| module.id).unwrap_or_default();
    let mut next = Some(0);
    while let Some(first) = next {
        let page = inspection::list_functions(debuggee, module, first, 2)?;
        for function in page.items {
            let entry = function.body.map(|body| body.entry).unwrap_or_default();
            say!("function {} {}: {:?} -> {:?}", function.index, function.name, function.parameters, function.results);
            found.push((function.name, function.index, Location { module, pc: entry }));
        }
        next = page.next;
    }
    Ok(found)
}

/// Watches a word, and writes it.
fn changes(debuggee: &Debuggee, instance: u32) -> Result<(), Error> {
    let target = WatchTarget::Memory(WatchedMemory { instance, memory: 0, address: 8, length: 4 });
    let spec = WatchSpec { target, kinds: Accesses::WRITE, options: vec![WatchOption::OnChange] };
    for added in watchpoints::add(debuggee, &[spec])? {
        say!("watchpoint {}", added?);
    }
    modification::write_memory(debuggee, instance, 0, 4, b"debuggee")?;
    say!("memory {:?}", String::from_utf8_lossy(&inspection::read_memory(debuggee, instance, 0, 4, 8)?));
    let refused = modification::set_global(debuggee, instance, 0, &Value::Null(ReferenceKind::Funcref));
    say!("a global set to a reference: {refused:?}");
    Ok(())
}

/// Calls a function, at once and in the background.
fn injected(debuggee: &Debuggee, instance: u32, function: u32) -> Result<(), Error> {
    let callee = Callee { instance, function };
    let stop = calls::call(debuggee, callee, &[Value::I32(2)], How::Continue)?;
    say!("{}", shown(&stop));
    let running = background_calls::start_call(debuggee, callee, &[Value::I32(1)], How::Continue)?;
    say!("{}", shown(&background::finish(running)?));
    Ok(())
}

/// A stop in a line, without what another version may number in another way.
fn shown(stop: &Stop) -> String {
    let reason = match &stop.reason {
        StopReason::Breakpoint(ids) => format!("breakpoints {ids:?}"),
        StopReason::Watchpoint(watch) => {
            let hits: Vec<_> = watch.hits.iter().map(|hit| format!("{:?} -> {:?}", hit.before, hit.after)).collect();
            format!("watchpoint {}", hits.join(", "))
        }
        StopReason::CallFinished(CallEnd::Returned(results)) => format!("call returned {results:?}"),
        StopReason::Exited(_) => "exit".to_owned(),
        other => format!("{other:?}"),
    };
    let frame = stop.frame.map(|frame| format!(" in function {}", frame.function)).unwrap_or_default();
    let captured = stop.captured.as_ref();
    let locals = captured.and_then(|captured| captured.locals.as_ref());
    let n_frames = captured.and_then(|captured| captured.frames.as_ref()).map(Vec::len);
    format!("stop {}: {reason}{frame}, locals {locals:?}, frames {n_frames:?}", stop.number)
}

fn ended(exit: &Exit) -> String {
    match exit {
        Exit::Returned(results) => format!("it returned {results:?}"),
        other => format!("{other:?}"),
    }
}
