//! A component as a tree: its instances with their names, and who serves its functions.

use crate::support::harness::{Data, config, run, store};
use expect_test::{Expect, expect};
use std::fmt::Write;
use std::sync::Arc;
use stillpoint_debuggee::{
    Debuggee, EntryFunction, EntryPoint, Error, Exit, How, InstanceId, ModuleId, Source, StopReason, View,
};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

/// A debuggee that calls a component's export `run`.
fn component(wat: &str) -> Debuggee<Data> {
    let binary = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
    let engine = Engine::new(config().wasm_component_model(true)).unwrap();
    let component = Component::new(&engine, &binary).unwrap();
    let mut store = store(&engine).0;
    store.debug_register_component(&component).unwrap();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let mut linker = Linker::new(store.engine());
            linker.root().func_wrap("host", |_, (number,): (u32,)| Ok((number + 1,)))?;
            let instance = linker.instantiate_async(&mut *store, &component).await?;
            let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
            run.call_async(store, ()).await.map(drop)
        })
    });
    debuggee.unwrap().component(Arc::from(binary))
}

/// The tree as text. Instances are called by the names of what they export, because their numbers
/// are the engine's.
fn shown(paused: &mut dyn View) -> String {
    let tree = paused.component().unwrap();
    let mut text = String::new();
    let called = |paused: &mut dyn View, instance: Option<InstanceId>| match instance {
        Some(instance) => {
            let exports = paused.exports(instance).unwrap();
            let names: Vec<String> = exports.into_iter().map(|export| export.name).collect();
            format!("<{}>", names.join(","))
        }
        None => "nothing".to_owned(),
    };
    for node in &tree {
        let mut depth = 0;
        let mut next = node.parent;
        while let Some(parent) = next {
            depth += 1;
            next = tree[parent as usize].parent;
        }
        let indent = "  ".repeat(depth);
        writeln!(text, "{indent}component {}", node.name.as_deref().unwrap_or("?")).unwrap();
        for core in &node.core_instances {
            let name = core.name.as_deref().unwrap_or("?");
            let module = core.module_name.as_deref().unwrap_or("?");
            writeln!(text, "{indent}- core {name} of {module} is {}", called(paused, core.instance)).unwrap();
            for import in core.instance.map_or(Vec::new(), |instance| paused.imports(instance).unwrap()) {
                let source = match import.source {
                    Source::Instance(instance, index) => format!("{} {index}", called(paused, Some(instance))),
                    Source::Adapted(instance, index) => format!("{} {index}, adapted", called(paused, Some(instance))),
                    source => format!("{source:?}"),
                };
                writeln!(text, "{indent}  - imports {}.{} from {source}", import.module, import.name).unwrap();
            }
        }
        for function in &node.functions {
            let served = match function.served_by {
                Some(definition) => format!("{} {}", called(paused, Some(definition.instance)), definition.index),
                None => "nobody".to_owned(),
            };
            writeln!(text, "{indent}- {} by {served}", function.name).unwrap();
        }
    }
    text
}

async fn check(debuggee: &mut Debuggee<Data>, expected: Expect) {
    expected.assert_eq(&debuggee.query(|paused| shown(paused)).await.unwrap());
}

