//! Modules that a program instantiates while it runs, under the built-in debuggers.
//!
//! Nothing tells a debugger of a new module, so it looks for them at its stops. Invariant: what a module does after such a stop is
//! counted and traced like anything else.

use super::support::{Printed, plugin, program_engine};
use stillpoint::debuggee::{Debuggee, Exit};
use stillpoint::plugin::{BuiltIn, Grants, Output};
use wasmtime::{Instance, Linker, Module, Store};

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

/// Modules that an embedder links: the host cannot tell whose an imported function is, and each call
/// has one line all the same.
#[tokio::test]
async fn report_trace_has_one_line_for_each_call_between_modules() {
    const LIBRARY: &str = r#"(module $library (func $twice (export "double") (param i32) (result i32)
        (i32.mul (local.get 0) (i32.const 2))) (func (export "log") (param i32)))"#;
    const MAIN: &str = r#"(module $main
        (import "library" "double" (func $double (param i32) (result i32)))
        (import "host" "log" (func $log (param i32)))
        (import "host" "say" (func $say (param i32)))
        (func (export "main") (call $log (call $double (i32.const 4))) (call $say (i32.const 5))))"#;
    let engine = program_engine();
    let [library, main] = [LIBRARY, MAIN].map(|text| Module::new(engine, text).expect("the program is valid"));
    let mut store = Store::new(engine, ());
    for module in [&library, &main] {
        store.debug_register_module(module).expect("it can be announced");
    }
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let mut linker = Linker::new(store.engine());
            linker.func_wrap("host", "log", |_: i32| {})?.func_wrap("host", "say", |_: i32| {})?;
            let library = linker.instantiate_async(&mut *store, &library).await?;
            linker.instance(&mut *store, "library", library)?;
            let main = linker.instantiate_async(&mut *store, &main).await?;
            main.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(store, ()).await
        })
    });
    let trace = BuiltIn::find("trace").expect("it is built in");
    let printed = Printed::default();
    let debuggee = Box::new(debuggee.expect("it can be debugged"));
    let plugin = plugin(trace.component, Grants::default());
    let outcome = plugin.run(debuggee, &[], Output::new(printed.clone())).await;
    outcome.debugger.expect("the debugger does not fail");
    assert_eq!(printed.text(), "main()\n  twice(4)\n  host.log(8)\n  host.say(5)\nexit: returned\n");
}
