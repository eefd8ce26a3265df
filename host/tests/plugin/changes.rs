//! The whole state of a program as a component sees and changes it: what is there, what is refused,
//! and in which states.

use super::support::{ADD, LOOP, State, check, check_table};
use expect_test::expect;

/// A program with one of everything. It throws and catches, and exits with the sum of what it
/// caught, a global, a word of its memory, and a field: 1 + 7 + 0 + 1.
const STATE: &str = r#"(module
    (type $pair (struct (field (mut i32)) (field i32)))
    (type $bytes (array (mut i8)))
    (import "host" "exit" (func $exit (param i32)))
    (memory 1 2)
    (data (i32.const 8) "needle and needle")
    (global $g (mut i32) (i32.const 7))
    (global $fixed i64 (i64.const 8))
    (global $p (mut (ref null $pair)) (ref.null $pair))
    (global $b (mut (ref null $bytes)) (ref.null $bytes))
    (table $t 2 4 funcref)
    (tag $e (param i32))
    (elem (table $t) (i32.const 0) func $main)
    (func $main (export "main")
      (global.set $p (struct.new $pair (i32.const 1) (i32.const 2)))
      (global.set $b (array.new $bytes (i32.const 255) (i32.const 3)))
      (block $caught (result i32)
        (try_table (catch $e $caught) (throw $e (i32.const 1)))
        (i32.const 0))
      (i32.add (i32.add (global.get $g) (i32.add (i32.load (i32.const 100)) (struct.get $pair 0 (global.get $p)))))
      (call $exit)))"#;

/// Functions that read or change state, in every state of a program. (The debugger in
/// `tests/hostile-table` calls all of them.) The engine gave the
/// instance 0 to the host function.
#[tokio::test]
async fn in_every_state() {
    check_table(
        &[
            State { name: "at the entry", program: STATE, before: &[], after: &[] },
            State { name: "at a stop", program: STATE, before: &["step"], after: &[] },
            State { name: "running", program: LOOP, before: &["start"], after: &["terminate", "finish"] },
            State { name: "ended", program: ADD, before: &["resume"], after: &[] },
        ],
        expect![[r#"
            call                                       at the entry           at a stop                  running  ended
            search-memory(1, 0, 0, max, [0], 9)        no-instance(1)         list of 9, next 26         running  exited
            list-components(0, max)                    list of 0              list of 0                  running  exited
            list-imports(1, 0, max)                    no-instance(1)         list of 1                  running  exited
            list-exports(1, 0, max)                    no-instance(1)         list of 1                  running  exited
            list-functions(0, 0, max)                  list of 2              list of 2                  running  list of 2
            list-globals(1, 0, max)                    no-instance(1)         list of 4                  running  exited
            table-info(1, 0)                           no-instance(1)         { element: reference({ k…  running  exited
            list-table-elements(1, 0, 0, max)          no-instance(1)         list of 2                  running  exited
            list-tags(1, 0, max)                       no-instance(1)         list of 1                  running  exited
            dereference(1)                             no-reference(some(1))  function({ instance: 1, …  running  exited
            list-array-elements(1, 0, max)             no-reference(some(1))  wrong-type("an array")     running  exited
            pending-exception                          none                   none                       running  exited
            write-memory(1, 0, 0, [])                  no-instance(1)         ok                         running  exited
            grow-memory(1, 0, 0)                       no-instance(1)         1                          running  exited
            set-global(1, 0, i32(5))                   no-instance(1)         ok                         running  exited
            set-table-element(1, 0, 0, null(funcref))  no-instance(1)         ok                         running  exited
            grow-table(1, 0, 0, null(funcref))         no-instance(1)         2                          running  exited
            set-element(1, 0, i32(5))                  no-reference(some(1))  wrong-type("a struct or …  running  exited
            make-tag([])                               4294967296             8589934592                 running  exited
            make-exception(0, [])                      no-tag(0)              no-tag(0)                  running  exited
            replace-exception(1)                       not-at-exception       not-at-exception           running  exited
            program                                    Code(9)                Code(7)                    Killed   Returned([])
        "#]],
    )
    .await;
}

/// Largest numbers everywhere, on a program that has everything.
#[tokio::test]
async fn numbers_that_are_too_large() {
    check(
        STATE,
        expect![[r#"
            step -> 1 step
            search-memory(1, 0, max, max, [0], max) -> out-of-bounds(65536)
            search-memory(1, 0, 0, max, [0; 4097], max) -> too-large(4096)
            search-memory(1, max, 0, max, [0], max) -> no-memory(4294967295)
            list-imports(max, 0, max) -> no-instance(4294967295)
            list-functions(0, max, max) -> list of 0
            list-globals(1, max, max) -> list of 0
            table-info(1, max) -> no-table(4294967295)
            list-table-elements(1, 0, max, max) -> out-of-bounds(2)
            dereference(max) -> no-reference(some(18446744073709551615))
            list-array-elements(max, max, max) -> no-reference(some(18446744073709551615))
            write-memory(1, 0, max, [0; 16]) -> out-of-bounds(65536)
            write-memory(1, 0, 65535, [0; 2]) -> out-of-bounds(65536)
            grow-memory(1, 0, max) -> cannot-grow("it has 1 pages of at most 2")
            grow-memory(1, 0, 2) -> cannot-grow("it has 1 pages of at most 2")
            set-global(1, max, i32(5)) -> no-global(4294967295)
            set-global(1, 1, i32(5)) -> immutable
            set-global(1, 0, null(funcref)) -> wrong-type("i32")
            set-table-element(1, 0, max, null(funcref)) -> out-of-bounds(2)
            set-table-element(1, 0, 0, i32(5)) -> wrong-type("(ref null func)")
            grow-table(1, 0, max, null(funcref)) -> cannot-grow("it has 2 elements of at most 4")
            make-exception(max, []) -> no-tag(18446744073709551615)
            replace-exception(max) -> not-at-exception
            program: Ok(Code(9))
        "#]],
    )
    .await;
}

/// A program whose result depends on what a debugger writes into a memory, a global, a field, and
/// an exception.
#[tokio::test]
async fn changes_reach_the_program() {
    check(
        STATE,
        expect![[r#"
            resume -> 1 exception({ caught: true, payload: [i32(1)] })
            pending-exception -> some({ kind: exnref, id: some(1) })
            dereference(1) -> exception({ tag: 4294967296, payload: [i32(1)] })
            write-memory(1, 0, 100, [30, 0, 0, 0]) -> ok
            set-global(1, 0, i32(5)) -> ok
            show list-globals(1, 2, 1) -> [{ index: 2, value-type: reference({ kind: anyref, nullable: true, text: "(ref null 0)" }), is-mutable: true, value: reference({ kind: anyref, id: some(2) }) }], next 3
            set-element(2, 0, i32(5)) -> ok
            show list-tags(1, 0, max) -> [{ id: 4294967296, index: 0, parameters: [i32] }]
            make-exception(4294967296, [i32(10)]) -> { kind: exnref, id: some(3) }
            replace-exception(3) -> true
            resume -> 2 exited(code(50))
            program: Ok(Code(50))
        "#]],
    )
    .await;
}
