//! Stops as text, with places as `function+offset`: what the tests compare with the expected.
//!
//! An offset counts from the function's first instruction. A function is called by its name in the name section, then by
//! its export name, then `f` and its index.

use crate::support::harness::Data;
use std::collections::HashMap;
use std::fmt::Write;
use stillpoint_debuggee::{
    CallEnd, Debuggee, Exit, Frame, FrameId, How, Location, ModuleId, ReferenceKind, Stop, StopReason, Value, View,
};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// Where the functions of a module are and what they are called.
pub(crate) struct Layout {
    /// Index, first instruction and end of each defined function, in order.
    pub(crate) functions: Vec<(u32, u32, u32)>,
    names: HashMap<u32, String>,
}

impl Layout {
    pub(crate) fn of(wat: &str) -> Layout {
        Layout::of_binary(&wat::parse_str(wat).expect("the program is valid"))
    }

    /// The layout of a module of a paused program, from the binary that the debuggee shows.
    pub(crate) fn of_binary(binary: &[u8]) -> Layout {
        let mut n_imported = 0;
        let mut layout = Layout { functions: Vec::new(), names: HashMap::new() };
        let mut exports = HashMap::new();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.expect("the engine has accepted the module") {
                Payload::ImportSection(imports) => {
                    let is_function = |import: &wasmparser::Import<'_>| matches!(import.ty, TypeRef::Func(_));
                    n_imported +=
                        imports.into_imports().filter(|import| import.as_ref().is_ok_and(is_function)).count() as u32;
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.expect("valid");
                        if export.kind == wasmparser::ExternalKind::Func {
                            exports.insert(export.index, export.name.to_owned());
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let first = body.get_operators_reader().expect("valid").original_position() as u32;
                    let index = n_imported + layout.functions.len() as u32;
                    layout.functions.push((index, first, body.range().end as u32));
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for name in names {
                            if let Name::Function(map) = name.expect("valid") {
                                layout.names.extend(map.into_iter().map(|naming| {
                                    let naming = naming.expect("valid");
                                    (naming.index, naming.name.to_owned())
                                }));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        for (index, name) in exports {
            layout.names.entry(index).or_insert(name);
        }
        layout
    }

    pub(crate) fn name(&self, function: u32) -> String {
        self.names.get(&function).cloned().unwrap_or_else(|| format!("f{function}"))
    }

    /// `function+offset`.
    pub(crate) fn place(&self, pc: u32) -> String {
        match self.functions.iter().find(|(_, first, end)| (*first..*end).contains(&pc)) {
            Some((index, first, _)) => format!("{}+{}", self.name(*index), pc - first),
            None => format!("{pc:#x} outside of functions"),
        }
    }

    /// The location of `function+offset` in module 0.
    pub(crate) fn at(&self, function: &str, offset: u32) -> Location {
        Location { module: ModuleId(0), pc: self.pc(function, offset) }
    }

    pub(crate) fn pc(&self, function: &str, offset: u32) -> u32 {
        let found = self.functions.iter().find(|(index, _, _)| self.name(*index) == function);
        found.unwrap_or_else(|| panic!("no function {function}")).1 + offset
    }

    /// One line: the reason of a stop, and where.
    pub(crate) fn line(&self, stop: &Stop) -> String {
        let reason = match &stop.reason {
            StopReason::Entry => "entry".to_owned(),
            StopReason::Breakpoint(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                format!("breakpoint {}", ids.join(", "))
            }
            StopReason::Step => "step".to_owned(),
            StopReason::Trap { code } => format!("trap {code:?}"),
            StopReason::HostError(text) => format!("host error {text:?}"),
            StopReason::Exception { caught, payload } => {
                format!("{} exception {}", if *caught { "caught" } else { "uncaught" }, values(payload))
            }
            StopReason::Interrupt => "interrupt".to_owned(),
            StopReason::CallFinished(end) => format!("call {}", call_line(end)),
            StopReason::Exited(exit) => format!("exited {}", exit_line(exit)),
            other => panic!("a reason that no test knows: {other:?}"),
        };
        match stop.location {
            Some(location) => format!("{reason} at {}", self.place(location.pc)),
            None => reason,
        }
    }

    /// A backtrace on one line, innermost first.
    pub(crate) fn backtrace(&self, frames: &[Frame]) -> String {
        let places: Vec<String> = frames.iter().map(|frame| self.place(frame.location.pc)).collect();
        places.join(" < ")
    }
}

fn call_line(end: &CallEnd) -> String {
    match end {
        CallEnd::Returned(results) => format!("returned {}", values(results)),
        CallEnd::Trap { code } => format!("trapped {code:?}"),
        CallEnd::Exception { payload } => format!("threw {}", values(payload)),
        CallEnd::Code(code) => format!("asked for code {code}"),
        CallEnd::Failed(text) => format!("failed {text:?}"),
    }
}

fn exit_line(exit: &Exit) -> String {
    match exit {
        Exit::Returned(results) if results.is_empty() => "returned".to_owned(),
        Exit::Returned(results) => format!("returned {}", values(results)),
        Exit::Code(code) => format!("with code {code}"),
        Exit::Failed(text) => format!("failed {text:?}"),
        Exit::Killed => "killed".to_owned(),
    }
}

/// Values in brackets, short.
pub(crate) fn values(values: &[Value]) -> String {
    let words: Vec<String> = values.iter().map(value).collect();
    format!("[{}]", words.join(" "))
}

fn value(value: &Value) -> String {
    let kind = |kind: &ReferenceKind| match kind {
        ReferenceKind::Function => "func",
        ReferenceKind::External => "extern",
        ReferenceKind::Internal => "any",
        ReferenceKind::Exception => "exn",
        ReferenceKind::Continuation => "cont",
    };
    match value {
        Value::I32(value) => format!("{value}"),
        Value::I64(value) => format!("{value}L"),
        Value::F32(bits) => format!("f32:{bits:#x}"),
        Value::F64(bits) => format!("f64:{bits:#x}"),
        Value::V128(value) => format!("v128:{value:#x}"),
        Value::Null(reference) => format!("null-{}", kind(reference)),
        Value::Reference(reference, _) => format!("ref-{}", kind(reference)),
    }
}

/// Resumes the same way until the program exits; one line per stop.
pub(crate) async fn transcript(debuggee: &mut Debuggee<Data>, layout: &Layout, how: How) -> String {
    let mut text = String::new();
    loop {
        let stop = debuggee.resume(how).await.expect("the program can be resumed");
        writeln!(text, "{}", layout.line(&stop)).expect("strings grow");
        if debuggee.is_complete() {
            return text;
        }
    }
}

/// As [`transcript`], with the operand stack and the locals of the innermost frame at each stop.
pub(crate) async fn steps(debuggee: &mut Debuggee<Data>, layout: &Layout) -> String {
    let mut text = String::new();
    loop {
        let stop = debuggee.resume(How::StepInstruction).await.expect("the program can be resumed");
        write!(text, "{}", layout.line(&stop)).expect("strings grow");
        if debuggee.is_complete() {
            text.push('\n');
            return text;
        }
        let (locals, operands) = innermost(debuggee).await;
        writeln!(text, "  locals {} operands {}", values(&locals), values(&operands)).expect("strings grow");
    }
}

/// The locals and the operand stack of the innermost frame.
pub(crate) async fn innermost(debuggee: &mut Debuggee<Data>) -> (Vec<Value>, Vec<Value>) {
    let frame = FrameId { stop: debuggee.last_stop().number, index: 0 };
    let query = debuggee.query(move |paused| (paused.locals(frame), paused.operands(frame)));
    let (locals, operands) = query.await.expect("the program is paused");
    (locals.expect("the frame is there"), operands.expect("the frame is there"))
}

/// The whole backtrace.
pub(crate) async fn backtrace(debuggee: &mut Debuggee<Data>) -> Vec<Frame> {
    let query = debuggee.query(|paused| paused.frames(0, u32::MAX));
    query.await.expect("the program is paused").expect("the frames can be walked")
}
