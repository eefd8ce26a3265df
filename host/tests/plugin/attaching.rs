//! Debuggers that come to a program in the middle of its life, and go again.

use super::support::{ADD, LOOP, Printed, script, session};
use stillpoint::debuggee::{Captures, Exit, How, Session, State, StopReason};
use stillpoint::plugin::Output;

/// Runs the script guest on a session, and gives back what it printed, and the session.
async fn debug(session: Box<dyn Session>, calls: &[&str]) -> (String, Box<dyn Session>) {
    let printed = Printed::default();
    let calls: Vec<String> = calls.iter().map(|call| (*call).to_owned()).collect();
    let (result, session) = script().debug(session, &calls, Output::new(printed.clone())).await;
    result.expect("the debugger does not fail");
    (printed.text(), session.expect("the host has not lost it"))
}

/// A debugger, then native steps, then another debugger, which sees nothing of the first.
#[tokio::test]
async fn one_after_the_other_at_any_stop() {
    let wishes = ["step", "breakpoints.add([at(here)])", "set-captures([locals])", "interrupt"];
    let (printed, mut session) = debug(session(ADD), &wishes).await;
    assert!(printed.ends_with("interrupt -> ok\n"), "{printed}");
    assert_eq!((session.state(), session.last_stop().number), (State::Paused, 1));

    let stop = session.resume(How::StepInstruction).await.expect("it is paused");
    assert_eq!((stop.number, &stop.reason), (2, &StopReason::Step));
    assert_eq!(stop.captured.asked, Captures::default());

    let (printed, mut session) = debug(session, &["last-stop", "list-breakpoints(0, max)", "step"]).await;
    assert_eq!(printed, "last-stop -> 2 step\nlist-breakpoints(0, max) -> list of 0\nstep -> 3 step\n");
    assert_eq!(session.finish().await, Ok(Exit::Returned(vec![])));
    let (printed, _) = debug(session, &["current-state", "resume"]).await;
    assert_eq!(printed, "current-state -> exited\nresume -> exited\n");
}

/// What a debugger wanted that has left the program running is taken back for the next one, which gets
/// no interrupt that it has not asked for.
#[tokio::test]
async fn nothing_is_inherited_from_one_that_left_it_running() {
    let wishes = ["step", "breakpoints.add([at(here)])", "set-captures([locals])", "start"];
    let (_, session) = debug(session(LOOP), &wishes).await;
    let (printed, mut session) = debug(session, &["list-breakpoints(0, max)", "step", "step"]).await;
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "list-breakpoints(0, max) -> list of 0");
    assert!(lines[1..].iter().all(|line| line.ends_with(" step")), "{printed}");
    assert_eq!(session.last_stop().captured.asked, Captures::default());
    session.terminate().expect("it has not ended");
}

/// A program that runs is interrupted for the debugger.
#[tokio::test]
async fn to_a_program_that_runs() {
    let mut running = session(LOOP);
    running.begin(How::Continue).expect("it is paused");
    running.run_in_background().expect("there is a runtime");
    let (printed, session) = debug(running, &["last-stop", "start"]).await;
    assert_eq!(printed, "last-stop -> 1 interrupt\nstart -> ok\n");
    assert_eq!(session.state(), State::Running);
    let (printed, mut session) = debug(session, &["last-stop"]).await;
    assert_eq!(printed, "last-stop -> 2 interrupt\n");
    session.terminate().expect("it has not ended");
    assert_eq!(session.finish().await, Ok(Exit::Killed));
}
