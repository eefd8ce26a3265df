//! Interrupts of a program that waits in a call of the host: the stop is made there, at once.

use crate::support::harness::{
    Data, bounded, breakpoint, call, call_main, cut, debuggee, debuggee_on, define_call_back, engine, run, run_on_both,
    store,
};
use crate::support::places::Places;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::time::Duration;
use stillpoint_debuggee::{
    Accesses, Call, CallEnd, Captures, Change, Debuggee, Error, Exit, Frame, FrameId, How, InstanceId, Session, State,
    StopReason, Value, WatchChange, WatchSpec, WatchTarget,
};
use tokio::sync::Notify;
use wasmtime::{Linker, Val};

/// `main` waits in the host two frames deep, and counts. Each call of `wait` gives 20.
const PROGRAM: &str = r#"
    (module
      (import "host" "wait" (func $wait (param i32) (result i32)))
      (memory 1)
      (global $g (mut i32) (i32.const 0))
      (func $main (export "main") (result i32)
        (i32.add (i32.const 1) (call $middle)))
      (func $middle (result i32)
        (i32.add (i32.const 1) (call $inner)))
      (func $inner (result i32)
        (i32.add (call $wait (i32.const 7)) (call $wait (i32.const 8))))
      (func $called (export "called") (param i32) (result i32)
        (i32.add (call $wait (local.get 0)) (i32.const 1))))
"#;

/// What the host's function does.
#[derive(Default)]
struct Host {
    /// How often it was called.
    n_calls: AtomicU32,
    /// How often it has returned.
    n_returns: AtomicU32,
    /// Lets one call return.
    open: Notify,
}

/// The program, its host, and the place of its result.
fn waiting() -> (Debuggee<Data>, Arc<Host>, Arc<AtomicI32>) {
    let host = Arc::new(Host::default());
    let result = Arc::new(AtomicI32::new(0));
    let (sink, its) = (Arc::clone(&result), Arc::clone(&host));
    let (debuggee, _) = debuggee(
        PROGRAM,
        |linker| define_wait(linker, &its),
        move |store, instance| {
            Box::pin(async move {
                let results = call(store, instance, "main", &[]).await?;
                sink.store(results[0].unwrap_i32(), Ordering::SeqCst);
                Ok(())
            })
        },
    );
    (debuggee, host, result)
}

fn define_wait(linker: &mut Linker<Data>, host: &Arc<Host>) {
    let host = Arc::clone(host);
    let define = linker.func_wrap_async("host", "wait", move |_, (_,): (i32,)| {
        let host = Arc::clone(&host);
        Box::new(async move {
            host.n_calls.fetch_add(1, Ordering::SeqCst);
            host.open.notified().await;
            host.n_returns.fetch_add(1, Ordering::SeqCst);
            20_i32
        })
    });
    define.unwrap();
}

/// Runs until the program waits, interrupts it, and returns the line of the stop.
async fn interrupt(debuggee: &mut Debuggee<Data>, how: How) -> (StopReason, String) {
    let interrupter = debuggee.interrupter();
    if debuggee.state() != State::Running {
        debuggee.begin(how).unwrap();
    }
    assert_eq!(cut(debuggee.resume(how), 3).await, None);
    interrupter.interrupt();
    let stop = debuggee.resume(how).await.unwrap();
    let places = Places::of(PROGRAM);
    (stop.reason, stop.location.map(|location| places.name(location)).unwrap_or_default())
}

async fn frames(debuggee: &mut Debuggee<Data>) -> Vec<Frame> {
    let session: &mut dyn Session = debuggee;
    session.view(|view| view.frames(0, u32::MAX)).await.unwrap().unwrap()
}

async fn backtrace(debuggee: &mut Debuggee<Data>) -> String {
    Places::of(PROGRAM).backtrace(&frames(debuggee).await)
}

const IN_FIRST_CALL: &str = "inner#1 < middle#2 < main#2";

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

