//! Memories: what they are, searching, writing and growing them.

use crate::support::harness::{Data, program, run};
use std::ops::Range;
use stillpoint_debuggee::{
    Debuggee, Error, Found, How, InstanceId, MAX_PATTERN, MAX_SEARCH, MemoryInfo, Modify, StopReason, View,
};

pub(crate) const PAGE: u64 = 65536;

/// A program that is stopped at the first instruction of `main`, with the number of its instance.
pub(crate) async fn stopped(wat: &str) -> (Debuggee<Data>, InstanceId) {
    let mut debuggee = program(wat);
    assert_eq!(debuggee.resume(How::StepInstruction).await.unwrap().reason, StopReason::Step);
    let instances = debuggee.query(|paused| paused.instances()).await.unwrap();
    (debuggee, instances.last().expect("an instance").id)
}

#[test]
fn what_memories_are() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (memory 1) (memory i64 2 5) (memory 1 3 shared) (memory 0)
              (memory 3 7 (pagesize 1))
              (func (export "main") nop))
        "#;
        let mut config = crate::support::harness::config();
        config.wasm_custom_page_sizes(true);
        let engine = wasmtime::Engine::new(&config).unwrap();
        let store = crate::support::harness::store(&engine).0;
        let mut debuggee =
            crate::support::harness::debuggee_on(store, PROGRAM, |_| {}, crate::support::harness::call_main);
        debuggee.resume(How::StepInstruction).await.unwrap();
        let infos = debuggee.query(|paused| {
            let instance = paused.instances()[0].id;
            (0..6).map(|index| paused.memory(instance, index)).collect::<Vec<_>>()
        });
        let info =
            |size, page_size, maximum, memory64, shared| Ok(MemoryInfo { size, page_size, maximum, memory64, shared });
        assert_eq!(
            infos.await.unwrap(),
            [
                info(PAGE, PAGE, None, false, false),
                info(2 * PAGE, PAGE, Some(5), true, false),
                info(PAGE, PAGE, Some(3), false, true),
                info(0, PAGE, None, false, false),
                info(3, 1, Some(7), false, false),
                Err(Error::NoMemory(5)),
            ]
        );
    });
}

/// The same searches in a plain and in a shared memory, which is copied piece by piece.
#[test]
fn searches() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (memory 48) (memory 48 48 shared) (memory 0)
              (data (memory 0) (i32.const 8) "needle") (data (memory 1) (i32.const 8) "needle")
              (data (memory 0) (i32.const 100) "aaaa") (data (memory 1) (i32.const 100) "aaaa")
              (data (memory 0) (i32.const 1048574) "needle") (data (memory 1) (i32.const 1048574) "needle")
              (data (memory 0) (i32.const 2097152) "needle") (data (memory 1) (i32.const 2097152) "needle")
              (data (memory 0) (i32.const 3145725) "end") (data (memory 1) (i32.const 3145725) "end")
              (func (export "main") nop))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let size = 48 * PAGE;
        type Answer = Result<(Vec<u64>, Option<u64>), Error>;
        let all = vec![8, 1_048_574, 2_097_152];
        let past = || Err(Error::OutOfBounds { size });
        let cases: Vec<(Range<u64>, &[u8], usize, Answer)> = vec![
            (0..u64::MAX, b"needle", usize::MAX, Ok((all.clone(), None))),
            (0..u64::MAX, b"needle", 3, Ok((all.clone(), Some(2_097_153)))),
            (0..u64::MAX, b"needle", 1, Ok((vec![8], Some(9)))),
            (9..u64::MAX, b"needle", 1, Ok((vec![1_048_574], Some(1_048_575)))),
            (0..u64::MAX, b"needle", 0, Ok((vec![], Some(0)))),
            (8..9, b"needle", 9, Ok((vec![8], None))),
            (9..1_048_574, b"needle", 9, Ok((vec![], None))),
            (9..1_048_575, b"needle", 9, Ok((vec![1_048_574], None))),
            (0..u64::MAX, b"aa", 9, Ok((vec![100, 101, 102], None))),
            (101..103, b"aa", 9, Ok((vec![101, 102], None))),
            (0..u64::MAX, b"end", 9, Ok((vec![size - 3], None))),
            (size - 3..size - 2, b"end", 9, Ok((vec![size - 3], None))),
            (size - 2..u64::MAX, b"end", 9, Ok((vec![], None))),
            (0..u64::MAX, b"end!", 9, Ok((vec![], None))),
            (size..u64::MAX, b"x", 9, Ok((vec![], None))),
            (size + 1..u64::MAX, b"x", 9, past()),
            (u64::MAX..u64::MAX, b"x", 9, past()),
            (Range { start: u64::MAX, end: 0 }, b"x", 9, past()),
            (Range { start: 9, end: 8 }, b"needle", 9, Ok((vec![], None))),
            (0..u64::MAX, b"", 9, Ok((vec![], None))),
        ];
        for memory in [0, 1] {
            for (range, bytes, limit, expected) in cases.clone() {
                let (asked, bytes) = (range.clone(), bytes.to_vec());
                let found = debuggee.query(move |paused| paused.search_memory(instance, memory, asked, &bytes, limit));
                let found = found.await.unwrap().map(|Found { addresses, next }| (addresses, next));
                assert_eq!(found, expected, "memory {memory}, {range:?}, limit {limit}");
            }
        }
        let refused = debuggee.query(move |paused| {
            [
                paused.search_memory(instance, 2, 0..9, b"x", 9),
                paused.search_memory(instance, 2, 1..9, b"x", 9),
                paused.search_memory(instance, 0, 0..9, &[0; MAX_PATTERN + 1], 9),
                paused.search_memory(instance, 3, 0..9, b"x", 9),
                paused.search_memory(InstanceId(99), 0, 0..9, b"x", 9),
                paused.search_memory(instance, 0, 0..9, &[0; MAX_PATTERN], 1),
            ]
        });
        assert_eq!(
            refused.await.unwrap(),
            [
                Ok(Found { addresses: vec![], next: None }),
                Err(Error::OutOfBounds { size: 0 }),
                Err(Error::TooLarge { limit: MAX_PATTERN as u64 }),
                Err(Error::NoMemory(3)),
                Err(Error::NoInstance(InstanceId(99))),
                // Nothing but zeros from 14 on.
                Ok(Found { addresses: vec![], next: None }),
            ]
        );
    });
}

/// A search ends after so many bytes and says where to go on.
#[test]
fn a_search_looks_at_so_much_and_no_more() {
    run(|| async {
        let pages = MAX_SEARCH / PAGE + 1;
        let program = format!(
            r#"(module (memory {pages}) (data (i32.const {}) "zz") (func (export "main") nop))"#,
            MAX_SEARCH - 1
        );
        let (mut debuggee, instance) = stopped(&program).await;
        let mut search = async |first| {
            let found = debuggee.query(move |paused| paused.search_memory(instance, 0, first..u64::MAX, b"z", 9));
            found.await.unwrap().unwrap()
        };
        assert_eq!(search(0).await, Found { addresses: vec![MAX_SEARCH - 1], next: Some(MAX_SEARCH) });
        assert_eq!(search(MAX_SEARCH).await, Found { addresses: vec![MAX_SEARCH], next: None });
    });
}

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

/// A memory of 64 bits moves when it grows. The program, stopped in the middle of a loop over it, writes to the new place.
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
