//! The programs under debug: they are built, entered and timed in the same way for every contender.
//!
//! Invariant: one engine compiles each program, once, and every run has a new store.

use crate::cases::Source;
use crate::{large, resvg};
use anyhow::{Context as _, Result, anyhow, bail};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use stillpoint::debuggee::BodyStore;
use wasmparser::{Operator, Parser, Payload};
use wasmtime::{Cache, CacheConfig, Config, Engine, Linker, Module, Store};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_async};

/// The future of a program's body.
pub(crate) type Body<'a> = Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;

/// The stops that a contender has seen, and the checksum of what it has read.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) stops: u64,
    pub(crate) sum: u64,
}

/// The data of a program's store.
pub(crate) struct Data {
    marks: Marks,
    wasi: Option<WasiP1Ctx>,
    /// What the bare handler has seen. The debuggers keep theirs in their components.
    pub(crate) seen: Seen,
    /// The buffer into which the bare handler copies memory.
    pub(crate) buffer: Vec<u8>,
    /// The buffer in which the bare handler keeps records.
    pub(crate) records: Vec<u32>,
}

/// For each call of `mark`, the time, and the number of stops that the bare handler had seen.
#[derive(Clone, Default)]
pub(crate) struct Marks(Arc<Mutex<Vec<(Instant, u64)>>>);

impl Marks {
    fn set(&self, stops: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), stops));
    }

    /// The time and the number of stops between the two marks.
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
    /// The code offsets to stop at. The program comes to the first; it may not come to the others.
    pub(crate) pcs: Vec<u32>,
    entry: Entry,
}

/// A program's entry point.
#[derive(Clone)]
enum Entry {
    /// Its export `run`, which calls `bench.mark` twice.
    Run,
    /// That of a WASI command, which renders a picture in this directory.
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

/// The watched address is written once, after the loop. A watchpoint has to be hit then.
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
    /// Builds a program. The inner error says what is missing if it is a real program that is not
    /// there.
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

    /// Loads resvg to measure that alone. The program is not prepared to be run.
    pub(crate) fn to_load(engine: &Engine) -> Result<Program> {
        let binary = resvg::binary()?.context(resvg::MISSING)?;
        Ok(Program { module: Module::from_binary(engine, &binary)?, pcs: Vec::new(), entry: Entry::Run })
    }

    /// Makes a new store in which the program is registered and has not begun.
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

    /// The body for a debuggee.
    pub(crate) fn debuggee_body(
        &self,
        argument: u32,
    ) -> impl for<'a> FnOnce(&'a mut BodyStore<Data>) -> Body<'a> + Send + 'static {
        let body = self.body(argument);
        move |store| body(store)
    }

    /// The body that runs the program on its store.
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

/// The instructions of each of a module's functions, with their offsets.
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

/// The offset of the first `nop`: most programs here are stopped there.
pub(crate) fn nop(binary: &[u8]) -> Result<u32> {
    first(binary, |operator| matches!(operator, Operator::Nop))
}

/// The offset of the first instruction for which `is_it` holds.
fn first(binary: &[u8], is_it: impl Fn(&Operator<'_>) -> bool) -> Result<u32> {
    let functions = functions(binary)?;
    let found = functions.iter().flatten().find(|(_, operator)| is_it(operator));
    Ok(found.context("the program has no place to stop at")?.0)
}
