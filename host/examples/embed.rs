//! Debugs the guest of a program of yours: a store with its own data and a host function, first
//! under a debugger of a few lines of Rust, then under a debugger that is a component.
//!
//! `cargo run --release --example embed`

use anyhow::Result;
use stillpoint::debuggee::{
    BreakpointSpec, Change, Debuggee, Error, FrameId, How, Location, ModuleId, StopReason, View,
};
use stillpoint::plugin::{BuiltIn, Engine, Grants, Output, Plugin};
use wasmtime::{Config, Linker, Module, Store};

/// The guest: adds up the numbers that the host gives it.
const GUEST: &str = r#"
(module $adder
    (import "host" "next" (func $next (result i32)))
    (func $add (param $sum i32) (param $more i32) (result i32)
        (i32.add (local.get $sum) (local.get $more)))
    (func (export "total") (param $count i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (call $add (local.get $sum) (call $next)))
            (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (local.get $sum)))
"#;

/// The data of the guest's store.
struct Numbers {
    /// How many numbers the guest has got.
    given: i32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let engine = wasmtime::Engine::new(Config::new().guest_debug(true).epoch_interruption(true))?;
    let module = Module::new(&engine, GUEST)?;

    println!("a native debugger: the operands of every addition");
    let mut debuggee = guest(&engine, &module)?;
    let addition = debuggee.edit_breakpoints(&[Change::Add(BreakpointSpec::at(i32_add(&module)?))])?;
    for answer in addition {
        answer?;
    }
    loop {
        let stop = debuggee.resume(How::Continue).await?;
        match stop.reason {
            StopReason::Breakpoint(_) => {
                let frame = FrameId { stop: stop.number, index: 0 };
                // The closure runs on the paused store, so it can use the store's data as well.
                let (operands, given) = debuggee
                    .query(move |paused| {
                        let operands = paused.operands(frame)?;
                        Ok::<_, Error>((operands, paused.store().data().given))
                    })
                    .await??;
                println!("  adds {operands:?}; the host has given {given} numbers");
            }
            StopReason::Exited(exit) => {
                println!("  {exit:?}");
                break;
            }
            other => println!("  {other:?}"),
        }
    }
    let (store, total) = debuggee.take_store()?;
    println!("  total {}, and the store is ours again: {} numbers were given", total?, store.data().given);

    println!("the same guest under the component `trace`");
    let trace = BuiltIn::find("trace").ok_or_else(|| anyhow::anyhow!("trace is built in"))?;
    let plugin = Plugin::load(&Engine::new(None)?, trace.name, trace.component, Grants::default())?;
    let outcome = plugin.run(Box::new(guest(&engine, &module)?), &[], Output::new(std::io::stdout())).await;
    outcome.debugger?;
    println!("  {:?}", outcome.exit?);
    Ok(())
}

/// Makes the guest ready to be debugged, in a new store.
fn guest(engine: &wasmtime::Engine, module: &Module) -> Result<Debuggee<Numbers, i32>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "next", |mut caller: wasmtime::Caller<'_, Numbers>| {
        let numbers = caller.data_mut();
        numbers.given += 1;
        numbers.given * numbers.given
    })?;
    let mut store = Store::new(engine, Numbers { given: 0 });
    // The module is registered before it runs, so that breakpoints can be set in it.
    store.debug_register_module(module)?;
    let module = module.clone();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            let total = instance.get_typed_func::<i32, i32>(&mut *store, "total")?;
            total.call_async(store, 4).await
        })
    })?;
    Ok(debuggee)
}

/// The location of the guest's only `i32.add`.
fn i32_add(module: &Module) -> Result<Location> {
    use wasmparser::{Operator, Parser, Payload};
    let binary = module.debug_bytecode().unwrap_or_default();
    for payload in Parser::new(0).parse_all(binary) {
        if let Payload::CodeSectionEntry(body) = payload? {
            for operator in body.get_operators_reader()?.into_iter_with_offsets() {
                if let (Operator::I32Add, pc) = operator? {
                    return Ok(Location { module: ModuleId(0), pc: u32::try_from(pc)? });
                }
            }
        }
    }
    anyhow::bail!("the guest has no i32.add")
}
