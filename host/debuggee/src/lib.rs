//! The pausable store: a Wasmtime store whose program runs, stops at debug events, can be inspected, and goes on.
//!
//! Useful alone: [`Debuggee`] is the whole foundation of a native debugger. This crate knows no WIT and no WASI, and it is the
//! only code that touches the store of a program under debug; everything above it uses [`Session`] and [`View`], which speak
//! plain data.
//!
//! ```
//! use stillpoint_debuggee::{Debuggee, Exit, How, StopReason};
//! use wasmtime::{Config, Engine, Linker, Module, Store};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let engine = Engine::new(Config::new().guest_debug(true).epoch_interruption(true))?;
//! let module = Module::new(&engine, r#"(module (func (export "main") nop))"#)?;
//! let mut store = Store::new(&engine, ());
//! store.debug_register_module(&module)?;
//!
//! let mut debuggee = Debuggee::new(store, move |store| {
//!     Box::pin(async move {
//!         let instance = Linker::new(store.engine()).instantiate_async(&mut *store, &module).await?;
//!         instance.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(store, ()).await
//!     })
//! })?;
//!
//! let stop = debuggee.resume(How::StepInstruction).await?;
//! assert_eq!(stop.reason, StopReason::Step);
//! assert_eq!(debuggee.finish().await?, Exit::Returned(vec![]));
//! # Ok(()) })
//! # }
//! ```

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod breakpoints;
mod code;
pub mod condition;
mod controller;
mod costs;
mod entities;
mod error;
mod exceptions;
mod flow;
mod frames;
mod handler;
mod inject;
mod modules;
mod paused;
mod place;
mod points;
mod reach;
mod reading;
mod recorder;
mod session;
mod shared;
mod site;
mod startup;
mod state;
mod stepper;
mod stop;
mod value;
mod view;
mod waiting;
mod watch;

pub use breakpoints::{Action, Breakpoint, BreakpointSpec, Change};
pub use condition::{Condition, ConditionError};
pub use controller::{BodyFuture, Debuggee};
#[doc(hidden)]
pub use costs::StepCosts;
pub use error::Error;
pub use inject::{Call, CallEnd, MAX_CALL_DEPTH};
pub use paused::Paused;
pub use recorder::{CaptureSpec, Drained, MAX_CAPACITY, MAX_RANGE, MAX_RANGES, MemoryRange, Recording, WhenFull};
pub use session::{Query, Session};
pub use shared::{ExitCodes, Interrupter};
pub use state::{
    ComponentFunction, ComponentInstance, CoreInstanceInfo, Counts, Definition, Entity, EntityKind, Export, Found,
    Function, FunctionType, Global, Import, InstanceInfo, MAX_COMPONENT_INSTANCES, MAX_MADE_TAGS, MAX_PATTERN,
    MAX_REFERENCES, MAX_SEARCH, MemoryInfo, Modify, Object, ReferenceType, Source, StorageType, TableInfo, TagId,
    TagInfo, ValueType,
};
pub use stop::{
    BreakpointId, Captured, Captures, Exit, FrameId, How, InstanceId, Location, MAX_CAPTURED_FRAMES, ModuleId, State,
    Stop, StopReason,
};
pub use value::{ReferenceId, ReferenceKind, Value};
pub use view::{Frame, ModuleInfo, View};
pub use watch::{
    Accesses, MAX_HOST_WATCHED, MAX_SHOWN, MAX_WATCHPOINTS, WatchChange, WatchHit, WatchSpec, WatchTarget, Watchpoint,
    WatchpointId,
};
