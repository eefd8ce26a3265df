//! Steps into, over and out of calls.

use crate::stepping::table::steps;

#[tokio::test]
async fn step_calls_of_every_kind() {
    let wat = r#"(module
        (type $void (func))
        (table 2 funcref)
        (elem (i32.const 0) $f $g)
        (func $g nop)                 ;; 0, 1
        (func $f
            nop                       ;; 0
            call $g                   ;; 1
            nop)                      ;; 2, 3
        (func $main (export "main")
            call $f                   ;; 0
            i32.const 0               ;; 1
            call_indirect (type $void) ;; 2
            ref.func $f               ;; 3
            call_ref $void            ;; 4
            nop))                     ;; 5, 6"#;
    let table = "
        main#0 in f#0 in f#1 in g#0 in g#1 in f#2 in f#3 in main#1
        main#0 over main#1 over main#2 over main#3 over main#4 over main#5 over main#6 over end
        main#2 in f#0@2
        main#4 in f#0@2
        f#0 out main#1
        g#0@3 out f#2@2 out main#1@1 out end
        g#1 over f#2 over f#3 over main#1
        g#1 out f#2
        f#3 out main#1
        main#0 out end
        main#2 over main#3
        main#4 over main#5
        main#0 to:g#1 g#1 to:g#1 g#1 to:g#1 g#1 to:g#1 end
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_over_stops_at_breakpoints_inside_the_call() {
    let wat = r#"(module
        (func $g nop)      ;; 0, 1
        (func $f
            nop            ;; 0
            call $g        ;; 1
            nop)           ;; 2, 3
        (func $main (export "main")
            call $f        ;; 0
            call $f        ;; 1
            nop))          ;; 2, 3"#;
    let table = "
        main#0 +g#0 over hit:g#0@3 over g#1@3 over f#2@2 over f#3@2 over main#1@1 over hit:g#0@3
        main#0 +g#0 over hit:g#0 out f#2 out main#1 out hit:g#0 -g#0 go end
        main#0 +g#1 out hit:g#1 out f#2 -g#1 out main#1 over main#2
        f#0 +f#2 out hit:f#2 out main#1
        f#1 +f#2 over hit:f#2 over f#3
        f#1 +f#2 in g#0 in g#1 in hit:f#2 in f#3
        main#0 +main#1 over hit:main#1 over main#2
        main#0 +g#0 to:main#1 hit:g#0 to:main#1 main#1
        f#1 +g#1 to:g#1 hit:g#1 to:g#1 hit:g#1
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_recursion_stays_in_its_own_frame() {
    let wat = r#"(module
        (func $fac (param i32) (result i32)
            local.get 0          ;; 0
            i32.eqz              ;; 1
            if (result i32)      ;; 2
                i32.const 1      ;; 3
            else                 ;; 4
                local.get 0      ;; 5
                local.get 0      ;; 6
                i32.const 1      ;; 7
                i32.sub          ;; 8
                call $fac        ;; 9
                i32.mul          ;; 10
            end)                 ;; 11, 12
        (func $main (export "main")
            i32.const 3          ;; 0
            call $fac            ;; 1
            drop))               ;; 2, 3"#;
    let table = "
        fac#9@2 over fac#10@2 over fac#11@2 over fac#12@2 over main#2@1
        fac#9@3 over fac#10@3
        fac#9@2 in fac#0@3 out fac#10@2
        fac#3@5 out fac#10@4
        fac#12@5 in fac#10@4
        fac#0@4 out fac#10@3 out fac#10@2 out main#2@1 out end
        fac#8@2 over fac#9@2 over fac#10@2
        fac#0@2 to:fac#10 fac#10@4
        main#1 +fac#3 over hit:fac#3@5 over fac#4@5 over fac#12@5 over fac#10@4
        fac#9@2 +fac#10 over hit:fac#10@4 over fac#11@4 out hit:fac#10@3
        main#1 over main#2 out end
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_tail_calls_count_as_leaving() {
    let wat = r#"(module
        (type $number (func (param i32) (result i32)))
        (table 1 funcref)
        (elem (i32.const 0) $even)
        (elem declare func $odd)
        (func $even (param i32) (result i32)
            local.get 0          ;; 0
            i32.eqz              ;; 1
            if                   ;; 2
                i32.const 1      ;; 3
                return           ;; 4
            end                  ;; 5
            local.get 0          ;; 6
            i32.const 1          ;; 7
            i32.sub              ;; 8
            return_call $odd)    ;; 9
        (func $odd (param i32) (result i32)
            local.get 0          ;; 0
            i32.eqz              ;; 1
            if                   ;; 2
                i32.const 0      ;; 3
                return           ;; 4
            end                  ;; 5
            local.get 0          ;; 6
            i32.const 1          ;; 7
            i32.sub              ;; 8
            i32.const 0          ;; 9
            return_call_indirect (type $number)) ;; 10
        (func $by_reference (param i32) (result i32)
            local.get 0          ;; 0
            ref.func $odd        ;; 1
            return_call_ref $number) ;; 2
        (func $main (export "main")
            i32.const 3          ;; 0
            call $even           ;; 1
            drop                 ;; 2
            i32.const 2          ;; 3
            call $by_reference   ;; 4
            drop))               ;; 5, 6"#;
    let table = "
        even#9@2 in odd#0@2 in odd#1@2
        even#9@2 over main#2@1
        even#9@2 out main#2@1
        even#0@2 out main#2@1
        odd#10@2 in even#0@2
        odd#10@2 over main#2@1
        odd#0@2 out main#2@1
        even#2 over even#6
        odd#3 over odd#4 over main#2
        main#1 over main#2 over main#3 over main#4 over main#5
        by_reference#2@2 in odd#0@2
        by_reference#2@2 over main#5@1
        by_reference#0 out main#5
        even#9@2 +odd#6 over hit:odd#6@2 over odd#7@2 out main#2@1
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_tail_calls_of_a_function_that_the_host_has_called() {
    let wat = r#"(module
        (type $void (func))
        (table 1 funcref)
        (elem (i32.const 0) $g)
        (func $g nop)                          ;; 0, 1
        (func $f
            nop                                ;; 0
            i32.const 0                        ;; 1
            return_call_indirect (type $void)) ;; 2
        (func $main (export "main")
            nop                                ;; 0
            return_call $f)                    ;; 1
        (func $again (export "again") nop))"#;
    let table = "
        main#1 in f#0@1 over f#1 over f#2 in g#0@1 in g#1 in again#0@1
        main#1 over again#0
        main#1 out again#0
        main#0 out again#0
        f#0 out again#0
        f#2 over again#0
        f#2 out again#0
        g#0 out again#0
        main#1 +g#0 over hit:g#0 out again#0
        main#0 +f#1 out hit:f#1 out again#0
    ";
    steps(wat, table).await;
}
