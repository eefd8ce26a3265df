//! `lldb --batch`: commands with the answers that are expected.

use std::io;
use std::process::Stdio;
use std::time::Instant;

use super::{LLDB_TIMEOUT, Server, Version};
use crate::command::wait_until;
use crate::stream::Stream;

/// Commands for LLDB, in order. An expected answer is text that has to be in LLDB's answer; `…` in
/// it stands for any text.
#[derive(Clone, Default)]
pub struct Script {
    commands: Vec<(String, String)>,
    after_crash: Vec<(String, String)>,
    version: Version,
}

/// LLDB's answers.
pub struct Transcript {
    answers: Vec<(String, String)>,
    text: String,
    /// The server's standard error, if there is a server.
    stderr: Option<Stream>,
}

impl Script {
    /// A script that only connects.
    pub fn new() -> Script {
        Script::default()
    }

    /// A script that only connects, for a version of LLDB.
    pub fn of(version: Version) -> Script {
        Script { version, ..Script::default() }
    }

    /// Adds a command, and a text that its answer has to contain.
    pub fn ask(mut self, command: &str, expected: &str) -> Script {
        self.commands.push((command.to_owned(), expected.to_owned()));
        self
    }

    /// Adds a command for after the program has crashed: LLDB's batch mode then drops the other
    /// commands.
    pub fn after_crash(mut self, command: &str, expected: &str) -> Script {
        self.after_crash.push((command.to_owned(), expected.to_owned()));
        self
    }

    /// Adds a command that has to fail. It is run through a script, because LLDB's batch mode would
    /// end at the failure.
    pub fn refuse(self, command: &str, expected: &str) -> Script {
        self.ask(&format!("script lldb.debugger.HandleCommand({command:?})"), &format!("error:…{expected}"))
    }

    /// Connects LLDB to a server and runs it to its end; none if LLDB is not installed.
    #[track_caller]
    pub fn run(&self, server: &Server) -> Option<Transcript> {
        let typed = server.commands().iter().map(|command| (command.clone(), String::new())).collect();
        self.run_after(typed, Some(server.stderr()))
    }

    /// Runs LLDB without a server: the script has to make a target itself. None if LLDB is not
    /// installed.
    #[track_caller]
    pub fn run_alone(&self) -> Option<Transcript> {
        self.run_after(Vec::new(), None)
    }

    /// Runs LLDB with some commands before the script's own.
    #[track_caller]
    fn run_after(&self, mut commands: Vec<(String, String)>, stderr: Option<Stream>) -> Option<Transcript> {
        commands.extend(self.commands.iter().cloned());
        let mut lldb = self.version.command()?;
        lldb.arg("--batch");
        // Without these settings, whole functions around every stop would hide the answers.
        lldb.args(["-O", "settings set stop-disassembly-display never"]);
        lldb.args(["-O", "settings set stop-line-count-before 0", "-O", "settings set stop-line-count-after 0"]);
        if let Some(command) = super::log_packets() {
            lldb.args(["-O", &command]);
        }
        for (command, _) in &commands {
            lldb.args(["-o", command]);
        }
        for (command, _) in &self.after_crash {
            lldb.args(["-k", command]);
        }
        let (output, end) = io::pipe().expect("a pipe can be made");
        lldb.stdin(Stdio::null()).stdout(end.try_clone().expect("a pipe has as many ends as one likes")).stderr(end);
        let mut child = lldb.spawn().expect("lldb can be started");
        // The command holds the writing ends of the pipe; while it lives, the reading end never
        // sees the end of the output.
        drop(lldb);
        let output = Stream::listen(output);
        let status = wait_until(&mut child, Instant::now() + LLDB_TIMEOUT);
        let text = String::from_utf8_lossy(&output.whole()).into_owned();
        let mut transcript = Transcript { answers: Vec::new(), text, stderr };
        let Some(status) = status else { transcript.fail(&format!("LLDB did not end within {LLDB_TIMEOUT:?}")) };
        if !status.success() {
            transcript.fail(&format!("LLDB ended with {status}"));
        }
        transcript.check(commands.into_iter().chain(self.after_crash.clone()));
        Some(transcript)
    }
}

impl Transcript {
    /// The answer to the first command with this text.
    #[track_caller]
    pub fn answer(&self, command: &str) -> &str {
        match self.answers.iter().find(|(asked, _)| asked == command) {
            Some((_, answer)) => answer,
            None => self.fail(&format!("{command:?} was not asked")),
        }
    }

    /// Fails if LLDB has written a text anywhere.
    #[track_caller]
    pub fn never(&self, part: &str) {
        if self.text.contains(part) {
            self.fail(&format!("LLDB said {part:?}"));
        }
    }

    /// Fails, and shows all output of LLDB and of the server.
    #[track_caller]
    pub fn fail(&self, why: &str) -> ! {
        let server = self.stderr.as_ref().map(Stream::text).unwrap_or_default();
        panic!("{why}\n== LLDB:\n{}\n== the server:\n{server}", self.text)
    }

    #[track_caller]
    fn check(&mut self, asked: impl Iterator<Item = (String, String)>) {
        let mut rest = self.text.as_str();
        let mut answers = Vec::new();
        for (command, expected) in asked {
            let Some((_, after)) = rest.split_once(&format!("(lldb) {command}\n")) else {
                self.fail(&format!("LLDB did not come to {command:?}"));
            };
            let length = after.find("(lldb) ").unwrap_or(after.len());
            let (answer, after) = after.split_at(length);
            rest = after;
            let mut unseen = answer;
            for part in expected.split('…').map(str::trim) {
                match unseen.split_once(part) {
                    Some((_, after)) => unseen = after,
                    None => self.fail(&format!("the answer to {command:?} has no {part:?} at its place")),
                }
            }
            answers.push((command, answer.to_owned()));
        }
        self.answers = answers;
        self.never("Assertion failed");
        self.never("Please file a bug report");
    }
}
