//! Calls injected at every kind of stop: the program is exactly where it was afterwards.

use crate::calls::support::{Seen, function, inject, instance, look};
use crate::support::harness::{
    Data, Turns, breakpoint, call_main, config, debuggee, debuggee_on, define_call_back, define_wait, engine, program,
    program_with, run, run_on_both, store,
};
use crate::support::places::Places;
use crate::support::transcript::{check_frame, values};
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use stillpoint_debuggee::{
    Call, CallEnd, Captures, Debuggee, Error, Exit, FrameId, How, InstanceId, Location, ModuleId, Paused, Session,
    Stop, StopReason, Value, View,
};
use wasmtime::{Caller, Engine, Func, Linker, Module, ValType};

/// As [`inject`], with a stop in the call, below whose frames those of the program are.
async fn inject_with_stop(debuggee: &mut Debuggee<Data>, call: Call) -> CallEnd {
    let before = (debuggee.last_stop().clone(), look(debuggee).await);
    let stop = debuggee.call(Call { how: How::StepInstruction, ..call }).await.unwrap();
    assert_eq!(stop.reason, StopReason::Step);
    debuggee.resume(How::StepInstruction).await.unwrap();
    let inside = look(debuggee).await;
    assert_eq!((inside.len(), &inside[1..]), (before.1.len() + 1, &before.1[..]));
    let stop = debuggee.resume(How::Continue).await.unwrap();
    assert_eq!(stop.location(), before.0.location());
    assert_eq!(look(debuggee).await, before.1);
    match stop.reason {
        StopReason::CallFinished(end) => end,
        other => panic!("not the end of a call: {other:?}"),
    }
}

/// Adds two numbers in a loop.
const SUM: &str = r#"
    (func $sum (param $a i32) (param $b i32) (result i32) (local $n i32)
      (local.set $n (local.get $a))
      (loop $again
        (if (local.get $b) (then
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (local.set $b (i32.sub (local.get $b) (i32.const 1)))
          (br $again))))
      (local.get $n))
"#;

async fn sums(debuggee: &mut Debuggee<Data>, places: &Places) {
    let call = function(debuggee, places, "sum", &[Value::I32(40), Value::I32(2)]).await;
    assert_eq!(inject(debuggee, call.clone()).await, CallEnd::Returned(vec![Value::I32(42)]));
    assert_eq!(inject_with_stop(debuggee, call).await, CallEnd::Returned(vec![Value::I32(42)]));
}

/// Runs a program twice, with a call injected at each of its stops and with none: the same stops,
/// the same end.
fn check(fields: &str, define: fn(&mut Linker<Data>), how: How, expected: &str) {
    let wat = format!("(module {fields} {SUM})");
    let expected = expected.to_owned();
    run_here(async move {
        let places = Places::of(&wat);
        let mut lines = Vec::new();
        for injects in [false, true] {
            let mut debuggee = program_with(&wat, define);
            let mut text = String::new();
            while !debuggee.is_complete() {
                let stop = debuggee.resume(how).await.unwrap();
                text.push_str(&format!("{}\n", places.line(&stop)));
                if injects && !debuggee.is_complete() {
                    sums(&mut debuggee, &places).await;
                    sums(&mut debuggee, &places).await;
                }
            }
            lines.push(text);
        }
        assert_eq!(lines[0], expected);
        assert_eq!(lines[1], expected);
    });
}

fn run_here(test: impl Future<Output = ()> + Send + 'static) {
    run(move || test);
}

#[test]
fn at_steps() {
    check(
        r#"(func $main (export "main") (result i32) (i32.const 1) (i32.const 2) (i32.add))"#,
        |_| {},
        How::StepInstruction,
        "step at main#0\nstep at main#1\nstep at main#2\nstep at main#3\nexited returned\n",
    );
}

#[test]
fn at_a_trap() {
    check(
        r#"(func $main (export "main") (i32.const 7) (call $bad))
           (func $bad (param i32) (drop (i32.div_u (local.get 0) (i32.const 0))))"#,
        |_| {},
        How::Continue,
        "trap IntegerDivisionByZero at bad#2\nexited failed \"wasm trap: integer divide by zero\"\n",
    );
}

