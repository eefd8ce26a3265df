//! A clock for engines: it lets code that runs for long yield, be interrupted and be timed.
//!
//! Invariant: the thread lives as long as the last clone of its [`Ticker`], and not a tick longer.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// The time between two ticks.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// Increments the epoch of engines every 10 ms, from a thread of its own, until its last clone is dropped.
///
/// A debugger's [`Engine`](super::Engine) has one of its own; a program's engine needs one too if other tasks of the
/// same runtime, a timer say, are to get their turn while the program computes.
#[derive(Debug, Clone)]
pub struct Ticker {
    /// Never sent on: the thread ends when all clones of this are gone.
    _alive: Sender<()>,
}

impl Ticker {
    /// Starts a clock for some engines.
    ///
    /// # Errors
    /// When the system has no thread to give.
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
