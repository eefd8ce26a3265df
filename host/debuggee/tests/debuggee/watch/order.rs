//! Watchpoints beside everything else that stops a program: breakpoints, steps, recording,
//! interrupts, exceptions.

use crate::support::harness::Data;
use crate::support::harness::run;
use crate::support::places::Places;
use crate::watch::support::{Mode, begun, begun_in, hits, watch_range};
use stillpoint_debuggee::{
    Accesses, Action, BreakpointId, BreakpointSpec, CaptureSpec, Change, Debuggee, DrainLimit, How, Location, ModuleId,
    Recording, Session, StopReason, WhenFull,
};

/// The store is `main#3`, and `main#4` follows it.
const STORE: &str = r#"(module (memory 1) (func (export "main")
    nop i32.const 4 i32.const 1 i32.store i32.const 4 i32.load drop nop))"#;

fn add(debuggee: &mut Debuggee<Data>, spec: BreakpointSpec) {
    debuggee.edit_breakpoints(&[Change::Add(spec)]).unwrap().remove(0).unwrap();
}

fn place(place: &str) -> Location {
    Places::of(STORE).location(place)
}

async fn watched(mode: Mode) -> Debuggee<Data> {
    let mut debuggee = begun_in(mode, STORE, |_| {}).await;
    watch_range(&mut debuggee, 4, 1, Accesses::WRITE).await;
    debuggee
}

/// The stop is behind the access, and says which instruction made it.
#[test]
fn the_stop_comes_after_the_access() {
    run(|| async {
        for mode in Mode::BOTH {
            let mut debuggee = watched(mode).await;
            let stop = debuggee.resume(How::Continue).await.unwrap();
            let StopReason::Watchpoint { hits, .. } = &stop.reason else { panic!("{stop:?}") };
            assert_eq!((hits[0].by, stop.location()), (Some(place("main#3")), Some(place("main#4"))));
        }
    });
}

/// A breakpoint of the next instruction is told in the same stop, counted once, and does not stop
/// again.
#[test]
fn a_breakpoint_behind_the_access_is_told_with_it() {
    run(|| async {
        for mode in Mode::BOTH {
            let mut debuggee = watched(mode).await;
            add(&mut debuggee, BreakpointSpec::at(place("main#3")));
            add(&mut debuggee, BreakpointSpec::at(place("main#4")));
            add(&mut debuggee, BreakpointSpec { action: Action::Count, ..BreakpointSpec::at(place("main#4")) });
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.reason, StopReason::Breakpoint(vec![BreakpointId(1)]));
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(hits(&stop), ["1 write 0x4+4: 00>01"]);
            let StopReason::Watchpoint { breakpoints, failed: None, .. } = stop.reason else { panic!("{stop:?}") };
            assert_eq!(breakpoints, [BreakpointId(2)]);
            assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(_)));
            let counted: Vec<_> = debuggee.breakpoints().unwrap().iter().map(|all| (all.hits, all.taken)).collect();
            assert_eq!(counted, [(1, 1), (1, 1), (1, 1)]);
        }
    });
}

#[test]
fn a_condition_that_fails_behind_the_access_is_told_with_it() {
    run(|| async {
        let mut debuggee = watched(Mode::Points).await;
        let condition = Some("mem.u8[0x10000] == 1".to_owned());
        add(&mut debuggee, BreakpointSpec { condition, ..BreakpointSpec::at(place("main#4")) });
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(hits(&stop).len(), 1);
        let StopReason::Watchpoint { failed: Some((BreakpointId(1), _)), .. } = stop.reason else { panic!("{stop:?}") };
        assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(_)));
    });
}

/// Whatever way the program goes, the hit is found once, and the step or run has ended there.
#[test]
fn steps_end_at_a_hit() {
    run(|| async {
        for mode in Mode::BOTH {
            for how in [How::StepInstruction, How::StepOver, How::RunTo(place("main#4")), How::StepOut, How::Record] {
                let mut debuggee = watched(mode).await;
                let mut n_hits = 0;
                loop {
                    let stop = debuggee.resume(how).await.unwrap();
                    match &stop.reason {
                        StopReason::Watchpoint { .. } => {
                            n_hits += 1;
                            assert_eq!(stop.location(), Some(place("main#4")));
                        }
                        StopReason::Step => assert_ne!(stop.location(), Some(place("main#4"))),
                        StopReason::Exited(_) => break,
                        other => panic!("{other:?}"),
                    }
                }
                assert_eq!(n_hits, 1, "{mode:?}, {how:?}");
            }
        }
    });
}

