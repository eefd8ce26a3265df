//! Every kind of event with its content: traps, host errors, exit codes, and bodies that fail.

use crate::support::harness::{
    Data, call, call_main, call_main_with, config, debuggee, debuggee_on, program, program_with, run, run_on_both,
    store,
};
use crate::support::places::Places;
use crate::support::transcript::{backtrace, innermost, transcript, values};
use expect_test::{Expect, expect};
use stillpoint_debuggee::{Debuggee, Error, Exit, FrameId, How, State, StopReason, Value, View};
use wasmtime::{Engine, Trap};
use wasmtime_wasi::I32Exit;

/// Runs the export `main` to its end, and checks the stops on the way.
fn check(wat: &'static str, expected: Expect) {
    check_with(wat, expected, |_| {});
}

/// As [`check`], with host functions.
fn check_with(wat: &'static str, expected: Expect, define: fn(&mut wasmtime::Linker<Data>)) {
    run(async move || {
        let seen = transcript(&mut program_with(wat, define), &Places::of(wat), How::Continue).await;
        expected.assert_eq(&seen);
        // Stepping there changes nothing of the events.
        let stepped = transcript(&mut program_with(wat, define), &Places::of(wat), How::StepInstruction).await;
        let events: Vec<&str> = stepped.lines().filter(|line| !line.starts_with("step ")).collect();
        assert_eq!(events, seen.lines().collect::<Vec<_>>());
    });
}

