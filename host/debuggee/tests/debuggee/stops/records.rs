//! Records that are taken out of the buffer by their number and by their size.

use crate::support::harness::{Data, program, run, run_on_both};
use crate::support::places::Places;
use crate::support::random::Random;
use stillpoint_debuggee::{
    Action, BreakpointSpec, CaptureSpec, Change, Debuggee, DrainLimit, Drained, Exit, How, Recording, Session,
    StopReason, WhenFull,
};

/// 20 turns of a loop with two tracepoints whose records have different sizes.
const PROGRAM: &str = r#"
    (module
      (func $main (export "main") (local $n i32)
        (loop $again
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          nop
          (br_if $again (i32.lt_u (local.get $n) (i32.const 20))))))
"#;
/// How many records a run makes.
const N_RECORDS: usize = 40;

async fn traced(recording: Recording) -> Debuggee<Data> {
    let places = Places::of(PROGRAM);
    let mut debuggee = program(PROGRAM);
    let spec = |place: &str, capture| {
        let action = Action::Capture(capture);
        Change::Add(BreakpointSpec { action, ..BreakpointSpec::at(places.location(place)) })
    };
    let locals = CaptureSpec { locals: true, ..CaptureSpec::default() };
    let changes = [spec("main#1", CaptureSpec::default()), spec("main#5", locals)];
    assert!(debuggee.edit_breakpoints(&changes).unwrap().iter().all(Result::is_ok));
    debuggee.set_recording(recording).unwrap();
    debuggee
}

async fn to_its_end(debuggee: &mut Debuggee<Data>) {
    let stop = debuggee.resume(How::Continue).await.unwrap();
    assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
}

/// Whole records, one after the other.
fn split(mut records: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(size) = records.first_chunk::<4>() {
        let (record, rest) = records.split_at(u32::from_le_bytes(*size) as usize);
        all.push(record.to_vec());
        records = rest;
    }
    assert!(records.is_empty(), "a record is cut");
    all
}

/// All records of a run, drained at once.
async fn all() -> Vec<Vec<u8>> {
    let mut debuggee = traced(Recording::default()).await;
    to_its_end(&mut debuggee).await;
    let drained = debuggee.drain_records(DrainLimit::Bytes(usize::MAX));
    assert_eq!((drained.dropped, drained.more), (0, false));
    let all = split(&drained.records);
    assert_eq!(all.len(), N_RECORDS);
    all
}

#[test]
fn draining_by_number() {
    run_on_both(|| async {
        let all = all().await;
        let mut debuggee = traced(Recording::default()).await;
        let nothing = Drained::default();
        assert_eq!(debuggee.drain_records(DrainLimit::Records(0)), nothing);
        assert_eq!(debuggee.drain_records(DrainLimit::Records(5)), nothing);
        to_its_end(&mut debuggee).await;
        // None leaves them all there, and says so.
        assert_eq!(debuggee.drain_records(DrainLimit::Records(0)), Drained { more: true, ..Drained::default() });
        let mut next = 0;
        for n in [1, 2, 0, 7, 0, 29] {
            let drained = debuggee.drain_records(DrainLimit::Records(n));
            assert_eq!(split(&drained.records), all[next..next + n], "{n}");
            assert!(drained.more);
            next += n;
        }
        // More than there are, and then there are none.
        let drained = debuggee.drain_records(DrainLimit::Records(2));
        assert_eq!((split(&drained.records), drained.more), (all[39..].to_vec(), false));
        for limit in [DrainLimit::Records(1), DrainLimit::Records(usize::MAX), DrainLimit::Bytes(0)] {
            assert_eq!(debuggee.drain_records(limit), nothing);
        }
    });
}

/// Exactly as many as there are, and the largest number.
#[test]
fn draining_them_all_by_number() {
    run(|| async {
        let all = all().await;
        for n in [N_RECORDS, N_RECORDS + 1, usize::MAX] {
            let mut debuggee = traced(Recording::default()).await;
            to_its_end(&mut debuggee).await;
            let drained = debuggee.drain_records(DrainLimit::Records(n));
            assert_eq!((split(&drained.records), drained.more), (all.clone(), false), "{n}");
        }
    });
}

/// Numbers and sizes in any order, while the program makes more: nothing is lost, doubled or moved.
#[test]
fn mixed_limits_lose_nothing() {
    run_on_both(|| async {
        let all = all().await;
        for seed in 0..200 {
            let mut random = Random(seed);
            let capacity = [1, 16, 40, 100, 1000][random.below(5)];
            let mut debuggee = traced(Recording { capacity, ..Recording::default() }).await;
            let mut taken = Vec::new();
            loop {
                let stop = debuggee.resume(How::Continue).await.unwrap();
                let is_over = match stop.reason {
                    StopReason::RecordsFull => false,
                    StopReason::Exited(_) => true,
                    other => panic!("{other:?}"),
                };
                // Now and then a full buffer stays full.
                while is_over || !random.one_in(3) {
                    let limit = match random.one_in(2) {
                        true => DrainLimit::Records(random.below(4)),
                        false => DrainLimit::Bytes(random.below(100)),
                    };
                    let drained = debuggee.drain_records(limit);
                    let records = split(&drained.records);
                    match limit {
                        DrainLimit::Records(limit) => assert!(records.len() <= limit),
                        DrainLimit::Bytes(limit) => assert!(records.len() <= 1 || drained.records.len() <= limit),
                    }
                    taken.extend(records);
                    assert_eq!((drained.dropped, drained.more), (0, taken.len() < all.len() && drained.more));
                    if is_over && !drained.more {
                        break;
                    }
                }
                if is_over {
                    break;
                }
            }
            assert_eq!(taken, all, "{seed}");
        }
    });
}

/// What was dropped is told once, whichever way the records are taken.
#[test]
fn dropped_records_are_counted_once() {
    run(|| async {
        let all = all().await;
        let recording = Recording { capacity: 50, when_full: WhenFull::Drop, ..Recording::default() };
        let mut debuggee = traced(recording).await;
        to_its_end(&mut debuggee).await;
        let drained = debuggee.drain_records(DrainLimit::Records(1));
        assert_eq!((split(&drained.records), drained.more), (all[..1].to_vec(), true));
        let rest = debuggee.drain_records(DrainLimit::Records(usize::MAX));
        let n_kept = 1 + split(&rest.records).len();
        assert_eq!((drained.dropped, rest.dropped), ((N_RECORDS - n_kept) as u64, 0));
    });
}
