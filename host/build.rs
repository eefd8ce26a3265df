//! Compiles the built-in debuggers and the demo program, and writes the table that embeds them.
//!
//! They are built by the same cargo in a target folder of their own (`target/guests`), so that the outer build's lock is not in
//! the way and every profile of the host shares one build of them.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Rust packages that are built and embedded: the package, its target, and the file that comes out.
const GUESTS: [(&str, &str, &str); 5] = [
    ("stillpoint-trace", "wasm32-wasip2", "stillpoint_trace.wasm"),
    ("stillpoint-count", "wasm32-wasip2", "stillpoint_count.wasm"),
    ("stillpoint-gdb", "wasm32-wasip2", "stillpoint_gdb.wasm"),
    ("stillpoint-state", "wasm32-wasip2", "stillpoint_state.wasm"),
    ("stillpoint-demo", "wasm32-wasip1", "demo.wasm"),
];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(variable("OUT_DIR")?);
    // OUT_DIR is target/PROFILE/build/PACKAGE/out.
    let target = out.ancestors().nth(4).ok_or("OUT_DIR is not inside a target folder")?.join("guests");
    for input in ["wit", "guest-debuggers", "tests/programs/demo", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    for name in ["wasm32-wasip1", "wasm32-wasip2"] {
        require_target(name)?;
    }
    let mut table = String::new();
    for (package, target_name, file) in GUESTS {
        compile(&root, &target, package, target_name)?;
        let path = target.join(target_name).join("guest").join(file);
        let path = path.canonicalize().map_err(|error| format!("{package} was built, but not as {file}: {error}"))?;
        let constant = package.trim_start_matches("stillpoint-").to_uppercase();
        writeln!(table, "pub(crate) const {constant}: &[u8] = include_bytes!({path:?});").map_err(|e| e.to_string())?;
    }
    std::fs::write(out.join("embedded.rs"), table).map_err(|error| format!("cannot write embedded.rs: {error}"))
}

/// Fails with the line to type if the toolchain cannot compile for a target.
fn require_target(name: &str) -> Result<(), String> {
    let rustc = variable("RUSTC")?;
    let output = Command::new(&rustc).args(["--print", "target-libdir", "--target", name]).output();
    let output = output.map_err(|error| format!("cannot run {rustc}: {error}"))?;
    let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && Path::new(&directory).is_dir() {
        return Ok(());
    }
    Err(format!(
        "the debugger components need the Rust target {name}; type: rustup target add wasm32-wasip1 wasm32-wasip2"
    ))
}

fn compile(root: &Path, target: &Path, package: &str, target_name: &str) -> Result<(), String> {
    let mut cargo = Command::new(variable("CARGO")?);
    cargo.current_dir(root).args(["build", "--quiet", "--profile", "guest", "--package", package]);
    cargo.args(["--target", target_name, "--target-dir"]).arg(target);
    // What is meant for the host's own compilation is not for the guests'.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOCFLAGS"] {
        cargo.env_remove(name);
    }
    let output = cargo.output().map_err(|error| format!("cannot run cargo for {package}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        println!("cargo::warning={line}");
    }
    Err(format!("{package} does not compile for {target_name}; its messages are above"))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
