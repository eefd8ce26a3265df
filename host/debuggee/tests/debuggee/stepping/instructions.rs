//! Single-stepping, with everything a stop shows.

use crate::support::harness::{call, debuggee, define_call_back, program, program_with, run_on_both};
use crate::support::places::Places;
use crate::support::transcript::{backtrace, innermost, steps, values};
use expect_test::expect;
use stillpoint_debuggee::{BreakpointSpec, Change, Error, Exit, FrameId, How, StopReason, Value, View};
use wasmtime::{AsContext, Val, ValType};

const ADD: &str = r#"(module (func (export "main") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;

/// Four stops: before each of the three instructions and at the return point. A second call then
/// runs without one.
#[test]
fn step_shows_locals_and_operands_before_every_instruction() {
    run_on_both(|| async {
        let places = Places::of(ADD);
        let (mut debuggee, _) = debuggee(
            ADD,
            |_| {},
            |store, instance| {
                Box::pin(async move {
                    assert_eq!(call(store, instance, "main", &[Val::I32(1), Val::I32(2)]).await?[0].unwrap_i32(), 3);
                    assert_eq!(call(store, instance, "main", &[Val::I32(3), Val::I32(4)]).await?[0].unwrap_i32(), 7);
                    Ok(())
                })
            },
        );
        let mut seen = String::new();
        for number in 1..=4 {
            let stop = debuggee.resume(How::StepInstruction).await.unwrap();
            assert_eq!(stop.number, number);
            assert_eq!(debuggee.last_stop(), &stop);
            let frames = backtrace(&mut debuggee).await;
            assert_eq!(frames.len(), 1);
            assert_eq!(frames[0].id, FrameId { stop: number, index: 0 });
            assert_eq!(Some(frames[0].location), stop.location());
            let (locals, operands) = innermost(&mut debuggee).await;
            seen += &format!("{} {} {}\n", places.line(&stop), values(&locals), values(&operands));
        }
        expect![[r#"
            step at main#0 [1 2] []
            step at main#1 [1 2] [1]
            step at main#2 [1 2] [1 2]
            step at main#3 [1 2] [3]
        "#]]
        .assert_eq(&seen);

        // Stepping off: the second call has no stop, and its result is what the body expects.
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
        let (mut store, result) = debuggee.take_store().unwrap();
        result.unwrap();

        // What is left is a plain store: no handler, no stepping, no breakpoint.
        assert!(!store.as_context().is_single_step());
        assert_eq!(store.as_context().breakpoints().unwrap().count(), 0);
        let module = store.debug_all_modules().remove(0);
        let linker = wasmtime::Linker::new(store.engine());
        let instance = linker.instantiate_async(&mut store, &module).await.unwrap();
        let sum = call(&mut store, instance, "main", &[Val::I32(10), Val::I32(20)]).await.unwrap();
        assert_eq!(sum[0].unwrap_i32(), 30);
    });
}

/// A store is taken in single-step mode too: the mode ends with the body.
#[test]
fn stepping_to_the_end_leaves_a_store_without_stepping() {
    run_on_both(|| async {
        let mut debuggee = program(r#"(module (func (export "main") nop))"#);
        while !debuggee.is_complete() {
            debuggee.resume(How::StepInstruction).await.unwrap();
        }
        let (store, result) = debuggee.take_store().unwrap();
        result.unwrap();
        assert!(!store.as_context().is_single_step());
    });
}

#[test]
fn step_goes_into_calls_through_branches_and_out_again() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (func $main (export "main") (local $n i32)
                (local.set $n (i32.const 2))
                (loop $again
                  (local.set $n (call $less (local.get $n)))
                  (br_if $again (local.get $n)))
                (block $out
                  (br $out)))
              (func $less (param i32) (result i32)
                (if (result i32) (i32.eqz (local.get 0))
                  (then (i32.const 0))
                  (else (i32.sub (local.get 0) (i32.const 1))))))
        "#;
        let places = Places::of(PROGRAM);
        expect![[r#"
            step at main#0  locals [0] operands []
            step at main#1  locals [0] operands [2]
            step at main#2  locals [2] operands []
            step at main#3  locals [2] operands []
            step at main#4  locals [2] operands [2]
            step at less#0  locals [2] operands []
            step at less#1  locals [2] operands [2]
            step at less#2  locals [2] operands [0]
            step at less#5  locals [2] operands []
            step at less#6  locals [2] operands [2]
            step at less#7  locals [2] operands [2 1]
            step at less#8  locals [2] operands [1]
            step at less#9  locals [2] operands [1]
            step at main#5  locals [2] operands [1]
            step at main#6  locals [1] operands []
            step at main#7  locals [1] operands [1]
            step at main#3  locals [1] operands []
            step at main#4  locals [1] operands [1]
            step at less#0  locals [1] operands []
            step at less#1  locals [1] operands [1]
            step at less#2  locals [1] operands [0]
            step at less#5  locals [1] operands []
            step at less#6  locals [1] operands [1]
            step at less#7  locals [1] operands [1 1]
            step at less#8  locals [1] operands [0]
            step at less#9  locals [1] operands [0]
            step at main#5  locals [1] operands [0]
            step at main#6  locals [0] operands []
            step at main#7  locals [0] operands [0]
            step at main#8  locals [0] operands []
            step at main#9  locals [0] operands []
            step at main#10  locals [0] operands []
            step at main#12  locals [0] operands []
            exited returned
        "#]]
        .assert_eq(&steps(&mut program(PROGRAM), &places).await);
    });
}

/// Steps cross a host function that calls back into the program.
#[test]
fn step_goes_through_a_host_function_into_the_program_again() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "again" (func $again (param i32) (result i32)))
              (func $main (export "main") (call $again (i32.const 4)) drop)
              (func $add_one (export "add_one") (param i32) (result i32)
                (i32.add (local.get 0) (i32.const 1))))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program_with(PROGRAM, |linker| {
            define_call_back(linker, "again", "add_one", &[ValType::I32], &[ValType::I32]);
        });
        expect![[r#"
            step at main#0  locals [] operands []
            step at main#1  locals [] operands [4]
            step at add_one#0  locals [4] operands []
            step at add_one#1  locals [4] operands [4]
            step at add_one#2  locals [4] operands [4 1]
            step at add_one#3  locals [4] operands [5]
            step at main#2  locals [] operands [5]
            step at main#3  locals [] operands []
            exited returned
        "#]]
        .assert_eq(&steps(&mut debuggee, &places).await);
    });
}

