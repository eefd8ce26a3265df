//! The output of a command, read as it comes, so that a test can wait for a text instead of
//! sleeping.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::command::COMMAND_TIMEOUT;

/// A stream that a thread reads to its end. Clones share what was read.
#[derive(Clone, Default)]
pub struct Stream {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Received>,
    more: Condvar,
}

#[derive(Default)]
struct Received {
    bytes: Vec<u8>,
    closed: bool,
}

impl Stream {
    /// Begins to read a stream.
    pub fn listen(mut source: impl Read + Send + 'static) -> Stream {
        let stream = Stream::default();
        let reader = stream.clone();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            loop {
                // An error ends the stream too.
                let length = source.read(&mut piece).unwrap_or(0);
                let mut received = reader.lock();
                received.bytes.extend_from_slice(&piece[..length]);
                received.closed = length == 0;
                reader.shared.more.notify_all();
                if received.closed {
                    return;
                }
            }
        });
        stream
    }

    /// The text that has come so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().bytes).into_owned()
    }

    /// Waits until a text has come; returns everything so far. Fails if the stream ends without it.
    #[track_caller]
    pub fn wait_for(&self, part: &str) -> String {
        self.wait_after(0, part, COMMAND_TIMEOUT).0
    }

    /// Waits for a text at an offset or after it; returns everything so far, and the offset after
    /// the text. Fails if the stream or the time ends without it.
    #[track_caller]
    pub fn wait_after(&self, offset: usize, part: &str, timeout: Duration) -> (String, usize) {
        match self.find_after(offset, part, timeout) {
            Some(end) => (self.text(), end),
            None => panic!("{part:?} has not come:\n{}", self.text()),
        }
    }

    /// Waits for a text at an offset or after it; returns the offset after the text, or none.
    pub fn find_after(&self, offset: usize, part: &str, timeout: Duration) -> Option<usize> {
        let find = |received: &Received| {
            let rest = received.bytes.get(offset..).unwrap_or_default();
            let start = rest.windows(part.len()).position(|window| window == part.as_bytes());
            start.map(|start| offset + start + part.len())
        };
        let missing = |received: &mut Received| find(received).is_none() && !received.closed;
        let (received, _) =
            self.shared.more.wait_timeout_while(self.lock(), timeout, missing).expect("no panics inside");
        find(&received)
    }

    /// Waits for the end, and returns everything.
    pub fn whole(&self) -> Vec<u8> {
        let open = |received: &mut Received| !received.closed;
        let (mut received, _) =
            self.shared.more.wait_timeout_while(self.lock(), COMMAND_TIMEOUT, open).expect("no panics inside");
        std::mem::take(&mut received.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Received> {
        self.shared.received.lock().expect("nobody panics with the lock")
    }
}
