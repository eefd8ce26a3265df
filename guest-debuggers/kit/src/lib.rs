//! The Rust kit for debuggers that run as WebAssembly components under Stillpoint.
//!
//! A whole debugger, which prints every function that the program enters and what it was called with:
//!
//! ```no_run
#![doc = include_str!("../examples/calls.rs")]
//! ```
//!
//! Compile it for the target `wasm32-wasip2`, from a library with `crate-type = ["cdylib"]`; the file that comes out
//! is the debugger. It asks for those rights whose functions it calls, and for no others: nothing of this kit that
//! is left unused stays in the file.
//!
//! - [`Debugger`] and [`export!`](crate::export!) make a component of a type.
//! - [`Session`] is the program under debug: [`resume`](Session::resume) it, or loop over its [stops](Session::stops).
//! - [`Code`] knows the program's functions: names, types, and the location where each begins.
//! - [`Session::count_at`] and [tracepoints](Action::Capture) let the host do the work inside the program, which then
//!   does not stop for it; [`Records::iter`] reads what [`Session::drain`] brings.
//! - The session also shows the program's state, [`instances`](Session::instances), [`globals`](Session::globals), what
//!   references refer to ([`object`](Session::object)) and more; and changes it, if the debugger may:
//!   [`write_memory`](Session::write_memory).
//! - [`println!`](crate::println!) and [`print!`](crate::print!) write to the person at the screen, many lines at a time.
//! - [`Options`] reads the arguments that the user gave.
//! - [`bindings`] is the contract itself, for what the kit does not cover; [`Session::debuggee`] is its handle.
//!
//! To wait for the program and for something else at once, [`start`](Session::start) it and poll with [`wasip2`]:
//!
//! ```no_run
#![doc = include_str!("../examples/hurry.rs")]
//! ```
//!
//! The parts that need no host (reading code, showing values, options) also work in a native test.
#![warn(missing_docs)]

pub mod bindings;
mod code;
mod error;
mod export;
mod options;
mod output;
mod records;
mod session;
mod short_name;
mod state;
mod stop;
mod value;

pub use bindings::stillpoint::debugger::breakpoints::{
    Action, Breakpoint, BreakpointSpec, CaptureSpec, Change, MemoryRange, Recording, Records, WhenFull,
};
pub use bindings::stillpoint::debugger::execution::{Captures, Debuggee, How, Running, State};
pub use bindings::stillpoint::debugger::inspection::{
    ArrayObject, ComponentFunction, ComponentInstance, CoreInstance, Counts, Definition, Entity, EntityKind,
    ExceptionObject, Export, Found, Function as FunctionInfo, Global, Import, Instance, Memory, Module, Object, Source,
    StorageType, Table, Tag,
};
pub use bindings::stillpoint::debugger::types::{
    Accesses, BadCondition, BreakpointId, CallEnd, Captured, ConditionFailure, Error as HostError, Exit, Frame,
    FrameId, InstanceId, Location, ModuleId, Nearest, Reference, ReferenceId, ReferenceKind, ReferenceType, Stop,
    StopReason, TagId, Thrown, Trap, TrapCode, Value, ValueType, WatchHit, WatchStop, WatchpointId,
};
pub use bindings::stillpoint::debugger::watchpoints::{
    WatchChange, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory, Watchpoint,
};
pub use code::{Code, Function, ImportedFunction, ModuleCode, Section, Signature};
pub use error::{Error, Result};
pub use export::Debugger;
pub use options::Options;
pub use output::{flush, write};
pub use records::{PackedValues, Record, RecordIter};
pub use session::{FunctionBreakpoints, Session, Stops};
pub use short_name::ShortName;
pub use value::Values;
pub use wasip2;
pub use wasmparser;

#[doc(hidden)]
pub use export::run;