/// Whatever needs the store is refused, and the program is not moved by it.
#[test]
fn what_can_be_asked_at_the_stop() {
    run_on_both(|| async {
        let (mut debuggee, host, _) = waiting();
        debuggee.set_captures(Captures { locals: true, operands: true, n_frames: 2 }).unwrap();
        interrupt(&mut debuggee, How::Continue).await;
        let stop = debuggee.last_stop().clone();
        assert_eq!(stop.captured.frames.len(), 2);
        assert_eq!((stop.captured.locals.len(), stop.captured.operands.len()), (0, 0));
        host.open.notify_one();
        let number = stop.number;
        let instance = frames(&mut debuggee).await[0].instance;
        let module = stop.location.unwrap().module;
        assert_eq!(debuggee.query(|_| ()).await, Err(Error::InHostCall));
        let session: &mut dyn Session = &mut debuggee;
        let answers = session
            .modify(move |program| {
                let modules = program.modules().len();
                let instances: Vec<InstanceId> = program.instances().iter().map(|instance| instance.id).collect();
                assert_eq!((modules, instances, program.depth()), (1, vec![instance], Ok(3)));
                assert_eq!(program.frames(1, 1).unwrap().len(), 1);
                assert_eq!(program.frames(3, 1), Ok(vec![]));
                assert_eq!(program.code(module, 0, 10).unwrap().len(), 4);
                let id = |stop, index| FrameId { stop, index };
                assert_eq!(program.locals(id(number - 1, 0)), Err(Error::StaleFrame));
                assert_eq!(program.operands(id(number, 3)), Err(Error::NoFrame { n_frames: 3 }));
                vec![
                    program.locals(id(number, 0)).map(drop),
                    program.operands(id(number, 2)).map(drop),
                    program.memory(instance, 0).map(drop),
                    program.read_memory(instance, 0, 0, 1).map(drop),
                    program.write_memory(instance, 0, 0, &[1]),
                    program.globals(instance, 0, 1).map(drop),
                    program.set_global(instance, 0, Value::I32(1)),
                    program.functions(instance, 0, 1).map(drop),
                    program.entry_point().map(drop),
                    program.component().map(drop),
                    program.pending_exception().map(drop),
                    program.view().exports(instance).map(drop),
                ]
            })
            .await
            .unwrap();
        assert!(answers.iter().all(|answer| *answer == Err(Error::InHostCall)), "{answers:?}");
        let callee = Call::new(instance, Places::of(PROGRAM).function("called"), vec![Value::I32(1)]);
        assert_eq!(session.begin_call(callee), Err(Error::InHostCall));
        assert_eq!(session.modules().len(), 1);
        assert_eq!(session.bytecode(module, 0, 4).unwrap(), b"\0asm");
        assert_eq!(session.breakpoints(), Ok(vec![]));
        let target = WatchTarget::Memory { instance, memory: 0, address: 0, length: 4 };
        let spec = WatchSpec::of(target, Accesses { read: false, write: true, host: false });
        assert_eq!(session.edit_watchpoints(&[WatchChange::Add(spec)]), Ok(vec![Err(Error::InHostCall)]));
        assert_eq!(session.state(), State::Paused);
        assert_eq!((host.n_returns.load(Ordering::SeqCst), session.last_stop()), (0, &stop));
    });
}

/// Breakpoints that are set there are hit when the call has returned, and steps end there.
#[test]
fn going_on_from_the_stop() {
    run_on_both(|| async {
        let places = Places::of(PROGRAM);
        let after = places.location("inner#2");
        let cases = [
            (How::Continue, Some("inner#4"), "breakpoint 1 at inner#4"),
            (How::Continue, Some("middle#2"), "breakpoint 1 at middle#2"),
            (How::StepInstruction, None, "step at inner#2"),
            (How::StepOver, None, "step at inner#2"),
            (How::StepOver, Some("inner#2"), "breakpoint 1 at inner#2"),
            (How::StepOut, None, "step at middle#2"),
            (How::RunTo(after), None, "step at inner#2"),
        ];
        for (how, at, expected) in cases {
            let (mut debuggee, host, result) = waiting();
            interrupt(&mut debuggee, How::Continue).await;
            if let Some(at) = at {
                let answers = debuggee.edit_breakpoints(&[breakpoint(places.location(at))]).unwrap();
                assert!(answers[0].is_ok());
            }
            // A change of mind in between, and a future that is dropped.
            interrupt(&mut debuggee, How::StepOut).await;
            assert_eq!(cut(debuggee.resume(how), 2).await, None);
            // Out of the first call, and for those that want it out of the second.
            let stop = loop {
                host.open.notify_one();
                if let Some(stop) = cut(debuggee.resume(how), 5).await {
                    break stop.unwrap();
                }
            };
            assert_eq!(places.line(&stop), expected, "{how:?}");
            assert!(!debuggee.waits_in_host());
            let depth = debuggee.query(|paused| stillpoint_debuggee::View::depth(paused)).await.unwrap();
            assert!(depth.unwrap() > 1);
            debuggee.detach();
            host.open.notify_one();
            assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
            assert_eq!((result.load(Ordering::SeqCst), host.n_calls.load(Ordering::SeqCst)), (42, 2), "{how:?}");
        }
    });
}