/// Each function begins with a look at how much stack is left, also those that are injected where
/// there was none.
#[test]
fn at_a_stack_overflow() {
    check(
        r#"(func $main (export "main") (call $main))"#,
        |_| {},
        How::Continue,
        "trap StackOverflow at main#1\nexited failed \"wasm trap: call stack exhausted\"\n",
    );
}

#[test]
fn at_a_host_error() {
    check(
        r#"(import "host" "fail" (func $fail)) (func $main (export "main") (call $fail))"#,
        |linker| {
            linker.func_wrap("host", "fail", || -> wasmtime::Result<()> { wasmtime::bail!("no luck") }).unwrap();
        },
        How::Continue,
        "host error \"no luck\" at main#1\nexited failed \"no luck\"\n",
    );
}

/// A caught exception is caught, and what it carries arrives.
#[test]
fn at_a_caught_exception() {
    check(
        r#"(tag $e (param i32))
           (func $main (export "main")
             (block $h (result i32) (try_table (catch $e $h) (call $throw)) (return))
             (if (i32.ne (i32.const 77)) (then unreachable)))
           (func $throw (throw $e (i32.const 77)))"#,
        |_| {},
        How::Continue,
        "caught exception [77] at throw#1\nexited returned\n",
    );
}

#[test]
fn at_an_uncaught_exception() {
    check(
        r#"(tag $e (param i32)) (func $main (export "main") (throw $e (i32.const 5)))"#,
        |_| {},
        How::Continue,
        "uncaught exception [5] at main#1\nexited failed \"thrown Wasm exception\"\n",
    );
}

/// Below a host function that calls back, and with one in the call itself.
#[test]
fn under_a_host_function() {
    check(
        r#"(import "host" "again" (func $again (param i32) (result i32)))
           (func $main (export "main") (drop (call $again (i32.const 3))))
           (func $back (export "back") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"#,
        |linker| define_call_back(linker, "again", "back", &[ValType::I32], &[ValType::I32]),
        How::StepInstruction,
        "step at main#0\nstep at main#1\nstep at back#0\nstep at back#1\nstep at back#2\nstep at back#3\n\
         step at main#2\nstep at main#3\nexited returned\n",
    );
}

/// In a start function, below which is code that must not be looked at.
#[test]
fn in_a_start_function() {
    check(
        r#"(start $begin) (func $begin nop) (func $main (export "main") nop)"#,
        |_| {},
        How::StepInstruction,
        "step at begin#0\nstep at begin#1\nstep at main#0\nstep at main#1\nexited returned\n",
    );
}

#[test]
fn at_an_interrupt() {
    run_on_both(|| async {
        let wat = format!("(module (func $main (export \"main\") (loop $again (br $again))) {SUM})");
        let places = Places::of(&wat);
        let mut debuggee = program(&wat);
        for _ in 0..3 {
            debuggee.interrupter().interrupt();
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Interrupt);
            sums(&mut debuggee, &places).await;
        }
        debuggee.terminate().unwrap();
    });
}

/// Nothing is there to be called until the body has made it.
#[test]
fn at_the_entry() {
    run_on_both(|| async {
        let wat = format!("(module (func $main (export \"main\") nop) {SUM})");
        let mut debuggee = program(&wat);
        let call = Call::new(InstanceId(0), 1, vec![Value::I32(1), Value::I32(2)]);
        assert_eq!(debuggee.call(call).await, Err(Error::NoInstance(InstanceId(0))));
        assert_eq!(debuggee.last_stop().reason, StopReason::Entry);
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
    });
}

