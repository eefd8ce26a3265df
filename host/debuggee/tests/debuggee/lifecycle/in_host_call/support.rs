//! A program that waits in a call of the host until the test lets it go on.

use crate::support::harness::{Data, call, cut, debuggee};
use crate::support::places::Places;
use crate::support::transcript::check_frame;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use stillpoint_debuggee::{Debuggee, Frame, How, Session, State, StopReason};
use tokio::sync::Notify;
use wasmtime::Linker;

/// `main` waits in the host two frames deep, and counts. Each call of `wait` gives 20.
pub(crate) const PROGRAM: &str = r#"
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
pub(crate) struct Host {
    /// How often it was called.
    pub(crate) n_calls: AtomicU32,
    /// How often it has returned.
    pub(crate) n_returns: AtomicU32,
    /// Lets one call return.
    pub(crate) open: Notify,
}

/// The program, its host, and the place of its result.
pub(crate) fn waiting() -> (Debuggee<Data>, Arc<Host>, Arc<AtomicI32>) {
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

pub(crate) fn define_wait(linker: &mut Linker<Data>, host: &Arc<Host>) {
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
pub(crate) async fn interrupt(debuggee: &mut Debuggee<Data>, how: How) -> (StopReason, String) {
    let interrupter = debuggee.interrupter();
    if debuggee.state() != State::Running {
        debuggee.begin(how).unwrap();
    }
    assert_eq!(cut(debuggee.resume(how), 3).await, None);
    interrupter.interrupt();
    let stop = debuggee.resume(how).await.unwrap();
    check_frame(debuggee).await;
    let places = Places::of(PROGRAM);
    let at = stop.location().map(|location| places.name(location)).unwrap_or_default();
    (stop.reason, at)
}

pub(crate) async fn frames(debuggee: &mut Debuggee<Data>) -> Vec<Frame> {
    let session: &mut dyn Session = debuggee;
    session.view(|view| view.frames(0, u32::MAX)).await.unwrap().unwrap()
}

pub(crate) async fn backtrace(debuggee: &mut Debuggee<Data>) -> String {
    Places::of(PROGRAM).backtrace(&frames(debuggee).await)
}

pub(crate) const IN_FIRST_CALL: &str = "inner#1 < middle#2 < main#2";
