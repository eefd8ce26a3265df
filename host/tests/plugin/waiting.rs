//! Programs that run in the background, and debuggers that wait for them and for something else.

use super::support::{ADD, LOOP, Printed, check, script, session};
use expect_test::expect;
use std::time::Duration;
use stillpoint::plugin::Output;

#[tokio::test]
async fn the_program_is_first() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            subscribe(stopped) -> ok
            timer(minute, 60000) -> ok
            poll(stopped, minute) -> stopped
            drop(stopped) -> ok
            finish -> 1 exited(returned([]))
            current-state -> exited
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn the_timer_is_first() {
    check(
        LOOP,
        expect![[r#"
            start -> ok
            subscribe(stopped) -> ok
            timer(moment, 20) -> ok
            poll(stopped, moment) -> moment
            interrupt -> ok
            block(stopped) -> ok
            timer(minute, 60000) -> ok
            poll(stopped, minute) -> stopped
            drop(stopped) -> ok
            finish -> 1 interrupt
            terminate -> ok
            program: Ok(Killed)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn many_pollables_wait_for_one_run() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            subscribe(one) -> ok
            subscribe(other) -> ok
            poll(one, other) -> one, other
            drop(one) -> ok
            drop(other) -> ok
            finish -> 1 exited(returned([]))
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_pollable_may_outlive_its_run() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            subscribe(stopped) -> ok
            finish -> 1 exited(returned([]))
            ready(stopped) -> true
            block(stopped) -> ok
            drop(stopped) -> ok
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_pollable_belongs_to_one_run() {
    check(
        LOOP,
        expect![[r#"
            start -> ok
            subscribe(first) -> ok
            interrupt -> ok
            finish -> 1 interrupt
            start -> ok
            ready(first) -> true
            drop(first) -> ok
            subscribe(second) -> ok
            ready(second) -> false
            terminate -> ok
            finish -> 2 exited(killed)
            ready(second) -> true
            program: Ok(Killed)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_dropped_running_loses_no_stop() {
    check(
        ADD,
        expect![[r#"
            step -> 1 step
            start -> ok
            drop(running) -> ok
            current-state -> running
            last-stop -> running
            resume -> 2 exited(returned([]))
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_dropped_running_can_be_had_again() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            drop(running) -> ok
            start -> ok
            resume -> running
            finish -> 1 exited(returned([]))
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn terminating_in_the_background() {
    check(
        LOOP,
        expect![[r#"
            start -> ok
            terminate -> ok
            finish -> 1 exited(killed)
            current-state -> exited
            last-stop -> 1 exited(killed)
            program: Ok(Killed)
        "#]],
    )
    .await;
}

/// The program stops for the interrupt while the debugger waits for the timer only.
#[tokio::test]
async fn terminating_what_has_stopped_unseen() {
    check(
        LOOP,
        expect![[r#"
            start -> ok
            interrupt -> ok
            timer(moment, 100) -> ok
            block(moment) -> ok
            terminate -> ok
            finish -> 2 exited(killed)
            current-state -> exited
            program: Ok(Killed)
        "#]],
    )
    .await;
}

/// The debugger knows that the program has stopped, and ends it before it takes the stop.
#[tokio::test]
async fn terminating_what_has_stopped_uncollected() {
    check(
        LOOP,
        expect![[r#"
            start -> ok
            interrupt -> ok
            subscribe(stopped) -> ok
            block(stopped) -> ok
            terminate -> ok
            finish -> 2 exited(killed)
            current-state -> exited
            program: Ok(Killed)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn dropping_the_program_in_the_background() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            drop(debuggee) -> ok
            subscribe(stopped) -> ok
            drop(stopped) -> ok
            finish -> detached
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn leaving_while_the_program_runs() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            subscribe(stopped) -> ok
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_empty_poll_traps() {
    check(
        ADD,
        expect![[r#"
            poll -> the debugger trapped: empty poll list
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn pollables_without_end() {
    check(
        ADD,
        expect![[r#"
            start -> ok
            subscribe-without-end -> the debugger trapped: resource table has no free keys
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

/// Runs a debugger until its last call was printed, which has no answer, and drops the future that
/// runs both.
async fn until_printed(program: &str, calls: &[&str]) {
    let printed = Printed::default();
    let arguments: Vec<String> = calls.iter().map(|call| (*call).to_owned()).collect();
    let debugged = script().run(session(program), &arguments, Output::new(printed.clone()));
    let last = format!("{} -> ", calls.last().copied().unwrap_or_default());
    let shown = async {
        while !printed.text().ends_with(&last) {
            tokio::task::yield_now().await;
        }
    };
    let first = async {
        tokio::select! {
            outcome = debugged => panic!("{outcome:?}"),
            () = shown => (),
        }
    };
    tokio::time::timeout(Duration::from_secs(60), first).await.expect("the text is kept back");
}

#[tokio::test]
async fn what_was_printed_is_seen_while_the_program_runs() {
    until_printed(LOOP, &["resume"]).await;
}

#[tokio::test]
async fn what_was_printed_is_seen_while_the_debugger_waits() {
    until_printed(LOOP, &["start", "subscribe(stopped)", "block(stopped)"]).await;
}

#[tokio::test]
async fn a_debugger_that_computes_can_be_dropped() {
    until_printed(LOOP, &["loop"]).await;
}
