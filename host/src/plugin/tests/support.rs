//! Debuggers and programs in a few lines.
//!
//! A debugger is a [`Script`]: calls in the text format, each printed with its answer. It becomes a component the way a
//! compiler makes one. A program is a core module whose `main` is called.

use super::super::{Engine, Grants, Outcome, Output, Plugin};
use crate::debuggee::{Debuggee, Session};
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use wasmtime::{Config, Linker, Module, Store};
use wasmtime_wasi::I32Exit;

/// `return 7 + 1` in steps, and a global that shows that it came to its end.
pub(super) const ADD: &str = r#"(module (func (export "main")
    (drop (i32.add (i32.const 7) (i32.const 1))) (call $two))
    (func $two nop nop))"#;

/// Never ends.
pub(super) const LOOP: &str = r#"(module (func (export "main") (loop (br 0))))"#;

/// Traps.
pub(super) const TRAP: &str = r#"(module (func (export "main") unreachable))"#;

/// Exits with 3.
pub(super) const EXIT: &str = r#"(module (import "host" "exit" (func $exit (param i32)))
    (func (export "main") (call $exit (i32.const 3))))"#;

/// What every script begins with. `$area` is where calls leave their answers.
const PRELUDE: &str = include_str!("prelude.wat");

/// The component around a script's core module.
const COMPONENT: &str = include_str!("component.wat");

/// A table of words for `$print_word`.
fn table(at: u32, words: &[&str]) -> String {
    let words: String = words.iter().map(|word| format!("{word}{}", "\\00".repeat(16 - word.len()))).collect();
    format!("(data (i32.const {at}) \"{words}\")")
}

/// A debugger that makes calls one after the other.
#[derive(Default)]
pub(super) struct Script {
    strings: Vec<String>,
    body: String,
    result: Option<&'static str>,
}

impl Script {
    pub(super) fn new() -> Script {
        Script::default()
    }

    /// Any instructions; `$debuggee`, `$running`, `$pollable` and `$timer` are locals.
    pub(super) fn code(mut self, code: &str) -> Script {
        self.body.push_str(code);
        self.body.push('\n');
        self
    }

    pub(super) fn say(mut self, text: &str) -> Script {
        let at = 4096 + self.strings.iter().map(String::len).sum::<usize>();
        self.strings.push(text.to_owned());
        self.code(&format!("(call $print (i32.const {at}) (i32.const {}))", text.len()))
    }

    /// A call that leaves an answer with this many bytes before the error, and what to do with an ok.
    fn call(self, name: &str, call: &str, payload: u32, ok: &str) -> Script {
        self.say(&format!("{name}: "))
            .code(call)
            .code(&format!("(if (call $answer (i32.const {payload})) (then {ok}))"))
            .say("\n")
    }

    pub(super) fn resume(self) -> Script {
        self.call(
            "resume",
            "(call $resume (local.get $debuggee) (i32.const 0) (i32.const 0) (i32.const 0) (global.get $area))",
            8,
            "(call $print_stop)",
        )
    }

    pub(super) fn step(self) -> Script {
        self.call(
            "step",
            "(call $resume (local.get $debuggee) (i32.const 1) (i32.const 0) (i32.const 0) (global.get $area))",
            8,
            "(call $print_stop)",
        )
    }

    pub(super) fn last_stop(self) -> Script {
        self.call("last-stop", "(call $last_stop (local.get $debuggee) (global.get $area))", 8, "(call $print_stop)")
    }

    pub(super) fn start(self) -> Script {
        self.call(
            "start",
            "(call $start (local.get $debuggee) (i32.const 0) (i32.const 0) (i32.const 0) (global.get $area))",
            8,
            "(local.set $running (i32.load offset=8 (global.get $area))) (call $ok)",
        )
    }

    pub(super) fn finish(self) -> Script {
        self.call("finish", "(call $finish (local.get $running) (global.get $area))", 8, "(call $print_stop)")
    }

