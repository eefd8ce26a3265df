//! Beginnings and ends: finish, drop and take_store at every point of a program's life.

use crate::lifecycle::programs::{TIGHT_LOOP, until, waiting};
use crate::support::harness::{
    Data, DropFlag, Turns, breakpoint, call, call_main, cut, debuggee, define_call_back, define_wait, engine, program,
    program_with, run, run_on_both, store,
};
use crate::support::places::Places;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use stillpoint_debuggee::{Debuggee, Error, Exit, How, State, StopReason, Value};
use wasmtime::{AsContext, Linker, Module};

/// Calls the host ten times and counts the calls; enough instructions to stop in.
const TEN_CALLS: &str = r#"
    (module
      (import "host" "call" (func $call))
      (func $main (export "main") (local $n i32)
        (loop $again
          (call $call)
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $n) (i32.const 10))))))
"#;

fn ten_calls() -> (Debuggee<Data>, DropFlag, Arc<AtomicU32>) {
    let n_calls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&n_calls);
    let define = move |linker: &mut Linker<Data>| {
        linker
            .func_wrap("host", "call", move || {
                count.fetch_add(1, Ordering::SeqCst);
            })
            .unwrap();
    };
    let (debuggee, dropped) = debuggee(TEN_CALLS, define, call_main);
    (debuggee, dropped, n_calls)
}

#[test]
fn finish_before_the_first_resume() {
    run_on_both(|| async {
        let (mut debuggee, _, n_calls) = ten_calls();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(n_calls.load(Ordering::SeqCst), 10);
        assert!(debuggee.is_complete());
    });
}

#[test]
fn finish_from_the_first_stop() {
    run_on_both(|| async {
        let (mut debuggee, dropped, n_calls) = ten_calls();
        debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(n_calls.load(Ordering::SeqCst), 10);
        let (store, result) = debuggee.take_store().unwrap();
        result.unwrap();
        assert!(!store.as_context().is_single_step());
        drop(debuggee);
        assert!(!dropped.is_set());
        drop(store);
        assert!(dropped.is_set());
    });
}

/// With breakpoints, in single-step mode, in the middle of a loop: no further stop, and every
/// breakpoint is out of the code.
#[test]
fn finish_from_the_middle() {
    run_on_both(|| async {
        let places = Places::of(TEN_CALLS);
        let (mut debuggee, _, n_calls) = ten_calls();
        debuggee.edit_breakpoints(&[breakpoint(places.location("main#1"))]).unwrap();
        for _ in 0..4 {
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(places.line(&stop), "breakpoint 1 at main#1");
        }
        debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(n_calls.load(Ordering::SeqCst), 4);
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(n_calls.load(Ordering::SeqCst), 10);
        // The exit is the one stop that came after.
        assert_eq!(debuggee.last_stop().number, 6);
        let (store, _) = debuggee.take_store().unwrap();
        assert!(!store.as_context().is_single_step());
        assert_eq!(store.as_context().breakpoints().unwrap().count(), 0);
    });
}

/// A trap on the way is no stop either, but the program's own end.
#[test]
fn finish_past_a_trap() {
    run_on_both(|| async {
        let mut debuggee = program(r#"(module (func (export "main") nop unreachable))"#);
        debuggee.resume(How::StepInstruction).await.unwrap();
        let text = "wasm trap: wasm `unreachable` instruction executed".to_owned();
        assert_eq!(debuggee.finish().await, Ok(Exit::Failed(text)));
    });
}

#[test]
fn finish_after_the_end_gives_the_exit_again() {
    run_on_both(|| async {
        let (mut debuggee, _, _) = ten_calls();
        debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        drop(debuggee.take_store().unwrap());
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
    });
}

/// A finish that was dropped half-way goes on with the next resume, still without stops.
#[test]
fn finish_that_is_cut_short() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "turn" (func $turn))
              (func $main (export "main") (call $turn) (call $turn) (call $turn)))
        "#;
        let mut debuggee = program_with(PROGRAM, |linker| define_wait(linker, "turn", || Turns(3)));
        debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(cut(debuggee.finish(), 2).await, None);
        assert_eq!(debuggee.state(), State::Running);
        assert_eq!(cut(debuggee.finish(), 2).await, None);
        let stop = debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
    });
}

