//! The functions of a module: their names, types and code, before the program has begun and after
//! its end.

use crate::support::harness::{Data, program, program_with, run};
use std::fmt::Write;
use stillpoint_debuggee::{
    BreakpointSpec, Change, Debuggee, Error, Exit, Function, FunctionBody, How, Location, ModuleId, Session,
    StopReason, View,
};

const MODULE: ModuleId = ModuleId(0);

/// Functions with a name in the name section, with that of an export, with both and with none; two
/// of them are imported.
const PROGRAM: &str = r#"
    (module $m
      (import "host" "call" (func $imported))
      (import "host" "log" (func (param i32) (result i64)))
      (func $first (local i32 i64) (nop))
      (func (export "main") (export "again") (call $first) (call $imported))
      (func (param f64))
      (func $last (export "end") (param $n i32))
      (export "handed on" (func 1))
      (export "" (func 4))
      (export "memory" (memory 0))
      (memory 1))
"#;

fn new() -> Debuggee<Data> {
    program_with(PROGRAM, |linker| {
        linker.func_wrap("host", "call", || {}).unwrap();
        linker.func_wrap("host", "log", |_: i32| 0_i64).unwrap();
    })
}

/// The functions in lines, with the code as it is in the binary.
fn shown(functions: &[Function], binary: &[u8]) -> String {
    let mut text = String::new();
    for Function { index, name, exported, ty, import, body } in functions {
        write!(text, "{index} {name:?} {exported:?} {ty}").unwrap();
        if let Some((module, name)) = import {
            write!(text, " from {module}.{name}").unwrap();
        }
        if let Some(FunctionBody { begin, entry, end }) = body {
            let bytes = |range: std::ops::Range<u32>| &binary[range.start as usize..range.end as usize];
            write!(text, " {:02x?} {:02x?}", bytes(*begin..*entry), bytes(*entry..*end)).unwrap();
        }
        text.push('\n');
    }
    text
}

const SHOWN: &str = r#"0 Some("imported") None () -> () from host.call
1 None Some("handed on") (i32) -> (i64) from host.log
2 Some("first") None () -> () [02, 01, 7f, 01, 7e] [01, 0b]
3 None Some("main") () -> () [00] [10, 02, 10, 00, 0b]
4 None None (f64) -> () [00] [0b]
5 Some("last") None (i32) -> () [00] [0b]
"#;

/// Before the program has begun, at a stop, and after the end.
#[test]
fn functions_are_the_same_in_every_state() {
    run(|| async {
        let binary = wat::parse_str(PROGRAM).unwrap();
        let check = |functions: &[Function]| assert_eq!(shown(functions, &binary), SHOWN);
        let mut program = new();
        for _ in 0..2 {
            check(&program.query(|paused| paused.functions(MODULE, 0, u32::MAX)).await.unwrap().unwrap());
            check(&program.functions(MODULE, 0, u32::MAX).unwrap());
            program.resume(How::StepInstruction).await.unwrap();
        }
        program.start(How::Continue).unwrap();
        check(&program.functions(MODULE, 0, u32::MAX).unwrap());
        assert_eq!(program.finish().await, Ok(Exit::Returned(vec![])));
        check(&program.functions(MODULE, 0, u32::MAX).unwrap());
        let indices: Vec<u32> =
            program.functions(MODULE, 1, 2).unwrap().iter().map(|function| function.index).collect();
        assert_eq!(indices, [1, 2]);
        assert_eq!(program.functions(ModuleId(1), 0, 1), Err(Error::NoModule(ModuleId(1))));
    });
}

