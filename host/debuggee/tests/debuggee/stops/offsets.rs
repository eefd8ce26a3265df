//! The offsets that breakpoints accept are those that the engine can stop at: no more, because it
//! would move the breakpoint somewhere else, and no fewer.
//!
//! The engine is asked in two ways: where it puts a breakpoint that is set at each byte of the
//! module, and where a single-stepped run comes by.

use crate::support::harness::{Data, call_main, config, engine};
use std::collections::BTreeSet;
use std::process::Command;
use stillpoint_debuggee::{
    BodyFuture, BodyStore, BreakpointSpec, Change, Debuggee, Error, Exit, How, Location, ModuleId, Session, StopReason,
};
use wasmtime::{AsContext, Engine, Linker, Module, ModulePC, Store};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_async};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

/// Where the engine's breakpoints are.
fn armed(store: impl AsContext) -> BTreeSet<u32> {
    let points = store.as_context().breakpoints().expect("the engine is for debugging");
    points.map(|point| point.pc.raw()).collect()
}

/// Where the engine puts breakpoints that are set at each byte of a module.
fn engine_points(engine: &Engine, module: &Module, size: u32) -> BTreeSet<u32> {
    let mut store = Store::new(engine, ());
    store.debug_register_module(module).unwrap();
    let mut session = store.edit_breakpoints().unwrap();
    for pc in 0..size {
        session.add_breakpoint(module, ModulePC::new(pc)).unwrap();
    }
    drop(session);
    armed(&store)
}

/// The offsets that a debuggee accepts for breakpoints in its first module, all of which are then
/// set.
fn accepted<T: Send + 'static>(debuggee: &mut Debuggee<T>, size: u32) -> BTreeSet<u32> {
    let changes: Vec<Change> =
        (0..size).map(|pc| Change::Add(BreakpointSpec::at(Location { module: ModuleId(0), pc }))).collect();
    let answers = debuggee.edit_breakpoints(&changes).unwrap();
    let points: BTreeSet<u32> =
        (0..size).zip(&answers).filter(|(_, answer)| answer.is_ok()).map(|(pc, _)| pc).collect();
    // What is refused names the accepted offsets around it.
    for (pc, answer) in (0..size).zip(answers) {
        if answer.is_err() {
            let before = points.range(..pc).next_back().copied();
            let after = points.range(pc..).next().copied();
            assert_eq!(answer, Err(Error::NotAnInstruction { pc, before, after }));
        }
    }
    points
}

/// Compares all there is to compare. Past its last point the engine keeps a breakpoint where it was
/// set.
async fn check<T, F>(engine: &Engine, module: &Module, binary: &[u8], new: impl Fn() -> (Store<T>, F)) -> Debuggee<T>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut BodyStore<T>) -> BodyFuture<'a, ()> + Send + 'static,
{
    let size = binary.len() as u32;
    let (mut store, body) = new();
    store.debug_register_module(module).unwrap();
    let exit_codes = |error: &wasmtime::Error| Some(error.downcast_ref::<I32Exit>()?.0);
    let mut debuggee = Debuggee::new(store, body).unwrap().exit_codes(exit_codes);
    let accepted = accepted(&mut debuggee, size);
    let last = accepted.last().copied().unwrap_or(0);

    let mut engine_points = engine_points(engine, module, size);
    assert_eq!(engine_points.split_off(&(last + 1)), (last + 1..size).collect::<BTreeSet<_>>());
    let slipping: Vec<u32> = accepted.difference(&engine_points).copied().collect();
    let missing: Vec<u32> = engine_points.difference(&accepted).copied().collect();
    assert!(slipping.is_empty() && missing.is_empty(), "slip: {slipping:x?}, wrongly refused: {missing:x?}");

    // Armed, they are where they were set.
    assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Breakpoint(_)));
    assert_eq!(debuggee.query(|paused| armed(paused.store())).await.unwrap(), accepted);

    // A run of single steps, in a debuggee of its own, comes by at accepted offsets only.
    let (mut store, body) = new();
    store.debug_register_module(module).unwrap();
    let mut stepped = Debuggee::new(store, body).unwrap().exit_codes(exit_codes);
    loop {
        let stop = stepped.resume(How::StepInstruction).await.unwrap();
        match stop.location() {
            Some(location) => assert!(accepted.contains(&location.pc), "{stop:?}"),
            None => break,
        }
    }
    debuggee
}

