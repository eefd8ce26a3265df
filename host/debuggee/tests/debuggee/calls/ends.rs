//! Endings in the middle of an injected call, and calls that are cut short or run in the
//! background: nothing hangs, nothing is lost.

use crate::calls::support::{function, look};
use crate::support::harness::{Data, DropFlag, Turns, call_main, cut, debuggee, define_wait, run_on_both};
use crate::support::places::Places;
use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use stillpoint_debuggee::{
    BreakpointSpec, Call, CallEnd, Change, Debuggee, Error, Exit, How, Session, State, StopReason, Value,
};
use wasmtime::{AsContext, Caller, Linker};

/// Counts what the host sees of the program and of the call.
const PROGRAM: &str = r#"
    (module
      (import "host" "note" (func $note))
      (import "host" "turn" (func $turn))
      (import "host" "wait" (func $wait))
      (func $main (export "main") nop (call $note) nop (call $note) (call $bad))
      (func $bad)
      (func $call (param $n i32) (result i32)
        (loop $again
          (call $note)
          (call $turn)
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $again (local.get $n)))
        (i32.const 5))
      (func $trap (call $note) unreachable)
      (func $sleep (call $wait))
      (func $loop (loop (br 0))))
"#;

struct Program {
    debuggee: Debuggee<Data>,
    dropped: DropFlag,
    places: Places,
    /// How often `note` was called.
    n_notes: Arc<AtomicU32>,
    /// How often the engine had anything in the code then.
    n_patched: Arc<AtomicU32>,
    /// Whether `wait` was called.
    waits: Arc<AtomicBool>,
}

/// Stopped before its first instruction, with breakpoints on its way and the call's.
async fn new() -> Program {
    let places = Places::of(PROGRAM);
    let (n_notes, n_patched) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let waits = Arc::new(AtomicBool::new(false));
    let (notes, patched, flag) = (Arc::clone(&n_notes), Arc::clone(&n_patched), Arc::clone(&waits));
    let define = move |linker: &mut Linker<Data>| {
        let note = move |caller: Caller<'_, Data>| {
            notes.fetch_add(1, Ordering::SeqCst);
            let store = caller.as_context();
            if store.is_single_step() || store.breakpoints().is_some_and(|breakpoints| breakpoints.count() > 0) {
                patched.fetch_add(1, Ordering::SeqCst);
            }
        };
        linker.func_wrap("host", "note", note).unwrap();
        define_wait(linker, "turn", || Turns(2));
        define_wait(linker, "wait", move || {
            flag.store(true, Ordering::SeqCst);
            pending()
        });
    };
    let (mut debuggee, dropped) = debuggee(PROGRAM, define, call_main);
    debuggee.resume(How::StepInstruction).await.unwrap();
    let changes = ["main#2", "call#1", "bad#0"].map(|place| Change::Add(BreakpointSpec::at(places.location(place))));
    for answer in debuggee.edit_breakpoints(&changes).unwrap() {
        answer.unwrap();
    }
    Program { debuggee, dropped, places, n_notes, n_patched, waits }
}

impl Program {
    fn n_notes(&self) -> u32 {
        self.n_notes.load(Ordering::SeqCst)
    }

    async fn function(&mut self, name: &str, arguments: &[Value]) -> Call {
        function(&mut self.debuggee, &self.places, name, arguments).await
    }

    /// Goes into calls inside each other, to a stop in the innermost.
    async fn nest(&mut self, depth: usize) {
        for _ in 0..depth {
            let call = self.function("call", &[Value::I32(2)]).await;
            let stop = self.debuggee.call(call).await.unwrap();
            assert_eq!(self.places.line(&stop), "breakpoint 2 at call#1");
        }
    }
}

#[test]
fn dropped_in_a_call() {
    run_on_both(|| async {
        for depth in [1, 2, 7] {
            let mut program = new().await;
            program.nest(depth).await;
            let (dropped, notes) = (program.dropped.clone(), Arc::clone(&program.n_notes));
            drop(program);
            assert!(dropped.is_set());
            assert_eq!(notes.load(Ordering::SeqCst), 0);
        }
    });
}

#[test]
fn dropped_while_a_call_waits_in_the_host() {
    run_on_both(|| async {
        let mut program = new().await;
        program.nest(1).await;
        let call = program.function("sleep", &[]).await;
        assert_eq!(cut(program.debuggee.call(call), 5).await, None);
        assert!(program.waits.load(Ordering::SeqCst));
        assert_eq!(program.debuggee.state(), State::Running);
        let dropped = program.dropped.clone();
        drop(program);
        assert!(dropped.is_set());
    });
}

