//! What references refer to: functions, structs, arrays, `i31`, exceptions, values of the host; and
//! how long their numbers last.

use crate::support::harness::{Canary, Data, call, debuggee, program, program_with, run};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stillpoint_debuggee::{
    Captures, Debuggee, Error, FrameId, How, Object, ReferenceId, ReferenceKind, Session, StopReason, StorageType,
    Value, ValueType, View,
};
use wasmtime::{ExternRef, Val};

/// The locals of the innermost frame, each followed as far as it goes, as text.
async fn followed(debuggee: &mut Debuggee<Data>) -> Vec<String> {
    let frame = FrameId { stop: debuggee.last_stop().number, index: 0 };
    let query = debuggee.query(move |paused| {
        let locals = paused.locals(frame).unwrap();
        locals.into_iter().map(|local| follow(paused, local, 4)).collect()
    });
    query.await.unwrap()
}

fn follow(paused: &mut dyn View, value: Value, depth: u32) -> String {
    let Value::Reference(kind, id) = value else { return format!("{value:?}") };
    if depth == 0 || id == ReferenceId::NONE {
        return format!("{kind:?}");
    }
    match paused.object(id).unwrap() {
        Object::Struct(fields) => format!("struct({})", joined(paused, fields, depth)),
        Object::Array { element, length } => {
            let elements = paused.array_elements(id, 0, u32::MAX).unwrap();
            assert_eq!(elements.len() as u32, length);
            format!("array {element}({})", joined(paused, elements, depth))
        }
        Object::Exception { payload, .. } => format!("exception({})", joined(paused, payload, depth)),
        Object::Converted(inside) => format!("converted {}", follow(paused, inside, depth - 1)),
        Object::Function(_, index) => format!("function {index}"),
        other => format!("{other:?}"),
    }
}

fn joined(paused: &mut dyn View, values: Vec<Value>, depth: u32) -> String {
    let words: Vec<String> = values.into_iter().map(|value| follow(paused, value, depth - 1)).collect();
    words.join(", ")
}

const EVERYTHING: &str = r#"
    (module
      (type $node (struct (field (mut i8)) (field i64) (field (mut (ref null $node))) (field v128) (field f32)))
      (type $bytes (array (mut i8)))
      (type $nodes (array (mut (ref null $node))))
      (type $f (func (param i32)))
      (import "host" "f" (func $imported (param i32)))
      (tag $e (param i32 anyref))
      (elem declare func $main $other $imported)
      (func $other (param i32))
      (func $main (export "main") (param externref)
        (local $i31 anyref) (local $struct anyref) (local $array anyref) (local $nodes anyref)
        (local $exn exnref) (local $f funcref) (local $imported funcref)
        (local $outside externref) (local $inside anyref) (local $same anyref)
        (local.set $i31 (ref.i31 (i32.const -3)))
        (local.set $struct
          (struct.new $node (i32.const -1) (i64.const 7)
            (struct.new $node (i32.const 2) (i64.const 8) (ref.null $node) (v128.const i64x2 1 2) (f32.const nan:0x200001))
            (v128.const i64x2 3 4) (f32.const 1)))
        (local.set $array (array.new $bytes (i32.const 255) (i32.const 3)))
        (local.set $nodes (array.new_fixed $nodes 2 (ref.null $node) (ref.cast (ref $node) (local.get $struct))))
        (block $h (result i32 anyref exnref)
          (try_table (catch_ref $e $h) (throw $e (i32.const 5) (local.get $i31)))
          (unreachable))
        (local.set $exn)
        (drop) (drop)
        (local.set $f (ref.func $other))
        (local.set $imported (ref.func $imported))
        (local.set $outside (extern.convert_any (local.get $array)))
        (local.set $inside (any.convert_extern (local.get 0)))
        (local.set $same (local.get $struct))
        (unreachable)))
"#;

/// [`EVERYTHING`] at its end.
async fn everything() -> Debuggee<Data> {
    let (mut debuggee, _) = debuggee(
        EVERYTHING,
        |linker| {
            linker.func_wrap("host", "f", |_: i32| {}).unwrap();
        },
        |store, instance| {
            Box::pin(async move {
                let text = ExternRef::new(&mut *store, "text")?;
                call(store, instance, "main", &[Val::ExternRef(Some(text))]).await.map(drop)
            })
        },
    );
    assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exception { .. }));
    assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Trap { .. }));
    debuggee
}