/// A step on its way ends with the interrupt; a new one begins from there.
#[test]
fn interrupt_of_a_step_over_the_call() {
    run_on_both(|| async {
        let places = Places::of(PROGRAM);
        let (mut debuggee, host, result) = waiting();
        debuggee.edit_breakpoints(&[breakpoint(places.location("main#1"))]).unwrap();
        assert_eq!(places.line(&debuggee.resume(How::Continue).await.unwrap()), "breakpoint 1 at main#1");
        assert_eq!(interrupt(&mut debuggee, How::StepOver).await.1, "inner#1");
        host.open.notify_one();
        assert_eq!(places.line(&debuggee.resume(How::StepOver).await.unwrap()), "step at inner#2");
        host.open.notify_one();
        assert_eq!(places.line(&debuggee.resume(How::StepOut).await.unwrap()), "step at middle#2");
        assert_eq!(places.line(&debuggee.resume(How::StepOut).await.unwrap()), "step at main#2");
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 42);
    });
}

#[test]
fn ending_the_program_at_the_stop() {
    run_on_both(|| async {
        let (mut debuggee, ..) = waiting();
        interrupt(&mut debuggee, How::Continue).await;
        debuggee.terminate().unwrap();
        assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Killed));
        assert_eq!(debuggee.resume(How::Continue).await, Err(Error::Exited));

        let (mut debuggee, ..) = waiting();
        interrupt(&mut debuggee, How::Continue).await;
        debuggee.interrupter().terminate();
        assert_eq!(debuggee.query(|_| ()).await, Err(Error::Exited));
        assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Killed));

        // Dropped there.
        let (mut debuggee, host, _) = waiting();
        interrupt(&mut debuggee, How::Continue).await;
        drop(debuggee);
        assert_eq!(host.n_returns.load(Ordering::SeqCst), 0);

        // Detached, with a breakpoint that is no longer wanted.
        let (mut debuggee, host, result) = waiting();
        let at = breakpoint(Places::of(PROGRAM).location("inner#4"));
        interrupt(&mut debuggee, How::Continue).await;
        debuggee.edit_breakpoints(&[at]).unwrap();
        assert_eq!(cut(debuggee.finish(), 3).await, None);
        host.open.notify_one();
        assert_eq!(cut(debuggee.finish(), 3).await, None);
        host.open.notify_one();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 42);
        // An interrupt of a program that nobody debugs is none.
        let (store, outcome) = debuggee.take_store().unwrap();
        outcome.unwrap();
        assert_eq!(store.breakpoints().unwrap().count(), 0);
    });
}

