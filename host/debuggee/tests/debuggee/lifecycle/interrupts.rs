//! Interrupts, routine epoch yields and termination.

use crate::lifecycle::programs::{TIGHT_LOOP, until, waiting};
use crate::support::harness::{
    Data, Turns, bounded, call, call_main, cut, debuggee, debuggee_on, define_wait, engine, program, program_with, run,
    run_on_both, store,
};
use crate::support::places::Places;
use crate::support::transcript::backtrace;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use stillpoint_debuggee::{Debuggee, Error, Exit, How, Session, State, StopReason};
use wasmtime::{Caller, Linker};

/// Says over a host function that it has begun, then runs for ever.
const BEGIN_AND_LOOP: &str = r#"
    (module
      (import "host" "begun" (func $begun))
      (func $main (export "main") (call $begun) (loop $again (br $again))))
"#;

fn begin_and_loop() -> (Debuggee<Data>, Arc<AtomicBool>) {
    let begun = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&begun);
    let define = move |linker: &mut Linker<Data>| {
        linker.func_wrap("host", "begun", move || flag.store(true, Ordering::SeqCst)).unwrap();
    };
    (debuggee(BEGIN_AND_LOOP, define, call_main).0, begun)
}

/// Waits on another thread until the flag is set, then does something there.
fn when(flag: Arc<AtomicBool>, then: impl FnOnce() + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        while !flag.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        then();
    })
}

/// Within 50 ms. The best of several counts, because a loaded machine may not give the thread its
/// turn for that long.
#[test]
fn interrupt_of_an_infinite_loop_from_another_thread() {
    bounded(|| {
        let mut latencies = Vec::new();
        for _ in 0..10 {
            let (mut debuggee, begun) = begin_and_loop();
            let interrupter = debuggee.interrupter();
            let thread = std::thread::spawn(move || {
                while !begun.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                let asked = Instant::now();
                interrupter.interrupt();
                asked
            });
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let stop = runtime.block_on(debuggee.resume(How::Continue)).unwrap();
            latencies.push(thread.join().unwrap().elapsed());
            assert_eq!(stop.reason, StopReason::Interrupt);
            let place = Places::of(BEGIN_AND_LOOP).name(stop.location().unwrap());
            assert!(place.starts_with("main#"), "{place}");
        }
        let best = latencies.iter().min().unwrap();
        assert!(*best < Duration::from_millis(50), "{latencies:?}");
    });
}

/// Asked for in the task that also runs the program: the loop is in the background and has this
/// thread only while we wait.
#[test]
fn interrupt_from_the_same_task() {
    run_on_both(|| async {
        let mut latencies = Vec::new();
        for _ in 0..10 {
            let mut debuggee = program(TIGHT_LOOP);
            debuggee.start(How::Continue).unwrap();
            let asked = Instant::now();
            debuggee.interrupter().interrupt();
            let stop = debuggee.resume(How::Continue).await.unwrap();
            latencies.push(asked.elapsed());
            assert_eq!(stop.reason, StopReason::Interrupt);
        }
        let best = latencies.iter().min().unwrap();
        assert!(*best < Duration::from_millis(50), "{latencies:?}");
    });
}

/// An interrupted program can be looked at, and goes on where it was.
#[test]
fn interrupted_program_goes_on() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module (func $main (export "main") (param i32) (result i32) (local $sum i32)
              (loop $again
                (local.set $sum (i32.add (local.get $sum) (local.get 0)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $again (local.get 0)))
              (local.get $sum)))
        "#;
        let result = Arc::new(AtomicU32::new(0));
        let sink = Arc::clone(&result);
        let (mut debuggee, _) = debuggee(
            PROGRAM,
            |_| {},
            move |store, instance| {
                Box::pin(async move {
                    let results = call(store, instance, "main", &[wasmtime::Val::I32(100)]).await?;
                    sink.store(results[0].unwrap_i32() as u32, Ordering::SeqCst);
                    Ok(())
                })
            },
        );
        let interrupter = debuggee.interrupter();
        let mut n_interrupts = 0;
        interrupter.interrupt();
        while debuggee.resume(How::Continue).await.unwrap().reason == StopReason::Interrupt {
            n_interrupts += 1;
            assert_eq!(backtrace(&mut debuggee).await.len(), 1);
            interrupter.interrupt();
        }
        // At the function's entry, then at the start of each turn of the loop.
        assert_eq!(n_interrupts, 101);
        assert_eq!(result.load(Ordering::SeqCst), 5050);
    });
}

