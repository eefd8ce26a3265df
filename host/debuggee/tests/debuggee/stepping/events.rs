//! Steps that something ends early: traps, errors, exceptions, interrupts, the end.

use crate::stepping::table::steps;

#[tokio::test]
async fn step_into_a_trap_and_on() {
    let wat = r#"(module
        (import "host" "forgive" (func $forgive))
        (func $bad (export "back")
            nop              ;; 0
            unreachable)     ;; 1
        (func $main (export "main")
            call $forgive    ;; 0
            nop              ;; 1
            call $bad        ;; 2
            nop)             ;; 3
        (func $again (export "again") nop))"#;
    let table = "
        main#0 over trap:bad#1@2 over main#1@1
        main#0 over trap:bad#1 out main#1
        main#0 over trap:bad#1 in main#1
        bad#1 in trap:bad#1 in main#1
        main#2 over trap:bad#1 over again#0
        main#2 over trap:bad#1@2 out again#0@1
        main#2 in bad#0 over bad#1 over trap:bad#1 in again#0
        main#2 over trap:bad#1 go end
        main#2 to:main#3 trap:bad#1 go end
        bad#0 out trap:bad#1 out main#1
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_into_a_division_by_zero_and_a_stack_overflow() {
    let wat = r#"(module
        (func $deep call $deep)  ;; 0, 1
        (func $main (export "main")
            i32.const 1          ;; 0
            i32.const 0          ;; 1
            i32.div_u            ;; 2
            drop)                ;; 3, 4
        (func $again (export "again")
            call $deep           ;; 0
            nop))                ;; 1"#;
    let table = "
        main#2 in trap:main#2 in again#0
        main#1 over main#2 over trap:main#2 over again#0
        main#2 out trap:main#2 out again#0
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_over_a_host_call_that_fails() {
    let wat = r#"(module
        (import "host" "fail" (func $fail))
        (import "host" "forgive" (func $forgive))
        (func $bad (export "back")
            call $fail       ;; 0
            nop)             ;; 1
        (func $main (export "main")
            call $forgive    ;; 0
            call $bad        ;; 1
            nop)             ;; 2
        (func $again (export "again") nop))"#;
    let table = "
        bad#0@2 over error:bad#1@2 over main#1@1
        bad#0 in error:bad#1 in main#1
        bad#0 out error:bad#1 out main#1
        main#1 over error:bad#1 over again#0
    ";
    steps(wat, table).await;
}

/// An exit is no stop; when the program runs again after it, the step ends there.
#[tokio::test]
async fn step_over_an_exit() {
    let wat = r#"(module
        (import "host" "exit" (func $exit))
        (import "host" "forgive" (func $forgive))
        (func $bye (export "back")
            call $exit       ;; 0
            nop)             ;; 1
        (func $main (export "main")
            call $forgive    ;; 0
            call $bye        ;; 1
            nop)             ;; 2
        (func $again (export "again") nop))"#;
    let table = "
        bye#0@2 over main#1@1
        bye#0 in main#1
        bye#0 out main#1
        main#0 over main#1
        main#0 in bye#0 over main#1
        main#1 over again#0
        main#1 in bye#0 out again#0
        main#1 out again#0
        main#1 to:main#2 again#0
        main#1 go end
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_exceptions_to_their_handlers() {
    let wat = r#"(module
        (type $void (func))
        (tag $e (param i32))
        (elem declare func $quiet)
        (func $throw
            i32.const 7                     ;; 0
            throw $e)                       ;; 1
        (func $through
            call $throw                     ;; 0
            nop)                            ;; 1
        (func $catch
            block (result i32)              ;; 0
                try_table (result i32) (catch $e 0) ;; 1
                    call $through           ;; 2
                    i32.const 0             ;; 3
                end                         ;; 4
            end                             ;; 5
            drop)                           ;; 6, 7
        (func $own
            block                           ;; 0
                try_table (catch_all 0)     ;; 1
                    i32.const 1             ;; 2
                    throw $e                ;; 3
                end                         ;; 4
            end                             ;; 5
            nop)                            ;; 6, 7
        (func $quiet nop)                   ;; 0, 1
        (func $main (export "main")
            call $catch                     ;; 0
            call $own                       ;; 1
            call $covered                   ;; 2
            call $through                   ;; 3
            nop)                            ;; 4
        (func $covered
            block                           ;; 0
                try_table (catch_all 0)     ;; 1
                    call $quiet             ;; 2
                    ref.func $quiet         ;; 3
                    call_ref $void          ;; 4
                end                         ;; 5
            end)                            ;; 6, 7
        (func $again (export "again")
            block                           ;; 0
                try_table (catch_all 0)     ;; 1
                    i32.const 1             ;; 2
                    throw $e                ;; 3
                end                         ;; 4
            end                             ;; 5
            nop))                           ;; 6, 7"#;
    let table = "
        throw#1@4 in caught:throw#1@4 in catch#6@2
        throw#1 over caught:throw#1 over catch#6
        throw#0 out caught:throw#1 out catch#6
        through#0 over caught:throw#1 over catch#6
        through#0 out caught:throw#1 out catch#6
        catch#2@2 over caught:throw#1@4 over catch#6@2 over catch#7@2 over main#1@1
        catch#2 out caught:throw#1 to:main#1 main#1
        main#0 over caught:throw#1 go caught:own#3 go uncaught:throw#1 go caught:again#3 go end
        catch#1 in catch#2 in through#0 in throw#0
        own#3 in caught:own#3 in own#6
        own#3 over caught:own#3 over own#6
        own#3 out caught:own#3 out main#2
        own#0 out caught:own#3 out main#2
        main#1 over caught:own#3 out main#2
        main#3 over uncaught:throw#1@3 over again#0@1
        main#3 over uncaught:throw#1 out again#0
        main#3 over uncaught:throw#1 in again#0
        quiet#1@3 in covered#3@2 in covered#4 in quiet#0 in quiet#1 in covered#5
        quiet#1 over covered#3 over covered#4 over covered#5
        quiet#0@3 out covered#3@2 in covered#4 in quiet#0 out covered#5 out main#3
        again#3 out caught:again#3 out end
        again#3 out caught:again#3 over again#6 over again#7 over end
        catch#2 +catch#6 over caught:throw#1 over hit:catch#6 over catch#7
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_out_after_an_interrupt() {
    let wat = r#"(module
        (func $f (local i32)
            loop                 ;; 0
                local.get 0      ;; 1
                i32.const 1      ;; 2
                i32.add          ;; 3
                local.tee 0      ;; 4
                i32.const 10     ;; 5
                i32.ne           ;; 6
                br_if 0          ;; 7
            end)                 ;; 8, 9
        (func $main (export "main")
            call $f              ;; 0
            nop)                 ;; 1, 2
        (func $again (export "again") nop))"#;
    let table = "
        f#3@2 ! go interrupt:f#1@2 out main#1@1
        f#3 ! go interrupt:f#1 over f#2
        f#3 ! go interrupt:f#1 in f#2
        f#3 ! out interrupt:f#1 out main#1 out again#0
        f#3 ! over f#4 ! over f#5 go end
        main#0 ! over interrupt:f#0@2 over f#1@2 out main#1@1
        f#3 ! go interrupt:f#1 to:f#8 f#8
        f#3 ! go interrupt:f#1 go end
        main#2 ! out interrupt:again#0 out end
    ";
    steps(wat, table).await;
}
