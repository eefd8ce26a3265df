//! The whole state of a program as a component sees and changes it: what is there, what is refused, and in which states.

use super::support::{ADD, LOOP, Script};
use expect_test::{Expect, expect};

/// A program with one of everything. It throws and catches, and exits with the sum of what it caught, a global, a word of its
/// memory, and a field: 1 + 7 + 0 + 1.
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

/// An `i32` and a null function as arguments.
const I32_5: &str = "(i32.const 0) (i64.const 5) (i64.const 0)";
const NULL_FUNCTION: &str = "(i32.const 5) (i64.const 0) (i64.const 0)";

/// Every function, with instance 1 (the engine gave 0 to the host function) and index 0.
fn everything(script: Script) -> Script {
    script
        .done(
            "search-memory",
            "(i32.const 1) (i32.const 0) (i64.const 0) (i64.const -1) (i32.const 0) (i32.const 1) (i32.const 9)",
        )
        .list("component", "")
        .list("imports", "(i32.const 1)")
        .list("exports", "(i32.const 1)")
        .list("functions", "(i32.const 1) (i32.const 0) (i32.const -1)")
        .list("globals", "(i32.const 1) (i32.const 0) (i32.const -1)")
        .done("table-info", "(i32.const 1) (i32.const 0)")
        .list("table-elements", "(i32.const 1) (i32.const 0) (i64.const 0) (i32.const -1)")
        .list("tags", "(i32.const 1)")
        .done("dereference", "(i64.const 1)")
        .list("array-elements", "(i64.const 1) (i32.const 0) (i32.const -1)")
        .done("pending-exception", "")
        .done("write-memory", "(i32.const 1) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)")
        .amount("grow-memory", "(i32.const 1) (i32.const 0) (i64.const 0)")
        .done("set-global", &format!("(i32.const 1) (i32.const 0) {I32_5}"))
        .done("set-table-element", &format!("(i32.const 1) (i32.const 0) (i64.const 0) {NULL_FUNCTION}"))
        .amount("grow-table", &format!("(i32.const 1) (i32.const 0) (i64.const 0) {NULL_FUNCTION}"))
        .done("set-element", &format!("(i64.const 1) (i32.const 0) {I32_5}"))
        .done("make-tag", "(i32.const 0) (i32.const 0)")
        .done("make-exception", "(i64.const 0) (i32.const 0) (i32.const 0)")
        .done("replace-exception", "(i64.const 1)")
}

async fn check(script: Script, program: &str, expected: Expect) {
    expected.assert_eq(&script.transcript(program).await);
}

