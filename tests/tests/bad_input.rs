//! Mistakes of users and of debuggers: each gets a clear message and the right exit code, and the
//! program keeps its own result.

use std::path::Path;
use stillpoint_tests::{folder, guest, program, stillpoint};

fn events() -> String {
    folder().join("programs/wat/events.wat").display().to_string()
}

fn hostile() -> String {
    guest("stillpoint-hostile", "wasm32-wasip2", "stillpoint_hostile.wasm").display().to_string()
}

/// Runs a command line that has to be refused; checks the exit code, and that the message contains
/// all of `parts`.
#[track_caller]
fn refused(line: &[&str], code: i32, parts: &[&str]) {
    let finished = stillpoint(line).run().expect_code(code);
    assert_eq!(finished.text(), "", "nothing was to run");
    for part in parts {
        assert!(finished.stderr.contains(part), "{line:?} does not say {part:?}:\n{}", finished.stderr);
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let module =
        std::fs::read(program("stillpoint-greet", "wasm32-wasip1", "stillpoint-greet.wasm")).expect("readable");
    let files = [
        ("empty.wasm", Vec::new()),
        ("truncated.wasm", module[..module.len() / 2].to_vec()),
        ("header.wasm", module[..6].to_vec()),
        ("picture.wasm", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("broken.wat", b"(module (func (export \"f\") i32.add))".to_vec()),
        ("syntax.wat", b"(module (func".to_vec()),
    ];
    let write = |(name, bytes): (&str, Vec<u8>)| {
        let path = folder.join(name);
        std::fs::write(&path, &bytes).expect("the file can be written");
        (path.display().to_string(), bytes)
    };
    files.into_iter().map(write).collect()
}

#[test]
fn bad_files_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, _) in files(folder.path()) {
        refused(&["run", &path], 1, &[&path]);
        refused(&["run", "--debugger", &path, &events()], 1, &[&path]);
        refused(&["inspect", &path], 1, &[&path]);
    }
    let missing = folder.path().join("missing.wasm").display().to_string();
    refused(&["run", &missing], 1, &[&missing, "no such file"]);
    refused(&["run", "--debugger", &missing, &events()], 1, &["--debugger", &missing]);
    let directory = folder.path().display().to_string();
    refused(&["run", &directory], 1, &[&directory, "directory"]);
}

#[test]
fn what_a_debugger_prints_is_written_over_nothing_and_not_lost_in_silence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("program.wat");
    let text = std::fs::read(events()).expect("readable");
    std::fs::write(&program, &text).expect("the file can be written");
    let program = program.display().to_string();
    refused(&["run", "--debugger-output", &program, &program], 2, &["--debugger-output", "the program itself"]);
    refused(&["run", "--debugger", &program, "--debugger-output", &program, &events()], 1, &["--debugger"]);
    assert_eq!(std::fs::read(&program).expect("readable"), text);
    if Path::new("/dev/full").exists() {
        let finished = stillpoint(["run", "--debugger-output", "/dev/full", "--invoke", "fac", &program, "5"]).run();
        assert!(finished.stderr.contains("warning: --debugger-output /dev/full: "), "{}", finished.stderr);
    }
}

#[test]
fn files_of_the_wrong_kind_say_what_they_are() {
    let command = program("stillpoint-greet", "wasm32-wasip2", "stillpoint-greet.wasm").display().to_string();
    refused(&["run", "--debugger", &command, &events()], 1, &["--debugger", &command]);
    refused(&["run", "--debugger", &events(), &events()], 1, &["--debugger", "component"]);
    refused(&["run", &hostile()], 1, &["debugger"]);
    refused(&["run", "--debugger", "trasce", &events()], 2, &["--debugger trasce", "trace", "count"]);
}

#[test]
fn a_debugger_that_imports_something_unknown_is_refused_before_it_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("strange.wat");
    let text = r#"(component
        (import "stillpoint:debugger/telepathy@0.1.0" (instance (export "read-mind" (func))))
        (import "acme:things/rockets@1.0.0" (instance (export "launch" (func)))))"#;
    std::fs::write(&path, text).expect("the file can be written");
    let path = path.display().to_string();
    refused(&["run", "--debugger", &path, &events()], 1, &[&path]);
}

