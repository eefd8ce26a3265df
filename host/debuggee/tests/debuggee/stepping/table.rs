//! Tables of steps: from where, how, to where.
//!
//! A place is `function#n`, the n-th instruction of a named function, counting from 0 as the text shows them, every `end`
//! and `else` included; `@d` behind it is the number of frames. A row is a place to begin at, then ways to go on and where each
//! leads:
//!
//! ```text
//! main#1@1  over main#2   out end
//! ```
//!
//! | way | |
//! | --- | --- |
//! | `in` | step by instruction |
//! | `over`, `out` | step over, step out |
//! | `go` | continue |
//! | `to:PLACE` | run to |
//! | `+PLACE`, `-PLACE` | set or remove a breakpoint; leads nowhere |
//! | `!` | ask for an interrupt; leads nowhere |
//!
//! Where it leads is a place for a step, or a word and a place: `hit:` a breakpoint, `trap:`, `error:` a host call's, `caught:`,
//! `uncaught:` exceptions, `interrupt:`; or `end`. Every row is run in every [`mode`](modes) of the stepper.

use crate::support::harness::ExitWith;
use crate::support::places::Places;
use std::collections::BTreeMap;
use std::time::Duration;
use stillpoint_debuggee::{
    BreakpointId, BreakpointSpec, Change, Debuggee, How, Location, ModuleId, StepCosts, Stop, StopReason, View,
};
use wasmtime::component::{Component, Linker as ComponentLinker};
use wasmtime::{Caller, Config, Engine, Linker, Module, Store};

/// The mode in which the prices are those of a program of some megabytes.
pub(crate) const REAL_PRICES: &str = "real prices";

