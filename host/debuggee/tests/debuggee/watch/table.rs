//! Every kind of instruction that touches memory or a global: what a watchpoint sees of it.

use crate::support::harness::run;
use crate::watch::support::{Mode, all_hits, begun, begun_in, instance, rest, watch, watch_range};
use stillpoint_debuggee::{Accesses, WatchSpec, WatchTarget};

/// Bytes 0x40 to 0x4f hold 0 to 15; the first operand of each row is somewhere in there.
const TABLE: [(&str, &str); 47] = [
    ("(drop (i32.load (i32.const 0x40)))", "1 read 0x40+4: 00010203"),
    ("(drop (i32.load offset=2 (i32.const 0x40)))", "1 read 0x42+4: 02030405"),
    ("(drop (i32.load8_s (i32.const 0x41)))", "1 read 0x41+1: 01"),
    ("(drop (i32.load8_u (i32.const 0x41)))", "1 read 0x41+1: 01"),
    ("(drop (i32.load16_s (i32.const 0x41)))", "1 read 0x41+2: 0102"),
    ("(drop (i32.load16_u (i32.const 0x41)))", "1 read 0x41+2: 0102"),
    ("(drop (i64.load (i32.const 0x40)))", "1 read 0x40+8: 0001020304050607"),
    ("(drop (i64.load8_u (i32.const 0x4f)))", "1 read 0x4f+1: 0f"),
    ("(drop (i64.load16_s (i32.const 0x40)))", "1 read 0x40+2: 0001"),
    ("(drop (i64.load32_u (i32.const 0x40)))", "1 read 0x40+4: 00010203"),
    ("(drop (f32.load (i32.const 0x40)))", "1 read 0x40+4: 00010203"),
    ("(drop (f64.load (i32.const 0x40)))", "1 read 0x40+8: 0001020304050607"),
    ("(drop (v128.load (i32.const 0x40)))", "1 read 0x40+16: 000102030405060708090a0b0c0d0e0f"),
    ("(drop (v128.load8x8_u (i32.const 0x40)))", "1 read 0x40+8: 0001020304050607"),
    ("(drop (v128.load16x4_s (i32.const 0x40)))", "1 read 0x40+8: 0001020304050607"),
    ("(drop (v128.load8_splat (i32.const 0x40)))", "1 read 0x40+1: 00"),
    ("(drop (v128.load64_splat (i32.const 0x40)))", "1 read 0x40+8: 0001020304050607"),
    ("(drop (v128.load32_zero (i32.const 0x40)))", "1 read 0x40+4: 00010203"),
    ("(drop (v128.load16_lane 7 (i32.const 0x40) (v128.const i64x2 0 0)))", "1 read 0x40+2: 0001"),
    ("(i32.store (i32.const 0x40) (i32.const -1))", "1 write 0x40+4: 00010203>ffffffff"),
    ("(i32.store8 (i32.const 0x40) (i32.const -1))", "1 write 0x40+1: 00>ff"),
    ("(i32.store16 offset=1 (i32.const 0x40) (i32.const -1))", "1 write 0x41+2: 0102>ffff"),
    ("(i64.store (i32.const 0x40) (i64.const -1))", "1 write 0x40+8: 0001020304050607>ffffffffffffffff"),
    ("(i64.store8 (i32.const 0x40) (i64.const 0))", "1 write 0x40+1: 00"),
    ("(i64.store16 (i32.const 0x40) (i64.const 0))", "1 write 0x40+2: 0001>0000"),
    ("(i64.store32 (i32.const 0x40) (i64.const 0))", "1 write 0x40+4: 00010203>00000000"),
    ("(f32.store (i32.const 0x40) (f32.const 1))", "1 write 0x40+4: 00010203>0000803f"),
    ("(f64.store (i32.const 0x40) (f64.const 1))", "1 write 0x40+8: 0001020304050607>000000000000f03f"),
    (
        "(v128.store (i32.const 0x40) (v128.const i64x2 -1 0))",
        "1 write 0x40+16: 000102030405060708090a0b0c0d0e0f>ffffffffffffffff0000000000000000",
    ),
    ("(v128.store32_lane 1 (i32.const 0x40) (v128.const i32x4 1 2 3 4))", "1 write 0x40+4: 00010203>02000000"),
    ("(drop (i32.atomic.load8_u (i32.const 0x41)))", "1 read 0x41+1: 01"),
    ("(drop (i64.atomic.load (i32.const 0x40)))", "1 read 0x40+8: 0001020304050607"),
    ("(i64.atomic.store32 (i32.const 0x40) (i64.const 7))", "1 write 0x40+4: 00010203>07000000"),
    ("(drop (i32.atomic.rmw.add (i32.const 0x40) (i32.const 1)))", "1 read+write 0x40+4: 00010203>01010203"),
    ("(drop (i32.atomic.rmw8.xor_u (i32.const 0x41) (i32.const 0xff)))", "1 read+write 0x41+1: 01>fe"),
    ("(drop (i64.atomic.rmw16.sub_u (i32.const 0x40) (i64.const 0x100)))", "1 read+write 0x40+2: 0001>0000"),
    (
        "(drop (i64.atomic.rmw.xchg (i32.const 0x48) (i64.const 0)))",
        "1 read+write 0x48+8: 08090a0b0c0d0e0f>0000000000000000",
    ),
    (
        "(drop (i32.atomic.rmw.cmpxchg (i32.const 0x40) (i32.const 0x03020100) (i32.const 9)))",
        "1 read+write 0x40+4: 00010203>09000000",
    ),
    ("(drop (i32.atomic.rmw.cmpxchg (i32.const 0x40) (i32.const 7) (i32.const 9)))", "1 read+write 0x40+4: 00010203"),
    (
        "(drop (i64.atomic.rmw32.cmpxchg_u (i32.const 0x44) (i64.const 0x07060504) (i64.const 1)))",
        "1 read+write 0x44+4: 04050607>01000000",
    ),
    ("(drop (memory.atomic.notify (i32.const 0x40) (i32.const 1)))", "1 read 0x40+4: 00010203"),
    ("(memory.fill (i32.const 0x3e) (i32.const 7) (i32.const 4))", "1 write 0x3e+4 @0x40: 0001>0707"),
    ("(memory.init 0 (i32.const 0x4e) (i32.const 1) (i32.const 3))", "1 write 0x4e+3: 0e0f>b1b2"),
    ("(memory.copy (i32.const 0) (i32.const 0x4e) (i32.const 4))", "1 read 0x4e+4: 0e0f"),
    ("(memory.copy (i32.const 0x4c) (i32.const 0) (i32.const 4))", "1 write 0x4c+4: 0c0d0e0f>00000000"),
    (
        "(memory.copy (i32.const 0x42) (i32.const 0x40) (i32.const 4))",
        "1 read 0x40+4: 00010203>00010001\n1 write 0x42+4: 02030405>00010203",
    ),
    ("(memory.fill (i32.const 0x40) (i32.const 7) (i32.const 0))", ""),
];

