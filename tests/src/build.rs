//! Compiles `stillpoint`, the examples of the host crate, and the guests, once per test process.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The `stillpoint` binary, built with the profile of the tests.
pub fn host_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| host_folder().join(format!("stillpoint{}", std::env::consts::EXE_SUFFIX)))
}

/// An example of the host crate: a program that embeds it.
pub fn host_example(name: &str) -> PathBuf {
    host_folder().join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The folder with the binaries of the host crate, which are built first.
fn host_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let mut cargo = cargo();
        cargo.args(["build", "--quiet", "--package", "stillpoint", "--bin", "stillpoint"]);
        // The examples are tested too. They also have an effect on the build: with an example,
        // features of shared dependencies are resolved with the package's development dependencies,
        // as they were for the tests. Otherwise the engine would be compiled a second time.
        cargo.args(["--example", "embed", "--example", "lldb"]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        run_cargo(cargo);
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        target_folder().join(profile)
    })
}

/// Compiles a guest of this workspace for a target; returns the path of its `.wasm` file.
pub fn guest(package: &str, target: &str, file: &str) -> PathBuf {
    build("guest", package, target, file)
}

/// A program to debug of this workspace, compiled for a target, with the names of its functions:
/// the path of its `.wasm` file.
pub fn program(package: &str, target: &str, file: &str) -> PathBuf {
    build("program", package, target, file)
}

fn build(profile: &str, package: &str, target: &str, file: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<[String; 3]>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let target_folder = target_folder().join("guests");
    if built.insert([profile, package, target].map(str::to_owned)) {
        let mut cargo = cargo();
        cargo.args(["build", "--quiet", "--profile", profile, "--package", package, "--target", target]);
        cargo.arg("--target-dir").arg(&target_folder);
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
            cargo.env_remove(name);
        }
        run_cargo(cargo);
    }
    let path = target_folder.join(target).join(profile).join(file);
    assert!(path.is_file(), "{package} was built for {target}, but not as {}", path.display());
    path
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(crate::folder());
    cargo
}

fn run_cargo(mut cargo: Command) {
    let output = cargo.output().expect("cargo can be started");
    assert!(output.status.success(), "{cargo:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The target folder of the build that this test binary belongs to.
fn target_folder() -> PathBuf {
    // TARGET/PROFILE/deps/TEST
    let test = std::env::current_exe().expect("the test binary has a path");
    test.ancestors().nth(3).expect("the test binary is inside a target folder").to_owned()
}