/// Prices that force the stepper to go one way or the other, so that each way is tested whatever
/// this machine's prices are.
pub(crate) fn modes() -> [(&'static str, Option<StepCosts>); 6] {
    let costs = |switch, session, event| {
        let [switch, session, event] = [switch, session, event].map(Duration::from_nanos);
        Some(StepCosts { switch, session, event })
    };
    const FOREVER: u64 = 1 << 40;
    [
        ("measured", None),
        (REAL_PRICES, costs(2_000_000, 400_000, 100)),
        ("predicts, lingers never, keeps nothing", costs(FOREVER, 0, FOREVER)),
        ("predicts, lingers always, keeps everything", costs(FOREVER, FOREVER / 10, 1)),
        ("never predicts, never lingers", costs(0, FOREVER, FOREVER)),
        ("never predicts, lingers for three events", costs(3, FOREVER, 1)),
    ]
}

pub(crate) fn engine() -> Engine {
    let mut config = Config::new();
    config
        .guest_debug(true)
        .epoch_interruption(true)
        .wasm_exceptions(true)
        .wasm_gc(true)
        .wasm_function_references(true)
        .wasm_tail_call(true);
    Engine::new(&config).expect("the configuration is valid")
}

/// What is run: core modules, each of which can import the ones before it by name, or a component.
pub(crate) enum Program<'a> {
    Modules(&'a [(&'a str, &'a str)]),
    Component(&'a str),
}

/// Runs the rows of a table over one module.
pub(crate) async fn steps(wat: &str, table: &str) {
    steps_of(&Program::Modules(&[("main", wat)]), table).await;
}

/// Runs the rows of a table. The program's `main` is called, then its `again` if it has one,
/// whatever came of `main`.
pub(crate) async fn steps_of(program: &Program<'_>, table: &str) {
    let engine = engine();
    let rows = table.lines().map(str::trim).filter(|row| !row.is_empty());
    let places = Walk::new(debuggee(&engine, program)).await.places;
    match program {
        Program::Modules(modules) => modules.iter().for_each(|(_, wat)| places.check_numbers(wat)),
        Program::Component(wat) => places.check_numbers(wat),
    }
    let mut wrong = Vec::new();
    for row in rows {
        for (mode, costs) in modes() {
            let mut walk = Walk::new(debuggee(&engine, program)).await;
            if let Some(costs) = costs {
                walk.debuggee.assume_step_costs(costs);
            }
            let walked = walk.row(row).await;
            if walked != row.split_whitespace().collect::<Vec<_>>().join(" ") {
                wrong.push(format!("wanted: {row}\nwalked: {walked}   ({mode})"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// A debuggee over a program.
fn debuggee(engine: &Engine, program: &Program<'_>) -> Debuggee<()> {
    let mut store = Store::new(engine, ());
    let debuggee = match program {
        Program::Modules(texts) => {
            let modules: Vec<(String, Module)> = texts
                .iter()
                .map(|(name, wat)| ((*name).to_owned(), Module::new(engine, wat).expect("the program is valid")))
                .collect();
            for (_, module) in &modules {
                store.debug_register_module(module).expect("the module is of this engine");
            }
            let linker = linker(engine);
            Debuggee::new(store, move |store| Box::pin(run_modules(store, linker, modules)))
        }
        Program::Component(wat) => {
            let component = Component::new(engine, wat).expect("the program is valid");
            store.debug_register_component(&component).expect("the component is of this engine");
            Debuggee::new(store, move |store| {
                Box::pin(async move {
                    let linker = ComponentLinker::new(store.engine());
                    let instance = linker.instantiate_async(&mut *store, &component).await?;
                    let main = instance.get_typed_func::<(), ()>(&mut *store, "main")?;
                    main.call_async(store, ()).await
                })
            })
        }
    };
    debuggee.expect("the engine is for debugging").exit_codes(|error| Some(error.downcast_ref::<ExitWith>()?.0))
}

async fn run_modules(
    store: &mut Store<()>,
    mut linker: Linker<()>,
    modules: Vec<(String, Module)>,
) -> wasmtime::Result<()> {
    let mut last = None;
    for (name, module) in &modules {
        let instance = linker.instantiate_async(&mut *store, module).await?;
        linker.instance(&mut *store, name, instance)?;
        last = Some(instance);
    }
    let instance = last.expect("there is a module");
    for export in ["main", "again"] {
        if let Ok(function) = instance.get_typed_func::<(), ()>(&mut *store, export) {
            // A trap in the first call does not keep the second from being made.
            let _ = function.call_async(&mut *store, ()).await;
        }
    }
    Ok(())
}

/// What the programs can import: `nop` does nothing, `back` calls the caller's export `back`,
/// `forgive` does too and forgets its error, `fail` fails, `exit` exits.
fn linker(engine: &Engine) -> Linker<()> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "nop", || {}).unwrap();
    linker.func_wrap("host", "fail", || Err::<(), _>(wasmtime::format_err!("failed"))).unwrap();
    linker.func_wrap("host", "exit", || Err::<(), _>(wasmtime::Error::new(ExitWith(3)))).unwrap();
    linker
        .func_wrap_async("host", "back", |mut caller: Caller<'_, ()>, (): ()| {
            Box::new(async move { call_back(&mut caller).await })
        })
        .unwrap();
    linker
        .func_wrap_async("host", "forgive", |mut caller: Caller<'_, ()>, (): ()| {
            Box::new(async move {
                let _ = call_back(&mut caller).await;
            })
        })
        .unwrap();
    linker
}

async fn call_back(caller: &mut Caller<'_, ()>) -> wasmtime::Result<()> {
    let back = caller.get_export("back").and_then(wasmtime::Extern::into_func);
    let back = back.ok_or_else(|| wasmtime::format_err!("no export `back`"))?;
    back.typed::<(), ()>(&*caller)?.call_async(caller, ()).await
}

/// The modules that a debuggee knows, with their binaries.
async fn binaries(debuggee: &mut Debuggee<()>) -> Vec<(ModuleId, Vec<u8>)> {
    let infos = debuggee.query(|paused| paused.modules()).await.unwrap();
    let session: &dyn stillpoint_debuggee::Session = debuggee;
    infos.into_iter().map(|info| (info.id, session.bytecode(info.id, 0, usize::MAX).unwrap())).collect()
}

/// A debuggee and the breakpoints that a row has set.
struct Walk {
    debuggee: Debuggee<()>,
    places: Places,
    breakpoints: BTreeMap<Location, BreakpointId>,
}

impl Walk {
    async fn new(mut debuggee: Debuggee<()>) -> Walk {
        let places = Places::of_modules(&binaries(&mut debuggee).await);
        Walk { debuggee, places, breakpoints: BTreeMap::new() }
    }

    /// Follows a row and gives what it should have been.
    async fn row(&mut self, row: &str) -> String {
        let mut words = row.split_whitespace();
        let begin = words.next().expect("a row begins with a place");
        let mut walked = vec![self.begin_at(begin).await];
        while let Some(word) = words.next() {
            walked.push(word.to_owned());
            if let Some(place) = word.strip_prefix('+') {
                self.set(place);
                continue;
            }
            if let Some(place) = word.strip_prefix('-') {
                self.remove(place);
                continue;
            }
            if word == "!" {
                self.debuggee.interrupter().interrupt();
                continue;
            }
            let how = match word {
                "in" => How::StepInstruction,
                "over" => How::StepOver,
                "out" => How::StepOut,
                "go" => How::Continue,
                _ => How::RunTo(self.places.location(word.strip_prefix("to:").expect("a way to go on"))),
            };
            let stop = self.debuggee.resume(how).await.unwrap();
            let wants_depth = words.next().is_some_and(|place| place.contains('@'));
            walked.push(self.show(&stop, wants_depth).await);
        }
        walked.join(" ")
    }

    async fn begin_at(&mut self, begin: &str) -> String {
        if begin == "entry" {
            return begin.to_owned();
        }
        let place = begin.split('@').next().unwrap_or_default();
        self.set(place);
        loop {
            let stop = self.debuggee.resume(How::Continue).await.unwrap();
            let shown = self.show(&stop, begin.contains('@')).await;
            let place_shown = shown.strip_prefix("hit:").unwrap_or(&shown);
            if place_shown == begin || shown == "end" {
                self.remove(place);
                return place_shown.to_owned();
            }
        }
    }

    fn set(&mut self, place: &str) {
        let location = self.places.location(place);
        let answers = self.debuggee.edit_breakpoints(&[Change::Add(BreakpointSpec::at(location))]).unwrap();
        self.breakpoints.insert(location, answers.into_iter().next().unwrap().unwrap());
    }

    fn remove(&mut self, place: &str) {
        let id = self.breakpoints.remove(&self.places.location(place)).expect("it was set");
        if self.debuggee.is_complete() {
            return;
        }
        self.debuggee.edit_breakpoints(&[Change::Remove(id)]).unwrap().remove(0).unwrap();
    }

    async fn show(&mut self, stop: &Stop, with_depth: bool) -> String {
        let kind = match &stop.reason {
            StopReason::Step => "",
            StopReason::Breakpoint(_) => "hit:",
            StopReason::Trap { .. } => "trap:",
            StopReason::HostError(_) => "error:",
            StopReason::Exception { caught: true, .. } => "caught:",
            StopReason::Exception { caught: false, .. } => "uncaught:",
            StopReason::Interrupt => "interrupt:",
            StopReason::Exited(_) => return "end".to_owned(),
            other => panic!("{other:?}"),
        };
        let place = stop.location().map_or_else(|| "nowhere".to_owned(), |location| self.places.name(location));
        if !with_depth {
            return format!("{kind}{place}");
        }
        let depth = self.debuggee.query(|paused| paused.depth()).await.unwrap().unwrap();
        format!("{kind}{place}@{depth}")
    }
}