#[test]
fn contents_of_every_kind() {
    run(|| async {
        let mut debuggee = everything().await;
        let node = "struct(I32(2), I64(8), Null(Internal), V128(36893488147419103233), F32(2141192193))";
        let whole = format!("struct(I32(255), I64(7), {node}, V128(73786976294838206467), F32(1065353216))");
        assert_eq!(
            followed(&mut debuggee).await,
            [
                "External",
                "I31(-3)",
                &whole,
                "array i8(I32(255), I32(255), I32(255))",
                &format!("array (ref null struct)(Null(Internal), {whole})"),
                "exception(I32(5), I31(-3))",
                "function 1",
                "function 0",
                "converted array i8(I32(255), I32(255), I32(255))",
                "converted External",
                &whole,
            ]
        );
    });
}

/// The same object has the same number, however often and wherever it is read; different ones have
/// different ones.
#[test]
fn numbers_of_one_stop() {
    run(|| async {
        let mut debuggee = everything().await;
        let frame = FrameId { stop: debuggee.last_stop().number, index: 0 };
        let query = debuggee.query(move |paused| {
            let first = paused.locals(frame).unwrap();
            let again = paused.locals(frame).unwrap();
            let Value::Reference(ReferenceKind::Internal, nodes) = first[4] else { panic!("an array") };
            (first, again, paused.array_elements(nodes, 1, 1).unwrap())
        });
        let (first, again, elements) = query.await.unwrap();
        assert_eq!(first, again);
        assert_eq!(first[2], first[10]);
        assert_eq!(first[2], elements[0]);
        let mut ids: Vec<ReferenceId> = first[..10].iter().map(id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 10);
    });
}

fn id(value: &Value) -> ReferenceId {
    let Value::Reference(_, id) = value else { panic!("a reference, not {value:?}") };
    *id
}

#[test]
fn numbers_end_with_the_stop() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module (func $main (export "main") (local funcref) (local.set 0 (ref.func $main)) nop nop nop)
              (elem declare func $main))
        "#;
        let mut debuggee = program(PROGRAM);
        debuggee.resume(How::StepInstruction).await.unwrap();
        let ask = |id: u64| {
            move |paused: &mut stillpoint_debuggee::Paused<'_, Data>| {
                (paused.object(ReferenceId(id)).map(drop), paused.array_elements(ReferenceId(id), 0, 1).map(drop))
            }
        };
        let no = |id| (Err(Error::NoReference(ReferenceId(id))), Err(Error::NoReference(ReferenceId(id))));
        for id in [0, 1, u64::MAX] {
            assert_eq!(debuggee.query(ask(id)).await.unwrap(), no(id));
        }
        debuggee.set_captures(Captures { locals: true, ..Captures::default() }).unwrap();
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.resume(How::StepInstruction).await.unwrap();
        let mut last = 0;
        for _ in 0..3 {
            let captured = debuggee.last_stop().captured.locals.clone();
            let id = id(&captured[0]).0;
            assert_eq!(id, last + 1, "numbers go on");
            let not_an_array = Err(Error::WrongType { expected: "an array".to_owned() });
            assert_eq!(debuggee.query(ask(id)).await.unwrap(), (Ok(()), not_an_array));
            assert_eq!(debuggee.query(ask(id + 1)).await.unwrap(), no(id + 1));
            assert_eq!(debuggee.query(ask(0)).await.unwrap(), no(0));
            if last > 0 {
                let stale = (Err(Error::StaleReference), Err(Error::StaleReference));
                assert_eq!(debuggee.query(ask(last)).await.unwrap(), stale);
            }
            last = id;
            debuggee.resume(How::StepInstruction).await.unwrap();
        }
    });
}

