//! Calls in every state of the program, and what they answer.

use super::support::{ADD, EXIT, LOOP, State, TRAP, check, check_table};
use expect_test::expect;

#[tokio::test]
async fn steps_to_the_end() {
    check(
        ADD,
        expect![[r#"
            last-stop -> 0 entry
            step -> 1 step
            step -> 2 step
            last-stop -> 2 step
            resume -> 3 exited(returned([]))
            current-state -> exited
            last-stop -> 3 exited(returned([]))
            resume -> exited
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn in_every_state() {
    check_table(
        &[
            State { name: "entry", program: ADD, before: &[], after: &[] },
            State { name: "stop", program: ADD, before: &["step"], after: &[] },
            State { name: "next stop", program: ADD, before: &["step", "step"], after: &[] },
            State { name: "running", program: ADD, before: &["start"], after: &["finish"] },
            State { name: "ended", program: ADD, before: &["resume"], after: &[] },
            State { name: "detached", program: ADD, before: &["step", "detach"], after: &[] },
        ],
        expect![[r#"
            call                      entry           stop            next stop       running       ended                   detached
            current-state             paused          paused          paused          running       exited                  detached
            last-stop                 0 entry         1 step          2 step          running       1 exited(returned([]))  detached
            list-modules(0, max)      list of 1       list of 1       list of 1       running       list of 1               detached
            read-bytecode(0, 0, 8)    list of 8       list of 8       list of 8       running       list of 8               detached
            list-instances(0, max)    list of 0       list of 1       list of 1       running       exited                  detached
            list-frames(0, max)       list of 0       list of 1       list of 1       running       exited                  detached
            read-locals(1, 0)         stale-frame     list of 0       stale-frame     running       exited                  detached
            read-operands(1, 0)       stale-frame     list of 0       stale-frame     running       exited                  detached
            read-memory(0, 0, 0, 1)   no-instance(0)  no-instance(0)  no-instance(0)  running       exited                  detached
            breakpoints.add([])       list of 0       list of 0       list of 0       running       exited                  detached
            list-breakpoints(0, max)  list of 0       list of 0       list of 0       running       list of 0               detached
            program                   Returned([])    Returned([])    Returned([])    Returned([])  Returned([])            Returned([])
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_running_program_is_not_resumed() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            start -> running
            resume -> running
            step -> running
            detach -> running
            finish -> 1 exited(returned([]))
            current-state -> exited
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn nothing_follows_the_end() {
    check(
        ADD,
        expect![[r#"
            resume -> 1 exited(returned([]))
            resume -> exited
            start -> exited
            interrupt -> exited
            terminate -> exited
            detach -> exited
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn nothing_follows_detaching() {
    check(
        ADD,
        expect![[r#"
            step -> 1 step
            detach -> ok
            resume -> detached
            start -> detached
            interrupt -> detached
            terminate -> detached
            detach -> detached
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn after_terminating() {
    check(
        LOOP,
        expect![[r#"
            step -> 1 step
            terminate -> ok
            current-state -> exited
            last-stop -> 2 exited(killed)
            resume -> exited
            terminate -> exited
            program: Ok(Killed)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_trap_is_a_stop() {
    check(
        TRAP,
        expect![[r#"
            resume -> 1 trap({ code: unreachable, message: "wasm trap: wasm `unreachable` instruction executed" })
            resume -> 2 exited(failed("wasm trap: wasm `unreachable` instruction executed"))
            program: Ok(Failed("wasm trap: wasm `unreachable` instruction executed"))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_exit_code_is_the_end() {
    check(
        EXIT,
        expect![[r#"
            resume -> 1 exited(code(3))
            current-state -> exited
            program: Ok(Code(3))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_interrupt_while_paused_holds_for_the_next_resume() {
    check(
        LOOP,
        expect![[r#"
            interrupt -> ok
            resume -> 1 interrupt
            terminate -> ok
            program: Ok(Killed)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn addresses_at_the_edge_are_arithmetic() {
    let program = r#"(module (memory (export "memory") 1) (func (export "main") nop))"#;
    check(
        program,
        expect![[r#"
            step -> 1 step
            list-instances(0, max) -> list of 1
            read-memory(1, 0, 0, max) -> list of 65536
            read-memory(1, 0, max, max) -> out-of-bounds(65536)
            read-memory(1, 0, 65536, 5) -> list of 0
            read-memory(1, 0, 65537, 0) -> out-of-bounds(65536)
            read-memory(1, max, 0, 1) -> no-memory(4294967295)
            read-memory(max, 0, 0, 1) -> no-instance(4294967295)
            read-bytecode(0, 4, max) -> list of 45
            read-bytecode(0, max, max) -> out-of-bounds(49)
            read-bytecode(max, 0, 1) -> no-module(4294967295)
            list-frames(max, max) -> list of 0
            read-locals(max, 0) -> stale-frame
            read-locals(1, max) -> no-frame(1)
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn breakpoints_are_answered_one_by_one() {
    check(
        ADD,
        expect![[r#"
            step -> 1 step
            show breakpoints.add([at(here), at(0, 1), at(here, every(0)), at(here, one-shot, one-shot)]) -> [ok(1), err(not-an-instruction({ before: none, after: some(34) })), err(bad-option("`every` is 0; the least is 1, for every hit")), err(bad-option("`one-shot` is given twice"))]
            show breakpoints.remove([7, 1, 1]) -> [err(no-breakpoint(7)), ok(()), err(no-breakpoint(1))]
            list-breakpoints(0, max) -> list of 0
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_empty_world() {
    check(
        ADD,
        expect![[r#"
            environment -> list of 0
            arguments -> list of 0
            seconds -> 0
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}
