//! The built-in debugger `state`: the state of programs of every kind, as text and as JSON.

use expect_test::expect;
use stillpoint_tests::{Finished, c_program, folder, program, resvg, stillpoint, written};

/// The command line `run --debugger state`, with arguments for the debugger and a program.
fn state(arguments: &[&str], program: &[&str]) -> Vec<String> {
    let mut line = vec!["run", "--debugger", "state"];
    for argument in arguments {
        line.extend(["--debugger-arg", argument]);
    }
    line.extend(program);
    line.into_iter().map(str::to_owned).collect()
}

fn everything() -> String {
    folder().join("programs/wat/state.wat").display().to_string()
}

#[test]
fn state_of_one_of_everything() {
    let finished = stillpoint(state(&["--at", "look"], &[&everything()])).run().expect_code(0);
    expect![[r#"
        stop 1: breakpoint, module 0 at 0xab
        frame 0: look, module 0 at 0xab, instance 1
          locals: -5, nan, 0x00000000000000020000000000000001, anyref 1, null exnref
        frame 1: main, module 0 at 0xe9, instance 1
          locals: anyref 1
          operands: 99, -5, nan, 0x00000000000000020000000000000001, anyref 1
        module 0: everything, 379 bytes
        instance 1: of module 0, 3 functions, 1 data segments, 1 element segments
          import function wasi_snapshot_preview1.sched_yield: from host
          exports: memory, _start
          memory 0: 65536 bytes, 1 pages of at most 2
          memory 1: 196608 bytes, 3 pages, 64 bit
          global 0: mut i32 = 7
          global 1: f64 = 0.5
          global 2: mut (ref null 0) = anyref 2
          table 0: 3 of funcref
            elements: null funcref, funcref 3, funcref 4
          tag 0x100000000 problem: (i32, externref)
        reference 1: array of 20 i8: 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, …
        reference 2: struct (1, anyref 5)
        reference 3: function 2 of instance 1: main
        reference 4: function 0 of instance 1: wasi_snapshot_preview1.sched_yield
        reference 5: struct (2, null anyref)
    "#]]
    .assert_eq(&finished.stderr);
}

#[test]
fn state_as_json() {
    let finished = stillpoint(state(&["--at=look", "--json"], &[&everything()])).run().expect_code(0);
    expect![[r#"
        {
          "stop": {
            "number": 1,
            "reason": "breakpoint",
            "place": "module 0 at 0xab"
          },
          "frames": [
            {
              "index": 0,
              "function": "look",
              "function_index": 1,
              "instance": 1,
              "module": 0,
              "pc": 171,
              "locals": [
                {
                  "type": "i32",
                  "value": "-5"
                },
                {
                  "type": "f32",
                  "value": "nan"
                },
                {
                  "type": "v128",
                  "value": "0x00000000000000020000000000000001"
                },
                {
                  "type": "anyref",
                  "value": "anyref 1",
                  "reference": 1
                },
                {
                  "type": "exnref",
                  "value": "null exnref"
                }
              ],
              "operands": []
            },
            {
              "index": 1,
              "function": "main",
              "function_index": 2,
              "instance": 1,
              "module": 0,
              "pc": 233,
              "locals": [
                {
                  "type": "anyref",
                  "value": "anyref 1",
                  "reference": 1
                }
              ],
              "operands": [
                {
                  "type": "i64",
                  "value": "99"
                },
                {
                  "type": "i32",
                  "value": "-5"
                },
                {
                  "type": "f32",
                  "value": "nan"
                },
                {
                  "type": "v128",
                  "value": "0x00000000000000020000000000000001"
                },
                {
                  "type": "anyref",
                  "value": "anyref 1",
                  "reference": 1
                }
              ]
            }
          ],
          "modules": [
            {
              "id": 0,
              "name": "everything",
              "size": 379
            }
          ],
          "instances": [
            {
              "id": 1,
              "module": 0,
              "functions": 3,
              "data_segments": 1,
              "element_segments": 1,
              "imports": [
                {
                  "name": "wasi_snapshot_preview1.sched_yield",
                  "kind": "function",
                  "from": "host"
                }
              ],
              "exports": [
                "memory",
                "_start"
              ],
              "memories": [
                {
                  "index": 0,
                  "size": 65536,
                  "page_size": 65536,
                  "maximum": 2,
                  "memory64": false,
                  "shared": false
                },
                {
                  "index": 1,
                  "size": 196608,
                  "page_size": 65536,
                  "maximum": null,
                  "memory64": true,
                  "shared": false
                }
              ],
              "globals": [
                {
                  "index": 0,
                  "mutable": true,
                  "type": "i32",
                  "value": "7"
                },
                {
                  "index": 1,
                  "mutable": false,
                  "type": "f64",
                  "value": "0.5"
                },
                {
                  "index": 2,
                  "mutable": true,
                  "type": "(ref null 0)",
                  "value": "anyref 2",
                  "reference": 2
                }
              ],
              "tables": [
                {
                  "index": 0,
                  "element": "funcref",
                  "size": 3,
                  "maximum": 8,
                  "elements": [
                    {
                      "type": "funcref",
                      "value": "null funcref"
                    },
                    {
                      "type": "funcref",
                      "value": "funcref 3",
                      "reference": 3
                    },
                    {
                      "type": "funcref",
                      "value": "funcref 4",
                      "reference": 4
                    }
                  ]
                }
              ],
              "tags": [
                {
                  "id": 4294967296,
                  "name": "problem",
                  "params": [
                    "i32",
                    "externref"
                  ]
                }
              ]
            }
          ],
          "component": [],
          "references": {
            "1": "array of 20 i8: 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, …",
            "2": "struct (1, anyref 5)",
            "3": "function 2 of instance 1: main",
            "4": "function 0 of instance 1: wasi_snapshot_preview1.sched_yield",
            "5": "struct (2, null anyref)"
          }
        }
    "#]]
    .assert_eq(&finished.stderr);
}

/// The program keeps its own output and exit code.
#[test]
fn state_of_the_demo() {
    let finished = stillpoint(state(&[], &[])).run().expect_code(0);
    assert!(finished.text().ends_with("7.  A      B      C 321\n"), "{}", finished.text());
    let shown = &finished.stderr;
    assert!(shown.starts_with("stop 2: breakpoint, module 0 at "), "{shown}");
    for line in ["frame 0: demo::main,", "\nmodule 0: demo, ", "\n  memory 0: 1114112 bytes, 17 pages\n"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(shown.contains("import function wasi_snapshot_preview1.fd_write: from host\n"), "{shown}");
    assert!(shown.lines().last().is_some_and(|line| line.starts_with("reference ")), "{shown}");

    let deeper = stillpoint(state(&["--at", "solve"], &[])).run().expect_code(0);
    assert!(deeper.stderr.contains("frame 0: demo::solve,"), "{}", deeper.stderr);
    assert!(deeper.stderr.contains("\nframe 1: demo::main,"), "{}", deeper.stderr);
}

#[test]
fn state_of_a_c_program() {
    let Some(program) = c_program("primes") else { return };
    let finished = stillpoint(state(&["--at", "main"], &[&program.display().to_string()])).run().expect_code(10);
    assert!(finished.stderr.contains("frame 0: main,"), "{}", finished.stderr);
    assert!(finished.stderr.contains("\n  memory 0: "), "{}", finished.stderr);
}

#[test]
fn state_of_a_real_program() {
    let Some(program) = resvg() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::copy(stillpoint_tests::folder().join("programs/picture.svg"), folder.path().join("in.svg"))
        .expect("the picture can be copied");
    let program = program.canonicalize().expect("the program has a path").display().to_string();
    let line = state(&["--at", "_start"], &["--dir", ".", &program, "in.svg", "out.png"]);
    let finished = stillpoint(line).in_folder(folder.path()).run().expect_code(0);
    assert!(finished.stderr.contains("frame 0: _start,"), "{}", finished.stderr);
    let picture = std::fs::read(folder.path().join("out.png")).expect("there is a picture");
    assert!(picture.starts_with(b"\x89PNG"));
}

/// The tree of a component, with the names that tools have given, and the core function that serves
/// its `run`.
#[test]
fn state_of_a_component() {
    let greet = program("stillpoint-greet", "wasm32-wasip2", "stillpoint-greet.wasm").display().to_string();
    let finished = stillpoint(state(&["--at", "main"], &[&greet])).run();
    let shown = &finished.stderr;
    assert!(shown.contains("\ncomponent: "), "{shown}");
    let run = shown.lines().find(|line| line.starts_with("  wasi:cli/run@0.2.") && line.contains("#run: function "));
    assert!(run.is_some(), "{shown}");
    assert!(shown.contains(": main of module main\n"), "{shown}");
}

#[test]
fn state_of_a_function_that_is_not_there_or_not_called() {
    let finished = stillpoint(state(&["--at", "nobody"], &[&everything()])).run().expect_code(0);
    assert!(finished.stderr.contains("no function called \"nobody\""), "{}", finished.stderr);
    let events = folder().join("programs/wat/events.wat").display().to_string();
    let finished = stillpoint(state(&["--at", "fac"], &["--invoke", "catcher", &events, "7"])).run().expect_code(0);
    assert_eq!(finished.stderr, "the program did not come to fac; it ended: returned (7)\n");
}

/// Runs a program in text form under `state`.
fn state_of(text: &str, invoke: &[&str]) -> Finished {
    let (_folder, path) = written(text);
    let (flag, arguments) = invoke.split_at(invoke.len().min(2));
    stillpoint(state(&[], &[flag, &[path.as_str()], arguments].concat())).run()
}

/// The innermost frame that `state` shows.
#[track_caller]
fn begins(text: &str, invoke: &[&str], frame: &str) {
    let finished = state_of(text, invoke).expect_code(0);
    let shown = finished.stderr.lines().find(|line| line.starts_with("frame 0: ")).unwrap_or(&finished.stderr);
    assert!(shown.contains(&format!("frame 0: {frame}, ")), "{shown}");
}

/// Programs of Go and of AssemblyScript: the function `_start` has another name in the name section.
#[test]
fn report_begin_where_start_has_another_name() {
    begins(r#"(module (func $~start (export "_start")))"#, &[], "~start");
    begins(
        r#"(module (func $_rt0_wasm_wasip1 (export "_start") (call $main.main)) (func $main.main))"#,
        &[],
        "main.main",
    );
    begins(r#"(module (func $begin nop) (start $begin))"#, &[], "begin");
}

/// A program after `wasm-opt`: no function has a name.
#[test]
fn report_begin_where_no_function_has_a_name() {
    begins(r#"(module (func) (func (export "_start") (call 0)))"#, &[], "_start");
    begins(r#"(module (func) (start 0))"#, &[], "func[0]");
}

/// The user has said which function to call, whatever else the program has.
#[test]
fn report_begin_where_a_function_is_invoked() {
    let text = r#"(module (func $main (export "main")) (func (export "_start") (call $main))
        (func $secret (export "fold") (param i32) (result i32) (local.get 0)))"#;
    begins(text, &["--invoke", "fold", "5"], "secret");
    begins(text, &["--invoke", "main"], "main");
    begins(text, &[], "main");
}

/// The function that is called `main` is not the program's: the beginning is shown all the same.
#[test]
fn report_begin_where_main_is_never_called() {
    let text = r#"(module (func $main (param i32)) (func (export "_start")))"#;
    let shown = state_of(text, &[]).expect_code(0).stderr;
    let (first, rest) = shown.split_once('\n').expect("two lines");
    assert_eq!(first, "the program did not come to main; it ended: returned");
    assert!(rest.starts_with("this is where it began:\nstop 1: breakpoint, module 0 at "), "{shown}");
    assert!(rest.contains("\nframe 0: _start, "), "{shown}");
}

/// A component begins with the core function that serves its `run`, also one that is inside another
/// component, and also if it has several instances of the same module.
#[test]
fn report_begin_in_components() {
    let composed = std::fs::read_to_string(folder().join("programs/wat/composed.wat")).expect("the program is there");
    begins(&composed, &[], "run");
    let twins = r#"(component
        (core module $m
          (import "first" "begin" (func $first (result i32)))
          (func $anything (export "begin") (result i32) (drop (call $first)) (i32.const 0)))
        (core module $none (func (export "begin") (result i32) (i32.const 0)))
        (core module $m-again
          (import "first" "begin" (func $first (result i32)))
          (func $anything (export "begin") (result i32) (drop (call $first)) (i32.const 0)))
        (core instance $none (instantiate $none))
        (core instance $one (instantiate $m-again (with "first" (instance $none))))
        (core instance $two (instantiate $m-again (with "first" (instance $one))))
        (func $run (result (result)) (canon lift (core func $two "begin")))
        (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run)))
        (func (export "other") (result u32) (canon lift (core func $one "begin"))))"#;
    let shown = state_of(twins, &[]).expect_code(0).stderr;
    // `$two` is the third instance, and of the third module, whose bytes are those of the first.
    assert!(shown.contains("\nframe 0: anything, module 2 at ") && shown.contains(", instance 3\nmodule 0"), "{shown}");
    let shown = state_of(twins, &["--invoke", "other()"]).expect_code(0).stderr;
    assert!(shown.contains("\nframe 0: anything, module 2 at ") && shown.contains(", instance 2\nmodule 0"), "{shown}");
}

/// An export that is only handed on: by an instance that imports it, and by a component.
#[test]
fn report_begin_behind_functions_that_are_handed_on() {
    let text = r#"(component
        (component $inner
          (core module $worker (func $work (export "work") (result i32) (i32.const 0)))
          (core module $facade (import "worker" "work" (func $w (result i32))) (export "run" (func $w)))
          (core instance $worker (instantiate $worker))
          (core instance $facade (instantiate $facade (with "worker" (instance $worker))))
          (func $run (result (result)) (canon lift (core func $facade "run")))
          (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))
        (instance $i (instantiate $inner))
        (export "wasi:cli/run@0.2.0" (instance $i "wasi:cli/run@0.2.0")))"#;
    begins(text, &[], "work");
}

/// A program that has no functions of its own, and one that begins with none of its own.
#[test]
fn report_b46b_nothing_of_its_own_to_begin_with() {
    let text = r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
        (memory (export "memory") 1) (export "yield" (func $y)))"#;
    // A function of WASI 0.1 cannot be called without a program that has the memory.
    let finished = state_of(text, &["--invoke", "yield"]).expect_code(1);
    let said = "the program has no functions of its own; there is nothing to look at\n";
    assert!(finished.stderr.starts_with(said), "{}", finished.stderr);
    let more = text.replace("(memory", "(func $more) (memory");
    let finished = state_of(&more, &["--invoke", "yield"]).expect_code(1);
    assert!(finished.stderr.contains("begins is not one of its own; say one with --at"), "{}", finished.stderr);
}

/// What cannot run says so, whatever the debugger.
#[test]
fn report_x03_x04_what_cannot_run_says_so() {
    let foreign = r#"(module (import "env" "emscripten_resize_heap" (func (param i32) (result i32)))
        (import "gojs" "runtime.wasmExit" (func (param i32))) (import "env" "memory" (memory 1)) (func (export "_start")))"#;
    for debugger in ["none", "trace", "count", "state"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("program.wat");
        for (text, code, said) in
            [("(module)", 2, "no function `_start`"), (foreign, 1, "env.emscripten_resize_heap(i32) -> i32")]
        {
            std::fs::write(&path, text).expect("the file can be written");
            let line = ["run", "--debugger", debugger, &path.display().to_string()].map(str::to_owned);
            let finished = stillpoint(line).run().expect_code(code);
            assert!(finished.stderr.contains(said), "{debugger}: {}", finished.stderr);
        }
    }
}

#[test]
fn report_b05_tags_have_their_names() {
    let text =
        r#"(module (tag $boom (export "bang") (param i32 i64)) (tag (export "bang2")) (func (export "_start")))"#;
    let shown = state_of(text, &[]).expect_code(0).stderr;
    let tags: Vec<&str> = shown.lines().filter(|line| line.starts_with("  tag ")).collect();
    assert_eq!(tags, ["  tag 0x100000000 boom: (i32, i64)", "  tag 0x100000001 bang2: ()"]);
}

#[test]
fn report_b15_b17_names_that_are_no_use() {
    let text = r#"(module (@name "") (import "wasi_snapshot_preview1" "sched_yield" (func (@name "") (result i32)))
        (memory (export "memory") 1)
        (func $a (@name "work") (call $b)) (func $b (@name "work")) (func (@name "") (export "_start") (call $a)))"#;
    let (folder, path) = written(text);
    let shown = stillpoint(state(&["--at", "work"], &[&path])).run().expect_code(0).stderr;
    assert!(shown.contains("\nframe 0: work[1], ") && shown.contains("\nframe 1: _start, "), "{shown}");
    assert!(shown.contains("\nmodule 0: module[0], "), "{shown}");
    let shown = stillpoint(state(&["--at", "work[2]"], &[&path])).run().expect_code(0).stderr;
    assert!(shown.contains("\nframe 0: work[2], ") && shown.contains("\nframe 1: work[1], "), "{shown}");
    drop(folder);
}
