//! Changes: globals, tables, objects, tags and exceptions; what is refused, and what the program
//! makes of it.

use crate::support::harness::{Data, program, run, stopped};
use stillpoint_debuggee::{
    Debuggee, Error, Exit, FrameId, How, Modify, Object, ReferenceId, ReferenceKind, ReferenceType, Session, State,
    StopReason, TagId, Value, ValueType, View,
};

fn wrong_type(expected: &str) -> Result<(), Error> {
    Err(Error::WrongType { expected: expected.to_owned() })
}

fn id(value: &Value) -> ReferenceId {
    let Value::Reference(_, id) = value else { panic!("a reference, not {value:?}") };
    *id
}

const NULLS: [Value; 5] = [
    Value::Null(ReferenceKind::Function),
    Value::Null(ReferenceKind::External),
    Value::Null(ReferenceKind::Internal),
    Value::Null(ReferenceKind::Exception),
    Value::Null(ReferenceKind::Continuation),
];

/// Every value in every global: it is set, or refused and the global keeps what it had.
#[test]
fn globals_take_values_of_their_type() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (type $node (struct)) (type $other (struct (field i32)))
              (global (mut i32) (i32.const 0)) (global (mut i64) (i64.const 0))
              (global (mut f32) (f32.const 0)) (global (mut f64) (f64.const 0))
              (global (mut v128) (v128.const i64x2 0 0))
              (global (mut funcref) (ref.null func)) (global (mut externref) (ref.null extern))
              (global (mut anyref) (ref.null any)) (global (mut exnref) (ref.null exn))
              (global (mut i31ref) (ref.null i31)) (global (mut (ref null $node)) (ref.null $node))
              (global (mut (ref null $other)) (ref.null $other)) (global (mut (ref $node)) (struct.new $node))
              (global $node (ref $node) (struct.new $node)) (global $i31 (ref i31) (ref.i31 (i32.const 4)))
              (func $main (export "main") (local funcref) (local.set 0 (ref.func $main)) nop)
              (elem declare func $main))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.resume(How::StepInstruction).await.unwrap();
        let frame = FrameId { stop: debuggee.last_stop().number, index: 0 };
        let references = debuggee.query(move |paused| {
            let function = paused.locals(frame).unwrap()[0];
            let globals = paused.globals(instance, 13, 2).unwrap();
            (function, globals[0].value, globals[1].value)
        });
        let (function, node, i31) = references.await.unwrap();
        let (func, ext, any, exn) = (NULLS[0], NULLS[1], NULLS[2], NULLS[3]);
        let numbers = [
            Value::I32(i32::MIN),
            Value::I64(i64::MIN),
            Value::F32(0x7fa0_0001),
            Value::F64(0xfff0_0000_0000_0001),
            Value::V128(u128::MAX - 5),
        ];
        let fits: [&[Value]; 13] = [
            &numbers[..1],
            &numbers[1..2],
            &numbers[2..3],
            &numbers[3..4],
            &numbers[4..],
            &[func, function],
            &[ext],
            &[any, node, i31],
            &[exn],
            &[any, i31],
            &[any, node],
            &[any],
            &[node],
        ];
        let lie = Value::Reference(ReferenceKind::External, id(&node));
        let all: Vec<Value> = numbers.into_iter().chain(NULLS).chain([function, node, i31, lie]).collect();
        for (index, fits) in (0u32..).zip(fits) {
            for value in all.clone() {
                let answer = debuggee.query(move |paused| {
                    let before = paused.globals(instance, index, 1).unwrap()[0].value;
                    let answer = paused.set_global(instance, index, value);
                    (before, answer, paused.globals(instance, index, 1).unwrap()[0].value)
                });
                let (before, answer, after) = answer.await.unwrap();
                let what = format!("global {index}, {value:?}: {answer:?}");
                if fits.contains(&value) {
                    assert_eq!((answer, after), (Ok(()), value), "{what}");
                } else {
                    assert!(matches!(answer, Err(Error::WrongType { .. })), "{what}");
                    assert_eq!(before, after, "{what}");
                }
            }
        }
        let refused = debuggee.query(move |paused| {
            let unknown = ReferenceId(999);
            [
                paused.set_global(instance, 13, node),
                paused.set_global(instance, 15, node),
                paused.set_global(instance, u32::MAX, node),
                paused.set_global(instance, 7, Value::Reference(ReferenceKind::Internal, unknown)),
                paused.set_global(instance, 7, Value::Reference(ReferenceKind::Internal, ReferenceId::NONE)),
                paused.set_global(instance, 7, Value::Reference(ReferenceKind::Continuation, id(&node))),
            ]
        });
        assert_eq!(
            refused.await.unwrap(),
            [
                Err(Error::Immutable),
                Err(Error::NoGlobal(15)),
                Err(Error::NoGlobal(u32::MAX)),
                Err(Error::NoReference(ReferenceId(999))),
                Err(Error::NoReference(ReferenceId::NONE)),
                wrong_type("(ref null any)"),
            ]
        );
        // Whatever was kept at this stop is gone at the next.
        debuggee.resume(How::StepInstruction).await.unwrap();
        let stale = debuggee.query(move |paused| paused.set_global(instance, 7, node));
        assert_eq!(stale.await.unwrap(), Err(Error::StaleReference));
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