#[test]
fn interrupt_at_the_entry_holds_for_the_first_resume() {
    run_on_both(|| async {
        let mut debuggee = program(TIGHT_LOOP);
        debuggee.interrupter().interrupt();
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
        debuggee.terminate().unwrap();
    });
}

/// Also when the pause is itself an interrupt: the request must not be lost with the epoch that
/// brought the first.
#[test]
fn interrupt_while_paused_holds_for_the_next_resume() {
    run_on_both(|| async {
        let mut debuggee = program(TIGHT_LOOP);
        for _ in 0..100 {
            debuggee.interrupter().interrupt();
            debuggee.interrupter().interrupt();
            assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
        }
        // And in the background.
        for _ in 0..100 {
            debuggee.interrupter().interrupt();
            debuggee.start(How::Continue).unwrap();
            assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
        }
    });
}

/// A request that comes while the program is away for a routine yield, which is where the engine
/// moves its deadline.
#[test]
fn interrupt_during_a_routine_yield() {
    run_on_both(|| async {
        let engine = engine();
        let mut debuggee = debuggee_on(store(&engine).0, TIGHT_LOOP, |_| {}, call_main);
        for _ in 0..100 {
            // Out of the pause of the last interrupt, which an epoch that comes now would not get
            // past.
            assert_eq!(debuggee.resume(How::StepInstruction).await.unwrap().reason, StopReason::Step);
            engine.increment_epoch();
            // One poll takes the program to its yield.
            assert_eq!(cut(debuggee.resume(How::Continue), 1).await, None);
            debuggee.interrupter().interrupt();
            assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
        }
    });
}

/// Another stop came first and used the request up: the next resume runs to the end.
#[test]
fn interrupt_that_loses_against_another_stop_is_used_up() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module (func $main (export "main") nop nop (call $again)) (func $again (loop nop)))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program(PROGRAM);
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.interrupter().interrupt();
        let stop = debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(places.line(&stop), "step at main#1");
        // The epoch has moved all the same: a routine yield at the next function's entry.
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
    });
}

/// A program that waits in the host stops when its call returns.
#[test]
fn interrupt_while_waiting_in_a_host_call() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "turns" (func $turns))
              (func $main (export "main") (call $turns) (loop $again (br $again))))
        "#;
        let mut debuggee = program_with(PROGRAM, |linker| define_wait(linker, "turns", || Turns(5)));
        assert_eq!(cut(debuggee.resume(How::Continue), 2).await, None);
        debuggee.interrupter().interrupt();
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
    });
}

/// The program itself moves the epoch, a thousand times; that is nobody's wish to stop.
#[test]
fn routine_epoch_yield_is_no_stop() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "tick" (func $tick))
              (func $main (export "main") (local $n i32)
                (loop $again
                  (call $tick)
                  (local.set $n (i32.add (local.get $n) (i32.const 1)))
                  (br_if $again (i32.lt_u (local.get $n) (i32.const 1000))))))
        "#;
        let define = |linker: &mut Linker<Data>| {
            let tick = |caller: Caller<'_, Data>| caller.engine().increment_epoch();
            linker.func_wrap("host", "tick", tick).unwrap();
        };
        let (mut debuggee, _) = debuggee(PROGRAM, define, call_main);
        let mut n_polls = 0_u32;
        let stop = {
            let mut resume = std::pin::pin!(debuggee.resume(How::Continue));
            loop {
                n_polls += 1;
                if let Some(stop) = cut(resume.as_mut(), 1).await {
                    break stop.unwrap();
                }
            }
        };
        assert_eq!((stop.number, stop.reason), (1, StopReason::Exited(Exit::Returned(vec![]))));
        // Every tick did give other tasks their turn: one poll for each but the last, which no
        // check comes after.
        assert_eq!(n_polls, 1000);
    });
}