#[test]
fn finish_while_running_in_the_background() {
    run_on_both(|| async {
        let places = Places::of(TEN_CALLS);
        let (mut debuggee, _, n_calls) = ten_calls();
        debuggee.edit_breakpoints(&[breakpoint(places.location("main#0"))]).unwrap();
        debuggee.start(How::Continue).unwrap();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(n_calls.load(Ordering::SeqCst), 10);
    });
}

#[test]
fn drop_before_the_first_resume() {
    run_on_both(|| async {
        let (debuggee, dropped, n_calls) = ten_calls();
        drop(debuggee);
        assert!(dropped.is_set());
        assert_eq!(n_calls.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn drop_at_the_entry_after_a_query() {
    run_on_both(|| async {
        let (mut debuggee, dropped, _) = ten_calls();
        debuggee.query(|_| ()).await.unwrap();
        drop(debuggee);
        assert!(dropped.is_set());
    });
}

/// Dropped while paused at a step, with locals looked at, the program ends there and then.
#[test]
fn drop_mid_pause() {
    run_on_both(|| async {
        for n_steps in 1..20 {
            let (mut debuggee, dropped, n_calls) = ten_calls();
            for _ in 0..n_steps {
                debuggee.resume(How::StepInstruction).await.unwrap();
            }
            crate::support::transcript::innermost(&mut debuggee).await;
            let n_calls_before = n_calls.load(Ordering::SeqCst);
            drop(debuggee);
            assert!(dropped.is_set());
            assert_eq!(n_calls.load(Ordering::SeqCst), n_calls_before);
        }
    });
}

/// Paused at a trap, an exception, a host error and an interrupt: each has other engine frames
/// between the pause and us.
#[test]
fn drop_mid_pause_at_every_kind_of_event() {
    run_on_both(|| async {
        let programs = [
            r#"(module (func (export "main") unreachable))"#,
            r#"(module (tag $e) (func (export "main") (throw $e)))"#,
            r#"(module (tag $e) (func (export "main") (block $h (try_table (catch_all $h) (throw $e)))))"#,
            r#"(module (import "host" "fail" (func $fail)) (func (export "main") (call $fail)))"#,
            TIGHT_LOOP,
        ];
        for wat in programs {
            let define = |linker: &mut Linker<Data>| {
                let fail = || -> wasmtime::Result<()> { Err(wasmtime::format_err!("no")) };
                linker.func_wrap("host", "fail", fail).unwrap();
            };
            let (mut debuggee, dropped) = debuggee(wat, define, call_main);
            debuggee.interrupter().interrupt();
            let mut stop = debuggee.resume(How::Continue).await.unwrap();
            if stop.reason == StopReason::Interrupt && wat != TIGHT_LOOP {
                stop = debuggee.resume(How::Continue).await.unwrap();
            }
            assert!(!matches!(stop.reason, StopReason::Exited(_)), "{wat}: {stop:?}");
            drop(debuggee);
            assert!(dropped.is_set(), "{wat}");
        }
    });
}

/// Two activations on the stack, both paused in.
#[test]
fn drop_mid_pause_inside_a_nested_call() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "again" (func $again))
              (func $main (export "main") (call $again))
              (func $inner (export "inner") nop unreachable))
        "#;
        let define = |linker: &mut Linker<Data>| define_call_back(linker, "again", "inner", &[], &[]);
        for n_resumes in 1..=3 {
            let (mut debuggee, dropped) = debuggee(PROGRAM, define, call_main);
            for _ in 0..n_resumes {
                debuggee.resume(How::Continue).await.unwrap();
            }
            drop(debuggee);
            assert!(dropped.is_set());
        }
    });
}

/// A resume that was dropped half-way leaves a running program; dropping that one ends it.
#[test]
fn drop_mid_run() {
    run_on_both(|| async {
        let (mut debuggee, dropped, waits) = waiting();
        assert_eq!(cut(debuggee.resume(How::Continue), 1).await, None);
        assert!(waits.load(Ordering::SeqCst));
        assert_eq!(debuggee.state(), State::Running);
        drop(debuggee);
        assert!(dropped.is_set());
    });
}

