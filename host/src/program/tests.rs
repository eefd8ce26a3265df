//! Programs from their text to their end, in both modes. A test has a program, the function to
//! call, and what the user sees.

use super::*;
use expect_test::{Expect, expect};
use std::sync::LazyLock;
use wasmtime::Engine;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

static PLAIN: LazyLock<Engine> = LazyLock::new(|| engine(Mode::Plain, None).unwrap());
static DEBUG: LazyLock<Engine> = LazyLock::new(|| engine(Mode::Debug, None).unwrap());

fn invoke(function: &str, arguments: &[&str]) -> Entry {
    Entry::Invoke {
        function: function.to_owned(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
    }
}

fn prepare(mode: Mode, text: &str, entry: &Entry) -> Result<(Prepared, MemoryOutputPipe), ProgramError> {
    let file = WasmFile::from_bytes("x.wat", text.as_bytes().to_vec())?;
    let engine = match mode {
        Mode::Plain => &*PLAIN,
        Mode::Debug => &*DEBUG,
    };
    let stdout = MemoryOutputPipe::new(1 << 16);
    let wasi = Wasi { argv0: "x".to_owned(), arguments: vec!["one".to_owned()], ..Wasi::default() };
    let mut builder = WasiCtxBuilder::new();
    builder.stdout(stdout.clone());
    wasi.apply(&mut builder)?;
    let prepared = Compiled::new(engine, mode, file)?.prepare(ProgramData::with_wasi(builder.build_p1()), entry)?;
    Ok((prepared, stdout))
}

/// Runs a program in both modes, which have to agree, and compares the exit code, the output and
/// the message.
fn check(text: &str, entry: &Entry, expected: Expect) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let [plain, debug] = [Mode::Plain, Mode::Debug].map(|mode| {
        let (prepared, stdout) = prepare(mode, text, entry).unwrap();
        let status = ExitStatus::of(&runtime.block_on(prepared.run()));
        let mut seen = vec![format!("exit code {}", status.exit_code())];
        seen.extend(String::from_utf8(stdout.contents().to_vec()).unwrap().lines().map(|line| format!("> {line}")));
        if let ExitStatus::Returned(completion) = &status {
            seen.extend(completion.lines.iter().cloned());
        }
        seen.extend(status.message("x.wat"));
        seen.join("\n")
    });
    assert_eq!(plain, debug);
    expected.assert_eq(&plain);
}

/// Prepares a program in both modes, which have to refuse it with the same error.
fn check_refused(text: &str, entry: &Entry, expected: Expect) -> ProgramError {
    let [plain, debug] = [Mode::Plain, Mode::Debug].map(|mode| prepare(mode, text, entry).unwrap_err());
    assert_eq!(plain.to_string(), debug.to_string());
    expected.assert_eq(&plain.to_string());
    plain
}

const HELLO: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
    (func (export "_start")
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
        (call $exit (i32.const 7))))"#;

/// One function leaves numbers on the stack. The next one's locals of reference types lie where
/// they were, and a collection happens before these locals are set.
#[test]
fn locals_of_references_that_are_not_set_yet() {
    let text = r#"(module
        (type $box (struct (field i32)))
        (type $array (array (mut i32)))
        (func $numbers (local i64 i64 i64 i64)
            (local.set 0 (i64.const -1))
            (local.set 1 (i64.const 0x1234567812345678))
            (local.set 2 (i64.const 0x7777777777777777))
            (local.set 3 (i64.const 0x5555555555555551)))
        (func $objects (result i32) (local $i i32) (local $a (ref $box)) (local $b (ref $box))
            (loop $again
                (drop (array.new_default $array (i32.const 10000)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $i) (i32.const 10000))))
            (local.set $a (struct.new $box (i32.const 40)))
            (local.set $b (struct.new $box (i32.const 2)))
            (i32.add (struct.get $box 0 (local.get $a)) (struct.get $box 0 (local.get $b))))
        (func (export "run") (result i32) (call $numbers) (call $objects)))"#;
    check(
        text,
        &invoke("run", &[]),
        expect![
            "exit code 0
42"
        ],
    );
}

