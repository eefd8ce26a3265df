//! Runs `stillpoint` as a person would, and waits for it no longer than a test may take.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a command may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(300);

/// A command line of `stillpoint`.
pub struct Stillpoint {
    command: Command,
    input: Vec<u8>,
}

/// What a command left behind.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error, as text.
    pub stderr: String,
}

impl Finished {
    /// Its standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Fails unless the exit code is the one given and nothing on standard error looks like a failure of the host itself.
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
    let mut command = Command::new(binary);
    command.args(arguments);
    let cache = binary.ancestors().nth(2).unwrap_or(Path::new(".")).join("test-cache");
    command.env("STILLPOINT_CACHE_DIR", cache);
    command.env_remove("STILLPOINT_LOG");
    Stillpoint { command, input: Vec::new() }
}

impl Stillpoint {
    /// Sets an environment variable of the host.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets its standard input; without this it is empty.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
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

    /// Starts it and comes back at once.
    pub fn start(mut self) -> Running {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("stillpoint can be started");
        let mut stdin = child.stdin.take().expect("it has a standard input");
        let input = self.input;
        // The command need not read its input.
        thread::spawn(move || drop(stdin.write_all(&input)));
        let stdout = collect(child.stdout.take().expect("it has a standard output"));
        let stderr = collect(child.stderr.take().expect("it has a standard error"));
        Running { child, stdout, stderr }
    }
}

/// A command that has been started.
pub struct Running {
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; kills it and fails after five minutes.
    pub fn wait(mut self) -> Finished {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the command can be waited for") {
                break status;
            }
            if Instant::now() > deadline {
                drop(self.child.kill());
                panic!("stillpoint did not end within {PATIENCE:?}");
            }
            thread::park_timeout(Duration::from_millis(5));
        };
        Finished {
            code: status.code(),
            stdout: self.stdout.join().expect("standard output was read"),
            stderr: String::from_utf8_lossy(&self.stderr.join().expect("standard error was read")).into_owned(),
        }
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the stream is readable");
        bytes
    })
}