    pub(super) fn state(self) -> Script {
        self.say("state: ").code("(call $print_word (i32.const 2640) (call $state (local.get $debuggee)))").say("\n")
    }

    /// `interrupt`, `terminate` or `detach`.
    pub(super) fn ask(self, name: &str) -> Script {
        self.call(name, &format!("(call ${name} (local.get $debuggee) (global.get $area))"), 8, "(call $ok)")
    }

    /// A function that answers with a list, whose length is printed. `args` stand between the debuggee and the area.
    pub(super) fn list(self, name: &str, args: &str) -> Script {
        let call = format!("(call ${} (local.get $debuggee) {args} (global.get $area))", name.replace('-', "_"));
        self.call(name, &call, 8, "(call $print_number (i32.load offset=12 (global.get $area)))")
    }

    /// A function that answers with nothing, or with something that is not looked at.
    pub(super) fn done(self, name: &str, args: &str) -> Script {
        let call = format!("(call ${} (local.get $debuggee) {args} (global.get $area))", name.replace('-', "_"));
        self.call(name, &call, 8, "(call $ok)")
    }

    /// A function that answers with a number.
    pub(super) fn amount(self, name: &str, args: &str) -> Script {
        let call = format!("(call ${} (local.get $debuggee) {args} (global.get $area))", name.replace('-', "_"));
        self.call(name, &call, 8, "(call $print_number (i32.wrap_i64 (i64.load offset=8 (global.get $area))))")
    }

    /// Prints a number.
    pub(super) fn number(self, name: &str, code: &str) -> Script {
        self.say(&format!("{name}: ")).code(&format!("(call $print_number {code})")).say("\n")
    }

    /// A call of a function of the program's instance, with numbers; `call` or `start_call`.
    pub(super) fn inject(self, name: &str, function: u32, arguments: &[i32]) -> Script {
        let mut script = self.code("(call $instances (local.get $debuggee) (global.get $area))").code(
            "(if (i32.eqz (i32.load8_u (global.get $area)))
                (then (i32.store (i32.const 60000) (i32.load (i32.load offset=8 (global.get $area))))))",
        );
        for (index, argument) in arguments.iter().enumerate() {
            let at = 60008 + 24 * index;
            script = script.code(&format!("(i32.store offset=8 (i32.const {at}) (i32.const {argument}))"));
        }
        let call = format!(
            "(call ${name} (local.get $debuggee) (i32.load (i32.const 60000)) (i32.const {function}) (i32.const 60008) \
             (i32.const {}) (i32.const 0) (i32.const 0) (i32.const 0) (global.get $area))",
            arguments.len()
        );
        let ok = match name {
            "call" => "(call $print_stop)",
            _ => "(local.set $running (i32.load offset=8 (global.get $area))) (call $ok)",
        };
        script.call(name, &call, 8, ok)
    }

    pub(super) fn subscribe(self, local: &str) -> Script {
        self.code(&format!("(local.set ${local} (call $subscribe (local.get $running)))"))
    }

    /// What `run` returns: the error of this text.
    pub(super) fn fail(mut self, text: &'static str) -> Script {
        self.result = Some(text);
        self
    }

    /// The component.
    pub(super) fn component(&self) -> Vec<u8> {
        let errors = [
            "running",
            "paused",
            "exited",
            "stale-frame",
            "no-frame",
            "no-module",
            "no-instance",
            "no-memory",
            "no-global",
            "no-table",
            "no-tag",
            "no-reference",
            "stale-reference",
            "wrong-type",
            "immutable",
            "cannot-grow",
            "not-throwing",
            "no-watchpoint",
            "bad-watchpoint",
            "no-function",
            "argument-count",
            "too-deep",
            "no-breakpoint",
            "no-instruction",
            "bad-condition",
            "out-of-bounds",
            "too-large",
            "host-failure",
        ];
        let reasons = [
            " entry",
            " breakpoint",
            " condition",
            " watchpoint",
            " step",
            " full",
            " trap",
            " host-error",
            " exception",
            " interrupt",
            " call-finished ",
            " exited ",
        ];
        let tables = [
            table(3200, &errors),
            table(2400, &reasons),
            table(2800, &["returned", "code", "failed", "killed"]),
            table(2880, &["returned ", "trap", "exception", "code", "failed"]),
            table(2640, &["paused", "running", "exited"]),
        ]
        .concat();
        let error = self.result.unwrap_or_default();
        let module = format!(
            r#" {PRELUDE} {tables}
                (data (i32.const 4096) "{strings}")
                (data (i32.const 3000) "{error}")
                (func $run (export "run") (param $debuggee i32) (param $args i32) (param $n_args i32) (result i32)
                    (local $running i32) (local $pollable i32) (local $timer i32)
                    {body}
                    (i32.store8 (i32.const 800) (i32.const {is_error}))
                    (i32.store (i32.const 804) (i32.const 3000))
                    (i32.store (i32.const 808) (i32.const {length}))
                    (i32.const 800))"#,
            strings = self.strings.concat().replace('\n', "\\n"),
            body = self.body,
            is_error = u32::from(self.result.is_some()),
            length = error.len(),
        );
        component(&module)
    }

    /// Runs it on a program.
    pub(super) async fn run(&self, program: &str) -> (String, Outcome) {
        run(&plugin(&self.component()), program).await
    }

    /// Runs it on a program, and returns what it printed and how both ended.
    pub(super) async fn transcript(&self, program: &str) -> String {
        let (printed, outcome) = self.run(program).await;
        format!("{printed}{}", ending(&outcome))
    }
}