fn module(memory: &str, code: &str) -> String {
    format!(
        r#"(module (memory {memory})
            (data (i32.const 0x40) "\00\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f")
            (data "\b0\b1\b2\b3\b4")
            (func (export "main") (nop) {code}))"#
    )
}

#[test]
fn every_kind_of_access_is_seen_with_its_bytes() {
    run(|| async {
        for (memory, mode) in [("1", Mode::Points), ("1", Mode::Lingers), ("1 1 shared", Mode::Points)] {
            for (code, expected) in TABLE {
                // The passive segment is number 1.
                let code = code.replace("memory.init 0", "memory.init 1");
                let mut debuggee = begun_in(mode, &module(memory, &code), |_| {}).await;
                watch_range(&mut debuggee, 0x40, 16, Accesses::ALL).await;
                assert_eq!(rest(&mut debuggee).await.join("\n"), expected, "memory {memory}, {mode:?}: {code}");
            }
        }
    });
}

/// The same table, for the kind of access that each row is not, and only on a change.
#[test]
fn only_what_is_asked_for_is_seen() {
    run(|| async {
        for (code, expected) in TABLE {
            let code = code.replace("memory.init 0", "memory.init 1");
            for (accesses, word) in [(Accesses::READ, "read"), (Accesses::WRITE, "write"), (Accesses::HOST, "host")] {
                for on_change in [false, true] {
                    if on_change && word != "write" {
                        continue;
                    }
                    let wanted: Vec<&str> = expected
                        .lines()
                        .filter(|line| line.contains(word) && (!on_change || line.contains('>')))
                        .collect();
                    let mut debuggee = begun(&module("1", &code)).await;
                    let instance = instance(&mut debuggee, 0).await;
                    let target = WatchTarget::Memory { instance, memory: 0, address: 0x40, length: 16 };
                    watch(&mut debuggee, WatchSpec { on_change, ..WatchSpec::of(target, accesses) });
                    assert_eq!(rest(&mut debuggee).await, wanted, "{word}, {on_change}: {code}");
                }
            }
        }
    });
}

/// A wait that times out at once is a read too; only shared memory can be waited on.
#[test]
fn waits_read() {
    run(|| async {
        let code = "(drop (memory.atomic.wait32 (i32.const 0x40) (i32.const 0) (i64.const 0)))
            (drop (memory.atomic.wait64 (i32.const 0x40) (i64.const 0) (i64.const 0)))";
        let mut debuggee = begun(&module("1 1 shared", code)).await;
        watch_range(&mut debuggee, 0x40, 4, Accesses::ALL).await;
        assert_eq!(rest(&mut debuggee).await, ["1 read 0x40+4: 00010203", "1 read 0x40+8: 00010203"]);
    });
}

