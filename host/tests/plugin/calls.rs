//! Calls that a debugger component injects.

use super::support::{ADD, check, script, transcript};
use expect_test::expect;

/// `main`, a function that adds, one that traps, one that asks to exit, and one that never ends.
/// Functions are counted from the imported one, which is 0; the engine gave the instance 0 to the
/// host function.
const PROGRAM: &str = r#"(module
    (import "host" "exit" (func $exit (param i32)))
    (func (export "main") (drop (i32.add (i32.const 7) (i32.const 1))))
    (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func $trap unreachable)
    (func $leave (call $exit (i32.const 3)))
    (func $loop (loop (br 0))))"#;

#[tokio::test]
async fn at_a_stop() {
    check(
        PROGRAM,
        expect![[r#"
            step -> 1 step
            call(1, 2, [i32(40), i32(2)]) -> 2 call-finished(returned([i32(42)]))
            step -> 3 step
            call(1, 3, []) -> 4 trap({ code: unreachable, message: "wasm trap: wasm `unreachable` instruction executed" })
            call(1, 2, [i32(1), i32(2)]) -> 5 call-finished(returned([i32(3)]))
            resume -> 6 call-finished(trap({ code: unreachable, message: "wasm trap: wasm `unreachable` instruction executed" }))
            call(1, 4, []) -> 7 call-finished(code(3))
            last-stop -> 7 call-finished(code(3))
            list-frames(0, max) -> list of 1
            resume -> 8 exited(returned([]))
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn in_the_background() {
    check(
        PROGRAM,
        expect![[r#"
            step -> 1 step
            start-call(1, 5, []) -> ok
            call(1, 2, [i32(1), i32(2)]) -> running
            start-call(1, 2, [i32(1), i32(2)]) -> running
            interrupt -> ok
            finish -> 2 interrupt
            start-call(1, 2, [i32(1), i32(2)]) -> ok
            finish -> 3 call-finished(returned([i32(3)]))
            start-call(1, 2, [i32(1)]) -> ok
            finish -> argument-count(2)
            current-state -> paused
            terminate -> ok
            call(1, 2, [i32(1), i32(2)]) -> exited
            start-call(1, 2, [i32(1), i32(2)]) -> exited
            program: Ok(Killed)
        "#]],
    )
    .await;
}

/// Too few arguments, no such function, no instance yet: the program does not notice.
#[tokio::test]
async fn that_cannot_be_made() {
    check(
        ADD,
        expect![[r#"
            call(1, 0, []) -> no-instance(1)
            step -> 1 step
            call(1, 1, [i32(1)]) -> argument-count(0)
            call(1, 77, []) -> no-function(77)
            resume -> 2 exited(returned([]))
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn too_many_inside_each_other() {
    let mut calls = vec!["step"];
    calls.extend(["call(1, 3, [])"; 17]);
    calls.push("detach");
    let transcript = transcript(script(), PROGRAM, &calls).await;
    assert_eq!(transcript.matches(" trap(").count(), 16, "{transcript}");
    let end = "call(1, 3, []) -> too-deep(16)\ndetach -> ok\nprogram: Ok(Returned([]))\n";
    assert!(transcript.ends_with(end), "{transcript}");
}
