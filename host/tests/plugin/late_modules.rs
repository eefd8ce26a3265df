//! Modules that a program instantiates while it runs, under the built-in debuggers.
//!
//! Nothing tells a debugger of a new module, so it looks for them at its stops. Invariant: what a module does after such a stop is
//! counted and traced like anything else.

use super::support::{Printed, plugin, program_engine};
use stillpoint::debuggee::{Debuggee, Exit};
use stillpoint::plugin::{BuiltIn, Grants, Output};
use wasmtime::{Instance, Module, Store};

const EARLY: &str = r#"(module $early (func $first (export "run")) (func $second (export "more")))"#;
const LATE: &str = r#"(module $late (func $newcomer (export "run") nop))"#;

/// Runs a function of the early module, then one of a module that nobody has announced; between its first call and the
/// others another function of the early module.
async fn run_under(name: &str, arguments: &[&str]) -> String {
    let engine = program_engine();
    let early = Module::new(engine, EARLY).expect("the program is valid");
    let mut store = Store::new(engine, ());
    store.debug_register_module(&early).expect("it can be announced");
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let early = Instance::new_async(&mut *store, &early, &[]).await?;
            early.get_typed_func::<(), ()>(&mut *store, "run")?.call_async(&mut *store, ()).await?;
            let late = Module::new(store.engine(), LATE)?;
            let late = Instance::new_async(&mut *store, &late, &[]).await?;
            early.get_typed_func::<(), ()>(&mut *store, "more")?.call_async(&mut *store, ()).await?;
            let newcomer = late.get_typed_func::<(), ()>(&mut *store, "run")?;
            for _ in 0..1000 {
                newcomer.call_async(&mut *store, ()).await?;
            }
            Ok(())
        })
    });
    let debuggee = debuggee.expect("it can be debugged");
    let built_in = BuiltIn::find(name).expect("it is built in");
    let plugin = plugin(built_in.component, Grants::default());
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let printed = Printed::default();
    let outcome = plugin.run(Box::new(debuggee), &arguments, Output::new(printed.clone())).await;
    outcome.debugger.expect("the debugger does not fail");
    assert!(matches!(outcome.exit, Ok(Exit::Returned(_))), "{:?}", outcome.exit);
    printed.text()
}

#[tokio::test]
async fn count_counts_a_late_module() {
    assert_eq!(
        run_under("count", &[]).await,
        "\
count  function  module
 1000  newcomer  late
    1  first     early
    1  second    early
 1002  in all, 3 functions
"
    );
}

#[tokio::test]
async fn trace_shows_the_instructions_of_a_late_module() {
    let trace = run_under("trace", &["--instructions"]).await;
    assert_eq!(trace.matches("nop  ").count(), 1000, "{trace}");
    assert_eq!(trace.lines().last(), Some("exit: returned"));
}
