//! What injected calls can do and come to, and that they stop like any code.

use crate::calls::support::{function, inject, instance, look};
use crate::support::harness::{Data, ExitWith, program, program_with, program_with_result, run, run_on_both};
use crate::support::places::Places;
use crate::support::transcript::innermost;
use expect_test::{Expect, expect};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use stillpoint_debuggee::{
    Accesses, Action, BreakpointId, BreakpointSpec, Call, CallEnd, CaptureSpec, Change, Debuggee, DrainLimit, Error,
    Exit, How, InstanceId, Location, ReferenceId, ReferenceKind, Session, StopReason, Value, WatchChange, WatchSpec,
    WatchTarget,
};
use wasmtime::Linker;

/// A stop in a function that adds, and things to call.
const PROGRAM: &str = r#"
    (module
      (tag $e (param i32))
      (import "host" "exit" (func $exit (param i32)))
      (import "host" "panic" (func $panic))
      (memory (export "memory") 1)
      (global $count (mut i32) (i32.const 0))
      (func $main (export "main") (result i32) (local $x i32)
        (local.set $x (call $add (i32.const 1) (i32.const 2)))
        (i32.add (local.get $x) (i32.const 10)))
      (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func $all (param i32 i64 f32 f64 v128 funcref externref anyref exnref)
        (result exnref anyref externref funcref v128 f64 f32 i64 i32)
        (local.get 8) (local.get 7) (local.get 6) (local.get 5) (local.get 4) (local.get 3) (local.get 2) (local.get 1)
        (local.get 0))
      (func $function (result funcref) (ref.func $add))
      (func $never (param (ref func)))
      (func $throw (param i32) (throw $e (local.get 0)))
      (func $catch (param i32) (result i32)
        (block $h (result i32) (try_table (catch $e $h) (call $throw (local.get 0))) (i32.const -1)))
      (func $trap (param i32) (drop (i32.load offset=65536 (local.get 0))))
      (func $leave (call $exit (i32.const 7)))
      (func $break (call $panic))
      (func $loop (loop $again (br $again)))
      (func $count (param $n i32) (result i32)
        (loop $again
          (global.set $count (i32.add (global.get $count) (i32.const 1)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $again (local.get $n)))
        (global.get $count))
      (elem declare func $add))
"#;

fn define(linker: &mut Linker<Data>) {
    let exit = |code: i32| -> wasmtime::Result<()> { Err(wasmtime::Error::new(ExitWith(code))) };
    linker.func_wrap("host", "exit", exit).unwrap();
    linker.func_wrap("host", "panic", || -> () { panic!("on purpose") }).unwrap();
}

/// The program before the addition in `add`, and where its result goes.
async fn at_add() -> (Debuggee<Data>, Places, Arc<AtomicI32>) {
    let places = Places::of(PROGRAM);
    let (debuggee, result) = program_with_result(PROGRAM, define);
    let mut debuggee = debuggee.exit_codes(|error| Some(error.downcast_ref::<ExitWith>()?.0));
    debuggee.resume(How::RunTo(places.location("add#2"))).await.unwrap();
    (debuggee, places, result)
}

/// The program goes on as if nothing had happened.
async fn ends(mut debuggee: Debuggee<Data>, result: &AtomicI32) {
    let (locals, operands) = innermost(&mut debuggee).await;
    assert_eq!((locals, operands), (vec![Value::I32(1), Value::I32(2)], vec![Value::I32(1), Value::I32(2)]));
    assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Returned(vec![])));
    assert_eq!(result.load(Ordering::SeqCst), 13);
}

/// Calls a function at that place and writes down the stops up to the call's end.
fn check(name: &'static str, arguments: &'static [Value], expected: Expect) {
    run(move || async move {
        let (mut debuggee, places, result) = at_add().await;
        let call = function(&mut debuggee, &places, name, arguments).await;
        let mut stop = debuggee.call(call).await.unwrap();
        let mut text = format!("{}\n", places.line(&stop));
        while !matches!(stop.reason, StopReason::CallFinished(_)) {
            stop = debuggee.resume(How::Continue).await.unwrap();
            text.push_str(&format!("{}\n", places.line(&stop)));
        }
        expected.assert_eq(&text);
        ends(debuggee, &result).await;
    });
}

