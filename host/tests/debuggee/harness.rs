//! What the tests of the pausable store share: a program in text form, and a debuggee over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stillpoint::debuggee::{BodyFuture, Debuggee, FrameId, Location, ModuleId, Stop, StopReason, Value};
use wasmtime::{Config, Engine, Instance, Linker, Module, Store, Val};

/// Data of a test's store; tells when it is dropped.
pub struct Data {
    dropped: Arc<AtomicBool>,
}

impl Drop for Data {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::SeqCst);
    }
}

/// Tells whether the data of a store was dropped.
#[derive(Clone)]
pub struct DropFlag(Arc<AtomicBool>);

impl DropFlag {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

pub fn engine() -> Engine {
    Engine::new(
        Config::new()
            .guest_debug(true)
            .epoch_interruption(true)
            .wasm_exceptions(true)
            .wasm_gc(true)
            .wasm_function_references(true),
    )
    .expect("the configuration is valid")
}

pub fn store(engine: &Engine) -> (Store<Data>, DropFlag) {
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = DropFlag(Arc::clone(&dropped));
    (Store::new(engine, Data { dropped }), flag)
}

/// A debuggee that instantiates one module with `linker` and runs `body` on the instance.
pub fn debuggee<F>(wat: &str, define: impl FnOnce(&mut Linker<Data>), body: F) -> (Debuggee<Data>, DropFlag)
where
    F: for<'a> FnOnce(&'a mut Store<Data>, Instance) -> BodyFuture<'a, ()> + Send + 'static,
{
    let engine = engine();
    let module = Module::new(&engine, wat).expect("the program is valid");
    let mut linker = Linker::new(&engine);
    define(&mut linker);
    let (mut store, flag) = store(&engine);
    store.debug_register_module(&module).expect("the module is of this engine");
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            body(store, instance).await
        })
    });
    (debuggee.expect("the engine is for debugging"), flag)
}

/// Calls an export with arguments and gives its results.
pub async fn call(
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
