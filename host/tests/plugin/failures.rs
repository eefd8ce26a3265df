//! Debuggers that fail, and what becomes of their programs.

use super::support::{
    ADD, EXIT, LOOP, TRAP, check, check_with, minimal, plugin, run, script, script_component, session,
};
use expect_test::{Expect, expect};
use std::io::{self, Write};
use std::time::Duration;
use stillpoint::debuggee::{Exit, State};
use stillpoint::plugin::{DebuggerFailure, Grants, LimitReached, Limits, OnFailure, Output};

#[tokio::test]
async fn returns_at_once() {
    check(
        ADD,
        expect![[r#"
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn returns_in_the_middle() {
    check(
        EXIT,
        expect![[r#"
            step -> 1 step
            program: Ok(Code(3))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn drops_the_program_first() {
    check(
        TRAP,
        expect![[r#"
            drop(debuggee) -> ok
            environment -> list of 0
            program: Ok(Failed("wasm trap: wasm `unreachable` instruction executed"))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn uses_a_dropped_handle() {
    check(
        ADD,
        expect![[r#"
            drop(debuggee) -> ok
            current-state -> the debugger trapped: unknown handle index 1
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn returns_an_error() {
    check(
        ADD,
        expect![[r#"
            step -> 1 step
            fail(no such function) -> the debugger failed: no such function
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn traps_after_a_step() {
    check(
        EXIT,
        expect![[r#"
            step -> 1 step
            trap -> the debugger trapped: wasm `unreachable` instruction executed
            program: Ok(Code(3))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn traps_while_the_program_runs() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            trap -> the debugger trapped: wasm `unreachable` instruction executed
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

/// Runs a debugger of one function of text, and shows how it fails, with the names of its
/// functions.
async fn check_function(run_function: &str, expected: Expect) {
    let plugin = plugin(minimal("0.1.0", "", run_function).as_bytes(), Grants::default());
    let (printed, outcome) = run(&plugin, ADD, &[]).await;
    assert_eq!((printed.as_str(), outcome.exit), ("", Ok(Exit::Returned(vec![]))));
    expected.assert_eq(&outcome.debugger.expect_err("it fails").to_string());
}

#[tokio::test]
async fn traps_at_once() {
    check_function(
        r#"(func $run (export "run") (param i32 i32 i32) (result i32) unreachable)"#,
        expect![[r#"
        the debugger trapped: wasm `unreachable` instruction executed
          in run"#]],
    )
    .await;
}

#[tokio::test]
async fn traps_in_the_host() {
    check_function(
        r#"(func $run (export "run") (param i32 i32 i32) (result i32)
            (call $drop (local.get 0)) (call $drop (local.get 0)) (i32.const 0))"#,
        expect![[r#"
            the debugger trapped: unknown handle index 1
              in run"#]],
    )
    .await;
}

#[tokio::test]
async fn overflows_its_stack() {
    check_function(
        r#"(func $run (export "run") (param i32 i32 i32) (result i32)
            (drop (call $run (i32.const 0) (i32.const 0) (i32.const 0))) (i32.const 0))"#,
        expect![[r#"
            the debugger trapped: call stack exhausted
              in run
              in run
              in run
              in run
              in run
              in run
              in run
              in run
              in run
              in run
              in run
              in run
              and more"#]],
    )
    .await;
}

#[tokio::test]
async fn exits_with_success() {
    check(
        ADD,
        expect![[r#"
            step -> 1 step
            exit(0) -> the debugger has ended
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn exits_with_failure() {
    check(
        ADD,
        expect![[r#"
            step -> 1 step
            exit(1) -> the debugger ended itself with exit code 1
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn computes_without_end() {
    let limits = Limits { computing: Duration::from_millis(100), ..Limits::default() };
    check_with(
        &script().clone().with_limits(limits),
        ADD,
        expect![[r#"
            step -> 1 step
            loop -> the debugger was ended: it computed for longer than its limit of 100ms without resuming the program
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn waiting_is_not_computing() {
    let limits = Limits { computing: Duration::from_millis(100), ..Limits::default() };
    check_with(
        &script().clone().with_limits(limits),
        ADD,
        expect![[r#"
            timer(while, 400) -> ok
            block(while) -> ok
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn allocates_without_end() {
    let limits = Limits { memory: 16 << 20, ..Limits::default() };
    check_with(
        &script().clone().with_limits(limits),
        ADD,
        expect![[r#"
            allocate -> the debugger was ended: it used more than its limit of 16777216 bytes of memory
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn memory_is_counted_from_the_beginning() {
    // Rust gives a guest a megabyte for its stack alone.
    let limits = Limits { memory: 1 << 18, ..Limits::default() };
    let (_, outcome) = run(&script().clone().with_limits(limits), ADD, &[]).await;
    assert_eq!(outcome.debugger, Err(DebuggerFailure::Limit(LimitReached::Memory(1 << 18))));
    assert_eq!(outcome.exit, Ok(Exit::Returned(vec![])));
}

#[tokio::test]
async fn the_program_can_be_killed_with_it() {
    let plugin = script().clone().with_on_failure(OnFailure::Kill);
    let (_, outcome) = run(&plugin, LOOP, &["step", "trap"]).await;
    assert!(matches!(outcome.debugger, Err(DebuggerFailure::Trapped { .. })), "{:?}", outcome.debugger);
    assert_eq!(outcome.exit, Ok(Exit::Killed));
}

/// A pipe whose reader has gone.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nobody_reads_what_it_prints() {
    let calls = ["step", "resume"].map(str::to_owned);
    let outcome = script().run(session(EXIT), &calls, Output::by_line(Broken)).await;
    assert_eq!(outcome.debugger, Ok(()));
    assert_eq!(outcome.exit, Ok(Exit::Code(3)));
}

#[tokio::test]
async fn gives_the_program_back_before_it_goes_on() {
    let calls = ["step", "trap"].map(str::to_owned);
    let (result, session) = script().debug(session(EXIT), &calls, Output::new(io::sink())).await;
    assert!(result.is_err());
    let mut session = session.expect("the host has not lost it");
    assert_eq!(session.state(), State::Paused);
    assert_eq!(session.finish().await, Ok(Exit::Code(3)));
}

#[tokio::test]
async fn one_plugin_debugs_many_programs() {
    let calls = ["step", "resume"];
    let (first, second) = tokio::join!(run(script(), ADD, &calls), run(script(), EXIT, &calls));
    assert_eq!(first.1.exit, Ok(Exit::Returned(vec![])));
    assert_eq!(second.1.exit, Ok(Exit::Code(3)));
}

#[tokio::test]
async fn its_environment_is_what_was_granted() {
    let grants = Grants { env: vec![("A".to_owned(), "1".to_owned())], modify: true, ..Grants::default() };
    let plugin = plugin(script_component(), grants);
    assert_eq!(run(&plugin, ADD, &["environment"]).await.0, "environment -> list of 1\n");
}
