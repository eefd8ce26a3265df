//! The Rust kit for debuggers: a contract's functions as an author wants to call them.
//!
//! `session`, `breakpoints`, `frames`, `records` and `state` are the parts of [`Session`], `code`
//! has the program's functions, and `contract` is what all of them are built on. Invariant: code of
//! the kit that a debugger does not call leaves no import in its component, and so asks for no
//! right.
//!
#![doc = include_str!("../README.md")]
//!
//! # The state of the program
//!
//! Four errors say that the program is in the wrong state for a call:
//!
//! - `running`: the program was [started](Session::start) in the background, and the run was not
//!   [finished](Session::finish) yet. The program may well have stopped in the meantime; until
//!   `finish` or [`resume`](Session::resume) has taken the stop, only
//!   [`interrupt`](Session::interrupt) and [`terminate`](Session::terminate) work. A debugger that
//!   uses nothing but [`resume`](Session::resume) and [`stops`](Session::stops) never gets it.
//! - `exited`: the program has ended, by itself or through `terminate`; there is nothing left to
//!   run, read or change. [Modules](Session::modules), their functions and their
//!   [bytes](Session::bytecode), [breakpoints](Session::breakpoints) with their counters, and
//!   [records](Session::drain) can still be read.
//! - `detached`: this debugger has given the program up, with [`detach`](Session::detach).
//! - `in-host-call`: the program was [interrupted](Session::interrupt) while it waits in a call of
//!   the host, which has its state until it returns. Frames, modules and functions can be read.
//!   Nothing else that reads or changes the program works there; only a debugger that interrupts
//!   gets it.
//!
//! All other cases say that something which the call names is not there, is of another type, or
//! belongs to an earlier stop. None of them harms the program or the session.
#![warn(missing_docs)]

#[doc(hidden)]
pub mod about;
pub mod bindings;
mod breakpoints;
mod code;
mod contract;
mod error;
mod exceptions;
mod export;
#[cfg(not(target_family = "wasm"))]
pub mod fake;
mod frames;
pub mod host;
mod options;
mod output;
mod pages;
mod records;
mod session;
mod short_name;
mod state;
mod stop;
mod value;

pub use bindings::stillpoint::debugger::background::Running;
pub use bindings::stillpoint::debugger::breakpoints::{
    Breakpoint, BreakpointOption, BreakpointSpec, MemoryRange, RecordCapture,
};
pub use bindings::stillpoint::debugger::common::{
    Accessed, Accesses, BadCondition, BreakpointId, CallEnd, Captured, ConditionFailure, Error as HostError, Exit,
    Frame, FrameId, InstanceId, Location, MemoryAccess, ModuleId, Nearest, Reference, ReferenceId, ReferenceKind,
    ReferenceType, Stop, StopReason, TagId, Thrown, Trap, TrapCode, Value, ValueType, WatchHit, WatchStop,
    WatchpointId,
};
pub use bindings::stillpoint::debugger::execution::{How, StopCapture};
pub use bindings::stillpoint::debugger::inspection::{
    ArrayObject, ComponentFunction, ComponentInstance, CoreInstance, Counts, Definition, Entity, EntityKind,
    EntryFunction, ExceptionObject, Export, Function as FunctionInfo, FunctionBody, Global, Import, ImportName,
    Instance, Memory, Module, Object, Source, StorageType, Table, Tag,
};
pub use bindings::stillpoint::debugger::program::{Debuggee, Launch, State};
pub use bindings::stillpoint::debugger::recording::{
    PackedRecords, RecordingOption, TraceRecord, TraceRecords, WhenFull,
};
pub use bindings::stillpoint::debugger::watchpoints::{
    WatchOption, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory, Watchpoint,
};
pub use breakpoints::{Answers, FunctionBreakpoints};
pub use code::{Code, Function, ImportedFunction, Label, ModuleCode, Section, Signature};
pub use error::{Error, Result};
pub use export::Debugger;
pub use frames::{Backtrace, LiveFrame};
pub use options::{Argument, OptionParser};
pub use output::{flush, write};
pub use records::{PackedValues, Record, RecordIter};
pub use session::{Session, Stops};
pub use short_name::ShortName;
pub use value::Values;
pub use wasip2;

#[doc(hidden)]
pub use export::run;

#[cfg(test)]
mod tests {
    /// What a reader of the one copies is what the tests run as the other.
    #[test]
    fn the_first_debugger_is_the_example() {
        assert!(include_str!("../README.md").contains(include_str!("../examples/calls.rs")));
    }
}
