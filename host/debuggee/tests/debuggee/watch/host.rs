//! What the host changes: found when its call returns, or at the next stop.

use crate::support::harness::{Data, define_call_back, run};
use crate::support::places::Places;
use crate::watch::support::{Mode, all_hits, begun_in, hits, instance, rest, watch, watch_range};
use stillpoint_debuggee::{Accesses, Debuggee, Exit, How, StopReason, View, WatchSpec, WatchTarget};
use wasmtime::{Caller, Extern, Linker, Memory};

fn memory(caller: &mut Caller<'_, Data>) -> Memory {
    caller.get_export("m").and_then(Extern::into_memory).expect("it is exported")
}

/// `host.write` writes one byte, `host.nop` nothing, `host.grow` grows the memory and writes the
/// last byte of it if that is not 0.
fn define(linker: &mut Linker<Data>) {
    linker
        .func_wrap("host", "write", |mut caller: Caller<'_, Data>, address: i32, value: i32| {
            memory(&mut caller).write(&mut caller, address as usize, &[value as u8]).unwrap();
        })
        .unwrap();
    linker.func_wrap("host", "nop", || {}).unwrap();
    linker
        .func_wrap("host", "grow", |mut caller: Caller<'_, Data>, value: i32| {
            let memory = memory(&mut caller);
            memory.grow(&mut caller, 1).unwrap();
            let last = memory.data_size(&caller) - 1;
            memory.write(&mut caller, last, &[value as u8]).unwrap();
        })
        .unwrap();
    linker
        .func_wrap("host", "set", |mut caller: Caller<'_, Data>, value: i32| {
            let global = caller.get_export("g").and_then(Extern::into_global).expect("it is exported");
            global.set(&mut caller, value.into()).unwrap();
        })
        .unwrap();
    define_call_back(linker, "back", "called", &[], &[]);
}

