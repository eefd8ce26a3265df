//! Calls in every state of the program, and what they answer.

use super::support::{ADD, EXIT, LOOP, Script, TRAP};
use expect_test::{Expect, expect};

/// Everything that can be asked of a program.
fn everything(script: Script) -> Script {
    script
        .state()
        .last_stop()
        .list("modules", "")
        .list("bytecode", "(i32.const 0) (i64.const 0) (i64.const 8)")
        .list("instances", "")
        .list("backtrace", "(i32.const 0) (i32.const -1)")
        .list("locals", "(i64.const 1) (i32.const 0)")
        .list("operands", "(i64.const 1) (i32.const 0)")
        .list("read-memory", "(i32.const 0) (i32.const 0) (i64.const 0) (i64.const 1)")
        .list("edit", "(i32.const 0) (i32.const 0)")
        .list("all", "")
}

async fn check(script: Script, program: &str, expected: Expect) {
    expected.assert_eq(&script.transcript(program).await);
}

#[tokio::test]
async fn steps_to_the_end() {
    let script = Script::new().last_stop().step().step().last_stop().resume().state().last_stop().resume();
    check(
        script,
        ADD,
        expect![[r#"
        last-stop: 0 entry
        step: 1 step
        step: 2 step
        last-stop: 2 step
        resume: 3 exited returned
        state: exited
        last-stop: 3 exited returned
        resume: exited
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn at_the_entry() {
    check(
        everything(Script::new()),
        ADD,
        expect![[r#"
        state: paused
        last-stop: 0 entry
        modules: 1
        bytecode: 8
        instances: 0
        backtrace: 0
        locals: stale-frame
        operands: stale-frame
        read-memory: no-instance
        edit: 0
        all: 0
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn at_a_stop() {
    check(
        everything(Script::new().step()),
        ADD,
        expect![[r#"
        step: 1 step
        state: paused
        last-stop: 1 step
        modules: 1
        bytecode: 8
        instances: 1
        backtrace: 1
        locals: 0
        operands: 0
        read-memory: no-instance
        edit: 0
        all: 0
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn frames_of_an_earlier_stop() {
    check(
        everything(Script::new().step().step()),
        ADD,
        expect![[r#"
        step: 1 step
        step: 2 step
        state: paused
        last-stop: 2 step
        modules: 1
        bytecode: 8
        instances: 1
        backtrace: 1
        locals: stale-frame
        operands: stale-frame
        read-memory: no-instance
        edit: 0
        all: 0
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn while_running() {
    let script = everything(Script::new().start()).start().resume().step().ask("detach").finish().state();
    check(
        script,
        ADD,
        expect![[r#"
        start: ok
        state: running
        last-stop: running
        modules: running
        bytecode: running
        instances: running
        backtrace: running
        locals: running
        operands: running
        read-memory: running
        edit: running
        all: running
        start: running
        resume: running
        step: running
        detach: running
        finish: 1 exited returned
        state: exited
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn after_the_end() {
    let script = everything(Script::new().resume());
    let script = script.resume().start().ask("interrupt").ask("terminate").ask("detach");
    check(
        script,
        ADD,
        expect![[r#"
            resume: 1 exited returned
            state: exited
            last-stop: 1 exited returned
            modules: 1
            bytecode: 8
            instances: exited
            backtrace: exited
            locals: exited
            operands: exited
            read-memory: exited
            edit: exited
            all: 0
            resume: exited
            start: exited
            interrupt: exited
            terminate: exited
            detach: exited
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn after_detaching() {
    let script = everything(Script::new().step().ask("detach"));
    let script = script.resume().start().ask("interrupt").ask("terminate").ask("detach");
    check(
        script,
        ADD,
        expect![[r#"
        step: 1 step
        detach: ok
        state: exited
        last-stop: exited
        modules: exited
        bytecode: exited
        instances: exited
        backtrace: exited
        locals: exited
        operands: exited
        read-memory: exited
        edit: exited
        all: exited
        resume: exited
        start: exited
        interrupt: exited
        terminate: exited
        detach: exited
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn after_terminating() {
    let script = Script::new().step().ask("terminate").state().last_stop().resume().ask("terminate");
    check(
        script,
        LOOP,
        expect![[r#"
        step: 1 step
        terminate: ok
        state: exited
        last-stop: 2 exited killed
        resume: exited
        terminate: exited
        program: Ok(Killed)
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_trap_is_a_stop() {
    check(
        Script::new().resume().resume(),
        TRAP,
        expect![[r#"
        resume: 1 trap
        resume: 2 exited failed
        program: Ok(Failed("wasm trap: wasm `unreachable` instruction executed"))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_exit_code_is_the_end() {
    check(
        Script::new().resume().state(),
        EXIT,
        expect![[r#"
        resume: 1 exited code
        state: exited
        program: Ok(Code(3))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_interrupt_while_paused_holds_for_the_next_resume() {
    check(
        Script::new().ask("interrupt").resume().ask("terminate"),
        LOOP,
        expect![[r#"
        interrupt: ok
        resume: 1 interrupt
        terminate: ok
        program: Ok(Killed)
    "#]],
    )
    .await;
}

#[tokio::test]
async fn addresses_at_the_edge_are_arithmetic() {
    let program = r#"(module (memory (export "memory") 1) (func (export "main") nop))"#;
    let script = Script::new()
        .step()
        .list("instances", "")
        .code("(local.set $timer (i32.load (i32.load offset=8 (global.get $area))))")
        .list("read-memory", "(local.get $timer) (i32.const 0) (i64.const 0) (i64.const -1)")
        .list("read-memory", "(local.get $timer) (i32.const 0) (i64.const -1) (i64.const -1)")
        .list("read-memory", "(local.get $timer) (i32.const 0) (i64.const 65536) (i64.const 5)")
        .list("read-memory", "(local.get $timer) (i32.const 0) (i64.const 65537) (i64.const 0)")
        .list("read-memory", "(local.get $timer) (i32.const -1) (i64.const 0) (i64.const 1)")
        .list("read-memory", "(i32.const -1) (i32.const 0) (i64.const 0) (i64.const 1)")
        .list("bytecode", "(i32.const 0) (i64.const 4) (i64.const -1)")
        .list("bytecode", "(i32.const 0) (i64.const -1) (i64.const -1)")
        .list("bytecode", "(i32.const -1) (i64.const 0) (i64.const 1)")
        .list("backtrace", "(i32.const -1) (i32.const -1)")
        .list("locals", "(i64.const -1) (i32.const 0)")
        .list("locals", "(i64.const 1) (i32.const -1)");
    check(
        script,
        program,
        expect![[r#"
        step: 1 step
        instances: 1
        read-memory: 65536
        read-memory: out-of-bounds
        read-memory: 0
        read-memory: out-of-bounds
        read-memory: no-memory
        read-memory: no-instance
        bytecode: 45
        bytecode: out-of-bounds
        bytecode: no-module
        backtrace: 0
        locals: stale-frame
        locals: no-frame
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn breakpoints_are_answered_one_by_one() {
    // At 60000, 72 bytes each: add at the pc of the first stop, add where no instruction is, remove number 7.
    let script = Script::new()
        .step()
        .code("(local.set $timer (i32.load offset=60 (global.get $area)))")
        .code("(i32.store (i32.const 60012) (local.get $timer))")
        .code("(i32.store (i32.const 60084) (i32.const 1))")
        .code("(i32.store (i32.const 60144) (i32.const 1)) (i32.store (i32.const 60152) (i32.const 7))")
        .list("edit", "(i32.const 60000) (i32.const 3)")
        .code("(local.set $timer (i32.load offset=8 (global.get $area)))")
        .number("first is an error", "(i32.load8_u (local.get $timer))")
        .number("its number", "(i32.load offset=8 (local.get $timer))")
        .number("second is an error", "(i32.load8_u offset=32 (local.get $timer))")
        .number("of kind", "(i32.load8_u offset=40 (local.get $timer))")
        .number("third is an error", "(i32.load8_u offset=64 (local.get $timer))")
        .number("of kind", "(i32.load8_u offset=72 (local.get $timer))")
        .list("all", "");
    check(
        script,
        ADD,
        expect![[r#"
        step: 1 step
        edit: 3
        first is an error: 0
        its number: 1
        second is an error: 1
        of kind: 23
        third is an error: 1
        of kind: 22
        all: 1
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_empty_world() {
    let script = Script::new()
        .code("(call $environment (global.get $area))")
        .number("variables", "(i32.load offset=4 (global.get $area))")
        .code("(call $arguments (global.get $area))")
        .number("arguments", "(i32.load offset=4 (global.get $area))")
        .code("(call $now (global.get $area))")
        .number("seconds", "(i32.wrap_i64 (i64.load (global.get $area)))");
    check(
        script,
        ADD,
        expect![[r#"
        variables: 0
        arguments: 0
        seconds: 0
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}
