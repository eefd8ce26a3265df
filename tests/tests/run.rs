//! Programs under the built-in debuggers, and without one.

use expect_test::expect;
use stillpoint_tests::{c_program, folder, program, resvg, stillpoint, unoptimized_c_program, written};

fn events() -> String {
    folder().join("programs/wat/events.wat").display().to_string()
}

fn greet(target: &str) -> String {
    program("stillpoint-greet", target, "stillpoint-greet.wasm").display().to_string()
}

const TARGETS: [&str; 2] = ["wasm32-wasip1", "wasm32-wasip2"];

#[test]
fn the_demo_is_traced() {
    let finished = stillpoint(["run"]).run().expect_code(0);
    assert!(finished.text().ends_with("7.  A      B      C 321\n"), "{}", finished.text());
    let moves = finished.stderr.matches("demo::move_disc(").count();
    assert_eq!(moves, 7, "{}", finished.stderr);
    assert!(finished.stderr.contains("\n          demo::solve(") && finished.stderr.ends_with("exit: returned\n"));
}

#[test]
fn trace_indents_calls_and_shows_arguments() {
    let finished = stillpoint(["run", "--invoke", "fac", &events(), "3"]).run().expect_code(0);
    assert_eq!(finished.text(), "6\n");
    expect![[r#"
        fac(3)
          fac(2)
            fac(1)
              fac(0)
        exit: returned (6)
    "#]]
    .assert_eq(&finished.stderr);
}

#[test]
fn trace_shows_traps_and_exceptions() {
    let finished = stillpoint(["run", "--invoke", "divide", &events(), "1", "0"]).run().expect_code(134);
    let (trace, message) = finished.stderr.split_once("error: ").expect("there is a message");
    expect![[r#"
        divide(1, 0)
        trap: integer divide by zero, in divide at 0xa0
        exit: failed: integer divide by zero
    "#]]
    .assert_eq(trace);
    assert!(message.contains("events.wat trapped: integer divide by zero\n"), "{message}");

    let caught = stillpoint(["run", "--invoke", "catcher", &events(), "7"]).run().expect_code(0);
    assert_eq!(caught.text(), "7\n");
    expect![[r#"
        catcher(7)
          thrower(7)
        exception oops (caught): (7), in thrower at 0xa6
        exit: returned (7)
    "#]]
    .assert_eq(&caught.stderr);

    let uncaught = stillpoint(["run", "--invoke", "uncaught", &events()]).run().expect_code(1);
    assert!(uncaught.stderr.contains("exception oops (uncaught): (9)"), "{}", uncaught.stderr);
}

#[test]
fn trace_shows_instructions_and_operands() {
    let line = ["run", "--debugger-arg", "--instructions", "--invoke", "divide", &events(), "7", "2"];
    let finished = stillpoint(line).run().expect_code(0);
    assert_eq!(finished.text(), "3\n");
    expect![[r#"
        divide
          0x00009c  local.get 0                           []
          0x00009e  local.get 1                           [7]
          0x0000a0  i32.div_s                             [7, 2]
          0x0000a1  end                                   [3]
        exit: returned (3)
    "#]]
    .assert_eq(&finished.stderr);
}

#[test]
fn trace_keeps_to_its_limit_and_the_program_goes_on() {
    let line = ["run", "--debugger-arg=--limit", "--debugger-arg=2", "--invoke", "fac", &events(), "10"];
    let finished = stillpoint(line).run().expect_code(0);
    assert_eq!(finished.text(), "3628800\n");
    assert!(finished.stderr.starts_with("fac(10)\n  fac(9)\ntrace: 2 lines printed"), "{}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 3);
}

#[test]
fn count_makes_a_table() {
    let finished = stillpoint(["run", "--debugger", "count", "--invoke", "fac", &events(), "20"]).run().expect_code(0);
    assert_eq!(finished.text(), "2432902008176640000\n");
    assert!(finished.stderr.contains("\n   21  fac"), "{}", finished.stderr);
}

#[test]
fn a_program_is_given_what_it_would_have_without_us() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("note.txt"), "from a file").expect("the file can be written");
    for target in TARGETS {
        for debugger in ["none", "count"] {
            let program = greet(target);
            let line = ["run", "--debugger", debugger, "--dir", ".::/here", "--env", "GREETING=Good day"];
            let rest = [program.as_str(), "Ann", "Bob", "--file", "/here/note.txt", "--stdin", "--exit", "5"];
            let line = line.into_iter().chain(rest);
            let finished = stillpoint(line).in_folder(folder.path()).input("from the input").run();
            // A component's exit code only says success or failure.
            let finished = finished.expect_code(if target == "wasm32-wasip2" { 1 } else { 5 });
            for part in ["Good day, Ann", "Good day, Bob", "from a file", "stdin: 12 letters"] {
                assert!(finished.text().contains(part), "{target} {debugger}: {part}\n{}", finished.text());
            }
        }
    }
}

#[test]
fn a_program_that_traps_does_so_under_a_debugger_as_well() {
    for target in TARGETS {
        for debugger in ["none", "trace"] {
            let finished = stillpoint(["run", "--debugger", debugger, &greet(target), "--trap"]).run().expect_code(134);
            assert!(finished.stderr.contains("greet.wasm trapped: "), "{}", finished.stderr);
        }
    }
}

#[test]
fn a_c_program_is_counted() {
    let Some(program) = c_program("primes") else { return };
    let finished = stillpoint(["run", "--debugger", "count", &program.display().to_string()]).run().expect_code(10);
    assert!(finished.text().starts_with("2 3 5 7 11 13 17 19 23 29"), "{}", finished.text());
    assert!(finished.stderr.contains("   10  mark "), "{}", finished.stderr);
}

#[test]
fn a_real_program_renders_the_same_picture_under_count() {
    let Some(program) = resvg() else { return };
    let program = program.canonicalize().expect("the program has a path").display().to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::copy(stillpoint_tests::folder().join("programs/picture.svg"), folder.path().join("in.svg"))
        .expect("the picture can be copied");
    let mut pictures = Vec::new();
    for debugger in ["none", "count"] {
        let line = ["run", "--debugger", debugger, "--dir", ".", &program, "in.svg", "out.png"];
        let finished = stillpoint(line).in_folder(folder.path()).run().expect_code(0);
        assert_eq!(finished.stderr.contains("tiny_skia"), debugger == "count", "{}", finished.stderr);
        pictures.push(std::fs::read(folder.path().join("out.png")).expect("there is a picture"));
    }
    assert!(pictures[0].starts_with(b"\x89PNG"));
    assert!(pictures[0] == pictures[1], "the pictures differ");
}

#[test]
fn invoked_functions_take_and_give_typed_values() {
    let line = ["run", "--debugger", "none", "--invoke", "numbers", &events(), "1.5", "-2e10"];
    assert_eq!(stillpoint(line).run().expect_code(0).text(), "-20000000000\n1.5\n");
}

#[test]
fn what_debuggers_say_can_go_to_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("said.txt");
    let name = file.display().to_string();
    let line = ["run", "--debugger-output", &name, "--invoke", "fac", &events(), "1"];
    let finished = stillpoint(line).run().expect_code(0);
    assert_eq!(finished.stderr, "");
    assert_eq!(std::fs::read_to_string(file).expect("the file is there"), "fac(1)\n  fac(0)\nexit: returned (1)\n");
}

#[test]
fn the_log_tells_what_the_host_does() {
    let line = ["run", "--invoke", "fac", &events(), "1"];
    let finished = stillpoint(line).env("STILLPOINT_LOG", "debug").run().expect_code(0);
    assert!(finished.stderr.contains("debugger compiled and linked"), "{}", finished.stderr);
}

/// Functions that have the same name, or an empty one, in a module that has an empty one.
#[test]
fn report_b15_b17_names_that_are_no_use() {
    let (_folder, path) = written(
        r#"(module (@name "") (func $a (@name "work") (call $b)) (func $b (@name "work"))
            (func $c (@name "")) (func (@name "work") (export "_start") (call $a) (call $b) (call $c)))"#,
    );
    let traced = |arguments: &[&str]| {
        let arguments = arguments.iter().map(|argument| format!("--debugger-arg={argument}"));
        stillpoint(["run".to_owned()].into_iter().chain(arguments).chain([path.clone()])).run().expect_code(0).stderr
    };
    expect![[r#"
        work[3]()
          work[0]()
            work[1]()
          work[1]()
          func[2]()
        exit: returned
    "#]]
    .assert_eq(&traced(&[]));
    assert_eq!(traced(&[r"--only=work\[0\]"]), "  work[0]()\nexit: returned\n");
    let counted = stillpoint(["run", "--debugger", "count", &path]).run().expect_code(0).stderr;
    expect![[r#"
        count  function  module
            2  work[1]   module[0]
            1  func[2]   module[0]
            1  work[0]   module[0]
            1  work[3]   module[0]
            5  in all, 4 functions
    "#]]
    .assert_eq(&counted);
    let (_folder, path) = written(r#"(module (@name "") (func (@name "") (export "_start") unreachable))"#);
    let trapped = stillpoint(["run", "--debugger", "none", &path]).run().expect_code(134).stderr;
    assert!(
        trapped.ends_with("\n    0: _start at 0x25\n") || trapped.contains("\n    0: <function 0> at "),
        "{trapped}"
    );
}

/// A module without functions of its own: nobody has given a flag that could be wrong.
#[test]
fn report_b46b_a_module_that_only_hands_on() {
    let (_folder, path) = written(
        r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
            (memory (export "memory") 1) (export "yield" (func $y)))"#,
    );
    let under = |debugger: &str, arguments: &[&str]| {
        let line = ["run", "--debugger", debugger].into_iter().map(str::to_owned);
        let arguments = arguments.iter().map(|argument| format!("--debugger-arg={argument}"));
        let rest = ["--invoke", "yield", &path].map(str::to_owned);
        // A function of WASI 0.1 cannot be called without a program that has the memory.
        let said = stillpoint(line.chain(arguments).chain(rest)).run().expect_code(1).stderr;
        said.split("error: ").next().unwrap_or_default().to_owned()
    };
    assert_eq!(under("trace", &[]), "exit: failed: missing required memory export\n");
    assert_eq!(under("trace", &["--instructions"]), "exit: failed: missing required memory export\n");
    assert_eq!(under("count", &[]), "count  function  module\n    0  in all, 0 functions\n");
    for debugger in ["trace", "count"] {
        let said = under(debugger, &["--only=x"]);
        assert!(said.contains("--only: no function of the program has a name that matches \"x\""), "{said}");
    }
}

#[test]
fn report_b05_exceptions_have_the_names_of_their_tags() {
    let (_folder, path) = written(
        r#"(module (tag $boom (param i32)) (tag (export "bang")) (tag)
            (func $throw (param i32)
                (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $boom (i32.const 7))))
                (if (i32.eq (local.get 0) (i32.const 1)) (then (throw 1)))
                (throw 2))
            (func $catch (param i32) (block $caught (try_table (catch_all $caught) (call $throw (local.get 0)))))
            (func (export "_start") (call $catch (i32.const 0)) (call $catch (i32.const 1)) (call $catch (i32.const 2))))"#,
    );
    let traced = stillpoint(["run", "--debugger-arg=--only=_start", &path]).run().expect_code(0).stderr;
    let said: Vec<&str> = traced.lines().filter_map(|line| Some(line.split_once(", in ")?.0)).collect();
    assert_eq!(said, ["exception boom (caught): (7)", "exception bang (caught): ()", "exception (caught): ()"]);
}

/// The backtrace of a stack overflow has both ends, and says how much is between them, with and
/// without a debugger, also one that is not there any more.
#[test]
fn report_b29_a_deep_stack_is_shown_from_both_ends() {
    let (_folder, path) = written(
        r#"(module (func $f (param $n i32) (result i32)
                (i32.add (i32.const 1) (call $f (i32.add (local.get $n) (i32.const 1)))))
            (func $first (drop (call $f (i32.const 0))))
            (func (export "_start") (call $first)))"#,
    );
    for debugger in ["none", "count", "state"] {
        let said = stillpoint(["run", "--debugger", debugger, &path]).run().expect_code(134).stderr;
        let (_, trace) = said.split_once("trapped: call stack exhausted\n").expect("it has trapped");
        let lines: Vec<&str> = trace.lines().collect();
        assert_eq!(lines.len(), 20 + 1 + 5, "{debugger}: {said}");
        let left_out = lines[20].trim().strip_prefix("… ").and_then(|line| line.strip_suffix(" frames are left out"));
        let left_out: usize = left_out.and_then(|number| number.parse().ok()).expect("a number");
        assert!(left_out > 1000, "{debugger}: {said}");
        let number = |line: &str| line.trim().split_once(':').and_then(|(number, _)| number.parse::<usize>().ok());
        assert_eq!(number(lines[21]), Some(20 + left_out), "{debugger}: {said}");
        assert!(
            lines[24].contains(": first at 0x") && lines[25].contains(": <function 2> at 0x"),
            "{debugger}: {said}"
        );
        if debugger == "count" {
            let n_frames = 20 + left_out + 5;
            let counted = said.lines().find_map(|line| line.trim().strip_suffix("in all, 3 functions"));
            let counted: usize = counted.and_then(|number| number.trim().parse().ok()).expect("a number");
            // The function for which there was no room was not entered.
            assert_eq!(n_frames, counted + 1, "{said}");
        }
    }
}

#[test]
fn report_b24_a_backtrace_has_files_and_lines() {
    let Some(program) = unoptimized_c_program("trap") else { return };
    // Without a debugger the engine makes one instruction of the condition and the trap.
    for (debugger, line) in [("none", "trap.c:3:9\n    1: middle in "), ("count", "trap.c:4:5\n    1: middle in ")] {
        let arguments = ["run", "--debugger", debugger, &program.display().to_string()].map(str::to_owned);
        let said = stillpoint(arguments).run().expect_code(134).stderr;
        for part in [
            "\n    0: inner in trap.wasm at 0x",
            line,
            "trap.c:9:10\n    2: outer in ",
            "trap.c:12:10\n    3: ",
            "trap.c:17:3\n",
        ] {
            assert!(said.contains(part), "{debugger}: {part}\n{said}");
        }
    }
}

/// What the compiler has inlined has lines of its own.
#[test]
fn report_b24_a_backtrace_has_inlined_functions() {
    let Some(program) = c_program("inlined") else { return };
    let said = stillpoint(["run", "--debugger", "none", &program.display().to_string()]).run().expect_code(134).stderr;
    assert!(said.contains("\n    0: check, inlined, "), "{said}");
    assert!(said.contains("inlined.c:3:9\n       fall in inlined.wasm at 0x"), "{said}");
    assert!(said.contains("inlined.c:7:"), "{said}");
}
/// The debuggers that need no client, and none.
const DEBUGGERS: [&str; 4] = ["none", "trace", "count", "state"];

#[test]
fn report_b32_exit_codes_are_the_programs() {
    let Some(program) = c_program("exit") else { return };
    let program = program.display().to_string();
    for debugger in DEBUGGERS {
        for (asked, code) in [("0", 0), ("7", 7), ("126", 126), ("134", 134), ("255", 255), ("-1", 255)] {
            let finished = stillpoint(["run", "--debugger", debugger, &program, asked]).run().expect_code(code);
            assert_eq!(finished.text(), "hello\nbye\n", "{debugger} {asked}");
            assert!(!finished.stderr.contains("error"), "{debugger} {asked}: {}", finished.stderr);
        }
        // What a process cannot have is said, and never becomes a success.
        for asked in ["256", "-129"] {
            let finished = stillpoint(["run", "--debugger", debugger, &program, asked]).run().expect_code(1);
            let message = format!("exit.wasm exited with the code {asked}, which does not fit");
            assert!(finished.stderr.contains(&message), "{debugger} {asked}: {}", finished.stderr);
        }
    }
}

#[test]
fn report_b32_exit_codes_of_components_and_of_old_modules() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let component = r#"(component
        (import "wasi:cli/exit@0.2.12" (instance $exit (export "exit-with-code" (func (param "status-code" u8)))))
        (core func $exit (canon lower (func $exit "exit-with-code")))
        (core module $main
            (import "host" "exit" (func $exit (param i32)))
            (func (export "run") (result i32) (call $exit (i32.const 200)) (i32.const 0)))
        (core instance $main (instantiate $main (with "host" (instance (export "exit" (func $exit))))))
        (func $run (result (result)) (canon lift (core func $main "run")))
        (instance $run (export "run" (func $run)))
        (export "wasi:cli/run@0.2.12" (instance $run)))"#;
    let module = r#"(module
        (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
        (func (export "_start") (call $exit (i32.const 200))))"#;
    for (name, text) in [("component.wat", component), ("module.wat", module)] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("the file can be written");
        for debugger in DEBUGGERS {
            let line = ["run", "--debugger", debugger, &path.display().to_string()];
            stillpoint(line).run().expect_code(200);
        }
    }
}

#[test]
fn report_a_program_can_come_from_standard_input() {
    let module = std::fs::read(greet("wasm32-wasip1")).expect("the program can be read");
    for debugger in DEBUGGERS {
        // The program's own standard input is at its end.
        let line = ["run", "--debugger", debugger, "-", "Ann", "--stdin"];
        let finished = stillpoint(line).input(module.clone()).run().expect_code(0);
        for part in ["Ann", "stdin: 0 letters"] {
            assert!(finished.text().contains(part), "{debugger}: {}", finished.text());
        }
    }
    let text = std::fs::read(events()).expect("the program can be read");
    let finished = stillpoint(["run", "--invoke", "fac", "-", "3"]).input(text.clone()).run().expect_code(0);
    assert_eq!(finished.text(), "6\n");
    let inspected = stillpoint(["inspect", "-"]).input(text).run().expect_code(0);
    assert!(
        inspected.text().starts_with("standard input\n  kind     core module, text format"),
        "{}",
        inspected.text()
    );
    for line in [["run", "-"], ["inspect", "-"]] {
        let finished = stillpoint(line).run().expect_code(1);
        assert!(finished.stderr.contains("standard input: the file is empty"), "{}", finished.stderr);
    }
}

#[test]
fn report_x09_inspect_writes_the_types_of_async_functions() {
    let program = folder().join("programs/wat/async.wat").display().to_string();
    let finished = stillpoint(["inspect", &program]).run().expect_code(0);
    assert!(finished.text().ends_with("    wasi:cli/run@0.3.0\n      async run() -> result\n"), "{}", finished.text());
}

/// One that waits in the middle and is called back, and one that does neither.
#[test]
fn report_x09_components_of_wasi_0_3_run() {
    for name in ["async", "callback"] {
        let program = folder().join("programs/wat").join(format!("{name}.wat")).display().to_string();
        for debugger in DEBUGGERS {
            let finished = stillpoint(["run", "--debugger", debugger, &program]).run().expect_code(0);
            let is_seen = finished.stderr.contains("square") || finished.stderr.contains("helper");
            assert_eq!(is_seen, debugger == "trace" || debugger == "count", "{debugger}: {}", finished.stderr);
        }
    }
}

#[test]
fn report_b09_an_overflow_of_the_stack_can_be_debugged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("deep.wat");
    let text = r#"(module (func $f (export "f") (param $n i32) (result i32)
        (if (result i32) (local.get $n)
            (then (i32.add (i32.const 1) (call $f (i32.sub (local.get $n) (i32.const 1)))))
            (else (i32.const 0)))))"#;
    std::fs::write(&path, text).expect("the file can be written");
    let path = path.display().to_string();
    for (debugger, stack, code) in
        [("none", None, 134), ("none", Some("4M"), 0), ("count", None, 0), ("count", Some("1M"), 134)]
    {
        let stack = stack.into_iter().flat_map(|size| ["--stack", size]);
        let line = ["run", "--debugger", debugger].into_iter().chain(stack);
        let finished = stillpoint(line.chain(["--invoke", "f", path.as_str(), "50000"])).run().expect_code(code);
        assert_eq!(finished.stderr.contains("call stack exhausted"), code == 134, "{}", finished.stderr);
    }
}
