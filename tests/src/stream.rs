//! What a command writes, read as it comes, so that a test can wait for a text instead of sleeping.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::command::PATIENCE;

/// A stream that a thread reads to its end. Clones share what was read.
#[derive(Clone, Default)]
pub struct Stream {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Heard>,
    more: Condvar,
}

#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    closed: bool,
}

impl Stream {
    /// Reads a stream from now on.
    pub fn listen(mut source: impl Read + Send + 'static) -> Stream {
        let stream = Stream::default();
        let reader = stream.clone();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            loop {
                // A stream that breaks off has ended.
                let length = source.read(&mut piece).unwrap_or(0);
                let mut heard = reader.lock();
                heard.bytes.extend_from_slice(&piece[..length]);
                heard.closed = length == 0;
                reader.shared.more.notify_all();
                if heard.closed {
                    return;
                }
            }
        });
        stream
    }

    /// What has come so far, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().bytes).into_owned()
    }

    /// Waits until a text has come, and gives everything so far; fails if the stream ends without it.
    #[track_caller]
    pub fn wait_for(&self, part: &str) -> String {
        self.wait_after(0, part, PATIENCE).0
    }

    /// Waits for a text that begins at an offset or after it, and gives everything so far with the offset after the text; fails
    /// if the stream or the patience ends without it.
    #[track_caller]
    pub fn wait_after(&self, offset: usize, part: &str, patience: Duration) -> (String, usize) {
        match self.find_after(offset, part, patience) {
            Some(end) => (self.text(), end),
            None => panic!("{part:?} has not come:\n{}", self.text()),
        }
    }

    /// The same; gives only the offset after the text, or none.
    pub fn find_after(&self, offset: usize, part: &str, patience: Duration) -> Option<usize> {
        let find = |heard: &Heard| {
            let rest = heard.bytes.get(offset..).unwrap_or_default();
            let start = rest.windows(part.len()).position(|window| window == part.as_bytes());
            start.map(|start| offset + start + part.len())
        };
        let missing = |heard: &mut Heard| find(heard).is_none() && !heard.closed;
        let (heard, _) = self.shared.more.wait_timeout_while(self.lock(), patience, missing).expect("no panics inside");
        find(&heard)
    }

    /// Waits for the end, and gives everything.
    pub fn whole(&self) -> Vec<u8> {
        let open = |heard: &mut Heard| !heard.closed;
        let (mut heard, _) =
            self.shared.more.wait_timeout_while(self.lock(), PATIENCE, open).expect("no panics inside");
        std::mem::take(&mut heard.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.shared.heard.lock().expect("nobody panics with the lock")
    }
}
