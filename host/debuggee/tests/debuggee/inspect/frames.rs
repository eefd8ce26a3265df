//! Frames: backtraces, their numbers, and what becomes of them when the program goes on.

use crate::support::harness::{Data, call_main_with, debuggee, define_call_back, program, program_with, run_on_both};
use crate::support::places::Places;
use crate::support::transcript::{backtrace, innermost, values};
use expect_test::expect;
use std::fmt::Write;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use stillpoint_debuggee::{Debuggee, Error, FrameId, How, StopReason, View};
use wasmtime::{Extern, FuncType, ValType};

/// Goes `n` calls deep, then traps.
const RECURSION: &str = r#"
    (module
      (func $main (export "main") (param $n i32)
        (if (i32.eqz (local.get $n)) (then (unreachable)))
        (i32.const 77)
        (call $main (i32.sub (local.get $n) (i32.const 1)))
        (drop)))
"#;

fn recursion(depth: i32) -> Debuggee<Data> {
    debuggee(RECURSION, |_| {}, call_main_with(depth)).0
}

#[test]
fn recursion_200_deep() {
    run_on_both(|| async {
        let places = Places::of(RECURSION);
        let mut debuggee = recursion(199);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert!(matches!(stop.reason, StopReason::Trap { .. }));
        let frames = backtrace(&mut debuggee).await;
        assert_eq!(frames.len(), 200);
        let number = stop.number;
        for (index, frame) in (0..).zip(&frames) {
            assert_eq!(frame.id, FrameId { stop: number, index });
            assert_eq!(places.name(frame.location), if index == 0 { "main#3" } else { "main#10" });
        }
        let query = debuggee.query(move |paused| {
            assert_eq!(paused.depth(), Ok(200));
            // Any frame, in any order, and its locals and operands.
            for index in [199, 0, 57, 3, 57, 198] {
                let frame = FrameId { stop: number, index };
                assert_eq!(values(&paused.locals(frame).unwrap()), format!("[{index}]"));
                // A caller's stack has the arguments on it still.
                let operands = if index == 0 { "[]".to_owned() } else { format!("[77 {}]", index - 1) };
                assert_eq!(values(&paused.operands(frame).unwrap()), operands);
            }
            for index in [200, 201, u32::MAX] {
                let frame = FrameId { stop: number, index };
                assert_eq!(paused.locals(frame), Err(Error::NoFrame { n_frames: 200 }));
                assert_eq!(paused.operands(frame), Err(Error::NoFrame { n_frames: 200 }));
            }
        });
        query.await.unwrap();
    });
}

/// Any part of the backtrace is the same part of the whole.
#[test]
fn backtrace_in_parts() {
    run_on_both(|| async {
        let mut debuggee = recursion(9);
        debuggee.resume(How::Continue).await.unwrap();
        // Walked in parts first, so that the walk goes on where it was.
        let query = debuggee.query(|paused| {
            let parts = [(0, 1), (0, 0), (1, 3), (8, 5), (10, 1), (11, 1), (0, 3), (u32::MAX, 1), (u32::MAX, u32::MAX)];
            parts.map(|(first, limit)| (first, limit, paused.frames(first, limit).unwrap()))
        });
        let parts = query.await.unwrap();
        let whole = backtrace(&mut debuggee).await;
        assert_eq!(whole.len(), 10);
        for (first, limit, part) in parts {
            let expected: Vec<_> = whole.iter().skip(first as usize).take(limit as usize).copied().collect();
            assert_eq!(part, expected, "{first}, {limit}");
        }
    });
}

#[test]
fn locals_and_operands_of_outer_frames() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (func $main (export "main") (local $x i64)
                (local.set $x (i64.const 42))
                (i32.const 1) (i64.const 2)
                (i32.const 10) (i32.const 20) (call $middle)
                (drop) (drop) (drop))
              (func $middle (param $a i32) (param $b i32) (result f32) (local $c f64)
                (f32.const 1.5)
                (block (result f32)
                  (local.get $a) (call $inner) (drop)
                  (f32.const 2))
                (f32.add))
              (func $inner (param $d i32) (result i32)
                (local.set $d (i32.const 3))
                (local.get $d) (local.get $d) (unreachable)))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program(PROGRAM);
        debuggee.resume(How::Continue).await.unwrap();
        let mut text = String::new();
        for frame in backtrace(&mut debuggee).await {
            let query = debuggee.query(move |paused| (paused.locals(frame.id), paused.operands(frame.id)));
            let (locals, operands) = query.await.unwrap();
            let place = places.name(frame.location);
            writeln!(text, "{place} {} {}", values(&locals.unwrap()), values(&operands.unwrap())).unwrap();
        }
        expect![[r#"
            inner#4 [3] [3 3]
            middle#4 [10 20 f64:0x0] [f32:0x3fc00000 10]
            main#7 [42L] [1 2L 10 20]
        "#]]
        .assert_eq(&text);
    });
}

/// The frames of the first activation come after those of the second, all readable.
#[test]
fn two_activations_in_one_backtrace() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "again" (func $again (param i32)))
              (func $main (export "main") (local $x i32)
                (local.set $x (i32.const 5))
                (i32.const 8)
                (call $outer)
                (drop))
              (func $outer (call $again (i32.const 6)))
              (func $back (export "back") (param i32) (call $inner (i32.const 7)))
              (func $inner (param i32) (unreachable)))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program_with(PROGRAM, |linker| {
            define_call_back(linker, "again", "back", &[ValType::I32], &[]);
        });
        debuggee.resume(How::Continue).await.unwrap();
        let frames = backtrace(&mut debuggee).await;
        expect!["inner#0 < back#2 < outer#2 < main#4"].assert_eq(&places.backtrace(&frames));
        let mut locals = Vec::new();
        for frame in frames {
            let query = debuggee.query(move |paused| (paused.locals(frame.id), paused.operands(frame.id)));
            let (of_frame, operands) = query.await.unwrap();
            locals.push(format!("{} {}", values(&of_frame.unwrap()), values(&operands.unwrap())));
        }
        expect![[r#"["[7] []", "[6] [7]", "[] [6]", "[5] [8]"]"#]].assert_eq(&format!("{locals:?}"));
    });
}

