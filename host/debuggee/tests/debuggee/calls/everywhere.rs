//! Calls injected all along a program's way: it passes the same places with the same state, and
//! ends the same, as without any.

use crate::calls::support::{Seen, function, instance, look};
use crate::support::harness::{Data, Turns, define_call_back, define_wait, program_with_result, run_on_both};
use crate::support::places::Places;
use crate::support::resvg::{self, PICTURE};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use stillpoint_debuggee::{BreakpointSpec, Call, CallEnd, Change, Debuggee, Exit, How, Location, StopReason, Value};
use wasmparser::{Operator, Parser, Payload, ValType};
use wasmtime::{Caller, Module};

/// Goes back to its host in every way there is, and has functions to be called beside it.
const PROGRAM: &str = r#"
    (module
      (import "host" "turn" (func $turn))
      (import "host" "tick" (func $tick))
      (import "host" "again" (func $again (param i32) (result i32)))
      (tag $e (param i32))
      (memory 1)
      (global $n (mut i32) (i32.const 0))
      (table funcref (elem $mix $back))
      (type $unary (func (param i32) (result i32)))
      (func $main (export "main") (result i32) (local $n i32) (local $sum i32)
        (loop $turn
          (call $turn)
          (local.set $sum
            (i32.add (local.get $sum) (call_indirect (type $unary) (local.get $n) (i32.const 0))))
          (call $tick)
          (i32.store (i32.const 8) (local.get $sum))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $turn (i32.lt_u (local.get $n) (i32.const 4))))
        (i32.load (i32.const 8)))
      (func $mix (param $x i32) (result i32)
        (block $caught (result i32)
          (try_table (catch $e $caught)
            (if (i32.and (local.get $x) (i32.const 1))
              (then (throw $e (i32.mul (local.get $x) (i32.const 10))))))
          (call $again (local.get $x))))
      (func $back (export "back") (param i32) (result i32)
        (call $turn)
        (i32.add (local.get 0) (i32.const 100)))
      (func $sum (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func $visit (result i32) (call $turn) (call $tick) (call $again (i32.const -100)))
      (func $fail (param i32) (throw $e (local.get 0)))
      (func $trap (drop (i32.div_u (i32.const 1) (i32.const 0)))))
"#;

const RESULT: i32 = 100 + 10 + 102 + 30;

