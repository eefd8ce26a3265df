//! Watchpoints: what is watched for what, and the accesses that were seen.
//!
//! Invariant: plain data; what is wanted is checked by whoever sets it.

use super::{InstanceId, Location};
use std::fmt;

/// How many watchpoints a program can have.
pub const MAX_WATCHPOINTS: usize = 10_000;
/// How many old and new bytes a hit carries at most.
pub const MAX_SHOWN: u64 = 64;
/// How many bytes can be watched for changes by the host, in all watchpoints together.
pub const MAX_HOST_WATCHED: u64 = 1024 * 1024;

/// A watchpoint: numbered from 1, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchpointId(pub u32);

impl fmt::Display for WatchpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Ways to touch what is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Accesses {
    /// An instruction reads it.
    pub read: bool,
    /// An instruction writes it.
    pub write: bool,
    /// The host changes it.
    pub host: bool,
}

impl Accesses {
    /// Reads only.
    pub const READ: Accesses = Accesses { read: true, write: false, host: false };
    /// Writes only.
    pub const WRITE: Accesses = Accesses { read: false, write: true, host: false };
    /// Both.
    pub const READ_WRITE: Accesses = Accesses { read: true, write: true, host: false };
    /// Changes by the host only.
    pub const HOST: Accesses = Accesses { read: false, write: false, host: true };
    /// All of them.
    pub const ALL: Accesses = Accesses { read: true, write: true, host: true };

    /// Whether both have something that an instruction does.
    pub(crate) fn meets(self, other: Accesses) -> bool {
        self.read && other.read || self.write && other.write
    }
}

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchTarget {
    /// A range of a memory.
    Memory {
        /// An instance that has the memory.
        instance: InstanceId,
        /// Its index there, imports included.
        memory: u32,
        /// Where the range begins. It may lie, or reach, past the present end of the memory.
        address: u64,
        /// How many bytes; at least 1.
        length: u64,
    },
    /// A global.
    Global {
        /// An instance that has it.
        instance: InstanceId,
        /// Its index there, imports included.
        global: u32,
    },
}

/// What to watch, and when to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchSpec {
    /// What is watched.
    pub target: WatchTarget,
    /// For what.
    pub accesses: Accesses,
    /// Only accesses count that change a byte of it; a read never does.
    pub on_change: bool,
    /// How many hits are let pass first.
    pub ignore: u64,
    /// After these, every how many hits the program stops; 0 and 1 both mean every time.
    pub every: u64,
    /// Remove the watchpoint when the program first stops for it.
    pub one_shot: bool,
}

impl WatchSpec {
    /// A plain watchpoint.
    #[must_use]
    pub fn of(target: WatchTarget, accesses: Accesses) -> WatchSpec {
        WatchSpec { target, accesses, on_change: false, ignore: 0, every: 1, one_shot: false }
    }
}

/// A watchpoint that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watchpoint {
    /// Its number.
    pub id: WatchpointId,
    /// What it was set with.
    pub spec: WatchSpec,
    /// How many accesses there were that count.
    pub hits: u64,
    /// At how many of those the program stopped.
    pub taken: u64,
}

/// One change to the watchpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchChange {
    /// Sets a watchpoint.
    Add(WatchSpec),
    /// Removes one.
    Remove(WatchpointId),
}

/// An access for which the program has stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchHit {
    /// The watchpoint.
    pub id: WatchpointId,
    /// What was done, whichever part of it the watchpoint is for.
    pub access: Accesses,
    /// The instruction that did it; for a change by the host the call that has returned, if it was found at one.
    pub by: Option<Location>,
    /// The first byte that was accessed, or changed by the host; 0 for a global.
    pub address: u64,
    /// How many bytes were; 0 for a global that holds a reference.
    pub size: u64,
    /// The first of those bytes that is watched.
    pub begin: u64,
    /// What the watched ones held before, from `begin` on; at most [`MAX_SHOWN`] bytes.
    pub old: Vec<u8>,
    /// And what they hold now.
    pub new: Vec<u8>,
}