const LIBRARY: &str = r#"(module
    (global $ready (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $ready (i32.const 1)))
    (func (export "is-ready") (result i32) (global.get $ready))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "swap") (param i64 f32) (result f32 i64) (local.get 1) (local.get 0))
    (func (export "references") (param externref) (result externref funcref) (local.get 0) (ref.null func))
    (func (export "nulls") (result funcref anyref) (ref.null func) (ref.i31 (i32.const 1)))
    (func $divide (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (tag $error (param i32))
    (func (export "throw") (throw $error (i32.const 1)))
    (memory (export "memory") 1))"#;

#[test]
fn a_command_writes_and_exits() {
    check(
        HELLO,
        &Entry::Command,
        expect![[r#"
        exit code 7
        > hello"#]],
    );
}

#[test]
fn a_module_without_wasi() {
    check(r#"(module (func (export "_start")))"#, &Entry::Command, expect!["exit code 0"]);
    check(
        "(module (func $run unreachable) (start $run))",
        &Entry::Command,
        expect![[r#"
        exit code 134
        x.wat trapped: wasm `unreachable` instruction executed
            0: run at 0x1a"#]],
    );
}

#[test]
fn functions_are_called_after_the_initialisation() {
    check(
        LIBRARY,
        &invoke("is-ready", &[]),
        expect![[r#"
        exit code 0
        1"#]],
    );
    check(
        LIBRARY,
        &invoke("add", &["0x10", "-3"]),
        expect![[r#"
        exit code 0
        13"#]],
    );
    check(
        LIBRARY,
        &invoke("swap", &["-1", "1.5"]),
        expect![[r#"
        exit code 0
        1.5
        -1"#]],
    );
    check(
        LIBRARY,
        &invoke("nulls", &[]),
        expect![[r#"
        exit code 0
        <null funcref>
        <anyref>"#]],
    );
}

#[test]
fn traps_and_exceptions() {
    check(
        LIBRARY,
        &invoke("divide", &["1", "0"]),
        expect![[r#"
        exit code 134
        x.wat trapped: integer divide by zero
            0: divide at 0xd7"#]],
    );
    check(
        LIBRARY,
        &invoke("throw", &[]),
        expect![[r#"
        exit code 1
        x.wat failed: it threw an exception that nothing catches
            0: <function 7> at 0xdd"#]],
    );
}

#[test]
fn an_endless_recursion_traps() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for mode in [Mode::Plain, Mode::Debug] {
        let (prepared, _) = prepare(mode, "(module (func $f (export \"_start\") call $f))", &Entry::Command).unwrap();
        let message = ExitStatus::of(&runtime.block_on(prepared.run())).message("x.wat").unwrap();
        assert!(message.starts_with("x.wat trapped: call stack exhausted\n    0: f"), "{message}");
    }
}

#[test]
fn a_host_function_that_fails() {
    // A host function that finds no memory.
    let program = HELLO.replace("(export \"memory\") 1", "1");
    check(
        &program,
        &Entry::Command,
        expect![[r#"
            exit code 1
            x.wat failed: missing required memory export
                0: <function 2> at 0x84"#]],
    );
}

#[test]
fn what_is_invoked_has_to_be_there_and_fit() {
    let error = check_refused(
        LIBRARY,
        &invoke("subtract", &[]),
        expect![
            "x.wat: there is no exported function `subtract`; its functions are: _initialize(), is-ready() -> i32, add(i32, i32) -> i32, swap(i64, f32) -> (f32, i64), references(externref) -> (externref, funcref), nulls() -> (funcref, anyref), divide(i32, i32) -> i32, throw()"
        ],
    );
    assert!(error.is_usage());
    assert!(check_refused(LIBRARY, &invoke("add", &["1"]), expect!["`add` cannot be called like this: the function takes 2 arguments, but 1 was given; its functions are: _initialize(), is-ready() -> i32, add(i32, i32) -> i32, swap(i64, f32) -> (f32, i64), references(externref) -> (externref, funcref), nulls() -> (funcref, anyref), divide(i32, i32) -> i32, throw()"]).is_usage());
    assert!(check_refused(LIBRARY, &invoke("add", &["1", "two"]), expect!["`add` cannot be called like this: argument 2 is `two`, but has to be an i32: a decimal or 0x hexadecimal integer of 32 bits; its functions are: _initialize(), is-ready() -> i32, add(i32, i32) -> i32, swap(i64, f32) -> (f32, i64), references(externref) -> (externref, funcref), nulls() -> (funcref, anyref), divide(i32, i32) -> i32, throw()"]).is_usage());
    assert!(check_refused(LIBRARY, &invoke("memory", &[]), expect!["x.wat: there is no exported function `memory`; its functions are: _initialize(), is-ready() -> i32, add(i32, i32) -> i32, swap(i64, f32) -> (f32, i64), references(externref) -> (externref, funcref), nulls() -> (funcref, anyref), divide(i32, i32) -> i32, throw()"]).is_usage());
    assert!(check_refused(LIBRARY, &invoke("references", &["1"]), expect!["`references` cannot be called like this: parameter 1 is a reference (externref), which has no text form; its functions are: _initialize(), is-ready() -> i32, add(i32, i32) -> i32, swap(i64, f32) -> (f32, i64), references(externref) -> (externref, funcref), nulls() -> (funcref, anyref), divide(i32, i32) -> i32, throw()"]).is_usage());
    assert!(check_refused(LIBRARY, &Entry::Command, expect!["x.wat: the module has no function `_start` to begin with; name the function to call; its functions are: _initialize(), is-ready() -> i32, add(i32, i32) -> i32, swap(i64, f32) -> (f32, i64), references(externref) -> (externref, funcref), nulls() -> (funcref, anyref), divide(i32, i32) -> i32, throw()"]).is_usage());
    assert!(check_refused("(module)", &Entry::Command, expect!["x.wat: the module has no function `_start` to begin with; name the function to call; it exports no functions at all"]).is_usage());
    check_refused(
        "(module (func (export \"_start\") (param i32)))",
        &Entry::Command,
        expect![
            "x.wat: the function `_start` has the type (i32), but has to take and return nothing; mend the program"
        ],
    );
}

#[test]
fn imports_that_nobody_has() {
    check_refused(
        r#"(module
            (import "env" "f" (func (param i32) (result i64)))
            (import "env" "memory" (memory 1))
            (import "wasi_snapshot_preview1" "fd_sing" (func))
            (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (func (export "_start")))"#,
        &Entry::Command,
        expect![
            "x.wat: the program imports what this host does not have: env.f(i32) -> i64, env.memory (a memory), wasi_snapshot_preview1.fd_sing(); it has WASI 0.1 for modules and WASI 0.2 and 0.3 for components, so build the program for wasm32-wasip1 or wasm32-wasip2, without other imports"
        ],
    );
    check_refused(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) (func (export "_start")))"#,
        &Entry::Command,
        expect![
            "x.wat: an import does not fit what this host has: incompatible import type for `wasi_snapshot_preview1::proc_exit`: types incompatible: expected type `(func (param i64))`, found type `(func (param i32))`; build the program for another WASI version"
        ],
    );
    check_refused(
        r#"(component
            (import "my:own/thing@1.0.0" (instance (export "f" (func))))
            (core module $m (func (export "run") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $out (export "run" (func $run)))
            (export "wasi:cli/run@0.2.3" (instance $out)))"#,
        &Entry::Command,
        expect![
            "x.wat: the program imports what this host does not have: my:own/thing@1.0.0; it has WASI 0.1 for modules and WASI 0.2 and 0.3 for components, so build the program for wasm32-wasip1 or wasm32-wasip2, without other imports"
        ],
    );
}

#[test]
fn invalid_code() {
    check_refused(
        "(module (func (result i32) i64.const 1))",
        &Entry::Command,
        expect![
            "x.wat: this is not a valid module: failed to compile: wasm[0]::function[0]: WebAssembly translation error: Invalid input WebAssembly code at offset 26: type mismatch: expected i32, found i64; build it again, with released WebAssembly features only"
        ],
    );
}

const COMMAND: &str = r#"(component
    (core module $m (func (export "run") (result i32) i32.const 0))
    (core instance $i (instantiate $m))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance $out (export "run" (func $run)))
    (export "wasi:cli/run@0.2.3" (instance $out)))"#;

#[test]
fn component_commands() {
    check(COMMAND, &Entry::Command, expect!["exit code 0"]);
    check(&COMMAND.replace("i32.const 0", "i32.const 1"), &Entry::Command, expect!["exit code 1"]);
    check(
        &COMMAND.replace("i32.const 0", "unreachable"),
        &Entry::Command,
        expect![[r#"
        exit code 134
        x.wat trapped: wasm `unreachable` instruction executed
            0: <function 0> in m at 0x2b"#]],
    );
}

#[test]
fn components_that_are_no_commands() {
    check_refused(
        "(component)",
        &Entry::Command,
        expect![
            "x.wat: this component is not a command, it does not export wasi:cli/run@0.2 or 0.3 (it exports no functions at all); build it as a command, with a main function"
        ],
    );
    check_refused(
        &COMMAND.replace("wasi:cli/run@0.2.3", "my:own/library"),
        &Entry::Command,
        expect![
            "x.wat: this component is not a command, it does not export wasi:cli/run@0.2 or 0.3 (its functions are: my:own/library.run() -> result); build it as a command, with a main function, or call one of its functions"
        ],
    );
    check_refused(
        &COMMAND.replace("wasi:cli/run@0.2.3", "wasi:cli/run@0.4.0"),
        &Entry::Command,
        expect![
            "x.wat: this component is not a command, it does not export wasi:cli/run@0.2 or 0.3 (its functions are: wasi:cli/run.run@0.4.0() -> result); build it for WASI 0.2 or 0.3"
        ],
    );
    check_refused(
        r#"(component
            (import "stillpoint:debugger/messages@0.1.0" (instance (export "print" (func (param "text" string))))))"#,
        &Entry::Command,
        expect!["x.wat: this component is a debugger, not a program"],
    );
}

const FUNCTIONS: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (global $free (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $free)
            (global.set $free (i32.add (global.get $free) (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16)))))
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "echo") (param i32 i32) (result i32)
            (i32.store (i32.const 16) (local.get 0))
            (i32.store (i32.const 20) (local.get 1))
            (i32.const 16))
        (func (export "flip") (param i32 i32) (result i32)
            (i32.store8 (i32.const 32) (i32.eqz (local.get 0)))
            (i32.store (i32.const 36) (local.get 1))
            (i32.const 32))
        (func (export "color") (param i32) (result i32) (i32.sub (i32.const 2) (local.get 0))))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
    (func $echo (param "text" string) (result string)
        (canon lift (core func $i "echo") (memory $memory) (realloc $realloc)))
    (func $list (param "items" (list u8)) (result (list u8))
        (canon lift (core func $i "echo") (memory $memory) (realloc $realloc)))
    (func $flip (param "value" (result s32 (error s32))) (result (result s32 (error s32)))
        (canon lift (core func $i "flip") (memory $memory)))
    (type $color-type (enum "red" "green" "blue"))
    (export $color-name "color-name" (type $color-type))
    (func $color (param "c" $color-name) (result $color-name) (canon lift (core func $i "color")))
    (type $resource (resource (rep i32)))
    (export $thing "thing" (type $resource))
    (core func $drop (canon resource.drop $resource))
    (export "add" (func $add))
    (export "echo" (func $echo))
    (export "flip" (func $flip))
    (export "color" (func $color))
    (instance $one (export "list" (func $list)))
    (export "my:own/one@1.2.0" (instance $one))
    (instance $two (export "list" (func $list)))
    (export "my:own/two" (instance $two)))"#;

#[test]
fn component_functions() {
    check(
        FUNCTIONS,
        &invoke("add(1, 2)", &[]),
        expect![[r#"
        exit code 0
        3"#]],
    );
    check(
        FUNCTIONS,
        &invoke(r#"echo("a \"quoted\" word")"#, &[]),
        expect![[r#"
        exit code 0
        "a \"quoted\" word""#]],
    );
    check(
        FUNCTIONS,
        &invoke("flip(ok(5))", &[]),
        expect![[r#"
        exit code 0
        err(5)"#]],
    );
    check(
        FUNCTIONS,
        &invoke("flip(err(-5))", &[]),
        expect![[r#"
        exit code 0
        ok(-5)"#]],
    );
    check(
        FUNCTIONS,
        &invoke("color(red)", &[]),
        expect![[r#"
        exit code 0
        blue"#]],
    );
    for name in ["my:own/one.list@1.2.0", "my:own/one.list", "my:own/two.list"] {
        check(
            FUNCTIONS,
            &invoke(&format!("{name}([1, 2, 3])"), &[]),
            expect![[r#"
            exit code 0
            [1, 2, 3]"#]],
        );
    }
}

#[test]
fn component_functions_have_to_be_there_and_fit() {
    assert!(check_refused(FUNCTIONS, &invoke("add", &["1", "2"]), expect![[r#"`add` cannot be called like this: a component's function is called as 'NAME(ARGUMENTS)', the arguments written like 1, "text", [1, 2], {field: 1}, some(1) (unexpected end of input at 3..3); its functions are: add(a: u32, b: u32) -> u32, echo(text: string) -> string, flip(value: result<s32, s32>) -> result<s32, s32>, color(c: enum { red, green, blue }) -> enum { red, green, blue }, my:own/one.list@1.2.0(items: list<u8>) -> list<u8>, my:own/two.list(items: list<u8>) -> list<u8>"#]]).is_usage());
    check_refused(
        FUNCTIONS,
        &invoke("subtract(1)", &[]),
        expect![
            "x.wat: there is no exported function `subtract`; its functions are: add(a: u32, b: u32) -> u32, echo(text: string) -> string, flip(value: result<s32, s32>) -> result<s32, s32>, color(c: enum { red, green, blue }) -> enum { red, green, blue }, my:own/one.list@1.2.0(items: list<u8>) -> list<u8>, my:own/two.list(items: list<u8>) -> list<u8>"
        ],
    );
    check_refused(
        FUNCTIONS,
        &invoke("list([1])", &[]),
        expect![
            "`list([1])` cannot be called like this: the name stands for my:own/one.list@1.2.0 and my:own/two.list; write one of these in full; its functions are: add(a: u32, b: u32) -> u32, echo(text: string) -> string, flip(value: result<s32, s32>) -> result<s32, s32>, color(c: enum { red, green, blue }) -> enum { red, green, blue }, my:own/one.list@1.2.0(items: list<u8>) -> list<u8>, my:own/two.list(items: list<u8>) -> list<u8>"
        ],
    );
    check_refused(
        FUNCTIONS,
        &invoke("add(1)", &[]),
        expect![
            "`add(1)` cannot be called like this: the arguments do not fit: invalid params: missing required param(s) at 5..6; its functions are: add(a: u32, b: u32) -> u32, echo(text: string) -> string, flip(value: result<s32, s32>) -> result<s32, s32>, color(c: enum { red, green, blue }) -> enum { red, green, blue }, my:own/one.list@1.2.0(items: list<u8>) -> list<u8>, my:own/two.list(items: list<u8>) -> list<u8>"
        ],
    );
    check_refused(
        FUNCTIONS,
        &invoke("add(1, -2)", &[]),
        expect![
            "`add(1, -2)` cannot be called like this: the arguments do not fit: invalid value at 7..9; its functions are: add(a: u32, b: u32) -> u32, echo(text: string) -> string, flip(value: result<s32, s32>) -> result<s32, s32>, color(c: enum { red, green, blue }) -> enum { red, green, blue }, my:own/one.list@1.2.0(items: list<u8>) -> list<u8>, my:own/two.list(items: list<u8>) -> list<u8>"
        ],
    );
    check_refused(
        FUNCTIONS,
        &invoke("color(pink)", &[]),
        expect![[
            r#"`color(pink)` cannot be called like this: the arguments do not fit: error converting Wasm value: unknown case "pink" at 6..10; its functions are: add(a: u32, b: u32) -> u32, echo(text: string) -> string, flip(value: result<s32, s32>) -> result<s32, s32>, color(c: enum { red, green, blue }) -> enum { red, green, blue }, my:own/one.list@1.2.0(items: list<u8>) -> list<u8>, my:own/two.list(items: list<u8>) -> list<u8>"#
        ]],
    );
}

#[test]
fn a_deep_recursion_is_as_deep_under_a_debugger() {
    // Recurses as deep as its first argument says.
    const DEEP: &str = r#"(module
        (func $f (export "f") (param i64 i64 i64 i64) (result i64)
            (if (result i64) (i64.eqz (local.get 0))
                (then (i64.const 0))
                (else (i64.add (i64.const 1)
                    (call $f (i64.sub (local.get 0) (i64.const 1)) (local.get 1) (local.get 2) (local.get 3)))))))"#;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fits = |mode, depth: u32| {
        let entry = invoke("f", &[&depth.to_string(), "1", "2", "3"]);
        let (prepared, _) = prepare(mode, DEEP, &entry).unwrap();
        matches!(ExitStatus::of(&runtime.block_on(prepared.run())), ExitStatus::Returned(_))
    };
    let deepest = |mode| {
        let (mut good, mut bad) = (1, 10_000_000);
        while good + 1 < bad {
            let middle = good + (bad - good) / 2;
            if fits(mode, middle) { good = middle } else { bad = middle }
        }
        good
    };
    let (plain, debug) = (deepest(Mode::Plain), deepest(Mode::Debug));
    assert!(debug >= plain, "{debug} frames under a debugger, {plain} without");
}
