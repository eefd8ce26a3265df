//! Makes components of the debuggers in `guest-debuggers/examples`, with the tools of their
//! languages.
//!
//! The tools are in `target/fixtures`, where `.ci/run` puts them, so that their versions are known.
//! The commands are those of `guest-debuggers/examples/README.md`.

use std::env::{join_paths, split_paths};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{c_compiler, skip};

fn root() -> PathBuf {
    crate::folder().join("..")
}

/// A tool of `target/fixtures`; none if it is missing, with a line that says how to get it.
fn fixture(path: &str, what: &str, remedy: &str) -> Option<PathBuf> {
    let fixtures = std::env::var_os("STILLPOINT_TEST_FIXTURES").map(PathBuf::from);
    let fixture = fixtures.unwrap_or_else(|| root().join("target/fixtures")).join(path);
    if fixture.exists() {
        return std::path::absolute(fixture).ok();
    }
    skip(what, remedy);
    None
}

/// Runs the command of a tool, which ends with the file that it makes; returns that file.
#[track_caller]
fn make(mut command: Command, language: &str) -> PathBuf {
    let folder = crate::host_binary().ancestors().nth(2).expect("a target folder").join("languages");
    std::fs::create_dir_all(&folder).expect("the folder for components can be made");
    let component = folder.join(format!("{language}.wasm"));
    let own = folder.join(format!("{language}-{}.wasm", std::process::id()));
    let output = command.arg(&own).current_dir(root()).output().expect("the tool can be started");
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&own, &component).expect("the component can be put into place");
    component
}

/// The debugger in Rust.
pub fn rust_debugger() -> PathBuf {
    crate::guest("stillpoint-visits", "wasm32-wasip2", "stillpoint_visits.wasm")
}

/// The debugger in Python; none if componentize-py is missing.
pub fn python_debugger() -> Option<PathBuf> {
    let package = fixture(
        "componentize_py",
        "componentize-py",
        "python3 -m pip install --target target/fixtures componentize-py==0.25.1",
    )?;
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", package.parent().unwrap_or(Path::new(".")));
    python.args([
        "-c",
        "import componentize_py; componentize_py.script()",
        "--quiet",
        "-d",
        "wit",
        "-w",
        "controlling",
    ]);
    python.args(["componentize", "visits", "-p", "guest-debuggers/examples/python", "-o"]);
    Some(make(python, "python"))
}

/// The debugger in JavaScript; none if componentize-js is missing.
pub fn javascript_debugger() -> Option<PathBuf> {
    let tool = fixture(
        "node_modules/.bin/componentize-js",
        "componentize-js",
        "npm install --prefix target/fixtures @bytecodealliance/componentize-js@0.23.0",
    )?;
    let mut tool = Command::new(tool);
    tool.args(["guest-debuggers/examples/javascript/visits.js", "--wit", "wit", "--world-name", "controlling"]);
    tool.args(["--disable", "http", "--disable", "fetch-event", "--out"]);
    Some(make(tool, "javascript"))
}

/// The debugger in C; none if clang or wit-bindgen is missing.
pub fn c_debugger() -> Option<PathBuf> {
    let generator = fixture(
        "bin/wit-bindgen",
        "wit-bindgen",
        "cargo install wit-bindgen-cli@0.61.0 --locked --no-default-features --features c --root target/fixtures",
    )?;
    let compiler = c_compiler()?;
    let mut script = Command::new("sh");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = join_paths(generator.parent().map(Path::to_owned).into_iter().chain(split_paths(&path)));
    script.env("PATH", path.expect("folders that were in a path before")).env("CC", compiler);
    script.arg("guest-debuggers/examples/c/build.sh");
    Some(make(script, "c"))
}
