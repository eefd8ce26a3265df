//! Shows every call of the functions whose name contains a text.

use std::collections::BTreeSet;
use stillpoint_kit::bindings::stillpoint::debugger::inspection::list_functions;
use stillpoint_kit::{
    BreakpointSpec, Debugger, Error, HostError, How, Result, Session, StopCapture, StopReason, Value, ValueType,
    println,
};

const CONDITION: &str = "local[0] > 1";

struct Visits;

stillpoint_kit::export!(Visits);

fn text(value: &Value) -> String {
    match value {
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::F32(bits) => format!("0x{bits:08x}"),
        Value::F64(bits) => format!("0x{bits:016x}"),
        _ => "?".to_owned(),
    }
}

/// At most 16 bytes; none if the memory ends before the address.
fn read_memory(session: &Session, instance: u32, address: i32) -> Result<Vec<u8>, Error> {
    match session.read_memory(instance, 0, u64::from(address.cast_unsigned()), 16) {
        Err(Error::Host(HostError::OutOfBounds(_))) => Ok(Vec::new()),
        answer => answer,
    }
}

impl Debugger for Visits {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let part = match arguments {
            [flag] if flag == "--fail" => list_functions(session.debuggee(), 99, 0, 1).map(|_| "")?,
            [part] => part,
            _ => return Err("it takes one argument, a part of the names of functions".into()),
        };

        let code = session.code()?;
        let functions: Vec<_> = code.functions().filter(|function| function.name.contains(part)).collect();
        session.break_at(functions.iter().copied())?.all()?;
        let mut counters = Vec::new();
        for &function in &functions {
            if function.signature.parameters.first() == Some(&ValueType::I32) {
                let id = session.add_breakpoint(BreakpointSpec::from(function).when(CONDITION).counting())?;
                counters.push((id, function));
            }
        }

        session.set_captures(&[StopCapture::Locals, StopCapture::Frames(8)])?;
        let (mut stops, mut visited) = (0, BTreeSet::new());
        for stop in session.stops(How::Continue) {
            let stop = stop?;
            let (StopReason::Breakpoint(_), Some(frame)) = (&stop.reason, stop.frame) else { continue };
            let Some(function) = code.function_at(frame.location) else { continue };
            let values = session.arguments(&stop, function)?.0;
            stops += 1;
            visited.insert((frame.location.module, frame.function));
            println!("{stops}: {}({})", function.name, values.iter().map(text).collect::<Vec<_>>().join(", "));
            let mut callers = Vec::new();
            for frame in stop.frames(session).take(8).skip(1) {
                callers.push(frame?.function(&code).map_or("?", |function| function.name.as_str()));
            }
            println!("   called by {}", callers.join(", "));
            let address =
                values.iter().find_map(|value| if let Value::I32(address) = value { Some(*address) } else { None });
            if let Some(address) = address {
                let bytes = read_memory(session, frame.instance, address)?;
                let bytes: String = bytes.iter().map(|byte| format!(" {byte:02x}")).collect();
                if !bytes.is_empty() {
                    println!("   memory at {address}:{bytes}");
                }
            }
        }

        println!("{stops} stops in {} functions", visited.len());
        for breakpoint in session.breakpoints()? {
            if let Some((_, function)) = counters.iter().find(|(id, _)| *id == breakpoint.id) {
                println!("{}: {CONDITION} at {} of {}", function.name, breakpoint.taken, breakpoint.hits);
            }
        }
        Ok(())
    }
}
