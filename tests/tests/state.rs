//! The built-in debugger `state`: the state of programs of every kind, as text and as JSON.

use expect_test::expect;
use stillpoint_tests::{c_program, folder, program, resvg, stillpoint};

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
          tag 0x100000000: (i32, externref)
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
    assert!(shown.starts_with("stop 1: breakpoint, module 0 at "), "{shown}");
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
