//! Conversions between the contract's `types` and the debuggee's. `x` makes an `x` of the contract,
//! `to_x` makes one of the debuggee.
//!
//! Invariant: nothing is lost. What the contract has no case for arrives as text.

use super::interfaces::execution;
use super::interfaces::types::{
    self, CallEnd, Captured, Error, Exit, Frame, FrameId, Location, Reference, ReferenceKind, ReferenceType, Stop,
    StopReason, TrapCode, Value, ValueType,
};
use crate::debuggee;

impl types::Host for super::World {}

pub(super) fn state(state: debuggee::State) -> execution::State {
    match state {
        debuggee::State::Paused => execution::State::Paused,
        debuggee::State::Running => execution::State::Running,
        debuggee::State::Exited => execution::State::Exited,
    }
}

pub(super) fn how(how: execution::How) -> debuggee::How {
    match how {
        execution::How::Continue => debuggee::How::Continue,
        execution::How::StepInstruction => debuggee::How::StepInstruction,
        execution::How::StepOver => debuggee::How::StepOver,
        execution::How::StepOut => debuggee::How::StepOut,
        execution::How::RunTo(location) => debuggee::How::RunTo(to_location(location)),
        execution::How::Record => debuggee::How::Record,
    }
}

pub(super) fn location(location: debuggee::Location) -> Location {
    Location { module: location.module.0, pc: location.pc }
}

pub(super) fn to_location(location: Location) -> debuggee::Location {
    debuggee::Location { module: debuggee::ModuleId(location.module), pc: location.pc }
}

pub(super) fn to_frame_id(id: FrameId) -> debuggee::FrameId {
    debuggee::FrameId { stop: id.stop, index: id.index }
}

pub(super) fn frame(frame: debuggee::Frame) -> Frame {
    Frame {
        id: FrameId { stop: frame.id.stop, index: frame.id.index },
        instance: frame.instance.0,
        function: frame.function,
        location: location(frame.location),
    }
}

pub(super) fn stop(stop: &debuggee::Stop) -> Stop {
    let mut converted = Stop::default();
    stop_into(stop, &mut converted);
    converted
}

/// Converts a stop in place: `reused` held another one.
pub(super) fn stop_into(stop: &debuggee::Stop, reused: &mut Stop) {
    reused.number = stop.number;
    reused.reason = reason(&stop.reason);
    reused.location = stop.location.map(location);
    reused.captured = captured(&stop.captured);
}

impl Default for Stop {
    fn default() -> Stop {
        Stop { number: 0, reason: StopReason::Entry, location: None, captured: None }
    }
}

/// Empty lists become none, because each list that is returned, even an empty one, costs a call of
/// the debugger's allocator.
fn captured(captured: &debuggee::Captured) -> Option<Captured> {
    let debuggee::Captured { frames, locals, operands } = captured;
    if frames.is_empty() && locals.is_empty() && operands.is_empty() {
        return None;
    }
    Some(Captured {
        frames: (!frames.is_empty()).then(|| frames.iter().copied().map(frame).collect()),
        locals: (!locals.is_empty()).then(|| values(locals)),
        operands: (!operands.is_empty()).then(|| values(operands)),
    })
}

