//! Steps inside a function: where branches, blocks and loops lead.

use crate::stepping::table::steps;

#[tokio::test]
async fn step_blocks_loops_and_conditions() {
    let wat = r#"(module
        (func $main (export "main") (local i32)
            block           ;; 0
                i32.const 0 ;; 1
                br_if 0     ;; 2
                nop         ;; 3
            end             ;; 4
            i32.const 2     ;; 5
            local.set 0     ;; 6
            loop            ;; 7
                local.get 0 ;; 8
                i32.const 1 ;; 9
                i32.sub     ;; 10
                local.tee 0 ;; 11
                br_if 0     ;; 12
            end             ;; 13
            i32.const 1     ;; 14
            if              ;; 15
                nop         ;; 16
            else            ;; 17
                nop         ;; 18
            end             ;; 19
            i32.const 0     ;; 20
            if              ;; 21
                nop         ;; 22
            else            ;; 23
                nop         ;; 24
            end             ;; 25
            i32.const 0     ;; 26
            if              ;; 27
                nop         ;; 28
            end             ;; 29
            nop))           ;; 30, 31"#;
    let table = "
        entry in main#0@1 in main#1 in main#2 in main#3 in main#4 in main#5 in main#6 in main#7 in main#8
        main#2 over main#3
        main#6 over main#7 over main#8
        main#12 in main#8 to:main#12 main#12 in main#13 in main#14
        main#12 over main#8 over main#9
        main#15 in main#16 in main#17 in main#20
        main#15 over main#16 over main#17 over main#20
        main#21 in main#24 in main#25 in main#26
        main#27 over main#30 in main#31 in end
        main#8 to:main#8 main#8 to:main#8 end
        main#8 out end
        main#31 over end
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_br_table_to_every_label_and_out_of_the_function() {
    let wat = r#"(module
        (func $pick (param i32)
            block                    ;; 0
                block                ;; 1
                    block            ;; 2
                        local.get 0  ;; 3
                        br_table 0 1 2 3 ;; 4
                    end              ;; 5
                    nop              ;; 6
                    return           ;; 7
                end                  ;; 8
                nop                  ;; 9
                return               ;; 10
            end                      ;; 11
            nop)                     ;; 12, 13
        (func $main (export "main")
            i32.const 0 call $pick   ;; 0, 1
            i32.const 1 call $pick   ;; 2, 3
            i32.const 2 call $pick   ;; 4, 5
            i32.const 3 call $pick   ;; 6, 7
            i32.const 9 call $pick)) ;; 8, 9, 10"#;
    let table = "
        pick#4 in pick#6 in pick#7 in main#2
        pick#4 over pick#6 over pick#7 over main#2
        main#3 in pick#0 to:pick#4 pick#4 in pick#9 in pick#10 in main#4
        main#5 in pick#0 to:pick#4 pick#4 in pick#12 in pick#13 in main#6
        main#7 in pick#0 to:pick#4 pick#4 in main#8
        main#9 in pick#0 to:pick#4 pick#4 over main#10
        pick#3 out main#2
        pick#4 out main#2
    ";
    steps(wat, table).await;
}

/// Whether a conditional branch leaves a function that the host has called shows only when it is
/// taken.
#[tokio::test]
async fn step_out_to_the_host_through_conditional_branches() {
    let wat = r#"(module
        (func $main (export "main") (local i32)
            i32.const 0            ;; 0
            br_if 0                ;; 1
            loop                   ;; 2
                local.get 0        ;; 3
                i32.const 3        ;; 4
                i32.eq             ;; 5
                br_if 1            ;; 6
                block              ;; 7
                    local.get 0    ;; 8
                    br_table 0 0 0 0 1 2 ;; 9
                end                ;; 10
                local.get 0        ;; 11
                i32.const 1        ;; 12
                i32.add            ;; 13
                local.set 0        ;; 14
                br 0               ;; 15
            end)
        (func $again (export "again")
            nop                    ;; 0
            block                  ;; 1
                i32.const 1        ;; 2
                br_table 0 1 0     ;; 3
            end                    ;; 4
            nop))                  ;; 5"#;
    let table = "
        main#0 out again#0
        main#1 in main#2
        main#1 over main#2
        main#1 out again#0
        main#6 in main#7
        main#6 out again#0
        main#9 in main#11
        main#9 out again#0
        main#15 over main#3
        main#2 out again#0@1 out end
        again#3 in end
        again#3 over end
        again#1 over again#2 over again#3 out end
        main#3 +main#7 out hit:main#7 out hit:main#7 -main#7 out again#0
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_out_to_the_host_through_branches_on_references() {
    let wat = r#"(module
        (func $main (export "main")
            ref.func $main  ;; 0
            br_on_null 0    ;; 1
            drop            ;; 2
            ref.null func   ;; 3
            br_on_null 0    ;; 4
            drop)           ;; 5
        (func $again (export "again") nop)
        (elem declare func $main))"#;
    let table = "
        main#0 out again#0
        main#1 in main#2
        main#1 over main#2
        main#1 out again#0
        main#2 over main#3
        main#4 in again#0
        main#4 over again#0
        main#4 out again#0
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_multi_value_blocks_and_calls() {
    let wat = r#"(module
        (func $two (result i32 i32)
            i32.const 1                             ;; 0
            i32.const 2)                            ;; 1, 2
        (func $main (export "main")
            call $two                               ;; 0
            block (param i32 i32) (result i32 i32)  ;; 1
                i32.const 0                         ;; 2
                br_if 0                             ;; 3
            end                                     ;; 4
            i32.add                                 ;; 5
            loop (param i32) (result i32)           ;; 6
                i32.const 1                         ;; 7
                i32.sub                             ;; 8
                i32.const 0                         ;; 9
                br_if 0                             ;; 10
            end                                     ;; 11
            if (result i32 i32)                     ;; 12
                call $two                           ;; 13
            else                                    ;; 14
                call $two                           ;; 15
                br 0                                ;; 16
            end                                     ;; 17
            drop drop))                             ;; 18, 19, 20"#;
    let table = "
        main#0 over main#1 in main#2 in main#3 in main#4 in main#5 in main#6 in main#7
        main#0 in two#0 out main#1
        two#2 in main#1
        two#2 over main#1
        main#10 in main#11 in main#12 in main#13 over main#14 over main#18
        main#13 in two#0@2 over two#1@2 over two#2@2 over main#14@1
        two#0 out main#1 out end
    ";
    steps(wat, table).await;
}

/// Code behind a branch has no step points, and neither has an `end` that only a branch jumps over.
#[tokio::test]
async fn step_over_unreachable_code() {
    let wat = r#"(module
        (func $main (export "main")
            block         ;; 0
                br 0      ;; 1
                nop       ;; 2
                block end ;; 3, 4
            end           ;; 5
            block         ;; 6
                loop      ;; 7
                    br 1  ;; 8
                end       ;; 9
                unreachable ;; 10
            end           ;; 11
            return        ;; 12
            i32.const 0 if nop else nop end))"#;
    let table = "
        main#0 in main#1 in main#6 in main#7 in main#8 in main#12 in end
        main#1 over main#6
        main#8 over main#12
        main#12 out end
    ";
    steps(wat, table).await;
}
