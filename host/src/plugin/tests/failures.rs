//! Debuggers that fail, and what becomes of their programs.

use super::super::{DebuggerFailure, Grants, LimitReached, Limits, OnFailure, Output, Plugin};
use super::support::{ADD, EXIT, LOOP, Script, TRAP, ending, engine, plugin, run, session};
use crate::debuggee::Exit;
use expect_test::{Expect, expect};
use std::io::{self, Write};
use std::time::Duration;

async fn check(script: Script, program: &str, expected: Expect) {
    expected.assert_eq(&script.transcript(program).await);
}

#[tokio::test]
async fn returns_at_once() {
    check(
        Script::new(),
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
        Script::new().step(),
        EXIT,
        expect![[r#"
        step: 1 step
        program: Ok(Code(3))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn drops_the_program_first() {
    let script = Script::new().say("before\n").code("(call $drop_debuggee (local.get $debuggee))").say("after\n");
    check(
        script,
        TRAP,
        expect![[r#"
        before
        after
        program: Ok(Failed("wasm trap: wasm `unreachable` instruction executed"))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn uses_a_dropped_handle() {
    let script = Script::new().code("(call $drop_debuggee (local.get $debuggee))").state();
    check(
        script,
        ADD,
        expect![[r#"
        state: the debugger trapped: unknown handle index 1
          in run
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn returns_an_error() {
    check(
        Script::new().step().fail("no such function"),
        ADD,
        expect![[r#"
        step: 1 step
        the debugger failed: no such function
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn traps_at_once() {
    check(
        Script::new().code("unreachable"),
        ADD,
        expect![[r#"
        the debugger trapped: wasm `unreachable` instruction executed
          in run
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn traps_after_a_step() {
    check(
        Script::new().step().code("unreachable"),
        EXIT,
        expect![[r#"
        step: 1 step
        the debugger trapped: wasm `unreachable` instruction executed
          in run
        program: Ok(Code(3))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn traps_while_the_program_runs() {
    check(
        Script::new().start().code("unreachable"),
        ADD,
        expect![[r#"
        start: ok
        the debugger trapped: wasm `unreachable` instruction executed
          in run
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn overflows_its_stack() {
    let script = Script::new().code("(call $run (i32.const 0) (i32.const 0) (i32.const 0)) drop");
    check(
        script,
        ADD,
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
          and more
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn exits_with_success() {
    check(
        Script::new().step().code("(call $exit (i32.const 0))"),
        ADD,
        expect![[r#"
        step: 1 step
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn exits_with_failure() {
    check(
        Script::new().step().code("(call $exit (i32.const 1))"),
        ADD,
        expect![[r#"
        step: 1 step
        the debugger ended itself with exit code 1
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn computes_without_end() {
    let limits = Limits { computing: Duration::from_millis(100), ..Limits::default() };
    let plugin = plugin(&Script::new().step().code("(loop (br 0))").component()).with_limits(limits);
    let (printed, outcome) = run(&plugin, ADD).await;
    expect![[r#"
        step: 1 step
        the debugger was ended: it computed for longer than its limit of 100ms without resuming the program
        program: Ok(Returned([]))
    "#]]
    .assert_eq(&(printed + &ending(&outcome)));
}

#[tokio::test]
async fn waiting_is_not_computing() {
    let limits = Limits { computing: Duration::from_millis(100), ..Limits::default() };
    let script = Script::new().code("(call $block (call $timer (i64.const 400000000)))").say("waited\n");
    let (printed, outcome) = run(&plugin(&script.component()).with_limits(limits), ADD).await;
    expect![[r#"
        waited
        program: Ok(Returned([]))
    "#]]
    .assert_eq(&(printed + &ending(&outcome)));
}

#[tokio::test]
async fn allocates_without_end() {
    let limits = Limits { memory: 16 << 20, ..Limits::default() };
    let script = Script::new().code("(loop (drop (memory.grow (i32.const 16))) (br 0))");
    let (_, outcome) = run(&plugin(&script.component()).with_limits(limits), ADD).await;
    expect![[r#"
        the debugger was ended: it used more than its limit of 16777216 bytes of memory
        program: Ok(Returned([]))
    "#]]
    .assert_eq(&ending(&outcome));
}

#[tokio::test]
async fn memory_of_all_memories_is_counted() {
    // Half a MiB of the script's own memory is beyond this from the beginning.
    let limits = Limits { memory: 1 << 18, ..Limits::default() };
    let (_, outcome) = run(&plugin(&Script::new().component()).with_limits(limits), ADD).await;
    assert_eq!(outcome.debugger, Err(DebuggerFailure::Limit(LimitReached::Memory(1 << 18))));
    assert_eq!(outcome.exit, Ok(Exit::Returned(vec![])));
}

#[tokio::test]
async fn the_program_can_be_killed_with_it() {
    let plugin = plugin(&Script::new().step().code("unreachable").component()).with_on_failure(OnFailure::Kill);
    let (_, outcome) = run(&plugin, LOOP).await;
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
    let plugin = plugin(&Script::new().step().say("a\n").resume().component());
    let outcome = plugin.run(session(EXIT), &[], Output::by_line(Broken)).await;
    assert_eq!(outcome.debugger, Ok(()));
    assert_eq!(outcome.exit, Ok(Exit::Code(3)));
}

#[tokio::test]
async fn gives_the_program_back_before_it_goes_on() {
    let plugin = plugin(&Script::new().step().code("unreachable").component());
    let (result, session) = plugin.debug(session(EXIT), &[], Output::new(io::sink())).await;
    assert!(result.is_err());
    let mut session = session.unwrap();
    assert_eq!(session.state(), crate::debuggee::State::Paused);
    assert_eq!(session.finish().await, Ok(Exit::Code(3)));
}

#[tokio::test]
async fn one_plugin_debugs_many_programs() {
    let plugin = plugin(&Script::new().step().resume().component());
    let (first, second) = tokio::join!(run(&plugin, ADD), run(&plugin, EXIT));
    assert_eq!(first.1.exit, Ok(Exit::Returned(vec![])));
    assert_eq!(second.1.exit, Ok(Exit::Code(3)));
}

#[tokio::test]
async fn its_environment_is_what_was_granted() {
    let script = Script::new()
        .code("(call $environment (global.get $area))")
        .number("variables", "(i32.load offset=4 (global.get $area))");
    let grants = Grants { env: vec![("A".to_owned(), "1".to_owned())], modify: true, ..Grants::default() };
    let plugin = Plugin::load(engine(), "script", &script.component(), grants).unwrap();
    assert_eq!(run(&plugin, ADD).await.0, "variables: 1\n");
}
