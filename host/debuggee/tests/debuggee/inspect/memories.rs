//! Instances and their memories: sizes and types, reads, and searches.

use crate::support::harness::{Data, PAGE, engine, program, run, run_on_both, stopped, store};
use std::ops::Range;
use stillpoint_debuggee::{
    Debuggee, Error, Found, How, InstanceId, MAX_PATTERN, MAX_SEARCH, MemoryInfo, ModuleId, View,
};
use wasmtime::{Linker, Module};

async fn read(
    debuggee: &mut Debuggee<Data>,
    instance: InstanceId,
    memory: u32,
    address: u64,
    length: usize,
) -> Result<Vec<u8>, Error> {
    debuggee.query(move |paused| paused.read_memory(instance, memory, address, length)).await.unwrap()
}

#[test]
fn reads_are_short_at_the_end_and_refused_past_it() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (memory 1)
              (data (i32.const 0) "begin")
              (data (i32.const 65533) "end")
              (func (export "main") nop))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let end = PAGE;
        // What is read, or that it is refused.
        let cases: &[(u64, usize, Option<&[u8]>)] = &[
            (0, 5, Some(b"begin")),
            (2, 3, Some(b"gin")),
            (end - 3, 3, Some(b"end")),
            (end - 3, 4, Some(b"end")),
            (end - 1, usize::MAX, Some(b"d")),
            (end, 1, Some(b"")),
            (end, usize::MAX, Some(b"")),
            (0, 0, Some(b"")),
            (end - 1, 0, Some(b"")),
            (end, 0, Some(b"")),
            (end + 1, 0, None),
            (end + 1, 1, None),
            (u64::from(u32::MAX), 1, None),
            (u64::from(u32::MAX) + 1, 1, None),
            (u64::MAX - 2, 3, None),
            (u64::MAX, 0, None),
            (u64::MAX, 1, None),
            (u64::MAX, usize::MAX, None),
        ];
        for (address, length, expected) in cases {
            let expected = expected.map(<[u8]>::to_vec).ok_or(Error::OutOfBounds { size: end });
            assert_eq!(read(&mut debuggee, instance, 0, *address, *length).await, expected, "{address}, {length}");
        }
        let whole = read(&mut debuggee, instance, 0, 0, usize::MAX).await.unwrap();
        assert_eq!(whole.len() as u64, PAGE);
    });
}