fn new() -> (Debuggee<Data>, Arc<AtomicI32>) {
    program_with_result(PROGRAM, |linker| {
        define_wait(linker, "turn", || Turns(1));
        linker.func_wrap("host", "tick", |caller: Caller<'_, Data>| caller.engine().increment_epoch()).unwrap();
        define_call_back(linker, "again", "back", &[wasmtime::ValType::I32], &[wasmtime::ValType::I32]);
    })
}

/// A call and the reasons of all stops that it brings, in short.
async fn inject(debuggee: &mut Debuggee<Data>, call: Call, how: How) -> CallEnd {
    let mut stop = debuggee.call(Call { how, ..call }).await.unwrap();
    for _ in 0..1000 {
        if let StopReason::CallFinished(end) = stop.reason {
            return end;
        }
        stop = debuggee.resume(how).await.unwrap();
    }
    panic!("the call does not end");
}

/// All stops of the program, with what they show, its own stops' numbers aside.
async fn walk(how: How, injects: bool) -> Vec<(Option<Location>, StopReason, Seen)> {
    let (mut debuggee, result) = new();
    let places = Places::of(PROGRAM);
    let changes = ["mix#0", "back#0"].map(|place| Change::Add(BreakpointSpec::at(places.location(place))));
    debuggee.edit_breakpoints(&changes).unwrap();
    let mut walked = Vec::new();
    while !debuggee.is_complete() {
        let stop = debuggee.resume(how).await.unwrap();
        let seen = if debuggee.is_complete() { Vec::new() } else { look(&mut debuggee).await };
        walked.push((stop.location(), stop.reason, seen));
        if !injects || debuggee.is_complete() {
            continue;
        }
        let before = look(&mut debuggee).await;
        let (one, n) = (Value::I32(1), i32::try_from(walked.len()).unwrap());
        let returned = |n| CallEnd::Returned(vec![Value::I32(n)]);
        for (name, arguments, end) in [
            ("sum", &[Value::I32(n), one][..], returned(n + 1)),
            ("visit", &[], returned(0)),
            ("fail", &[Value::I32(n)], CallEnd::Exception { payload: vec![Value::I32(n)] }),
            ("trap", &[], CallEnd::Trap { code: wasmtime::Trap::IntegerDivisionByZero }),
            ("mix", &[one], returned(10)),
        ] {
            let call = function(&mut debuggee, &places, name, arguments).await;
            for how in [How::Continue, How::StepInstruction, How::StepOver] {
                assert_eq!(inject(&mut debuggee, call.clone(), how).await, end, "{name} {how:?}");
                assert_eq!(look(&mut debuggee).await, before, "{name} {how:?}");
            }
        }
    }
    assert_eq!(debuggee.last_stop().reason, StopReason::Exited(Exit::Returned(vec![])));
    assert_eq!(result.load(Ordering::SeqCst), RESULT);
    walked
}

#[test]
fn at_every_stop_of_a_program() {
    run_on_both(|| async {
        for (how, n_stops) in [(How::StepInstruction, 130), (How::Continue, 8), (How::StepOver, 40)] {
            let expected = walk(how, false).await;
            assert!(expected.len() >= n_stops, "{how:?}: {}", expected.len());
            assert_eq!(walk(how, true).await, expected, "{how:?}");
        }
    });
}

/// Functions that only calculate, with how many arguments of which type they take: calling them
/// changes nothing.
fn pure_functions(binary: &[u8]) -> BTreeMap<u32, Vec<Value>> {
    let mut types = Vec::new();
    let mut functions = Vec::new();
    let mut n_imported = 0;
    let mut n_bodies = 0;
    let mut found = BTreeMap::new();
    for payload in Parser::new(0).parse_all(binary) {
        match payload.unwrap() {
            Payload::TypeSection(groups) => {
                for ty in groups.into_iter_err_on_gc_types() {
                    types.push(ty.unwrap());
                }
            }
            Payload::ImportSection(imports) => {
                let is_function = |import: &wasmparser::Import<'_>| matches!(import.ty, wasmparser::TypeRef::Func(_));
                n_imported = imports.into_imports().map(Result::unwrap).filter(is_function).count() as u32;
            }
            Payload::FunctionSection(section) => functions = section.into_iter().map(Result::unwrap).collect(),
            Payload::CodeSectionEntry(body) => {
                let operators: Vec<_> = body.get_operators_reader().unwrap().into_iter().map(Result::unwrap).collect();
                let calculates = |operator: &Operator<'_>| {
                    matches!(
                        operator,
                        Operator::LocalGet { .. }
                            | Operator::LocalSet { .. }
                            | Operator::LocalTee { .. }
                            | Operator::I32Const { .. }
                            | Operator::I64Const { .. }
                            | Operator::F32Const { .. }
                            | Operator::F64Const { .. }
                            | Operator::I32Add
                            | Operator::I32Sub
                            | Operator::I32Load { .. }
                            | Operator::F32Load { .. }
                            | Operator::F32Add
                            | Operator::F32Mul
                            | Operator::End
                    )
                };
                let ty: &wasmparser::FuncType = &types[functions[n_bodies] as usize];
                let one = |ty: &ValType| match ty {
                    ValType::I32 => Some(Value::I32(64)),
                    ValType::I64 => Some(Value::I64(1)),
                    ValType::F32 => Some(Value::F32(1.0_f32.to_bits())),
                    ValType::F64 => Some(Value::F64(1.0_f64.to_bits())),
                    _ => None,
                };
                let arguments: Option<Vec<Value>> = ty.params().iter().map(one).collect();
                if let Some(arguments) = arguments
                    && operators.len() > 3
                    && operators.iter().all(calculates)
                {
                    found.insert(n_imported + n_bodies as u32, arguments);
                }
                n_bodies += 1;
            }
            _ => {}
        }
    }
    found
}

#[tokio::test]
async fn along_resvg() {
    const N_STEPS: usize = 500;
    let Some(path) = resvg::resvg() else { return };
    let binary = std::fs::read(&path).expect("the program can be read");
    let engine = resvg::engine();
    let module = Module::new(&engine, &binary).expect("the program is valid");
    let pure: Vec<(u32, Vec<Value>)> = pure_functions(&binary).into_iter().collect();
    assert!(pure.len() > 5, "only {} functions that calculate", pure.len());
    let mut runs = Vec::new();
    for every in [None, Some(7)] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("in.svg"), PICTURE).expect("the picture can be written");
        let mut debuggee = resvg::debuggee(&engine, &module, folder.path());
        let mut stop = debuggee.resume(How::RunTo(resvg::deep(&binary))).await.unwrap();
        let instance = instance(&mut debuggee).await;
        let mut walked = Vec::new();
        let mut n_calls = 0;
        for step in 0..N_STEPS {
            let seen = look(&mut debuggee).await;
            if every.is_some_and(|every| step % every == 0) {
                let (index, arguments) = pure[step % pure.len()].clone();
                let how = [How::Continue, How::StepOver][step % 2];
                let mut end = debuggee.call(Call { how, ..Call::new(instance, index, arguments) }).await.unwrap();
                while end.reason == StopReason::Step {
                    end = debuggee.resume(How::StepInstruction).await.unwrap();
                }
                assert!(matches!(end.reason, StopReason::CallFinished(CallEnd::Returned(_))), "{end:?}");
                assert_eq!(look(&mut debuggee).await, seen);
                n_calls += 1;
            }
            walked.push((stop.location(), stop.reason, seen));
            stop = debuggee.resume(How::StepInstruction).await.unwrap();
        }
        assert_eq!(n_calls, if every.is_some() { N_STEPS.div_ceil(7) } else { 0 });
        let exit = debuggee.finish().await.unwrap();
        let picture = std::fs::read(folder.path().join("out.png")).expect("the picture is there");
        runs.push((walked, exit, picture));
    }
    assert!(runs[0] == runs[1], "a call changed what the program did");
}
