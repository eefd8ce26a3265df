//! Debuggers and programs in a few lines.
//!
//! A debugger is the script guest, which makes the calls that its arguments name and prints each
//! with its answer. A program is a core module whose `main` is called.

use expect_test::Expect;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use stillpoint::debuggee::{Debuggee, Session};
use stillpoint::plugin::{DebuggerFailure, Engine, Grants, Outcome, Output, Plugin, Ticker};
use wasmtime::{Config, Linker, Module, Store};
use wasmtime_wasi::I32Exit;

/// Computes `7 + 1` and calls another function.
pub(crate) const ADD: &str = r#"(module (func (export "main")
    (drop (i32.add (i32.const 7) (i32.const 1))) (call $two))
    (func $two nop nop))"#;

/// Never ends.
pub(crate) const LOOP: &str = r#"(module (func (export "main") (loop (br 0))))"#;

/// Traps.
pub(crate) const TRAP: &str = r#"(module (func (export "main") unreachable))"#;

/// Exits with 3.
pub(crate) const EXIT: &str = r#"(module (import "host" "exit" (func $exit (param i32)))
    (func (export "main") (call $exit (i32.const 3))))"#;

/// Runs the script guest on a program, and compares what it printed, and how both ended, with a
/// transcript.
///
/// The calls that are made are those of the transcript: whatever stands before an arrow. To write a
/// test, write its calls with nothing behind the arrows, and run it once with `UPDATE_EXPECT=1`.
pub(crate) async fn check(program: &str, expected: Expect) {
    check_with(script(), program, expected).await;
}

/// As [`check`], with limits or grants of the test's own.
pub(crate) async fn check_with(plugin: &Plugin, program: &str, expected: Expect) {
    let calls: Vec<&str> =
        expected.data().lines().filter_map(|line| line.split_once(" ->")).map(|(call, _)| call.trim()).collect();
    expected.assert_eq(&transcript(plugin, program, &calls).await);
}

/// What a debugger prints on a program, and how both end.
pub(crate) async fn transcript(plugin: &Plugin, program: &str, calls: &[&str]) -> String {
    let (printed, outcome) = run(plugin, program, calls).await;
    let printed = match &outcome.debugger {
        Ok(()) if printed.is_empty() || printed.ends_with('\n') => printed,
        Ok(()) => printed + "the debugger has ended\n",
        // The names of the guest's functions are the compiler's.
        Err(DebuggerFailure::Trapped { message, .. }) => format!("{printed}the debugger trapped: {message}\n"),
        Err(failure) => format!("{printed}{failure}\n"),
    };
    format!("{printed}program: {:?}\n", outcome.exit)
}

/// A state of a program, and how to get there.
pub(crate) struct State<'a> {
    pub(crate) name: &'a str,
    pub(crate) program: &'a str,
    /// Calls that lead to the state.
    pub(crate) before: &'a [&'a str],
    /// Calls that are needed for the program to come to its end.
    pub(crate) after: &'a [&'a str],
}

/// How long a cell of a table may get, in characters.
const MAX_CELL: usize = 24;

/// Makes the same calls in several states of a program, and compares the answers with a table: a
/// row for each call, a column for each state, and at last how the program ended. The calls that
/// are made are those of the table's first column.
pub(crate) async fn check_table(states: &[State<'_>], expected: Expect) {
    let first_cells = expected.data().lines().map(str::trim).filter(|line| !line.is_empty());
    let first_cells: Vec<&str> = first_cells.map(|line| line.split("  ").next().unwrap_or(line)).collect();
    let [_, calls @ .., _] = first_cells.as_slice() else {
        panic!("a table begins with `call` and ends with `program`")
    };
    let mut columns = vec![first_cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>()];
    for State { name, program, before, after } in states {
        let printed = transcript(script(), program, &[before, calls, after].concat()).await;
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), before.len() + calls.len() + after.len() + 1, "{printed}");
        let answers = lines.iter().skip(before.len()).zip(calls);
        let answers = answers.map(|(line, call)| line.strip_prefix(call).and_then(|rest| rest.strip_prefix(" -> ")));
        let exit = lines.last().and_then(|line| line.strip_prefix("program: Ok(")?.strip_suffix(')'));
        let cells = answers.chain([exit]).map(|cell| cut(cell.unwrap_or_else(|| panic!("{printed}"))));
        columns.push([(*name).to_owned()].into_iter().chain(cells).collect());
    }
    expected.assert_eq(&aligned(&columns));
}

