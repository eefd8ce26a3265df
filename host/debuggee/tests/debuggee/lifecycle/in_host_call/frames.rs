//! The frames of a program that is stopped in a call of the host.

use super::support::{Host, IN_FIRST_CALL, PROGRAM, backtrace, define_wait, frames, interrupt, waiting};
use crate::support::harness::{
    Data, bounded, breakpoint, call_main, cut, debuggee, debuggee_on, define_call_back, run, run_on_both, store,
};
use crate::support::places::Places;
use crate::support::transcript::check_frame;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;
use stillpoint_debuggee::{Call, CallEnd, Debuggee, Exit, How, Session, State, StopReason, Value};
use wasmtime::Linker;

#[test]
fn report_peer_interrupt_in_a_host_call_stops_there() {
    run_on_both(|| async {
        let (mut debuggee, host, result) = waiting();
        let at = interrupt(&mut debuggee, How::Continue).await;
        assert_eq!(at, (StopReason::Interrupt, "inner#1".to_owned()));
        assert!(debuggee.waits_in_host());
        assert_eq!(debuggee.state(), State::Paused);
        assert_eq!(backtrace(&mut debuggee).await, IN_FIRST_CALL);
        // Once more, in the same call; the frames are those of the new stop.
        let before = debuggee.last_stop().number;
        assert_eq!(interrupt(&mut debuggee, How::Continue).await, at);
        assert_eq!(debuggee.last_stop().number, before + 1);
        assert_eq!(frames(&mut debuggee).await[0].id.stop, before + 1);
        // The call goes on and returns once, and the next is another.
        host.open.notify_one();
        let at = interrupt(&mut debuggee, How::Continue).await;
        assert_eq!(at, (StopReason::Interrupt, "inner#3".to_owned()));
        assert_eq!((host.n_calls.load(Ordering::SeqCst), host.n_returns.load(Ordering::SeqCst)), (2, 1));
        host.open.notify_one();
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
        assert_eq!((result.load(Ordering::SeqCst), host.n_calls.load(Ordering::SeqCst)), (42, 2));
    });
}

/// The task that runs the program is woken, in the background and here.
#[test]
fn interrupt_from_another_thread() {
    run_on_both(|| async {
        for in_background in [true, false] {
            let (mut debuggee, host, _) = waiting();
            let interrupter = debuggee.interrupter();
            let thread = std::thread::spawn(move || {
                while host.n_calls.load(Ordering::SeqCst) == 0 {
                    std::thread::yield_now();
                }
                // Also when it has registered for the call's end.
                std::thread::sleep(Duration::from_millis(20));
                interrupter.interrupt();
            });
            if in_background {
                debuggee.start(How::Continue).unwrap();
            }
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Interrupt);
            assert_eq!(backtrace(&mut debuggee).await, IN_FIRST_CALL);
            thread.join().unwrap();
        }
    });
}

/// In an injected call; its frames are on top of the program's.
#[test]
fn interrupt_in_an_injected_call() {
    run_on_both(|| async {
        let places = Places::of(PROGRAM);
        let (mut debuggee, host, result) = waiting();
        debuggee.edit_breakpoints(&[breakpoint(places.location("middle#0"))]).unwrap();
        debuggee.resume(How::Continue).await.unwrap();
        let instance = debuggee.query(|paused| stillpoint_debuggee::View::instances(paused)[0].id).await.unwrap();
        let function = places.function("called");
        debuggee.interrupter();
        debuggee.begin_call(Call::new(instance, function, vec![Value::I32(3)])).unwrap();
        let (reason, at) = interrupt(&mut debuggee, How::Continue).await;
        assert_eq!((reason, at.as_str()), (StopReason::Interrupt, "called#1"));
        assert_eq!(backtrace(&mut debuggee).await, "called#1 < middle#0 < main#2");
        host.open.notify_one();
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(stop.reason, StopReason::CallFinished(CallEnd::Returned(vec![Value::I32(21)])));
        host.open.notify_one();
        assert_eq!(cut(debuggee.finish(), 5).await, None);
        host.open.notify_one();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 42);
    });
}

