//! Where the code of functions is, before the program has begun.

use crate::support::harness::{program_with, run};
use stillpoint_debuggee::{
    BreakpointSpec, Change, EntryPoint, Error, FunctionCode, How, Location, ModuleId, StopReason, View,
};

const PROGRAM: &str = r#"
    (module $m
      (import "host" "call" (func $imported))
      (func $first (local i32 i64) (nop))
      (func (export "main") (call $first) (call $imported))
      (func $last))
"#;

#[test]
fn a_function_is_found_by_name_and_gets_a_breakpoint_before_there_is_an_instance() {
    run(|| async {
        let mut program = program_with(PROGRAM, |linker| {
            linker.func_wrap("host", "call", || {}).unwrap();
        });
        let module = ModuleId(0);
        let (instances, all) =
            program.query(move |paused| (paused.instances(), paused.code(module, 0, u32::MAX))).await.unwrap();
        assert!(instances.is_empty());
        let all = all.unwrap();
        let names: Vec<(u32, Option<&str>)> = all.iter().map(|code| (code.index, code.name.as_deref())).collect();
        assert_eq!(names, [(1, Some("first")), (2, None), (3, Some("last"))]);
        for FunctionCode { first_instruction, end, .. } in &all {
            assert!(first_instruction < end, "{all:?}");
            let location = Location { module, pc: *first_instruction };
            program.edit_breakpoints(&[Change::Add(BreakpointSpec::at(location))]).unwrap().remove(0).unwrap();
        }
        let mut stops = Vec::new();
        while let stop = program.resume(How::Continue).await.unwrap()
            && matches!(stop.reason, StopReason::Breakpoint(_))
        {
            stops.push(stop.location.map(|location| location.pc));
        }
        assert_eq!(stops, [Some(all[1].first_instruction), Some(all[0].first_instruction)]);
    });
}

#[test]
fn functions_come_page_by_page() {
    run(|| async {
        let mut program = program_with(PROGRAM, |linker| {
            linker.func_wrap("host", "call", || {}).unwrap();
        });
        let pages = program.query(|paused| {
            let module = ModuleId(0);
            [(0, 2), (2, 2), (3, 2), (u32::MAX, u32::MAX), (0, 0)].map(|(first, limit)| {
                let page = paused.code(module, first, limit).unwrap();
                page.iter().map(|code| code.index).collect::<Vec<_>>()
            })
        });
        assert_eq!(pages.await.unwrap(), [vec![1, 2], vec![3], vec![], vec![], vec![]]);
        let missing = program.query(|paused| paused.code(ModuleId(1), 0, 1)).await.unwrap();
        assert_eq!(missing, Err(Error::NoModule(ModuleId(1))));
    });
}

/// A module begins with the function that its owner names, or with its start function; a function
/// that it only imports is none of its own.
#[test]
fn report_begin_of_a_module() {
    const MODULE: &str = r#"
        (module
          (import "host" "call" (func $imported))
          (func $first)
          (func $other (export "main"))
          (export "handed-on" (func $imported))
          (memory (export "memory") 1)
          (start $first))"#;
    run(|| async {
        let module = ModuleId(0);
        let export = |name: &str| EntryPoint::Export { module, name: name.to_owned() };
        for (entry_point, function) in [
            (export("main"), Some(2)),
            (export("handed-on"), None),
            (export("memory"), None),
            (export("nobody"), None),
            (EntryPoint::Export { module: ModuleId(7), name: "main".to_owned() }, None),
            (EntryPoint::Start { module }, Some(1)),
            (EntryPoint::Start { module: ModuleId(7) }, None),
            (EntryPoint::ComponentExport("main".to_owned()), None),
        ] {
            let program = program_with(MODULE, |linker| {
                linker.func_wrap("host", "call", || {}).unwrap();
            });
            let mut program = program.entry_point(entry_point.clone());
            let before = program.query(|paused| paused.entry_point()).await.unwrap().unwrap();
            assert_eq!(before.as_ref().map(|entry| entry.function), function, "{entry_point:?}");
            assert!(before.is_none_or(|entry| entry.instance.is_none()), "{entry_point:?}");
            program.resume(How::StepInstruction).await.unwrap();
            let (entry, instances) = program.query(|paused| (paused.entry_point(), paused.instances())).await.unwrap();
            let instance = entry.unwrap().map(|entry| entry.instance);
            assert_eq!(instance, function.map(|_| Some(instances[0].id)), "{entry_point:?}");
        }
    });
}
