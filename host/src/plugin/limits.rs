//! How much of the machine a debugger may use.
//!
//! Owned by the debugger's store. Invariant: reaching a limit ends the debugger and nothing else.

use super::state::PluginState;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wasmtime::{ResourceLimiter, Store, StoreContextMut, UpdateDeadline};

/// How much of the machine a debugger may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes over all its memories; 1 GiB by default.
    pub memory: usize,
    /// Elements over all its tables; 10 million by default.
    pub table_elements: usize,
    /// Core instances, memories and tables, of each; 10,000 by default.
    pub instances: usize,
    /// Bytes of lists and texts that one call of the host may bring, as the host holds them; 256 MiB by default. A call that brings
    /// more is a trap.
    pub call: usize,
    /// How long it may compute between two calls that resume the program; a minute by default. Waiting, for
    /// the program or for anything else, does not count.
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

/// A limit that a debugger reached.
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

/// Counts memory and tables.
pub(super) struct Guard {
    limits: Limits,
    memory: usize,
    table_elements: usize,
    /// What was counted for a growth that may still fail.
    pending: usize,
}

impl Guard {
    pub(super) fn new(limits: Limits) -> Guard {
        Guard { limits, memory: 0, table_elements: 0, pending: 0 }
    }
}

/// The sum after a growth, or none if it is beyond the limit.
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

/// Measures how long a debugger computes: the time inside polls of its future, looked at on every tick. The time in
/// which it waits is outside.
pub(super) struct Meter {
    made: Instant,
    /// When measuring began or went on, in nanoseconds after `made`.
    since: AtomicU64,
    /// Nanoseconds measured before that.
    spent: AtomicU64,
}

impl Meter {
    pub(super) fn new() -> Meter {
        Meter { made: Instant::now(), since: AtomicU64::new(0), spent: AtomicU64::new(0) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The debugger gets its turn.
    pub(super) fn enter(&self) {
        self.since.store(self.now(), Ordering::Relaxed);
    }

    /// Adds the time since it got its turn, and returns the sum.
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

/// Makes a store count, measure, and give way to other tasks on every tick.
pub(super) fn limit(store: &mut Store<PluginState>, computing: Duration, meter: Arc<Meter>) {
    store.limiter(|state| &mut state.guard);
    store.set_epoch_deadline(1);
    let mut seen = 0;
    store.epoch_deadline_callback(move |context: StoreContextMut<'_, PluginState>| {
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
