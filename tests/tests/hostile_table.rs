//! Runs a debugger that calls every function of the contract with bad arguments in every state.
//! Checks the answers, and that neither the debugger nor the program is harmed.
//!
//! The goldens hold the answers. A missing golden counts as an empty one, and fails.

use expect_test::{ExpectFile, expect_file};
use std::collections::BTreeSet;
use stillpoint_tests::{Finished, folder, guest, stillpoint};

/// Runs a program under the debugger in one of its modes, which has to succeed.
fn table(act: &str, invoke: &[&str]) -> Finished {
    table_of("table", act, invoke)
}

/// As [`table`], for another program.
fn table_of(program: &str, act: &str, invoke: &[&str]) -> Finished {
    let guest = guest("stillpoint-hostile-table", "wasm32-wasip2", "stillpoint_hostile_table.wasm");
    let guest = guest.display().to_string();
    let program = folder().join(format!("programs/wat/{program}.wat")).display().to_string();
    let mut line = vec!["run", "--allow", "modify", "--debugger", &guest, "--debugger-arg", act];
    let (flag, arguments) = invoke.split_at(invoke.len().min(2));
    line.extend(flag);
    line.push(&program);
    line.extend(arguments);
    let finished = stillpoint(line).run();
    let code = finished.code.unwrap_or(-1);
    let finished = finished.expect_code(code);
    assert!(finished.stderr.contains("the debugger is fine\n"), "{}", finished.stderr);
    finished
}

/// The output of the debugger, without the host's message about the program's end.
fn debugger_output(finished: &Finished) -> &str {
    finished.stderr.split_inclusive("the debugger is fine\n").next().unwrap_or_default()
}

/// Checks that the program has its own result: nothing was changed.
#[track_caller]
fn is_fine(finished: &Finished) {
    assert_eq!((finished.text().as_str(), finished.code), ("fine\n", Some(7)));
}

fn check(finished: &Finished, golden: &ExpectFile) {
    golden.assert_eq(debugger_output(finished));
}

#[test]
fn hostile_calls_at_stops_and_after_the_end() {
    let finished = table("stops", &[]);
    is_fine(&finished);
    check(&finished, &expect_file!["../goldens/table/stops.txt"]);
}

/// Up to the trap, the answers are the same as for the other program.
#[test]
fn hostile_calls_at_a_trap() {
    let finished = table("stops", &["--invoke", "trap"]);
    assert_eq!(finished.text(), "");
    let at_trap: String =
        debugger_output(&finished).split_inclusive('\n').filter(|line| line.starts_with("trap ")).collect();
    expect_file!["../goldens/table/trap.txt"].assert_eq(&at_trap);
    let untouched = stillpoint(["run", "--debugger", "none", "--invoke", "trap"]);
    let untouched = untouched.arg(folder().join("programs/wat/table.wat")).run();
    assert_eq!(finished.code, untouched.code);
}

#[test]
fn hostile_calls_after_a_detach() {
    let finished = table("detach", &[]);
    is_fine(&finished);
    check(&finished, &expect_file!["../goldens/table/detached.txt"]);
}

#[test]
fn hostile_calls_around_an_endless_run() {
    let finished = table("ends", &["--invoke", "forever"]);
    assert_eq!(finished.code, Some(1), "the debugger ended it");
    check(&finished, &expect_file!["../goldens/table/ends.txt"]);
}

#[test]
fn hostile_calls_in_a_call_of_the_host() {
    let finished = table_of("asleep", "asleep", &[]);
    assert_eq!(finished.code, Some(1), "the debugger ended it");
    check(&finished, &expect_file!["../goldens/table/asleep.txt"]);
}

/// The program sees the changes: 9 in a global, 2 more elements in a table, 10 in a field, and 4 in
/// an exception. Each adds its difference to the exit code.
#[test]
fn hostile_changes_are_those_that_were_asked_for() {
    let finished = table("change", &[]);
    assert_eq!((finished.text().as_str(), finished.code), ("mine\n", Some(25)));
    check(&finished, &expect_file!["../goldens/table/change.txt"]);
}

/// Lists of a million elements, texts of 16 MiB, a thousand tracepoints at one location.
#[test]
fn hostile_amounts_are_bounded() {
    let finished = table("heavy", &["--invoke", "often", "3"]);
    assert_eq!((finished.text().as_str(), finished.code), ("3\n", Some(0)));
    let lines = debugger_output(&finished).lines().map(|line| format!("{}\n", line.trim_start()));
    expect_file!["../goldens/table/heavy.txt"].assert_eq(&lines.collect::<String>());
}

/// Every function of the contract is called, and those that do not resume the program are called in
/// every state.
#[test]
fn hostile_calls_leave_no_function_out() {
    let world = functions_of_the_world();
    assert!(world.len() > 40 && world.contains("background.finish"), "{world:?}");
    let golden = |name: &str| {
        std::fs::read_to_string(folder().join("goldens/table").join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let all: String = ["stops.txt", "trap.txt", "detached.txt", "ends.txt", "asleep.txt"].map(golden).concat();
    let calls: BTreeSet<(&str, &str)> = all.lines().filter_map(call).collect();
    let called: BTreeSet<String> = calls.iter().map(|(_, function)| (*function).to_owned()).collect();
    assert_eq!(called, world);
    for state in ["entry", "breakpoint", "running", "exception", "trap", "exited", "detached", "killed", "asleep"] {
        // The others resume the program, or need a handle that there is not in every state.
        let resumes = |function: &&String| function.starts_with("execution.") || function.starts_with("background.");
        for function in world.iter().filter(|function| !resumes(function)) {
            assert!(calls.contains(&(state, function)), "{function} is not called in the state {state}");
        }
    }
}

/// The state and the function of a line of a golden.
fn call(line: &str) -> Option<(&str, &str)> {
    let (state, rest) = line.split_once(' ')?;
    let end = rest.find(['(', ':'])?;
    rest.contains(" -> ").then(|| (state, rest.get(..end).unwrap_or_default()))
}

/// All functions in `wit/`, as `interface.function` or `interface.resource.function`.
fn functions_of_the_world() -> BTreeSet<String> {
    let mut functions = BTreeSet::new();
    let files = std::fs::read_dir(folder().join("../wit")).expect("the folder of the contract");
    for path in files.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&path).expect("a file of the contract");
        let (mut interface, mut resource) = ("", None);
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("interface ") {
                interface = name.trim_end_matches(" {");
            } else if let Some(name) = line.strip_prefix("resource ") {
                resource = Some(name.trim_end_matches(" {"));
            } else if line == "}" {
                resource = None;
            } else if let Some((name, ty)) = line.split_once(": ")
                && ["func(", "static func(", "async func("].iter().any(|start| ty.starts_with(start))
                && !line.starts_with("export ")
            {
                let name = name.trim_start_matches('%');
                functions.insert(match resource {
                    Some(resource) => format!("{interface}.{resource}.{name}"),
                    None => format!("{interface}.{name}"),
                });
            }
        }
    }
    functions
}