#[test]
fn globals_are_watched_by_their_values() {
    run(|| async {
        let table = [
            ("i32", "(i32.const 258)", "(i32.const 1)", "02010000", "01000000"),
            ("i64", "(i64.const -1)", "(i64.const 1)", "ffffffffffffffff", "0100000000000000"),
            ("f32", "(f32.const 1)", "(f32.const 0)", "0000803f", "00000000"),
            ("f64", "(f64.const 1)", "(f64.const 0)", "000000000000f03f", "0000000000000000"),
            (
                "v128",
                "(v128.const i64x2 1 2)",
                "(v128.const i64x2 0 0)",
                "01000000000000000200000000000000",
                "00000000000000000000000000000000",
            ),
            ("externref", "(ref.null extern)", "(ref.null extern)", "", ""),
        ];
        for (ty, first, second, old, new) in table {
            let wat = format!(
                r#"(module (global $other (mut {ty}) {first}) (global $g (mut {ty}) {first})
                    (func (export "main") (nop)
                        (global.set $other {second}) (drop (global.get $other))
                        (drop (global.get $g)) (global.set $g {second}) (global.set $g {second})))"#
            );
            let size = old.len() / 2;
            let changed = if old.is_empty() { String::new() } else { format!("{old}>{new}") };
            let wanted = [
                format!("1 read global+{size}: {old}"),
                format!("1 write global+{size}: {changed}"),
                format!("1 write global+{size}: {new}"),
            ];
            let mut debuggee = begun(&wat).await;
            let target = WatchTarget::Global { instance: instance(&mut debuggee, 0).await, global: 1 };
            watch(&mut debuggee, WatchSpec::of(target, Accesses::READ_WRITE));
            assert_eq!(rest(&mut debuggee).await, wanted, "{ty}");
            if size > 0 {
                let mut debuggee = begun(&wat).await;
                let target = WatchTarget::Global { instance: instance(&mut debuggee, 0).await, global: 1 };
                watch(&mut debuggee, WatchSpec { on_change: true, ..WatchSpec::of(target, Accesses::ALL) });
                assert_eq!(rest(&mut debuggee).await, wanted[1..2], "{ty}, on change");
            }
        }
    });
}

/// Several memories, and copies between them.
#[test]
fn each_memory_is_watched_by_itself() {
    run(|| async {
        let wat = r#"(module (memory 1) (memory $two 1) (data (memory $two) (i32.const 8) "abcd")
            (func (export "main") (nop)
                (i32.store (i32.const 8) (i32.const 1))
                (i32.store $two (i32.const 8) (i32.const 1))
                (memory.copy 0 $two (i32.const 0) (i32.const 8) (i32.const 4))
                (memory.copy $two 0 (i32.const 9) (i32.const 0) (i32.const 1))
                (memory.fill $two (i32.const 8) (i32.const 0) (i32.const 1))))"#;
        let mut debuggee = begun(wat).await;
        let target =
            WatchTarget::Memory { instance: instance(&mut debuggee, 0).await, memory: 1, address: 8, length: 4 };
        watch(&mut debuggee, WatchSpec::of(target, Accesses::ALL));
        let wanted = [
            "1 write 0x8+4: 61626364>01000000",
            "1 read 0x8+4: 01000000",
            "1 write 0x9+1: 00>01",
            "1 write 0x8+1: 01>00",
        ];
        assert_eq!(rest(&mut debuggee).await, wanted);
    });
}

/// What traps has done nothing, however near it came.
#[test]
fn accesses_that_trap_are_no_hits() {
    run(|| async {
        for code in [
            "(i32.store (i32.const 0xfffe) (i32.const 1))",
            "(i64.store (i32.const 0xfff9) (i64.const 1))",
            "(drop (i32.load offset=0xffffffff (i32.const 0xfffffffe)))",
            "(i32.store offset=0xffffffff (i32.const 0xffff) (i32.const 1))",
            "(memory.fill (i32.const 0xfff0) (i32.const 1) (i32.const 0x11))",
            "(memory.copy (i32.const 0xfff0) (i32.const 0) (i32.const 0x11))",
            "(memory.copy (i32.const 0) (i32.const 0xfff0) (i32.const 0x11))",
            "(memory.init 1 (i32.const 0xfff0) (i32.const 0) (i32.const 6))",
            "(memory.init 1 (i32.const 0xfff0) (i32.const 0) (i32.const -1))",
            "(memory.fill (i32.const 0xfff0) (i32.const 1) (i32.const -1))",
            "(drop (i32.atomic.rmw.add (i32.const 0xfff1) (i32.const 1)))",
        ] {
            for on_change in [false, true] {
                let mut debuggee = begun(&module("1", code)).await;
                let instance = instance(&mut debuggee, 0).await;
                let target = WatchTarget::Memory { instance, memory: 0, address: 0, length: 1 << 32 };
                watch(&mut debuggee, WatchSpec { on_change, ..WatchSpec::of(target, Accesses::READ_WRITE) });
                let (hits, _) = all_hits(&mut debuggee).await;
                assert_eq!(hits, Vec::<String>::new(), "{code}");
            }
        }
    });
}
