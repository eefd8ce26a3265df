//! LLDB for the guests of a program of yours: the built-in debugger `gdb` on a store with two
//! modules. The second is compiled while the first one runs.
//!
//! `cargo run --release --example lldb`, and then the command that it prints, in another terminal.
//! The address to listen on can be given as an argument.

use anyhow::Result;
use stillpoint::debuggee::Debuggee;
use stillpoint::plugin::{BuiltIn, Engine, Output, Plugin};
use wasmtime::{Config, Linker, Module, Store};

/// The module that is there from the beginning.
const EARLY: &str = r#"
(module $early
    (func $tick (export "tick") (param i32) (result i32)
        (i32.add (local.get 0) (i32.const 1)))
    (func $first (export "run") (result i32)
        (call $tick (i32.const 1))))
"#;

/// The module that is compiled later, as a program does that generates code while it runs.
const LATE: &str = r#"
(module $late
    (import "early" "tick" (func $tick (param i32) (result i32)))
    (func $newcomer (param i32) (result i32)
        (i32.mul (local.get 0) (i32.const 10)))
    (func $second (export "run") (result i32)
        (call $newcomer (call $tick (i32.const 2)))))
"#;

#[tokio::main]
async fn main() -> Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:1234".to_owned());
    let engine = wasmtime::Engine::new(Config::new().guest_debug(true).epoch_interruption(true))?;
    let early = Module::new(&engine, EARLY)?;
    let mut store = Store::new(&engine, ());
    // LLDB sees this module before it runs. It is told of the other one at the first stop after
    // that was compiled.
    store.debug_register_module(&early)?;
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let mut linker = Linker::new(store.engine());
            let early = linker.instantiate_async(&mut *store, &early).await?;
            linker.instance(&mut *store, "early", early)?;
            let first = early.get_typed_func::<(), i32>(&mut *store, "run")?.call_async(&mut *store, ()).await?;
            let late = Module::new(store.engine(), LATE)?;
            let late = linker.instantiate_async(&mut *store, &late).await?;
            let second = late.get_typed_func::<(), i32>(&mut *store, "run")?.call_async(&mut *store, ()).await?;
            Ok(first + second)
        })
    })?;

    let gdb = BuiltIn::find("gdb").ok_or_else(|| anyhow::anyhow!("gdb is built in"))?;
    let plugin = Plugin::load(&Engine::new(None)?, gdb.name, gdb.component, gdb.grants())?;
    let outcome = plugin.run(Box::new(debuggee), &[address], Output::new(std::io::stderr())).await;
    outcome.debugger?;
    println!("{:?}", outcome.exit?);
    Ok(())
}
