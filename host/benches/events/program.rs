//! The programs under debug: how they are built, entered and timed, the same for every contender.
//!
//! Invariant: one engine compiles them all, once, and every run has a store of its own.

use crate::cases::Source;
use crate::{large, resvg};
use anyhow::{Context as _, Result, anyhow, bail};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use wasmparser::{Operator, Parser, Payload};
use wasmtime::{Cache, CacheConfig, Config, Engine, Linker, Module, Store};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_async};

/// The future of a program's body.
pub(crate) type Body<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;

/// What a debugger has seen.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) stops: u64,
    pub(crate) sum: u64,
}

/// What a store holds.
pub(crate) struct Data {
    marks: Marks,
    wasi: Option<WasiP1Ctx>,
    /// What the bare handler has seen; the others keep theirs in their components.
    pub(crate) seen: Seen,
    /// What the bare handler copies and records into.
    pub(crate) buffer: Vec<u8>,
    pub(crate) records: Vec<u32>,
}

/// When the program called `mark`, and how many stops the bare handler had seen by then.
#[derive(Clone, Default)]
pub(crate) struct Marks(Arc<Mutex<Vec<(Instant, u64)>>>);

impl Marks {
    fn set(&self, stops: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), stops));
    }

    /// The time and the stops between the two marks.
    pub(crate) fn between(&self) -> Result<(Duration, u64)> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner)[..] {
            [(from, before), (to, after)] => Ok((to - from, after - before)),
            ref marks => bail!("the program set {} marks instead of 2", marks.len()),
        }
    }
}

/// A compiled program.
pub(crate) struct Program {
    pub(crate) module: Module,
    /// Where it can be stopped: the first is the place that it comes to, others may follow that it does not come to.
    pub(crate) pcs: Vec<u32>,
    entry: Entry,
}

/// How a program is entered.
#[derive(Clone)]
enum Entry {
    /// Its export `run`, which calls `bench.mark` twice.
    Run,
    /// As a WASI command that renders a picture in this directory.
    Resvg(PathBuf),
}

/// The configuration of the engine that runs programs: as the peer's command line sets it up.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.guest_debug(true).epoch_interruption(true);
    config
}

/// The cache of compiled code, in the target folder.
pub(crate) fn cache(target: &Path) -> Result<Cache> {
    let directory = target.join("bench-cache");
    let mut config = CacheConfig::new();
    config.with_directory(&directory);
    Cache::new(config).map_err(|error| anyhow!("{}: no cache can be kept there: {error:#}", directory.display()))
}

const LOOP: &str = r#"(module
  (import "bench" "mark" (func $mark))
  (func (export "run") (param $n i32) (local $i i32) (local $sum i32)
    call $mark
    loop $again
      nop
      local.get $sum local.get $i i32.add local.set $sum
      local.get $i i32.const 1 i32.add local.tee $i
      local.get $n i32.lt_u br_if $again
    end
    call $mark))"#;

/// The watched place is written once, behind the loop: whoever watches it has to see that.
const STORES: &str = r#"(module
  (import "bench" "mark" (func $mark))
  (memory 1)
  (func (export "run") (param $n i32) (local $i i32)
    call $mark
    loop $again
      i32.const 64 local.get $i i32.store
      local.get $i i32.const 1 i32.add local.tee $i
      local.get $n i32.lt_u br_if $again
    end
    i32.const 128 i32.const 1 i32.store
    call $mark))"#;

const DEEP: &str = r#"(module
  (import "bench" "mark" (func $mark))
  (func $down (param $left i32) (param $n i32) (local $i i32)
    local.get $left
    if
      local.get $left i32.const 1 i32.sub local.get $n call $down
    else
      call $mark
      loop $again
        nop
        local.get $i i32.const 1 i32.add local.tee $i
        local.get $n i32.lt_u br_if $again
      end
      call $mark
    end)
  (func (export "run") (param $n i32) i32.const 48 local.get $n call $down))"#;

const MEMORY: &str = r#"(module
  (import "bench" "mark" (func $mark))
  (memory 2)
  (func (export "run") (param $n i32)
    i32.const 0 i32.const 7 i32.const 131072 memory.fill
    call $mark
    nop
    call $mark))"#;