/// A module in text form, whose `main` is run.
fn check_text(wat: &str) {
    let wat = wat.to_owned();
    crate::support::harness::run(move || async move {
        let engine = engine();
        let binary = wat::parse_str(&wat).expect("the program is valid");
        let module = Module::new(&engine, &binary).expect("the program is valid");
        let mut debuggee = check(&engine, &module, &binary, || {
            let module = module.clone();
            let body = boxed(move |store: &mut BodyStore<Data>| {
                Box::pin(async move {
                    let instance = Linker::new(store.engine()).instantiate_async(&mut *store, &module).await?;
                    call_main(store, instance).await
                })
            });
            (crate::support::harness::store(&engine).0, body)
        })
        .await;
        debuggee.finish().await.unwrap();
    });
}

/// Tells the compiler which lifetimes a body is meant for.
fn boxed<T, F>(body: F) -> F
where
    F: for<'a> FnOnce(&'a mut BodyStore<T>) -> BodyFuture<'a, ()> + Send + 'static,
{
    body
}

#[test]
fn blocks_ifs_and_loops() {
    check_text(
        r#"(module
            (func (export "main") (local i32)
              (block (block (br_if 0 (local.get 0)) (br 1)) (nop))
              (if (local.get 0) (then (nop)))
              (if (local.get 0) (then (nop)) (else (nop) (nop)))
              (if (local.get 0) (then (return)) (else (return)))
              (nop))
            (func (param i32) (result i32)
              (loop (result i32)
                (br_if 0 (local.get 0))
                (if (result i32) (local.get 0) (then (br 1)) (else (i32.const 2)))))
            (func (param i32)
              (if (local.get 0) (then (unreachable)) (else (nop)))
              (nop)
              (if (local.get 0) (then (nop)) (else (unreachable)))
              (nop)
              (if (local.get 0) (then (br 0)) (else (unreachable)))
              (nop)
              (loop (br 0))
              (nop))
            (func (result i32 i64) (block (result i32 i64) (i32.const 1) (i64.const 2)))
            (func nop))"#,
    );
}

#[test]
fn dead_code_of_every_shape() {
    check_text(
        r#"(module
            (tag $e)
            (type $f (func))
            (func (export "main"))
            (func (return) (nop) (block (nop) (br 0)) (nop))
            (func (unreachable) (loop (nop)) (if (i32.const 1) (then (nop)) (else (nop))) (nop))
            (func (block (br 0) (block (br 1)) (nop)) (nop))
            (func (block (unreachable) (if (then (br 1))) (nop)) (nop))
            (func (unreachable) (try_table (catch_all 0) (nop)) (nop))
            (func (block $h (try_table (catch_all $h) (return) (nop)) (nop)) (nop))
            (func (throw $e) (nop))
            (func (block $h (result exnref) (try_table (catch_all_ref $h) (throw $e) (nop)) (unreachable)) (throw_ref) (nop))
            (func $tail (return_call $tail) (nop))
            (func (param (ref null $f)) (return_call_ref $f (local.get 0)) (nop))
            (table 1 funcref)
            (func (param i32) (return_call_indirect (type $f) (local.get 0)) (nop))
            (func (param i32) (block (block (br_table 0 1 0 (local.get 0)) (nop)) (nop)) (nop))
            (func (param i32) (loop (block (br_table 1 1 (local.get 0)) (nop)) (nop)) (nop))
            (func (param i32) (block (br_table 1 1 (local.get 0)) (nop)) (nop))
            (func (param i32)
              (if (local.get 0) (then (return) (nop)) (else (return) (nop)))
              (nop))
            (func (param i32) (result i32)
              (block (result i32) (br 0 (i32.const 1)) (drop) (nop) (i32.const 2)))
            (func nop))"#,
    );
}

#[test]
fn try_tables() {
    check_text(
        r#"(module
            (tag $e (param i32))
            (func (export "main")
              (block $h (result i32)
                (try_table (catch $e $h) (throw $e (i32.const 1)))
                (unreachable))
              (drop))
            (func (result i32)
              (block $all
                (block $h (result i32)
                  (try_table (result i32) (catch $e $h) (catch_all $all)
                    (try_table (catch $e $h) (nop))
                    (i32.const 3)))
                (return))
              (i32.const 4))
            (func (block $h (try_table (catch_all $h))))
            (func (loop $again (try_table (catch_all $again) (unreachable)) (nop)))
            (func nop))"#,
    );
}

#[test]
fn branches_on_references() {
    check_text(
        r#"(module
            (type $pair (struct (field i32)))
            (func (export "main"))
            (func (param anyref)
              (block (br_on_null 0 (local.get 0)) (drop) (nop)) (nop)
              (block (result (ref any)) (br_on_non_null 0 (local.get 0)) (return)) (drop))
            (func (param anyref)
              (block (result (ref $pair)) (br_on_cast 0 anyref (ref $pair) (local.get 0)) (drop) (return)) (drop)
              (block (result anyref) (br_on_cast_fail 0 anyref (ref $pair) (local.get 0)) (drop) (return)) (drop))
            (func (param anyref) (drop (ref.cast (ref $pair) (local.get 0))) (nop))
            (func nop))"#,
    );
}

