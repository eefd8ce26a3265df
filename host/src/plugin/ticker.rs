//! A clock for engines: with it, code that runs for long can yield, be interrupted and be measured.
//!
//! Invariant: the thread ends as soon as the last clone of its [`Ticker`] is dropped.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// The time between two ticks.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// Increments the epoch of engines every 10 ms, from a separate thread, until its last clone is
/// dropped.
///
/// A debugger's [`Engine`](super::Engine) has its own. A program's engine needs one as well if
/// other tasks of the same thread, a timer for example, are to be polled while the program
/// computes.
#[derive(Debug, Clone)]
pub struct Ticker {
    /// Nothing is ever sent. The thread ends when all clones of the sender are dropped.
    _alive: Sender<()>,
}

impl Ticker {
    /// Starts a clock for these engines.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn new(engines: impl IntoIterator<Item = wasmtime::Engine>) -> io::Result<Ticker> {
        let engines: Vec<wasmtime::Engine> = engines.into_iter().collect();
        let (alive, dropped) = channel::<()>();
        thread::Builder::new().name("stillpoint-ticker".to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = dropped.recv_timeout(TICK) {
                for engine in &engines {
                    engine.increment_epoch();
                }
            }
        })?;
        Ok(Ticker { _alive: alive })
    }
}
