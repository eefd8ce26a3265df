//! The Rust kit for debuggers that run as WebAssembly components under Stillpoint.
//!
//! A whole debugger, which prints every function that the program enters, with its arguments:
//!
//! ```no_run
#![doc = include_str!("../examples/calls.rs")]
//! ```
//!
//! # How to write a debugger
//!
//! **1. Make a component.** Start a library with `crate-type = ["cdylib"]`, implement [`Debugger`]
//! for a type of your own, export it with [`export!`](crate::export!), and compile for the target
//! `wasm32-wasip2`. The `.wasm` file that comes out is the debugger:
//! `stillpoint run --debugger mine.wasm program.wasm`.
//!
//! **2. Say where to stop.** [`Debugger::run`] gets a [`Session`], the program under debug, paused
//! before its first instruction. [`Session::code`] reads the program's functions: their names,
//! types and first instructions, and [`Session::entry_point`] tells which of them the host calls
//! first. Set breakpoints at functions with [`Session::break_at`], at any
//! instruction and with conditions with [`Session::add_breakpoints`], and watchpoints on memory and
//! globals with [`Session::add_watchpoint`].
//!
//! **3. Run the program.** [`Session::resume`] runs it to its next [`Stop`], and [`Session::stops`]
//! is a loop over all of them to the program's end. [`How`] says how far to run: to the next
//! breakpoint, one instruction, over a call, out of a function, or to one location.
//!
//! **4. Look at the stop.** [`Stop::reason`] says why the program stopped and
//! [`Code::function_at`] where. The session reads the rest: [arguments](Session::arguments),
//! [locals](Session::locals), [memories](Session::read_memory), [globals](Session::globals),
//! [instances](Session::instances), and the objects that references
//! [refer to](Session::dereference). If the user has granted the right *modify*, it also changes
//! the program's state, as in [`Session::write_memory`], and [calls](Session::call) functions.
//!
//! **5. Print.** [`println!`](crate::println!) and [`print!`](crate::print!) write text for the
//! user, many lines at a time. Values, stop reasons and most other data of the contract implement
//! `Display`; [`ShortName`] shortens long function names. [`OptionParser`] reads the arguments that
//! the user gave to the debugger.
//!
//! **6. Make it fast.** A stop costs a switch between the host and the debugger, and most
//! debuggers can do without most of theirs: conditions and hit rules of a [`BreakpointSpec`] are
//! evaluated in the host, [`Session::count_at`] counts without stopping, and a
//! [tracepoint](Action::Capture) records state without stopping, to be fetched later with
//! [`Session::drain`] and read with [`Records::iter`]. [`Session::set_captures`] makes every stop
//! bring locals, operands or frames along.
//!
//! # Rights
//!
//! A debugger's imports are its request for rights, and code of this kit that is not called leaves
//! no import behind. A debugger that calls nothing of `modification` or `calls` therefore needs no
//! right *modify*.
//!
//! # Errors
//!
//! Functions of the session list the [cases](HostError) that they can return, by the contract's
//! names. Two of them say that the program is in the wrong state for the call:
//!
//! - `running`: the program was [started](Session::start) in the background, and the run was not
//!   [finished](Session::finish) yet. The program may well have stopped in the meantime; until
//!   `finish` or [`resume`](Session::resume) has taken the stop, only
//!   [`interrupt`](Session::interrupt) and [`terminate`](Session::terminate) work. A debugger that
//!   uses nothing but [`resume`](Session::resume) and [`stops`](Session::stops) never gets it.
//! - `exited`: the program has ended, by itself or through `terminate`; there is nothing left to
//!   run, read or change. [Modules](Session::modules), their [code](Session::bytecode),
//!   [breakpoints](Session::breakpoints) with their counters, and [records](Session::drain) can
//!   still be read. After [`detach`](Session::detach) every function answers `exited`.
//!
//! All other cases say that something which the call names is not there, is of another type, or
//! belongs to an earlier stop. None of them harms the program or the session. [`Error`] implements
//! `std::error::Error`, so `?` hands it on from [`Debugger::run`], and the host shows it to the
//! user.
//!
//! # Beyond the kit
//!
//! [`bindings`] is the contract itself, for what the kit does not cover; [`Session::debuggee`] is
//! the handle that its functions take.
//!
//! To wait for the program and for something else at once, [`start`](Session::start) it and poll
//! with [`wasip2`]:
//!
//! ```no_run
#![doc = include_str!("../examples/hurry.rs")]
//! ```
//!
//! The parts that need no host (reading code, showing values, parsing options) also work in native
//! unit tests.
#![warn(missing_docs)]

pub mod bindings;
mod code;
mod error;
mod exceptions;
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
    EntryFunction, ExceptionObject, Export, Found, Function as FunctionInfo, Global, Import, Instance, Memory, Module,
    Object, Source, StorageType, Table, Tag,
};
pub use bindings::stillpoint::debugger::types::{
    Accesses, BadCondition, BreakpointId, CallEnd, Captured, ConditionFailure, Error as HostError, Exit, Frame,
    FrameId, InstanceId, Location, ModuleId, Nearest, Reference, ReferenceId, ReferenceKind, ReferenceType, Stop,
    StopReason, TagId, Thrown, Trap, TrapCode, Value, ValueType, WatchHit, WatchStop, WatchpointId,
};
pub use bindings::stillpoint::debugger::watchpoints::{
    WatchChange, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory, Watchpoint,
};
pub use code::{Code, Function, ImportedFunction, Label, ModuleCode, Section, Signature};
pub use error::{Error, Result};
pub use export::Debugger;
pub use options::OptionParser;
pub use output::{flush, write};
pub use records::{PackedValues, Record, RecordIter};
pub use session::{FunctionBreakpoints, Session, Stops};
pub use short_name::ShortName;
pub use value::Values;
pub use wasip2;
pub use wasmparser;

#[doc(hidden)]
pub use export::run;
