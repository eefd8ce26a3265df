//! A minimal client of the Debug Adapter Protocol, for `lldb-dap-22` over its standard streams.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::LLDB_TIMEOUT;

/// A debug adapter process.
pub struct Dap {
    child: Child,
    requests: ChildStdin,
    messages: Receiver<Value>,
    /// Events that came before the test waited for them.
    events: VecDeque<Value>,
    sent: u64,
    /// All messages received, for the message of a test that fails.
    log: Vec<Value>,
}

impl Dap {
    /// Starts the adapter; none if it is not installed.
    pub fn start() -> Option<Dap> {
        let mut adapter = super::tool("lldb-dap-22", "STILLPOINT_TEST_LLDB_DAP")?;
        adapter.arg("--no-lldbinit");
        adapter.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = adapter.spawn().expect("lldb-dap can be started");
        let requests = child.stdin.take().expect("it has a standard input");
        let mut output = BufReader::new(child.stdout.take().expect("it has a standard output"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Some(message) = read_message(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Some(Dap { child, requests, messages, events: VecDeque::new(), sent: 0, log: Vec::new() })
    }

    /// Sends a request without waiting for its answer; returns the request's sequence number.
    pub fn send(&mut self, command: &str, arguments: Value) -> u64 {
        self.sent += 1;
        let message = json!({ "seq": self.sent, "type": "request", "command": command, "arguments": arguments });
        let text = message.to_string();
        write!(self.requests, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("lldb-dap reads requests");
        self.requests.flush().expect("lldb-dap reads requests");
        self.sent
    }

    /// Sends a request and waits for the body of its answer; fails if it is refused.
    #[track_caller]
    pub fn request(&mut self, command: &str, arguments: Value) -> Value {
        let number = self.send(command, arguments);
        self.response(number)
    }

    /// Sends a request again and again until it is granted; returns the body of its answer.
    #[track_caller]
    pub fn request_until_granted(&mut self, command: &str, arguments: Value) -> Value {
        let deadline = Instant::now() + LLDB_TIMEOUT;
        loop {
            let number = self.send(command, arguments.clone());
            let message = self.message(number);
            if message["success"] == true || Instant::now() > deadline {
                return granted(&message);
            }
        }
    }

    /// Waits for the body of the answer to a request; fails if it is refused.
    #[track_caller]
    pub fn response(&mut self, number: u64) -> Value {
        granted(&self.message(number))
    }

    #[track_caller]
    fn message(&mut self, number: u64) -> Value {
        loop {
            let message = self.receive();
            if message["type"] == "event" {
                self.events.push_back(message);
            } else if message["type"] == "response" && message["request_seq"] == number {
                return message;
            }
        }
    }

    /// Waits for an event, and returns its body.
    #[track_caller]
    pub fn event(&mut self, name: &str) -> Value {
        loop {
            let position = self.events.iter().position(|event| event["event"] == name);
            if let Some(event) = position.and_then(|position| self.events.remove(position)) {
                return event["body"].clone();
            }
            let message = self.receive();
            if message["type"] == "event" {
                self.events.push_back(message);
            }
        }
    }

    #[track_caller]
    fn receive(&mut self) -> Value {
        match self.messages.recv_timeout(LLDB_TIMEOUT) {
            Ok(message) => {
                self.log.push(message.clone());
                message
            }
            Err(error) => {
                let log: Vec<String> = self.log.iter().map(Value::to_string).collect();
                panic!("lldb-dap says nothing more ({error}):\n{}", log.join("\n"))
            }
        }
    }
}

impl Drop for Dap {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The body of an answer; fails if it is a refusal.
#[track_caller]
fn granted(message: &Value) -> Value {
    assert_eq!(message["success"], true, "{message:#}");
    message["body"].clone()
}

/// Reads one message; none at the end of the stream.
fn read_message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(digits) = line.strip_prefix("Content-Length:") {
            length = digits.trim().parse().ok()?;
        } else if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
