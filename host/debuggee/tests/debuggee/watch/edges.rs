//! The edges of watched ranges, what is refused, and the counters.

use crate::support::harness::{program, run, run_on_both};
use crate::watch::support::{begun, hits, instance, range, rest, try_watch, unwatch, watch, watch_range};
use stillpoint_debuggee::{
    Accesses, Error, How, InstanceId, MAX_HOST_WATCHED, Session, StopReason, WatchChange, WatchSpec, WatchTarget,
    WatchpointId,
};

const STORES: &str = r#"(module (memory 1)
    (func (export "main") (local $n i32) (nop)
        (loop
            (i32.store8 offset=0x40 (local.get $n) (i32.const 1))
            (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 8))))))"#;

#[test]
fn one_byte_in_common_is_enough_and_none_is_not() {
    run_on_both(|| async {
        let wat = r#"(module (memory 1) (func (export "main") (nop)
            (i32.store (i32.const 0x3c) (i32.const -1))
            (i32.store (i32.const 0x3d) (i32.const -1))
            (i32.store (i32.const 0x43) (i32.const -1))
            (i32.store (i32.const 0x44) (i32.const -1))
            (i64.store (i32.const 0x3e) (i64.const 0))))"#;
        let mut debuggee = begun(wat).await;
        watch_range(&mut debuggee, 0x40, 4, Accesses::WRITE).await;
        let wanted =
            ["1 write 0x3d+4 @0x40: 00>ff", "1 write 0x43+4: 00>ff", "1 write 0x3e+8 @0x40: ff0000ff>00000000"];
        assert_eq!(rest(&mut debuggee).await, wanted);
    });
}

#[test]
fn the_whole_memory_can_be_watched() {
    run(|| async {
        let wat = r#"(module (memory 1) (func (export "main") (nop)
            (i32.store8 (i32.const 0) (i32.const 1))
            (drop (memory.grow (i32.const 1)))
            (i32.store (i32.const 0x1fffc) (i32.const 1))
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x20000))))"#;
        let mut debuggee = begun(wat).await;
        watch_range(&mut debuggee, 0, 1 << 32, Accesses::WRITE).await;
        let hits = rest(&mut debuggee).await;
        assert_eq!(hits[..2], ["1 write 0x0+1: 00>01", "1 write 0x1fffc+4: 00000000>01000000"]);
        let shown = format!("1 write 0x0+131072: {}{}>{}", "01", "00".repeat(63), "01".repeat(64));
        assert_eq!(hits[2..], [shown]);
    });
}

/// Addresses, offsets and lengths whose sums pass 2^64.
#[test]
fn the_end_of_a_64_bit_memory_is_no_beginning() {
    run(|| async {
        let wat = r#"(module (memory i64 1) (func (export "main") (nop)
            (i32.store8 (i64.const 3) (i32.const 1))
            (i32.store (i64.const 0xfffffffffffffffd) (i32.const 1))))"#;
        for (address, length) in [(u64::MAX, 1), (u64::MAX - 7, 8), (0xffff, u64::MAX - 0xfffe)] {
            let mut debuggee = begun(wat).await;
            watch_range(&mut debuggee, address, length, Accesses::READ_WRITE).await;
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert!(matches!(stop.reason, StopReason::Trap { .. }), "{stop:?}");
        }
        let mut debuggee = begun(wat).await;
        watch_range(&mut debuggee, 0, u64::MAX, Accesses::READ_WRITE).await;
        assert_eq!(hits(&debuggee.resume(How::Continue).await.unwrap()), ["1 write 0x3+1: 00>01"]);
    });
}

#[test]
fn what_cannot_be_watched_is_refused() {
    run(|| async {
        let wat = r#"(module (memory 1) (memory i64 1) (global (mut externref) (ref.null extern))
            (func (export "main") nop nop))"#;
        let mut debuggee = begun(wat).await;
        let here = instance(&mut debuggee, 0).await;
        let nowhere = InstanceId(here.0 + 1000);
        let memory = |instance, memory, address, length| WatchTarget::Memory { instance, memory, address, length };
        let global = |instance, global| WatchTarget::Global { instance, global };
        let of = |target| WatchSpec::of(target, Accesses::ALL);
        let reads = |target| WatchSpec::of(target, Accesses::READ_WRITE);
        let table = [
            (of(memory(nowhere, 0, 0, 1)), Error::NoInstance(nowhere)),
            (of(memory(here, 2, 0, 1)), Error::NoMemory(2)),
            (of(memory(here, u32::MAX, 0, 1)), Error::NoMemory(u32::MAX)),
            (of(memory(here, 0, 0, 0)), Error::BadWatchpoint("the range has no bytes")),
            (reads(memory(here, 0, 1 << 32, 1)), Error::OutOfBounds { size: 1 << 32 }),
            (reads(memory(here, 0, 1, 1 << 32)), Error::OutOfBounds { size: 1 << 32 }),
            (reads(memory(here, 0, u64::MAX, u64::MAX)), Error::OutOfBounds { size: 1 << 32 }),
            (reads(memory(here, 1, 2, u64::MAX)), Error::OutOfBounds { size: u64::MAX }),
            (of(memory(here, 1, 0, u64::MAX)), Error::TooLarge { limit: MAX_HOST_WATCHED }),
            (of(global(nowhere, 0)), Error::NoInstance(nowhere)),
            (of(global(here, 1)), Error::NoGlobal(1)),
            (of(global(here, 0)), Error::BadWatchpoint("changes of a reference cannot be seen")),
            (WatchSpec::of(memory(here, 0, 0, 1), Accesses::default()), Error::BadWatchpoint("no access to watch for")),
            (
                WatchSpec { on_change: true, ..WatchSpec::of(memory(here, 0, 0, 1), Accesses::READ) },
                Error::BadWatchpoint("a read never changes anything"),
            ),
        ];
        for (spec, error) in table {
            assert_eq!(try_watch(&mut debuggee, spec.clone()), Err(error), "{spec:?}");
        }
        assert_eq!(try_watch(&mut debuggee, reads(memory(here, 1, 0, u64::MAX))), Ok(WatchpointId(1)));
        let remove = |id| [WatchChange::Remove(WatchpointId(id))];
        assert_eq!(debuggee.edit_watchpoints(&remove(2)).unwrap(), [Err(Error::NoWatchpoint(WatchpointId(2)))]);
        assert_eq!(debuggee.edit_watchpoints(&remove(1)).unwrap(), [Ok(WatchpointId(1))]);
        assert_eq!(debuggee.edit_watchpoints(&remove(1)).unwrap(), [Err(Error::NoWatchpoint(WatchpointId(1)))]);
        assert_eq!(rest(&mut debuggee).await, Vec::<String>::new());
        assert_eq!(debuggee.edit_watchpoints(&remove(1)), Err(Error::Exited));
        assert_eq!(debuggee.watchpoints(), Ok(vec![]));
    });
}

