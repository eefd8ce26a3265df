//! LLDB used interactively: one command after another, Ctrl-C, and a sudden end.

use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::{LLDB_TIMEOUT, Server};
use crate::stream::Stream;

/// How long to wait for an answer before pressing Ctrl-C again.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(500);

/// An `lldb-22` process that reads commands.
pub struct LldbConsole {
    child: Child,
    commands: ChildStdin,
    output: Stream,
    /// The offset in the output after the text that was last waited for.
    seen: usize,
    stderr: Stream,
}

impl LldbConsole {
    /// Starts LLDB and connects it; none if LLDB is not installed.
    #[track_caller]
    pub fn connect(server: &Server) -> Option<LldbConsole> {
        let mut lldb = super::Version::Lldb22.command()?;
        let (output, end) = io::pipe().expect("a pipe can be made");
        lldb.stdin(Stdio::piped()).stdout(end.try_clone().expect("a pipe has as many ends as one likes")).stderr(end);
        let mut child = lldb.spawn().expect("lldb can be started");
        // The command holds the writing ends of the pipe; while it lives, the reading end never
        // sees the end of the output.
        drop(lldb);
        let commands = child.stdin.take().expect("it has a standard input");
        let output = Stream::listen(output);
        let mut console = LldbConsole { child, commands, output, seen: 0, stderr: server.stderr() };
        console.send("settings set stop-disassembly-display never");
        if let Some(command) = super::log_packets() {
            console.send(&command);
        }
        for command in server.commands() {
            console.send(command);
        }
        console.wait_for("stop reason = ");
        Some(console)
    }

    /// Sends a command without waiting for an answer.
    pub fn send(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("LLDB reads its commands");
    }

    /// Sends a command and waits for a text after it.
    #[track_caller]
    pub fn ask(&mut self, command: &str, part: &str) {
        self.send(command);
        self.wait_for(part);
    }

    /// Waits for a text after the one that was last waited for.
    #[track_caller]
    pub fn wait_for(&mut self, part: &str) {
        let output = self.output.clone();
        let _show = ShowServerOutput { stderr: &self.stderr };
        self.seen = output.wait_after(self.seen, part, LLDB_TIMEOUT).1;
    }

    /// Resumes the program, and waits until LLDB considers it running: LLDB learns that from an
    /// event of its own, and would not interrupt the program before.
    #[track_caller]
    pub fn resume(&mut self) {
        self.ask("continue", "resuming");
        loop {
            // The echo of the command must not look like its answer.
            self.ask("script print('state', lldb.debugger.GetSelectedTarget().process.GetState())", "\nstate ");
            let start = self.seen;
            self.wait_for("\n");
            // 6 is LLDB's `eStateRunning`.
            if self.output.text()[start..self.seen].trim() == "6" {
                return;
            }
        }
    }

    /// Whether a text comes soon after the one that was last waited for.
    pub fn has_printed(&mut self, part: &str) -> bool {
        let end = self.output.find_after(self.seen, part, INTERRUPT_INTERVAL);
        self.seen = end.unwrap_or(self.seen);
        end.is_some()
    }

    /// Presses Ctrl-C until the program has stopped for it. LLDB may take the first one for the
    /// command that it has just answered, if that has not quite ended.
    #[track_caller]
    pub fn interrupt(&mut self) {
        let deadline = Instant::now() + LLDB_TIMEOUT;
        while Instant::now() < deadline {
            let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
            assert!(status.expect("kill can be started").success());
            if self.has_printed("stop reason = signal SIGINT") {
                return;
            }
        }
        self.wait_for("stop reason = signal SIGINT");
    }

    /// Kills LLDB, so that it neither detaches nor closes the session.
    pub fn kill(self) {
        drop(self);
    }

    /// Lets LLDB end by itself.
    pub fn quit(mut self) {
        self.send("quit");
        drop(self.output.whole());
    }
}

impl Drop for LldbConsole {
    fn drop(&mut self) {
        // SIGKILL, which LLDB cannot catch.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Shows the server's output when a wait fails.
struct ShowServerOutput<'a> {
    stderr: &'a Stream,
}

impl Drop for ShowServerOutput<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("== the server:\n{}", self.stderr.text());
        }
    }
}