#[test]
fn returns_its_results() {
    check("add", &[Value::I32(-1), Value::I32(43)], expect!["call returned [42] at add#2\n"]);
}

#[test]
fn takes_and_returns_values_of_every_type() {
    const NULLS: [Value; 4] = [
        Value::Null(ReferenceKind::Function),
        Value::Null(ReferenceKind::External),
        Value::Null(ReferenceKind::Internal),
        Value::Null(ReferenceKind::Exception),
    ];
    const ARGUMENTS: [Value; 9] = [
        Value::I32(i32::MIN),
        Value::I64(i64::MAX),
        Value::F32(0x7fa0_0001),
        Value::F64(0xfff4_0000_0000_0001),
        Value::V128(u128::MAX - 7),
        NULLS[0],
        NULLS[1],
        NULLS[2],
        NULLS[3],
    ];
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        let call = function(&mut debuggee, &places, "all", &ARGUMENTS).await;
        let mut results = ARGUMENTS.to_vec();
        results.reverse();
        assert_eq!(inject(&mut debuggee, call).await, CallEnd::Returned(results));
        let call = function(&mut debuggee, &places, "function", &[]).await;
        let CallEnd::Returned(results) = inject(&mut debuggee, call).await else { panic!("it returns") };
        assert!(matches!(results[..], [Value::Reference(ReferenceKind::Function, ..)]), "{results:?}");
        ends(debuggee, &result).await;
    });
}

#[test]
fn that_throws() {
    check(
        "throw",
        &[Value::I32(5)],
        expect![[r#"
            uncaught exception [5] at throw#1
            call threw [5] at add#2
        "#]],
    );
}

#[test]
fn that_throws_and_catches() {
    check(
        "catch",
        &[Value::I32(6)],
        expect![[r#"
            caught exception [6] at throw#1
            call returned [6] at add#2
        "#]],
    );
}

#[test]
fn that_traps() {
    check(
        "trap",
        &[Value::I32(0)],
        expect![[r#"
            trap MemoryOutOfBounds at trap#1
            call trapped MemoryOutOfBounds at add#2
        "#]],
    );
}

/// Only the call ends: the program has not asked for anything.
#[test]
fn that_exits() {
    check("leave", &[], expect!["call asked for code 7 at add#2\n"]);
}

/// The panic would end the program's body if the program had made the call.
#[test]
fn that_makes_the_host_panic() {
    check("break", &[], expect!["call failed \"panicked: on purpose\" at add#2\n"]);
}

#[test]
fn that_never_ends_is_interrupted() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        let before = look(&mut debuggee).await;
        debuggee.interrupter().interrupt();
        let call = function(&mut debuggee, &places, "loop", &[]).await;
        let stop = debuggee.call(call).await.unwrap();
        assert_eq!(stop.reason, StopReason::Interrupt);
        assert_eq!(look(&mut debuggee).await[1..], before);
        debuggee.interrupter().interrupt();
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
        debuggee.terminate().unwrap();
        assert_eq!(result.load(Ordering::SeqCst), 0);
    });
}

/// An interrupt that comes too late for the call does not stop the program afterwards.
#[test]
fn that_ends_uses_an_interrupt_up() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        debuggee.interrupter().interrupt();
        let call = function(&mut debuggee, &places, "all", &[]).await;
        assert!(debuggee.call(call).await.is_err());
        debuggee.interrupter().interrupt();
        let call = Call::new(instance(&mut debuggee).await, 0, vec![Value::I32(0)]);
        assert_eq!(inject(&mut debuggee, call).await, CallEnd::Code(0));
        ends(debuggee, &result).await;
    });
}