fn reason(reason: &debuggee::StopReason) -> StopReason {
    match reason {
        debuggee::StopReason::Entry => StopReason::Entry,
        debuggee::StopReason::Breakpoint(ids) => StopReason::Breakpoint(ids.iter().map(|id| id.0).collect()),
        debuggee::StopReason::ConditionFailed { breakpoint, message } => {
            StopReason::ConditionFailed(condition_failure(*breakpoint, message))
        }
        debuggee::StopReason::Watchpoint { hits, breakpoints, failed } => StopReason::Watchpoint(types::WatchStop {
            hits: hits.iter().map(watch_hit).collect(),
            breakpoints: breakpoints.iter().map(|id| id.0).collect(),
            condition_failed: failed.as_ref().map(|(breakpoint, message)| condition_failure(*breakpoint, message)),
        }),
        debuggee::StopReason::Step => StopReason::Step,
        debuggee::StopReason::Trap { code } => StopReason::Trap(trap(*code)),
        debuggee::StopReason::HostError(text) => StopReason::HostError(text.clone()),
        debuggee::StopReason::Exception { caught, payload } => {
            StopReason::Exception(types::Thrown { caught: *caught, payload: values(payload) })
        }
        debuggee::StopReason::Interrupt => StopReason::Interrupt,
        debuggee::StopReason::RecordsFull => StopReason::RecordsFull,
        debuggee::StopReason::CallFinished(end) => StopReason::CallFinished(call_end(end)),
        debuggee::StopReason::Exited(how) => StopReason::Exited(exit(how)),
        // None is left; `tests/tests/structure` sees to it, because the compiler does not between
        // crates.
        other => StopReason::HostError(format!("a stop that the contract has no word for: {other:?}")),
    }
}

fn condition_failure(breakpoint: debuggee::BreakpointId, message: &str) -> types::ConditionFailure {
    types::ConditionFailure { breakpoint: breakpoint.0, message: message.to_owned() }
}

fn trap(code: wasmtime::Trap) -> types::Trap {
    types::Trap { code: trap_code(code), message: code.to_string() }
}

fn watch_hit(hit: &debuggee::WatchHit) -> types::WatchHit {
    types::WatchHit {
        watchpoint: hit.id.0,
        access: accesses(hit.access),
        by: hit.by.map(location),
        address: hit.address,
        size: hit.size,
        begin: hit.begin,
        old: hit.old.clone(),
        new: hit.new.clone(),
    }
}

pub(super) fn accesses(accesses: debuggee::Accesses) -> types::Accesses {
    let debuggee::Accesses { read, write, host } = accesses;
    let flag = |is_set: bool, flag: types::Accesses| if is_set { flag } else { types::Accesses::empty() };
    flag(read, types::Accesses::READ) | flag(write, types::Accesses::WRITE) | flag(host, types::Accesses::HOST)
}

pub(super) fn to_accesses(accesses: types::Accesses) -> debuggee::Accesses {
    debuggee::Accesses {
        read: accesses.contains(types::Accesses::READ),
        write: accesses.contains(types::Accesses::WRITE),
        host: accesses.contains(types::Accesses::HOST),
    }
}

fn call_end(end: &debuggee::CallEnd) -> CallEnd {
    match end {
        debuggee::CallEnd::Returned(results) => CallEnd::Returned(values(results)),
        debuggee::CallEnd::Trap { code } => CallEnd::Trap(trap(*code)),
        debuggee::CallEnd::Exception { payload } => CallEnd::Exception(values(payload)),
        debuggee::CallEnd::Code(code) => CallEnd::Code(*code),
        debuggee::CallEnd::Failed(text) => CallEnd::Failed(text.clone()),
    }
}

fn exit(exit: &debuggee::Exit) -> Exit {
    match exit {
        debuggee::Exit::Returned(results) => Exit::Returned(values(results)),
        debuggee::Exit::Code(code) => Exit::Code(*code),
        debuggee::Exit::Failed(text) => Exit::Failed(text.clone()),
        debuggee::Exit::Killed => Exit::Killed,
    }
}

pub(super) fn values(values: &[debuggee::Value]) -> Vec<Value> {
    values.iter().copied().map(value).collect()
}