#[test]
fn ranges_of_arrays() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (type $words (array i16))
              (func $main (export "main") (local anyref)
                (local.set 0 (array.new_fixed $words 3 (i32.const 1) (i32.const -2) (i32.const 3)))
                (unreachable)))
        "#;
        let mut debuggee = program(PROGRAM);
        debuggee.resume(How::Continue).await.unwrap();
        let frame = FrameId { stop: debuggee.last_stop().number, index: 0 };
        let answers = debuggee.query(move |paused| {
            let array = id(&paused.locals(frame).unwrap()[0]);
            let object = paused.object(array);
            let ranges = [(0, 9), (1, 1), (2, u32::MAX), (3, 1), (3, 0), (4, 0), (u32::MAX, u32::MAX), (0, 0)];
            (object, ranges.map(|(first, limit)| paused.array_elements(array, first, limit)))
        });
        let (object, answers) = answers.await.unwrap();
        assert_eq!(object, Ok(Object::Array { element: StorageType::I16, length: 3 }));
        let (one, two, three) = (Value::I32(1), Value::I32(65534), Value::I32(3));
        assert_eq!(
            answers,
            [
                Ok(vec![one, two, three]),
                Ok(vec![two]),
                Ok(vec![three]),
                Ok(vec![]),
                Ok(vec![]),
                Err(Error::OutOfBounds { size: 3 }),
                Err(Error::OutOfBounds { size: 3 }),
                Ok(vec![]),
            ]
        );
    });
}

/// A function of the host's is one wherever the program has it from.
#[test]
fn functions_of_the_host() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module (import "host" "give" (func $give (result funcref)))
              (func $main (export "main") (local funcref) (local.set 0 (call $give)) unreachable))
        "#;
        let mut debuggee = program_with(PROGRAM, |linker| {
            let give = |mut caller: wasmtime::Caller<'_, Data>| Some(wasmtime::Func::wrap(&mut caller, || {}));
            linker.func_wrap("host", "give", give).unwrap();
        });
        debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(followed(&mut debuggee).await, ["HostFunction"]);
    });
}

/// Ten thousand stops that carry references and follow them: when the program is done with its
/// object, nothing of ours keeps it alive, not even while it is paused again.
#[test]
fn references_are_kept_for_one_stop() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (func $main (export "main") (param externref) (local anyref) (local $n i32)
                (local.set 1 (any.convert_extern (local.get 0)))
                (loop $again
                  (local.set $n (i32.add (local.get $n) (i32.const 1)))
                  (br_if $again (i32.lt_u (local.get $n) (i32.const 2000))))
                (local.set 0 (ref.null extern))
                (local.set 1 (ref.null any)))
              (func (export "rest") nop nop))
        "#;
        let canary = Arc::new(AtomicBool::new(false));
        let is_dropped = Arc::clone(&canary);
        let (mut debuggee, _) = debuggee(
            PROGRAM,
            |_| {},
            |store, instance| {
                Box::pin(async move {
                    {
                        let mut scope = wasmtime::RootScope::new(&mut *store);
                        let object = ExternRef::new(&mut scope, Canary(canary))?;
                        let main = instance.get_func(&mut scope, "main").expect("exported");
                        main.call_async(&mut scope, &[Val::ExternRef(Some(object))], &mut []).await?;
                    }
                    call(store, instance, "rest", &[]).await.map(drop)
                })
            },
        );
        debuggee.set_captures(Captures { locals: true, operands: true, n_frames: 1 }).unwrap();
        let mut n_followed = 0;
        let mut n_left = 0;
        while !debuggee.is_complete() {
            let stop = debuggee.resume(How::StepInstruction).await.unwrap();
            let Some(Value::Reference(ReferenceKind::External, id)) = stop.captured.locals.first().copied() else {
                n_left += 1;
                if n_left == 4 {
                    debuggee.query(|paused| paused.store().gc(None)).await.unwrap().unwrap();
                    assert!(is_dropped.load(Ordering::SeqCst), "collected while paused");
                }
                continue;
            };
            n_followed += 1;
            let object = debuggee.query(move |paused| paused.object(id)).await.unwrap();
            assert_eq!(object, Ok(Object::External));
        }
        assert!(n_followed > 10_000, "{n_followed}");
        assert!(n_left >= 4, "{n_left}");
    });
}