/// Paused in the first activation again, after the second is gone.
#[test]
fn outer_activation_is_readable_after_the_inner_one_has_ended() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (import "host" "again" (func $again))
              (func $main (export "main") (local $x i32)
                (local.set $x (i32.const 5))
                (call $again)
                (unreachable))
              (func $back (export "back") (unreachable)))
        "#;
        let places = Places::of(PROGRAM);
        let mut debuggee = program_with(PROGRAM, |linker| {
            let ty = FuncType::new(linker.engine(), [], []);
            linker
                .func_new_async("host", "again", ty, |mut caller, _, _| {
                    Box::new(async move {
                        let back = caller.get_export("back").and_then(Extern::into_func).expect("exported");
                        back.call_async(&mut caller, &[], &mut []).await.unwrap_err();
                        Ok(())
                    })
                })
                .unwrap();
        });
        let mut text = String::new();
        while !debuggee.is_complete() {
            let stop = debuggee.resume(How::Continue).await.unwrap();
            text += &places.line(&stop);
            if !debuggee.is_complete() {
                text += &format!(": {}", places.backtrace(&backtrace(&mut debuggee).await));
            }
            text.push('\n');
        }
        expect![[r#"
            trap UnreachableCodeReached at back#0: back#0 < main#3
            trap UnreachableCodeReached at main#3: main#3
            exited failed "wasm trap: wasm `unreachable` instruction executed"
        "#]]
        .assert_eq(&text);
    });
}

/// A frame ends when the program is resumed, from whatever kind of stop, even if the next one is at
/// the same place.
#[test]
fn stale_frame_is_refused_after_a_resume() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (tag $e)
              (func $main (export "main")
                (block $h (try_table (catch_all $h) (throw $e)))
                (loop $again (br $again))))
        "#;
        let mut debuggee = program(PROGRAM);
        let mut seen = vec![0];
        let entry = FrameId { stop: 0, index: 0 };
        let at_entry = debuggee.query(move |paused| paused.locals(entry)).await.unwrap();
        assert_eq!(at_entry, Err(Error::NoFrame { n_frames: 0 }));
        for how in [How::StepInstruction, How::Continue, How::StepInstruction, How::Continue, How::Continue] {
            debuggee.interrupter().interrupt();
            let stop = debuggee.resume(how).await.unwrap();
            let earlier = seen.clone();
            let query = debuggee.query(move |paused| {
                for number in earlier {
                    let frame = FrameId { stop: number, index: 0 };
                    assert_eq!(paused.locals(frame), Err(Error::StaleFrame));
                    assert_eq!(paused.operands(frame), Err(Error::StaleFrame));
                }
                let to_come = FrameId { stop: stop.number + 1, index: 0 };
                assert_eq!(paused.locals(to_come), Err(Error::StaleFrame));
                paused.locals(FrameId { stop: stop.number, index: 0 }).unwrap();
            });
            query.await.unwrap();
            seen.push(stop.number);
        }
        // Frame ids of the latest stop hold over queries.
        for _ in 0..3 {
            innermost(&mut debuggee).await;
        }
    });
}

/// The engine's own handle, kept over a resume by a native debugger, does not make the frame live
/// on for us.
#[test]
fn frame_of_an_exited_program() {
    run_on_both(|| async {
        let mut debuggee = program(r#"(module (func (export "main")))"#);
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.resume(How::Continue).await.unwrap();
        let frame = FrameId { stop: 1, index: 0 };
        assert_eq!(debuggee.query(move |paused| paused.locals(frame)).await, Err(Error::Exited));
    });
}

/// Functions are numbered with the imported ones.
#[test]
fn function_index_counts_imports() {
    run_on_both(|| async {
        let mut debuggee = program_with(
            r#"(module
                (import "host" "a" (func))
                (import "host" "b" (func))
                (func (export "other"))
                (func (export "main") unreachable))"#,
            |linker| {
                linker.func_wrap("host", "a", || ()).unwrap();
                linker.func_wrap("host", "b", || ()).unwrap();
            },
        );
        debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(backtrace(&mut debuggee).await[0].function, 3);
    });
}

/// A query that panics is the caller's panic; the program is not harmed and goes on.
#[test]
fn query_that_panics() {
    run_on_both(|| async {
        let mut debuggee = program(r#"(module (func (export "main") nop unreachable))"#);
        for _ in 0..3 {
            debuggee.resume(How::StepInstruction).await.unwrap();
            let caught = {
                let mut query = std::pin::pin!(debuggee.query(|_| -> () { panic!("the caller's own") }));
                poll_fn(|context| Poll::Ready(catch_unwind(AssertUnwindSafe(|| query.as_mut().poll(context))))).await
            };
            let panic = caught.map(drop).unwrap_err();
            assert_eq!(*panic.downcast::<&str>().unwrap(), "the caller's own");
            assert!(debuggee.query(|paused| paused.depth()).await.is_ok());
        }
    });
}
