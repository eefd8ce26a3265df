//! What a stop carries: its innermost frame at every kind of stop, and the data that was asked for.

use crate::support::harness::{Data, call_main, debuggee, program, program_with, run, run_on_both};
use crate::support::places::Places;
use crate::support::transcript::check_frame;
use std::collections::BTreeSet;
use stillpoint_debuggee::{
    Accesses, BreakpointSpec, Call, Captured, Captures, Change, Debuggee, How, Recording, Session, Stop, StopReason,
    Value, View, WatchChange, WatchSpec, WatchTarget,
};

/// Comes to every kind of stop that has a frame, but one in the host.
const PROGRAM: &str = r#"
    (module
      (import "host" "fail" (func $fail))
      (memory 1)
      (tag $e (param i32))
      (func $main (export "main")
        (call $store (i32.const 5))
        (block $caught (result i32)
          (try_table (catch $e $caught) (call $throw))
          (i32.const 0))
        drop
        (call $fail))
      (func $store (param i32)
        (i32.store (i32.const 4) (local.get 0))
        nop)
      (func $throw (throw $e (i32.const 7)))
      (func $trap (export "trap") unreachable)
      (func $overflow (export "overflow") (call $overflow))
      (func $add (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
"#;

fn kind(stop: &Stop) -> &'static str {
    match &stop.reason {
        StopReason::Entry => "entry",
        StopReason::Breakpoint(_) => "breakpoint",
        StopReason::ConditionFailed { .. } => "condition failed",
        StopReason::Watchpoint { .. } => "watchpoint",
        StopReason::Step => "step",
        StopReason::Trap { .. } => "trap",
        StopReason::HostError(_) => "host error",
        StopReason::Exception { .. } => "exception",
        StopReason::Interrupt => "interrupt",
        StopReason::RecordsFull => "records full",
        StopReason::CallFinished(_) => "call finished",
        StopReason::Exited(_) => "exited",
        other => panic!("a reason that no test knows: {other:?}"),
    }
}

fn new() -> Debuggee<Data> {
    let fail = |linker: &mut wasmtime::Linker<Data>| {
        linker.func_wrap("host", "fail", || -> wasmtime::Result<()> { wasmtime::bail!("it fails") }).unwrap();
    };
    debuggee(PROGRAM, fail, call_main).0
}

#[test]
fn every_stop_has_its_innermost_frame() {
    run_on_both(|| async {
        let places = Places::of(PROGRAM);
        let mut kinds = BTreeSet::new();
        let mut debuggee = new();
        check_frame(&mut debuggee).await;
        let at = |place: &str| BreakpointSpec::at(places.location(place));
        let fails = BreakpointSpec { condition: Some("1 / (local[0] - local[0]) == 1".to_owned()), ..at("store#2") };
        let breakpoints = [at("main#0"), fails, at("trap#0")].map(Change::Add);
        assert!(debuggee.edit_breakpoints(&breakpoints).unwrap().iter().all(Result::is_ok));
        debuggee.set_recording(Recording { capacity: 16, ..Recording::default() }).unwrap();
        let hows = [How::Continue, How::StepInstruction, How::StepOver, How::StepOut, How::Record];
        for n in 0_usize.. {
            let stop = debuggee.resume(hows[n % hows.len()]).await.unwrap();
            kinds.insert(kind(&stop));
            if debuggee.is_complete() {
                assert_eq!(stop.frame, None);
                break;
            }
            assert!(stop.frame.is_some(), "{stop:?}");
            check_frame(&mut debuggee).await;
            let instance = debuggee.query(|paused| paused.instances()[0].id).await.unwrap();
            if n == 0 {
                let target = WatchTarget::Memory { instance, memory: 0, address: 4, length: 4 };
                let spec = WatchSpec::of(target, Accesses::WRITE);
                assert!(debuggee.edit_watchpoints(&[WatchChange::Add(spec)]).unwrap()[0].is_ok());
            }
            // At every stop calls that end, trap and overflow the stack; their stops are looked at
            // too.
            for (name, arguments) in [("add", vec![Value::I32(1)]), ("trap", vec![]), ("overflow", vec![])] {
                if n == 1 {
                    debuggee.interrupter().interrupt();
                }
                let call = Call::new(instance, places.function(name), arguments);
                let mut inner = debuggee.call(call).await.unwrap();
                while !matches!(inner.reason, StopReason::CallFinished(_)) {
                    kinds.insert(kind(&inner));
                    assert!(inner.frame.is_some(), "{inner:?}");
                    check_frame(&mut debuggee).await;
                    inner = debuggee.resume(How::Continue).await.unwrap();
                }
                kinds.insert(kind(&inner));
                check_frame(&mut debuggee).await;
                let (of_call, of_stop) = (inner.frame.unwrap(), stop.frame.unwrap());
                assert_eq!((of_call.location, of_call.function), (of_stop.location, of_stop.function));
            }
        }
        let all = [
            "breakpoint",
            "call finished",
            "condition failed",
            "exception",
            "exited",
            "host error",
            "interrupt",
            "records full",
            "step",
            "trap",
            "watchpoint",
        ];
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    });
}

#[test]
fn stops_without_a_frame() {
    run(|| async {
        let mut debuggee = program(r#"(module (func (export "main")))"#);
        assert_eq!((debuggee.last_stop().frame, debuggee.last_stop().location()), (None, None));
        check_frame(&mut debuggee).await;
        debuggee.finish().await.unwrap();
        assert_eq!((debuggee.last_stop().frame, debuggee.last_stop().location()), (None, None));
    });
}

/// What was asked for is with the data, so that an empty list can be told from one that nobody
/// wanted.
#[test]
fn captured_says_what_was_asked_for() {
    run_on_both(|| async {
        const EMPTY: &str = r#"(module (import "host" "call" (func $call))
            (func $main (export "main") nop nop nop nop (call $inner) (call $call)) (func $inner (local i32) nop))"#;
        let mut debuggee = program_with(EMPTY, |linker| {
            linker.func_wrap("host", "call", || {}).unwrap();
        });
        assert_eq!(debuggee.last_stop().captured, Captured::default());
        let nothing = Captures::default();
        let all = Captures { locals: true, operands: true, n_frames: 2 };
        let cases = [
            nothing,
            all,
            Captures { locals: true, ..nothing },
            Captures { operands: true, ..nothing },
            Captures { n_frames: 1, ..nothing },
            all,
            all,
        ];
        for (n, captures) in cases.into_iter().enumerate() {
            debuggee.set_captures(captures).unwrap();
            // It is what was asked for before the stop that counts.
            let Stop { captured, frame, .. } = debuggee.resume(How::StepInstruction).await.unwrap();
            assert_eq!(captured.asked, captures, "{n}");
            let n_frames = captures.n_frames.min(if n >= 5 { 2 } else { 1 });
            assert_eq!(captured.frames.len(), n_frames as usize, "{n}");
            if let Some(first) = captured.frames.first() {
                assert_eq!(Some(*first), frame);
            }
            let is_inner = n >= 5;
            assert_eq!(captured.locals, if is_inner { vec![Value::I32(0)] } else { vec![] }, "{n}");
            assert_eq!(captured.operands, [], "{n}");
        }
        debuggee.set_captures(nothing).unwrap();
        assert_eq!(debuggee.last_stop().captured.asked, all);
        debuggee.set_captures(all).unwrap();
        debuggee.finish().await.unwrap();
        assert_eq!(debuggee.last_stop().captured, Captured::default());
    });
}