/// The beginning of a text that is too long for a cell.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Columns of the same length, side by side.
fn aligned(columns: &[Vec<String>]) -> String {
    let widths: Vec<usize> =
        columns.iter().map(|column| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    let n_rows = columns.first().map_or(0, Vec::len);
    let row = |index: usize| {
        let cells = columns.iter().zip(&widths).map(|(column, width)| format!("{:width$}", column[index]));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    (0..n_rows).map(row).collect()
}

/// The component of the script guest.
pub(crate) fn script_component() -> &'static [u8] {
    static COMPONENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let path = stillpoint_tests::guest("stillpoint-script", "wasm32-wasip2", "stillpoint_script.wasm");
        std::fs::read(path).expect("the guest was built")
    });
    &COMPONENT
}

/// The script guest with every right.
pub(crate) fn script() -> &'static Plugin {
    static SCRIPT: LazyLock<Plugin> =
        LazyLock::new(|| plugin(script_component(), Grants { modify: true, ..Grants::default() }));
    &SCRIPT
}

pub(crate) fn plugin(component: &[u8], grants: Grants) -> Plugin {
    Plugin::load(engine(), "script", component, grants).unwrap_or_else(|error| panic!("{error}"))
}

/// The smallest debugger, as text: it can drop its program (`$drop`), and its core module has this
/// function as `run`. `imports` come before its own, which are `common` and `program` of a version.
pub(crate) fn minimal(version: &str, imports: &str, run: &str) -> String {
    let common = include_str!("common.wat").replace("@VERSION@", version);
    format!(
        r#"(component {imports} {common}
            (import "stillpoint:debugger/program@{version}" (instance $program
                (export "debuggee" (type (sub resource)))))
            (alias export $program "debuggee" (type $debuggee))
            (core func $drop (canon resource.drop $debuggee))
            (core module $m
                (import "" "drop" (func $drop (param i32)))
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
                {run})
            (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
            (alias core export $i "memory" (core memory $memory))
            (func (export "run") (param "debuggee" (own $debuggee)) (param "args" (list string))
                (result (result (error $error)))
                (canon lift (core func $i "run") (memory $memory) (realloc (func $i "realloc")))))"#
    )
}

pub(crate) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(None).expect("this machine runs debuggers"));
    &ENGINE
}

/// An engine for programs, with a clock, so that other tasks get their turn.
pub(crate) fn program_engine() -> &'static wasmtime::Engine {
    static ENGINE: LazyLock<(wasmtime::Engine, Ticker)> = LazyLock::new(|| {
        let engine = wasmtime::Engine::new(Config::new().guest_debug(true).epoch_interruption(true));
        let engine = engine.expect("an engine for debugging");
        let ticker = Ticker::new([engine.clone()]).expect("a thread can be had");
        (engine, ticker)
    });
    &ENGINE.0
}

/// A program, paused at its entry.
pub(crate) fn session(program: &str) -> Box<dyn Session> {
    let engine = program_engine();
    let module = Module::new(engine, program).expect("the program is valid");
    let mut store = Store::new(engine, ());
    store.debug_register_module(&module).expect("it can be announced");
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let mut linker = Linker::new(store.engine());
            linker.func_wrap("host", "exit", |code: i32| -> wasmtime::Result<()> { Err(I32Exit(code).into()) })?;
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            instance.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(store, ()).await
        })
    });
    let debuggee = debuggee.expect("it can be debugged");
    Box::new(debuggee.exit_codes(|error| Some(error.downcast_ref::<I32Exit>()?.0)))
}

/// What a debugger has printed so far.
#[derive(Clone, Default)]
pub(crate) struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    pub(crate) fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panics with the lock").clone();
        String::from_utf8(bytes).expect("debuggers speak UTF-8")
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics with the lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a debugger with arguments on a program, and returns what it printed. A test that hangs
/// fails.
pub(crate) async fn run(plugin: &Plugin, program: &str, arguments: &[&str]) -> (String, Outcome) {
    let printed = Printed::default();
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let debugged = plugin.run(session(program), &arguments, Output::new(printed.clone()));
    let outcome = tokio::time::timeout(Duration::from_secs(60), debugged).await.expect("the debugger hangs");
    (printed.text(), outcome)
}