/// Nothing has run, and the stop is the same, whatever is wrong with the call.
#[test]
fn that_cannot_be_made() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        let wrong = |expected: &str| Error::WrongType { expected: expected.to_owned() };
        let one = [Value::I32(1)];
        let two = [Value::I32(1), Value::I64(2)];
        let no_reference = [Value::Null(ReferenceKind::Function)];
        let wrong_calls: [(&str, &[Value], Error); 5] = [
            ("add", &[], Error::ArgumentCount { expected: 2 }),
            ("add", &one, Error::ArgumentCount { expected: 2 }),
            ("loop", &one, Error::ArgumentCount { expected: 0 }),
            ("add", &two, wrong("i32 for argument 1")),
            ("never", &no_reference, wrong("(ref func) for argument 0")),
        ];
        let stop = debuggee.last_stop().clone();
        for (name, arguments, error) in wrong_calls {
            let call = function(&mut debuggee, &places, name, arguments).await;
            assert_eq!(debuggee.call(call).await, Err(error), "{name} {arguments:?}");
            assert_eq!(*debuggee.last_stop(), stop);
        }
        let id = instance(&mut debuggee).await;
        for index in [100, u32::MAX] {
            assert_eq!(debuggee.call(Call::new(id, index, vec![])).await, Err(Error::NoFunction(index)));
            let none = InstanceId(index);
            assert_eq!(debuggee.call(Call::new(none, 0, vec![])).await, Err(Error::NoInstance(none)));
        }
        let nowhere = How::RunTo(Location { pc: 0, ..places.location("add#0") });
        let call = Call { how: nowhere, ..Call::new(id, 0, vec![]) };
        assert!(matches!(debuggee.call(call).await, Err(Error::NotAnInstruction { .. })));
        ends(debuggee, &result).await;
        let mut debuggee = program("(module (func (export \"main\")))");
        debuggee.finish().await.unwrap();
        assert_eq!(debuggee.call(Call::new(id, 0, vec![])).await, Err(Error::Exited));
    });
}

/// Instruction by instruction, into calls and out of them: the call's end comes after its last one,
/// and a step over goes on from where the program was.
#[test]
fn that_is_stepped_through() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        let mut call = function(&mut debuggee, &places, "add", &[Value::I32(3), Value::I32(4)]).await;
        let mut lines = Vec::new();
        for how in [How::StepInstruction, How::StepOver, How::StepOut] {
            call.how = how;
            lines.push(places.line(&debuggee.call(call.clone()).await.unwrap()));
            while lines.last().is_some_and(|line| !line.starts_with("call")) {
                lines.push(places.line(&debuggee.resume(how).await.unwrap()));
            }
        }
        lines.push(places.line(&debuggee.resume(How::StepOver).await.unwrap()));
        let through =
            ["step at add#0", "step at add#1", "step at add#2", "step at add#3", "call returned [7] at add#2"];
        let out = ["step at add#0", "call returned [7] at add#2", "step at add#3"];
        assert_eq!(lines, [&through[..], &through, &out].concat());
        assert_eq!(places.line(&debuggee.resume(How::StepOver).await.unwrap()), "step at main#3");
        let call = function(&mut debuggee, &places, "add", &[Value::I32(3), Value::I32(4)]).await;
        inject(&mut debuggee, call).await;
        assert_eq!(places.line(&debuggee.resume(How::StepOver).await.unwrap()), "step at main#4");
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 13);
    });
}

/// A run to a place that the call does not come to ends with the call.
#[test]
fn that_runs_to_a_place() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        let mut call = function(&mut debuggee, &places, "catch", &[Value::I32(3)]).await;
        call.how = How::RunTo(places.location("throw#1"));
        let stop = debuggee.call(call).await.unwrap();
        assert_eq!(places.line(&stop), "step at throw#1");
        let stop = debuggee.resume(How::RunTo(places.location("main#0"))).await.unwrap();
        assert_eq!(places.line(&stop), "caught exception [3] at throw#1");
        let stop = debuggee.resume(How::RunTo(places.location("main#0"))).await.unwrap();
        assert_eq!(places.line(&stop), "call returned [3] at add#2");
        ends(debuggee, &result).await;
    });
}