/// The stop survives every future that is dropped around it.
#[test]
fn futures_that_are_dropped() {
    run_on_both(|| async {
        for polls in 1..8 {
            let (mut debuggee, host, result) = waiting();
            let mut n_stops = 0;
            for n in 0..40 {
                if n % 3 == 0 {
                    debuggee.interrupter().interrupt();
                }
                if n % 5 == 4 {
                    host.open.notify_one();
                }
                match cut(debuggee.resume(How::Continue), polls).await {
                    Some(Ok(stop)) if stop.reason == StopReason::Interrupt => n_stops += 1,
                    Some(Ok(stop)) => {
                        assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
                        break;
                    }
                    Some(Err(error)) => panic!("{error}"),
                    None => {}
                }
            }
            assert!(n_stops > 2, "{n_stops}");
            assert_eq!((result.load(Ordering::SeqCst), host.n_calls.load(Ordering::SeqCst)), (42, 2));
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

/// The body gives the call up while the program is stopped in it, and calls again.
#[test]
fn call_given_up_at_the_stop() {
    for how in [How::Continue, How::StepInstruction, How::StepOver, How::StepOut] {
        run(move || async move {
            let places = Places::of(PROGRAM);
            let host = Arc::new(Host::default());
            let give_up = Arc::new(AtomicBool::new(false));
            let (its, gives_up) = (Arc::clone(&host), Arc::clone(&give_up));
            let engine = engine();
            let module = wasmtime::Module::new(&engine, PROGRAM).unwrap();
            let mut linker = Linker::new(&engine);
            define_wait(&mut linker, &its);
            let (mut store, _) = store(&engine);
            store.debug_register_module(&module).unwrap();
            let debuggee = Debuggee::new(store, move |store| {
                Box::pin(async move {
                    let instance = linker.instantiate_async(&mut *store, &module).await?;
                    let main = instance.get_typed_func::<(), i32>(&mut *store, "main")?;
                    {
                        let mut call = std::pin::pin!(main.call_async(&mut *store, ()));
                        std::future::poll_fn(|context| match gives_up.load(Ordering::SeqCst) {
                            true => std::task::Poll::Ready(()),
                            false => call.as_mut().poll(context).map(drop),
                        })
                        .await;
                    }
                    let function = instance.get_func(&mut *store, "called").unwrap();
                    function.call_async(&mut *store, &[Val::I32(1)], &mut [Val::I32(0)]).await
                })
            });
            let mut debuggee: Debuggee<Data> = debuggee.unwrap();
            interrupt(&mut debuggee, How::Continue).await;
            debuggee.edit_breakpoints(&[breakpoint(places.location("called#0"))]).unwrap();
            give_up.store(true, Ordering::SeqCst);
            // The frames are still those of the call; nothing has polled the body.
            assert_eq!(backtrace(&mut debuggee).await, IN_FIRST_CALL);
            let stop = debuggee.resume(how).await.unwrap();
            assert_eq!(places.line(&stop), "breakpoint 1 at called#0");
            assert_eq!(interrupt(&mut debuggee, How::Continue).await.1, "called#1");
            assert_eq!(backtrace(&mut debuggee).await, "called#1");
            host.open.notify_one();
            assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        });
    }
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
        assert_eq!((stop.reason, stop.location), (StopReason::Interrupt, None));
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

/// A watchpoint can be taken away there, and its points go with it.
#[test]
fn watchpoint_that_is_removed_at_the_stop() {
    run(|| async {
        let (mut debuggee, host, result) = waiting();
        debuggee.resume(How::StepInstruction).await.unwrap();
        let instance = debuggee.query(|paused| stillpoint_debuggee::View::instances(paused)[0].id).await.unwrap();
        let target = WatchTarget::Global { instance, global: 0 };
        let spec = WatchSpec::of(target, Accesses { read: false, write: true, host: true });
        let id = debuggee.edit_watchpoints(&[WatchChange::Add(spec)]).unwrap()[0].clone().unwrap();
        interrupt(&mut debuggee, How::Continue).await;
        let removed = debuggee.edit_watchpoints(&[WatchChange::Remove(id), WatchChange::Remove(id)]).unwrap();
        assert_eq!(removed, [Ok(id), Err(Error::NoWatchpoint(id))]);
        assert_eq!(Session::watchpoints(&debuggee), Ok(vec![]));
        host.open.notify_one();
        assert_eq!(
            debuggee.edit_breakpoints(&[Change::Remove(stillpoint_debuggee::BreakpointId(9))]).unwrap().len(),
            1
        );
        assert_eq!(interrupt(&mut debuggee, How::Continue).await.1, "inner#3");
        host.open.notify_one();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 42);
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
