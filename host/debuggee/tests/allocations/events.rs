//! Hits that nobody sees and stops that somebody does, counted against a bare handler of the
//! engine's in the same program.
//!
//! Invariant: programs run in the test's own thread, which is what the counter counts.

use allocation_counter::AllocationInfo;
use stillpoint_debuggee::{
    Accesses, Action, BreakpointSpec, Captures, Change, Debuggee, Exit, How, Location, Session, StepCosts, StopReason,
    View, WatchChange, WatchSpec, WatchTarget,
};
use tokio::runtime::Runtime;
use wasmparser::{Operator, Parser, Payload};
use wasmtime::{
    AsContextMut, Config, DebugEvent, DebugHandler, Engine, Instance, Module, ModulePC, Store, StoreContextMut,
};

/// A loop of six instructions with two locals, so many times.
const LOOP: &str = r#"(module
    (func (export "main") (param $n i32) (local $m i32)
        loop
            local.get $n
            i32.const 1
            i32.sub
            local.tee $n
            nop
            br_if 0
        end))"#;

/// How many turns are measured. An error of one allocation in a turn cannot hide in it, the ends of
/// a run can.
const TURNS: i32 = 1000;

struct Program {
    runtime: Runtime,
    module: Module,
    /// The place that every turn comes by once.
    pc: u32,
}

impl Program {
    fn new() -> Program {
        Program::of(LOOP, |operator| matches!(operator, Operator::Nop))
    }