#[test]
fn terminated_in_a_call() {
    run_on_both(|| async {
        let mut program = new().await;
        program.nest(3).await;
        program.debuggee.terminate().unwrap();
        assert_eq!(program.debuggee.last_stop().reason, StopReason::Exited(Exit::Killed));
        assert!(program.dropped.is_set());
        let call = Call::new(stillpoint_debuggee::InstanceId(0), 0, vec![]);
        assert_eq!(program.debuggee.call(call).await, Err(Error::Exited));
        assert_eq!(program.n_notes(), 0);
    });
}

/// Also one that never comes by.
#[test]
fn terminated_while_a_call_runs() {
    run_on_both(|| async {
        for name in ["loop", "sleep"] {
            let mut program = new().await;
            let call = program.function(name, &[]).await;
            program.debuggee.begin_call(call).unwrap();
            program.debuggee.run_in_background().unwrap();
            let interrupter = program.debuggee.interrupter();
            let killer = std::thread::spawn(move || interrupter.terminate());
            let stop = program.debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Exited(Exit::Killed));
            killer.join().unwrap();
            program.dropped.wait().await;
        }
    });
}

/// The call runs to its end unseen, then the program does, and nothing is in the code any more.
#[test]
fn finished_in_a_call() {
    run_on_both(|| async {
        for depth in [1, 2, 7] {
            let mut program = new().await;
            program.nest(depth).await;
            let number = program.debuggee.last_stop().number;
            assert_eq!(program.debuggee.finish().await, Ok(Exit::Returned(vec![])));
            assert_eq!(program.n_notes() as usize, 2 * depth + 2);
            assert_eq!(program.n_patched.load(Ordering::SeqCst), 0);
            assert_eq!(program.debuggee.last_stop().number, number + 1);
            let (store, result) = program.debuggee.take_store().unwrap();
            result.unwrap();
            assert!(!store.as_context().is_single_step());
            assert_eq!(store.as_context().breakpoints().unwrap().count(), 0);
        }
    });
}

