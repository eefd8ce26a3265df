//! Memories and globals that several instances have, instances that come later, and modules of the
//! same shape.

use crate::support::harness::{Data, config, engine, run, run_on_both, store};
use crate::watch::support::{Mode, instance, rest, unwatch, watch};
use stillpoint_debuggee::{
    Accesses, Debuggee, How, InstanceId, ModuleId, Session, StopReason, View, WatchSpec, WatchTarget, WatchpointId,
};
use wasmtime::component::{Component, Linker as ComponentLinker};
use wasmtime::{Engine, Linker, Module};

/// A debuggee that makes instances of modules one after the other and runs each one's `main`; each
/// one's exports can be imported by the next under `x`. Those marked so are registered beforehand.
fn chain(modules: &[(&str, bool)], mode: Mode) -> Debuggee<Data> {
    let engine = engine();
    let (mut store, _) = store(&engine);
    let mut all = Vec::new();
    for (wat, is_registered) in modules {
        let module = Module::new(&engine, wat).unwrap();
        if *is_registered {
            store.debug_register_module(&module).unwrap();
        }
        all.push(module);
    }
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let mut linker = Linker::new(store.engine());
            linker.allow_shadowing(true);
            for module in all {
                let instance = linker.instantiate_async(&mut *store, &module).await?;
                linker.instance(&mut *store, "x", instance)?;
                instance.get_typed_func::<(), ()>(&mut *store, "main")?.call_async(&mut *store, ()).await?;
            }
            Ok(())
        })
    });
    let debuggee = debuggee.unwrap();
    debuggee.assume_step_costs(mode.costs());
    debuggee
}

async fn step(debuggee: &mut Debuggee<Data>) {
    assert_eq!(debuggee.resume(How::StepInstruction).await.unwrap().reason, StopReason::Step);
}

const OWNER: &str = r#"(module (memory 1) (memory (export "m") 1) (global (export "g") (mut i64) (i64.const 0))
    (func (export "main") nop
        (i32.store 0 (i32.const 4) (i32.const 1)) (i32.store 1 (i32.const 4) (i32.const 1))
        (global.set 0 (i64.const 1))))"#;
const USER: &str = r#"(module (import "x" "m" (memory 1)) (memory 1)
    (global i64 (i64.const 5)) (func (export "main")
        (i32.store 0 (i32.const 4) (i32.const 2)) (i32.store 1 (i32.const 4) (i32.const 2))))"#;
const SETTER: &str = r#"(module (import "x" "g" (global $g (mut i64))) (global $own (mut i64) (i64.const 5)) (func (export "main")
    (global.set $own (i64.const 2)) (global.set $g (i64.const 2)) (drop (global.get $g))))"#;

#[test]
fn a_memory_is_watched_in_every_instance_that_imports_it() {
    run(|| async {
        for mode in Mode::BOTH {
            let mut debuggee = chain(&[(OWNER, true), (USER, true)], mode);
            step(&mut debuggee).await;
            let target =
                WatchTarget::Memory { instance: instance(&mut debuggee, 0).await, memory: 1, address: 4, length: 1 };
            watch(&mut debuggee, WatchSpec::of(target, Accesses::WRITE));
            let wanted = ["1 write 0x4+4: 00>01", "1 write 0x4+4: 01>02"];
            assert_eq!(rest(&mut debuggee).await, wanted, "{mode:?}");
        }
    });
}

#[test]
fn a_global_is_watched_in_every_instance_that_imports_it() {
    run(|| async {
        for mode in Mode::BOTH {
            let mut debuggee = chain(&[(OWNER, true), (SETTER, true)], mode);
            step(&mut debuggee).await;
            let target = WatchTarget::Global { instance: instance(&mut debuggee, 0).await, global: 0 };
            watch(&mut debuggee, WatchSpec::of(target, Accesses::ALL));
            let wanted = [
                "1 write global+8: 0000000000000000>0100000000000000",
                "1 write global+8: 0100000000000000>0200000000000000",
                "1 read global+8: 0200000000000000",
            ];
            assert_eq!(rest(&mut debuggee).await, wanted, "{mode:?}");
        }
    });
}

/// Watched by the index that the importer has for it.
#[test]
fn an_importer_can_name_what_is_watched() {
    run(|| async {
        let user = r#"(module (import "x" "m" (memory 1))
            (func (export "main") nop (i32.store8 (i32.const 4) (i32.const 9))))"#;
        let mut debuggee = chain(&[(OWNER, true), (user, true), (USER, true)], Mode::Points);
        loop {
            step(&mut debuggee).await;
            if debuggee.last_stop().location().unwrap().module == ModuleId(1) {
                break;
            }
        }
        let target =
            WatchTarget::Memory { instance: instance(&mut debuggee, 1).await, memory: 0, address: 4, length: 1 };
        watch(&mut debuggee, WatchSpec::of(target, Accesses::WRITE));
        assert_eq!(rest(&mut debuggee).await, ["1 write 0x4+1: 01>09", "1 write 0x4+4: 09>02"]);
    });
}

/// A module that nobody has told of is seen from the next stop on.
#[test]
fn an_unknown_module_is_watched_from_the_next_stop_on() {
    run(|| async {
        let user = r#"(module (import "x" "m" (memory 1)) (func (export "main")
            nop (i32.store8 (i32.const 4) (i32.const 9))))"#;
        for is_registered in [true, false] {
            let mut debuggee = chain(&[(OWNER, true), (user, is_registered)], Mode::Points);
            step(&mut debuggee).await;
            let target =
                WatchTarget::Memory { instance: instance(&mut debuggee, 0).await, memory: 1, address: 4, length: 1 };
            watch(&mut debuggee, WatchSpec::of(target, Accesses::WRITE));
            debuggee.resume(How::Continue).await.unwrap();
            // Steps to the first instruction of the other.
            while debuggee.resume(How::StepInstruction).await.unwrap().location().unwrap().module == ModuleId(0) {}
            assert_eq!(rest(&mut debuggee).await, ["1 write 0x4+1: 01>09"], "{is_registered}");
        }
    });
}

