//! Futures that are dropped half-way: whatever is cut, and however often, the program stops at the
//! same places with the same state, and ends with the same result, as one that is never cut.

use crate::support::harness::{Data, Turns, bounded, cut, define_call_back, define_wait, program_with_result};
use crate::support::places::Places;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use stillpoint_debuggee::{
    BreakpointSpec, Change, Debuggee, Error, Exit, Frame, FrameId, How, Location, Session, State, StopReason, Value,
    View,
};
use tokio::runtime::Builder;
use wasmtime::Caller;

/// Goes back to its host in every way there is: functions that wait, epochs that make it yield,
/// exceptions, and a call that comes back into the program.
const PROGRAM: &str = r#"
    (module
      (import "host" "turn" (func $turn))
      (import "host" "wait" (func $wait))
      (import "host" "tick" (func $tick))
      (import "host" "again" (func $again (param i32) (result i32)))
      (tag $e (param i32))
      (func $main (export "main") (result i32) (local $n i32) (local $sum i32)
        (loop $turn
          (call $turn)
          (local.set $sum (i32.add (local.get $sum) (call $mix (local.get $n))))
          (call $tick)
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $turn (i32.lt_u (local.get $n) (i32.const 4))))
        (local.get $sum))
      (func $mix (param $x i32) (result i32)
        (call $wait)
        (block $caught (result i32)
          (try_table (catch $e $caught)
            (if (i32.and (local.get $x) (i32.const 1))
              (then (throw $e (i32.mul (local.get $x) (i32.const 10))))))
          (call $again (local.get $x))))
      (func $back (export "back") (param i32) (result i32)
        (call $turn)
        (i32.add (local.get 0) (i32.const 100))))
"#;

const RESULT: i32 = 100 + 10 + 102 + 30;

/// The program, and where its result goes.
fn new() -> (Debuggee<Data>, Arc<AtomicI32>) {
    program_with_result(PROGRAM, |linker| {
        define_wait(linker, "turn", || Turns(1));
        define_wait(linker, "wait", || Turns(3));
        linker.func_wrap("host", "tick", |caller: Caller<'_, Data>| caller.engine().increment_epoch()).unwrap();
        define_call_back(linker, "again", "back", &[wasmtime::ValType::I32], &[wasmtime::ValType::I32]);
    })
}

/// What one stop shows.
type Seen = (Option<Location>, StopReason, Vec<Frame>, Vec<Value>, Vec<Value>);

/// What is done to get to the stops.
#[derive(Debug, Clone)]
struct Plan {
    /// For each resume in turn, over and over: a single step?
    steps: Vec<bool>,
    /// Offsets in `main` and `mix` with breakpoints.
    breakpoints: Vec<u32>,
}

impl Plan {
    fn how(&self, number: usize) -> How {
        if self.steps[number % self.steps.len()] { How::StepInstruction } else { How::Continue }
    }

    fn set_up(&self, debuggee: &mut Debuggee<Data>) {
        let places = Places::of(PROGRAM);
        let add = |location| Change::Add(BreakpointSpec::at(location));
        let first = [places.location("main#0"), places.location("mix#0")];
        let locations = self.breakpoints.iter().flat_map(|offset| first.map(|first| (first, *offset)));
        // Offsets that are no instructions are refused, in every run alike.
        let changes: Vec<Change> =
            locations.map(|(first, offset)| add(Location { pc: first.pc + offset, ..first })).collect();
        debuggee.edit_breakpoints(&changes).unwrap();
    }
}

fn look(paused: &mut dyn View, stop: u64) -> (Vec<Frame>, Vec<Value>, Vec<Value>) {
    let frames = paused.frames(0, u32::MAX).unwrap();
    let innermost = FrameId { stop, index: 0 };
    let of_innermost = |values: Result<Vec<Value>, Error>| if frames.is_empty() { Vec::new() } else { values.unwrap() };
    (frames.clone(), of_innermost(paused.locals(innermost)), of_innermost(paused.operands(innermost)))
}

async fn uncut(plan: &Plan) -> Vec<Seen> {
    let (mut debuggee, result) = new();
    plan.set_up(&mut debuggee);
    let mut seen = Vec::new();
    while !debuggee.is_complete() {
        let stop = debuggee.resume(plan.how(seen.len())).await.unwrap();
        let number = stop.number;
        let (frames, locals, operands) = match stop.location() {
            Some(_) => debuggee.query(move |paused| look(paused, number)).await.unwrap(),
            None => Default::default(),
        };
        seen.push((stop.location(), stop.reason, frames, locals, operands));
    }
    assert_eq!(result.load(Ordering::SeqCst), RESULT);
    seen
}

/// The same, cut after the numbers of polls that `cuts` gives, over and over; where it gives none,
/// the program goes to the background.
async fn with_cuts(plan: &Plan, cuts: &[Option<u32>], n_cuts: &AtomicUsize) -> Vec<Seen> {
    let (mut debuggee, result) = new();
    plan.set_up(&mut debuggee);
    let mut cuts = cuts.iter().copied().cycle();
    let mut seen = Vec::new();
    while !debuggee.is_complete() {
        let how = plan.how(seen.len());
        // A resume that has been cut goes on with whatever the next one says.
        let mut first = true;
        let stop = loop {
            let polls = match cuts.next().unwrap() {
                Some(polls) => polls,
                None if debuggee.state() == State::Running => {
                    debuggee.run_in_background().unwrap();
                    1
                }
                None => {
                    debuggee.start(how).unwrap();
                    first = false;
                    1
                }
            };
            if polls == 0 && first {
                // Not even begun: a future that was never polled does nothing.
                assert_eq!(cut(debuggee.resume(how), 0).await, None);
                assert_eq!(debuggee.state(), State::Paused);
                n_cuts.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            match cut(debuggee.resume(if first { how } else { How::Continue }), polls.max(1)).await {
                Some(stop) => break stop.unwrap(),
                None => n_cuts.fetch_add(1, Ordering::Relaxed),
            };
            first = false;
            assert_eq!(debuggee.state(), State::Running);
            assert_eq!(debuggee.query(|_| ()).await, Err(Error::Running));
            // In the background it needs its turn.
            tokio::task::yield_now().await;
        };
        let number = stop.number;
        assert_eq!(number, seen.len() as u64 + 1);
        let (frames, locals, operands) = match stop.location() {
            Some(_) => loop {
                let polls = cuts.next().unwrap().unwrap_or(1);
                match cut(debuggee.query(move |paused| look(paused, number)), polls).await {
                    Some(answer) => break answer.unwrap(),
                    None => n_cuts.fetch_add(1, Ordering::Relaxed),
                };
                assert_eq!(debuggee.state(), State::Paused);
            },
            None => Default::default(),
        };
        seen.push((stop.location(), stop.reason, frames, locals, operands));
    }
    assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Returned(vec![])));
    assert_eq!(result.load(Ordering::SeqCst), RESULT);
    seen
}