/// The host waits, calls the program back, and waits again: each time the frames are right, and a
/// step over the call goes over what it calls back.
#[test]
fn host_that_calls_back() {
    run_on_both(|| async {
        const CALLS_BACK: &str = r#"
            (module
              (import "host" "wait" (func $wait (param i32) (result i32)))
              (import "host" "back" (func $back (param i32) (result i32)))
              (func $main (export "main") (drop (call $back (i32.const 1))) nop)
              (func $called (export "called") (param i32) (result i32)
                (call $wait (local.get 0))))
        "#;
        let places = Places::of(CALLS_BACK);
        for (how, expected) in [(How::StepOver, "step at called#2"), (How::StepOut, "step at main#2")] {
            let host = Arc::new(Host::default());
            let its = Arc::clone(&host);
            let define = |linker: &mut Linker<Data>| {
                define_wait(linker, &its);
                let number = [wasmtime::ValType::I32];
                define_call_back(linker, "back", "called", &number, &number);
            };
            let (mut debuggee, _) = debuggee(CALLS_BACK, define, call_main);
            let interrupter = debuggee.interrupter();
            assert_eq!(cut(debuggee.resume(How::Continue), 3).await, None);
            interrupter.interrupt();
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(places.line(&stop), "interrupt at called#1");
            assert_eq!(places.backtrace(&frames(&mut debuggee).await), "called#1 < main#2");
            host.open.notify_one();
            let stop = debuggee.resume(how).await.unwrap();
            assert_eq!(places.line(&stop), expected);
            assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        }
    });
}

/// The call began when nobody could interrupt the program: the stop has no frames.
#[test]
fn interrupter_that_comes_during_the_call() {
    run(|| async {
        let (mut debuggee, host, result) = waiting();
        assert_eq!(cut(debuggee.resume(How::Continue), 2).await, None);
        debuggee.interrupter().interrupt();
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!((stop.location(), stop.reason), (None, StopReason::Interrupt));
        assert_eq!(frames(&mut debuggee).await, []);
        host.open.notify_one();
        // A step out of a frame that is not known ends at the next instruction.
        let stop = debuggee.resume(How::StepOut).await.unwrap();
        assert_eq!(Places::of(PROGRAM).line(&stop), "step at inner#2");
        host.open.notify_one();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 42);
    });
}

/// Only the engine's helpers are called here, at places where its frames must not be looked at: the
/// stack overflows, in the first function and in another, start-up code fails, the epoch passes and
/// the fuel is used up.
#[test]
fn helpers_of_the_engine_are_no_calls() {
    bounded(|| {
        const OVERFLOW: &str = r#"(module (func $main (export "main") (call $main)))"#;
        const OTHER: &str = r#"
            (module
              (func $first (param i32) (result i32) (local.get 0))
              (func $main (export "main") (drop (call $first (i32.const 1))) (call $deep))
              (func $deep (call $deep)))
        "#;
        const STARTUP: &str = r#"
            (module (memory 1) (data (i32.const 65536) "x") (func $main (export "main")))
        "#;
        const START: &str = r#"
            (module (memory 1) (table 1 funcref) (elem (i32.const 0) $main)
              (global $g externref (ref.null extern))
              (start $s) (func $s (drop (memory.grow (i32.const 1)))) (func $main (export "main") unreachable))
        "#;
        for (program, has_fuel) in
            [(OVERFLOW, false), (OTHER, false), (STARTUP, false), (START, false), (OVERFLOW, true), (OTHER, true)]
        {
            let mut config = crate::support::harness::config();
            config.consume_fuel(has_fuel);
            let engine = wasmtime::Engine::new(&config).unwrap();
            let (mut store, _) = store(&engine);
            if has_fuel {
                store.set_fuel(1000).unwrap();
            }
            let mut debuggee = debuggee_on(store, program, |_| {}, call_main);
            debuggee.interrupter();
            engine.increment_epoch();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let stop = runtime.block_on(debuggee.resume(How::Continue)).unwrap();
            assert!(matches!(stop.reason, StopReason::Trap { .. } | StopReason::HostError(_)), "{stop:?}");
            let exit = runtime.block_on(debuggee.finish()).unwrap();
            assert!(matches!(exit, Exit::Failed(_)), "{exit:?}");
        }
    });
}