/// From another thread, all the time, while breakpoints and steps go on as ever.
#[test]
fn routine_epoch_yields_from_another_thread() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module (func $main (export "main") (local $n i32)
              (loop $again
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $n) (i32.const 50))))))
        "#;
        let engine = engine();
        let mut debuggee = debuggee_on(store(&engine).0, PROGRAM, |_| {}, call_main);
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let ticker = std::thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                engine.increment_epoch();
                std::thread::yield_now();
            }
        });
        let mut n_steps = 0;
        loop {
            match debuggee.resume(How::StepInstruction).await.unwrap().reason {
                StopReason::Step => n_steps += 1,
                reason => {
                    assert_eq!(reason, StopReason::Exited(Exit::Returned(vec![])));
                    break;
                }
            }
        }
        over.store(true, Ordering::SeqCst);
        ticker.join().unwrap();
        // The `loop`, eight instructions fifty times, and two `end`s.
        assert_eq!(n_steps, 1 + 8 * 50 + 2);
    });
}

/// The program goes back to its executor after a detach too, so that tasks beside it live.
#[test]
fn routine_epoch_yield_after_a_detach() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "tick" (func $tick))
              (func $main (export "main") (loop $again (call $tick) (br $again))))
        "#;
        let mut debuggee = program_with(PROGRAM, |linker| {
            linker.func_wrap("host", "tick", |caller: Caller<'_, Data>| caller.engine().increment_epoch()).unwrap();
        });
        debuggee.interrupter().interrupt();
        for _ in 0..10 {
            assert_eq!(cut(debuggee.finish(), 1).await, None);
            assert_eq!(debuggee.state(), State::Running);
        }
    });
}

fn is_killed(debuggee: &mut Debuggee<Data>) {
    assert_eq!(debuggee.state(), State::Exited);
    assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Killed));
    assert_eq!(debuggee.last_stop().location(), None);
    assert_eq!(debuggee.terminate(), Err(Error::Exited));
    let lost = "the store is gone: the program was terminated";
    assert_eq!(debuggee.take_store().map(drop).unwrap_err().to_string(), lost);
}

#[test]
fn terminate_at_the_entry() {
    run_on_both(|| async {
        let (mut debuggee, dropped) = debuggee(TIGHT_LOOP, |_| {}, call_main);
        debuggee.terminate().unwrap();
        is_killed(&mut debuggee);
        assert!(dropped.is_set());
        assert_eq!(debuggee.resume(How::Continue).await, Err(Error::Exited));
        assert_eq!(debuggee.finish().await, Ok(Exit::Killed));
    });
}

#[test]
fn terminate_while_paused() {
    run_on_both(|| async {
        let (mut debuggee, dropped) = debuggee(TIGHT_LOOP, |_| {}, call_main);
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.terminate().unwrap();
        is_killed(&mut debuggee);
        assert!(dropped.is_set());
    });
}

/// After a resume that was dropped half-way.
#[test]
fn terminate_while_running_here() {
    run_on_both(|| async {
        let (mut debuggee, _, waits) = waiting();
        assert_eq!(cut(debuggee.resume(How::Continue), 3).await, None);
        assert!(waits.load(Ordering::SeqCst));
        debuggee.terminate().unwrap();
        is_killed(&mut debuggee);
    });
}

#[test]
fn terminate_while_looping_in_the_background() {
    run_on_both(|| async {
        let (mut debuggee, dropped) = debuggee(TIGHT_LOOP, |_| {}, call_main);
        debuggee.start(How::Continue).unwrap();
        debuggee.terminate().unwrap();
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Killed));
        is_killed(&mut debuggee);
        dropped.wait().await;
    });
}

#[test]
fn terminate_while_waiting_in_the_background() {
    run_on_both(|| async {
        let (mut debuggee, _, waits) = waiting();
        debuggee.start(How::Continue).unwrap();
        until(&waits).await;
        debuggee.terminate().unwrap();
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Killed));
        is_killed(&mut debuggee);
    });
}