pub(super) fn value(value: debuggee::Value) -> Value {
    match value {
        debuggee::Value::I32(value) => Value::I32(value),
        debuggee::Value::I64(value) => Value::I64(value),
        debuggee::Value::F32(bits) => Value::F32(bits),
        debuggee::Value::F64(bits) => Value::F64(bits),
        // The low and the high half. The casts drop the other half on purpose.
        debuggee::Value::V128(value) => Value::V128((value as u64, (value >> 64) as u64)),
        debuggee::Value::Null(kind) => Value::Null(reference_kind(kind)),
        debuggee::Value::Reference(kind, id) => Value::Reference(Reference { kind: reference_kind(kind), id: id.0 }),
        debuggee::Value::Unset(kind) => Value::Unset(reference_kind(kind)),
    }
}

pub(super) fn to_value(value: Value) -> debuggee::Value {
    match value {
        Value::I32(value) => debuggee::Value::I32(value),
        Value::I64(value) => debuggee::Value::I64(value),
        Value::F32(bits) => debuggee::Value::F32(bits),
        Value::F64(bits) => debuggee::Value::F64(bits),
        Value::V128((low, high)) => debuggee::Value::V128(u128::from(high) << 64 | u128::from(low)),
        Value::Null(kind) => debuggee::Value::Null(to_reference_kind(kind)),
        Value::Reference(Reference { kind, id }) => {
            debuggee::Value::Reference(to_reference_kind(kind), debuggee::ReferenceId(id))
        }
        Value::Unset(kind) => debuggee::Value::Unset(to_reference_kind(kind)),
    }
}

/// Converts a value that has to be a reference.
pub(super) fn reference(reference: debuggee::Value) -> Result<Reference, Error> {
    match value(reference) {
        Value::Reference(reference) => Ok(reference),
        _ => Err(Error::HostFailure("a reference was expected".to_owned())),
    }
}

pub(super) fn value_type(ty: debuggee::ValueType) -> ValueType {
    match ty {
        debuggee::ValueType::I32 => ValueType::I32,
        debuggee::ValueType::I64 => ValueType::I64,
        debuggee::ValueType::F32 => ValueType::F32,
        debuggee::ValueType::F64 => ValueType::F64,
        debuggee::ValueType::V128 => ValueType::V128,
        debuggee::ValueType::Reference(debuggee::ReferenceType { kind, nullable, text }) => {
            ValueType::Reference(ReferenceType { kind: reference_kind(kind), nullable, text })
        }
    }
}

pub(super) fn to_value_type(ty: ValueType) -> debuggee::ValueType {
    match ty {
        ValueType::I32 => debuggee::ValueType::I32,
        ValueType::I64 => debuggee::ValueType::I64,
        ValueType::F32 => debuggee::ValueType::F32,
        ValueType::F64 => debuggee::ValueType::F64,
        ValueType::V128 => debuggee::ValueType::V128,
        ValueType::Reference(ReferenceType { kind, nullable, text }) => {
            let kind = to_reference_kind(kind);
            debuggee::ValueType::Reference(debuggee::ReferenceType { kind, nullable, text })
        }
    }
}

fn to_reference_kind(kind: ReferenceKind) -> debuggee::ReferenceKind {
    match kind {
        ReferenceKind::Function => debuggee::ReferenceKind::Function,
        ReferenceKind::External => debuggee::ReferenceKind::External,
        ReferenceKind::Internal => debuggee::ReferenceKind::Internal,
        ReferenceKind::Exception => debuggee::ReferenceKind::Exception,
        ReferenceKind::Continuation => debuggee::ReferenceKind::Continuation,
    }
}

fn reference_kind(kind: debuggee::ReferenceKind) -> ReferenceKind {
    match kind {
        debuggee::ReferenceKind::Function => ReferenceKind::Function,
        debuggee::ReferenceKind::External => ReferenceKind::External,
        debuggee::ReferenceKind::Internal => ReferenceKind::Internal,
        debuggee::ReferenceKind::Exception => ReferenceKind::Exception,
        debuggee::ReferenceKind::Continuation => ReferenceKind::Continuation,
    }
}

