//! `stillpoint gdb` with a program, waiting for a client on a port that the system chose.

use std::ffi::OsStr;

use crate::command::{Finished, Running, stillpoint};
use crate::stream::Stream;

/// A program that waits for LLDB.
pub struct Server {
    running: Running,
    port: u16,
}

/// Starts `stillpoint gdb --listen 127.0.0.1:0 ARGUMENTS…` and waits until it listens.
#[track_caller]
pub fn serve<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Server {
    let mut command = stillpoint(["gdb", "--listen", "127.0.0.1:0"]);
    for argument in arguments {
        command = command.arg(argument);
    }
    Server::wait_for_port(command.start())
}

impl Server {
    /// Reads the port from what a server says that has been started.
    #[track_caller]
    pub fn wait_for_port(running: Running) -> Server {
        // The line is whole when the next one has begun.
        let said = running.said("gdb: waiting for LLDB at 127.0.0.1:");
        let said = if said.contains("lldb -o") { said } else { running.said("lldb -o") };
        let port = said.split_once("gdb: waiting for LLDB at 127.0.0.1:").and_then(|(_, rest)| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        let port = port.unwrap_or_else(|| panic!("there is no port in:\n{said}"));
        assert_ne!(port, 0, "{said}");
        Server { running, port }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// What it says on standard error.
    pub(super) fn stderr(&self) -> Stream {
        self.running.stderr()
    }

    /// Waits for the program's end.
    #[track_caller]
    pub fn wait(self) -> Finished {
        self.running.wait()
    }

    /// Waits for the program's end, and fails unless it ended with an exit code.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Finished {
        self.running.wait().expect_code(code)
    }
}
