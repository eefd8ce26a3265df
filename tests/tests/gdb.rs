//! `stillpoint gdb` without a client: its flags, its rights and its messages.

use stillpoint_tests::{Running, folder, guest, stillpoint};

/// An endless loop: whatever the debugger does, the program runs until Ctrl-C ends it.
const FOREVER: [&str; 2] = ["--invoke", "forever"];

fn events() -> String {
    folder().join("programs/wat/events.wat").display().to_string()
}

/// Starts a command line and waits until it says where it listens; returns the process and its
/// message.
fn waiting(line: &[&str]) -> (Running, String) {
    let running = stillpoint(line.iter().copied().chain(FOREVER)).arg(events()).start();
    let said = running.wait_for_stderr("process connect --plugin wasm connect://");
    (running, said)
}

/// As [`waiting`], and then ends the process.
fn said(line: &[&str]) -> String {
    let (running, said) = waiting(line);
    running.interrupt();
    running.wait().expect_code(130);
    said
}

#[test]
fn help_names_the_line_to_type() {
    let finished = stillpoint(["gdb", "--help"]).run().expect_code(0);
    for part in [
        "lldb -o 'process connect --plugin wasm connect://127.0.0.1:1234'",
        "LLDB 22 or newer",
        "--listen <ADDR>",
        "[default: 127.0.0.1:1234]",
        "--on-failure",
    ] {
        assert!(finished.text().contains(part), "{part}:\n{}", finished.text());
    }
    let all = stillpoint(["--help"]).run().expect_code(0);
    assert!(all.text().contains("stillpoint gdb hello.wasm"), "{}", all.text());
    let debuggers = stillpoint(["debuggers"]).run().expect_code(0);
    assert!(debuggers.text().contains("\ngdb "), "{}", debuggers.text());
}

#[test]
fn wrong_flags_are_usage_errors() {
    let events = events();
    for (line, parts) in [
        (&["gdb", "--listen", "nowhere", &events][..], &["--listen", "nowhere", "IP:PORT"][..]),
        (&["gdb", "--listen", "127.0.0.1", &events], &["--listen", "IP:PORT"]),
        (&["gdb", "--listen", "70000", &events], &["--listen", "PORT for 127.0.0.1"]),
        (&["gdb", "--once=maybe", &events], &["--once", "true, false"]),
        (&["gdb", "--exceptions", "some", &events], &["--exceptions", "uncaught, all, none"]),
        (&["gdb", "--on-failure", "pause", &events], &["--on-failure", "detach, fail, kill"]),
        (&["--listen=1234", "run", &events], &["--listen before the command", "gdb"]),
        (&["--listen=1234", "gdb", "--listen", "5", &events], &["--listen is given twice"]),
        (&["--listen=nowhere", "gdb", &events], &["--listen", "nowhere", "IP:PORT"]),
        (&["run", "--debugger", "gdb", "--deny", "modify", &events], &["--deny modify", "gdb"]),
    ] {
        let finished = stillpoint(line).run().expect_code(2);
        assert_eq!(finished.text(), "", "nothing was to run");
        for part in parts {
            assert!(finished.stderr.contains(part), "{line:?} does not say {part:?}:\n{}", finished.stderr);
        }
    }
}

/// The message holds the port that the system has chosen.
#[test]
fn a_loopback_address_needs_no_more_than_its_name() {
    for line in [
        &["gdb", "--listen", "0"][..],
        &["run", "--debugger", "gdb", "--debugger-arg", "127.0.0.1:0"],
        &["run", "--debugger", "gdb", "--debugger-arg", "127.0.0.1:0", "--allow", "env=HOME"],
    ] {
        let said = said(line);
        let (_, rest) = said.split_once("gdb: waiting for LLDB at 127.0.0.1:").expect("it says where it waits");
        let (port, rest) = rest.split_once(';').expect("it says what to type");
        assert_ne!(port.parse::<u16>(), Ok(0), "{said}");
        let typed = format!("\n  lldb -o 'process connect --plugin wasm connect://127.0.0.1:{port}'");
        assert!(rest.contains(&typed), "{said}");
        assert!(!said.contains("warning"), "{said}");
    }
}

