//! Calls that a debugger component injects.

use super::support::{ADD, Script};
use expect_test::{Expect, expect};

/// `main`, a function that adds, one that traps, and one that asks to exit.
const PROGRAM: &str = r#"(module
    (import "host" "exit" (func $exit (param i32)))
    (func (export "main") (drop (i32.add (i32.const 7) (i32.const 1))))
    (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func $trap unreachable)
    (func $leave (call $exit (i32.const 3)))
    (func $loop (loop (br 0))))"#;

async fn check(script: Script, program: &str, expected: Expect) {
    expected.assert_eq(&script.transcript(program).await);
}

#[tokio::test]
async fn at_a_stop() {
    let script = Script::new()
        .step()
        .inject("call", 2, &[40, 2])
        .step()
        .inject("call", 3, &[])
        .inject("call", 2, &[1, 2])
        .resume()
        .inject("call", 4, &[])
        .last_stop()
        .list("backtrace", "(i32.const 0) (i32.const -1)")
        .resume();
    check(
        script,
        PROGRAM,
        expect![[r#"
        step: 1 step
        call: 2 call-finished returned 42
        step: 3 step
        call: 4 trap
        call: 5 call-finished returned 3
        resume: 6 call-finished trap
        call: 7 call-finished code
        last-stop: 7 call-finished code
        backtrace: 1
        resume: 8 exited returned
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn in_the_background() {
    let script = Script::new()
        .step()
        .inject("start_call", 5, &[])
        .inject("call", 2, &[1, 2])
        .inject("start_call", 2, &[1, 2])
        .ask("interrupt")
        .finish()
        .inject("start_call", 2, &[1, 2])
        .finish()
        .inject("start_call", 2, &[1])
        .finish()
        .state()
        .ask("terminate")
        .inject("call", 2, &[1, 2])
        .inject("start_call", 2, &[1, 2]);
    check(
        script,
        PROGRAM,
        expect![[r#"
        step: 1 step
        start_call: ok
        call: running
        start_call: running
        interrupt: ok
        finish: 2 interrupt
        start_call: ok
        finish: 3 call-finished returned 3
        start_call: ok
        finish: argument-count
        state: paused
        terminate: ok
        call: exited
        start_call: exited
        program: Ok(Killed)
    "#]],
    )
    .await;
}

/// Too many inside each other, too few arguments, no such function, no instance yet: the program does not notice.
#[tokio::test]
async fn that_cannot_be_made() {
    let mut script = Script::new().inject("call", 0, &[]).step();
    script = script.inject("call", 1, &[1]).inject("call", 77, &[]);
    check(
        script.resume(),
        ADD,
        expect![[r#"
        call: no-instance
        step: 1 step
        call: argument-count
        call: no-function
        resume: 2 exited returned
        program: Ok(Returned([]))
    "#]],
    )
    .await;
    let mut script = Script::new().step();
    for _ in 0..17 {
        script = script.inject("call", 3, &[]);
    }
    let transcript = script.ask("detach").transcript(PROGRAM).await;
    assert_eq!(transcript.matches(" trap\n").count(), 16);
    assert!(transcript.ends_with("call: too-deep\ndetach: ok\nprogram: Ok(Returned([]))\n"), "{transcript}");
}
