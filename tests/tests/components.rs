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
            library.twice(10)
            adapter0(10)
              async.enter-sync-call(2, 0, 1)
              callee.adapter0(10)
              twice(10)
                double(10)
                double(20)
              async.exit-sync-call()
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
        frame 2: adapter0, module 2 at 0x102, instance 2
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