/// A store may come with instances. The call has stops of its own, frames too, and the entry has
/// none before and after.
#[test]
fn at_the_entry_of_a_store_with_instances() {
    run_on_both(|| async {
        let wat = format!("(module (func $main (export \"main\") nop) {SUM})");
        let places = Places::of(&wat);
        let engine = engine();
        let (mut store, _) = store(&engine);
        let module = Module::new(&engine, &wat).unwrap();
        wasmtime::Instance::new_async(&mut store, &module, &[]).await.unwrap();
        let mut debuggee = debuggee_on(store, &wat, |_| {}, call_main);
        sums(&mut debuggee, &places).await;
        debuggee.edit_breakpoints(&[breakpoint(places.location("sum#0"))]).unwrap();
        let call = function(&mut debuggee, &places, "sum", &[Value::I32(1), Value::I32(2)]).await;
        let stop = debuggee.call(call.clone()).await.unwrap();
        assert_eq!(places.line(&stop), "breakpoint 1 at sum#0");
        assert_eq!(look(&mut debuggee).await.len(), 1);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(places.line(&stop), "call returned [3]");
        assert_eq!(look(&mut debuggee).await, []);
        check_frame(&mut debuggee).await;
        assert_eq!(stop.frame, None);
        // Resumed, the program begins: its own instance has the breakpoint too, but nobody calls
        // the function.
        let stop = debuggee.resume(How::StepInstruction).await.unwrap();
        // Of the module that the program compiles, which is the second with this text.
        let main = Location { module: ModuleId(1), ..places.location("main#0") };
        assert_eq!((stop.location(), stop.reason), (Some(main), StopReason::Step));
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
    });
}

/// A call from a stop in a call, and so on: every frame below stays what it is, and the stops end
/// in the opposite order.
#[test]
fn in_another_call() {
    run_on_both(|| async {
        let wat = format!("(module (func $main (export \"main\") nop) {SUM})");
        let places = Places::of(&wat);
        let mut debuggee = program(&wat);
        debuggee.resume(How::StepInstruction).await.unwrap();
        let mut below: Vec<(Stop, Seen)> = Vec::new();
        for depth in 1..=16 {
            below.push((debuggee.last_stop().clone(), look(&mut debuggee).await));
            let mut call = function(&mut debuggee, &places, "sum", &[Value::I32(depth), Value::I32(1)]).await;
            call.how = How::StepOver;
            let stop = debuggee.call(call).await.unwrap();
            assert_eq!(places.line(&stop), "step at sum#0");
            for _ in 0..depth {
                debuggee.resume(How::StepInstruction).await.unwrap();
            }
            let seen = look(&mut debuggee).await;
            assert_eq!(seen.len() as i32, 1 + depth);
            assert_eq!(seen[1..], below.last().unwrap().1);
        }
        let before = look(&mut debuggee).await;
        let call = function(&mut debuggee, &places, "sum", &[Value::I32(0), Value::I32(0)]).await;
        assert_eq!(debuggee.call(call.clone()).await, Err(Error::TooDeep { limit: 16 }));
        assert_eq!(look(&mut debuggee).await, before);
        while let Some((stop, seen)) = below.pop() {
            let end = debuggee.resume(How::Continue).await.unwrap();
            let sum = i32::try_from(below.len()).unwrap() + 2;
            assert_eq!(end.reason, StopReason::CallFinished(CallEnd::Returned(vec![Value::I32(sum)])));
            assert_eq!(end.location(), stop.location());
            assert_eq!(look(&mut debuggee).await, seen);
        }
        // There is room again.
        sums(&mut debuggee, &places).await;
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
    });
}

