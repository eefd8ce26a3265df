//! What the tests of the pausable store share: programs in text form, debuggees over them, and the
//! runtimes to run them on.
//!
//! Invariant: nothing here sleeps; whatever could hang runs under [`bounded`].

use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::{Context, Poll};
use std::time::Duration;
use stillpoint_debuggee::{BodyFuture, BreakpointSpec, Change, Debuggee, How, InstanceId, Location, StopReason, View};
use tokio::runtime::Builder;
use wasmtime::{Config, Engine, Extern, FuncType, Instance, Linker, Module, Store, Val, ValType};

/// Longer than any test takes on a loaded machine: whoever reaches it hangs.
const DEADLINE: Duration = Duration::from_secs(300);

/// The size of a page in bytes.
pub(crate) const PAGE: u64 = 65536;

/// Data of a test's store; tells when it is dropped.
pub(crate) struct Data {
    dropped: Arc<AtomicBool>,
}

impl Drop for Data {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::SeqCst);
    }
}

/// Tells whether the data of a store was dropped.
#[derive(Clone)]
pub(crate) struct DropFlag(Arc<AtomicBool>);

impl DropFlag {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Lets other tasks run until the data is dropped. A leak runs into the deadline of
    /// [`bounded`].
    pub(crate) async fn wait(&self) {
        while !self.is_set() {
            tokio::task::yield_now().await;
        }
    }
}

/// An object of the host's that tells when it is collected.
pub(crate) struct Canary(pub(crate) Arc<AtomicBool>);

impl Drop for Canary {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// An error by which a program asks to exit.
#[derive(Debug)]
pub(crate) struct ExitWith(pub(crate) i32);

impl std::fmt::Display for ExitWith {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit with {}", self.0)
    }
}

impl std::error::Error for ExitWith {}

/// The configuration of every test's engine.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .guest_debug(true)
        .epoch_interruption(true)
        .wasm_exceptions(true)
        .wasm_gc(true)
        .wasm_function_references(true)
        .wasm_tail_call(true)
        .wasm_memory64(true)
        .wasm_multi_memory(true)
        .wasm_threads(true)
        .shared_memory(true);
    config
}

pub(crate) fn engine() -> Engine {
    Engine::new(&config()).expect("the configuration is valid")
}

pub(crate) fn store(engine: &Engine) -> (Store<Data>, DropFlag) {
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = DropFlag(Arc::clone(&dropped));
    (Store::new(engine, Data { dropped }), flag)
}

/// A debuggee that instantiates one module with a linker and runs `body` on the instance.
pub(crate) fn debuggee<F>(wat: &str, define: impl FnOnce(&mut Linker<Data>), body: F) -> (Debuggee<Data>, DropFlag)
where
    F: for<'a> FnOnce(&'a mut Store<Data>, Instance) -> BodyFuture<'a, ()> + Send + 'static,
{
    let engine = engine();
    let (store, flag) = store(&engine);
    (debuggee_on(store, wat, define, body), flag)
}

/// As [`debuggee`], on a store of the test's own.
pub(crate) fn debuggee_on<F>(
    mut store: Store<Data>,
    wat: &str,
    define: impl FnOnce(&mut Linker<Data>),
    body: F,
) -> Debuggee<Data>
where
    F: for<'a> FnOnce(&'a mut Store<Data>, Instance) -> BodyFuture<'a, ()> + Send + 'static,
{
    let module = Module::new(store.engine(), wat).expect("the program is valid");
    let mut linker = Linker::new(store.engine());
    define(&mut linker);
    store.debug_register_module(&module).expect("the module is of this engine");
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            body(store, instance).await
        })
    });
    debuggee.expect("the engine is for debugging")
}

/// A debuggee whose body calls the export `main` without arguments and drops the results.
pub(crate) fn program(wat: &str) -> Debuggee<Data> {
    program_with(wat, |_| {})
}

/// As [`program`], with host functions.
pub(crate) fn program_with(wat: &str, define: impl FnOnce(&mut Linker<Data>)) -> Debuggee<Data> {
    debuggee(wat, define, call_main).0
}

/// As [`program_with`], with the place where the result of `main` is put, which is 0 before.
pub(crate) fn program_with_result(
    wat: &str,
    define: impl FnOnce(&mut Linker<Data>),
) -> (Debuggee<Data>, Arc<AtomicI32>) {
    let result = Arc::new(AtomicI32::new(0));
    let sink = Arc::clone(&result);
    let (debuggee, _) = debuggee(wat, define, move |store, instance| {
        Box::pin(async move {
            let results = call(store, instance, "main", &[]).await?;
            sink.store(results[0].unwrap_i32(), Ordering::SeqCst);
            Ok(())
        })
    });
    (debuggee, result)
}

