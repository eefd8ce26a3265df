//! Watchpoints: their targets, the accesses that they are for, and the accesses that were observed.
//!
//! Invariant: plain data. Whoever sets a watchpoint checks its specification.

use super::{InstanceId, Location};
use std::fmt;

/// Maximum number of watchpoints in a program.
pub const MAX_WATCHPOINTS: usize = 10_000;
/// Maximum number of old bytes, and of new ones, that a hit carries.
pub const MAX_SHOWN: u64 = 64;
/// Maximum number of bytes that can be watched for changes by the host, in all watchpoints
/// together.
pub const MAX_HOST_WATCHED: u64 = 1024 * 1024;

/// The id of a watchpoint. Ids are given out from 1 and never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchpointId(pub u32);

impl fmt::Display for WatchpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Kinds of access to a watched target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Accesses {
    /// An instruction reads the target.
    pub read: bool,
    /// An instruction writes the target.
    pub write: bool,
    /// The host changes the target.
    pub host: bool,
}

impl Accesses {
    /// Reads only.
    pub const READ: Accesses = Accesses { read: true, write: false, host: false };
    /// Writes only.
    pub const WRITE: Accesses = Accesses { read: false, write: true, host: false };
    /// Reads and writes.
    pub const READ_WRITE: Accesses = Accesses { read: true, write: true, host: false };
    /// Changes by the host only.
    pub const HOST: Accesses = Accesses { read: false, write: false, host: true };
    /// Reads, writes and changes by the host.
    pub const ALL: Accesses = Accesses { read: true, write: true, host: true };

    /// Whether both include reads, or both include writes. Changes by the host do not count.
    pub(crate) fn meets(self, other: Accesses) -> bool {
        self.read && other.read || self.write && other.write
    }
}

/// The target of a watchpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchTarget {
    /// A range of a memory.
    Memory {
        /// An instance that has the memory.
        instance: InstanceId,
        /// The memory's index in that instance, imports included.
        memory: u32,
        /// Address of the first byte. The range may lie, or reach, past the present end of the
        /// memory.
        address: u64,
        /// Number of bytes, at least 1.
        length: u64,
    },
    /// A global.
    Global {
        /// An instance that has the global.
        instance: InstanceId,
        /// The global's index in that instance, imports included.
        global: u32,
    },
}

/// The specification of a watchpoint: its target, and when it stops the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchSpec {
    /// The watched memory range or global.
    pub target: WatchTarget,
    /// The kinds of access that count as hits.
    pub accesses: Accesses,
    /// Whether only accesses count that change a byte of the target. A read never does.
    pub on_change: bool,
    /// Number of hits that are let pass first.
    pub ignore: u64,
    /// After the ignored hits, the program stops at every `every`-th hit; 0 and 1 both mean at
    /// each.
    pub every: u64,
    /// Whether the watchpoint is removed when it first stops the program.
    pub one_shot: bool,
}

impl WatchSpec {
    /// A plain watchpoint: it stops the program at every hit.
    #[must_use]
    pub fn of(target: WatchTarget, accesses: Accesses) -> WatchSpec {
        WatchSpec { target, accesses, on_change: false, ignore: 0, every: 1, one_shot: false }
    }
}

/// A watchpoint that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watchpoint {
    /// The watchpoint's id.
    pub id: WatchpointId,
    /// The specification that it was set with.
    pub spec: WatchSpec,
    /// Number of accesses that counted as hits.
    pub hits: u64,
    /// Number of those hits at which the program stopped.
    pub taken: u64,
}

/// One change to the watchpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchChange {
    /// Sets a watchpoint.
    Add(WatchSpec),
    /// Removes a watchpoint.
    Remove(WatchpointId),
}

/// An access that stopped the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchHit {
    /// The watchpoint's id.
    pub id: WatchpointId,
    /// The whole access, even if the watchpoint is for only a part of it.
    pub access: Accesses,
    /// The instruction that made the access. For a change by the host, the call that has returned,
    /// if the change was found when a call returned.
    pub by: Option<Location>,
    /// Whether it was a global that was accessed, and no memory.
    pub is_global: bool,
    /// Address of the first byte that was accessed, or that the host changed; 0 for a global.
    pub address: u64,
    /// Number of bytes that were accessed or changed; 0 for a global that holds a reference.
    pub size: u64,
    /// Address of the first of those bytes that is watched.
    pub begin: u64,
    /// The watched ones of those bytes as they were before, from `begin` on; at most [`MAX_SHOWN`].
    pub old: Vec<u8>,
    /// The same bytes as they are now; at most [`MAX_SHOWN`].
    pub new: Vec<u8>,
}
