//! Conversions between the contract's `common` and the debuggee's. `x` makes an `x` of the contract,
//! `to_x` makes one of the debuggee.
//!
//! Invariant: nothing is lost. What the contract has no case for arrives as text.

use super::interfaces::common::{
    self, Accessed, CallEnd, Captured, Error, Exit, Frame, FrameId, Location, MemoryAccess, Reference, ReferenceKind,
    ReferenceType, Stop, StopReason, TrapCode, Value, ValueType,
};
use super::interfaces::execution;
use crate::debuggee;

impl common::Host for super::World {}

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
    reused.frame = stop.frame.map(frame);
    reused.captured = captured(&stop.captured);
}

impl Default for Stop {
    fn default() -> Stop {
        Stop { number: 0, reason: StopReason::Entry, frame: None, captured: None }
    }
}

/// What was asked for, and nothing else.
fn captured(captured: &debuggee::Captured) -> Option<Captured> {
    let debuggee::Captured { asked, frames, locals, operands } = captured;
    let debuggee::Captures { locals: wants_locals, operands: wants_operands, n_frames } = *asked;
    if !wants_locals && !wants_operands && n_frames == 0 {
        return None;
    }
    Some(Captured {
        frames: (n_frames > 0).then(|| frames.iter().copied().map(frame).collect()),
        locals: wants_locals.then(|| values(locals)),
        operands: wants_operands.then(|| values(operands)),
    })
}

fn reason(reason: &debuggee::StopReason) -> StopReason {
    match reason {
        debuggee::StopReason::Entry => StopReason::Entry,
        debuggee::StopReason::Breakpoint(ids) => StopReason::Breakpoint(ids.iter().map(|id| id.0).collect()),
        debuggee::StopReason::ConditionFailed { breakpoint, message } => {
            StopReason::ConditionFailed(condition_failure(*breakpoint, message))
        }
        debuggee::StopReason::Watchpoint { hits, breakpoints, failed } => StopReason::Watchpoint(common::WatchStop {
            hits: hits.iter().map(watch_hit).collect(),
            breakpoints: breakpoints.iter().map(|id| id.0).collect(),
            condition_failed: failed.as_ref().map(|(breakpoint, message)| condition_failure(*breakpoint, message)),
        }),
        debuggee::StopReason::Step => StopReason::Step,
        debuggee::StopReason::Trap { code } => StopReason::Trap(trap(*code)),
        debuggee::StopReason::HostError(text) => StopReason::HostError(text.clone()),
        debuggee::StopReason::Exception { caught, payload } => {
            StopReason::Exception(common::Thrown { caught: *caught, payload: values(payload) })
        }
        debuggee::StopReason::Interrupt => StopReason::Interrupt,
        debuggee::StopReason::RecordsFull => StopReason::RecordsFull,
        debuggee::StopReason::CallFinished(end) => StopReason::CallFinished(call_end(end)),
        debuggee::StopReason::Exited(how) => StopReason::Exited(exit(how)),
        // None is left; `tests/tests/structure` sees to it, because the compiler does not between
        // crates.
        other => StopReason::Other(format!("{other:?}")),
    }
}

fn condition_failure(breakpoint: debuggee::BreakpointId, message: &str) -> common::ConditionFailure {
    common::ConditionFailure { breakpoint: breakpoint.0, message: message.to_owned() }
}

fn trap(code: wasmtime::Trap) -> common::Trap {
    common::Trap { code: trap_code(code), message: code.to_string() }
}

fn watch_hit(hit: &debuggee::WatchHit) -> common::WatchHit {
    common::WatchHit {
        watchpoint: hit.id.0,
        kinds: accesses(hit.access),
        instruction: hit.by.map(location),
        accessed: match hit.is_global {
            true => Accessed::Global,
            false => Accessed::Memory(MemoryAccess { address: hit.address, size: hit.size, watched: hit.begin }),
        },
        before: hit.old.clone(),
        after: hit.new.clone(),
    }
}

pub(super) fn accesses(accesses: debuggee::Accesses) -> common::Accesses {
    let debuggee::Accesses { read, write, host } = accesses;
    let flag = |is_set: bool, flag: common::Accesses| if is_set { flag } else { common::Accesses::empty() };
    flag(read, common::Accesses::READ) | flag(write, common::Accesses::WRITE) | flag(host, common::Accesses::HOST)
}

