//! Programs that run in the background, and debuggers that wait for them and for something else.

use super::super::Output;
use super::support::{ADD, LOOP, Place, Script, plugin, session};
use expect_test::{Expect, expect};
use std::time::Duration;

async fn check(script: Script, program: &str, expected: Expect) {
    expected.assert_eq(&script.transcript(program).await);
}

impl Script {
    /// Waits for the program and for a timer of some milliseconds together, and says which is ready.
    fn poll_with_timer(self, milliseconds: u32) -> Script {
        self.code(&format!("(local.set $timer (call $timer (i64.const {milliseconds}000000)))"))
            .code(
                "(i32.store (i32.const 60000) (local.get $pollable)) (i32.store (i32.const 60004) (local.get $timer))",
            )
            .code("(call $poll (i32.const 60000) (i32.const 2) (global.get $area))")
            .number("ready", "(i32.load offset=4 (global.get $area))")
            .number("first", "(i32.load (i32.load (global.get $area)))")
            .code("(call $drop_pollable (local.get $timer))")
    }

    fn drop_pollable(self) -> Script {
        self.code("(call $drop_pollable (local.get $pollable))")
    }

    fn drop_running(self) -> Script {
        self.code("(call $drop_running (local.get $running))")
    }
}

#[tokio::test]
async fn the_program_is_first() {
    let script = Script::new().start().subscribe("pollable").poll_with_timer(60_000).drop_pollable().finish().state();
    check(
        script,
        ADD,
        expect![[r#"
        start: ok
        ready: 1
        first: 0
        finish: 1 exited returned
        state: exited
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn the_timer_is_first() {
    let script = Script::new()
        .start()
        .subscribe("pollable")
        .poll_with_timer(20)
        .ask("interrupt")
        .code("(call $block (local.get $pollable))")
        .poll_with_timer(60_000)
        .drop_pollable()
        .finish()
        .ask("terminate");
    check(
        script,
        LOOP,
        expect![[r#"
        start: ok
        ready: 1
        first: 1
        interrupt: ok
        ready: 1
        first: 0
        finish: 1 interrupt
        terminate: ok
        program: Ok(Killed)
    "#]],
    )
    .await;
}

#[tokio::test]
async fn many_pollables_wait_for_one_run() {
    let script = Script::new()
        .start()
        .subscribe("pollable")
        .subscribe("timer")
        .code("(i32.store (i32.const 60000) (local.get $pollable)) (i32.store (i32.const 60004) (local.get $timer))")
        .code("(call $poll (i32.const 60000) (i32.const 2) (global.get $area))")
        .number("ready", "(i32.load offset=4 (global.get $area))")
        .drop_pollable()
        .code("(call $drop_pollable (local.get $timer))")
        .finish();
    check(
        script,
        ADD,
        expect![[r#"
        start: ok
        ready: 2
        finish: 1 exited returned
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_pollable_may_outlive_its_run() {
    let script = Script::new()
        .start()
        .subscribe("pollable")
        .finish()
        .number("ready", "(call $ready (local.get $pollable))")
        .code("(call $block (local.get $pollable))")
        .drop_pollable();
    check(
        script,
        ADD,
        expect![[r#"
        start: ok
        finish: 1 exited returned
        ready: 1
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_pollable_belongs_to_one_run() {
    let script = Script::new()
        .start()
        .subscribe("pollable")
        .ask("interrupt")
        .finish()
        .start()
        .number("first ready", "(call $ready (local.get $pollable))")
        .drop_pollable()
        .subscribe("pollable")
        .number("second ready", "(call $ready (local.get $pollable))")
        .ask("terminate")
        .finish()
        .number("second ready", "(call $ready (local.get $pollable))");
    check(
        script,
        LOOP,
        expect![[r#"
        start: ok
        interrupt: ok
        finish: 1 interrupt
        start: ok
        first ready: 1
        second ready: 0
        terminate: ok
        finish: 2 exited killed
        second ready: 1
        program: Ok(Killed)
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_dropped_running_loses_no_stop() {
    let script = Script::new().step().start().drop_running().state().last_stop().resume();
    check(
        script,
        ADD,
        expect![[r#"
        step: 1 step
        start: ok
        state: running
        last-stop: running
        resume: 2 exited returned
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_dropped_running_can_be_had_again() {
    let script = Script::new().start().drop_running().start().resume().finish();
    check(
        script,
        ADD,
        expect![[r#"
        start: ok
        start: ok
        resume: running
        finish: 1 exited returned
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn terminating_in_the_background() {
    let script = Script::new().start().ask("terminate").finish().state().last_stop();
    check(
        script,
        LOOP,
        expect![[r#"
        start: ok
        terminate: ok
        finish: 1 exited killed
        state: exited
        last-stop: 1 exited killed
        program: Ok(Killed)
    "#]],
    )
    .await;
}

#[tokio::test]
async fn terminating_what_has_stopped_unseen() {
    // The program stops for the interrupt while the debugger waits for the timer only.
    let script = Script::new()
        .start()
        .ask("interrupt")
        .code("(call $block (call $timer (i64.const 100000000)))")
        .ask("terminate")
        .finish()
        .state();
    check(
        script,
        LOOP,
        expect![[r#"
        start: ok
        interrupt: ok
        terminate: ok
        finish: 2 exited killed
        state: exited
        program: Ok(Killed)
    "#]],
    )
    .await;
}

#[tokio::test]
async fn dropping_the_program_in_the_background() {
    let script = Script::new()
        .start()
        .code("(call $drop_debuggee (local.get $debuggee))")
        .subscribe("pollable")
        .drop_pollable()
        .finish();
    check(
        script,
        ADD,
        expect![[r#"
        start: ok
        finish: exited
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn leaving_while_the_program_runs() {
    check(
        Script::new().start().subscribe("pollable"),
        ADD,
        expect![[r#"
        start: ok
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_empty_poll_traps() {
    check(
        Script::new().code("(call $poll (i32.const 0) (i32.const 0) (global.get $area))"),
        ADD,
        expect![[r#"
        the debugger trapped: empty poll list
          in run
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

#[tokio::test]
async fn pollables_without_end() {
    let script = Script::new().start().code("(loop (drop (call $subscribe (local.get $running))) (br 0))");
    check(
        script,
        ADD,
        expect![[r#"
        start: ok
        the debugger trapped: resource table has no free keys
          in run
        program: Ok(Returned([]))
    "#]],
    )
    .await;
}

/// Runs a debugger until a text was printed, and drops the future that runs both.
async fn until_printed(script: Script, program: &str, text: &str) {
    let place = Place::default();
    let plugin = plugin(&script.component());
    let debugged = plugin.run(session(program), &[], Output::new(place.clone()));
    let printed = async {
        while !place.text().contains(text) {
            tokio::task::yield_now().await;
        }
    };
    let first = async {
        tokio::select! {
            outcome = debugged => panic!("{outcome:?}"),
            () = printed => (),
        }
    };
    tokio::time::timeout(Duration::from_secs(60), first).await.expect("the text is kept back");
}

#[tokio::test]
async fn what_was_printed_is_seen_while_the_program_runs() {
    until_printed(Script::new().say("on it").resume(), LOOP, "on it").await;
}

#[tokio::test]
async fn what_was_printed_is_seen_while_the_debugger_waits() {
    let script = Script::new().start().subscribe("pollable").say("waiting");
    until_printed(script.code("(call $block (local.get $pollable))"), LOOP, "waiting").await;
}

#[tokio::test]
async fn a_debugger_that_computes_can_be_dropped() {
    until_printed(Script::new().say("busy").code("(loop (br 0))"), LOOP, "busy").await;
}
