//! What instances hold, import and export, and where that comes from.

use crate::support::harness::{Data, engine, run, stopped, store};
use expect_test::{Expect, expect};
use std::fmt::Write;
use stillpoint_debuggee::{Debuggee, Error, How, InstanceId, ModuleId, Source, Value, View};
use wasmtime::{Linker, Module};

/// Everything that an instance shows, a line each.
fn shown(paused: &mut dyn View, instance: InstanceId) -> String {
    let mut text = String::new();
    for import in paused.imports(instance).unwrap() {
        let source = match import.source {
            Source::Unknown => "unknown".to_owned(),
            Source::Host => "the host".to_owned(),
            Source::Instance(instance, index) => format!("instance {instance}'s {index}"),
            Source::Adapted(instance, index) => format!("instance {instance}'s {index}, adapted"),
        };
        let (kind, index) = (import.entity.kind, import.entity.index);
        writeln!(text, "import {}.{}: {kind:?} {index} from {source}", import.module, import.name).unwrap();
    }
    for export in paused.exports(instance).unwrap() {
        writeln!(text, "export {}: {:?} {}", export.name, export.entity.kind, export.entity.index).unwrap();
    }
    let module = paused.instances().iter().find(|info| info.id == instance).unwrap().module;
    for function in paused.functions(module, 0, u32::MAX).unwrap() {
        let name = function.name.unwrap_or_default();
        let import = function.import.map_or(String::new(), |(module, name)| format!(" import {module}.{name}"));
        writeln!(text, "function {} ${name} {}{import}", function.index, function.ty).unwrap();
    }
    for global in paused.globals(instance, 0, u32::MAX).unwrap() {
        let mutable = if global.mutable { "mut " } else { "" };
        let value = match global.value {
            Value::Reference(kind, id) => format!("{kind:?} {:?}", paused.object(id).unwrap()),
            value => format!("{value:?}"),
        };
        writeln!(text, "global {} {mutable}{} = {value}", global.index, global.ty).unwrap();
    }
    for index in 0.. {
        let Ok(table) = paused.table(instance, index) else { break };
        writeln!(text, "table {index} {} {} {:?} {}", table.element, table.size, table.maximum, table.table64).unwrap();
    }
    for tag in paused.tags(instance).unwrap() {
        let params: Vec<String> = tag.params.iter().map(ToString::to_string).collect();
        writeln!(text, "tag {} ({})", tag.index, params.join(" ")).unwrap();
    }
    text
}

async fn check(debuggee: &mut Debuggee<Data>, instance: InstanceId, expected: Expect) {
    expected.assert_eq(&debuggee.query(move |paused| shown(paused, instance)).await.unwrap());
}