fn module(code: &str) -> String {
    format!(
        r#"(module
            (type $void (func)) (type $write (func (param i32 i32)))
            (import "host" "write" (func $write (type $write))) (import "host" "nop" (func $nop))
            (import "host" "grow" (func $grow (param i32))) (import "host" "set" (func $set (param i32)))
            (import "host" "back" (func $back))
            (memory (export "m") 1) (global $g (export "g") (mut i32) (i32.const 0))
            (table funcref (elem $write $stays $tail))
            (func $stays (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
            (func $tail (param i32 i32) (return_call $write (local.get 0) (local.get 1)))
            (func $tail_of_tail (param i32 i32) (return_call $tail (local.get 0) (local.get 1)))
            (func (export "called") (i32.store8 (i32.const 0x42) (i32.const 7)) (call $write (i32.const 0x43) (i32.const 8)))
            (elem declare func $write)
            (func (export "main") (nop) {code}))"#
    )
}

async fn begun(mode: Mode, code: &str) -> Debuggee<Data> {
    begun_in(mode, &module(code), define).await
}

#[test]
fn changes_by_the_host_are_found_when_it_returns() {
    run(|| async {
        let table: &[(&str, &[&str])] = &[
            ("(call $write (i32.const 0x41) (i32.const 5))", &["1 host 0x41+1: 00>05"]),
            ("(call $write (i32.const 0x41) (i32.const 0))", &[]),
            ("(call $write (i32.const 0x3f) (i32.const 5)) (call $write (i32.const 0x44) (i32.const 5))", &[]),
            ("(call $nop) (call $grow (i32.const 0))", &[]),
            ("(call_indirect (type $write) (i32.const 0x43) (i32.const 5) (i32.const 0))", &["1 host 0x43+1: 00>05"]),
            ("(call_ref $write (i32.const 0x43) (i32.const 5) (ref.func $write))", &["1 host 0x43+1: 00>05"]),
            ("(call $tail (i32.const 0x40) (i32.const 5))", &["1 host 0x40+1: 00>05"]),
            ("(call $tail_of_tail (i32.const 0x40) (i32.const 5))", &["1 host 0x40+1: 00>05"]),
            ("(call_indirect (type $write) (i32.const 0x40) (i32.const 5) (i32.const 2))", &["1 host 0x40+1: 00>05"]),
            // The program's own writes are not taken for the host's.
            (
                "(call_indirect (type $write) (i32.const 0x40) (i32.const 5) (i32.const 1)) (call $nop)",
                &["1 write 0x40+1: 00>05"],
            ),
            (
                "(i32.store (i32.const 0x3e) (i32.const -1)) (call $nop) (memory.fill (i32.const 0) (i32.const 1) (i32.const 99)) (call $nop)",
                &["1 write 0x3e+4 @0x40: 0000>ffff", "1 write 0x0+99 @0x40: ffff0000>01010101"],
            ),
            (
                "(call $write (i32.const 0x41) (i32.const 5)) (i32.store8 (i32.const 0x41) (i32.const 6)) (call $write (i32.const 0x41) (i32.const 7))",
                &["1 host 0x41+1: 00>05", "1 write 0x41+1: 05>06", "1 host 0x41+1: 06>07"],
            ),
            // What a callback writes is seen there, what the host does around it where that shows
            // first.
            ("(call $back)", &["1 write 0x42+1: 00>07", "1 host 0x43+1: 00>08"]),
        ];
        for mode in Mode::BOTH {
            for (code, wanted) in table {
                let mut debuggee = begun(mode, code).await;
                watch_range(&mut debuggee, 0x40, 4, Accesses { read: false, ..Accesses::ALL }).await;
                assert_eq!(rest(&mut debuggee).await, *wanted, "{mode:?}: {code}");
                let of_host: Vec<&str> = wanted.iter().filter(|line| line.contains("host")).copied().collect();
                let mut debuggee = begun(mode, code).await;
                watch_range(&mut debuggee, 0x40, 4, Accesses::HOST).await;
                assert_eq!(rest(&mut debuggee).await, of_host, "{mode:?}, host only: {code}");
            }
        }
    });
}

/// The call that has returned is named, and the stop is behind it.
#[test]
fn a_hit_names_the_call() {
    run(|| async {
        let code = "(call $write (i32.const 0x41) (i32.const 5)) (nop)";
        let places = Places::of(&module(code));
        let mut debuggee = begun(Mode::Points, code).await;
        watch_range(&mut debuggee, 0x40, 4, Accesses::HOST).await;
        let stop = debuggee.resume(How::Continue).await.unwrap();
        let StopReason::Watchpoint { hits, .. } = &stop.reason else { panic!("{stop:?}") };
        let (by, here) = (hits[0].by.unwrap(), stop.location().unwrap());
        assert_eq!((places.name(by).as_str(), places.name(here).as_str()), ("main#3", "main#4"));
    });
}

#[test]
fn what_lies_past_the_end_counts_as_zeros() {
    run(|| async {
        for mode in Mode::BOTH {
            let mut debuggee = begun(mode, "(call $grow (i32.const 0)) (call $grow (i32.const 3)) (call $nop)").await;
            watch_range(&mut debuggee, 0xffff, 0x30000, Accesses::HOST).await;
            assert_eq!(rest(&mut debuggee).await, ["1 host 0x2ffff+1: 00>03"]);
        }
    });
}

#[test]
fn globals_that_the_host_sets_are_found() {
    run(|| async {
        for mode in Mode::BOTH {
            let code = "(call $set (i32.const 1)) (call $nop) (global.set $g (i32.const 2)) (call $set (i32.const 3))";
            let mut debuggee = begun(mode, code).await;
            let target = WatchTarget::Global { instance: instance(&mut debuggee, 0).await, global: 0 };
            watch(&mut debuggee, WatchSpec::of(target, Accesses::HOST));
            assert_eq!(rest(&mut debuggee).await, ["1 host global+1: 00>01", "1 host global+1: 02>03"]);
        }
    });
}

/// What is noticed at a trap is shown at the next instruction; here there is none.
#[test]
fn a_change_before_a_trap_ends_with_the_program() {
    run(|| async {
        let mut debuggee = begun(Mode::Points, "(call $write (i32.const 0x41) (i32.const 5)) (unreachable)").await;
        watch_range(&mut debuggee, 0x40, 4, Accesses::HOST).await;
        let (hits, exit) = all_hits(&mut debuggee).await;
        assert_eq!(hits, ["1 host 0x41+1: 00>05"]);
        assert!(matches!(exit, Exit::Failed(_)));
    });
}

/// What the debugger writes at a stop is its own business.
#[test]
fn what_the_debugger_writes_is_not_reported() {
    run(|| async {
        let mut debuggee =
            begun(Mode::Points, "(call $nop) (i32.store8 (i32.const 0x40) (i32.const 1)) (call $nop)").await;
        watch_range(&mut debuggee, 0x40, 4, Accesses { read: false, ..Accesses::ALL }).await;
        let write = |value: u8| {
            move |paused: &mut stillpoint_debuggee::Paused<'_, Data>| {
                let instance = paused.instances()[0].id;
                let instances = paused.store().debug_all_instances();
                let found = instances.into_iter().find(|other| other.debug_index_in_store() == instance.0).unwrap();
                let memory = found.debug_memory(paused.store(), 0).unwrap();
                memory.write(paused.store(), 0x40, &[value, value]).unwrap();
            }
        };
        debuggee.query(write(9)).await.unwrap();
        assert_eq!(hits(&debuggee.resume(How::Continue).await.unwrap()), ["1 write 0x40+1: 09>01"]);
        debuggee.query(write(8)).await.unwrap();
        assert_eq!(rest(&mut debuggee).await, Vec::<String>::new());
    });
}
