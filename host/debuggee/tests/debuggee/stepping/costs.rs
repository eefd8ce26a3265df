//! What steps cost: how often the engine's code is edited, and that nothing grows.
//!
//! The prices are fixed at those of a program of some megabytes, so that the counts are the same on
//! every machine.

use crate::stepping::table::engine;
use crate::support::places::Places;
use std::time::Duration;
use stillpoint_debuggee::{BreakpointSpec, Change, Debuggee, How, Session, StepCosts, StopReason};
use wasmtime::{Linker, Module, Store};

/// A switch of 2 ms, a session of 0.4 ms, an event of 0.1 µs.
const COSTS: StepCosts = StepCosts {
    switch: Duration::from_millis(2),
    session: Duration::from_micros(400),
    event: Duration::from_nanos(100),
};

const LOOP: &str = r#"(module
    (global $n (mut i32) (i32.const 0))
    (func $callee
        global.get $n
        i32.const 1
        i32.add
        global.set $n)
    (func $main (export "main")
        loop
            call $callee
            nop
            nop
            global.get $n
            i32.const 1000000
            i32.ne
            br_if 0
        end))"#;

/// A program that is about to begin its loop.
fn in_a_loop() -> Debuggee<()> {
    let engine = engine();
    let module = Module::new(&engine, LOOP).unwrap();
    let mut store = Store::new(&engine, ());
    store.debug_register_module(&module).unwrap();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = Linker::new(store.engine()).instantiate_async(&mut *store, &module).await?;
            instance.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(store, ()).await
        })
    })
    .unwrap();
    debuggee.assume_step_costs(COSTS);
    debuggee
}

/// Resumes so often; gives how many edit sessions that took, and the most in one resume.
async fn sessions(debuggee: &mut Debuggee<()>, n: usize, hows: &[How]) -> (u64, u64) {
    let begin = debuggee.n_edit_sessions();
    let mut most = 0;
    for how in hows.iter().cycle().take(n) {
        let before = debuggee.n_edit_sessions();
        let stop = debuggee.resume(*how).await.unwrap();
        assert!(matches!(stop.reason, StopReason::Step | StopReason::Breakpoint(_)), "{stop:?}");
        most = most.max(debuggee.n_edit_sessions() - before);
    }
    (debuggee.n_edit_sessions() - begin, most)
}

async fn at_callee() -> Debuggee<()> {
    let mut debuggee = in_a_loop();
    let callee = Places::of(LOOP).location("callee#0");
    debuggee.edit_breakpoints(&[Change::Add(BreakpointSpec::at(callee))]).unwrap().remove(0).unwrap();
    debuggee.resume(How::Continue).await.unwrap();
    debuggee
}

/// The places are the same in every turn of the loop, so after one turn the code has all the
/// breakpoints it needs.
#[tokio::test]
async fn step_and_continue_in_turn_edits_no_code_after_the_first_turn() {
    let mut debuggee = at_callee().await;
    assert_eq!(sessions(&mut debuggee, 2000, &[How::StepInstruction, How::Continue]).await, (1, 1));
}

#[tokio::test]
async fn step_out_and_continue_in_turn_edits_no_code_after_the_first_turn() {
    let mut debuggee = at_callee().await;
    assert_eq!(sessions(&mut debuggee, 2000, &[How::StepOut, How::Continue]).await, (1, 1));
}

/// A loop of thirteen instructions needs as many sessions, which cost more than switching to
/// single-step mode.
#[tokio::test]
async fn step_by_instruction_switches_to_single_steps_once() {
    let mut debuggee = at_callee().await;
    let (n_sessions, most) = sessions(&mut debuggee, 2000, &[How::StepInstruction]).await;
    assert!((9..=12).contains(&n_sessions), "{n_sessions} sessions: ten cost as much as switching on and off");
    assert_eq!(most, 1);
    assert_eq!(sessions(&mut debuggee, 2000, &[How::StepInstruction, How::StepOver]).await, (0, 0));
}

/// In single-step mode a continue to a breakpoint nearby needs no session either, and one far away
/// needs one.
#[tokio::test]
async fn step_lingers_until_that_has_cost_a_switch() {
    let mut debuggee = at_callee().await;
    sessions(&mut debuggee, 100, &[How::StepInstruction]).await;
    assert_eq!(sessions(&mut debuggee, 1000, &[How::StepInstruction, How::Continue]).await, (0, 0));
    let ids: Vec<_> = Session::breakpoints(&debuggee).unwrap().into_iter().map(|breakpoint| breakpoint.id).collect();
    debuggee.edit_breakpoints(&[Change::Remove(ids[0])]).unwrap().remove(0).unwrap();
    let before = debuggee.n_edit_sessions();
    debuggee.resume(How::Continue).await.unwrap();
    assert!(debuggee.is_complete());
    // Off when lingering got too dear; whatever else was in the code was taken out then too.
    assert_eq!(debuggee.n_edit_sessions() - before, 1);
}

/// What a past step has left in a hot loop is taken out when its hits have cost as much as that.
#[tokio::test]
async fn step_leaves_nothing_in_a_hot_loop_for_long() {
    let mut debuggee = at_callee().await;
    sessions(&mut debuggee, 2, &[How::StepInstruction]).await;
    let ids: Vec<_> = Session::breakpoints(&debuggee).unwrap().into_iter().map(|breakpoint| breakpoint.id).collect();
    debuggee.edit_breakpoints(&[Change::Remove(ids[0])]).unwrap().remove(0).unwrap();
    let before = debuggee.n_edit_sessions();
    debuggee.resume(How::Continue).await.unwrap();
    assert!(debuggee.is_complete());
    // One for the breakpoint that was removed, one for the places of the two steps.
    assert_eq!(debuggee.n_edit_sessions() - before, 2);
}