#[test]
fn one_of_everything() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module $m
              (type $node (struct (field i32)))
              (type $f (func (param i32 i64 f32 f64 v128) (result funcref externref)))
              (type $g (func (param anyref eqref i31ref structref arrayref exnref) (result (ref null $node) (ref func))))
              (type $h (func (param nullref nullfuncref nullexternref nullexnref (ref $f)) (result i32 i32)))
              (func $main (export "main") nop)
              (func (type $f) unreachable)
              (func $g (type $g) unreachable)
              (func $h (type $h) unreachable)
              (global i32 (i32.const -1))
              (global (mut i64) (i64.const -9223372036854775808))
              (global (mut f32) (f32.const nan:0x200001))
              (global f64 (f64.const -0))
              (global (mut v128) (v128.const i64x2 1 -1))
              (global (mut funcref) (ref.func $g))
              (global externref (ref.null extern))
              (global (mut anyref) (ref.i31 (i32.const 7)))
              (global (ref $node) (struct.new $node (i32.const 3)))
              (global exnref (ref.null exn))
              (table 2 funcref) (table 1 9 externref) (table i64 3 (ref null $node)) (table 1 (ref $f) (ref.func 1))
              (tag) (tag (param i32 anyref))
              (memory 1) (memory 2)
              (data (i32.const 0) "a") (data "b") (data "c")
              (elem func $main) (elem declare func 1)
              (export "g" (func $g)) (export "the table" (table 1)) (export "m" (memory 1)) (export "e" (tag 1))
              (export "v" (global 4)))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        check(
            &mut debuggee,
            instance,
            expect![[r#"
            export main: Function 0
            export g: Function 2
            export the table: Table 1
            export m: Memory 1
            export e: Tag 1
            export v: Global 4
            function 0 $main () -> ()
            function 1 $ (i32, i64, f32, f64, v128) -> (funcref, externref)
            function 2 $g (anyref, eqref, i31ref, structref, arrayref, exnref) -> ((ref null 0), (ref func))
            function 3 $h (nullref, nullfuncref, nullexternref, nullexnref, (ref 1)) -> (i32, i32)
            global 0 i32 = I32(-1)
            global 1 mut i64 = I64(-9223372036854775808)
            global 2 mut f32 = F32(2141192193)
            global 3 f64 = F64(9223372036854775808)
            global 4 mut v128 = V128(340282366920938463444927863358058659841)
            global 5 mut funcref = Function Function(InstanceId(1), 2)
            global 6 externref = Null(External)
            global 7 mut anyref = Internal I31(7)
            global 8 (ref 0) = Internal Struct([I32(3)])
            global 9 exnref = Null(Exception)
            table 0 funcref 2 None false
            table 1 externref 1 Some(9) false
            table 2 (ref null 0) 3 None true
            table 3 (ref 1) 1 None false
            tag 0 ()
            tag 1 (i32 anyref)
        "#]],
        )
        .await;
        let counts = debuggee.query(|paused| paused.instances()[0].counts).await.unwrap();
        expect![[r#"
            Counts {
                functions: 4,
                tables: 4,
                memories: 2,
                globals: 10,
                tags: 2,
                data_segments: 3,
                element_segments: 2,
            }
        "#]]
        .assert_debug_eq(&counts);
    });
}

/// Ranges and numbers that are past the end, and a name section that tells lies.
#[test]
fn ranges() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (func $main (export "main") nop) (func $a) (func $b)
              (global i32 (i32.const 0)) (global i32 (i32.const 1)) (global i32 (i32.const 2))
              (table 3 funcref) (elem (i32.const 1) func $a))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let all = [(0, u32::MAX), (0, 0), (1, 1), (2, 9), (3, 1), (u32::MAX, u32::MAX), (1, u32::MAX)];
        let answers = debuggee.query(move |paused| {
            all.map(|(first, limit)| {
                let functions = paused.functions(ModuleId(0), first, limit).unwrap();
                let globals = paused.globals(instance, first, limit).unwrap();
                let functions: Vec<u32> = functions.iter().map(|function| function.index).collect();
                let globals: Vec<Value> = globals.iter().map(|global| global.value).collect();
                (functions, globals)
            })
        });
        for ((first, limit), (functions, globals)) in all.into_iter().zip(answers.await.unwrap()) {
            let expected: Vec<u32> = (first..first.saturating_add(limit).min(3)).collect();
            assert_eq!(functions, expected, "{first}, {limit}");
            let expected: Vec<Value> = expected.into_iter().map(|index| Value::I32(index as i32)).collect();
            assert_eq!(globals, expected, "{first}, {limit}");
        }
        let elements = debuggee.query(move |paused| {
            let ranges = [(0, u32::MAX), (1, 1), (3, 1), (3, 0), (4, 0), (u64::MAX, u32::MAX), (1 << 32, 1)];
            let of =
                |values: Vec<Value>| values.iter().map(|value| matches!(value, Value::Null(_))).collect::<Vec<_>>();
            ranges.map(|(first, limit)| paused.table_elements(instance, 0, first, limit).map(of))
        });
        let past = || Err(Error::OutOfBounds { size: 3 });
        assert_eq!(
            elements.await.unwrap(),
            [Ok(vec![true, false, true]), Ok(vec![false]), Ok(vec![]), Ok(vec![]), past(), past(), past()]
        );
        let nobody = InstanceId(7);
        let refused = debuggee.query(move |paused| {
            [
                paused.imports(nobody).map(drop),
                paused.exports(nobody).map(drop),
                paused.globals(nobody, 0, 1).map(drop),
                paused.tags(nobody).map(drop),
                paused.table(nobody, 0).map(drop),
                paused.table_elements(nobody, 0, 0, 1).map(drop),
                paused.search_memory(nobody, 0, 0..1, b"x", 1).map(drop),
            ]
        });
        for answer in refused.await.unwrap() {
            assert_eq!(answer, Err(Error::NoInstance(nobody)));
        }
        let no_table =
            debuggee.query(move |paused| (paused.table(instance, 1), paused.table_elements(instance, u32::MAX, 0, 1)));
        assert_eq!(no_table.await.unwrap(), (Err(Error::NoTable(1)), Err(Error::NoTable(u32::MAX))));
    });
}