#[test]
fn a_right_that_was_not_granted_is_refused_with_the_flag_to_type() {
    refused(&["run", "--debugger", "count", "--deny", "inspect"], 2, &["--deny inspect", "count"]);
    let modifies = guest("stillpoint-hostile-table", "wasm32-wasip2", "stillpoint_hostile_table.wasm");
    refused(&["run", "--debugger", &modifies.display().to_string()], 2, &["modify", "--allow modify"]);
    refused(&["run", "--allow", "modify", "--deny", "modify"], 2, &["--deny modify", "--allow"]);
    refused(&["run", "--deny", "flying"], 2, &["--deny", "control, inspect, modify and messages"]);
}

#[test]
fn wrong_flags_are_usage_errors() {
    refused(&["run", "--invoke", "nothing", &events()], 2, &["nothing", "fac"]);
    refused(&["run", "--invoke", "fac", &events(), "x"], 2, &["x", "i64"]);
    refused(&["run", "--invoke", "fac", &events()], 2, &["fac"]);
    refused(&["run", "--invoke", "fac", &events(), "1", "2"], 2, &["fac"]);
    refused(&["run", "--allow", "everything"], 2, &["--allow", "listen=ADDR"]);
    refused(&["run", "--bogus"], 2, &["--bogus"]);
    refused(&["run", "--debugger", "none", "--debugger-arg", "x"], 2, &["--debugger-arg"]);
    refused(&["run", "--debugger", "none", "--on-failure", "kill"], 2, &["--on-failure"]);
    refused(&["run", "--on-failure", "pause"], 2, &["--on-failure", "detach", "kill"]);
    refused(&["run", "--debugger-output", "/no/such/folder/file", &events()], 1, &["--debugger-output"]);
}

#[test]
fn a_debugger_with_wrong_arguments_does_not_harm_the_program() {
    let line = ["run", "--debugger-arg", "--sideways", "--invoke", "fac", &events(), "5"];
    let finished = stillpoint(line).run().expect_code(0);
    assert_eq!(finished.text(), "120\n");
    assert!(finished.stderr.contains("--sideways") && finished.stderr.contains("the program goes on without it"));
}

/// The user chooses what happens to the program when its debugger fails: it goes on, or it is
/// ended.
#[test]
fn on_failure_says_what_becomes_of_the_program() {
    let (hostile, events) = (hostile(), events());
    let run = |policy: &[&str], act: &str, call: &[&str]| {
        let line = ["run", "--debugger", &hostile, "--debugger-arg", act].into_iter().chain(policy.iter().copied());
        let (function, arguments) = call.split_first().expect("a function");
        let program = ["--invoke", function, &events].into_iter().chain(arguments.iter().copied());
        stillpoint(line.chain(program)).run()
    };
    for policy in [&[][..], &["--on-failure", "detach"]] {
        let finished = run(policy, "error", &["fac", "5"]).expect_code(0);
        assert_eq!(finished.text(), "120\n");
        assert!(finished.stderr.contains("; the program goes on without it\n"), "{}", finished.stderr);
    }
    let kill = ["--on-failure", "kill"];
    for (act, call) in [("error", &["fac", "5"][..]), ("panic-paused", &["fac", "5"]), ("panic-running", &["forever"])]
    {
        let finished = run(&kill, act, call).expect_code(1);
        assert_eq!(finished.text(), "", "{act}");
        for part in ["; the program is ended\n", "failed: it was ended because its debugger failed\n"] {
            assert!(finished.stderr.contains(part), "{act}:\n{}", finished.stderr);
        }
    }
    // A debugger that returns early has not failed.
    assert_eq!(run(&kill, "leave", &["fac", "5"]).expect_code(0).text(), "120\n");
}