#[test]
fn stepping_can_be_turned_off_and_on_in_the_middle() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module (func (export "main") nop nop nop nop nop))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program(PROGRAM);
        let later = BreakpointSpec { one_shot: true, ..BreakpointSpec::at(places.location("main#3")) };
        debuggee.edit_breakpoints(&[Change::Add(later)]).unwrap()[0].clone().unwrap();
        let mut seen = String::new();
        for how in [How::StepInstruction, How::Continue, How::StepInstruction, How::StepInstruction, How::Continue] {
            seen += &places.line(&debuggee.resume(how).await.unwrap());
            seen.push('\n');
        }
        expect![[r#"
            step at main#0
            breakpoint 1 at main#3
            step at main#4
            step at main#5
            exited returned
        "#]]
        .assert_eq(&seen);
    });
}

/// Stepping covers what starts while it is on: a module that is first instantiated later, and its
/// start function.
#[test]
fn step_goes_into_a_start_function() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (global $set (mut i32) (i32.const 0))
              (func $start (global.set $set (i32.const 1)))
              (start $start)
              (func $main (export "main") (drop (global.get $set))))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program(PROGRAM);
        expect![[r#"
            step at start#0  locals [] operands []
            step at start#1  locals [] operands [1]
            step at start#2  locals [] operands []
            step at main#0  locals [] operands []
            step at main#1  locals [] operands [1]
            step at main#2  locals [] operands []
            exited returned
        "#]]
        .assert_eq(&steps(&mut debuggee, &places).await);
    });
}

/// The view of a debuggee that has not begun.
#[test]
fn entry_has_modules_and_no_frames() {
    run_on_both(|| async {
        let mut debuggee = program(ADD);
        assert_eq!(debuggee.last_stop().reason, StopReason::Entry);
        assert_eq!(debuggee.last_stop().number, 0);
        assert_eq!(debuggee.last_stop().location(), None);
        let query = debuggee.query(|paused| {
            let frame = FrameId { stop: 0, index: 0 };
            (paused.modules().len(), paused.instances(), paused.depth(), paused.frames(0, 9), paused.locals(frame))
        });
        let (n_modules, instances, depth, frames, locals): (_, _, _, _, Result<Vec<Value>, _>) = query.await.unwrap();
        assert_eq!((n_modules, instances, depth, frames), (1, vec![], Ok(0), Ok(vec![])));
        assert_eq!(locals, Err(Error::NoFrame { n_frames: 0 }));
    });
}