/// Breakpoints with conditions, counters and tracepoints work on a call's hits as on any.
#[test]
fn that_hits_breakpoints() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        // At `local.set $n` in the loop, with the new `$n` on the stack.
        let place = BreakpointSpec::at(places.location("count#9"));
        let condition = |text: &str| BreakpointSpec { condition: Some(text.to_owned()), ..place.clone() };
        let specs = [
            condition("local[0] == 2"),
            BreakpointSpec { action: Action::Count, ..condition("depth == 3") },
            BreakpointSpec { action: Action::Capture(CaptureSpec::default()), every: 2, ..place.clone() },
        ];
        let changes: Vec<Change> = specs.into_iter().map(Change::Add).collect();
        for answer in debuggee.edit_breakpoints(&changes).unwrap() {
            answer.unwrap();
        }
        let call = function(&mut debuggee, &places, "count", &[Value::I32(5)]).await;
        let stop = debuggee.call(call).await.unwrap();
        assert_eq!(places.line(&stop), "breakpoint 1 at count#9");
        assert_eq!(innermost(&mut debuggee).await.0, [Value::I32(2)]);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(places.line(&stop), "call returned [5] at add#2");
        let counts: Vec<_> = debuggee.breakpoints().unwrap().iter().map(|b| (b.id, b.hits, b.taken)).collect();
        assert_eq!(counts, [(BreakpointId(1), 5, 1), (BreakpointId(2), 5, 5), (BreakpointId(3), 5, 2)]);
        assert_eq!(debuggee.drain_records(DrainLimit::Bytes(usize::MAX)).records.len(), 2 * 16);
        ends(debuggee, &result).await;
    });
}

/// Objects that only the program's frames hold survive a collection during the call.
#[test]
fn that_collects_garbage() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (type $box (struct (field (mut i32))))
              (type $list (array (mut i64)))
              (func $main (export "main") (result i32) (local $held (ref null $box))
                (local.set $held (struct.new $box (i32.const 30)))
                (struct.get $box 0 (call $add (struct.new $box (i32.const 1)) (struct.new $box (i32.const 2))))
                (struct.get $box 0 (local.get $held))
                (i32.add))
              (func $add (param (ref $box) (ref $box)) (result (ref $box))
                (struct.new $box
                  (i32.add (struct.get $box 0 (local.get 0)) (struct.get $box 0 (local.get 1)))))
              (func $churn (param $n i32)
                (loop $again
                  (drop (array.new $list (i64.const -1) (i32.const 1000)))
                  (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                  (br_if $again (local.get $n)))))
        "#;
        let places = Places::of(PROGRAM);
        let (mut debuggee, result) = program_with_result(PROGRAM, |_| {});
        let mut n_calls = 0;
        while !matches!(debuggee.resume(How::StepInstruction).await.unwrap().reason, StopReason::Exited(_)) {
            // 8 MB each time.
            let call = function(&mut debuggee, &places, "churn", &[Value::I32(1000)]).await;
            assert_eq!(debuggee.call(call).await.unwrap().reason, StopReason::CallFinished(CallEnd::Returned(vec![])));
            let query = debuggee.query(|paused| {
                let _ = paused.store().gc(None);
            });
            query.await.unwrap();
            n_calls += 1;
        }
        assert!(n_calls > 15);
        assert_eq!(result.load(Ordering::SeqCst), 33);
    });
}