#[test]
fn drop_while_waiting_in_the_background() {
    run_on_both(|| async {
        let (mut debuggee, dropped, waits) = waiting();
        debuggee.start(How::Continue).unwrap();
        until(&waits).await;
        drop(debuggee);
        dropped.wait().await;
    });
}

/// Dropped at once, before the task has been polled for the first time, or just then.
#[test]
fn drop_just_after_the_start() {
    run_on_both(|| async {
        for _ in 0..100 {
            let (mut debuggee, dropped, _) = ten_calls();
            debuggee.start(How::StepInstruction).unwrap();
            drop(debuggee);
            dropped.wait().await;
        }
    });
}

/// A loop without an end, on a thread of its own, ends when its debuggee is dropped.
#[test]
fn drop_while_looping_in_the_background() {
    run_on_both(|| async {
        let (mut debuggee, dropped) = debuggee(
            r#"(module
                (import "host" "begun" (func $begun))
                (func (export "main") (call $begun) (loop $again (br $again))))"#,
            |linker| {
                linker.func_wrap("host", "begun", || ()).unwrap();
            },
            call_main,
        );
        // On the current-thread runtime the loop has the thread to itself as soon as it runs, so it
        // never begins.
        debuggee.start(How::Continue).unwrap();
        drop(debuggee);
        dropped.wait().await;
    });
}

/// The same once the loop is known to run, which takes a second thread to see.
#[test]
fn drop_while_known_to_loop_in_the_background() {
    crate::support::harness::bounded(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let begun = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&begun);
        let (mut debuggee, dropped) = debuggee(
            r#"(module
                (import "host" "begun" (func $begun))
                (func (export "main") (call $begun) (loop $again (br $again))))"#,
            move |linker| {
                linker.func_wrap("host", "begun", move || flag.store(true, Ordering::SeqCst)).unwrap();
            },
            call_main,
        );
        runtime.block_on(async move {
            debuggee.start(How::Continue).unwrap();
            until(&begun).await;
            drop(debuggee);
            dropped.wait().await;
        });
    });
}

/// The background task has stopped by itself and nobody has asked for the stop.
#[test]
fn drop_with_a_stop_waiting_in_the_background() {
    run_on_both(|| async {
        let (mut debuggee, dropped, _) = ten_calls();
        debuggee.start(How::StepInstruction).unwrap();
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        drop(debuggee);
        dropped.wait().await;
    });
}

#[test]
fn drop_after_the_exit() {
    run_on_both(|| async {
        let (mut debuggee, dropped, _) = ten_calls();
        debuggee.resume(How::Continue).await.unwrap();
        assert!(!dropped.is_set());
        drop(debuggee);
        assert!(dropped.is_set());
    });
}

/// The runtime goes first, with the program in one of its tasks.
#[test]
fn drop_of_the_runtime_under_a_background_run() {
    crate::support::harness::bounded(|| {
        for worker_threads in [0, 2] {
            let runtime = match worker_threads {
                0 => tokio::runtime::Builder::new_current_thread().build().unwrap(),
                n => tokio::runtime::Builder::new_multi_thread().worker_threads(n).build().unwrap(),
            };
            let (mut debuggee, dropped, waits) = waiting();
            runtime.block_on(async {
                debuggee.start(How::Continue).unwrap();
                until(&waits).await;
            });
            drop(runtime);
            assert!(dropped.is_set());
            assert_eq!(debuggee.state(), State::Running);
            // The task is gone and the program with it.
            let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let stop = other.block_on(debuggee.resume(How::Continue)).unwrap();
            assert_eq!(stop.reason, StopReason::Exited(Exit::Killed));
        }
    });
}

#[test]
fn take_store_needs_the_end() {
    run_on_both(|| async {
        let (mut debuggee, _, _) = ten_calls();
        assert_eq!(debuggee.take_store().map(drop).unwrap_err(), Error::NotExited);
        debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(debuggee.take_store().map(drop).unwrap_err(), Error::NotExited);
        debuggee.start(How::Continue).unwrap();
        assert_eq!(debuggee.take_store().map(drop).unwrap_err(), Error::NotExited);
        debuggee.resume(How::Continue).await.unwrap();
        drop(debuggee.take_store().unwrap());
        let again = debuggee.take_store().map(drop).unwrap_err();
        assert_eq!(again.to_string(), "the store is gone: it was taken already");
    });
}