/// There is no instance before the program begins.
#[test]
fn nothing_can_be_watched_at_the_entry() {
    run(|| async {
        let mut debuggee = program(STORES);
        let target = WatchTarget::Memory { instance: InstanceId(0), memory: 0, address: 0, length: 1 };
        let refused = try_watch(&mut debuggee, WatchSpec::of(target, Accesses::WRITE));
        assert_eq!(refused, Err(Error::NoInstance(InstanceId(0))));
    });
}

#[test]
fn several_watchpoints_on_one_range_hit_in_their_order() {
    run(|| async {
        let mut debuggee = begun(STORES).await;
        for (address, length) in [(0x41, 2), (0x40, 3), (0x42, 1), (0x42, 1)] {
            watch_range(&mut debuggee, address, length, Accesses::WRITE).await;
        }
        let mut ids = Vec::new();
        loop {
            let stop = debuggee.resume(How::Continue).await.unwrap();
            let StopReason::Watchpoint { hits, .. } = stop.reason else { break };
            ids.push(hits.iter().map(|hit| hit.id.0).collect::<Vec<_>>());
        }
        assert_eq!(ids, [vec![2], vec![1, 2], vec![1, 2, 3, 4]]);
        // Single-step mode on; off, and the points armed; the one after the store at its first hit;
        // all taken out.
        assert_eq!(debuggee.n_edit_sessions(), 4);
    });
}

#[test]
fn hits_are_counted_and_let_pass_as_asked() {
    run(|| async {
        let mut debuggee = begun(STORES).await;
        let target = range(&mut debuggee, 0x40, 8).await;
        let plain = WatchSpec::of(target, Accesses::WRITE);
        watch(&mut debuggee, WatchSpec { ignore: 2, every: 3, ..plain.clone() });
        watch(&mut debuggee, WatchSpec { one_shot: true, ignore: 1, ..plain });
        let wanted = ["2 write 0x41+1: 00>01", "1 write 0x44+1: 00>01", "1 write 0x47+1: 00>01"];
        assert_eq!(rest(&mut debuggee).await, wanted);
        let left: Vec<_> = debuggee.watchpoints().unwrap().iter().map(|all| (all.id.0, all.hits, all.taken)).collect();
        assert_eq!(left, [(1, 8, 2)]);
    });
}

#[test]
fn a_removed_watchpoint_leaves_the_others_and_then_nothing() {
    run(|| async {
        let mut debuggee = begun(STORES).await;
        let first = watch_range(&mut debuggee, 0x40, 8, Accesses::WRITE).await;
        let second = watch_range(&mut debuggee, 0x40, 8, Accesses::READ_WRITE).await;
        assert_eq!(hits(&debuggee.resume(How::Continue).await.unwrap()).len(), 2);
        unwatch(&mut debuggee, first);
        assert_eq!(hits(&debuggee.resume(How::Continue).await.unwrap()), ["2 write 0x41+1: 00>01"]);
        unwatch(&mut debuggee, second);
        assert_eq!(rest(&mut debuggee).await, Vec::<String>::new());
        let (store, result) = debuggee.take_store().unwrap();
        result.unwrap();
        assert_eq!(wasmtime::AsContext::as_context(&store).breakpoints().unwrap().count(), 0);
    });
}

/// A watchpoint that is set at the very instruction that it is for.
#[test]
fn the_instruction_that_the_program_stands_at_counts() {
    run(|| async {
        let wat = r#"(module (memory 1)
            (func (export "main") (local $n i32) local.get $n local.get $n i32.store local.get $n drop))"#;
        for n_steps in 0..4 {
            let mut debuggee = begun(wat).await;
            for _ in 0..n_steps {
                debuggee.resume(How::StepInstruction).await.unwrap();
            }
            watch_range(&mut debuggee, 0, 1, Accesses::WRITE).await;
            let wanted = if n_steps < 3 { vec!["1 write 0x0+4: 00"] } else { vec![] };
            assert_eq!(rest(&mut debuggee).await, wanted, "after {n_steps} steps");
        }
    });
}