#[test]
fn several_memories_of_every_kind() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (memory $plain 1)
              (memory $wide i64 2 5)
              (memory $shared 1 3 shared)
              (memory $empty 0)
              (data (memory $plain) (i32.const 8) "plain")
              (data (memory $wide) (i64.const 131067) "wide!")
              (data (memory $shared) (i32.const 65530) "shared")
              (func (export "main") (drop (memory.grow $plain (i32.const 2))) (drop (memory.grow $shared (i32.const 1)))))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let infos = move |paused: &mut dyn View| (0..5).map(|index| paused.memory(instance, index)).collect::<Vec<_>>();
        let info = |pages: u64, maximum, memory64, shared| {
            Ok(MemoryInfo { size: pages * PAGE, page_size: PAGE, maximum, memory64, shared })
        };
        assert_eq!(
            debuggee.query(move |paused| infos(paused)).await.unwrap(),
            [
                info(1, None, false, false),
                info(2, Some(5), true, false),
                info(1, Some(3), false, true),
                info(0, None, false, false),
                Err(Error::NoMemory(4))
            ]
        );
        assert_eq!(debuggee.query(|paused| paused.instances()).await.unwrap()[0].counts.memories, 4);
        assert_eq!(read(&mut debuggee, instance, 0, 8, 5).await.unwrap(), b"plain");
        assert_eq!(read(&mut debuggee, instance, 1, 2 * PAGE - 5, 9).await.unwrap(), b"wide!");
        assert_eq!(read(&mut debuggee, instance, 2, PAGE - 6, 9).await.unwrap(), b"shared");
        assert_eq!(read(&mut debuggee, instance, 2, PAGE, 1).await.unwrap(), b"");
        assert_eq!(read(&mut debuggee, instance, 2, PAGE + 1, 1).await, Err(Error::OutOfBounds { size: PAGE }));
        assert_eq!(read(&mut debuggee, instance, 2, u64::MAX, 1).await, Err(Error::OutOfBounds { size: PAGE }));
        assert_eq!(read(&mut debuggee, instance, 3, 0, 1).await.unwrap(), b"");
        assert_eq!(read(&mut debuggee, instance, 3, 1, 0).await, Err(Error::OutOfBounds { size: 0 }));
        assert_eq!(read(&mut debuggee, instance, 4, 0, 0).await, Err(Error::NoMemory(4)));
        assert_eq!(read(&mut debuggee, instance, u32::MAX, 0, 0).await, Err(Error::NoMemory(u32::MAX)));
        // Sizes are those of the moment.
        for _ in 0..6 {
            debuggee.resume(How::StepInstruction).await.unwrap();
        }
        assert_eq!(
            debuggee.query(move |paused| infos(paused)).await.unwrap(),
            [
                info(3, None, false, false),
                info(2, Some(5), true, false),
                info(2, Some(3), false, true),
                info(0, None, false, false),
                Err(Error::NoMemory(4))
            ]
        );
    });
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
fn instance_that_does_not_exist() {
    run_on_both(|| async {
        let (mut debuggee, InstanceId(number)) = stopped(r#"(module (memory 1) (func (export "main") nop))"#).await;
        for missing in [number + 1, number + 1000, u32::MAX].map(InstanceId) {
            assert_eq!(read(&mut debuggee, missing, 0, 0, 1).await, Err(Error::NoInstance(missing)));
            let info = debuggee.query(move |paused| paused.memory(missing, 0)).await.unwrap();
            assert_eq!(info, Err(Error::NoInstance(missing)));
        }
    });
}

/// At the entry there are modules but no instances yet.
#[test]
fn no_instance_at_the_entry() {
    run_on_both(|| async {
        let mut debuggee = program(r#"(module (memory 1) (func (export "main")))"#);
        let instance = InstanceId(0);
        assert_eq!(read(&mut debuggee, instance, 0, 0, 1).await, Err(Error::NoInstance(instance)));
    });
}

/// Two instances of one module have memories of their own; a third imports one of them.
#[test]
fn instances_of_one_module_and_an_imported_memory() {
    run_on_both(|| async {
        const OWNER: &str = r#"
            (module $owner
              (memory (export "memory") 1)
              (func (export "write") (param i32) (i32.store8 (i32.const 0) (local.get 0))))
        "#;
        const USER: &str = r#"
            (module $user
              (import "owner" "memory" (memory 1))
              (memory 2)
              (func (export "main") nop))
        "#;
        let engine = engine();
        let owner = Module::new(&engine, OWNER).unwrap();
        let user = Module::new(&engine, USER).unwrap();
        let mut debuggee = Debuggee::<Data, ()>::new(store(&engine).0, move |store| {
            Box::pin(async move {
                let mut linker = Linker::new(store.engine());
                for number in [1, 2] {
                    let instance = linker.instantiate_async(&mut *store, &owner).await?;
                    let write = instance.get_typed_func::<i32, ()>(&mut *store, "write")?;
                    write.call_async(&mut *store, number).await?;
                    if number == 2 {
                        linker.instance(&mut *store, "owner", instance)?;
                    }
                }
                let instance = linker.instantiate_async(&mut *store, &user).await?;
                instance.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(store, ()).await
            })
        })
        .unwrap();
        // Nothing was registered, so nothing is known before it runs.
        assert!(debuggee.query(|paused| paused.modules()).await.unwrap().is_empty());
        loop {
            debuggee.resume(How::StepInstruction).await.unwrap();
            let modules = debuggee.query(|paused| paused.modules()).await.unwrap();
            let names: Vec<_> = modules.iter().map(|module| (module.id, module.name.as_deref())).collect();
            if names == [(ModuleId(0), Some("owner")), (ModuleId(1), Some("user"))] {
                break;
            }
            assert_eq!(names, [(ModuleId(0), Some("owner"))]);
        }
        let instances = debuggee.query(|paused| paused.instances()).await.unwrap();
        let shapes: Vec<_> = instances.iter().map(|instance| (instance.module.0, instance.counts.memories)).collect();
        assert_eq!(shapes, [(0, 1), (0, 1), (1, 2)]);
        let mut first_bytes = Vec::new();
        for instance in &instances {
            first_bytes.push(read(&mut debuggee, instance.id, 0, 0, 1).await.unwrap()[0]);
        }
        assert_eq!(first_bytes, [1, 2, 2]);
        assert_eq!(read(&mut debuggee, instances[2].id, 1, 2 * PAGE - 1, 9).await.unwrap(), [0]);
    });
}

/// Bytecode is read like a memory, in every state.
#[test]
fn bytecode_in_parts_and_in_every_state() {
    use stillpoint_debuggee::Session;
    run_on_both(|| async {
        const PROGRAM: &str = r#"(module (func (export "main") nop))"#;
        let binary = wat::parse_str(PROGRAM).unwrap();
        let size = binary.len() as u64;
        let mut debuggee = program(PROGRAM);
        for how_far in 0..3 {
            if how_far > 0 {
                debuggee.resume(if how_far == 1 { How::StepInstruction } else { How::Continue }).await.unwrap();
            }
            let module = ModuleId(0);
            assert_eq!(debuggee.modules()[0].size, size);
            assert_eq!(debuggee.bytecode(module, 0, usize::MAX).unwrap(), binary);
            assert_eq!(debuggee.bytecode(module, 0, 4).unwrap(), b"\0asm");
            assert_eq!(debuggee.bytecode(module, size - 2, 9).unwrap(), binary[binary.len() - 2..]);
            assert_eq!(debuggee.bytecode(module, size, 9).unwrap(), b"");
            assert_eq!(debuggee.bytecode(module, size + 1, 0), Err(Error::OutOfBounds { size }));
            assert_eq!(debuggee.bytecode(module, u64::MAX, usize::MAX), Err(Error::OutOfBounds { size }));
            assert_eq!(debuggee.bytecode(ModuleId(1), 0, 1), Err(Error::NoModule(ModuleId(1))));
            assert_eq!(debuggee.bytecode(ModuleId(u32::MAX), 0, 1), Err(Error::NoModule(ModuleId(u32::MAX))));
        }
        assert!(debuggee.is_complete());
    });
}