/// At a trap in a call at an exception in a call at a trap.
#[test]
fn in_calls_that_fail() {
    run_on_both(|| async {
        let wat = format!(
            r#"(module (tag $e (param i32))
              (func $main (export "main") (drop (i32.const 1)) unreachable)
              (func $throw (param i32) (throw $e (local.get 0)))
              (func $catch (result i32)
                (block $h (result i32) (try_table (catch $e $h) (call $throw (i32.const 8))) (i32.const 0)))
              {SUM})"#
        );
        let places = Places::of(&wat);
        let mut debuggee = program(&wat);
        let mut lines = Vec::new();
        let mut stop = debuggee.resume(How::Continue).await.unwrap();
        lines.push(places.line(&stop));
        for (name, arguments) in [("throw", &[Value::I32(4)][..]), ("catch", &[]), ("main", &[])] {
            let call = function(&mut debuggee, &places, name, arguments).await;
            stop = debuggee.call(call).await.unwrap();
            lines.push(places.line(&stop));
            sums(&mut debuggee, &places).await;
        }
        assert_eq!(look(&mut debuggee).await.len(), 5);
        while !debuggee.is_complete() {
            stop = debuggee.resume(How::Continue).await.unwrap();
            lines.push(places.line(&stop));
        }
        assert_eq!(
            lines,
            [
                "trap UnreachableCodeReached at main#2",
                "uncaught exception [4] at throw#1",
                "caught exception [8] at throw#1",
                "trap UnreachableCodeReached at main#2",
                "call trapped UnreachableCodeReached at throw#1",
                "call returned [8] at throw#1",
                "call threw [4] at main#2",
                "exited failed \"wasm trap: wasm `unreachable` instruction executed\"",
            ]
        );
    });
}

/// The host function `host.again`, which calls a function. (One that a host calls has no caller to
/// ask for its exports.)
fn define_again(linker: &mut Linker<Data>, function: Arc<OnceLock<Func>>) {
    linker
        .func_wrap_async("host", "again", move |mut caller: Caller<'_, Data>, (n,): (i32,)| {
            let function = *function.get().expect("the program has begun");
            Box::new(async move { function.typed::<i32, i32>(&caller)?.call_async(&mut caller, n).await })
        })
        .unwrap();
}

/// A function may be a host's: it has no frames, and those below do not show twice when it calls
/// back.
#[test]
fn of_imported_functions() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "again" (func $again (param i32) (result i32)))
              (import "host" "turn" (func $turn))
              (func $main (export "main") (drop (i32.const 9)))
              (func $back (export "back") (param i32) (result i32) (call $turn) (i32.add (local.get 0) (i32.const 1))))
        "#;
        let back = Arc::new(OnceLock::<Func>::new());
        let known = Arc::clone(&back);
        let define = move |linker: &mut Linker<Data>| {
            define_again(linker, known);
            define_wait(linker, "turn", || Turns(2));
        };
        let (mut debuggee, _) = debuggee(PROGRAM, define, move |store, instance| {
            back.set(instance.get_func(&mut *store, "back").expect("exported")).expect("once");
            call_main(store, instance)
        });
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.resume(How::StepInstruction).await.unwrap();
        let id = instance(&mut debuggee).await;
        let again = Call::new(id, 0, vec![Value::I32(5)]);
        assert_eq!(inject(&mut debuggee, again.clone()).await, CallEnd::Returned(vec![Value::I32(6)]));
        assert_eq!(inject(&mut debuggee, Call::new(id, 1, vec![])).await, CallEnd::Returned(vec![]));
        assert_eq!(inject_with_stop(&mut debuggee, again).await, CallEnd::Returned(vec![Value::I32(6)]));
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
    });
}

/// There is no fuel for the call either; the engine does not know where the program is, nor where
/// the call is.
#[test]
fn out_of_fuel() {
    run_on_both(|| async {
        let wat = format!("(module (func $main (export \"main\") (call $loop)) (func $loop (loop (br 0))) {SUM})");
        let places = Places::of(&wat);
        let engine = Engine::new(config().consume_fuel(true)).unwrap();
        let (mut store, _) = store(&engine);
        store.set_fuel(1000).unwrap();
        let mut debuggee = debuggee_on(store, &wat, |_| {}, call_main);
        debuggee.resume(How::StepInstruction).await.unwrap();
        sums(&mut debuggee, &places).await;
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(places.line(&stop), "trap OutOfFuel at main#1");
        let before = look(&mut debuggee).await;
        let call = function(&mut debuggee, &places, "sum", &[Value::I32(1), Value::I32(2)]).await;
        let stop = debuggee.call(call).await.unwrap();
        // The call's own frame cannot be placed either.
        assert_eq!(stop.reason, StopReason::Trap { code: wasmtime::Trap::OutOfFuel });
        assert_eq!(look(&mut debuggee).await, before);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(places.line(&stop), "call trapped OutOfFuel at main#1");
        assert_eq!(look(&mut debuggee).await, before);
    });
}

