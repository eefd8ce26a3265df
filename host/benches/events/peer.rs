//! The peer: the component of `guests/peer` on `wasmtime-internal-debugger`, hosted as the peer's
//! command line does it.
//!
//! As there, the debugger's engine has the default configuration, the debuggee's module is
//! registered beforehand, and a thread increments the program's epoch every millisecond. The
//! command line uses a runtime of several threads. On one thread the peer's two tasks wake each
//! other much more quickly, so the peer is measured on one thread unless several are asked for.
//!
//! Invariant: the peer runs no code of Stillpoint's.

use crate::guests::Guests;
use crate::native;
use crate::program::{Program, cache};
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use wasmtime::component::{Component, InstancePre, Linker, Resource, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_internal_debugger::{Debuggee, DebuggerComponent, add_debuggee, add_to_linker};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// The contender.
pub(crate) struct Peer {
    runtime: Runtime,
    component: InstancePre<Host>,
}

/// The data of the debugger's store.
struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Peer {
    pub(crate) fn new(guests: &Guests, several_threads: bool) -> Result<Peer> {
        let mut runtime = match several_threads {
            true => tokio::runtime::Builder::new_multi_thread(),
            false => tokio::runtime::Builder::new_current_thread(),
        };
        let runtime = runtime.enable_time().enable_io().build()?;
        Ok(Peer { runtime, component: component(guests)? })
    }

    /// Runs a program under the component. Returns the time between the program's marks, or the
    /// whole time.
    pub(crate) fn run(&self, program: &Program, argument: u32, args: &[String], whole: bool) -> Result<Duration> {
        if let [native::ORDER, n_stops, ..] = args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            return native::the_peers(&self.runtime, program, argument, n_stops);
        }
        let started = Instant::now();
        let (store, marks) = program.store()?;
        let body = program.body(argument);
        let debuggee = async {
            Debuggee::new(store, move |store| {
                Box::pin(async move {
                    let ticking = Ticking::start(store.engine());
                    let result = body(store).await;
                    ticking.stop();
                    result
                })
            })
        };
        self.runtime.block_on(async {
            let (mut store, debuggee) = debug(&self.component, debuggee.await, args).await?;
            let mut debuggee = store.data_mut().table.delete(debuggee)?;
            debuggee.finish().await?;
            anyhow::Ok(())
        })?;
        let elapsed = started.elapsed();
        if whole { Ok(elapsed) } else { Ok(marks.between()?.0) }
    }

    /// Starts a program under the component, with a new engine for the debugger, and returns the
    /// time at which the debugger's first code ran. The component returns at once, and the time is
    /// taken then.
    pub(crate) fn start(&self, guests: &Guests, program: &Program, args: &[String]) -> Result<Instant> {
        let component = component(guests)?;
        let (store, _) = program.store()?;
        self.runtime.block_on(async {
            // A debuggee of the peer's that is dropped runs on without its debugger. This one has
            // nothing to run.
            let debuggee = Debuggee::new(store, |_| Box::pin(async { Ok(()) }));
            let _ended = debug(&component, debuggee, args).await?;
            Ok(Instant::now())
        })
    }
}

fn component(guests: &Guests) -> Result<InstancePre<Host>> {
    let mut config = Config::new();
    config.cache(Some(cache(&guests.target)?));
    let engine = Engine::new(&config)?;
    let component = Component::from_binary(&engine, &guests.peer)?;
    let mut linker: Linker<Host> = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    add_to_linker(&mut linker, |host| &mut host.table)?;
    Ok(linker.instantiate_pre(&component)?)
}

/// Instantiates the component and runs its `debug`.
async fn debug<T: Send + 'static>(
    component: &InstancePre<Host>,
    debuggee: Debuggee<T>,
    args: &[String],
) -> Result<(Store<Host>, Resource<wasmtime_internal_debugger::wit::Debuggee>)> {
    let mut wasi = WasiCtx::builder();
    wasi.inherit_stdout().inherit_stderr();
    let host = Host { wasi: wasi.build(), table: ResourceTable::new() };
    let mut store = Store::new(component.engine(), host);
    let instance = component.instantiate_async(&mut store).await?;
    let exports = DebuggerComponent::new(&mut store, &instance)?;
    let debuggee = add_debuggee(&mut store.data_mut().table, debuggee)?;
    let borrowed = Resource::new_borrow(debuggee.rep());
    exports.bytecodealliance_wasmtime_debugger().call_debug(&mut store, borrowed, args).await?;
    Ok((store, debuggee))
}

/// The thread that increments the epoch.
struct Ticking {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
}

impl Ticking {
    fn start(engine: &Engine) -> Ticking {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (stop, engine) = (Arc::clone(&stop), engine.clone());
            move || {
                while !stop.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(1));
                    engine.increment_epoch();
                }
            }
        });
        Ticking { stop, thread }
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        // A thread that has panicked is stopped as well.
        let _ = self.thread.join();
    }
}