fn trap_code(code: wasmtime::Trap) -> TrapCode {
    match code {
        wasmtime::Trap::StackOverflow => TrapCode::StackOverflow,
        wasmtime::Trap::MemoryOutOfBounds => TrapCode::MemoryOutOfBounds,
        wasmtime::Trap::HeapMisaligned => TrapCode::UnalignedAtomic,
        wasmtime::Trap::TableOutOfBounds => TrapCode::TableOutOfBounds,
        wasmtime::Trap::IndirectCallToNull => TrapCode::IndirectCallToNull,
        wasmtime::Trap::BadSignature => TrapCode::BadSignature,
        wasmtime::Trap::IntegerOverflow => TrapCode::IntegerOverflow,
        wasmtime::Trap::IntegerDivisionByZero => TrapCode::DivisionByZero,
        wasmtime::Trap::BadConversionToInteger => TrapCode::BadConversionToInteger,
        wasmtime::Trap::UnreachableCodeReached => TrapCode::Unreachable,
        wasmtime::Trap::Interrupt => TrapCode::Interrupt,
        wasmtime::Trap::OutOfFuel => TrapCode::OutOfFuel,
        wasmtime::Trap::NullReference => TrapCode::NullReference,
        wasmtime::Trap::ArrayOutOfBounds => TrapCode::ArrayOutOfBounds,
        wasmtime::Trap::AllocationTooLarge => TrapCode::AllocationTooLarge,
        wasmtime::Trap::CastFailure => TrapCode::CastFailure,
        _ => TrapCode::Other,
    }
}

pub(super) fn error(error: debuggee::Error) -> Error {
    match error {
        debuggee::Error::Running => Error::Running,
        debuggee::Error::NotExited => Error::Paused,
        debuggee::Error::Exited => Error::Exited,
        debuggee::Error::InHostCall => Error::InHostCall,
        debuggee::Error::StaleFrame => Error::StaleFrame,
        debuggee::Error::NoFrame { n_frames } => Error::NoFrame(n_frames),
        debuggee::Error::NoModule(id) => Error::NoModule(id.0),
        debuggee::Error::NoInstance(id) => Error::NoInstance(id.0),
        debuggee::Error::NoMemory(index) => Error::NoMemory(index),
        debuggee::Error::NoGlobal(index) => Error::NoGlobal(index),
        debuggee::Error::NoTable(index) => Error::NoTable(index),
        debuggee::Error::NoTag(id) => Error::NoTag(id),
        debuggee::Error::NoReference(id) => Error::NoReference(id.0),
        debuggee::Error::StaleReference => Error::StaleReference,
        debuggee::Error::WrongType { expected } => Error::WrongType(expected),
        debuggee::Error::Immutable => Error::Immutable,
        debuggee::Error::CannotGrow(text) => Error::CannotGrow(text),
        debuggee::Error::NotAtException => Error::NotAtException,
        debuggee::Error::NoWatchpoint(id) => Error::NoWatchpoint(id.0),
        debuggee::Error::BadWatchpoint(why) => Error::BadWatchpoint(why.to_owned()),
        debuggee::Error::NoFunction(index) => Error::NoFunction(index),
        debuggee::Error::ArgumentCount { expected } => Error::ArgumentCount(expected),
        debuggee::Error::TooDeep { limit } => Error::TooDeep(limit),
        debuggee::Error::NoBreakpoint(id) => Error::NoBreakpoint(id.0),
        debuggee::Error::NotAnInstruction { before, after, .. } => {
            Error::NotAnInstruction(types::Nearest { before, after })
        }
        debuggee::Error::BadCondition(error) => {
            let offset = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
            let range = error.range();
            Error::BadCondition(types::BadCondition {
                begin: offset(range.start),
                end: offset(range.end),
                message: error.message().to_owned(),
            })
        }
        debuggee::Error::OutOfBounds { size } => Error::OutOfBounds(size),
        debuggee::Error::TooLarge { limit } => Error::TooLarge(limit),
        other => Error::HostFailure(other.to_string()),
    }
}
