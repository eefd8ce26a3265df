//! Programs that `wasm-smith` has made.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use stillpoint_debuggee::Debuggee;
use wasmtime::{Engine, Linker, Module, Store, Val};

/// A debuggee that calls every exported function once, with zeros and nulls.
pub(crate) fn smithed(engine: &Engine, module: &Module) -> (Debuggee<()>, Arc<AtomicU64>) {
    let mut store = Store::new(engine, ());
    store.debug_register_module(module).unwrap();
    let module = module.clone();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let linker = Linker::new(store.engine());
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            let exports: Vec<String> = module.exports().map(|export| export.name().to_owned()).collect();
            for name in exports {
                let Some(function) = instance.get_func(&mut *store, &name) else { continue };
                let ty = function.ty(&*store);
                let arguments: Option<Vec<Val>> = ty.params().map(|ty| Val::default_for_ty(&ty)).collect();
                let Some(arguments) = arguments else { continue };
                let mut results = vec![Val::I32(0); ty.results().len()];
                let _ = function.call_async(&mut *store, &arguments, &mut results).await;
            }
            Ok(())
        })
    });
    (debuggee.unwrap(), Arc::new(AtomicU64::new(0)))
}