/// Two instances of one module and one of another: each import says which of them it comes from.
#[test]
fn where_imports_come_from() {
    run(|| async {
        const LIBRARY: &str = r#"
            (module
              (import "host" "memory" (memory 1))
              (memory (export "memory") 1) (memory (export "shared") 1 1 shared)
              (global (export "ignored") i32 (i32.const 0)) (global (export "global") (mut i32) (i32.const 5))
              (table (export "table") 4 funcref) (tag (export "tag") (param i32))
              (func (export "function") (param i32)))
        "#;
        const PROGRAM: &str = r#"
            (module
              (import "host" "memory" (memory $host 1))
              (import "one" "memory" (memory 1)) (import "two" "memory" (memory 1))
              (import "one" "shared" (memory 1 1 shared)) (import "two" "shared" (memory 1 1 shared))
              (import "two" "global" (global (mut i32))) (import "one" "table" (table 4 funcref))
              (import "one" "tag" (tag (param i32))) (import "one" "function" (func (param i32)))
              (import "host" "global" (global i32)) (import "host" "table" (table 1 funcref))
              (import "host" "log" (func $log (param i32)))
              (memory 1)
              (elem (table 0) (i32.const 1) func $main $log 0)
              (func $main (export "main") nop))
        "#;
        let engine = engine();
        let library = Module::new(&engine, LIBRARY).unwrap();
        let module = Module::new(&engine, PROGRAM).unwrap();
        let mut store = store(&engine).0;
        store.debug_register_module(&library).unwrap();
        store.debug_register_module(&module).unwrap();
        let debuggee = Debuggee::<Data, ()>::new(store, move |store| {
            Box::pin(async move {
                let mut linker = Linker::new(store.engine());
                let memory = wasmtime::Memory::new_async(&mut *store, wasmtime::MemoryType::new(1, None)).await?;
                linker.define(&mut *store, "host", "memory", memory)?;
                let ty = wasmtime::GlobalType::new(wasmtime::ValType::I32, wasmtime::Mutability::Const);
                let global = wasmtime::Global::new(&mut *store, ty, wasmtime::Val::I32(9))?;
                linker.define(&mut *store, "host", "global", global)?;
                let ty = wasmtime::TableType::new(wasmtime::RefType::FUNCREF, 1, None);
                let table = wasmtime::Table::new_async(&mut *store, ty, wasmtime::Ref::Func(None)).await?;
                linker.define(&mut *store, "host", "table", table)?;
                linker.func_wrap("host", "log", |_: i32| {})?;
                for name in ["one", "two"] {
                    let instance = linker.instantiate_async(&mut *store, &library).await?;
                    linker.instance(&mut *store, name, instance)?;
                }
                let instance = linker.instantiate_async(&mut *store, &module).await?;
                instance.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(store, ()).await
            })
        });
        let mut debuggee = debuggee.unwrap();
        debuggee.resume(How::StepInstruction).await.unwrap();
        let ids: Vec<InstanceId> =
            debuggee.query(|paused| paused.instances()).await.unwrap().iter().map(|instance| instance.id).collect();
        assert_eq!(ids.len(), 3);
        // Numbers of the engine's own depend on what the host made before.
        let text = debuggee.query(move |paused| {
            let mut text = shown(paused, ids[2]);
            for (id, name) in ids.iter().zip(["ONE", "TWO", "MAIN"]) {
                text = text.replace(&format!("instance {id}'s"), name);
            }
            let one = paused.tags(ids[0]).unwrap()[0].id;
            let main = paused.tags(ids[2]).unwrap()[0].id;
            assert_eq!(one, main, "a tag has one number");
            assert_ne!(one, paused.tags(ids[1]).unwrap()[0].id);
            // The functions in the table, also by the instance that sees it from the other side.
            for instance in [ids[0], ids[2]] {
                for element in paused.table_elements(instance, 0, 1, 3).unwrap() {
                    let Value::Reference(_, id) = element else { panic!("a function") };
                    let object = format!("{:?}", paused.object(id).unwrap());
                    writeln!(text, "{}", object.replace(&format!("{:?}", ids[2]), "MAIN")).unwrap();
                }
            }
            text
        });
        expect![[r#"
            import host.memory: Memory 0 from the host
            import one.memory: Memory 1 from ONE 1
            import two.memory: Memory 2 from TWO 1
            import one.shared: Memory 3 from ONE 2
            import two.shared: Memory 4 from TWO 2
            import two.global: Global 0 from TWO 1
            import one.table: Table 0 from ONE 0
            import one.tag: Tag 0 from ONE 0
            import one.function: Function 0 from unknown
            import host.global: Global 1 from the host
            import host.table: Table 1 from the host
            import host.log: Function 1 from unknown
            export main: Function 2
            function 0 $ (i32) -> () import one.function
            function 1 $log (i32) -> () import host.log
            function 2 $main () -> ()
            global 0 mut i32 = I32(5)
            global 1 i32 = I32(9)
            table 0 funcref 4 None false
            table 1 funcref 1 None false
            tag 0 (i32)
            Function(MAIN, 2)
            Function(MAIN, 1)
            Function(MAIN, 0)
            Function(MAIN, 2)
            Function(MAIN, 1)
            Function(MAIN, 0)
        "#]]
        .assert_eq(&text.await.unwrap());
    });
}
