//! The pausable store: a Wasmtime store whose program runs, stops at debug events, can be
//! inspected, and goes on.
//!
//! It is useful alone: [`Debuggee`] is the whole foundation of a native debugger. This crate knows
//! no WIT and no WASI, and it is the only code that touches the store of a program under debug.
//! Everything above it uses [`Session`] and [`View`], which speak plain data.
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

mod binary;
pub mod condition;
mod engine;
mod inspect;
mod modify;
mod plain;
mod run;
mod stops;

pub use binary::{ProgramOffsets, with_nullable_locals};
pub use condition::{Condition, ConditionError};
pub use engine::Paused;
pub use plain::*;
pub use run::{BodyFuture, BodyStore, Debuggee, ExitCodes, Interrupter, Query, Session};
#[doc(hidden)]
pub use stops::StepCosts;
