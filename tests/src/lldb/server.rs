//! `stillpoint gdb` with a program, waiting for a client on a port that the system has chosen.

use std::ffi::OsStr;

use crate::command::{Finished, Running, Stillpoint, stillpoint};
use crate::stream::Stream;

/// A program that waits for LLDB.
pub struct Server {
    running: Running,
    port: u16,
    commands: Vec<String>,
}

/// Starts `stillpoint gdb --listen 127.0.0.1:0 ARGUMENTS…` and waits until it listens.
#[track_caller]
pub fn serve<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Server {
    let command = stillpoint(["gdb", "--listen", "127.0.0.1:0"]);
    Server::of(arguments.into_iter().fold(command, Stillpoint::arg).start())
}

/// As [`serve`], with a standard input that stays open.
#[track_caller]
pub fn serve_with_stdin<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Server {
    let command = stillpoint(["gdb", "--listen", "127.0.0.1:0"]).keep_stdin_open();
    Server::of(arguments.into_iter().fold(command, Stillpoint::arg).start())
}

impl Server {
    /// Waits until a process that was started listens.
    #[track_caller]
    pub fn of(running: Running) -> Server {
        // The line to type ends with a quotation mark.
        let said = running.wait_for_stderr("'\n");
        let typed =
            said.lines().find_map(|line| line.strip_prefix("  lldb -o '")).and_then(|line| line.strip_suffix('\''));
        let Some(typed) = typed else { panic!("it does not say what to type:\n{said}") };
        let commands: Vec<String> = typed.split("' -o '").map(str::to_owned).collect();
        let port = commands.last().and_then(|connect| connect.rsplit(':').next()).and_then(|port| port.parse().ok());
        let Some(port) = port.filter(|port| *port != 0) else { panic!("there is no port in:\n{said}") };
        Server { running, port, commands }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The commands that it tells the user to type; the last one connects.
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// The process.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// The process, for writing to its input.
    pub fn running_mut(&mut self) -> &mut Running {
        &mut self.running
    }

    /// The stream of its standard error.
    pub(super) fn stderr(&self) -> Stream {
        self.running.stderr()
    }

    /// Waits for the program's end.
    #[track_caller]
    pub fn wait(self) -> Finished {
        self.running.wait()
    }

    /// Waits for the program's end; fails unless it ended with this exit code.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Finished {
        self.running.wait().expect_code(code)
    }
}
