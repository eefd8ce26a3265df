//! Programs that `wasm-smith` has made.

use crate::support::random::Random;
use arbitrary::Unstructured;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use stillpoint_debuggee::Debuggee;
use wasm_smith::Config;
use wasmtime::{Engine, Linker, Module, Store, Val};

/// A program made of a seed, and made to end; `None` if the seed makes none. `adjust` says what it
/// has; every program can throw and make tail calls, and none imports anything or waits.
pub(crate) fn smith(engine: &Engine, seed: u64, adjust: impl FnOnce(Config) -> Config) -> Option<Module> {
    let mut random = Random(seed);
    let bytes: Vec<u8> = (0..8192).flat_map(|_| random.next().to_le_bytes()).collect();
    let config = adjust(Config {
        max_imports: 0,
        max_funcs: 12,
        export_everything: true,
        exceptions_enabled: true,
        tail_call_enabled: true,
        reference_types_enabled: true,
        // A wait would wait for good.
        threads_enabled: false,
        relaxed_simd_enabled: false,
        disallow_traps: random.one_in(2),
        allow_start_export: true,
        ..Config::default()
    });
    let mut module = wasm_smith::Module::new(config, &mut Unstructured::new(&bytes)).ok()?;
    module.ensure_termination(200).ok()?;
    Module::new(engine, module.to_bytes()).ok()
}

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
