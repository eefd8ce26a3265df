//! Ends of a program, and of the call itself, while it is stopped in a call of the host.

use super::support::{Host, IN_FIRST_CALL, PROGRAM, backtrace, define_wait, interrupt, waiting};
use crate::support::harness::{Data, breakpoint, cut, engine, run, run_on_both, store};
use crate::support::places::Places;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stillpoint_debuggee::{Debuggee, Error, Exit, How, StopReason};
use wasmtime::{Linker, Val};

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
