//! The function that a program begins with.

use crate::support::harness::{program_with, run};
use stillpoint_debuggee::{EntryPoint, How, ModuleId, View};

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
