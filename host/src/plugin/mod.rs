//! Debugger components: each is read, checked, linked, limited, run, and taken off its program
//! again.
//!
//! The stages of a debugger:
//!
//! ```text
//! bytes ── DebuggerFile::read ──> DebuggerFile ── compile, link ──> Plugin ── debug ──> session
//!                                      │                           │
//!                             Grants ──┘      Limits, OnFailure ───┘
//! ```
//!
//! [`Plugin::load`] refuses everything that can be refused, before any code of the debugger runs.
//!
//! Invariant: whatever a debugger does, its program comes back: [`Plugin::run`] lets it go on to
//! its end, or ends it if that was asked for ([`OnFailure::Kill`]).
//!
//! ```
//! use std::time::Duration;
//! use stillpoint::debuggee::Exit;
//! use stillpoint::plugin::{BuiltIn, Engine, Grants, Limits, OnFailure, Output, Plugin, Problem};
//! # use stillpoint::debuggee::Debuggee;
//! # use wasmtime::{Config, Linker, Module, Store};
//!
//! # fn guest() -> anyhow::Result<Debuggee<(), ()>> {
//! #     let mut config = Config::new();
//! #     let engine = wasmtime::Engine::new(config.guest_debug(true).epoch_interruption(true))?;
//! #     let module = Module::new(&engine, r#"(module (func (export "main") nop))"#)?;
//! #     let mut store = Store::new(&engine, ());
//! #     store.debug_register_module(&module)?;
//! #     Ok(Debuggee::new(store, move |store| {
//! #         Box::pin(async move {
//! #             let linker = Linker::new(store.engine());
//! #             let instance = linker.instantiate_async(&mut *store, &module).await?;
//! #             let main = instance.get_typed_func::<(), ()>(&mut *store, "main")?;
//! #             main.call_async(store, ()).await
//! #         })
//! #     })?)
//! # }
//! # fn main() -> anyhow::Result<()> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! // Any component's bytes do; this one is part of the crate.
//! let bytes = BuiltIn::find("trace").expect("trace is built in").component;
//! let engine = Engine::new(None)?;
//!
//! // A debugger asks for rights by its imports. Without them it is refused before it runs.
//! let none = Grants { control: false, inspect: false, messages: false, ..Grants::default() };
//! let refused = Plugin::load(&engine, "trace", bytes, none).expect_err("it needs rights");
//! assert!(matches!(refused.problem, Problem::NotGranted { .. }));
//!
//! // A function that returns a `Debuggee`, as on the front page of the crate.
//! let debuggee = guest()?;
//! let plugin = Plugin::load(&engine, "trace", bytes, Grants::default())?
//!     .with_limits(Limits { computing: Duration::from_secs(5), ..Limits::default() })
//!     .with_on_failure(OnFailure::Kill);
//! let output = Output::new(std::io::stderr());
//! let (debugger, session) = plugin.debug(Box::new(debuggee), &[], output).await;
//! // The debugger has ended, and the program is ours again.
//! debugger?;
//! assert_eq!(session?.finish().await?, Exit::Returned(vec![]));
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

mod about;
mod builtin;
mod engine;
mod error;
mod failure;
pub mod file;
mod grants;
mod limits;
mod load;
mod run;
mod ticker;
mod wasi;

pub use crate::world::Output;
pub use about::About;
pub use builtin::{BUILT_IN, BuiltIn};
pub use engine::Engine;
pub use error::{LoadError, Problem};
pub use failure::DebuggerFailure;
pub use file::Right;
pub use grants::Grants;
pub use limits::{LimitReached, Limits};
pub use load::Plugin;
pub use run::{OnFailure, Outcome};
pub use ticker::Ticker;