/// Code that the optimizer can see never runs.
#[test]
fn constant_conditions() {
    check_text(
        r#"(module
            (func (export "main") (local i32)
              (if (i32.const 0) (then (nop) (nop)))
              (if (i32.const 1) (then (nop)) (else (nop) (nop)))
              (block (br_if 0 (i32.const 1)) (nop) (nop))
              (if (local.get 0) (then (nop)))
              (block (block (br_table 0 1 (i32.const 0)) (nop)) (nop))
              (drop (select (i32.const 1) (i32.const 2) (i32.const 0)))
              (nop))
            (func nop))"#,
    );
}

/// Instructions that the engine knows to trap whatever their operands are.
#[test]
fn certain_traps() {
    check_text(
        r#"(module
            (memory 1 1)
            (type $f (func))
            (table $t 1 1 (ref null $f))
            (func (export "main"))
            (func (param i32) (drop (i32.load offset=65533 (local.get 0))) (nop) (nop))
            (func (param i32) (block (i32.store offset=70000 (local.get 0) (i32.const 0)) (nop)) (nop))
            (func (drop (i32.div_u (i32.const 1) (i32.const 0))) (nop))
            (func (param i32) (call_indirect $t (type $f) (local.get 0)) (nop))
            (type $g (func (param i32)))
            (func (param i32) (call_indirect $t (type $g) (i32.const 1) (local.get 0)) (nop) (nop))
            (func (drop (ref.as_non_null (ref.null func))) (nop))
            (func (drop (ref.cast (ref i31) (ref.null any))) (nop))
            (func (call_ref $f (ref.null $f)) (nop))
            (func nop))"#,
    );
}

const HELLO: &str = r#"
use std::collections::HashMap;

fn main() {
    let mut words: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, word) in "a program to stop in is a program to look at".split(' ').enumerate() {
        words.entry(word.to_owned()).or_default().push(index);
    }
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort();
    for (word, places) in words {
        println!("{word}: {places:?}");
    }
}
"#;

const HELLO_PRINTS: &str = "\
a: [0, 6]\nat: [10]\nin: [4]\nis: [5]\nlook: [9]\nprogram: [1, 7]\nstop: [3]\nto: [2, 8]\n";

/// A program with the standard library in it, as the compiler makes it.
fn check_hello(flags: &'static [&'static str]) {
    crate::support::harness::run(move || async move {
        let folder = tempfile::tempdir().unwrap();
        let (source, output) = (folder.path().join("hello.rs"), folder.path().join("hello.wasm"));
        std::fs::write(&source, HELLO).unwrap();
        let compiler = Command::new("rustc")
            .args(["--edition", "2024", "--target", "wasm32-wasip1", "-C", "strip=debuginfo", "-o"])
            .args([&output, &source])
            .args(flags)
            .output()
            .expect("`rustc` is on the path");
        let complaint = String::from_utf8_lossy(&compiler.stderr);
        assert!(compiler.status.success(), "is the target there? `rustup target add wasm32-wasip1`\n{complaint}");
        let binary = std::fs::read(&output).unwrap();

        let engine = Engine::new(&config()).unwrap();
        let module = Module::new(&engine, &binary).unwrap();
        let printed = MemoryOutputPipe::new(4096);
        let mut debuggee = check(&engine, &module, &binary, || {
            let context = wasmtime_wasi::WasiCtxBuilder::new().stdout(printed.clone()).build_p1();
            let module = module.clone();
            let body = boxed(move |store: &mut BodyStore<WasiP1Ctx>| {
                Box::pin(async move {
                    let mut linker = Linker::new(store.engine());
                    add_to_linker_async(&mut linker, |context: &mut WasiP1Ctx| context)?;
                    let instance = linker.instantiate_async(&mut *store, &module).await?;
                    instance.get_typed_func::<(), ()>(&mut *store, "_start")?.call_async(store, ()).await
                })
            });
            (Store::new(&engine, context), body)
        })
        .await;
        // The one that was stepped has printed; the one that is full of breakpoints has not yet.
        assert_eq!(printed.contents(), HELLO_PRINTS);
        assert!(debuggee.breakpoints().unwrap().len() > 10_000);
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(printed.contents(), HELLO_PRINTS.repeat(2));
    });
}

#[test]
fn rust_program_without_optimization() {
    check_hello(&["-C", "opt-level=0"]);
}

#[test]
fn rust_program_with_optimization() {
    check_hello(&["-C", "opt-level=3"]);
}
