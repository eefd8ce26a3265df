//! Stillpoint runs a WebAssembly program under a debugger that is itself a WebAssembly component.
//!
//! The crate can be used in three ways, each on top of the one before.
//!
//! # A debugger in Rust: [`debuggee`]
//!
//! The pausable store makes a [`Debuggee`](debuggee::Debuggee) of a Wasmtime store and of whatever
//! runs on it. The debuggee stops at debug events, can be inspected and changed, and goes on:
//!
//! ```
//! use stillpoint::debuggee::{Debuggee, FrameId, How, StopReason, Value, View};
//! use wasmtime::{Config, Engine, Linker, Module, Store};
//!
//! # fn main() -> anyhow::Result<()> {
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let engine = Engine::new(Config::new().guest_debug(true).epoch_interruption(true))?;
//! let text = r#"(module (func (export "double") (param i32) (result i32)
//!     (i32.mul (local.get 0) (i32.const 2))))"#;
//! let module = Module::new(&engine, text)?;
//! let mut store = Store::new(&engine, ());
//! // Known before it runs, so that it can get breakpoints.
//! store.debug_register_module(&module)?;
//!
//! let mut debuggee = Debuggee::new(store, move |store| {
//!     Box::pin(async move {
//!         let linker = Linker::new(store.engine());
//!         let instance = linker.instantiate_async(&mut *store, &module).await?;
//!         let double = instance.get_typed_func::<i32, i32>(&mut *store, "double")?;
//!         double.call_async(store, 21).await
//!     })
//! })?;
//!
//! let stop = debuggee.resume(How::StepInstruction).await?;
//! assert_eq!(stop.reason, StopReason::Step);
//! let frame = FrameId { stop: stop.number, index: 0 };
//! let locals = debuggee.query(move |paused| paused.locals(frame)).await??;
//! assert_eq!(locals, [Value::I32(21)]);
//!
//! debuggee.finish().await?;
//! let (_store, result) = debuggee.take_store()?;
//! assert_eq!(result?, 42);
//! # Ok(()) })
//! # }
//! ```
//!
//! # A debugger that is a component: [`plugin`]
//!
//! A [`Plugin`](plugin::Plugin) is a debugger component, checked and compiled. It debugs any
//! debuggee, and so any store of yours. It has only the rights that it is granted, it cannot use
//! more than its limits, and the program gets to its end whatever the debugger does:
//!
//! ```
//! use stillpoint::debuggee::{Debuggee, Exit};
//! use stillpoint::plugin::{BuiltIn, Engine, Grants, Output, Plugin};
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
//! // One of the crate's own debuggers; the bytes of a debugger component of yours do as well.
//! let count = BuiltIn::find("count").expect("count is built in");
//! let plugin = Plugin::load(&Engine::new(None)?, count.name, count.component, count.grants())?;
//!
//! // As above.
//! let debuggee = guest()?;
//! let outcome = plugin.run(Box::new(debuggee), &[], Output::new(std::io::stderr())).await;
//! outcome.debugger?;
//! assert_eq!(outcome.exit?, Exit::Returned(vec![]));
//! # Ok(()) })
//! # }
//! ```
//!
//! # A WASI program: [`program`]
//!
//! A file, a core module or a component, becomes a store and a body with WASI linked; a
//! [`Plugin`](plugin::Plugin) debugs it as it debugs any other. This is what the command line does:
//!
//! ```no_run
//! use std::path::Path;
//! use stillpoint::debuggee::Debuggee;
//! use stillpoint::plugin::{Engine, Grants, Output, Plugin};
//! use stillpoint::program::{
//!     Compiled, Entry, Mode, Prepared, Wasi, WasmFile, classify_exit, engine,
//! };
//!
//! # async fn run() -> anyhow::Result<()> {
//! let file = WasmFile::read(Path::new("hello.wasm"))?;
//! let compiled = Compiled::new(&engine(Mode::Debug, None)?, Mode::Debug, file)?;
//! let wasi = Wasi { argv0: "hello".to_owned(), ..Wasi::default() };
//! let Prepared { store, body, component, entry_point, .. } =
//!     compiled.prepare(wasi.data()?, &Entry::Command)?;
//!
//! // The exit code that a WASI program asks for is its end, not an error.
//! let debuggee = Debuggee::new(store, body)?.exit_codes(classify_exit);
//! // Debuggers learn where the program begins, and what was asked for.
//! let launch = compiled.launch(&wasi, &Entry::Command);
//! let mut debuggee = debuggee.entry_point(entry_point).launch(launch);
//! if let Some(component) = component {
//!     debuggee = debuggee.component(component);
//! }
//! let debugger = std::fs::read("debugger.wasm")?;
//! let plugin = Plugin::load(&Engine::new(None)?, "debugger.wasm", &debugger, Grants::default())?;
//! let outcome = plugin.run(Box::new(debuggee), &[], Output::new(std::io::stderr())).await;
//! println!("{:?}", outcome.exit?);
//! # Ok(())
//! # }
//! ```
//!
//! The contract between host and debuggers is the WIT package `stillpoint:debugger`. A debugger in
//! Rust is easiest to write with the crate `stillpoint-kit`.

mod embedded;
pub mod names;
pub mod plugin;
pub mod program;
mod trap;
mod world;

pub use stillpoint_debuggee as debuggee;