/// From a stop at a trap in a call: only the call ends of it.
#[test]
fn finished_at_a_trap_in_a_call() {
    run_on_both(|| async {
        let mut program = new().await;
        let call = program.function("trap", &[]).await;
        let stop = program.debuggee.call(call).await.unwrap();
        assert_eq!(program.places.line(&stop), "trap UnreachableCodeReached at trap#1");
        assert_eq!(program.debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(program.n_notes(), 3);
    });
}

/// No event comes any more after a detach: neither breakpoints nor single-step mode are in the
/// code, which the host sees.
#[test]
fn detached_programs_run_patched_out() {
    run_on_both(|| async {
        for steps in [false, true] {
            let mut program = new().await;
            // Single-step mode lingers.
            if steps {
                program.debuggee.resume(How::StepInstruction).await.unwrap();
                assert_eq!(program.debuggee.state(), State::Paused);
            }
            Session::detach(&mut program.debuggee);
            let before = program.n_patched.load(Ordering::SeqCst);
            let stop = program.debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
            assert_eq!(program.n_notes(), 2);
            assert_eq!(program.n_patched.load(Ordering::SeqCst), before);
        }
    });
}

/// Whatever is cut, and at whichever poll, the call comes to the same stops and the same end.
#[test]
fn calls_that_are_cut_short() {
    run_on_both(|| async {
        for polls in 0..4 {
            let mut program = new().await;
            let before = look(&mut program.debuggee).await;
            let call = program.function("call", &[Value::I32(3)]).await;
            let mut lines = Vec::new();
            let mut n_cuts = 0;
            let mut stop = cut(program.debuggee.call(call), polls).await.transpose().unwrap();
            if stop.is_none() && program.debuggee.state() == State::Paused {
                // It has not been polled at all.
                assert_eq!(polls, 0);
                continue;
            }
            loop {
                while stop.is_none() {
                    if program.debuggee.state() == State::Running {
                        let call = Call::new(stillpoint_debuggee::InstanceId(0), 0, vec![]);
                        assert_eq!(program.debuggee.call(call).await, Err(Error::Running));
                        n_cuts += 1;
                    }
                    stop = cut(program.debuggee.resume(How::Continue), polls.max(1)).await.transpose().unwrap();
                }
                let now = stop.take().unwrap();
                lines.push(program.places.line(&now));
                if matches!(now.reason, StopReason::CallFinished(_)) {
                    break;
                }
            }
            let hit = "breakpoint 2 at call#1";
            assert_eq!(lines, [hit, hit, hit, "call returned [5] at main#0"]);
            assert_eq!(look(&mut program.debuggee).await, before);
            assert_eq!(program.debuggee.finish().await, Ok(Exit::Returned(vec![])));
            assert_eq!(program.n_notes(), 5);
            assert_eq!(n_cuts > 0, polls < 3, "{polls}: {n_cuts}");
        }
    });
}

#[test]
fn calls_in_the_background() {
    run_on_both(|| async {
        let mut program = new().await;
        let call = program.function("call", &[Value::I32(2)]).await;
        program.debuggee.begin_call(call.clone()).unwrap();
        program.debuggee.run_in_background().unwrap();
        assert_eq!(program.debuggee.begin_call(call).err(), Some(Error::Running));
        let mut lines = Vec::new();
        loop {
            let stop = program.debuggee.resume(How::Continue).await.unwrap();
            lines.push(program.places.line(&stop));
            if let StopReason::CallFinished(end) = stop.reason {
                assert_eq!(end, CallEnd::Returned(vec![Value::I32(5)]));
                break;
            }
            program.debuggee.start(How::Continue).unwrap();
        }
        assert_eq!(lines.len(), 3);
        // What is wrong with a call is told where its stop would be.
        let call = program.function("call", &[]).await;
        program.debuggee.begin_call(call).unwrap();
        program.debuggee.run_in_background().unwrap();
        let error = program.debuggee.resume(How::Continue).await;
        assert_eq!(error, Err(Error::ArgumentCount { expected: 1 }));
        assert_eq!(program.debuggee.state(), State::Paused);
        assert_eq!(program.debuggee.finish().await, Ok(Exit::Returned(vec![])));
    });
}

/// With everything that unwinds on the stack below.
#[test]
fn dropped_in_a_call_at_a_failure() {
    run_on_both(|| async {
        for failure in [
            "unreachable",
            "(throw $e)",
            "(block $h (try_table (catch $e $h) (throw $e)))",
            "(call $main)",
            "(call $fail)",
        ] {
            let wat = format!(
                r#"(module (tag $e) (import "host" "fail" (func $fail))
                     (func $main (export "main") {failure})
                     (func $call nop))"#
            );
            let places = Places::of(&wat);
            let define = |linker: &mut Linker<Data>| {
                linker.func_wrap("host", "fail", || -> wasmtime::Result<()> { wasmtime::bail!("no luck") }).unwrap();
            };
            let (mut debuggee, dropped) = debuggee(&wat, define, call_main);
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert!(!matches!(stop.reason, StopReason::Exited(_)));
            for name in ["call", "main", "call"] {
                let call = function(&mut debuggee, &places, name, &[]).await;
                debuggee.call(Call { how: How::StepInstruction, ..call }).await.unwrap();
                debuggee.resume(How::StepInstruction).await.unwrap();
            }
            drop(debuggee);
            assert!(dropped.is_set());
        }
    });
}

/// The body drops its call while the program is stopped in an injected one, and ends.
#[test]
fn a_body_that_gives_up_its_call() {
    run_on_both(|| async {
        for depth in 0..3 {
            let gives_up = Arc::new(AtomicBool::new(false));
            let flag = Arc::clone(&gives_up);
            let places = Places::of("(module (func $main (export \"main\") nop nop nop))");
            let (mut debuggee, dropped) = debuggee(
                "(module (func $main (export \"main\") nop nop nop))",
                |_| {},
                move |store, instance| {
                    Box::pin(async move {
                        let mut call = Box::pin(crate::support::harness::call(store, instance, "main", &[]));
                        let call = std::future::poll_fn(|context| {
                            if flag.load(Ordering::SeqCst) {
                                return std::task::Poll::Ready(None);
                            }
                            call.as_mut().poll(context).map(Some)
                        });
                        assert!(call.await.is_none());
                        Ok(())
                    })
                },
            );
            debuggee.resume(How::StepInstruction).await.unwrap();
            for _ in 0..depth {
                let call = function(&mut debuggee, &places, "main", &[]).await;
                debuggee.call(Call { how: How::StepInstruction, ..call }).await.unwrap();
            }
            gives_up.store(true, Ordering::SeqCst);
            let stop = debuggee.resume(How::StepInstruction).await.unwrap();
            assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
            drop(debuggee);
            assert!(dropped.is_set());
        }
    });
}
