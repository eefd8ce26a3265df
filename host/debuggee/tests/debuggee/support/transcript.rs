//! Stops as text, one line each, to be compared with expected ones.
//!
//! Places are written as in [`places`](crate::support::places).

use crate::support::harness::Data;
use crate::support::places::Places;
use std::fmt::Write;
use stillpoint_debuggee::{
    CallEnd, Debuggee, Exit, Frame, FrameId, How, ReferenceKind, Session, Stop, StopReason, Value, View,
};

impl Places {
    /// A stop in one line: its reason, and its place.
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
            other => panic!("a reason that no test expects: {other:?}"),
        };
        match stop.location() {
            Some(location) => format!("{reason} at {}", self.name(location)),
            None => reason,
        }
    }

    /// A backtrace in one line, innermost frame first.
    pub(crate) fn backtrace(&self, frames: &[Frame]) -> String {
        let places: Vec<String> = frames.iter().map(|frame| self.name(frame.location)).collect();
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
        Value::Unset(reference) => format!("unset-{}", kind(reference)),
    }
}

/// Resumes the same way until the program exits; one line per stop.
pub(crate) async fn transcript(debuggee: &mut Debuggee<Data>, places: &Places, how: How) -> String {
    let mut text = String::new();
    loop {
        let stop = debuggee.resume(how).await.expect("the program can be resumed");
        writeln!(text, "{}", places.line(&stop)).expect("strings grow");
        if debuggee.is_complete() {
            return text;
        }
        check_frame(debuggee).await;
    }
}

/// As [`transcript`], with the operand stack and the locals of the innermost frame at each stop.
pub(crate) async fn steps(debuggee: &mut Debuggee<Data>, places: &Places) -> String {
    let mut text = String::new();
    loop {
        let stop = debuggee.resume(How::StepInstruction).await.expect("the program can be resumed");
        write!(text, "{}", places.line(&stop)).expect("strings grow");
        if debuggee.is_complete() {
            text.push('\n');
            return text;
        }
        check_frame(debuggee).await;
        let (locals, operands) = innermost(debuggee).await;
        writeln!(text, "  locals {} operands {}", values(&locals), values(&operands)).expect("strings grow");
    }
}

/// Checks that the stop has the innermost frame of the backtrace, or none if there are no frames.
pub(crate) async fn check_frame(debuggee: &mut dyn Session) {
    let stop = debuggee.last_stop().clone();
    let frames = debuggee.view(|view| view.frames(0, 1)).await.expect("the program is paused");
    let innermost = frames.expect("the frames can be walked").first().copied();
    assert_eq!(stop.frame, innermost, "{stop:?}");
    assert_eq!(stop.location(), innermost.map(|frame| frame.location));
    assert!(innermost.is_none_or(|frame| frame.id == FrameId { stop: stop.number, index: 0 }), "{stop:?}");
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
