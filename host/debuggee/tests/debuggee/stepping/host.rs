//! Steps across the host: calls of it, calls back from it, returns to it.

use crate::stepping::table::steps;

#[tokio::test]
async fn step_over_host_calls() {
    let wat = r#"(module
        (import "host" "nop" (func $nop))
        (import "host" "back" (func $call_back))
        (memory 1)
        (func $back (export "back") nop)  ;; 0, 1
        (func $main (export "main")
            call $nop                     ;; 0
            call $call_back               ;; 1
            i32.const 1                   ;; 2
            memory.grow                   ;; 3
            drop)                         ;; 4, 5
        (func $again (export "again") nop))"#;
    let table = "
        main#0 in main#1
        main#0 over main#1
        main#1@1 in back#0@2 in back#1@2 in main#2@1
        main#1 over main#2
        back#0@2 out main#2@1
        back#1 over main#2
        back#1 out main#2
        main#3 in main#4 in main#5 in again#0
        main#3 over main#4 over main#5 over again#0
        main#1 +back#1 over hit:back#1 over main#2
        main#0 out again#0
        main#1 out again#0
    ";
    steps(wat, table).await;
}

/// The same function at the same places, deeper and deeper, with the host in between.
#[tokio::test]
async fn step_recursion_through_the_host() {
    let wat = r#"(module
        (import "host" "back" (func $call_back))
        (global $left (mut i32) (i32.const 0))
        (func $deeper (export "back")
            global.get $left       ;; 0
            i32.eqz                ;; 1
            br_if 0                ;; 2
            global.get $left       ;; 3
            i32.const 1            ;; 4
            i32.sub                ;; 5
            global.set $left       ;; 6
            call $call_back        ;; 7
            nop)                   ;; 8, 9
        (func $main (export "main")
            i32.const 2            ;; 0
            global.set $left       ;; 1
            call $call_back        ;; 2
            nop))                  ;; 3, 4"#;
    let table = "
        main#2 over main#3
        deeper#7@2 over deeper#8@2 over deeper#9@2 over main#3@1
        deeper#7@3 over deeper#8@3
        deeper#7@2 in deeper#0@3 out deeper#8@2
        deeper#2@4 over deeper#8@3
        deeper#2@4 in deeper#8@3
        deeper#2@4 out deeper#8@3 out deeper#8@2 out main#3@1
        deeper#0@2 out main#3@1
        deeper#2@2 out main#3@1
        deeper#0@4 over deeper#1@4 over deeper#2@4 over deeper#8@3
    ";
    steps(wat, table).await;
}

/// A tail call of the host leaves the frame for good: whatever runs next is the next instruction of
/// the program.
#[tokio::test]
async fn step_tail_calls_of_the_host() {
    let wat = r#"(module
        (import "host" "nop" (func $nop))
        (import "host" "back" (func $call_back))
        (func $back (export "back")
            nop                       ;; 0
            return_call $nop)         ;; 1
        (func $main (export "main")
            nop                       ;; 0
            return_call $call_back)   ;; 1
        (func $again (export "again") nop))"#;
    let table = "
        main#1 in back#0@1
        main#1 over back#0@1
        main#1 out back#0@1
        main#0 out back#0@1
        back#1 in again#0
        back#1 over again#0
        back#1 out again#0
        back#0 out again#0
    ";
    steps(wat, table).await;
}
