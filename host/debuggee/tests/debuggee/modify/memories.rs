//! Writing to memories, and growing them.

use crate::support::harness::{PAGE, run, stopped};
use stillpoint_debuggee::{Error, How, InstanceId, Modify, StopReason, View};

#[test]
fn writes_are_whole_or_refused() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (memory 1) (memory i64 1) (memory 1 1 shared) (memory 0)
              (func (export "main") nop))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let cases: &[(u64, usize, bool)] = &[
            (0, 4, true),
            (PAGE - 4, 4, true),
            (PAGE - 3, 4, false),
            (PAGE, 0, true),
            (PAGE, 1, false),
            (PAGE + 1, 0, false),
            (u64::from(u32::MAX), 1, false),
            (u64::from(u32::MAX) + 1, 4, false),
            (u64::MAX, 0, false),
            (u64::MAX, 1, false),
            (u64::MAX - 3, 4, false),
        ];
        for memory in 0..3 {
            for (address, length, fits) in cases.iter().copied() {
                let answer = debuggee.query(move |paused| {
                    let before = paused.read_memory(instance, memory, 0, usize::MAX).unwrap();
                    let written = paused.write_memory(instance, memory, address, &b"abcd"[..length]);
                    let after = paused.read_memory(instance, memory, 0, usize::MAX).unwrap();
                    let read = paused.read_memory(instance, memory, address, length);
                    paused.write_memory(instance, memory, 0, &before).unwrap();
                    (written, read, before == after)
                });
                let (written, read, is_unchanged) = answer.await.unwrap();
                let what = format!("memory {memory}, {length} at {address}");
                if fits {
                    assert_eq!((written, read), (Ok(()), Ok(b"abcd"[..length].to_vec())), "{what}");
                } else {
                    assert_eq!((written, is_unchanged), (Err(Error::OutOfBounds { size: PAGE }), true), "{what}");
                }
            }
        }
        let empty = debuggee.query(move |paused| {
            [
                paused.write_memory(instance, 3, 0, b""),
                paused.write_memory(instance, 3, 0, b"x"),
                paused.write_memory(instance, 4, 0, b""),
                paused.write_memory(InstanceId(u32::MAX), 0, 0, b""),
            ]
        });
        assert_eq!(
            empty.await.unwrap(),
            [
                Ok(()),
                Err(Error::OutOfBounds { size: 0 }),
                Err(Error::NoMemory(4)),
                Err(Error::NoInstance(InstanceId(u32::MAX)))
            ]
        );
    });
}

#[test]
fn growing() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (memory 1 4) (memory i64 1 4) (memory 1 4 shared)
              (func (export "main") nop))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        for memory in 0..3 {
            let answers = debuggee.query(move |paused| {
                let mut grow = |pages| paused.grow_memory(instance, memory, pages).map_err(|error| error.to_string());
                let answers = [grow(0), grow(1), grow(3), grow(u64::MAX), grow(1 << 48), grow(2), grow(1), grow(0)];
                (answers, paused.memory(instance, memory).unwrap().size)
            });
            let (answers, size) = answers.await.unwrap();
            assert_eq!(
                answers.map(|answer| answer.map_err(|text| text.starts_with("it cannot grow: "))),
                [Ok(1), Ok(1), Err(true), Err(true), Err(true), Ok(2), Err(true), Ok(4)],
                "memory {memory}"
            );
            assert_eq!(size, 4 * PAGE);
        }
        let refused = debuggee.query(move |paused| paused.grow_memory(instance, 3, 0));
        assert_eq!(refused.await.unwrap(), Err(Error::NoMemory(3)));
    });
}

/// A memory of 64 bits moves when it grows. The program, stopped in the middle of a loop over it,
/// writes to the new place.
#[test]
fn a_memory_that_moves_under_a_program() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (memory i64 1)
              (func (export "main") (local $i i64)
                (loop $again
                  (i64.store (local.get $i) (i64.add (i64.load (local.get $i)) (i64.const 1)))
                  (nop)
                  (i64.store (local.get $i) (i64.add (i64.load (local.get $i)) (local.get $i)))
                  (local.set $i (i64.add (local.get $i) (i64.const 8)))
                  (br_if $again (i64.lt_u (local.get $i) (i64.const 80))))
                (nop)))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let mut n_steps = 0;
        let mut last = Vec::new();
        loop {
            let grow = debuggee.query(move |paused| {
                // As far as the system lets it: each growth may move it.
                if n_steps % 7 == 0 && n_steps < 70 {
                    paused.grow_memory(instance, 0, 64).unwrap();
                }
                paused.read_memory(instance, 0, 0, 80).unwrap()
            });
            last = grow.await.unwrap_or(last);
            n_steps += 1;
            if let StopReason::Exited(_) = debuggee.resume(How::StepInstruction).await.unwrap().reason {
                break;
            }
        }
        let words: Vec<u64> = last.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        assert_eq!(words, [1, 9, 17, 25, 33, 41, 49, 57, 65, 73]);
    });
}