/// A function that the program calls through a table is exchanged for another.
#[test]
fn table_elements() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (table $t 2 4 funcref) (elem $t (i32.const 0) func $one $two)
              (table $typed 1 (ref $f) (ref.func $one)) (type $f (func (result i32)))
              (table $wide i64 1 externref)
              (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
              (func $main (export "main")
                (nop)
                (if (i32.ne (call_indirect $t (result i32) (i32.const 0)) (i32.const 2)) (then unreachable))
                (if (i32.ne (call_indirect $t (result i32) (i32.const 3)) (i32.const 1)) (then unreachable))
                (if (i32.ne (call_indirect $typed (result i32) (i32.const 0)) (i32.const 2)) (then unreachable))
                (if (i32.ne (table.size $t) (i32.const 4)) (then unreachable))))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let answers = debuggee.query(move |paused| {
            let elements = paused.table_elements(instance, 0, 0, 2).unwrap();
            let (one, two) = (elements[0], elements[1]);
            let null = Value::Null(ReferenceKind::Function);
            let grown = paused.grow_table(instance, 0, 2, one);
            let answers = [
                paused.set_table_element(instance, 0, 0, two),
                paused.set_table_element(instance, 1, 0, two),
                paused.set_table_element(instance, 1, 0, null),
                paused.set_table_element(instance, 0, 4, null),
                paused.set_table_element(instance, 0, u64::MAX, null),
                paused.set_table_element(instance, 0, 0, Value::I32(0)),
                paused.set_table_element(instance, 2, 0, two),
                paused.set_table_element(instance, 3, 0, two),
                paused.grow_table(instance, 2, 1, one).map(drop),
                paused.grow_table(instance, 3, 1, one).map(drop),
            ];
            let text = |answer: Result<u64, Error>| answer.map_err(|error| matches!(error, Error::CannotGrow(_)));
            let growths = [
                text(paused.grow_table(instance, 0, 1, null)),
                text(paused.grow_table(instance, 0, u64::MAX, null)),
                text(paused.grow_table(instance, 0, 0, null)),
                text(paused.grow_table(instance, 2, u64::MAX, Value::Null(ReferenceKind::External))),
                text(paused.grow_table(instance, 2, 3, Value::Null(ReferenceKind::External))),
            ];
            (grown, answers, growths)
        });
        let (grown, answers, growths) = answers.await.unwrap();
        assert_eq!(grown, Ok(2));
        let past = || Err(Error::OutOfBounds { size: 4 });
        assert_eq!(
            answers,
            [
                Ok(()),
                Ok(()),
                wrong_type("(ref func)"),
                past(),
                past(),
                wrong_type("(ref null func)"),
                wrong_type("(ref null extern)"),
                Err(Error::NoTable(3)),
                wrong_type("(ref null extern)"),
                Err(Error::NoTable(3)),
            ]
        );
        assert_eq!(growths, [Err(true), Err(true), Ok(4), Err(true), Ok(1)]);
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