/// Recording records every instruction once, that at which the program stops too.
#[test]
fn recording_records_the_place_of_a_hit() {
    run(|| async {
        let mut debuggee = watched(Mode::Points).await;
        while !matches!(debuggee.resume(How::Record).await.unwrap().reason, StopReason::Exited(_)) {}
        let records = debuggee.drain_records(DrainLimit::Bytes(usize::MAX)).records;
        let places = Places::of(STORE);
        let recorded: Vec<String> = records
            .chunks_exact(16)
            .map(|record| u32::from_le_bytes(record[12..].try_into().unwrap()))
            .map(|pc| places.name(Location { module: ModuleId(0), pc }))
            .collect();
        assert_eq!(recorded, (1..=8).map(|n| format!("main#{n}")).collect::<Vec<_>>());
    });
}

/// A full buffer and a hit at the same instruction: the hit first, then the buffer.
#[test]
fn a_full_buffer_is_told_after_the_hit() {
    run(|| async {
        let mut debuggee = watched(Mode::Points).await;
        let recording = Recording { capacity: 64, when_full: WhenFull::Stop, steps: CaptureSpec::default() };
        debuggee.set_recording(recording).unwrap();
        let mut reasons = Vec::new();
        loop {
            let stop = debuggee.resume(How::Record).await.unwrap();
            match stop.reason {
                StopReason::Watchpoint { .. } => reasons.push("hit"),
                StopReason::RecordsFull => {
                    reasons.push("full");
                    debuggee.drain_records(DrainLimit::Bytes(usize::MAX));
                }
                _ => break,
            }
        }
        assert_eq!(reasons, ["hit", "full"]);
    });
}

/// An interrupt that is asked for at a hit's stop comes at the next chance, and hits go on as
/// before.
#[test]
fn interrupts_come_between_hits() {
    run(|| async {
        let wat = r#"(module (memory 1) (func (export "main") (local $n i32) nop
            (loop (i32.store (i32.const 4) (local.get $n))
                (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))))"#;
        let mut debuggee = begun(wat).await;
        watch_range(&mut debuggee, 4, 1, Accesses::WRITE).await;
        let mut lines = Vec::new();
        loop {
            let stop = debuggee.resume(How::Continue).await.unwrap();
            match &stop.reason {
                StopReason::Watchpoint { .. } => {
                    lines.extend(hits(&stop));
                    debuggee.interrupter().interrupt();
                }
                StopReason::Interrupt => lines.push("interrupt".to_owned()),
                _ => break,
            }
        }
        let wanted = ["1 write 0x4+4: 00", "interrupt", "1 write 0x4+4: 00>01", "interrupt", "1 write 0x4+4: 01>02"];
        assert_eq!(lines, wanted);
    });
}

/// A trap in place of an access that would hit, caught by the host, and the same access again.
#[test]
fn an_exception_or_trap_in_between_leaves_nothing_pending() {
    run(|| async {
        let wat = r#"(module (memory 1) (tag $e)
            (func $throw throw $e)
            (func (export "main") (local $n i32) nop
                (block $h (try_table (catch_all $h) (i32.store (i32.const 4) (i32.const 1)) (call $throw)))
                (i32.store (i32.const 4) (i32.const 2))
                (i32.store (i32.const 0xffff) (i32.const 2))))"#;
        for mode in Mode::BOTH {
            let mut debuggee = begun_in(mode, wat, |_| {}).await;
            watch_range(&mut debuggee, 0, 0x10000, Accesses::WRITE).await;
            let mut kinds = Vec::new();
            loop {
                let stop = debuggee.resume(How::Continue).await.unwrap();
                kinds.push(match stop.reason {
                    StopReason::Watchpoint { .. } => "hit",
                    StopReason::Exception { .. } => "exception",
                    StopReason::Trap { .. } => "trap",
                    StopReason::Exited(_) => break,
                    other => panic!("{other:?}"),
                });
            }
            assert_eq!(kinds, ["hit", "exception", "hit", "trap"], "{mode:?}");
        }
    });
}

/// Detaching takes the points out, and nothing stops any more.
#[test]
fn detaching_forgets_the_watchpoints() {
    run(|| async {
        let mut debuggee = watched(Mode::Points).await;
        debuggee.resume(How::Continue).await.unwrap();
        debuggee.finish().await.unwrap();
        let (store, result) = debuggee.take_store().unwrap();
        result.unwrap();
        assert_eq!(wasmtime::AsContext::as_context(&store).breakpoints().unwrap().count(), 0);
    });
}