#[test]
fn an_address_that_others_reach_brings_a_warning() {
    for line in [
        &["gdb", "--listen", "0.0.0.0:0"][..],
        &["run", "--debugger", "gdb", "--debugger-arg", "0.0.0.0:0", "--allow", "listen=0.0.0.0:0"],
    ] {
        let said = said(line);
        let warning =
            "warning: gdb may listen on 0.0.0.0:0: anyone who reaches this port can read and change the program";
        assert_eq!(said.lines().next(), Some(warning), "{said}");
    }
}

/// Such an address needs a grant, which a debugger's argument is not. Without one nothing of the
/// program runs: somebody who wants to debug a program does not want it to run undebugged.
#[test]
fn an_address_that_others_reach_has_to_be_allowed() {
    let line = ["run", "--debugger", "gdb", "--debugger-arg", "0.0.0.0:0", "--invoke", "fac"];
    let finished = stillpoint(line).arg(events()).arg("5").run().expect_code(1);
    assert_eq!(finished.text(), "");
    assert!(finished.stderr.contains("nothing of the program has run"), "{}", finished.stderr);
    let failure = "gdb: the debugger failed: ";
    assert!(finished.stderr.starts_with(failure) && finished.stderr.contains("0.0.0.0:0"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("warning"), "{}", finished.stderr);
}

/// The grants of the built-in debugger do not depend on its name or bytes: a copy in a file of the
/// same name gets the default.
#[test]
fn a_file_gets_nothing_by_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let component = guest("stillpoint-gdb", "wasm32-wasip2", "stillpoint_gdb.wasm");
    std::fs::copy(component, folder.path().join("gdb")).expect("the file can be copied");
    let run = |allow: &[&str]| {
        let line = ["run", "--debugger", "./gdb", "--debugger-arg", "127.0.0.1:0"];
        let line = line.iter().chain(allow).copied().chain(["--invoke", "fac"]);
        stillpoint(line).arg(events()).arg("5").in_folder(folder.path()).run()
    };
    let finished = run(&[]).expect_code(2);
    assert!(finished.stderr.contains("`--allow modify` grants it"), "{}", finished.stderr);
    let finished = run(&["--allow", "modify"]).expect_code(1);
    assert_eq!(finished.text(), "");
    assert!(finished.stderr.starts_with("./gdb: the debugger failed: "), "{}", finished.stderr);
    assert!(!finished.stderr.contains("waiting"), "{}", finished.stderr);
}

/// Two debuggers want the same port: the second cannot listen, and its program does not run.
#[test]
fn a_port_that_is_taken_is_an_error() {
    let (first, said) = waiting(&["gdb", "--listen", "0"]);
    let (_, rest) = said.split_once("LLDB at ").expect("it says where it waits");
    let (address, _) = rest.split_once(';').expect("it says what to type");
    for policy in ["detach", "kill"] {
        let line = ["gdb", "--listen", address, "--on-failure", policy, "--invoke", "fac"];
        let finished = stillpoint(line).arg(events()).arg("5").run().expect_code(1);
        assert_eq!(finished.text(), "", "{policy}");
        assert!(finished.stderr.contains(address), "{}", finished.stderr);
    }
    first.interrupt();
    first.wait().expect_code(130);
}

/// LLDB gives up after five seconds; nobody else knows of the port.
#[test]
fn report_lldb_that_has_started_us_and_does_not_come_leaves_nothing_behind() {
    let finished = stillpoint(["--listen=0", "gdb", "--invoke", "fac"]).arg(events()).arg("5").run().expect_code(1);
    assert_eq!(finished.text(), "");
    assert!(finished.stderr.contains("LLDB has started this and has not come"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("type in another terminal"), "{}", finished.stderr);
}
