//! Values of every type, as locals, operands and payloads; and that reading references leaves
//! nothing behind.

use crate::support::harness::{Canary, Data, call, debuggee, engine, run, run_on_both, store};
use crate::support::transcript::{innermost, values};
use expect_test::expect;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stillpoint_debuggee::{Debuggee, FrameId, How, StopReason, View};
use wasmtime::{AsContextMut, ExternRef, Linker, Module, RootScope, Store, Val};

#[test]
fn locals_of_every_type() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (tag $e)
              (func $main (export "main") (param externref)
                (local i32 i64 f32 f64 v128 funcref externref anyref exnref)
                (local funcref externref anyref exnref)
                (local.set 1 (i32.const -7))
                (local.set 2 (i64.const -8))
                (local.set 3 (f32.const nan:0x600001))
                (local.set 4 (f64.const -0))
                (local.set 5 (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15))
                (local.set 6 (ref.func $main))
                (local.set 7 (local.get 0))
                (local.set 8 (ref.i31 (i32.const 3)))
                (block $h (result exnref)
                  (try_table (catch_all_ref $h) (throw $e))
                  (unreachable))
                (local.set 9)
                (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7)
                (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13)
                (unreachable))
              (elem declare func $main))
        "#;
        let (mut debuggee, _) = debuggee(
            PROGRAM,
            |_| {},
            |store, instance| {
                Box::pin(async move {
                    let text = ExternRef::new(&mut *store, "text")?;
                    call(store, instance, "main", &[Val::ExternRef(Some(text))]).await.map(drop)
                })
            },
        );
        assert_eq!(
            debuggee.resume(How::Continue).await.unwrap().reason,
            StopReason::Exception { caught: true, payload: vec![] }
        );
        // Locals begin as zero and null.
        let at_throw = values(&innermost(&mut debuggee).await.0);
        expect!["[ref-extern -7 -8L f32:0x7fe00001 f64:0x8000000000000000 v128:0xf0e0d0c0b0a09080706050403020100 ref-func ref-extern ref-any null-exn null-func null-extern null-any null-exn]"].assert_eq(&at_throw);
        debuggee.resume(How::Continue).await.unwrap();
        let (locals, operands) = innermost(&mut debuggee).await;
        expect!["[ref-extern -7 -8L f32:0x7fe00001 f64:0x8000000000000000 v128:0xf0e0d0c0b0a09080706050403020100 ref-func ref-extern ref-any ref-exn null-func null-extern null-any null-exn]"].assert_eq(&values(&locals));
        expect!["[-7 -8L f32:0x7fe00001 f64:0x8000000000000000 v128:0xf0e0d0c0b0a09080706050403020100 ref-func ref-extern ref-any ref-exn null-func null-extern null-any null-exn]"].assert_eq(&values(&operands));
    });
}

/// What continuation values are shown as, which the engine itself cannot read.
#[test]
fn locals_that_are_continuations() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (type $f (func))
              (type $c (cont $f))
              (func $other)
              (elem declare func $other)
              (func $main (export "main") (param i32) (local $k (ref null $c)) (local i64)
                (local.set 2 (i64.const 5))
                (local.set $k (cont.new $c (ref.func $other)))
                (local.get $k)
                (unreachable)))
        "#;
        let mut config = crate::support::harness::config();
        config.wasm_stack_switching(true);
        let engine = wasmtime::Engine::new(&config).unwrap();
        let mut debuggee = crate::support::harness::debuggee_on(
            store(&engine).0,
            PROGRAM,
            |_| {},
            crate::support::harness::call_main_with(4),
        );
        let mut seen = String::new();
        while !debuggee.is_complete() {
            let stop = debuggee.resume(How::StepInstruction).await.unwrap();
            if stop.location().is_some() {
                let (locals, operands) = innermost(&mut debuggee).await;
                seen += &format!("{} {}\n", values(&locals), values(&operands));
            }
        }
        expect![[r#"
            [ref-cont ref-cont 0L] []
            [ref-cont ref-cont 0L] [ref-cont]
            [ref-cont ref-cont 5L] []
            [ref-cont ref-cont 5L] [ref-cont]
            [ref-cont ref-cont 5L] [ref-cont]
            [ref-cont ref-cont 5L] []
            [ref-cont ref-cont 5L] [ref-cont]
            [ref-cont ref-cont 5L] [ref-cont]
        "#]]
        .assert_eq(&seen);
    });
}

/// A million reads of frames with references in them; when the program is done with its object,
/// nothing of ours keeps it alive.
#[test]
fn references_that_were_read_are_collected() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (tag $e (param externref))
              (func $main (export "main") (param externref)
                (local anyref exnref)
                (local.set 1 (any.convert_extern (local.get 0)))
                (block $h (result externref exnref)
                  (try_table (catch_ref $e $h) (throw $e (local.get 0)))
                  (unreachable))
                (local.set 2)
                (nop)
                (drop)))
        "#;
        let canary = Arc::new(AtomicBool::new(false));
        let is_dropped = Arc::clone(&canary);
        let engine = engine();
        let module = Module::new(&engine, PROGRAM).unwrap();
        let mut debuggee = Debuggee::<Data, ()>::new(store(&engine).0, move |store| {
            Box::pin(async move {
                let instance = Linker::new(store.engine()).instantiate_async(&mut *store, &module).await?;
                let main = instance.get_func(&mut *store, "main").expect("exported");
                let mut scope = RootScope::new(&mut *store);
                let object = ExternRef::new(&mut scope, Canary(is_dropped))?;
                main.call_async(&mut scope, &[Val::ExternRef(Some(object))], &mut []).await
            })
        })
        .unwrap();
        loop {
            let stop = debuggee.resume(How::StepInstruction).await.unwrap();
            if matches!(stop.reason, StopReason::Exited(_)) {
                break;
            }
            let frame = FrameId { stop: stop.number, index: 0 };
            // About 30 stops: more than a million references read altogether.
            let query = debuggee.query(move |paused| {
                for _ in 0..10_000 {
                    assert_eq!(paused.locals(frame).unwrap().len(), 3);
                    paused.operands(frame).unwrap();
                }
            });
            query.await.unwrap();
        }
        let (mut store, result): (Store<Data>, _) = debuggee.take_store().unwrap();
        result.unwrap();
        assert!(!canary.load(Ordering::SeqCst));
        store.as_context_mut().gc_async(None).await.unwrap();
        assert!(canary.load(Ordering::SeqCst), "something still refers to the object");
    });
}

/// A native debugger reads what a reference refers to over the store itself.
#[test]
fn reference_contents_over_the_store() {
    run_on_both(|| async {
        let mut debuggee = crate::support::harness::program(
            r#"(module (global (export "g") externref (ref.null extern)) (func (export "main") nop))"#,
        );
        debuggee.resume(How::StepInstruction).await.unwrap();
        let query = debuggee.query(|paused| {
            let instance = paused.store().debug_all_instances().remove(0);
            let global = instance.debug_global(paused.store(), 0).expect("the module has one");
            matches!(global.get(paused.store()), Val::ExternRef(None))
        });
        assert!(query.await.unwrap());
    });
}
