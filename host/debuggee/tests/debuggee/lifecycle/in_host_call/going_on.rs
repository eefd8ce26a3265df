//! How a program goes on from a stop in a call of the host: to its breakpoints, by steps, and with
//! futures that are dropped.

use super::support::{PROGRAM, interrupt, waiting};
use crate::support::harness::{breakpoint, cut, run_on_both};
use crate::support::places::Places;
use std::sync::atomic::Ordering;
use stillpoint_debuggee::{Exit, How, Session, StopReason};

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