/// Two components inside one, composed: the second calls the first, and both are called through
/// shims as tools make them.
const COMPOSED: &str = r#"
    (component $outer
      (import "host" (func $host (param "n" u32) (result u32)))
      (core module $shared (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
      (component $library
        (import "host" (func $host (param "n" u32) (result u32)))
        (alias outer $outer $shared (core module $shared))
        (core module $main
          (import "env" "host" (func $host (param i32) (result i32)))
          (import "shared" "add" (func $add (param i32 i32) (result i32)))
          (memory (export "library-memory") 1)
          (func (export "twice") (param i32) (result i32) (call $add (local.get 0) (call $host (local.get 0)))))
        (core instance $adder (instantiate $shared))
        (core func $lowered (canon lower (func $host)))
        (core instance $main (instantiate $main
          (with "env" (instance (export "host" (func $lowered))))
          (with "shared" (instance (export "add" (func $adder "add"))))))
        (func $twice (param "n" u32) (result u32) (canon lift (core func $main "twice")))
        (component $shim
          (import "f" (func $f (param "n" u32) (result u32)))
          (export "twice" (func $f)))
        (instance $api (instantiate $shim (with "f" (func $twice))))
        (export "api" (instance $api)))
      (component $program
        (import "api" (instance $api (export "twice" (func (param "n" u32) (result u32)))))
        (core module $main
          (import "api" "twice" (func $twice (param i32) (result i32)))
          (func (export "go") (result i32) (nop) (call $twice (i32.const 20))))
        (core func $twice (canon lower (func $api "twice")))
        (core instance $go (instantiate $main (with "api" (instance (export "twice" (func $twice))))))
        (func (export "run") (result u32) (canon lift (core func $go "go"))))
      (instance $one (instantiate $library (with "host" (func $host))))
      (instance $two (instantiate $program (with "api" (instance $one "api"))))
      (instance $three (instantiate $library (with "host" (func $host))))
      (export "run" (func $two "run"))
      (export "library" (instance $one)))
"#;

#[test]
fn composed_components() {
    run(|| async {
        let mut debuggee = component(COMPOSED);
        check(
            &mut debuggee,
            expect![[r#"
            component outer
            - run by nobody
            - library#api#twice by nobody
              component one
              - core adder of shared is nothing
              - core main of main is nothing
              - api#twice by nobody
                component api
                - twice by nobody
              component two
              - core go of main is nothing
              - run by nobody
              component three
              - core adder of shared is nothing
              - core main of main is nothing
              - api#twice by nobody
                component api
                - twice by nobody
        "#]],
        )
        .await;
        let stop = debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(stop.reason, StopReason::Step);
        check(
            &mut debuggee,
            expect![[r#"
            component outer
            - run by <go> 1
            - library#api#twice by <library-memory,twice> 2
              component one
              - core adder of shared is <add>
              - core main of main is <library-memory,twice>
                - imports env.host from Host
                - imports shared.add from <add> 0
              - api#twice by <library-memory,twice> 2
                component api
                - twice by <library-memory,twice> 2
              component two
              - core go of main is <go>
                - imports api.twice from <library-memory,twice> 2, adapted
              - run by <go> 1
              component three
              - core adder of shared is <add>
              - core main of main is <library-memory,twice>
                - imports env.host from Host
                - imports shared.add from <add> 0
              - api#twice by <library-memory,twice> 2
                component api
                - twice by <library-memory,twice> 2
        "#]],
        )
        .await;
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

#[test]
fn a_program_that_is_no_component() {
    run(|| async {
        let mut debuggee = crate::support::harness::program(r#"(module (func (export "main") nop))"#);
        debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(debuggee.query(|paused| paused.component()).await.unwrap(), Ok(vec![]));
    });
}

/// A binary that has nothing to do with the program, or is none.
#[test]
fn another_binary() {
    run(|| async {
        let other = wat::parse_str(r#"(component (core module (func (export "x"))) (core instance (instantiate 0)))"#);
        for (binary, expected) in [
            (other.unwrap(), Ok(1)),
            (wat::parse_str("(module)").unwrap(), Ok(1)),
            (b"\0asm\x0d\0\x01\0\xff".to_vec(), Err(())),
            (vec![], Err(())),
        ] {
            let mut debuggee = component(COMPOSED).component(Arc::from(binary));
            debuggee.resume(How::StepInstruction).await.unwrap();
            let tree = debuggee.query(|paused| paused.component()).await.unwrap();
            if let Ok(tree) = &tree {
                assert!(tree.iter().all(|node| node.core_instances.iter().all(|core| core.instance.is_none())));
            }
            let shape = tree.map(|tree| tree.len()).map_err(|error| assert!(matches!(error, Error::Engine(_))));
            assert_eq!(shape, expected);
        }
    });
}

/// Components that would make more instances than memory has bytes.
#[test]
fn a_tree_without_end() {
    run(|| async {
        let mut text = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
        for level in 1..40 {
            let inner = level - 1;
            text = format!(
                "(component $c{level} {text} (instance (instantiate $c{inner})) (instance (instantiate $c{inner})))"
            );
        }
        let binary = wat::parse_str(text).unwrap();
        let mut debuggee = component(COMPOSED).component(Arc::from(binary));
        let tree = debuggee.query(|paused| paused.component()).await.unwrap();
        assert_eq!(tree, Err(Error::TooLarge { limit: 10_000 }));
    });
}

/// Where a component begins is known before it has an instance: at the core function that the
/// export gets to, of the right one of two equal modules.
#[test]
fn report_begin_is_known_before_a_component_begins() {
    const EQUAL: &str = r#"
        (component
          (import "host" (func $host (param "n" u32) (result u32)))
          (core module $unused (func (export "go") (result i32) (nop) (i32.const 1)))
          (core module $used (func (export "go") (result i32) (nop) (i32.const 1)))
          (core instance $one (instantiate $used))
          (core instance $two (instantiate $used))
          (func (export "run") (result u32) (canon lift (core func $two "go"))))"#;
    run(|| async {
        let entry =
            |debuggee: Debuggee<Data>, name: &str| debuggee.entry_point(EntryPoint::ComponentExport(name.into()));
        for (wat, module, function) in [(COMPOSED, 2, 1), (EQUAL, 1, 0)] {
            let mut debuggee = entry(component(wat), "run");
            let expected =
                |instance| EntryFunction { name: Some("run".into()), module: ModuleId(module), function, instance };
            let before = debuggee.query(|paused| paused.entry_point()).await.unwrap();
            assert_eq!(before, Ok(Some(expected(None))));
            let stop = debuggee.resume(How::StepInstruction).await.unwrap();
            assert_eq!(stop.location().unwrap().module, ModuleId(module));
            let frame = debuggee.query(|paused| paused.frames(0, 1).unwrap().remove(0)).await.unwrap();
            assert_eq!(frame.function, function);
            let during = debuggee.query(|paused| paused.entry_point()).await.unwrap();
            assert_eq!(during, Ok(Some(expected(Some(frame.instance)))));
        }
        for name in ["host", "nobody", ""] {
            let mut debuggee = entry(component(COMPOSED), name);
            assert_eq!(debuggee.query(|paused| paused.entry_point()).await.unwrap(), Ok(None), "{name}");
        }
        let mut silent = component(COMPOSED);
        assert_eq!(silent.query(|paused| paused.entry_point()).await.unwrap(), Ok(None));
    });
}

/// The modules that the engine makes are marked, and no other is, even if it has their shape.
#[test]
fn report_adapters_are_marked() {
    run(|| async {
        let mut debuggee = component(COMPOSED);
        let modules = debuggee.query(|paused| paused.modules()).await.unwrap();
        let marked: Vec<bool> = modules.iter().map(|module| module.is_adapter).collect();
        assert_eq!(marked, [false, false, false, true]);
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
        let alike = r#"(component
            (core module $a (import "callee" "adapter0" (func (result i32))) (export "adapter0" (func 0)))
            (core module $b (func (export "adapter0") (result i32) (i32.const 1)))
            (core instance $b (instantiate $b))
            (core instance $a (instantiate $a (with "callee" (instance $b))))
            (func (export "run") (result u32) (canon lift (core func $a "adapter0"))))"#;
        let mut debuggee = component(alike);
        let modules = debuggee.query(|paused| paused.modules()).await.unwrap();
        assert!(modules.len() == 2 && modules.iter().all(|module| !module.is_adapter), "{modules:?}");
    });
}