fn plans() -> impl Strategy<Value = Plan> {
    let steps = proptest::collection::vec(any::<bool>(), 1..6);
    let breakpoints = proptest::collection::vec(0..30_u32, 0..6);
    (steps, breakpoints).prop_map(|(steps, breakpoints)| Plan { steps, breakpoints })
}

fn cuts() -> impl Strategy<Value = Vec<Option<u32>>> {
    // At least one that lets the program advance.
    let some = prop_oneof![6 => (0..4_u32).prop_map(Some), 1 => Just(None)];
    proptest::collection::vec(some, 1..60).prop_map(|mut cuts| {
        cuts.push(Some(2));
        cuts
    })
}

fn property(n_threads: usize) {
    bounded(move || {
        let runtime = match n_threads {
            1 => Builder::new_current_thread().build().unwrap(),
            n => Builder::new_multi_thread().worker_threads(n).build().unwrap(),
        };
        let n_cuts = Arc::new(AtomicUsize::new(0));
        let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
        let result = runner.run(&(plans(), cuts()), |(plan, cuts)| {
            let n_cuts = Arc::clone(&n_cuts);
            let task = async move {
                let expected = uncut(&plan).await;
                let seen = with_cuts(&plan, &cuts, &n_cuts).await;
                assert_eq!(seen, expected);
            };
            // On threads of the runtime, so that the program moves between them.
            runtime.block_on(runtime.spawn(task)).map_err(|error| TestCaseError::fail(error.to_string()))
        });
        if let Err(error) = result {
            panic!("{error}");
        }
        let n_cuts = n_cuts.load(Ordering::Relaxed);
        assert!(n_cuts > 2000, "only {n_cuts} cuts: the test does not test much");
    });
}

#[test]
fn cuts_change_nothing_on_one_thread() {
    property(1);
}

#[test]
fn cuts_change_nothing_on_several_threads() {
    property(2);
}