    fn of(wat: &str, is_place: fn(&Operator<'_>) -> bool) -> Program {
        let engine = Engine::new(Config::new().guest_debug(true)).unwrap();
        let binary = wat::parse_str(wat).unwrap();
        let mut pc = None;
        for payload in Parser::new(0).parse_all(&binary) {
            let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
            for operator in body.get_operators_reader().unwrap().into_iter_with_offsets() {
                let (operator, offset) = operator.unwrap();
                if is_place(&operator) {
                    pc = Some(offset as u32);
                }
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Program { runtime, module: Module::new(&engine, binary).unwrap(), pc: pc.unwrap() }
    }

    fn store(&self) -> Store<u64> {
        let mut store = Store::new(self.module.engine(), 0);
        store.debug_register_module(&self.module).unwrap();
        store
    }

    /// What a number of turns allocates, without what a run allocates once: the difference between
    /// two runs.
    fn in_turns(&self, run: impl Fn(i32) -> AllocationInfo) -> (i64, i64) {
        let (once, twice) = (run(TURNS), run(2 * TURNS));
        let difference = |once: u64, twice: u64| twice.cast_signed() - once.cast_signed();
        (difference(once.count_total, twice.count_total), twice.bytes_current - once.bytes_current)
    }

    /// A bare handler that asks for the place of every hit.
    fn bare(&self, single_step: bool) -> i64 {
        let run = |n: i32| {
            let mut store = self.store();
            let mut edit = store.edit_breakpoints().unwrap();
            match single_step {
                true => edit.single_step(true).unwrap(),
                false => edit.add_breakpoint(&self.module, ModulePC::new(self.pc)).unwrap(),
            }
            drop(edit);
            store.set_debug_handler(Bare);
            let allocations = allocation_counter::measure(|| {
                self.runtime.block_on(main(&mut store, &self.module, n)).unwrap();
            });
            assert!(*store.data() >= u64::from(n.cast_unsigned()));
            allocations
        };
        self.in_turns(run).0
    }

    /// Our store, to the program's end.
    fn ours(&self, change: Option<Change>, captures: Captures, how: How, n_stops: fn(i32) -> u64) -> (i64, i64) {
        self.in_turns(|n| {
            let module = self.module.clone();
            let mut debuggee =
                Debuggee::new(self.store(), move |store| Box::pin(async move { main(store, &module, n).await }))
                    .unwrap();
            if let Some(change) = &change {
                debuggee.edit_breakpoints(std::slice::from_ref(change)).unwrap().remove(0).unwrap();
            }
            debuggee.set_captures(captures).unwrap();
            let session: &mut dyn Session = &mut debuggee;
            let mut seen = 0;
            let allocations = allocation_counter::measure(|| {
                self.runtime.block_on(async {
                    loop {
                        let stop = session.resume(how).await.unwrap();
                        match &stop.reason {
                            StopReason::Exited(exit) => break assert_eq!(*exit, Exit::Returned(vec![])),
                            _ => seen += 1,
                        }
                    }
                });
            });
            assert_eq!(seen, n_stops(n));
            allocations
        })
    }

    fn breakpoint(&self, condition: Option<&str>, action: Action) -> Option<Change> {
        let location = Location { module: stillpoint_debuggee::ModuleId(0), pc: self.pc };
        let condition = condition.map(str::to_owned);
        Some(Change::Add(BreakpointSpec { condition, action, ..BreakpointSpec::at(location) }))
    }
}

async fn main(store: &mut Store<u64>, module: &Module, n: i32) -> wasmtime::Result<()> {
    let instance = Instance::new_async(&mut *store, module, &[]).await?;
    instance.get_typed_func::<i32, ()>(&mut *store, "main")?.call_async(store, n).await
}

#[derive(Clone)]
struct Bare;

impl DebugHandler for Bare {
    type Data = u64;

    async fn handle(&self, mut store: StoreContextMut<'_, u64>, event: DebugEvent<'_>) {
        if matches!(event, DebugEvent::Breakpoint) {
            let frame = store.debug_exit_frames().next().unwrap();
            frame.wasm_function_index_and_pc(store.as_context_mut()).unwrap().unwrap();
            *store.data_mut() += 1;
        }
    }
}

/// Six instructions come by in a turn, and outside of it the loop's beginning, its end and the
/// function's.
fn n_steps(n: i32) -> u64 {
    6 * u64::from(n.cast_unsigned()) + 3
}

#[test]
fn condition_misses_allocate_what_a_bare_handler_allocates() {
    let program = Program::new();
    let floor = program.bare(false);
    assert!(floor > 0, "the engine allocates at every event, so the counter counts");
    for (condition, action) in
        [(Some("local[0] == -1"), Action::Stop), (None, Action::Count), (Some("stack[0] == local[1]"), Action::Count)]
    {
        let change = program.breakpoint(condition, action);
        let ours = program.ours(change, Captures::default(), How::Continue, |_| 0);
        assert_eq!(ours, (floor, 0), "{condition:?}");
    }
}

#[test]
fn step_stops_allocate_once_at_most_and_keep_nothing() {
    let program = Program::new();
    let floor = program.bare(true);
    let n_stops = 6 * i64::from(TURNS);
    for (captures, n_own) in [(Captures::default(), 0), (Captures { locals: true, ..Captures::default() }, 1)] {
        let (count, kept) = program.ours(None, captures, How::StepInstruction, n_steps);
        assert_eq!((count - floor, kept), (n_own * n_stops, 0), "{captures:?}");
    }
}

#[test]
fn breakpoint_stops_allocate_once_and_keep_nothing() {
    let program = Program::new();
    let floor = program.bare(false);
    let change = program.breakpoint(None, Action::Stop);
    let ours = program.ours(change, Captures::default(), How::Continue, |n| u64::from(n.cast_unsigned()));
    assert_eq!(ours, (floor + i64::from(TURNS), 0));
}

/// A store in every turn, near what is watched and far from it.
#[test]
fn watch_misses_allocate_what_a_bare_handler_allocates() {
    let wat = r#"(module (memory 1)
        (func (export "main") (param $n i32) (local $m i32)
            loop
                i32.const 16
                local.get $n
                i32.store
                local.get $n
                i32.const 1
                i32.sub
                local.tee $n
                br_if 0
            end))"#;
    let program = Program::of(wat, |operator| matches!(operator, Operator::I32Store { .. }));
    let floor = program.bare(false);
    for ranges in [vec![(1000, 4)], vec![(0, 16), (20, 8)]] {
        let (count, kept) = program.in_turns(|n| {
            let module = program.module.clone();
            let mut debuggee =
                Debuggee::new(program.store(), move |store| Box::pin(async move { main(store, &module, n).await }))
                    .unwrap();
            // Only the points, no single steps.
            let [zero, forever] = [0, 1 << 40].map(std::time::Duration::from_nanos);
            debuggee.assume_step_costs(StepCosts { switch: zero, session: forever, event: forever });
            program.runtime.block_on(async {
                debuggee.resume(How::StepInstruction).await.unwrap();
                let instance = debuggee.query(|paused| paused.instances()[0].id).await.unwrap();
                for (address, length) in &ranges {
                    let target = WatchTarget::Memory { instance, memory: 0, address: *address, length: *length };
                    let change = WatchChange::Add(WatchSpec::of(target, Accesses::ALL));
                    debuggee.edit_watchpoints(&[change]).unwrap().remove(0).unwrap();
                }
            });
            allocation_counter::measure(|| {
                let stop = program.runtime.block_on(debuggee.resume(How::Continue)).unwrap();
                assert_eq!(stop.reason, StopReason::Exited(Exit::Returned(vec![])));
            })
        });
        // The two runs begin differently, which may be one allocation's difference.
        assert!((count - floor).abs() <= 1 && kept == 0, "{ranges:?}: {count} and {floor}, {kept} kept");
    }
}
