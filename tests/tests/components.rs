//! Programs that are components, as the built-in debuggers show them.

use expect_test::expect;
use stillpoint_tests::{Finished, folder, stillpoint};

/// Runs `composed.wat`, a command composed of two components, under a debugger.
fn composed(debugger: &str, arguments: &[&str]) -> Finished {
    let program = folder().join("programs/wat/composed.wat").display().to_string();
    let arguments = arguments.iter().map(|argument| format!("--debugger-arg={argument}"));
    let line = ["run".to_owned(), format!("--debugger={debugger}")].into_iter().chain(arguments);
    stillpoint(line.chain([program])).run().expect_code(0)
}

#[test]
fn component_calls_another_in_one_trace() {
    expect![[r#"
        run()
          answer(10)
            twice(10)
              double(10)
              double(20)
        exit: returned
    "#]]
    .assert_eq(&composed("trace", &[]).stderr);
}

#[test]
fn component_calls_another_in_one_backtrace() {
    let said = composed("state", &["--at", "double"]).stderr;
    let frames: String =
        said.lines().filter(|line| line.starts_with("frame ")).map(|line| format!("{line}\n")).collect();
    expect![[r#"
        frame 0: double, module 0 at 0x25, instance 1
        frame 1: twice, module 0 at 0x31, instance 1
        frame 2: adapter0, module 2 at 0x102, instance 2, made by the host to adapt calls between components
        frame 3: answer, module 1 at 0x3e, instance 3
        frame 4: run, module 1 at 0x48, instance 3
    "#]]
    .assert_eq(&frames);
}

#[test]
fn component_instances_are_told_apart() {
    let said = composed("state", &["--at", "double"]).stderr;
    let tree: String =
        said.lines().skip_while(|line| !line.starts_with("component")).map(|line| format!("{line}\n")).collect();
    expect![[r#"
        component: without a name
          wasi:cli/run@0.2.0#run: function 2 of instance 3
        component inside 0: library
          instance 1: arithmetic of module arithmetic
          twice: function 1 of instance 1
        component inside 0: app
          instance 3: main of module main
          wasi:cli/run@0.2.0#run: function 2 of instance 3
    "#]]
    .assert_eq(&tree);
}

/// Runs a command in text form under `trace`.
fn traced(text: &str, arguments: &[&str]) -> Finished {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("program.wat");
    std::fs::write(&path, text).expect("the file can be written");
    let arguments = arguments.iter().map(|argument| format!("--debugger-arg={argument}"));
    stillpoint(["run".to_owned()].into_iter().chain(arguments).chain([path.display().to_string()])).run()
}

/// A call from one instance to another has one line, however the function gets there: directly,
/// through an instance that only hands it on, or from another component. A call of the host has one
/// too.
#[test]
fn report_trace_has_one_line_for_each_call_between_instances() {
    let text = r#"(component
        (import "wasi:random/random@0.2.0" (instance $random (export "get-random-u64" (func (result u64)))))
        (core module $lib (func $help (export "help") (param i32) (result i32) (local.get 0)))
        (core module $facade (import "lib" "help" (func $h (param i32) (result i32))) (export "aid" (func $h)))
        (core module $main
          (import "env" "aid" (func $aid (param i32) (result i32)))
          (import "env" "help" (func $help (param i32) (result i32)))
          (import "env" "random" (func $random (result i64)))
          (func $run (export "run") (result i32)
            (drop (call $aid (i32.const 1))) (drop (call $help (i32.const 2))) (drop (call $random)) (i32.const 0)))
        (core instance $lib (instantiate $lib))
        (core instance $facade (instantiate $facade (with "lib" (instance $lib))))
        (alias export $random "get-random-u64" (func $r))
        (core func $random (canon lower (func $r)))
        (core instance $main (instantiate $main (with "env" (instance
          (export "aid" (func $facade "aid")) (export "help" (func $lib "help")) (export "random" (func $random))))))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))"#;
    expect![[r#"
        run()
          help(1)
          help(2)
          env.random()
        exit: returned
    "#]]
    .assert_eq(&traced(text, &[]).expect_code(0).stderr);
    // What has no line where it begins has one where it is called.
    expect![[r#"
          env.aid(1)
        exit: returned
    "#]]
    .assert_eq(&traced(text, &["--only=aid$"]).expect_code(0).stderr);
}

/// Adapters between components are not the program's, for no debugger.
#[test]
fn report_adapters_are_not_the_programs() {
    let counted = composed("count", &[]).stderr;
    assert!(counted.ends_with("    5  in all, 4 functions\n") && !counted.contains("adapter"), "{counted}");
    let instructions = composed("trace", &["--instructions"]).stderr;
    assert!(instructions.contains("\ntwice (arithmetic)\n") && !instructions.contains("adapter"), "{instructions}");
}

/// Two components with functions of the same names, in modules of the same name.
#[test]
fn report_names_are_told_apart_across_modules() {
    let text = r#"(component
        (component $c
          (core module $main
            (func $work (result i32) (i32.const 0))
            (func $run (export "run") (result i32) (call $work)))
          (core instance $main (instantiate $main))
          (func (export "run") (result u32) (canon lift (core func $main "run"))))
        (component $d
          (import "run" (func $run (result u32)))
          (core func $lowered (canon lower (func $run)))
          (core module $main
            (import "c" "run" (func $c (result i32)))
            (func $work (result i32) (call $c))
            (func $begin (export "run") (result i32) (call $work)))
          (core instance $main (instantiate $main (with "c" (instance (export "run" (func $lowered))))))
          (func $r (result (result)) (canon lift (core func $main "run")))
          (instance (export "wasi:cli/run@0.2.0") (export "run" (func $r))))
        (instance $c (instantiate $c))
        (instance $d (instantiate $d (with "run" (func $c "run"))))
        (export "wasi:cli/run@0.2.0" (instance $d "wasi:cli/run@0.2.0")))"#;
    expect![[r#"
        begin()
          work (main[1])()
            run()
              work (main)()
        exit: returned
    "#]]
    .assert_eq(&traced(text, &[]).expect_code(0).stderr);
}

/// The offset in a backtrace is one in the module, as everywhere else, also if a component contains
/// the module.
#[test]
fn report_offsets_in_a_backtrace_are_those_of_the_module() {
    let text = r#"(component
        (core module $first (func (export "nothing")))
        (core module $main (func $fall (unreachable)) (func $run (export "run") (result i32) (call $fall) (i32.const 0)))
        (core instance $main (instantiate $main))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))"#;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("program.wat");
    std::fs::write(&path, text).expect("the file can be written");
    let traced = traced(text, &[]).expect_code(134).stderr;
    let offset =
        traced.lines().find_map(|line| line.strip_prefix("trap: wasm `unreachable` instruction executed, in fall"));
    let offset = offset.expect("the trap is traced").trim().to_owned();
    for debugger in ["none", "count"] {
        let line = ["run", "--debugger", debugger, &path.display().to_string()].map(str::to_owned);
        let message = stillpoint(line).run().expect_code(134).stderr;
        let frame = message.lines().find(|line| line.contains("  0: fall")).expect("the backtrace has it");
        assert!(frame.ends_with(&format!(" {offset}")), "{debugger}: {frame}, not {offset}");
    }
}