/// An exception that the call leaves behind is not the program's; one that the program throws is,
/// after any number of calls.
#[test]
fn that_throws_while_the_program_does() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (tag $e (param i32))
              (tag $other (param i64))
              (func $main (export "main") (result i32)
                (block $h (result i32) (try_table (catch $e $h) (call $throw)) (i32.const 0)))
              (func $throw (throw $e (i32.const 11)))
              (func $catch (result i64)
                (block $h (result i64) (try_table (catch $other $h) (throw $other (i64.const 12))) (i64.const 0)))
              (func $fail (throw $other (i64.const 13))))
        "#;
        let places = Places::of(PROGRAM);
        let (mut debuggee, result) = program_with_result(PROGRAM, |_| {});
        debuggee.resume(How::Continue).await.unwrap();
        for _ in 0..3 {
            for (name, thrown, end) in [
                ("catch", "caught exception [12L] at main#0", CallEnd::Returned(vec![Value::I64(12)])),
                ("fail", "uncaught exception [13L] at main#0", CallEnd::Exception { payload: vec![Value::I64(13)] }),
            ] {
                let call = function(&mut debuggee, &places, name, &[]).await;
                let stop = debuggee.call(call).await.unwrap();
                assert_eq!(places.line(&stop).split(" at").next(), thrown.split(" at").next());
                let stop = debuggee.resume(How::Continue).await.unwrap();
                assert_eq!(stop.reason, StopReason::CallFinished(end));
            }
        }
        // It is still on its way to `main`.
        let stop = debuggee.resume(How::StepOut).await.unwrap();
        assert_eq!(stop.location().map(|location| places.name(location)[..5].to_owned()), Some("main#".to_owned()));
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 11);
    });
}

/// Recording goes on inside a call, if it is asked for.
#[test]
fn that_is_recorded() {
    run_on_both(|| async {
        let mut debuggee = program_with(PROGRAM, define);
        let places = Places::of(PROGRAM);
        debuggee.resume(How::StepInstruction).await.unwrap();
        let mut call = function(&mut debuggee, &places, "add", &[Value::I32(3), Value::I32(4)]).await;
        call.how = How::Record;
        let stop = debuggee.call(call).await.unwrap();
        assert_eq!(stop.reason, StopReason::CallFinished(CallEnd::Returned(vec![Value::I32(7)])));
        assert_eq!(debuggee.drain_records(DrainLimit::Bytes(usize::MAX)).records.len(), 4 * 16);
        debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(debuggee.drain_records(DrainLimit::Bytes(usize::MAX)).records.len(), 0);
    });
}

/// A reference that one call has returned can be given to the next, and no later.
#[test]
fn takes_references_of_the_same_stop() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        let call = function(&mut debuggee, &places, "function", &[]).await;
        let CallEnd::Returned(results) = inject(&mut debuggee, call).await else { panic!("it returns") };
        let call = function(&mut debuggee, &places, "never", &results).await;
        assert_eq!(inject(&mut debuggee, call.clone()).await, CallEnd::Returned(vec![]));
        assert_eq!(debuggee.call(call).await, Err(Error::StaleReference));
        let wrong = Value::Reference(ReferenceKind::Function, ReferenceId(u64::MAX));
        let call = function(&mut debuggee, &places, "never", &[wrong]).await;
        assert_eq!(debuggee.call(call).await, Err(Error::NoReference(ReferenceId(u64::MAX))));
        ends(debuggee, &result).await;
    });
}

/// Watchpoints see what a call does, and are set and taken out in the middle of it.
#[test]
fn that_touches_what_is_watched() {
    run_on_both(|| async {
        let (mut debuggee, places, result) = at_add().await;
        let target = WatchTarget::Global { instance: instance(&mut debuggee).await, global: 0 };
        let watch = WatchChange::Add(WatchSpec::of(target, Accesses::WRITE));
        let id = debuggee.edit_watchpoints(&[watch]).unwrap()[0].clone().unwrap();
        let call = function(&mut debuggee, &places, "count", &[Value::I32(3)]).await;
        let stop = debuggee.call(call).await.unwrap();
        let StopReason::Watchpoint { hits, .. } = &stop.reason else { panic!("not a hit: {stop:?}") };
        assert_eq!((hits.len(), &hits[0].new[..]), (1, &1_i32.to_le_bytes()[..]));
        debuggee.edit_watchpoints(&[WatchChange::Remove(id)]).unwrap()[0].clone().unwrap();
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::CallFinished(CallEnd::Returned(vec![Value::I32(3)])));
        ends(debuggee, &result).await;
    });
}