/// A collection in a query moves objects; each keeps the one id that it has got.
#[test]
fn report_peer_an_object_has_one_id_across_collections() {
    for collector in [wasmtime::Collector::Copying, wasmtime::Collector::DeferredReferenceCounting] {
        run(move || async move {
            const PROGRAM: &str = r#"(module
                (type $s (struct (field i32)))
                (func $main (export "main") (local (ref null $s)) (local anyref) (local (ref null $s))
                    (drop (struct.new $s (i32.const 0)))
                    (local.set 0 (struct.new $s (i32.const 1)))
                    (drop (struct.new $s (i32.const 0)))
                    (local.set 1 (struct.new $s (i32.const 2)))
                    (local.set 2 (local.get 0))
                    (unreachable)))"#;
            let mut config = crate::support::harness::config();
            config.collector(collector);
            let engine = wasmtime::Engine::new(&config).unwrap();
            let store = crate::support::harness::store(&engine).0;
            let mut debuggee =
                crate::support::harness::debuggee_on(store, PROGRAM, |_| {}, crate::support::harness::call_main);
            debuggee.resume(How::Continue).await.unwrap();
            let frame = FrameId { stop: debuggee.last_stop().number, index: 0 };
            let mut seen = Vec::new();
            for _ in 0..4 {
                seen.push(debuggee.query(move |paused| paused.locals(frame)).await.unwrap().unwrap());
                debuggee.query(|paused| paused.store().gc(None)).await.unwrap().unwrap();
            }
            assert!(seen.iter().all(|locals| *locals == seen[0]), "{seen:?}");
            assert_eq!(seen[0][0], seen[0][2]);
            assert_ne!(seen[0][0], seen[0][1]);
        });
    }
}

/// Globals and tables of continuations, which the engine cannot show, and what is beside them.
#[test]
fn continuations_are_opaque() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (type $f (func)) (type $c (cont $f))
              (global $c (mut (ref null $c)) (ref.null $c))
              (global $n i32 (i32.const 4))
              (table $t 2 (ref null $c))
              (func $main (export "main") (global.set $c (cont.new $c (ref.func $main))) nop)
              (elem declare func $main))
        "#;
        let mut config = crate::support::harness::config();
        config.wasm_stack_switching(true);
        let engine = wasmtime::Engine::new(&config).unwrap();
        let store = crate::support::harness::store(&engine).0;
        let mut debuggee =
            crate::support::harness::debuggee_on(store, PROGRAM, |_| {}, crate::support::harness::call_main);
        for _ in 0..4 {
            debuggee.resume(How::StepInstruction).await.unwrap();
        }
        let opaque = Value::Reference(ReferenceKind::Continuation, ReferenceId::NONE);
        let answers = debuggee.query(move |paused| {
            use stillpoint_debuggee::Modify;
            let instance = paused.instances()[0].id;
            let values: Vec<_> =
                paused.globals(instance, 0, 9).unwrap().into_iter().map(|global| (global.ty, global.value)).collect();
            let elements = paused.table_elements(instance, 0, 0, 9);
            let refused = [
                paused.set_global(instance, 0, Value::Null(ReferenceKind::Continuation)),
                paused.set_table_element(instance, 0, 0, Value::Null(ReferenceKind::Continuation)),
                paused.grow_table(instance, 0, 1, opaque).map(drop),
            ];
            (values, elements, refused)
        });
        let (values, elements, refused) = answers.await.unwrap();
        assert_eq!(values[0].1, opaque);
        assert_eq!(values[0].0.to_string(), "(ref null 1)");
        assert_eq!(values[1], (ValueType::I32, Value::I32(4)));
        assert_eq!(elements, Ok(vec![opaque, opaque]));
        for answer in refused {
            assert_eq!(answer, Err(Error::WrongType { expected: "(ref null 1)".to_owned() }));
        }
    });
}

/// In the middle of nothing there is nothing to follow.
#[test]
fn at_the_entry_and_after_the_end() {
    run(|| async {
        let mut debuggee = program("(module (func (export \"main\") nop))");
        let answers =
            debuggee.query(|paused| (paused.instances(), paused.pending_exception(), paused.object(ReferenceId(1))));
        assert_eq!(answers.await.unwrap(), (vec![], Ok(None), Err(Error::NoReference(ReferenceId(1)))));
        debuggee.finish().await.unwrap();
        assert_eq!(debuggee.query(|paused| paused.instances()).await, Err(Error::Exited));
    });
}
