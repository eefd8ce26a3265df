//! Runs `stillpoint` as a person would, and waits for it no longer than a test may take.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a command may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(300);

/// A command line of `stillpoint`.
pub struct Stillpoint {
    command: Command,
    input: Vec<u8>,
    together: bool,
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
    Stillpoint { command, input: Vec::new(), together: false }
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

    /// Sends its standard error where its standard output goes, into one pipe: `2>&1`.
    pub fn together(mut self) -> Self {
        self.together = true;
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
        let (stdout, stdout_end) = io::pipe().expect("a pipe can be made");
        let (stderr, stderr_end) = io::pipe().expect("a pipe can be made");
        let stderr_end = if self.together {
            stdout_end.try_clone().expect("a pipe has as many ends as one likes")
        } else {
            stderr_end
        };
        self.command.stdin(Stdio::piped()).stdout(stdout_end).stderr(stderr_end);
        let mut child = self.command.spawn().expect("stillpoint can be started");
        // It holds the pipes' ends; they would never be closed.
        drop(self.command);
        let mut stdin = child.stdin.take().expect("it has a standard input");
        let input = self.input;
        // The command need not read its input.
        thread::spawn(move || drop(stdin.write_all(&input)));
        let stdout = collect(stdout);
        let said = Arc::new(Said::default());
        let stderr = listen(stderr, Arc::clone(&said));
        Running { child, stdout, stderr, said }
    }
}

/// A command that has been started.
pub struct Running {
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<()>,
    said: Arc<Said>,
}

/// Standard error so far.
#[derive(Default)]
struct Said {
    text: Mutex<Vec<u8>>,
    more: Condvar,
}

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Does what Ctrl-C does.
    pub fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.id().to_string()]).status();
        assert!(status.expect("kill can be started").success());
    }

    /// Waits until standard error holds a text, and gives what it holds then.
    pub fn said(&self, part: &str) -> String {
        let text = self.said.text.lock().expect("nobody panics with the lock");
        let holds = |text: &mut Vec<u8>| !String::from_utf8_lossy(text).contains(part);
        let (text, timeout) = self.said.more.wait_timeout_while(text, PATIENCE, holds).expect("the same");
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!timeout.timed_out(), "stillpoint has not said {part:?}:\n{text}");
        text
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
            stderr: {
                self.stderr.join().expect("standard error was read");
                let text = self.said.text.lock().expect("nobody panics with the lock");
                String::from_utf8_lossy(&text).into_owned()
            },
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

fn listen(mut stream: impl Read + Send + 'static, said: Arc<Said>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut piece = [0; 4096];
        loop {
            let length = stream.read(&mut piece).expect("the stream is readable");
            if length == 0 {
                return;
            }
            said.text.lock().expect("nobody panics with the lock").extend_from_slice(&piece[..length]);
            said.more.notify_all();
        }
    })
}