/// The background task may have come to a stop already: it is a killed program all the same.
#[test]
fn terminate_with_a_stop_waiting_in_the_background() {
    run_on_both(|| async {
        for n_turns in 0..10 {
            let mut debuggee = program(TIGHT_LOOP);
            debuggee.start(How::StepInstruction).unwrap();
            for _ in 0..n_turns {
                tokio::task::yield_now().await;
            }
            debuggee.terminate().unwrap();
            assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Killed));
            is_killed(&mut debuggee);
        }
    });
}

#[test]
fn terminate_after_the_end_is_refused() {
    run_on_both(|| async {
        let mut debuggee = program(r#"(module (func (export "main")))"#);
        debuggee.finish().await.unwrap();
        assert_eq!(debuggee.terminate(), Err(Error::Exited));
        debuggee.interrupter().terminate();
        assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Returned(vec![])));
        drop(debuggee.take_store().unwrap());
    });
}

/// Nothing of the program runs after it, not even what a cancelled host call would do next.
#[test]
fn interrupter_terminates_at_the_entry_and_while_paused() {
    run_on_both(|| async {
        for n_steps in 0..5 {
            let (mut debuggee, dropped) = debuggee(TIGHT_LOOP, |_| {}, call_main);
            for _ in 0..n_steps {
                debuggee.resume(How::StepInstruction).await.unwrap();
            }
            debuggee.interrupter().terminate();
            // Seen by whatever asks the program for something next.
            assert_eq!(debuggee.state(), State::Paused);
            match n_steps % 2 {
                0 => assert_eq!(debuggee.query(|_| ()).await, Err(Error::Exited)),
                _ => {
                    let stop = debuggee.resume(How::Continue).await.unwrap();
                    assert_eq!(stop.reason, StopReason::Exited(Exit::Killed));
                }
            }
            is_killed(&mut debuggee);
            assert!(dropped.is_set());
        }
    });
}

#[test]
fn interrupter_terminates_a_loop_from_another_thread() {
    run(|| async {
        let (mut debuggee, begun) = begin_and_loop();
        let interrupter = debuggee.interrupter();
        let thread = when(begun, move || interrupter.terminate());
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::Exited(Exit::Killed));
        is_killed(&mut debuggee);
        thread.join().unwrap();
    });
}

/// The task that waits for the program is woken, though the program is not.
#[test]
fn interrupter_terminates_a_waiting_program_from_another_thread() {
    run_on_both(|| async {
        for in_background in [false, true] {
            let (mut debuggee, _, waits) = waiting();
            let interrupter = debuggee.interrupter();
            let thread = when(waits, move || interrupter.terminate());
            if in_background {
                debuggee.start(How::Continue).unwrap();
            }
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Exited(Exit::Killed));
            is_killed(&mut debuggee);
            thread.join().unwrap();
        }
    });
}

/// Terminated and dropped before anybody looked.
#[test]
fn interrupter_terminates_and_the_debuggee_is_dropped() {
    run_on_both(|| async {
        for cut_short in [false, true] {
            let (mut debuggee, _, waits) = waiting();
            if cut_short {
                assert_eq!(cut(debuggee.resume(How::Continue), 1).await, None);
            } else {
                debuggee.start(How::Continue).unwrap();
                until(&waits).await;
            }
            debuggee.interrupter().terminate();
            drop(debuggee);
        }
    });
}

/// A cancelled resume goes to the background and is interrupted there.
#[test]
fn running_program_moves_to_the_background() {
    run_on_both(|| async {
        let engine = engine();
        let mut debuggee = debuggee_on(store(&engine).0, TIGHT_LOOP, |_| {}, call_main);
        engine.increment_epoch();
        assert_eq!(cut(debuggee.resume(How::Continue), 1).await, None);
        assert_eq!(debuggee.start(How::Continue), Err(Error::Running));
        debuggee.run_in_background().unwrap();
        debuggee.run_in_background().unwrap();
        debuggee.interrupter().interrupt();
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
    });
}
