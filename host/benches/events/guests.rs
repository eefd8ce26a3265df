//! Builds the two debugger components with cargo, in a separate target folder.
//!
//! Invariant: if the Rust target is missing, the error says in one line what to type.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const TARGET: &str = "wasm32-wasip2";
const PROFILE: &str = "guest-fast";

/// The bytes of the components, and the target folder of this benchmark.
pub(crate) struct Guests {
    pub(crate) ours: Vec<u8>,
    pub(crate) peer: Vec<u8>,
    pub(crate) target: PathBuf,
}

/// Builds both.
pub(crate) fn build() -> Result<Guests> {
    require_target()?;
    let target = target_folder()?;
    let folder = target.join("guests");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--profile", PROFILE, "--target", TARGET]);
    cargo
        .args(["--package", "stillpoint-bench-ours", "--package", "stillpoint-bench-peer", "--target-dir"])
        .arg(&folder);
    // These variables are meant for the compilation of the host, not of the guests.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        cargo.env_remove(name);
    }
    let status = cargo.status().context("cannot run cargo to build the benchmark's debuggers")?;
    if !status.success() {
        bail!("the benchmark's debuggers do not compile for {TARGET}; the messages are above");
    }
    let read = |name: &str| {
        let path = folder.join(TARGET).join(PROFILE).join(name);
        fs::read(&path).with_context(|| format!("{}: was built, but cannot be read", path.display()))
    };
    Ok(Guests { ours: read("stillpoint_bench_ours.wasm")?, peer: read("stillpoint_bench_peer.wasm")?, target })
}

fn require_target() -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let output = output.context("cannot run rustc")?;
    let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || !Path::new(&directory).is_dir() {
        bail!("the benchmark's debuggers need the Rust target {TARGET}; type: rustup target add {TARGET}");
    }
    Ok(())
}

/// The target folder that this benchmark was built in: its executable is
/// `TARGET/PROFILE/deps/events-…`.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let executable = env::current_exe().context("where this benchmark is")?;
    let folder = executable.ancestors().nth(3).context("this benchmark is not in a target folder; run it by cargo")?;
    Ok(folder.to_owned())
}
