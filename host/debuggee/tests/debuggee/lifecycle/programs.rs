//! Programs that do not end by themselves.

use crate::support::harness::{Data, DropFlag, call_main, debuggee, define_wait};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stillpoint_debuggee::Debuggee;
use wasmtime::Linker;

/// Runs for ever.
pub(super) const TIGHT_LOOP: &str = r#"(module (func $main (export "main") (loop $again (br $again))))"#;

/// Waits for ever in an asynchronous host call.
const WAITING: &str = r#"
    (module (import "host" "wait" (func $wait)) (func $main (export "main") (call $wait)))
"#;

/// A program that waits for ever in an asynchronous host call, and a flag that says when it does.
pub(super) fn waiting() -> (Debuggee<Data>, DropFlag, Arc<AtomicBool>) {
    let waits = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&waits);
    let define = move |linker: &mut Linker<Data>| {
        define_wait(linker, "wait", move || {
            flag.store(true, Ordering::SeqCst);
            pending()
        });
    };
    let (debuggee, dropped) = debuggee(WAITING, define, call_main);
    (debuggee, dropped, waits)
}

/// Lets other tasks run until a flag is set.
pub(super) async fn until(flag: &AtomicBool) {
    while !flag.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
}
