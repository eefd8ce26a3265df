//! Bodies that give up a call into the program, in the host or at a stop, and call again.

use crate::support::harness::{Data, breakpoint, config, cut, define_wait, engine, run_on_both, store};
use crate::support::places::Places;
use crate::support::transcript::{innermost, values};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use stillpoint_debuggee::{
    BreakpointSpec, Call, Change, Debuggee, Error, Exit, FrameId, How, Interrupter, StopReason, Value, View,
};
use wasmtime::{Engine, Linker, Module};

const PROGRAM: &str = r#"(module
    (import "host" "wait" (func $wait))
    (func $first (export "first") (param i32) (call $wait) (unreachable))
    (func $paused (export "paused") (param anyref) nop nop (unreachable))
    (func $second (export "second") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $endless (export "endless") (loop $l (br $l))))"#;

/// What the body does before it calls `second` with 41, and then `endless`.
#[derive(Clone, Copy)]
enum First {
    /// Gives up a call that waits in the host.
    InHost,
    /// Gives up a call that is paused, when the flag is set.
    AtStop,
}

fn debuggee(engine: &Engine, first: First, give_up: Arc<AtomicBool>) -> Debuggee<Data> {
    let module = Module::new(engine, PROGRAM).unwrap();
    let mut linker = Linker::new(engine);
    define_wait(&mut linker, "wait", std::future::pending::<()>);
    let (mut store, _) = store(engine);
    store.debug_register_module(&module).unwrap();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            match first {
                First::InHost => {
                    let function = instance.get_typed_func::<i32, ()>(&mut *store, "first")?;
                    assert!(cut(function.call_async(&mut *store, 1), 3).await.is_none());
                }
                First::AtStop => {
                    let function = instance.get_func(&mut *store, "paused").unwrap();
                    let object = wasmtime::ExternRef::new(&mut *store, 1)?;
                    let object = wasmtime::AnyRef::convert_extern(&mut *store, object)?;
                    let arguments = [wasmtime::Val::AnyRef(Some(object))];
                    let mut call = pin!(function.call_async(&mut *store, &arguments, &mut []));
                    std::future::poll_fn(|context| match give_up.load(Ordering::SeqCst) {
                        true => Poll::Ready(()),
                        false => call.as_mut().poll(context).map(drop),
                    })
                    .await;
                }
            }
            let function = instance.get_typed_func::<i32, i32>(&mut *store, "second")?;
            assert_eq!(function.call_async(&mut *store, 41).await?, 42);
            instance.get_typed_func::<(), ()>(&mut *store, "endless")?.call_async(&mut *store, ()).await
        })
    });
    debuggee.unwrap()
}

/// A breakpoint in the next call stops, a step goes on from there, an interrupt reaches a loop, and
/// the program can be ended.
async fn goes_on(debuggee: &mut Debuggee<Data>, places: &Places) {
    assert_eq!(debuggee.last_stop().location(), Some(places.location("second#0")));
    assert_eq!(values(&innermost(debuggee).await.0), "[41]");
    debuggee.resume(How::StepInstruction).await.unwrap();
    assert_eq!(debuggee.last_stop().location(), Some(places.location("second#1")));
    let beginning = BreakpointSpec { one_shot: true, ..BreakpointSpec::at(places.location("endless#0")) };
    debuggee.edit_breakpoints(&[Change::Add(beginning)]).unwrap();
    let stop = debuggee.resume(How::Continue).await.unwrap();
    assert_eq!(stop.location(), Some(places.location("endless#0")));
    let interrupter: Interrupter = debuggee.interrupter();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        interrupter.interrupt();
    });
    let stop = debuggee.resume(How::Continue).await.unwrap();
    assert_eq!(stop.reason, StopReason::Interrupt);
    let location = stop.location().unwrap();
    assert!(places.name(location).starts_with("endless"), "{}", places.name(location));
    let interrupter = debuggee.interrupter();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        interrupter.terminate();
    });
    assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Killed));
}

#[test]
fn report_peer_call_given_up_in_a_host_call() {
    run_on_both(|| async {
        let places = Places::of(PROGRAM);
        let mut debuggee = debuggee(&engine(), First::InHost, Arc::default());
        debuggee.edit_breakpoints(&[breakpoint(places.location("second#0"))]).unwrap();
        assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Breakpoint(_)));
        goes_on(&mut debuggee, &places).await;
    });
}

#[test]
fn report_peer_call_given_up_at_a_stop() {
    // The resume, and a query, are what polls the body, which then gives up; also while the program
    // is stopped in an injected call.
    for (by_query, n_calls) in [(false, 0), (true, 0), (false, 1), (true, 1), (false, 2)] {
        crate::support::harness::run(move || async move {
            let places = Places::of(PROGRAM);
            let give_up = Arc::new(AtomicBool::new(false));
            let engine = Engine::new(&config()).unwrap();
            let mut debuggee = debuggee(&engine, First::AtStop, Arc::clone(&give_up));
            let at = ["paused#1", "second#0"].map(|place| breakpoint(places.location(place)));
            debuggee.edit_breakpoints(&at).unwrap();
            assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Breakpoint(_)));
            let old = FrameId { stop: debuggee.last_stop().number, index: 0 };
            let locals = innermost(&mut debuggee).await.0;
            assert_eq!(values(&locals), "[ref-any]");
            let Value::Reference(_, reference) = locals[0] else { unreachable!() };
            let instance = debuggee.query(|paused| paused.instances()).await.unwrap()[0].id;
            for _ in 0..n_calls {
                let call = Call::new(instance, places.function("second"), vec![Value::I32(7)]);
                debuggee.call(Call { how: How::StepInstruction, ..call }).await.unwrap();
            }
            give_up.store(true, Ordering::SeqCst);
            if by_query {
                let asked = debuggee.query(move |paused| paused.locals(old)).await;
                assert_eq!(asked.map(drop), Err(Error::StaleFrame));
            } else {
                debuggee.resume(How::StepInstruction).await.unwrap();
            }
            // What belongs to the call that was given up is refused.
            let asked = debuggee.query(move |paused| (paused.locals(old), paused.object(reference))).await.unwrap();
            assert_eq!(asked.0, Err(Error::StaleFrame));
            assert_eq!(asked.1.map(drop), Err(Error::StaleReference));
            goes_on(&mut debuggee, &places).await;
        });
    }
}

/// A query that runs code in the store itself sees no stops, and does not wait for itself.
#[test]
fn a_query_may_poll_a_call() {
    run_on_both(|| async {
        let places = Places::of(PROGRAM);
        let mut debuggee = debuggee(&engine(), First::InHost, Arc::default());
        let at = breakpoint(places.location("second#0"));
        debuggee.edit_breakpoints(&[at]).unwrap();
        debuggee.resume(How::Continue).await.unwrap();
        let result = debuggee.query(|paused| {
            let instance = paused.instances().len();
            let instances = paused.store().debug_all_instances();
            let mut store = paused.store();
            let function = instances[instance - 1].get_typed_func::<i32, i32>(&mut store, "second").unwrap();
            let mut call = pin!(function.call_async(&mut store, 1));
            match call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
                Poll::Ready(result) => result.ok(),
                Poll::Pending => None,
            }
        });
        assert_eq!(result.await.unwrap(), Some(2));
        goes_on(&mut debuggee, &places).await;
    });
}
