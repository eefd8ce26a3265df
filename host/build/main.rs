//! Compiles the built-in debuggers and the demo program, and writes the table that embeds them.
//!
//! ```text
//! guest-debuggers/*/Cargo.toml ── manifests ──> which debuggers ──┐
//! rustc, rustup ───────────────── targets ────> what they need ───┴─ compile ──> built_in.rs
//! ```
//!
//! They are built by the same cargo in a target folder of their own (`target/guests`), so that the
//! outer build's lock is not in the way and every profile and target of the host shares one build
//! of them.
//!
//! Invariant: a debugger is named nowhere here; its own manifest says that it is built in.

mod manifests;
mod targets;

use manifests::BuiltIn;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};
use targets::Toolchain;

/// What debuggers are compiled for.
const COMPONENT: &str = "wasm32-wasip2";
/// What the demo program is compiled for.
const MODULE: &str = "wasm32-wasip1";

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
    for input in ["wit", "guest-debuggers", "tests/programs/demo", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    println!("cargo::rerun-if-env-changed={}", targets::FORBID);
    let debuggers = manifests::read(&root.join("guest-debuggers"))?;
    if let Some(news) = Toolchain::of_this_build()?.require(&[MODULE, COMPONENT])? {
        println!("cargo::warning={news}");
    }

    let target = guests_folder(&out, &variable("TARGET")?)?;
    let demo = compile(&root, &target, "stillpoint-demo", "program", MODULE, "demo.wasm")?;
    println!("cargo::rustc-env=STILLPOINT_DEMO={}", demo.display());
    let mut table = "&[\n".to_owned();
    for debugger in debuggers {
        let file = format!("{}.wasm", debugger.package.replace('-', "_"));
        let component = compile(&root, &target, &debugger.package, "guest", COMPONENT, &file)?;
        write_row(&mut table, &debugger, &component).map_err(|error| error.to_string())?;
    }
    table.push(']');
    fs::write(out.join("built_in.rs"), table).map_err(|error| format!("cannot write built_in.rs: {error}"))
}

/// A row of `BUILT_IN` in `src/plugin/builtin.rs`.
fn write_row(table: &mut String, debugger: &BuiltIn, component: &Path) -> std::fmt::Result {
    let BuiltIn { name, about, grants, .. } = debugger;
    let grants: String = grants.iter().map(|field| format!("{field}: true, ")).collect();
    writeln!(
        table,
        "    BuiltIn {{ name: {name:?}, about: {about:?}, component: include_bytes!({component:?}),\n        \
         grants: || Grants {{ {grants}..Grants::default() }} }},"
    )
}

/// Where guests are built: one folder for all profiles and targets of the host.
fn guests_folder(out: &Path, triple: &str) -> Result<PathBuf, String> {
    // OUT_DIR is target/PROFILE/build/PACKAGE/out, or with `--target`
    // target/TRIPLE/PROFILE/build/PACKAGE/out.
    let target = out.ancestors().nth(4).ok_or("OUT_DIR is not inside a target folder")?;
    let target = if target.ends_with(triple) { target.parent().unwrap_or(target) } else { target };
    Ok(target.join("guests"))
}

/// Compiles a package for a target and returns the path of the file that comes out.
fn compile(
    root: &Path,
    folder: &Path,
    package: &str,
    profile: &str,
    target: &str,
    file: &str,
) -> Result<PathBuf, String> {
    let mut cargo = Command::new(variable("CARGO")?);
    cargo.current_dir(root).args(["build", "--quiet", "--profile", profile, "--package", package]);
    cargo.args(["--target", target, "--target-dir"]).arg(folder);
    // These are meant for the host's own compilation.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOCFLAGS"] {
        cargo.env_remove(name);
    }
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PROFILE_")) {
        cargo.env_remove(name);
    }
    let output = cargo.output().map_err(|error| format!("cannot run cargo for {package}: {error}"))?;
    if !output.status.success() {
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            println!("cargo::warning={line}");
        }
        return Err(format!("{package} does not compile for {target}; its messages are above"));
    }
    let path = folder.join(target).join(profile).join(file);
    path.canonicalize().map_err(|error| format!("{package} was built, but not as {}: {error}", path.display()))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