/// Whatever the debugger does, the program keeps its own result.
#[test]
fn hostile_debuggers_do_not_change_the_program() {
    let hostile = hostile();
    for (act, said) in [
        ("panic", "on purpose"),
        ("error", "an error on purpose"),
        ("leave", ""),
        ("allocate", "memory"),
        ("panic-paused", "on purpose"),
        ("panic-running", "on purpose"),
        ("exit", "exit code 1"),
        ("print", "to report\n"),
        ("print", "to standard output\nto standard error\n"),
    ] {
        let line = ["run", "--debugger", &hostile, "--debugger-arg", act, "--invoke", "fac", &events(), "5"];
        let finished = stillpoint(line).run().expect_code(0);
        assert_eq!(finished.text(), "120\n", "{act}");
        assert!(finished.stderr.contains(said), "{act}:\n{}", finished.stderr);
    }
}

#[test]
fn a_debugger_sees_nothing_of_the_machine() {
    let line = ["run", "--debugger", &hostile(), "--debugger-arg", "snoop", "--invoke", "fac", &events(), "5"];
    let finished = stillpoint(line).env("SECRET", "x").run().expect_code(0);
    assert_eq!(finished.stderr, "variables 0, root false, socket refused, seconds Ok(0)\n");
    let line = ["run", "--debugger", &hostile(), "--debugger-arg", "snoop", "--allow", "env=SECRET"];
    let line = line.into_iter().chain(["--allow", "listen=127.0.0.1:0", "--invoke", "fac"]);
    let events = events();
    let finished = stillpoint(line.chain([events.as_str(), "5"])).env("SECRET", "x").run().expect_code(0);
    assert_eq!(finished.stderr, "variables 1, root false, socket bound, seconds Ok(0)\n");
}

#[test]
fn a_debugger_can_end_the_program() {
    let line = ["run", "--debugger", &hostile(), "--debugger-arg", "kill", "--invoke", "fac", &events(), "5"];
    let finished = stillpoint(line).run().expect_code(1);
    assert_eq!(finished.text(), "");
    assert!(finished.stderr.contains("the debugger ended it"), "{}", finished.stderr);
}

/// Invalid watchpoints get an error with a text; a valid one hits, and the program keeps its own
/// result.
#[test]
fn watchpoints_are_answered_and_hit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("store.wat");
    let text = r#"(module (memory 1) (func (export "store") (param i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 8) (i32.const 0)) (local.get 0)))"#;
    std::fs::write(&program, text).expect("a file");
    let program = program.display().to_string();
    let line = ["run", "--debugger", &hostile(), "--debugger-arg", "watch", "--invoke", "store", &program, "772"];
    let finished = stillpoint(line).run().expect_code(0);
    assert_eq!(finished.text(), "772\n");
    expect_test::expect![[r#"
        there is no instance 0
        there is no instance 4294967295
        the instance has no memory 4294967295
        the watchpoint is wrong: the range has no bytes
        past the end: the size is 4294967296
        too large: the host accepts 1048576
        the watchpoint is wrong: no access to watch for
        the instance has no global 4294967295
        there is no watchpoint 7
        watchpoint 1: write of 4 bytes at 0x8: 00 00 -> 03 00
        exit: returned (772)
        the program has ended
    "#]]
    .assert_eq(&finished.stderr);
}

/// Polls the program and a timer together. The program is an endless loop, so the timer is ready
/// first.
#[test]
fn a_debugger_can_wait_for_the_program_and_a_timer_at_once() {
    let line = ["run", "--debugger", &hostile(), "--debugger-arg", "race", "--invoke", "forever", &events()];
    let running = stillpoint(line).start();
    let said = running.wait_for_stderr("interrupt");
    assert!(said.contains("ready: [1], wrong state: true\n"), "{said}");
    running.interrupt();
    running.wait().expect_code(130);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_program_and_the_debugger() {
    let hostile = hostile();
    for debugger in
        [&["--debugger", "none"][..], &["--debugger", "trace"], &["--debugger", &hostile, "--debugger-arg", "loop"]]
    {
        let events = events();
        let line = ["run"].iter().chain(debugger).copied().chain(["--invoke", "forever", &events]);
        let running = stillpoint(line).env("STILLPOINT_LOG", "debug").start();
        // The log says when the program has started.
        running.wait_for_stderr("starting");
        running.interrupt();
        running.wait().expect_code(130);
    }
}