#[test]
fn fields_and_elements() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (type $pair (struct (field (mut i8)) (field i32) (field (mut anyref))))
              (type $bytes (array (mut i16))) (type $fixed (array i32))
              (func $main (export "main") (local $p (ref null $pair)) (local $b (ref null $bytes)) (local $f (ref null $fixed))
                (local.set $p (struct.new $pair (i32.const 1) (i32.const 2) (ref.null any)))
                (local.set $b (array.new $bytes (i32.const 1) (i32.const 2)))
                (local.set $f (array.new $fixed (i32.const 1) (i32.const 2)))
                (nop)
                (if (i32.ne (struct.get_s $pair 0 (local.get $p)) (i32.const -2)) (then unreachable))
                (if (i32.ne (array.get_u $bytes (local.get $b) (i32.const 1)) (i32.const 0x2345)) (then unreachable))
                (if (i32.eqz (ref.eq (ref.cast eqref (struct.get $pair 2 (local.get $p))) (local.get $b))) (then unreachable))))
        "#;
        let mut debuggee = program(PROGRAM);
        let frame = loop {
            let stop = debuggee.resume(How::StepInstruction).await.unwrap();
            let frame = FrameId { stop: stop.number, index: 0 };
            let locals = debuggee.query(move |paused| paused.locals(frame)).await.unwrap().unwrap();
            if matches!(locals[2], Value::Reference(..)) {
                break frame;
            }
        };
        let answers = debuggee.query(move |paused| {
            let locals = paused.locals(frame).unwrap();
            let (pair, bytes, fixed) = (id(&locals[0]), id(&locals[1]), id(&locals[2]));
            [
                paused.set_element(pair, 0, Value::I32(0x1fe)),
                paused.set_element(pair, 1, Value::I32(7)),
                paused.set_element(pair, 2, locals[1]),
                paused.set_element(pair, 2, Value::Null(ReferenceKind::External)),
                paused.set_element(pair, 0, Value::I64(1)),
                paused.set_element(pair, 3, Value::I32(1)),
                paused.set_element(pair, u32::MAX, Value::I32(1)),
                paused.set_element(bytes, 1, Value::I32(0x12345)),
                paused.set_element(bytes, 1, Value::F32(0)),
                paused.set_element(bytes, 2, Value::I32(0)),
                paused.set_element(bytes, u32::MAX, Value::I32(0)),
                paused.set_element(fixed, 0, Value::I32(0)),
                paused.set_element(ReferenceId(0), 0, Value::I32(0)),
                paused.set_element(ReferenceId(u64::MAX), 0, Value::I32(0)),
            ]
        });
        assert_eq!(
            answers.await.unwrap(),
            [
                Ok(()),
                Err(Error::Immutable),
                Ok(()),
                wrong_type("(ref null any)"),
                wrong_type("i32"),
                Err(Error::OutOfBounds { size: 3 }),
                Err(Error::OutOfBounds { size: 3 }),
                Ok(()),
                wrong_type("i32"),
                Err(Error::OutOfBounds { size: 2 }),
                Err(Error::OutOfBounds { size: 2 }),
                Err(Error::Immutable),
                Err(Error::NoReference(ReferenceId(0))),
                Err(Error::NoReference(ReferenceId(u64::MAX))),
            ]
        );
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

/// `main` catches `$a` with a number and returns if it is 7; what else it catches traps.
const THROWS: &str = r#"
    (module
      (tag $a (param i32)) (tag $b (param i64 anyref))
      (func $main (export "main")
        (block $h (result i32)
          (try_table (catch $a $h) (call $throws))
          (unreachable))
        (if (i32.ne (i32.const 7)) (then unreachable)))
      (func $throws (throw $a (i32.const 1))))
"#;

/// A program that is stopped at its exception, with its instance's tags and that exception.
async fn throwing() -> (Debuggee<Data>, Vec<TagId>, ReferenceId) {
    let mut debuggee = program(THROWS);
    let stop = debuggee.resume(How::Continue).await.unwrap();
    assert_eq!(stop.reason, StopReason::Exception { caught: true, payload: vec![Value::I32(1)] });
    let (tags, pending) = debuggee
        .query(|paused| {
            let instance = paused.instances()[0].id;
            let tags: Vec<TagId> = paused.tags(instance).unwrap().iter().map(|tag| tag.id).collect();
            let pending = paused.pending_exception().unwrap().unwrap();
            assert_eq!(paused.pending_exception(), Ok(Some(pending)), "it is still there, and has one number");
            let object = paused.object(id(&pending)).unwrap();
            assert_eq!(object, Object::Exception { tag: tags[0], payload: vec![Value::I32(1)] });
            (tags, id(&pending))
        })
        .await
        .unwrap();
    (debuggee, tags, pending)
}

#[test]
fn looking_at_an_exception_changes_nothing() {
    run(|| async {
        let (mut debuggee, _, _) = throwing().await;
        let exit = debuggee.finish().await.unwrap();
        assert!(matches!(exit, Exit::Failed(_)), "1 is not 7: {exit:?}");
    });
}

