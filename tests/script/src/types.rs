//! The contract's types as arguments: records as their fields, cases by their names.
//!
//! Invariant: a name is that of the contract. What may be left out stands at the end.

use crate::notation::{Argument, Arguments, Result, call, words};
use stillpoint_kit::bindings::stillpoint::debugger::calls::Callee;
use stillpoint_kit::{
    Accesses, BreakpointOption, BreakpointSpec, FrameId, HostError, How, Location, MemoryRange, RecordCapture,
    RecordingOption, Reference, ReferenceKind, ReferenceType, StopCapture, Value, ValueType, WatchOption, WatchSpec,
    WatchTarget, WatchedGlobal, WatchedMemory, WhenFull,
};

/// Implements [`Argument`] for what is written as a name with arguments.
macro_rules! cases {
    ($($(#[$about:meta])* $ty:ty: |$a:ident| { $($name:literal => $value:expr,)* })*) => {
        $($(#[$about])* impl Argument for $ty {
            fn read(text: &str) -> Option<Self> {
                let (name, mut arguments) = call(text);
                let $a = &mut arguments;
                let value = match name {
                    $($name => $value,)*
                    _ => return None,
                };
                $a.end().ok()?;
                Some(value)
            }
        })*
    };
}

cases! {
    How: |a| {
        "continue" => How::Continue,
        "step-instruction" => How::StepInstruction,
        "step-over" => How::StepOver,
        "step-out" => How::StepOut,
        "run-to" => How::RunTo(location(a)?),
        "record" => How::Record,
    }

    StopCapture: |a| {
        "locals" => StopCapture::Locals,
        "operands" => StopCapture::Operands,
        "frames" => StopCapture::Frames(a.next().ok()?),
    }

    /// `at(module, pc)` and the options, such as `at(0, 33, one-shot, condition(hits == 2))`.
    BreakpointSpec: |a| {
        "at" => BreakpointSpec { location: location(a)?, options: a.rest().ok()? },
    }

    BreakpointOption: |a| {
        "condition" => BreakpointOption::Condition(a.next().ok()?),
        "ignore" => BreakpointOption::Ignore(a.next().ok()?),
        "every" => BreakpointOption::Every(a.next().ok()?),
        "one-shot" => BreakpointOption::OneShot,
        "count" => BreakpointOption::Count,
        "capture" => BreakpointOption::Capture(a.rest().ok()?),
    }

    RecordCapture: |a| {
        "locals" => RecordCapture::Locals,
        "operands" => RecordCapture::Operands,
        "memory" => RecordCapture::Memory(MemoryRange {
            memory: a.next().ok()?,
            address: a.next().ok()?,
            length: a.next().ok()?,
        }),
    }

    RecordingOption: |a| {
        "capacity" => RecordingOption::Capacity(a.next().ok()?),
        "when-full" => RecordingOption::WhenFull(a.next().ok()?),
        "steps" => RecordingOption::Steps(a.rest().ok()?),
    }

    WhenFull: |a| {
        "stop" => WhenFull::Stop,
        "drop" => WhenFull::Drop,
    }

    /// The target, the kinds as a list, and the options: `memory(1, 0, 16, 4, [read, write],
    /// on-change)`, `global(1, 0, [read])`.
    WatchSpec: |a| {
        "memory" => {
            let (instance, memory, address, length) =
                (a.next().ok()?, a.next().ok()?, a.next().ok()?, a.next().ok()?);
            watch(WatchTarget::Memory(WatchedMemory { instance, memory, address, length }), a)?
        },
        "global" => {
            let (instance, global) = (a.next().ok()?, a.next().ok()?);
            watch(WatchTarget::Global(WatchedGlobal { instance, global }), a)?
        },
    }

    WatchOption: |a| {
        "on-change" => WatchOption::OnChange,
        "ignore" => WatchOption::Ignore(a.next().ok()?),
        "every" => WatchOption::Every(a.next().ok()?),
        "one-shot" => WatchOption::OneShot,
    }

    Accesses: |a| {
        "read" => Accesses::READ,
        "write" => Accesses::WRITE,
        "host" => Accesses::HOST,
    }

    /// `i32(5)`, `v128(1, 2)`, `null(funcref)`, `reference(anyref, 7)`, `reference(contref, none)`.
    Value: |a| {
        "i32" => Value::I32(a.next().ok()?),
        "i64" => Value::I64(a.next().ok()?),
        "f32" => Value::F32(a.next().ok()?),
        "f64" => Value::F64(a.next().ok()?),
        "v128" => Value::V128((a.next().ok()?, a.next().ok()?)),
        "null" => Value::Null(a.next().ok()?),
        "reference" => Value::Reference(Reference { kind: a.next().ok()?, id: a.next().ok()? }),
        "unset" => Value::Unset(a.next().ok()?),
        "other" => Value::Other(a.next().ok()?),
    }

    /// `i32`, `reference(funcref)` for the nullable one.
    ValueType: |a| {
        "i32" => ValueType::I32,
        "i64" => ValueType::I64,
        "f32" => ValueType::F32,
        "f64" => ValueType::F64,
        "v128" => ValueType::V128,
        "reference" => {
            let kind: ReferenceKind = a.next().ok()?;
            ValueType::Reference(ReferenceType { kind, nullable: true, text: words(&kind) })
        },
        "other" => ValueType::Other(a.next().ok()?),
    }

    /// Those that a debugger has a reason to end with.
    HostError: |a| {
        "running" => HostError::Running,
        "exited" => HostError::Exited,
        "detached" => HostError::Detached,
        "in-host-call" => HostError::InHostCall,
        "no-module" => HostError::NoModule(a.next().ok()?),
        "no-breakpoint" => HostError::NoBreakpoint(a.next().ok()?),
        "wrong-type" => HostError::WrongType(a.next().ok()?),
        "host-failure" => HostError::HostFailure(a.next().ok()?),
        "other" => HostError::Other(a.next().ok()?),
    }
}

impl Argument for ReferenceKind {
    fn read(text: &str) -> Option<Self> {
        use ReferenceKind::{Anyref, Contref, Exnref, Externref, Funcref, Other};
        [Funcref, Externref, Anyref, Exnref, Contref, Other].into_iter().find(|kind| words(kind) == text)
    }
}

fn location(arguments: &mut Arguments<'_>) -> Option<Location> {
    Some(Location { module: arguments.next().ok()?, pc: arguments.next().ok()? })
}

fn watch(target: WatchTarget, arguments: &mut Arguments<'_>) -> Option<WatchSpec> {
    let kinds = arguments.next::<Vec<Accesses>>().ok()?.into_iter().collect();
    Some(WatchSpec { target, kinds, options: arguments.rest().ok()? })
}

/// A record that is an argument of its own: its fields, one after the other.
pub(crate) fn callee(arguments: &mut Arguments<'_>) -> Result<Callee> {
    Ok(Callee { instance: arguments.next()?, function: arguments.next()? })
}

pub(crate) fn frame(arguments: &mut Arguments<'_>) -> Result<FrameId> {
    Ok(FrameId { stop: arguments.next()?, index: arguments.next()? })
}