/// The store that comes back still yields at its epoch deadline, and has no handler: nothing stops.
#[test]
fn taken_store_runs_on_by_itself() {
    run_on_both(|| async {
        let mut debuggee = program(r#"(module (func (export "main") unreachable))"#);
        assert!(matches!(debuggee.finish().await, Ok(Exit::Failed(_))));
        let interrupter = debuggee.interrupter();
        let (mut store, result) = debuggee.take_store().unwrap();
        assert_eq!(result.unwrap_err().downcast::<wasmtime::Trap>().unwrap(), wasmtime::Trap::UnreachableCodeReached);
        drop(debuggee);
        interrupter.interrupt();
        let module = store.debug_all_modules().remove(0);
        let linker = Linker::new(store.engine());
        let instance = linker.instantiate_async(&mut store, &module).await.unwrap();
        let error = {
            let mut call = std::pin::pin!(call(&mut store, instance, "main", &[]));
            // One turn for the epoch that the interrupt has moved.
            assert!(cut(call.as_mut(), 1).await.is_none());
            call.await.unwrap_err()
        };
        assert_eq!(error.downcast::<wasmtime::Trap>().unwrap(), wasmtime::Trap::UnreachableCodeReached);
    });
}

/// Outside a runtime there is no background; the program is left as it was.
#[test]
fn start_outside_a_runtime_is_refused() {
    let (mut debuggee, _, n_calls) = ten_calls();
    assert!(matches!(debuggee.start(How::Continue), Err(Error::Engine(_))));
    assert_eq!(debuggee.state(), State::Paused);
    run(async move || {
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Returned(vec![])));
        assert_eq!(n_calls.load(Ordering::SeqCst), 10);
    });
}

/// Handles that outlive their debuggee do nothing.
#[test]
fn interrupter_outlives_the_debuggee() {
    run_on_both(|| async {
        let (debuggee, _, _) = ten_calls();
        let interrupter = debuggee.interrupter();
        drop(debuggee);
        interrupter.interrupt();
        interrupter.terminate();
    });
}

/// The results are known to the body alone, which says how they are told.
#[test]
fn exit_stops_carry_the_results() {
    run_on_both(|| async {
        let engine = engine();
        for tells in [false, true] {
            let module = Module::new(
                &engine,
                r#"(module (func (export "main") (result i32 f64) (i32.const 4) (f64.const 0.5)))"#,
            )
            .unwrap();
            let (store, _) = store(&engine);
            let mut debuggee = Debuggee::new(store, move |store| {
                Box::pin(async move {
                    let instance = Linker::new(store.engine()).instantiate_async(&mut *store, &module).await?;
                    call(store, instance, "main", &[]).await
                })
            })
            .unwrap();
            if tells {
                debuggee = debuggee.exit_values(|results| results.iter().map(Value::of).collect());
            }
            let results = if tells { vec![Value::I32(4), Value::F64(0.5_f64.to_bits())] } else { vec![] };
            debuggee.resume(How::StepInstruction).await.unwrap();
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(results.clone())));
            assert_eq!(debuggee.finish().await, Ok(Exit::Returned(results)));
            assert_eq!(debuggee.take_store().unwrap().1.unwrap().len(), 2);
        }
    });
}

/// Ends at once: what the program would have done on its way out is not done.
#[test]
fn terminate_runs_no_more_of_the_program() {
    run_on_both(|| async {
        let (mut debuggee, dropped, n_calls) = ten_calls();
        let places = Places::of(TEN_CALLS);
        debuggee.edit_breakpoints(&[breakpoint(places.location("main#1"))]).unwrap();
        debuggee.resume(How::Continue).await.unwrap();
        debuggee.resume(How::Continue).await.unwrap();
        debuggee.terminate().unwrap();
        assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Killed));
        assert_eq!(debuggee.terminate(), Err(Error::Exited));
        assert_eq!(debuggee.finish().await, Ok(Exit::Killed));
        assert!(dropped.is_set());
        assert_eq!(n_calls.load(Ordering::SeqCst), 1);
    });
}