/// What a call burns is given back to the program.
#[test]
fn fuel_is_put_back() {
    run_on_both(|| async {
        let wat = format!(
            "(module (import \"host\" \"fail\" (func $fail)) (func $main (export \"main\") (call $fail)) {SUM})"
        );
        let places = Places::of(&wat);
        let engine = Engine::new(config().consume_fuel(true)).unwrap();
        let mut left = Vec::new();
        for injects in [false, true] {
            let (mut store, _) = store(&engine);
            store.set_fuel(1000).unwrap();
            let define = |linker: &mut Linker<Data>| {
                linker.func_wrap("host", "fail", || -> wasmtime::Result<()> { wasmtime::bail!("no luck") }).unwrap();
            };
            let mut debuggee = debuggee_on(store, &wat, define, call_main);
            for how in [How::StepInstruction, How::Continue] {
                debuggee.resume(how).await.unwrap();
                if injects {
                    sums(&mut debuggee, &places).await;
                }
            }
            debuggee.finish().await.unwrap();
            left.push(debuggee.take_store().unwrap().0.get_fuel().unwrap());
        }
        assert_eq!(left[0], left[1]);
    });
}

/// Instantiation traps before any function runs: the one frame there is must not be looked at, not
/// from a call either.
#[test]
fn under_code_without_positions() {
    check(
        r#"(memory 1) (data (i32.const 65536) "x") (func $main (export "main") nop)"#,
        |_| {},
        How::Continue,
        "trap MemoryOutOfBounds\nexited failed \"wasm trap: out of bounds memory access\"\n",
    );
}

/// The end of a call carries what every stop carries.
#[test]
fn the_end_has_captures() {
    run_on_both(|| async {
        let wat = format!("(module (func $main (export \"main\") (local i64) (drop (i32.const 6))) {SUM})");
        let places = Places::of(&wat);
        let mut debuggee = program(&wat);
        debuggee.set_captures(Captures { locals: true, operands: true, n_frames: 5 }).unwrap();
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.resume(How::StepInstruction).await.unwrap();
        let call = function(&mut debuggee, &places, "sum", &[Value::I32(1), Value::I32(2)]).await;
        let stop = debuggee.call(call).await.unwrap();
        assert_eq!((values(&stop.captured.locals), values(&stop.captured.operands)), ("[0L]".into(), "[6]".into()));
        assert_eq!(stop.captured.frames[0].id, FrameId { stop: stop.number, index: 0 });
        // Frames are named by the stop: those of the one before have ended.
        let old = FrameId { stop: stop.number - 1, index: 0 };
        assert_eq!(debuggee.query(move |paused| paused.locals(old)).await.unwrap(), Err(Error::StaleFrame));
    });
}

/// The same when the function is a host's that calls back: the engine shows that frame twice then.
#[test]
fn of_imported_functions_over_code_without_positions() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "again" (func $again (param i32) (result i32)))
              (memory 1)
              (data (i32.const 65536) "x")
              (func $main (export "main") nop)
              (func $back (param i32) (result i32) (local.get 0)))
        "#;
        let places = Places::of(PROGRAM);
        let back = Arc::new(OnceLock::<Func>::new());
        let known = Arc::clone(&back);
        let mut debuggee = program_with(PROGRAM, |linker| define_again(linker, known));
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(places.line(&stop), "trap MemoryOutOfBounds");
        let find = |paused: &mut Paused<'_, Data>| {
            let instance = paused.store().debug_all_instances()[0];
            instance.debug_function(paused.store(), 2).expect("it is defined")
        };
        back.set(debuggee.query(find).await.unwrap()).expect("once");
        let again = Call::new(instance(&mut debuggee).await, 0, vec![Value::I32(4)]);
        assert_eq!(inject_with_stop(&mut debuggee, again).await, CallEnd::Returned(vec![Value::I32(4)]));
        assert!(matches!(debuggee.finish().await, Ok(Exit::Failed(_))));
    });
}