/// The last lines of a transcript.
pub(super) fn ending(outcome: &Outcome) -> String {
    let debugger = match &outcome.debugger {
        Ok(()) => String::new(),
        Err(failure) => format!("{failure}\n"),
    };
    format!("{debugger}program: {:?}\n", outcome.exit)
}

/// Makes a component of a script's core module.
pub(super) fn component(module: &str) -> Vec<u8> {
    wat::parse_str(COMPONENT.replace("SCRIPT", module)).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(None).unwrap());
    &ENGINE
}

pub(super) fn plugin(component: &[u8]) -> Plugin {
    let grants = Grants { modify: true, ..Grants::default() };
    Plugin::load(engine(), "script", component, grants).unwrap_or_else(|error| panic!("{error}"))
}

/// A program, paused at its entry.
pub(super) fn session(program: &str) -> Box<dyn Session> {
    static ENGINE: LazyLock<(wasmtime::Engine, super::super::Ticker)> = LazyLock::new(|| {
        let engine = wasmtime::Engine::new(Config::new().guest_debug(true).epoch_interruption(true)).unwrap();
        let ticker = super::super::Ticker::new([engine.clone()]).unwrap();
        (engine, ticker)
    });
    let engine = &ENGINE.0;
    let module = Module::new(engine, program).unwrap();
    let mut store = Store::new(engine, ());
    store.debug_register_module(&module).unwrap();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let mut linker = Linker::new(store.engine());
            linker.func_wrap("host", "exit", |code: i32| -> wasmtime::Result<()> { Err(I32Exit(code).into()) })?;
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            instance.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(store, ()).await
        })
    });
    Box::new(debuggee.unwrap().exit_codes(|error| Some(error.downcast_ref::<I32Exit>()?.0)))
}

/// A place that text can be read from after it was written.
#[derive(Clone, Default)]
pub(super) struct Place(Arc<Mutex<Vec<u8>>>);

impl Place {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a debugger on a program, and returns what it printed. A test that hangs fails.
pub(super) async fn run(plugin: &Plugin, program: &str) -> (String, Outcome) {
    let place = Place::default();
    let args = ["one".to_owned(), "two".to_owned()];
    let debugged = plugin.run(session(program), &args, Output::new(place.clone()));
    let outcome = tokio::time::timeout(Duration::from_secs(60), debugged).await.expect("the debugger hangs");
    (place.text(), outcome)
}
