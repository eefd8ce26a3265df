//! Steps in programs of several modules and instances.

use crate::stepping::table::{Program, steps, steps_of};

#[tokio::test]
async fn step_start_functions() {
    let wat = r#"(module
        (func $g nop)                  ;; 0, 1
        (func $start
            nop                        ;; 0
            call $g)                   ;; 1, 2
        (start $start)
        (func $main (export "main") nop))"#;
    let table = "
        entry in start#0@1 in start#1 in g#0@2 in g#1 in start#2 in main#0
        entry over start#0
        entry out start#0
        entry to:g#0 g#0@2 out start#2@1 out main#0@1
        start#0 out main#0
        start#1 over start#2 over main#0
        g#0 out start#2
    ";
    steps(wat, table).await;
}

/// The start function of one module is another module's; that of the other two is the host's.
#[tokio::test]
async fn step_imported_start_functions() {
    let library = r#"(module
        (func $f (export "f")
            nop                        ;; 0
            call $g)                   ;; 1, 2
        (func $g nop))"#;
    let main = r#"(module
        (import "library" "f" (func $f))
        (start $f)
        (func $main (export "main") nop))"#;
    let table = "
        entry in f#0@1 over f#1@1 in g#0@2 out f#2@1 out main#0@1
        f#0 out main#0
        g#1@2 in f#2@1
        f#1 over f#2 over main#0
    ";
    steps_of(&Program::Modules(&[("library", library), ("main", main)]), table).await;
    let main = r#"(module
        (import "host" "nop" (func $nop))
        (start $nop)
        (func $main (export "main") nop))"#;
    steps(main, "entry in main#0@1").await;
    let main = r#"(module
        (import "host" "fail" (func $fail))
        (start $fail)
        (func $main (export "main") nop))"#;
    steps(main, "entry in error:nowhere@0 in end").await;
}

/// Segments are copied by code of the engine's own, which has no frame to show.
#[tokio::test]
async fn step_into_an_instantiation_that_traps() {
    let with_functions = r#"(module
        (memory 1)
        (func $main (export "main") nop)
        (data (i32.const 70000) "x"))"#;
    steps(with_functions, "entry in trap:nowhere@0 over end\nentry go trap:nowhere go end").await;
    let without = r#"(module (memory 1) (data (i32.const 70000) "x"))"#;
    steps(without, "entry in trap:nowhere@0 over end\nentry go trap:nowhere out end").await;
}

/// What a start function calls last takes its place.
#[tokio::test]
async fn step_start_functions_that_make_tail_calls() {
    let wat = r#"(module
        (import "host" "nop" (func $nop))
        (func $g
            nop                        ;; 0
            call $h                    ;; 1
            return_call $nop)          ;; 2
        (func $h nop)                  ;; 0, 1
        (func $start return_call $g)   ;; 0
        (start $start)
        (func $main (export "main") nop))"#;
    let table = "
        entry in start#0@1 in g#0@1 in g#1 in h#0@2 in h#1 in g#2@1 in main#0@1
        start#0 over main#0
        start#0 out main#0
        h#0 out g#2 out main#0
        h#0 +main#0 go hit:main#0
        g#0 out main#0
    ";
    steps(wat, table).await;
}

/// A start function that is called like any other function too.
#[tokio::test]
async fn step_a_start_function_that_is_called_again() {
    let wat = r#"(module
        (func $start
            nop)                       ;; 0, 1
        (start $start)
        (func $main (export "main")
            call $start                ;; 0
            nop))"#;
    let table = "
        entry in start#0@1 out main#0@1 in start#0@2 out main#1@1
        main#0 over main#1
        main#0 in start#0@2 over start#1@2 over main#1@1
    ";
    steps(wat, table).await;
}