#[test]
fn trap_unreachable() {
    check(
        r#"(module (func $main (export "main") nop unreachable))"#,
        expect![[r#"
        trap UnreachableCodeReached at main#1
        exited failed "wasm trap: wasm `unreachable` instruction executed"
    "#]],
    );
}

#[test]
fn trap_division_by_zero() {
    check(
        r#"(module (func $main (export "main") (drop (i32.div_s (i32.const 1) (i32.const 0)))))"#,
        expect![[r#"
            trap IntegerDivisionByZero at main#2
            exited failed "wasm trap: integer divide by zero"
        "#]],
    );
}

#[test]
fn trap_integer_overflow() {
    check(
        r#"(module (func $main (export "main") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))))"#,
        expect![[r#"
            trap IntegerOverflow at main#2
            exited failed "wasm trap: integer overflow"
        "#]],
    );
}

#[test]
fn trap_conversion_to_integer() {
    check(
        r#"(module (func $main (export "main") (drop (i32.trunc_f32_s (f32.const nan)))))"#,
        expect![[r#"
            trap BadConversionToInteger at main#1
            exited failed "wasm trap: invalid conversion to integer"
        "#]],
    );
}

#[test]
fn trap_memory_out_of_bounds() {
    check(
        r#"(module (memory 1) (func $main (export "main") (drop (i32.load (i32.const 65533)))))"#,
        expect![[r#"
            trap MemoryOutOfBounds at main#1
            exited failed "wasm trap: out of bounds memory access"
        "#]],
    );
}

#[test]
fn trap_memory_fill_out_of_bounds() {
    check(
        r#"(module (memory 1) (func $main (export "main")
            (memory.fill (i32.const 65530) (i32.const 0) (i32.const 7))))"#,
        expect![[r#"
            trap MemoryOutOfBounds at main#3
            exited failed "wasm trap: out of bounds memory access"
        "#]],
    );
}

#[test]
fn trap_table_out_of_bounds() {
    check(
        r#"(module (table 2 funcref) (func $main (export "main") (drop (table.get (i32.const 2)))))"#,
        expect![[r#"
            trap TableOutOfBounds at main#1
            exited failed "wasm trap: undefined element: out of bounds table access"
        "#]],
    );
}

#[test]
fn trap_indirect_call_to_null() {
    check(
        r#"(module (table 2 funcref) (func $main (export "main") (call_indirect (i32.const 1))))"#,
        expect![[r#"
            trap IndirectCallToNull at main#1
            exited failed "wasm trap: uninitialized element"
        "#]],
    );
}

#[test]
fn trap_bad_signature() {
    check(
        r#"(module
            (table funcref (elem $other))
            (func $other (param i64))
            (func $main (export "main") (call_indirect (i32.const 0))))"#,
        expect![[r#"
            trap BadSignature at main#1
            exited failed "wasm trap: indirect call type mismatch"
        "#]],
    );
}

#[test]
fn trap_null_reference() {
    check(
        r#"(module
            (type $pair (struct (field i32)))
            (func $main (export "main") (drop (struct.get $pair 0 (ref.null $pair)))))"#,
        expect![[r#"
            trap NullReference at main#1
            exited failed "wasm trap: null reference"
        "#]],
    );
}

#[test]
fn trap_call_of_a_null_reference() {
    check(
        r#"(module (type $f (func)) (func $main (export "main") (call_ref $f (ref.null $f))))"#,
        expect![[r#"
            trap NullReference at main#1
            exited failed "wasm trap: null reference"
        "#]],
    );
}

#[test]
fn trap_cast_failure() {
    check(
        r#"(module
            (type $pair (struct (field i32)))
            (func $main (export "main")
                (drop (ref.cast (ref $pair) (ref.i31 (i32.const 1))))))"#,
        expect![[r#"
            trap CastFailure at main#2
            exited failed "wasm trap: cast failure"
        "#]],
    );
}

#[test]
fn trap_array_out_of_bounds() {
    check(
        r#"(module
            (type $bytes (array i8))
            (func $main (export "main")
                (drop (array.get_u $bytes (array.new_default $bytes (i32.const 3)) (i32.const 3)))))"#,
        expect![[r#"
            trap ArrayOutOfBounds at main#3
            exited failed "wasm trap: out of bounds array access"
        "#]],
    );
}

/// The stack of a trap is there to be looked at.
#[test]
fn trap_shows_the_frames_and_operands_of_the_instruction_that_trapped() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (func $main (export "main") (call $outer (i32.const 5)))
              (func $outer (param i32) (call $divide (local.get 0) (i32.const 0)) drop)
              (func $divide (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1))))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program(PROGRAM);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::Trap { code: Trap::IntegerDivisionByZero });
        // The instruction has taken its operands already; the callers' are gone into the calls.
        expect!["divide#2 < outer#3 < main#2"].assert_eq(&places.backtrace(&backtrace(&mut debuggee).await));
        let (locals, operands) = innermost(&mut debuggee).await;
        assert_eq!((values(&locals).as_str(), values(&operands).as_str()), ("[5 0]", "[]"));
    });
}

/// One stop for the trap that ends a recursion without end; its whole backtrace can be read.
#[test]
fn trap_stack_overflow() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"(module (func $main (export "main") (param i32)
            (call $main (i32.add (local.get 0) (i32.const 1)))))"#;
        let places = Places::of(PROGRAM);
        let mut debuggee = debuggee(PROGRAM, |_| {}, call_main_with(0)).0;
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::Trap { code: Trap::StackOverflow });
        // The call that found no room is not there; its callers are, each after its call.
        let frames = backtrace(&mut debuggee).await;
        assert_eq!(stop.location(), Some(frames[0].location));
        assert!(frames.len() > 1000, "only {} frames", frames.len());
        assert!(frames.iter().all(|frame| places.name(frame.location) == "main#4"));
        let number = stop.number;
        let arguments = debuggee
            .query(move |paused| [0, 1, 500].map(|index| paused.locals(FrameId { stop: number, index }).unwrap()[0]));
        let last = frames.len() as i32 - 1;
        assert_eq!(arguments.await.unwrap(), [last, last - 1, last - 500].map(Value::I32));
        let stop = debuggee.resume(How::Continue).await.unwrap();
        expect![[r#"exited failed "wasm trap: call stack exhausted""#]].assert_eq(&places.line(&stop));
    });
}

fn fuelled(wat: &str, fuel: u64) -> Debuggee<Data> {
    let engine = Engine::new(config().consume_fuel(true)).unwrap();
    let (mut store, _) = store(&engine);
    store.set_fuel(fuel).unwrap();
    debuggee_on(store, wat, |_| {}, call_main)
}

/// The fuel ends at every instruction of a program once, functions' entries included, where the
/// engine does not know its own place. The frames can be asked for all the same, and are those that
/// the engine does know.
#[test]
fn trap_out_of_fuel_anywhere() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (func $first (param i32 i64 f32) (result i32) (call $second) (loop nop) (i32.const 1))
              (func $main (export "main") (local i32)
                (loop $again
                  (local.set 0 (call $first (i32.const 1) (i64.const 2) (f32.const 3)))
                  (br $again)))
              (func $second (loop nop)))
        "#;
        let places = Places::of(PROGRAM);
        let mut seen = std::collections::BTreeSet::new();
        for fuel in 0..60 {
            let mut debuggee = fuelled(PROGRAM, fuel);
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Trap { code: Trap::OutOfFuel });
            let frames = backtrace(&mut debuggee).await;
            assert_eq!(frames.first().map(|frame| frame.location), stop.location());
            for frame in &frames {
                let id = frame.id;
                debuggee.query(move |paused| (paused.locals(id), paused.operands(id))).await.unwrap().0.unwrap();
            }
            seen.insert(places.backtrace(&frames));
        }
        expect![[r#"
            {
                "",
                "first#1 < main#5",
            }"#]]
        .assert_eq(&format!("{seen:#?}"));
    });
}

#[test]
fn trap_out_of_fuel() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"(module (func $main (export "main") (loop (br 0))))"#;
        let places = Places::of(PROGRAM);
        let mut debuggee = fuelled(PROGRAM, 1000);
        expect![[r#"
            trap OutOfFuel
            exited failed "wasm trap: all fuel consumed by WebAssembly"
        "#]]
        .assert_eq(&transcript(&mut debuggee, &places, How::Continue).await);
        let (store, _) = debuggee.take_store().unwrap();
        assert_eq!(store.get_fuel().unwrap(), 0);
    });
}

#[test]
fn host_error_has_the_text_and_the_place_of_the_call() {
    check_with(
        r#"(module
            (import "host" "read" (func $read (param i32)))
            (func $main (export "main") nop (call $read (i32.const 7)) nop))"#,
        expect![[r#"
            host error "cannot read: disk 7 is on fire" at main#3
            exited failed "cannot read: disk 7 is on fire"
        "#]],
        |linker| {
            let read = |value: i32| -> wasmtime::Result<()> {
                Err(wasmtime::format_err!("disk {value} is on fire").context("cannot read"))
            };
            linker.func_wrap("host", "read", read).unwrap();
        },
    );
}

/// A host function that returns a trap of its own raises a trap, not a host error.
#[test]
fn host_function_that_traps() {
    check_with(
        r#"(module
            (import "host" "trap" (func $trap))
            (func $main (export "main") (call $trap)))"#,
        expect![[r#"
            trap UnreachableCodeReached at main#1
            exited failed "wasm trap: wasm `unreachable` instruction executed"
        "#]],
        |linker| {
            linker
                .func_wrap("host", "trap", || -> wasmtime::Result<()> { Err(Trap::UnreachableCodeReached.into()) })
                .unwrap();
        },
    );
}

fn exiting(code: i32) -> Debuggee<Data> {
    let wat = r#"(module
        (import "wasi" "proc_exit" (func $exit (param i32)))
        (func $main (export "main") (param i32) (call $exit (local.get 0)) unreachable))"#;
    let define = |linker: &mut wasmtime::Linker<Data>| {
        let exit = |code: i32| -> wasmtime::Result<()> { Err(I32Exit(code).into()) };
        linker.func_wrap("wasi", "proc_exit", exit).unwrap();
    };
    debuggee(wat, define, call_main_with(code)).0
}

/// An exit is no stop of its own, and neither an error nor a trap.
#[test]
fn exit_code_ends_the_program_without_another_stop() {
    run_on_both(|| async {
        for code in [0, 3, -1] {
            let mut debuggee = exiting(code).exit_codes(|error| Some(error.downcast_ref::<I32Exit>()?.0));
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Exited(Exit::Code(code)));
            assert_eq!(stop.number, 1);
            let (_, result) = debuggee.take_store().unwrap();
            assert_eq!(result.unwrap_err().downcast::<I32Exit>().unwrap().0, code);
            let mut debuggee = exiting(code).exit_codes(|error| Some(error.downcast_ref::<I32Exit>()?.0));
            assert_eq!(debuggee.finish().await, Ok(Exit::Code(code)));
        }
    });
}

/// Nobody said what an exit looks like: it is a host error like any other.
#[test]
fn exit_code_that_nobody_recognises_is_a_host_error() {
    run_on_both(|| async {
        let mut debuggee = exiting(3);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::HostError("Exited with i32 exit status 3".to_owned()));
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::Exited(Exit::Failed("Exited with i32 exit status 3".to_owned())));
    });
}

#[test]
fn body_that_returns_an_error() {
    run_on_both(|| async {
        let fails = async { Err(wasmtime::format_err!("the file ended early").context("cannot parse the input")) };
        let (mut debuggee, dropped) = debuggee("(module)", |_| {}, |_, _| Box::pin(fails));
        let stop = debuggee.resume(How::Continue).await.unwrap();
        let text = "cannot parse the input: the file ended early".to_owned();
        assert_eq!(stop.reason, StopReason::Exited(Exit::Failed(text)));
        assert_eq!(stop.location(), None);
        let (store, result) = debuggee.take_store().unwrap();
        assert_eq!(result.unwrap_err().to_string(), "cannot parse the input");
        assert!(!dropped.is_set());
        drop(store);
        assert!(dropped.is_set());
    });
}

#[test]
fn body_whose_program_lacks_the_export() {
    check(
        r#"(module (func (export "other")))"#,
        expect![[r#"
        exited failed "no export main"
    "#]],
    );
}

/// The error says so once; after that the program has ended like any other, but there is no store.
fn is_over_after_a_panic(debuggee: &mut Debuggee<Data>, answer: Result<stillpoint_debuggee::Stop, Error>, text: &str) {
    assert_eq!(answer, Err(Error::BodyPanicked(text.to_owned())));
    assert_eq!(debuggee.state(), State::Exited);
    assert!(debuggee.is_complete());
    assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Failed(format!("panicked: {text}"))));
    let lost = format!("the store is gone: the program's body panicked: {text}");
    assert_eq!(debuggee.take_store().map(drop).unwrap_err().to_string(), lost);
    assert_eq!(debuggee.take_store().map(drop).unwrap_err().to_string(), lost);
    assert_eq!(debuggee.terminate(), Err(Error::Exited));
}

#[test]
fn body_that_panics() {
    run_on_both(|| async {
        let (mut debuggee, dropped) = debuggee("(module)", |_| {}, |_, _| Box::pin(async { panic!("no {}", "luck") }));
        let answer = debuggee.resume(How::Continue).await;
        is_over_after_a_panic(&mut debuggee, answer, "no luck");
        assert!(dropped.is_set());
        assert_eq!(debuggee.resume(How::Continue).await, Err(Error::Exited));
        assert_eq!(debuggee.query(|_| ()).await, Err(Error::Exited));
        assert_eq!(debuggee.finish().await, Ok(Exit::Failed("panicked: no luck".to_owned())));
    });
}

/// A panic of a host function unwinds through the program's frames; in the background it goes the
/// same way.
#[test]
fn host_function_that_panics_in_the_background() {
    run_on_both(|| async {
        let mut debuggee = program_with(
            r#"(module (import "host" "panic" (func $panic)) (func (export "main") (call $panic)))"#,
            |linker| {
                linker.func_wrap("host", "panic", || -> () { panic!("out of luck") }).unwrap();
            },
        );
        debuggee.start(How::Continue).unwrap();
        let answer = debuggee.resume(How::Continue).await;
        is_over_after_a_panic(&mut debuggee, answer, "out of luck");
    });
}

/// A body may run its program several times and live on after a trap; each trap is a stop.
#[test]
fn body_that_survives_its_program_s_traps() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"(module (func $main (export "main") unreachable))"#;
        let places = Places::of(PROGRAM);
        let (mut debuggee, _) = debuggee(
            PROGRAM,
            |_| {},
            |store, instance| {
                Box::pin(async move {
                    for _ in 0..3 {
                        call(&mut *store, instance, "main", &[]).await.unwrap_err();
                    }
                    Ok(())
                })
            },
        );
        expect![[r#"
            trap UnreachableCodeReached at main#0
            trap UnreachableCodeReached at main#0
            trap UnreachableCodeReached at main#0
            exited returned
        "#]]
        .assert_eq(&transcript(&mut debuggee, &places, How::Continue).await);
    });
}

/// An engine without debug code is refused, whatever else it can do.
#[test]
fn engine_without_guest_debug_is_refused() {
    let engine = Engine::new(config().guest_debug(false)).unwrap();
    let refused = Debuggee::<Data, ()>::new(store(&engine).0, |_| Box::pin(async { Ok(()) }));
    assert_eq!(refused.map(drop).unwrap_err(), Error::NotDebuggable);
}
