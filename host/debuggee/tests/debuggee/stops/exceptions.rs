//! Exceptions: where they are thrown, what they carry, and whether the program catches them.

use crate::support::harness::{
    Data, call_main, define_call_back, engine, program, program_with, run, run_on_both, store,
};
use crate::support::places::Places;
use crate::support::transcript::{backtrace, transcript};
use expect_test::{Expect, expect};
use stillpoint_debuggee::{Debuggee, How};
use wasmtime::{FuncType, Linker, Module, Tag, TagType, ValType};

fn check(wat: &'static str, expected: Expect) {
    check_with(wat, expected, |_| {});
}

fn check_with(wat: &'static str, expected: Expect, define: fn(&mut Linker<Data>)) {
    run(async move || {
        let places = Places::of(wat);
        expected.assert_eq(&transcript(&mut program_with(wat, define), &places, How::Continue).await);
    });
}

#[test]
fn caught_in_the_same_frame() {
    check(
        r#"(module
            (tag $e (param i32 i64))
            (func $main (export "main")
              (block $h (result i32 i64)
                (try_table (catch $e $h)
                  (throw $e (i32.const 7) (i64.const 8)))
                (return))
              drop drop))"#,
        expect![[r#"
            caught exception [7 8L] at main#4
            exited returned
        "#]],
    );
}

#[test]
fn caught_three_frames_up() {
    check(
        r#"(module
            (tag $e (param i32))
            (func $main (export "main")
              (block $h (result i32)
                (try_table (catch $e $h) (call $one))
                (return))
              drop)
            (func $one (call $two) nop)
            (func $two (call $three) nop)
            (func $three (throw $e (i32.const 3))))"#,
        expect![[r#"
            caught exception [3] at three#1
            exited returned
        "#]],
    );
}

#[test]
fn caught_by_catch_all() {
    check(
        r#"(module
            (tag $e)
            (func $main (export "main")
              (block $h
                (try_table (catch_all $h) (throw $e)))))"#,
        expect![[r#"
            caught exception [] at main#2
            exited returned
        "#]],
    );
}

#[test]
fn caught_by_catch_all_ref() {
    check(
        r#"(module
            (tag $e (param f64))
            (func $main (export "main")
              (block $h (result exnref)
                (try_table (catch_all_ref $h) (throw $e (f64.const 1)))
                (return))
              drop))"#,
        expect![[r#"
            caught exception [f64:0x3ff0000000000000] at main#3
            exited returned
        "#]],
    );
}

/// The clause of another tag is no match, not even if the other tag has the same type; the outer
/// block's is.
#[test]
fn caught_by_an_outer_block_past_the_clause_of_another_tag() {
    check(
        r#"(module
            (tag $mine (param i32))
            (tag $other (param i32))
            (func $main (export "main")
              (block $outer (result i32)
                (try_table (catch $mine $outer)
                  (block $inner (result i32)
                    (try_table (catch $other $inner)
                      (throw $mine (i32.const 1)))
                    (return))
                  drop)
                (return))
              drop))"#,
        expect![[r#"
            caught exception [1] at main#5
            exited returned
        "#]],
    );
}

#[test]
fn uncaught_past_the_clause_of_another_tag() {
    check(
        r#"(module
            (tag $mine (param i32))
            (tag $other (param i32))
            (func $main (export "main")
              (block $h (result i32)
                (try_table (catch $other $h) (throw $mine (i32.const 1)))
                (return))
              drop))"#,
        expect![[r#"
            uncaught exception [1] at main#3
            exited failed "thrown Wasm exception"
        "#]],
    );
}

/// Code before, between and after `try_table` blocks is not covered by them.
#[test]
fn uncaught_outside_the_block() {
    check(
        r#"(module
            (tag $e)
            (func $main (export "main")
              (block $h (try_table (catch_all $h) nop))
              (throw $e)))"#,
        expect![[r#"
            uncaught exception [] at main#5
            exited failed "thrown Wasm exception"
        "#]],
    );
}

/// A call that is the last thing in its block: the frame then stands on the block's end, which is
/// not covered.
#[test]
fn caught_when_the_call_is_last_in_its_block() {
    check(
        r#"(module
            (tag $e)
            (func $main (export "main")
              (block $h (try_table (catch_all $h) (call $thrower))))
            (func $thrower (throw $e)))"#,
        expect![[r#"
            caught exception [] at thrower#0
            exited returned
        "#]],
    );
}

/// A call that comes right after a block's end is not covered by it.
#[test]
fn uncaught_when_the_call_comes_right_after_the_block() {
    check(
        r#"(module
            (tag $e)
            (func $main (export "main")
              (block $h (try_table (catch_all $h)))
              (call $thrower))
            (func $thrower (throw $e)))"#,
        expect![[r#"
            uncaught exception [] at thrower#0
            exited failed "thrown Wasm exception"
        "#]],
    );
}

/// Thrown in a branch of a nested block.
#[test]
fn caught_from_a_nested_block() {
    check(
        r#"(module
            (tag $e (param i32))
            (func $main (export "main") (local i32)
              (block $h (result i32)
                (try_table (catch $e $h)
                  (loop $again
                    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                    (if (i32.ge_u (local.get 0) (i32.const 3))
                      (then (throw $e (local.get 0)))
                      (else (br $again)))))
                (return))
              drop))"#,
        expect![[r#"
            caught exception [3] at main#12
            exited returned
        "#]],
    );
}

/// Each throw is an event: the first is caught, thrown again it is not.
#[test]
fn rethrown_with_throw_ref() {
    check(
        r#"(module
            (tag $e (param i32))
            (func $main (export "main")
              (block $h (result i32 exnref)
                (try_table (catch_ref $e $h) (throw $e (i32.const 5)))
                (return))
              (throw_ref)))"#,
        expect![[r#"
            caught exception [5] at main#3
            uncaught exception [5] at main#7
            exited failed "thrown Wasm exception"
        "#]],
    );
}

/// From inside the handler of one block to the handler of another.
#[test]
fn rethrown_and_caught_further_out() {
    check(
        r#"(module
            (tag $e (param i32))
            (func $main (export "main")
              (block $outer
                (try_table (catch_all $outer) (call $inner))))
            (func $inner
              (block $h (result exnref)
                (try_table (catch_all_ref $h) (throw $e (i32.const 6)))
                (return))
              (throw_ref)))"#,
        expect![[r#"
            caught exception [6] at inner#3
            caught exception [6] at inner#7
            exited returned
        "#]],
    );
}

#[test]
fn throw_ref_of_null_is_a_trap() {
    check(
        r#"(module (func $main (export "main") (throw_ref (ref.null exn))))"#,
        expect![[r#"
        trap NullReference at main#1
        exited failed "wasm trap: null reference"
    "#]],
    );
}

#[test]
fn payload_of_every_type() {
    check(
        r#"(module
            (tag $e (param i32 i64 f32 f64 funcref externref anyref))
            (func $main (export "main")
              (throw $e (i32.const -1) (i64.const -2) (f32.const -0) (f64.const nan:0x8000000000001)
                (ref.func $main) (ref.null extern) (ref.i31 (i32.const 1))))
            (elem declare func $main))"#,
        expect![[r#"
            uncaught exception [-1 -2L f32:0x80000000 f64:0x7ff8000000000001 ref-func null-extern ref-any] at main#8
            exited failed "thrown Wasm exception"
        "#]],
    );
}

/// A function that ends in a tail call has no frame: its blocks catch nothing.
#[test]
fn uncaught_after_a_tail_call_out_of_the_block() {
    check(
        r#"(module
            (tag $e)
            (func $main (export "main") (call $tail))
            (func $tail
              (block $h (try_table (catch_all $h) (return_call $thrower))))
            (func $thrower (throw $e)))"#,
        expect![[r#"
            uncaught exception [] at thrower#0
            exited failed "thrown Wasm exception"
        "#]],
    );
}

/// A tag that is imported under two indices is one tag.
#[test]
fn caught_under_another_index_of_the_same_tag() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"(module
            (import "host" "tag" (tag $first (param i32)))
            (import "host" "tag" (tag $second (param i32)))
            (func $main (export "main")
              (block $h (result i32)
                (try_table (catch $second $h) (throw $first (i32.const 9)))
                (return))
              drop))"#;
        let engine = engine();
        let module = Module::new(&engine, PROGRAM).unwrap();
        let mut debuggee = Debuggee::new(store(&engine).0, move |store| {
            Box::pin(async move {
                let function = FuncType::new(store.engine(), [ValType::I32], []);
                let tag = Tag::new(&mut *store, &TagType::new(function))?;
                let mut linker = Linker::new(store.engine());
                linker.define(&mut *store, "host", "tag", tag)?;
                let instance = linker.instantiate_async(&mut *store, &module).await?;
                call_main(store, instance).await
            })
        })
        .unwrap();
        expect![[r#"
            caught exception [9] at main#3
            exited returned
        "#]]
        .assert_eq(&transcript(&mut debuggee, &Places::of(PROGRAM), How::Continue).await);
    });
}

/// Through a host function: the inner activation catches nothing, so the first stop says uncaught;
/// where the host hands the exception on there is a second stop, and there it is caught.
#[test]
fn crossing_a_host_frame() {
    check_with(
        r#"(module
            (import "host" "again" (func $again))
            (tag $e (param i32))
            (func $main (export "main")
              (block $h (result i32)
                (try_table (catch $e $h) (call $again) nop)
                (return))
              drop)
            (func $thrower (export "thrower") (throw $e (i32.const 11))))"#,
        expect![[r#"
            uncaught exception [11] at thrower#1
            caught exception [11] at main#2
            exited returned
        "#]],
        |linker| define_call_back(linker, "again", "thrower", &[], &[]),
    );
}

/// At the stop the whole chain is still there, through the host function.
#[test]
fn frames_at_the_throw() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"(module
            (tag $e (param i32))
            (func $main (export "main")
              (block $h (result i32)
                (try_table (catch $e $h) (call $one))
                (return))
              drop)
            (func $one (call $two) nop)
            (func $two (throw $e (i32.const 3))))"#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program(PROGRAM);
        debuggee.resume(How::Continue).await.unwrap();
        expect!["two#1 < one#1 < main#3"].assert_eq(&places.backtrace(&backtrace(&mut debuggee).await));
    });
}

/// Thousands of exceptions, each looked at: none leaves anything behind that keeps it alive.
#[test]
fn many_exceptions() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"(module
            (tag $e (param externref))
            (func $main (export "main") (local i32)
              (loop $again
                (block $h (result externref)
                  (try_table (catch $e $h) (throw $e (ref.null extern)))
                  (return))
                drop
                (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get 0) (i32.const 3000))))))"#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program(PROGRAM);
        let seen = transcript(&mut debuggee, &places, How::Continue).await;
        let lines: Vec<&str> = seen.lines().collect();
        assert_eq!(lines.len(), 3001);
        assert!(lines[..3000].iter().all(|line| *line == lines[0]), "{seen}");
        expect!["caught exception [null-extern] at main#4"].assert_eq(lines[0]);
        assert_eq!(lines[3000], "exited returned");
    });
}