#[tokio::test]
async fn step_between_modules() {
    let library = r#"(module
        (func $f (export "f")
            nop                 ;; 0
            call $g             ;; 1
            nop)                ;; 2, 3
        (func $g (export "g") nop))"#;
    let main = r#"(module
        (import "library" "f" (func $lib_f))
        (import "library" "g" (func $lib_g))
        (func $main (export "main")
            call $lib_f         ;; 0
            call $tail          ;; 1
            nop)                ;; 2, 3
        (func $tail
            nop                 ;; 0
            return_call $lib_g))"#;
    let table = "
        main#0 in f#0@2 in f#1 in g#0@3 in g#1 in f#2 in f#3 in main#1@1
        main#0 over main#1 over main#2
        f#0 out main#1
        g#0 out f#2 out main#1
        tail#1@2 in g#0@2
        tail#1@2 over main#2@1
        tail#0 out main#2
        main#0 +g#0 over hit:g#0 out f#2
    ";
    steps_of(&Program::Modules(&[("library", library), ("main", main)]), table).await;
}

/// The two modules are equal up to the names, so that their places have the same offsets. The
/// modules of one component share the engine's table of step points.
#[tokio::test]
async fn step_in_a_component_of_twins() {
    let wat = r#"(component
        (core module $a
            (type $void (func))
            (import "" "a" (func $next (type $void)))
            (func $fa (export "f")
                nop                 ;; 0
                call $next          ;; 1
                nop))               ;; 2, 3
        (core module $b
            (type $void (func))
            (import "" "a" (func $next (type $void)))
            (func $fb (export "f")
                nop                 ;; 0
                call $next          ;; 1
                nop))               ;; 2, 3
        (core module $c
            (func $fc (export "a") nop)) ;; 0, 1
        (core instance $c (instantiate $c))
        (core instance $b (instantiate $b (with "" (instance $c))))
        (core instance $bb (export "a" (func $b "f")))
        (core instance $a (instantiate $a (with "" (instance $bb))))
        (func (export "main") (canon lift (core func $a "f"))))"#;
    let table = "
        fa#0@1 over fa#1@1 over fa#2@1 over fa#3@1 over end
        fa#0 in fa#1 in fb#0@2 in fb#1 in fc#0@3 in fc#1 in fb#2 in fb#3 in fa#2 in fa#3 in end
        fa#1 +fb#2 over hit:fb#2 over fb#3 over fa#2
        fb#0@2 out fa#2@1 out end
        fc#0 out fb#2 out fa#2 out end
        fa#0 +fb#1 +fc#0 over fa#1 over hit:fb#1 over hit:fc#0 over fc#1 over fb#2
        fa#0 to:fb#2 fb#2 to:fa#2 fa#2
        fa#0 +fb#0 +fa#1 to:fb#1 hit:fa#1 -fa#1 to:fb#1 hit:fb#0 to:fb#1 fb#1
        fb#1 over fb#2 over fb#3
    ";
    steps_of(&Program::Component(wat), table).await;
}

/// Two components that hand each other numbers: the engine puts an adapter between them.
#[tokio::test]
async fn step_across_the_adapter_between_two_components() {
    let wat = r#"(component
        (component $inner
            (core module $m (func $f (export "f") (param i32) (result i32)
                local.get 0         ;; 0
                i32.const 1         ;; 1
                i32.add))           ;; 2, 3
            (core instance $i (instantiate $m))
            (func (export "f") (param "n" u8) (result u8) (canon lift (core func $i "f"))))
        (component $outer
            (import "f" (func $f (param "n" u8) (result u8)))
            (core func $lowered (canon lower (func $f)))
            (core module $m
                (import "" "f" (func $next (param i32) (result i32)))
                (func $main (export "main")
                    i32.const 1     ;; 0
                    call $next      ;; 1
                    drop))          ;; 2, 3
            (core instance $e (export "f" (func $lowered)))
            (core instance $i (instantiate $m (with "" (instance $e))))
            (func (export "main") (canon lift (core func $i "main"))))
        (instance $a (instantiate $inner))
        (instance $b (instantiate $outer (with "f" (func $a "f"))))
        (export "main" (func $b "main")))"#;
    let table = "
        main#0 over main#1 over main#2 over main#3 over end
        main#1 over main#2
        main#0 +f#1 over main#1 over hit:f#1
        f#3 to:main#2 main#2
        main#0 out end
    ";
    steps_of(&Program::Component(wat), table).await;
}