/// A program that is stopped at the first instruction of `main`, with the number of its instance.
pub(crate) async fn stopped(wat: &str) -> (Debuggee<Data>, InstanceId) {
    let mut debuggee = program(wat);
    assert_eq!(debuggee.resume(How::StepInstruction).await.unwrap().reason, StopReason::Step);
    let instances = debuggee.query(|paused| paused.instances()).await.unwrap();
    assert_eq!(instances.len(), 1);
    (debuggee, instances[0].id)
}

/// The change that sets a breakpoint.
pub(crate) fn breakpoint(location: Location) -> Change {
    Change::Add(BreakpointSpec::at(location))
}

/// A body that calls the export `main` without arguments.
pub(crate) fn call_main(store: &mut Store<Data>, instance: Instance) -> BodyFuture<'_, ()> {
    Box::pin(async move { call(store, instance, "main", &[]).await.map(drop) })
}

/// A body that calls the export `main` with one number.
pub(crate) fn call_main_with(
    number: i32,
) -> impl for<'a> FnOnce(&'a mut Store<Data>, Instance) -> BodyFuture<'a, ()> + Send + 'static {
    move |store, instance| Box::pin(async move { call(store, instance, "main", &[Val::I32(number)]).await.map(drop) })
}

/// Calls an export with arguments and gives its results.
pub(crate) async fn call(
    store: &mut Store<Data>,
    instance: Instance,
    name: &str,
    arguments: &[Val],
) -> wasmtime::Result<Vec<Val>> {
    let function = instance.get_func(&mut *store, name).ok_or_else(|| wasmtime::format_err!("no export {name}"))?;
    let mut results = vec![Val::I32(0); function.ty(&*store).results().len()];
    function.call_async(&mut *store, arguments, &mut results).await?;
    Ok(results)
}

/// Defines the host function `host.name`, which waits for what `make` makes.
pub(crate) fn define_wait<F>(linker: &mut Linker<Data>, name: &str, make: impl Fn() -> F + Send + Sync + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    linker.func_wrap_async("host", name, move |_, (): ()| Box::new(make())).expect("the name is free");
}

/// Defines the host function `host.name`, which calls the program's own export `export` with its
/// parameters and gives its results.
pub(crate) fn define_call_back(
    linker: &mut Linker<Data>,
    name: &str,
    export: &'static str,
    parameters: &[ValType],
    results: &[ValType],
) {
    let ty = FuncType::new(linker.engine(), parameters.to_vec(), results.to_vec());
    linker
        .func_new_async("host", name, ty, move |mut caller, parameters, results| {
            Box::new(async move {
                let function = caller.get_export(export).and_then(Extern::into_func).expect("exported");
                function.call_async(&mut caller, parameters, results).await
            })
        })
        .expect("the name is free");
}

/// A future that is pending `turns` times before it is ready; it wakes its task each time.
pub(crate) struct Turns(pub(crate) u32);

impl Future for Turns {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls a future at most `polls` times, at once and whether it was woken or not, and drops it
/// then.
pub(crate) async fn cut<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// Runs a test on a thread of its own and fails when it does not come to an end.
pub(crate) fn bounded(test: impl FnOnce() + Send + 'static) {
    let (done, is_done) = channel();
    let thread = std::thread::spawn(move || {
        // Dropped when the test is over, panic or not.
        let _done = done;
        test();
    });
    match is_done.recv_timeout(DEADLINE) {
        Err(RecvTimeoutError::Disconnected) => {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
        Ok(()) => unreachable!("nothing is sent"),
        Err(RecvTimeoutError::Timeout) => panic!("the test hangs"),
    }
}

/// Runs an asynchronous test on the current-thread runtime.
pub(crate) fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    bounded(move || Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test()));
}

/// Runs an asynchronous test on the current-thread runtime, then on the multi-thread one.
pub(crate) fn run_on_both<F>(test: fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    run(test);
    bounded(move || {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        // Spawned, so that the test itself may move between threads.
        if let Err(error) = runtime.block_on(runtime.spawn(test())) {
            resume_unwind(error.into_panic());
        }
    });
}
