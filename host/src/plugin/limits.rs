//! Limits on a debugger's use of the machine, and their enforcement.
//!
//! Owned by the debugger's store.
//!
//! Invariant: reaching a limit ends the debugger and nothing else.

use super::wasi::PluginData;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wasmtime::{ResourceLimiter, Store, StoreContextMut, UpdateDeadline};

/// Limits on a debugger's use of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all its memories together; 1 GiB by default.
    pub memory: usize,
    /// Elements in all its tables together; 10 million by default.
    pub table_elements: usize,
    /// Core instances, memories and tables: so many of each; 10,000 by default.
    pub instances: usize,
    /// Bytes of lists and strings that the debugger may pass in one call to the host, in the host's
    /// representation; 256 MiB by default. A call that passes more traps.
    pub call: usize,
    /// Time that it may compute between two calls that resume the program; a minute by default.
    /// Time in which it waits, for the program or for anything else, does not count.
    pub computing: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 1 << 30,
            table_elements: 10_000_000,
            instances: 10_000,
            call: 256 << 20,
            computing: Duration::from_secs(60),
        }
    }
}

/// A limit that a debugger reached, with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitReached {
    /// [`Limits::memory`].
    Memory(usize),
    /// [`Limits::table_elements`].
    TableElements(usize),
    /// [`Limits::computing`].
    Computing(Duration),
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitReached::Memory(bytes) => write!(f, "it used more than its limit of {bytes} bytes of memory"),
            LimitReached::TableElements(n) => write!(f, "its tables grew beyond their limit of {n} elements"),
            LimitReached::Computing(time) => {
                write!(f, "it computed for longer than its limit of {time:?} without resuming the program")
            }
        }
    }
}

impl std::error::Error for LimitReached {}

/// Counts the growth of memories and tables.
pub(super) struct Guard {
    limits: Limits,
    memory: usize,
    table_elements: usize,
    /// The growth that was counted last. It is subtracted again if the engine then fails to make
    /// it.
    pending: usize,
}

impl Guard {
    pub(super) fn new(limits: Limits) -> Guard {
        Guard { limits, memory: 0, table_elements: 0, pending: 0 }
    }
}

/// The sum after a growth; none if it is above the limit.
fn grown(sum: usize, growth: usize, limit: usize) -> Option<usize> {
    sum.checked_add(growth).filter(|sum| *sum <= limit)
}

impl ResourceLimiter for Guard {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.pending = 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let growth = desired.saturating_sub(current);
        self.memory = grown(self.memory, growth, self.limits.memory).ok_or(LimitReached::Memory(self.limits.memory))?;
        self.pending = growth;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory = self.memory.saturating_sub(std::mem::take(&mut self.pending));
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.pending = 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let growth = desired.saturating_sub(current);
        self.table_elements = grown(self.table_elements, growth, self.limits.table_elements)
            .ok_or(LimitReached::TableElements(self.limits.table_elements))?;
        self.pending = growth;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_elements = self.table_elements.saturating_sub(std::mem::take(&mut self.pending));
        Ok(())
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.instances
    }

    fn memories(&self) -> usize {
        self.limits.instances
    }
}

/// Measures how long a debugger computes: the time inside polls of its future. It is compared with
/// the limit on every tick. Waiting happens between polls and is not measured.
pub(super) struct Meter {
    made: Instant,
    /// The time at which measuring began or went on, in nanoseconds after `made`.
    since: AtomicU64,
    /// The nanoseconds that were measured before `since`.
    spent: AtomicU64,
}

impl Meter {
    pub(super) fn new() -> Meter {
        Meter { made: Instant::now(), since: AtomicU64::new(0), spent: AtomicU64::new(0) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Begins to measure: the debugger's future is about to be polled.
    pub(super) fn enter(&self) {
        self.since.store(self.now(), Ordering::Relaxed);
    }

    /// Adds the time since `enter` or the last `leave`, and returns the sum.
    pub(super) fn leave(&self) -> Duration {
        let now = self.now();
        let turn = now.saturating_sub(self.since.swap(now, Ordering::Relaxed));
        let spent = self.spent.load(Ordering::Relaxed).saturating_add(turn);
        self.spent.store(spent, Ordering::Relaxed);
        Duration::from_nanos(spent)
    }

    fn reset(&self) {
        self.enter();
        self.spent.store(0, Ordering::Relaxed);
    }
}

/// Installs the limits in a store. On every tick its code yields to other tasks.
pub(super) fn limit(store: &mut Store<PluginData>, computing: Duration, meter: Arc<Meter>) {
    store.limiter(|data| &mut data.guard);
    store.set_epoch_deadline(1);
    let mut seen = 0;
    store.epoch_deadline_callback(move |context: StoreContextMut<'_, PluginData>| {
        let n_resumes = context.data().world.n_resumes();
        if n_resumes != seen {
            seen = n_resumes;
            meter.reset();
        } else if meter.leave() > computing {
            return Err(LimitReached::Computing(computing).into());
        }
        Ok(UpdateDeadline::Yield(1))
    });
}