#[test]
fn another_payload() {
    run(|| async {
        let (mut debuggee, tags, _) = throwing().await;
        let caught = debuggee.query(move |paused| {
            let made = paused.make_exception(tags[0], &[Value::I32(7)])?;
            let caught = paused.replace_exception(id(&made))?;
            assert_eq!(paused.pending_exception(), Ok(Some(made)));
            Ok::<_, Error>(caught)
        });
        assert_eq!(caught.await.unwrap(), Ok(true));
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

/// With a tag that nobody catches, of the program's own or made for it, the exception leaves the
/// program; and a step out of that does not wait for a handler.
#[test]
fn another_tag() {
    run(|| async {
        for is_own in [true, false] {
            for how in [How::Continue, How::StepInstruction, How::StepOver, How::StepOut] {
                let (mut debuggee, tags, _) = throwing().await;
                let caught = debuggee.query(move |paused| {
                    let made = if is_own {
                        paused.make_exception(tags[1], &[Value::I64(1), Value::Null(ReferenceKind::Internal)])?
                    } else {
                        let tag = paused.make_tag(&[ValueType::F64])?;
                        paused.make_exception(tag, &[Value::F64(1)])?
                    };
                    paused.replace_exception(id(&made))
                });
                assert_eq!(caught.await.unwrap(), Ok(false));
                let stop = debuggee.resume(how).await.unwrap();
                assert!(matches!(stop.reason, StopReason::Exited(Exit::Failed(_))), "{how:?}: {stop:?}");
            }
        }
    });
}

#[test]
fn exceptions_that_are_refused() {
    run(|| async {
        let (mut debuggee, tags, pending) = throwing().await;
        let answers = debuggee.query(move |paused| {
            let null = Value::Null(ReferenceKind::Internal);
            let mut make = |tag, payload: &[Value]| paused.make_exception(tag, payload).map(drop);
            let made = [
                make(TagId(u64::MAX), &[]),
                make(TagId(u64::from(u32::MAX)), &[]),
                make(tags[0], &[]),
                make(tags[0], &[Value::I64(1)]),
                make(tags[0], &[Value::I32(1), Value::I32(2)]),
                make(tags[1], &[null, Value::I64(1)]),
                make(tags[1], &[Value::I64(1), Value::Reference(ReferenceKind::Internal, pending)]),
                make(tags[1], &[Value::I64(1), Value::Reference(ReferenceKind::Internal, ReferenceId(77))]),
            ];
            let i31 = paused.make_exception(tags[1], &[Value::I64(1), null]).unwrap();
            assert_ne!(id(&i31), pending);
            let replaced = [
                paused.replace_exception(ReferenceId(0)),
                paused.replace_exception(ReferenceId(u64::MAX)),
                paused.replace_exception(pending),
            ];
            (made, replaced)
        });
        let (made, replaced) = answers.await.unwrap();
        assert_eq!(
            made,
            [
                Err(Error::NoTag(u64::MAX)),
                Err(Error::NoTag(u64::from(u32::MAX))),
                wrong_type("(i32)"),
                wrong_type("i32"),
                wrong_type("(i32)"),
                wrong_type("i64"),
                wrong_type("exnref for reference 1"),
                Err(Error::NoReference(ReferenceId(77))),
            ]
        );
        assert_eq!(
            replaced,
            [Err(Error::NoReference(ReferenceId(0))), Err(Error::NoReference(ReferenceId(u64::MAX))), Ok(true),]
        );
        // Caught now; at the next stop there is no exception, and that one is stale.
        let stop = debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(stop.reason, StopReason::Step);
        let later = debuggee.query(move |paused| {
            (paused.pending_exception(), paused.replace_exception(pending), paused.object(pending).map(drop))
        });
        assert_eq!(later.await.unwrap(), (Ok(None), Err(Error::NotAtException), Err(Error::StaleReference)));
    });
}

/// An exception that a debugger makes and puts into a global is the program's from then on.
#[test]
fn an_exception_that_the_program_keeps() {
    run(|| async {
        const PROGRAM: &str = r#"
            (module
              (tag $a (param i32)) (global $kept (mut exnref) (ref.null exn))
              (func $main (export "main")
                (nop) (nop)
                (block $h (result i32)
                  (try_table (catch $a $h) (throw_ref (global.get $kept)))
                  (unreachable))
                (if (i32.ne (i32.const 9)) (then unreachable))))
        "#;
        let (mut debuggee, instance) = stopped(PROGRAM).await;
        let set = debuggee.query(move |paused| {
            let tag = paused.tags(instance).unwrap()[0].id;
            let made = paused.make_exception(tag, &[Value::I32(9)]).unwrap();
            paused.set_global(instance, 0, made)
        });
        assert_eq!(set.await.unwrap(), Ok(()));
        debuggee.resume(How::StepInstruction).await.unwrap();
        debuggee.query(|paused| paused.store().gc(None)).await.unwrap().unwrap();
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

#[test]
fn tags_that_are_made() {
    run(|| async {
        let reference =
            |kind, nullable| ValueType::Reference(ReferenceType { kind, nullable, text: "(ref null 99)".to_owned() });
        let mut debuggee = program("(module (func (export \"main\") nop))");
        // At the entry too: there is a store, and nothing else.
        let answers = debuggee.query(move |paused| {
            let first = paused.make_tag(&[]).unwrap();
            let second = paused.make_tag(&[ValueType::V128, reference(ReferenceKind::Function, false)]).unwrap();
            let exception = paused.make_exception(first, &[]).unwrap();
            let object = paused.object(id(&exception)).unwrap();
            let refused = paused.make_exception(second, &[Value::V128(1), Value::Null(ReferenceKind::Function)]);
            let never = paused.make_tag(&[reference(ReferenceKind::Continuation, true)]);
            (first, second, object, refused, never)
        });
        let (first, second, object, refused, never) = answers.await.unwrap();
        assert_ne!(first, second);
        assert_eq!(object, Object::Exception { tag: first, payload: vec![] });
        assert_eq!(refused.map(drop), wrong_type("(ref func)"));
        assert_eq!(never.map(drop), wrong_type("anything but a continuation"));
        let too_many =
            debuggee.query(|paused| (0..10_000).map(|_| paused.make_tag(&[]).map(drop)).find(Result::is_err));
        assert_eq!(too_many.await.unwrap(), Some(Err(Error::TooLarge { limit: 10_000 })));
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

/// An engine without exceptions and without a collected heap: what it lacks is refused, and the
/// rest works.
#[test]
fn an_engine_without_proposals() {
    run(|| async {
        let mut config = wasmtime::Config::new();
        config.guest_debug(true).wasm_gc(false).wasm_exceptions(false).wasm_function_references(false);
        let engine = wasmtime::Engine::new(&config).unwrap();
        let store = crate::support::harness::store(&engine).0;
        const PROGRAM: &str = r#"
            (module (global (mut funcref) (ref.null func)) (table 1 externref) (memory 1)
              (func $main (export "main") nop) (elem declare func $main))
        "#;
        let mut debuggee =
            crate::support::harness::debuggee_on(store, PROGRAM, |_| {}, crate::support::harness::call_main);
        debuggee.resume(How::StepInstruction).await.unwrap();
        let answers = debuggee.query(|paused| {
            let instance = paused.instances()[0].id;
            let tag = paused.make_tag(&[ValueType::I32]);
            let exception = tag.clone().and_then(|tag| paused.make_exception(tag, &[Value::I32(1)]));
            let globals = paused.globals(instance, 0, 9).map(|globals| globals.len());
            let elements = paused.table_elements(instance, 0, 0, 9);
            let set = paused.set_table_element(instance, 0, 0, Value::Null(ReferenceKind::External));
            (tag.is_ok(), exception.map(drop), globals, elements, set, paused.pending_exception())
        });
        let (_, exception, globals, elements, set, pending) = answers.await.unwrap();
        assert!(matches!(exception, Ok(()) | Err(Error::Engine(_))), "{exception:?}");
        assert_eq!((globals, set, pending), (Ok(1), Ok(()), Ok(None)));
        assert_eq!(elements, Ok(vec![Value::Null(ReferenceKind::External)]));
        assert_eq!(debuggee.finish().await.unwrap(), Exit::Returned(vec![]));
    });
}

/// Through the object-safe trait, as the layers above have it; a program that runs or has ended
/// cannot be changed.
#[test]
fn a_session_is_changed_while_paused() {
    run(|| async {
        const PROGRAM: &str = r#"(module (memory 1) (func (export "main") nop))"#;
        let (debuggee, instance) = stopped(PROGRAM).await;
        let mut session: Box<dyn Session> = Box::new(debuggee);
        let written = session.modify(move |paused| paused.write_memory(instance, 0, 0, b"x")).await;
        assert_eq!(written, Ok(Ok(())));
        assert_eq!(session.view(move |view| view.read_memory(instance, 0, 0, 1)).await, Ok(Ok(b"x".to_vec())));
        session.begin(How::Continue).unwrap();
        assert_eq!(session.modify(move |paused| paused.write_memory(instance, 0, 0, b"y")).await, Err(Error::Running));
        assert_eq!(session.state(), State::Running);
        session.finish().await.unwrap();
        assert_eq!(session.modify(move |paused| paused.write_memory(instance, 0, 0, b"y")).await, Err(Error::Exited));
    });
}