#[tokio::test]
async fn at_the_entry() {
    check(
        everything(Script::new()),
        STATE,
        expect![[r#"
            search-memory: no-instance
            component: 0
            imports: no-instance
            exports: no-instance
            functions: no-instance
            globals: no-instance
            table-info: no-instance
            table-elements: no-instance
            tags: no-instance
            dereference: no-reference
            array-elements: no-reference
            pending-exception: ok
            write-memory: no-instance
            grow-memory: no-instance
            set-global: no-instance
            set-table-element: no-instance
            grow-table: no-instance
            set-element: no-reference
            make-tag: ok
            make-exception: no-tag
            replace-exception: not-throwing
            program: Ok(Code(9))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn at_a_stop() {
    check(
        everything(Script::new().step()),
        STATE,
        expect![[r#"
            step: 1 step
            search-memory: ok
            component: 0
            imports: 1
            exports: 1
            functions: 2
            globals: 4
            table-info: ok
            table-elements: 2
            tags: 1
            dereference: ok
            array-elements: wrong-type
            pending-exception: ok
            write-memory: ok
            grow-memory: 1
            set-global: ok
            set-table-element: ok
            grow-table: 2
            set-element: wrong-type
            make-tag: ok
            make-exception: no-tag
            replace-exception: not-throwing
            program: Ok(Code(7))
        "#]],
    )
    .await;
}

#[tokio::test]
async fn while_running() {
    check(
        everything(Script::new().start()).ask("terminate").finish(),
        LOOP,
        expect![[r#"
            start: ok
            search-memory: running
            component: running
            imports: running
            exports: running
            functions: running
            globals: running
            table-info: running
            table-elements: running
            tags: running
            dereference: running
            array-elements: running
            pending-exception: running
            write-memory: running
            grow-memory: running
            set-global: running
            set-table-element: running
            grow-table: running
            set-element: running
            make-tag: running
            make-exception: running
            replace-exception: running
            terminate: ok
            finish: 1 exited killed
            program: Ok(Killed)
        "#]],
    )
    .await;
}

#[tokio::test]
async fn after_the_end() {
    check(
        everything(Script::new().resume()),
        ADD,
        expect![[r#"
            resume: 1 exited returned
            search-memory: exited
            component: exited
            imports: exited
            exports: exited
            functions: exited
            globals: exited
            table-info: exited
            table-elements: exited
            tags: exited
            dereference: exited
            array-elements: exited
            pending-exception: exited
            write-memory: exited
            grow-memory: exited
            set-global: exited
            set-table-element: exited
            grow-table: exited
            set-element: exited
            make-tag: exited
            make-exception: exited
            replace-exception: exited
            program: Ok(Returned([]))
        "#]],
    )
    .await;
}

/// Largest numbers everywhere, on a program that has everything.
#[tokio::test]
async fn numbers_that_are_too_large() {
    let script = Script::new()
        .step()
        .done(
            "search-memory",
            "(i32.const 1) (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 1) (i32.const -1)",
        )
        .done(
            "search-memory",
            "(i32.const 1) (i32.const 0) (i64.const 0) (i64.const -1) (i32.const 0) (i32.const 4097) (i32.const -1)",
        )
        .done(
            "search-memory",
            "(i32.const 1) (i32.const -1) (i64.const 0) (i64.const -1) (i32.const 0) (i32.const 1) (i32.const -1)",
        )
        .list("imports", "(i32.const -1)")
        .list("functions", "(i32.const 1) (i32.const -1) (i32.const -1)")
        .list("globals", "(i32.const 1) (i32.const -1) (i32.const -1)")
        .done("table-info", "(i32.const 1) (i32.const -1)")
        .list("table-elements", "(i32.const 1) (i32.const 0) (i64.const -1) (i32.const -1)")
        .done("dereference", "(i64.const -1)")
        .list("array-elements", "(i64.const -1) (i32.const -1) (i32.const -1)")
        .done("write-memory", "(i32.const 1) (i32.const 0) (i64.const -1) (i32.const 0) (i32.const 16)")
        .done("write-memory", "(i32.const 1) (i32.const 0) (i64.const 65535) (i32.const 0) (i32.const 2)")
        .amount("grow-memory", "(i32.const 1) (i32.const 0) (i64.const -1)")
        .amount("grow-memory", "(i32.const 1) (i32.const 0) (i64.const 2)")
        .done("set-global", &format!("(i32.const 1) (i32.const -1) {I32_5}"))
        .done("set-global", &format!("(i32.const 1) (i32.const 1) {I32_5}"))
        .done("set-global", &format!("(i32.const 1) (i32.const 0) {NULL_FUNCTION}"))
        .done("set-table-element", &format!("(i32.const 1) (i32.const 0) (i64.const -1) {NULL_FUNCTION}"))
        .done("set-table-element", &format!("(i32.const 1) (i32.const 0) (i64.const 0) {I32_5}"))
        .amount("grow-table", &format!("(i32.const 1) (i32.const 0) (i64.const -1) {NULL_FUNCTION}"))
        .done("make-exception", "(i64.const -1) (i32.const 0) (i32.const 0)")
        .done("replace-exception", "(i64.const -1)");
    check(
        script,
        STATE,
        expect![[r#"
            step: 1 step
            search-memory: out-of-bounds
            search-memory: too-large
            search-memory: no-memory
            imports: no-instance
            functions: 0
            globals: 0
            table-info: no-table
            table-elements: out-of-bounds
            dereference: no-reference
            array-elements: no-reference
            write-memory: out-of-bounds
            write-memory: out-of-bounds
            grow-memory: cannot-grow
            grow-memory: cannot-grow
            set-global: no-global
            set-global: immutable
            set-global: wrong-type
            set-table-element: out-of-bounds
            set-table-element: wrong-type
            grow-table: cannot-grow
            make-exception: no-tag
            replace-exception: not-throwing
            program: Ok(Code(9))
        "#]],
    )
    .await;
}

/// A program whose result depends on what a debugger writes into a global, a memory, and an exception.
#[tokio::test]
async fn changes_reach_the_program() {
    let script = Script::new()
        .resume()
        .done("pending-exception", "")
        .number("kind", "(i32.load8_u offset=16 (global.get $area))")
        .done("dereference", "(i64.load offset=24 (global.get $area))")
        .number("what", "(i32.load8_u offset=8 (global.get $area))")
        .code("(i32.store (i32.const 60000) (i32.const 30))")
        .done("write-memory", "(i32.const 1) (i32.const 0) (i64.const 100) (i32.const 60000) (i32.const 4)")
        .done("set-global", &format!("(i32.const 1) (i32.const 0) {I32_5}"))
        .list("globals", "(i32.const 1) (i32.const 2) (i32.const 1)")
        .number("kind", "(i32.load8_u offset=32 (i32.load offset=8 (global.get $area)))")
        .done(
            "set-element",
            &format!("(i64.load offset=40 (i32.load offset=8 (global.get $area))) (i32.const 0) {I32_5}"),
        )
        // An exception with another payload, 10.
        .list("tags", "(i32.const 1)")
        .code("(i32.store (i32.const 60112) (i32.const 10))")
        .done("make-exception", "(i64.load (i32.load offset=8 (global.get $area))) (i32.const 60104) (i32.const 1)")
        .done("replace-exception", "(i64.load offset=16 (global.get $area))")
        .number("caught", "(i32.load8_u offset=8 (global.get $area))")
        .resume();
    check(
        script,
        STATE,
        expect![[r#"
            resume: 1 exception
            pending-exception: ok
            kind: 3
            dereference: ok
            what: 7
            write-memory: ok
            set-global: ok
            globals: 1
            kind: 2
            set-element: ok
            tags: 1
            make-exception: ok
            replace-exception: ok
            caught: 1
            resume: 2 exited code
            program: Ok(Code(50))
        "#]],
    )
    .await;
}
