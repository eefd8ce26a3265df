//! One debugger in four languages: `guest-debuggers/examples`. All of them print the same.

use expect_test::expect_file;
use std::path::{Path, PathBuf};
use stillpoint_tests::{c_debugger, folder, javascript_debugger, python_debugger, rust_debugger, stillpoint};

/// Runs a debugger over the same program; returns what it prints, and what the host says.
fn run(debugger: &Path, arguments: &[&str]) -> (String, String) {
    let printed = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut command = stillpoint(["run", "--debugger"]).arg(debugger).arg("--debugger-output").arg(printed.path());
    for argument in arguments {
        command = command.arg(format!("--debugger-arg={argument}"));
    }
    let finished = command.arg(folder().join("programs/wat/visits.wat")).run().expect_code(0);
    (std::fs::read_to_string(printed.path()).expect("the debugger's output is text"), finished.stderr)
}

/// Checks a debugger; does nothing if its language's tools are missing.
fn check(debugger: Option<PathBuf>) {
    let Some(debugger) = debugger else { return };
    let (printed, said) = run(&debugger, &["visit"]);
    expect_file!["../goldens/visits.txt"].assert_eq(&printed);
    assert_eq!(said, "");

    // An error of the host that is not handled, and one of the debugger's own.
    let ends: [(&[&str], &str); 2] =
        [(&["--fail"], "there is no module 99"), (&[], "it takes one argument, a part of the names of functions")];
    for (arguments, reason) in ends {
        let name = debugger.display();
        let line = format!("{name}: the debugger failed: {reason}; the program goes on without it\n");
        assert_eq!(run(&debugger, arguments), (String::new(), line));
    }
}

#[test]
fn a_debugger_in_rust() {
    check(Some(rust_debugger()));
}

#[test]
fn a_debugger_in_python() {
    check(python_debugger());
}

#[test]
fn a_debugger_in_javascript() {
    check(javascript_debugger());
}

#[test]
fn a_debugger_in_c() {
    check(c_debugger());
}