#[test]
fn a_function_is_found_by_name_and_gets_a_breakpoint_before_there_is_an_instance() {
    run(|| async {
        let mut program = new();
        let (instances, all) =
            program.query(|paused| (paused.instances(), paused.functions(MODULE, 0, u32::MAX))).await.unwrap();
        assert!(instances.is_empty());
        let all = all.unwrap();
        let of = |name: &str| {
            let is_it = |function: &&Function| {
                let name = Some(name);
                function.name.as_deref() == name || function.exported.as_deref() == name
            };
            let body = all.iter().find(is_it).unwrap().body.unwrap();
            Location { module: MODULE, pc: body.entry }
        };
        let (main, first, last) = (of("main"), of("first"), of("last"));
        for location in [main, first, last] {
            program.edit_breakpoints(&[Change::Add(BreakpointSpec::at(location))]).unwrap().remove(0).unwrap();
        }
        let mut stops = Vec::new();
        while let stop = program.resume(How::Continue).await.unwrap()
            && matches!(stop.reason, StopReason::Breakpoint(_))
        {
            stops.push(stop.location());
        }
        assert_eq!(stops, [Some(main), Some(first)]);
    });
}

#[test]
fn functions_come_page_by_page() {
    run(|| async {
        let mut program = new();
        let pages = program.query(|paused| {
            let asked = [(0, 0), (0, 1), (0, 3), (1, 2), (2, 2), (4, 9), (5, 1), (6, 1), (u32::MAX, u32::MAX)];
            let page = |functions: Vec<Function>| functions.iter().map(|function| function.index).collect::<Vec<_>>();
            asked.map(|(first, limit)| page(paused.functions(MODULE, first, limit).unwrap()))
        });
        let expected: [&[u32]; 9] = [&[], &[0], &[0, 1, 2], &[1, 2], &[2, 3], &[4, 5], &[5], &[], &[]];
        assert_eq!(pages.await.unwrap(), expected);
        // The pages together are the whole.
        let all = program.functions(MODULE, 0, u32::MAX).unwrap();
        for limit in 1..8 {
            let mut pages = Vec::new();
            loop {
                let page = program.functions(MODULE, pages.len() as u32, limit).unwrap();
                if page.is_empty() {
                    break;
                }
                pages.extend(page);
            }
            assert_eq!(pages, all, "{limit}");
        }
        let missing = program.query(|paused| paused.functions(ModuleId(1), 0, 1)).await.unwrap();
        assert_eq!(missing, Err(Error::NoModule(ModuleId(1))));
    });
}

#[test]
fn functions_of_a_module_that_has_none() {
    run(|| async {
        let program = program("(module (memory 1))");
        for (first, limit) in [(0, 1), (1, 1), (u32::MAX, u32::MAX)] {
            assert_eq!(program.functions(MODULE, first, limit), Ok(vec![]));
        }
    });
}

/// A module's own names, and nonsense in a section that no engine checks: what is broken is left
/// out, the rest is there, and exports are not touched by it.
#[test]
fn names_are_not_believed() {
    fn check(names: &'static str, second: &'static str) {
        let wat = format!(
            r#"(module (import "host" "f" (func)) (func (export "main") nop) (func)
                (@custom "name" "{names}"))"#
        );
        run(move || async move {
            let binary = wat::parse_str(&wat).unwrap();
            let program = program(&wat);
            let expected = format!(
                "0 None None () -> () from host.f\n1 {second} () -> () [00] [01, 0b]\n2 None None () -> () [00] [0b]\n"
            );
            assert_eq!(shown(&program.functions(MODULE, 0, u32::MAX).unwrap(), &binary), expected, "{names}");
        });
    }
    let exported = r#"None Some("main")"#;
    // Sizes beyond the end, nothing at all, and a subsection that nobody knows.
    for names in [r"\01\ff\ff\ff", r"\01", "", r"\01\00", r"\01\05\01\ff", r"\7f\01\00"] {
        check(names, exported);
    }
    // A function that does not exist, text that is not UTF-8, and an empty name.
    for names in [r"\01\04\01\09\01x", r"\01\04\01\01\01\ff", r"\01\03\01\01\00"] {
        check(names, exported);
    }
    // The first is whole, and the second is cut off.
    check(r"\01\06\02\01\01x\02\09", r#"Some("x") None"#);
}
