//! LLDB as a person uses it: one command after another, Ctrl-C, and a sudden end.

use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::{PATIENCE, Server};
use crate::stream::Stream;

/// After how long without an answer a person presses Ctrl-C again.
const AGAIN: Duration = Duration::from_millis(500);

/// An `lldb-22` that reads commands.
pub struct Session {
    child: Child,
    commands: ChildStdin,
    output: Stream,
    /// Where the part of the output begins that nobody has waited for yet.
    seen: usize,
    stderr: Stream,
}

impl Session {
    /// Starts LLDB and connects it. None if there is no LLDB.
    #[track_caller]
    pub fn connect(server: &Server) -> Option<Session> {
        let mut lldb = super::lldb()?;
        let (output, end) = io::pipe().expect("a pipe can be made");
        lldb.stdin(Stdio::piped()).stdout(end.try_clone().expect("a pipe has as many ends as one likes")).stderr(end);
        let mut child = lldb.spawn().expect("lldb can be started");
        // It holds the pipe's ends; they would never be closed.
        drop(lldb);
        let commands = child.stdin.take().expect("it has a standard input");
        let output = Stream::listen(output);
        let mut session = Session { child, commands, output, seen: 0, stderr: server.stderr() };
        session.tell("settings set stop-disassembly-display never");
        if let Some(command) = super::log_packets() {
            session.tell(&command);
        }
        for command in server.commands() {
            session.tell(command);
        }
        session.wait_for("stop reason = ");
        Some(session)
    }

    /// Sends a command, and waits for nothing.
    pub fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("LLDB reads its commands");
    }

    /// Sends a command and waits for a text after it.
    #[track_caller]
    pub fn ask(&mut self, command: &str, part: &str) {
        self.tell(command);
        self.wait_for(part);
    }

    /// Waits for a text that LLDB has not written yet when it was last waited for.
    #[track_caller]
    pub fn wait_for(&mut self, part: &str) {
        let output = self.output.clone();
        let _told = Told { stderr: &self.stderr };
        self.seen = output.wait_after(self.seen, part, PATIENCE).1;
    }

    /// Lets the program go on, and waits until LLDB takes it for running: it hears of that from itself, and would not interrupt
    /// it before.
    #[track_caller]
    pub fn resume(&mut self) {
        self.ask("continue", "resuming");
        loop {
            // The echo of the command has to differ from the answer.
            self.ask("script print('state', lldb.debugger.GetSelectedTarget().process.GetState())", "\nstate ");
            let start = self.seen;
            self.wait_for("\n");
            // The number is that of `eStateRunning`.
            if self.output.text()[start..self.seen].trim() == "6" {
                return;
            }
        }
    }

    /// Whether a text comes soon that LLDB has not written yet when it was last waited for.
    pub fn has_said(&mut self, part: &str) -> bool {
        let end = self.output.find_after(self.seen, part, AGAIN);
        self.seen = end.unwrap_or(self.seen);
        end.is_some()
    }

    /// Presses Ctrl-C until the program has stopped for it: LLDB takes the first one for the command that it has just answered, if
    /// that has not quite ended.
    #[track_caller]
    pub fn interrupt(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
            assert!(status.expect("kill can be started").success());
            if self.has_said("stop reason = signal SIGINT") {
                return;
            }
        }
        self.wait_for("stop reason = signal SIGINT");
    }

    /// Ends LLDB as if the power had gone: it says good bye to nobody.
    pub fn kill(self) {
        drop(self);
    }

    /// Lets LLDB end by itself.
    pub fn quit(mut self) {
        self.tell("quit");
        drop(self.output.whole());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The signal that cannot be caught.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Shows what the server said when a wait fails.
struct Told<'a> {
    stderr: &'a Stream,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("== the server:\n{}", self.stderr.text());
        }
    }
}
