//! Runs `stillpoint` as a user would, and waits for it no longer than a test may take.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::stream::Stream;

/// How long a command may take before the test fails.
pub(crate) const COMMAND_TIMEOUT: Duration = Duration::from_secs(300);

/// A command line of `stillpoint`.
pub struct Stillpoint {
    command: Command,
    input: Vec<u8>,
    keep_stdin_open: bool,
    merge_stderr: bool,
}

/// The output of a command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; none if a signal ended the command.
    pub code: Option<i32>,
    /// The bytes of standard output.
    pub stdout: Vec<u8>,
    /// The text of standard error.
    pub stderr: String,
}

impl Finished {
    /// The text of standard output.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Fails unless the command has ended with an exit code, and if standard error shows a failure
    /// of the host itself.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Finished {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.text(), self.stderr);
        for sign in ["panicked at host/", "stack backtrace", "RUST_BACKTRACE"] {
            assert!(!self.stderr.contains(sign), "{}", self.stderr);
        }
        self
    }
}

/// The command `stillpoint ARGUMENTS…`, with its compile cache in the target folder.
pub fn stillpoint<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Stillpoint {
    let binary = crate::host_binary();
    let cache = binary.ancestors().nth(2).unwrap_or(Path::new(".")).join("test-cache");
    program(binary, arguments).env("STILLPOINT_CACHE_DIR", cache)
}

/// An example of the host crate, as a command.
pub fn example<S: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = S>) -> Stillpoint {
    program(&crate::host_example(name), arguments)
}

fn program<S: AsRef<OsStr>>(binary: &Path, arguments: impl IntoIterator<Item = S>) -> Stillpoint {
    let mut command = Command::new(binary);
    command.args(arguments);
    command.env_remove("STILLPOINT_LOG");
    Stillpoint { command, input: Vec::new(), keep_stdin_open: false, merge_stderr: false }
}

impl Stillpoint {
    /// Sets an environment variable of the host.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Sets its standard input; without this it is empty.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Leaves its standard input open, for [`Running::type_input`].
    pub fn keep_stdin_open(mut self) -> Self {
        self.keep_stdin_open = true;
        self
    }

    /// Sends its standard error to its standard output, through one pipe: `2>&1`.
    pub fn merge_stderr(mut self) -> Self {
        self.merge_stderr = true;
        self
    }

    /// Runs in another folder.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs to its end.
    pub fn run(self) -> Finished {
        self.start().wait()
    }

    /// Starts it and does not wait for it.
    pub fn start(mut self) -> Running {
        let (stdout, stdout_end) = io::pipe().expect("a pipe can be made");
        let (stderr, stderr_end) = io::pipe().expect("a pipe can be made");
        let stderr_end = if self.merge_stderr {
            stdout_end.try_clone().expect("a pipe has as many ends as one likes")
        } else {
            stderr_end
        };
        self.command.stdin(Stdio::piped()).stdout(stdout_end).stderr(stderr_end);
        let mut child = self.command.spawn().expect("stillpoint can be started");
        // The command holds the writing ends of the pipes; while it lives, the reading ends never
        // see the end of the output.
        drop(self.command);
        let mut stdin = child.stdin.take();
        if !self.keep_stdin_open {
            let (stdin, input) = (stdin.take(), self.input);
            // An error means that the command does not read its input, which it need not.
            thread::spawn(move || stdin.map(|mut stdin| drop(stdin.write_all(&input))));
        }
        let stdout = Stream::listen(stdout);
        let stderr = Stream::listen(stderr);
        Running { child, stdin, stdout, stderr }
    }
}

/// A command that has been started. Dropping it kills it.
pub struct Running {
    child: Child,
    /// Its standard input, if it was left open.
    stdin: Option<ChildStdin>,
    stdout: Stream,
    stderr: Stream,
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it the signal of Ctrl-C.
    pub fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.id().to_string()]).status();
        assert!(status.expect("kill can be started").success());
    }

    /// Waits until standard error contains a text; returns all of standard error so far.
    #[track_caller]
    pub fn wait_for_stderr(&self, part: &str) -> String {
        self.stderr.wait_for(part)
    }

    /// Waits until standard output contains a text; returns all of standard output so far.
    #[track_caller]
    pub fn wait_for_stdout(&self, part: &str) -> String {
        self.stdout.wait_for(part)
    }

    /// Writes a part of its input.
    pub fn type_input(&mut self, input: &str) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin.write_all(input.as_bytes()).expect("the command reads its input");
    }

    /// Ends its input.
    pub fn end_input(&mut self) {
        drop(self.stdin.take());
    }

    /// The stream of its standard error.
    pub fn stderr(&self) -> Stream {
        self.stderr.clone()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the command can be waited for").is_some()
    }

    /// Waits for its end; kills it and fails after five minutes.
    #[track_caller]
    pub fn wait(mut self) -> Finished {
        let Some(status) = wait_until(&mut self.child, Instant::now() + COMMAND_TIMEOUT) else {
            panic!("stillpoint did not end within {COMMAND_TIMEOUT:?}:\n{}", self.stderr.text());
        };
        let stdout = self.stdout.whole();
        Finished { code: status.code(), stdout, stderr: String::from_utf8_lossy(&self.stderr.whole()).into_owned() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits for a child's end until a deadline; kills it then.
pub(crate) fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().expect("the command can be waited for") {
            return Some(status);
        }
        if Instant::now() > deadline {
            drop(child.kill());
            return None;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
}
