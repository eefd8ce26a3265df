//! LLDB as a client: the real `lldb-22` against `stillpoint gdb`, and clients that break the
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

/// `lldb-22` without colours and without the user's settings.
fn lldb() -> Option<Command> {
    let mut command = tool("lldb-22", "STILLPOINT_TEST_LLDB")?;
    command.args(["--no-lldbinit", "--no-use-colors"]);
    Some(command)
}

/// The command that makes LLDB append its packets to the file that the variable
/// `STILLPOINT_TEST_PACKETS` names, for finding out why a test fails.
fn log_packets() -> Option<String> {
    let path = std::env::var("STILLPOINT_TEST_PACKETS").ok()?;
    Some(format!("log enable -a -f {path} gdb-remote packets"))
}