pub(super) fn to_accesses(accesses: common::Accesses) -> debuggee::Accesses {
    debuggee::Accesses {
        read: accesses.contains(common::Accesses::READ),
        write: accesses.contains(common::Accesses::WRITE),
        host: accesses.contains(common::Accesses::HOST),
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
        debuggee::Value::Reference(kind, id) => {
            Value::Reference(Reference { kind: reference_kind(kind), id: reference_id(id) })
        }
        debuggee::Value::Unset(kind) => Value::Unset(reference_kind(kind)),
    }
}

/// The id of a reference that can be followed.
fn reference_id(id: debuggee::ReferenceId) -> Option<u64> {
    Some(id.0).filter(|_| id != debuggee::ReferenceId::NONE)
}

/// # Errors
/// [`debuggee::Error::WrongType`] for a value that this version has no case for.
pub(super) fn to_value(value: Value) -> Result<debuggee::Value, debuggee::Error> {
    Ok(match value {
        Value::I32(value) => debuggee::Value::I32(value),
        Value::I64(value) => debuggee::Value::I64(value),
        Value::F32(bits) => debuggee::Value::F32(bits),
        Value::F64(bits) => debuggee::Value::F64(bits),
        Value::V128((low, high)) => debuggee::Value::V128(u128::from(high) << 64 | u128::from(low)),
        Value::Null(kind) => debuggee::Value::Null(to_reference_kind(kind)?),
        Value::Reference(Reference { kind, id }) => {
            let id = id.map_or(debuggee::ReferenceId::NONE, debuggee::ReferenceId);
            debuggee::Value::Reference(to_reference_kind(kind)?, id)
        }
        Value::Unset(kind) => debuggee::Value::Unset(to_reference_kind(kind)?),
        Value::Other(_) => return Err(unknown("value")),
    })
}

/// # Errors
/// As [`to_value`].
pub(super) fn to_values(values: Vec<Value>) -> Result<Vec<debuggee::Value>, debuggee::Error> {
    values.into_iter().map(to_value).collect()
}

/// The answer to an argument that is `other`.
fn unknown(what: &str) -> debuggee::Error {
    debuggee::Error::WrongType { expected: format!("a {what} that this version of the contract has a case for") }
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

/// # Errors
/// [`debuggee::Error::WrongType`] for a type that this version has no case for.
pub(super) fn to_value_type(ty: ValueType) -> Result<debuggee::ValueType, debuggee::Error> {
    Ok(match ty {
        ValueType::I32 => debuggee::ValueType::I32,
        ValueType::I64 => debuggee::ValueType::I64,
        ValueType::F32 => debuggee::ValueType::F32,
        ValueType::F64 => debuggee::ValueType::F64,
        ValueType::V128 => debuggee::ValueType::V128,
        ValueType::Reference(ReferenceType { kind, nullable, text }) => {
            let kind = to_reference_kind(kind)?;
            debuggee::ValueType::Reference(debuggee::ReferenceType { kind, nullable, text })
        }
        ValueType::Other(_) => return Err(unknown("type")),
    })
}

fn to_reference_kind(kind: ReferenceKind) -> Result<debuggee::ReferenceKind, debuggee::Error> {
    Ok(match kind {
        ReferenceKind::Funcref => debuggee::ReferenceKind::Function,
        ReferenceKind::Externref => debuggee::ReferenceKind::External,
        ReferenceKind::Anyref => debuggee::ReferenceKind::Internal,
        ReferenceKind::Exnref => debuggee::ReferenceKind::Exception,
        ReferenceKind::Contref => debuggee::ReferenceKind::Continuation,
        ReferenceKind::Other => return Err(unknown("kind of reference")),
    })
}

fn reference_kind(kind: debuggee::ReferenceKind) -> ReferenceKind {
    match kind {
        debuggee::ReferenceKind::Function => ReferenceKind::Funcref,
        debuggee::ReferenceKind::External => ReferenceKind::Externref,
        debuggee::ReferenceKind::Internal => ReferenceKind::Anyref,
        debuggee::ReferenceKind::Exception => ReferenceKind::Exnref,
        debuggee::ReferenceKind::Continuation => ReferenceKind::Contref,
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
        debuggee::Error::NoReference(id) => Error::NoReference(reference_id(id)),
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
            Error::NotAnInstruction(common::Nearest { before, after })
        }
        debuggee::Error::BadCondition(error) => {
            let offset = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
            let range = error.range();
            Error::BadCondition(common::BadCondition {
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

/// A number of a hit rule, unless it is the one that a plain breakpoint or watchpoint has.
pub(super) fn hit_rule(number: u64, plain: u64) -> Option<u32> {
    Some(u32::try_from(number).unwrap_or(u32::MAX)).filter(|_| number != plain)
}