impl Program {
    /// Builds a program. None, with what is missing, if it comes from outside and is not there.
    pub(crate) fn of(source: Source, engine: &Engine) -> Result<Result<Program, &'static str>> {
        let binary = match source {
            Source::Loop => wat::parse_str(LOOP)?,
            Source::Stores => wat::parse_str(STORES)?,
            Source::Deep => wat::parse_str(DEEP)?,
            Source::Memory => wat::parse_str(MEMORY)?,
            Source::Large => large::module(),
            Source::Resvg => match resvg::binary()? {
                Some(binary) => binary,
                None => return Ok(Err(resvg::MISSING)),
            },
        };
        let (pcs, entry) = match source {
            Source::Resvg => (resvg::pcs(&binary)?, Entry::Resvg(resvg::directory()?)),
            Source::Large => (large::pcs(&binary)?, Entry::Run),
            Source::Loop | Source::Deep | Source::Memory => (vec![nop(&binary)?], Entry::Run),
            Source::Stores => {
                (vec![first(&binary, |operator| matches!(operator, Operator::I32Store { .. }))?], Entry::Run)
            }
        };
        Ok(Ok(Program { module: Module::from_binary(engine, &binary)?, pcs, entry }))
    }

    /// resvg as a program that is not going to run: only what loading needs is done.
    pub(crate) fn to_load(engine: &Engine) -> Result<Program> {
        let binary = resvg::binary()?.context(resvg::MISSING)?;
        Ok(Program { module: Module::from_binary(engine, &binary)?, pcs: Vec::new(), entry: Entry::Run })
    }

    /// A new store in which the program is known but has not begun.
    pub(crate) fn store(&self) -> Result<(Store<Data>, Marks)> {
        let marks = Marks::default();
        let wasi = match &self.entry {
            Entry::Run => None,
            Entry::Resvg(directory) => Some(resvg::wasi(directory)?),
        };
        let data = Data { marks: marks.clone(), wasi, seen: Seen::default(), buffer: Vec::new(), records: Vec::new() };
        let mut store = Store::new(self.module.engine(), data);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        store.debug_register_module(&self.module)?;
        Ok((store, marks))
    }

    /// What the program does on its store.
    pub(crate) fn body(&self, argument: u32) -> impl for<'a> FnOnce(&'a mut Store<Data>) -> Body<'a> + Send + 'static {
        let module = self.module.clone();
        let entry = self.entry.clone();
        move |store| {
            Box::pin(async move {
                let mut linker: Linker<Data> = Linker::new(store.engine());
                match entry {
                    Entry::Run => {
                        linker.func_wrap("bench", "mark", |caller: wasmtime::Caller<'_, Data>| {
                            let data = caller.data();
                            data.marks.set(data.seen.stops);
                        })?;
                        let instance = linker.instantiate_async(&mut *store, &module).await?;
                        instance.get_typed_func::<u32, ()>(&mut *store, "run")?.call_async(store, argument).await
                    }
                    Entry::Resvg(_) => {
                        add_to_linker_async(&mut linker, |data: &mut Data| {
                            data.wasi.as_mut().expect("a store for resvg has WASI")
                        })?;
                        let instance = linker.instantiate_async(&mut *store, &module).await?;
                        let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
                        match start.call_async(store, ()).await {
                            Err(error) if !matches!(error.downcast_ref(), Some(I32Exit(0))) => Err(error),
                            _ => Ok(()),
                        }
                    }
                }
            })
        }
    }
}

/// The instructions of a module's functions, by function, with their offsets.
pub(crate) fn functions(binary: &[u8]) -> Result<Vec<Vec<(u32, Operator<'_>)>>> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(binary) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let mut operators = body.get_operators_reader()?;
            let mut function = Vec::new();
            while !operators.eof() {
                let pc = u32::try_from(operators.original_position())?;
                function.push((pc, operators.read()?));
            }
            functions.push(function);
        }
    }
    Ok(functions)
}

/// The offset of the first `nop`: the place where most programs of ours are stopped.
pub(crate) fn nop(binary: &[u8]) -> Result<u32> {
    first(binary, |operator| matches!(operator, Operator::Nop))
}

/// The offset of the first instruction of a kind.
fn first(binary: &[u8], is_it: impl Fn(&Operator<'_>) -> bool) -> Result<u32> {
    let functions = functions(binary)?;
    let found = functions.iter().flatten().find(|(_, operator)| is_it(operator));
    Ok(found.context("the program has no place to stop at")?.0)
}