/// A component's core functions are called past its interface, those that go to the host too.
#[test]
fn in_a_component() {
    const COMPONENT: &str = r#"
        (component
          (import "host" (instance $host
            (export "note" (func (param "n" u32) (result u32)))
            (export "turn" (func))))
          (core func $note (canon lower (func $host "note")))
          (core func $turn (canon lower (func $host "turn")))
          (core module $one
            (import "host" "note" (func $note (param i32) (result i32)))
            (import "host" "turn" (func $turn))
            (func $main (export "main") (drop (call $note (i32.const 1))))
            (func $both (param i32) (result i32) (call $turn) (call $note (local.get 0)))
            (func $bad unreachable))
          (core module $two
            (import "one" "main" (func $other))
            (func $main (export "main") (call $other)))
          (core instance $one (instantiate $one
            (with "host" (instance (export "note" (func $note)) (export "turn" (func $turn))))))
          (core instance $two (instantiate $two (with "one" (instance $one))))
          (func (export "run") (canon lift (core func $two "main"))))
    "#;
    run_on_both(|| async {
        for concurrency in [false, true] {
            let mut config = config();
            config.concurrency_support(concurrency);
            let engine = Engine::new(&config).unwrap();
            let component = wasmtime::component::Component::new(&engine, COMPONENT).unwrap();
            let (mut store, _) = store(&engine);
            store.debug_register_component(&component).unwrap();
            let n_notes = Arc::new(AtomicU32::new(0));
            let notes = Arc::clone(&n_notes);
            let debuggee = Debuggee::new(store, move |store| {
                Box::pin(async move {
                    let mut linker = wasmtime::component::Linker::<Data>::new(store.engine());
                    let mut host = linker.instance("host")?;
                    host.func_wrap("note", move |_, (n,): (u32,)| {
                        notes.fetch_add(1, Ordering::SeqCst);
                        Ok((n + 1,))
                    })?;
                    host.func_wrap_async("turn", |_, (): ()| {
                        Box::new(async {
                            Turns(2).await;
                            Ok(())
                        })
                    })?;
                    let instance = linker.instantiate_async(&mut *store, &component).await?;
                    instance.get_typed_func::<(), ()>(&mut *store, "run")?.call_async(&mut *store, ()).await
                })
            });
            let mut debuggee = debuggee.unwrap();
            let mut n_calls = 0;
            while let Stop { reason: StopReason::Step, .. } = debuggee.resume(How::StepInstruction).await.unwrap() {
                let one = instance(&mut debuggee).await;
                let both = Call::new(one, 3, vec![Value::I32(41)]);
                assert_eq!(inject(&mut debuggee, both.clone()).await, CallEnd::Returned(vec![Value::I32(42)]));
                assert_eq!(inject_with_stop(&mut debuggee, both).await, CallEnd::Returned(vec![Value::I32(42)]));
                let note = Call::new(one, 0, vec![Value::I32(6)]);
                assert_eq!(inject(&mut debuggee, note).await, CallEnd::Returned(vec![Value::I32(7)]));
                let stop = debuggee.call(Call::new(one, 4, vec![])).await.unwrap();
                assert!(matches!(stop.reason, StopReason::Trap { .. }));
                let stop = debuggee.resume(How::Continue).await.unwrap();
                let trapped = CallEnd::Trap { code: wasmtime::Trap::UnreachableCodeReached };
                assert_eq!(stop.reason, StopReason::CallFinished(trapped));
                n_calls += 1;
            }
            assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
            assert_eq!((n_calls, n_notes.load(Ordering::SeqCst)), (6, 6 * 3 + 1));
        }
    });
}