/// Two modules of the same shape, each with a memory and a global of its own.
const TWINS: &str = r#"
    (component
      (core module $one (memory (export "m") 1) (global (mut i32) (i32.const 0))
        (func (export "run") (i32.store8 (i32.const 0) (i32.const 1)) (global.set 0 (i32.const 1))))
      (core module $two (memory (export "m") 1) (global (mut i32) (i32.const 0))
        (func (export "run") (i32.store8 (i32.const 0) (i32.const 2)) (global.set 0 (i32.const 2))))
      (core module $guest (import "m" "m" (memory 1))
        (func (export "run") (i32.store8 (i32.const 0) (i32.const 3))))
      (core instance $one (instantiate $one))
      (core instance $two (instantiate $two))
      (core instance $again (instantiate $one))
      (core instance $guest (instantiate $guest (with "m" (instance $two))))
      (func (export "one") (canon lift (core func $one "run")))
      (func (export "two") (canon lift (core func $two "run")))
      (func (export "again") (canon lift (core func $again "run")))
      (func (export "guest") (canon lift (core func $guest "run"))))
"#;

async fn twins(n_rounds: usize, mode: Mode) -> Debuggee<Data> {
    let engine = Engine::new(&config()).unwrap();
    let component = Component::new(&engine, TWINS).unwrap();
    let (mut store, _) = store(&engine);
    store.debug_register_component(&component).unwrap();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = ComponentLinker::new(store.engine()).instantiate_async(&mut *store, &component).await?;
            for _ in 0..n_rounds {
                for name in ["one", "two", "again", "guest"] {
                    instance.get_typed_func::<(), ()>(&mut *store, name)?.call_async(&mut *store, ()).await?;
                }
            }
            Ok(())
        })
    });
    let mut debuggee = debuggee.unwrap();
    debuggee.assume_step_costs(mode.costs());
    step(&mut debuggee).await;
    debuggee
}

/// The memories or globals of the instances `one`, `two`, `again`.
async fn of_twins(debuggee: &mut Debuggee<Data>, global: bool) -> Vec<WatchTarget> {
    let names: Vec<_> = debuggee.modules().into_iter().map(|module| module.name.unwrap_or_default()).collect();
    let instances = debuggee.query(|paused| paused.instances()).await.unwrap();
    let of = |name: &str| {
        let is_of = |module: ModuleId| names[module.0 as usize] == name;
        instances.iter().filter(move |instance| is_of(instance.module)).map(|instance| instance.id).collect::<Vec<_>>()
    };
    let (ones, twos): (Vec<InstanceId>, Vec<InstanceId>) = (of("one"), of("two"));
    let target = |instance| match global {
        true => WatchTarget::Global { instance, global: 0 },
        false => WatchTarget::Memory { instance, memory: 0, address: 0, length: 1 },
    };
    vec![target(ones[0]), target(twos[0]), target(ones[1])]
}

#[test]
fn modules_of_a_component_are_watched_apart() {
    run_on_both(|| async {
        for mode in Mode::BOTH {
            for (n, wanted) in [
                (0, ["1 write 0x0+1: 00>01", "1 write 0x0+1: 01"].as_slice()),
                (1, &["1 write 0x0+1: 00>02", "1 write 0x0+1: 02>03", "1 write 0x0+1: 03>02", "1 write 0x0+1: 02>03"]),
                (2, &["1 write 0x0+1: 00>01", "1 write 0x0+1: 01"]),
            ] {
                let mut debuggee = twins(2, mode).await;
                let target = of_twins(&mut debuggee, false).await[n];
                watch(&mut debuggee, WatchSpec::of(target, Accesses::WRITE));
                assert_eq!(rest(&mut debuggee).await, wanted, "{n}, {mode:?}");
            }
        }
    });
}

#[test]
fn removing_one_twins_watchpoint_leaves_the_others() {
    run(|| async {
        for global in [false, true] {
            for removed in 0..3 {
                let mut debuggee = twins(4, Mode::Points).await;
                for target in of_twins(&mut debuggee, global).await {
                    watch(&mut debuggee, WatchSpec::of(target, Accesses::WRITE));
                }
                let mut ids = Vec::new();
                loop {
                    let stop = debuggee.resume(How::Continue).await.unwrap();
                    let StopReason::Watchpoint { hits, .. } = stop.reason else { break };
                    ids.extend(hits.iter().map(|hit| hit.id.0));
                    if ids.len() == 4 {
                        unwatch(&mut debuggee, WatchpointId(removed + 1));
                    }
                }
                // The guest writes the memory of `two`.
                let round: &[u32] = if global { &[1, 2, 3] } else { &[1, 2, 3, 2] };
                let mut wanted: Vec<u32> = round.iter().copied().cycle().take(round.len() * 4).collect();
                let rest = wanted.split_off(4);
                wanted.extend(rest.into_iter().filter(|id| *id != removed + 1));
                assert_eq!(ids, wanted, "{global}, {removed}");
                let (store, result) = debuggee.take_store().unwrap();
                result.unwrap();
                assert_eq!(wasmtime::AsContext::as_context(&store).breakpoints().unwrap().count(), 0);
            }
        }
    });
}