/// The outermost frames of a deep stack are left out.
#[test]
fn deep_stacks_are_cut() {
    run(|| async {
        const DEEP: &str = r#"
            (module
              (import "host" "wait" (func $wait (param i32) (result i32)))
              (func $main (export "main") (call $deep (i32.const 500)))
              (func $deep (param i32)
                (if (local.get 0)
                  (then (call $deep (i32.sub (local.get 0) (i32.const 1))))
                  (else (drop (call $wait (i32.const 1)))))))
        "#;
        let host = Arc::new(Host::default());
        let (mut debuggee, _) = debuggee(DEEP, |linker| define_wait(linker, &host), call_main);
        let interrupter = debuggee.interrupter();
        assert_eq!(cut(debuggee.resume(How::Continue), 3).await, None);
        interrupter.interrupt();
        debuggee.resume(How::Continue).await.unwrap();
        let frames = frames(&mut debuggee).await;
        assert_eq!(frames.len(), stillpoint_debuggee::MAX_HOST_CALL_FRAMES as usize);
        assert!(frames.iter().enumerate().all(|(index, frame)| frame.id.index as usize == index));
        host.open.notify_one();
        let places = Places::of(DEEP);
        assert_eq!(places.line(&debuggee.resume(How::StepInstruction).await.unwrap()), "step at deep#9");
    });
}

/// A component, through a table of its own as `wit-component` makes one, and with the machinery of
/// concurrent components and without it.
#[test]
fn interrupt_in_a_component() {
    run(|| async {
        const COMPONENT: &str = r#"
            (component
              (import "wait" (func $wait (param "n" u32) (result u32)))
              (core module $shim
                (type $f (func (param i32) (result i32)))
                (table (export "$imports") 1 funcref)
                (func (export "wait") (param i32) (result i32)
                  (call_indirect (type $f) (local.get 0) (i32.const 0))))
              (core module $main
                (import "host" "wait" (func $wait (param i32) (result i32)))
                (func $inner (result i32) (call $wait (i32.const 7)))
                (func $run (export "run") (result i32) (i32.add (call $inner) (i32.const 1))))
              (core module $fixup
                (import "" "wait" (func $wait (param i32) (result i32)))
                (import "" "$imports" (table 1 funcref))
                (elem (i32.const 0) func $wait))
              (core instance $s (instantiate $shim))
              (core func $lowered (canon lower (func $wait)))
              (alias core export $s "$imports" (core table $imports))
              (core instance (instantiate $fixup (with "" (instance
                (export "wait" (func $lowered)) (export "$imports" (table $imports))))))
              (alias core export $s "wait" (core func $shimmed))
              (core instance $m (instantiate $main (with "host" (instance (export "wait" (func $shimmed))))))
              (func (export "run") (result u32) (canon lift (core func $m "run"))))
        "#;
        for concurrency in [false, true] {
            let mut config = crate::support::harness::config();
            config.wasm_component_model(true).concurrency_support(concurrency);
            let engine = wasmtime::Engine::new(&config).unwrap();
            let component = wasmtime::component::Component::new(&engine, COMPONENT).unwrap();
            let mut store = store(&engine).0;
            store.debug_register_component(&component).unwrap();
            let host = Arc::new(Host::default());
            let its = Arc::clone(&host);
            let result = Arc::new(AtomicI32::new(0));
            let sink = Arc::clone(&result);
            let debuggee = Debuggee::new(store, move |store| {
                Box::pin(async move {
                    let mut linker = wasmtime::component::Linker::<Data>::new(store.engine());
                    linker.root().func_wrap_async("wait", move |_, (number,): (u32,)| {
                        let host = Arc::clone(&its);
                        Box::new(async move {
                            host.open.notified().await;
                            Ok((number + 1,))
                        })
                    })?;
                    let instance = linker.instantiate_async(&mut *store, &component).await?;
                    let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
                    let (number,) = run.call_async(&mut *store, ()).await?;
                    sink.store(number as i32, Ordering::SeqCst);
                    Ok(())
                })
            });
            let mut debuggee: Debuggee<Data> = debuggee.unwrap();
            let interrupter = debuggee.interrupter();
            for _ in 0..2 {
                assert_eq!(cut(debuggee.resume(How::Continue), 3).await, None);
                interrupter.interrupt();
                assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Interrupt);
                check_frame(&mut debuggee).await;
                let frames = frames(&mut debuggee).await;
                let functions: Vec<u32> = frames.iter().map(|frame| frame.function).collect();
                assert_eq!(functions, [0, 1, 2], "{concurrency}");
            }
            host.open.notify_one();
            let stop = debuggee.resume(How::StepOut).await.unwrap();
            assert_eq!(stop.reason, StopReason::Step);
            let session: &mut dyn Session = &mut debuggee;
            assert_eq!(session.view(|view| view.depth()).await.unwrap(), Ok(2));
            assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
            assert_eq!(result.load(Ordering::SeqCst), 9);
        }
    });
}
