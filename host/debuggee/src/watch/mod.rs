//! Watchpoints: stops when a range of a memory or a global is read or written, without single-stepping.
//!
//! A module's code is decoded once (`accesses`). *Points* stand on the instructions that can touch what is watched, so that all others
//! cost nothing; at a point the effective address is read off the operand stack and looked up (`space`). If it hits, the old bytes
//! are kept, and when the next instruction comes by the new ones are read and the program stops.
//!
//! # Why the stop comes after the access
//! As with the watchpoints of a processor: the program has done what it is stopped for, and the new bytes are the memory's own instead
//! of a computation of what `i64.atomic.rmw16.xor_u` would do. An access that traps does nothing and is no hit, and this needs no bounds
//! check of ours: its next instruction never comes. No instruction that touches memory branches, so the place is known: it is
//! armed when an instruction first hits, in one edit session, and stays. A point that never hits has one event per execution,
//! one that hits has two, and there are never more sessions than instructions that hit.
//!
//! # What counts
//! - A read-modify-write is one access that reads and writes; a compare-exchange writes whether it exchanges or not; a wait and a notify
//!   read. `memory.copy` is a read and then a write. Nothing is accessed by a bulk operation of length 0.
//! - `memory.grow` changes no byte that was there: it is no hit, and bytes that it adds count as zeros from before.
//! - Active segments are written before a module's first instruction, by the engine: they are not seen.
//! - Memory and globals belong to the store, not to an instance: whoever imports them is watched too. An instance of a module that the
//!   store did not know at the last stop is watched from the next stop or host call on.
//! - *Host* changes are what is different when a call that may have reached the host returns, or at a stop if that comes first. Other
//!   threads that write a shared memory look the same. What the debugger itself changes at a stop is not reported.
//!
//! # One stop, all reasons
//! Several hits of one instruction come together, in the order of what was done and then of ids; a host change that is noticed at the same
//! moment comes first. If the instruction that is about to run has breakpoints that want a stop, or one whose condition fails, the stop
//! carries them as well. A step that ends there has ended, and an interrupt has what it wanted. Recording has recorded the place.
//!
//! Owned by the ledger. Invariant: a pending access lives from the event of its instruction to the next event of the program; nothing
//! but that instruction runs in between.

mod accesses;
mod ahead;
mod edit;
mod host;
mod points;
mod space;

use super::{Error, InstanceId, Location};
use accesses::ModuleAccesses;
use ahead::Pending;
use points::Entity;
pub(super) use points::Point;
use rustc_hash::{FxHashMap, FxHashSet};
use space::Space;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use wasmtime::StoreContextMut;

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
    fn meets(self, other: Accesses) -> bool {
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

/// A watchpoint as the ledger has it.
#[derive(Debug)]
struct Set {
    watchpoint: Watchpoint,
    /// The memory or global, as an index into [`Watch::spaces`].
    space: usize,
    begin: u64,
    last: u64,
    /// What is there as far as we know, if changes by the host are looked for.
    snapshot: Option<Vec<u8>>,
}

impl Set {
    /// Counts a hit; whether the program stops for it.
    fn is_taken(&mut self) -> bool {
        let Watchpoint { spec, hits, taken, .. } = &mut self.watchpoint;
        *hits = hits.saturating_add(1);
        let is_taken = super::breakpoints::is_due(*hits, spec.ignore, spec.every);
        *taken = taken.saturating_add(u64::from(is_taken));
        is_taken
    }
}

/// The watchpoints of a program.
#[derive(Default)]
pub(super) struct Watch {
    set: BTreeMap<WatchpointId, Set>,
    last_id: u32,
    /// The memories and globals that are or were watched.
    spaces: Vec<Space>,
    /// Where instances have those.
    homes: FxHashMap<(u32, Entity), usize>,
    /// The newest instance that `homes` knows of.
    last_instance: Option<u32>,
    /// By module number.
    code: Vec<Option<Arc<ModuleAccesses>>>,
    /// The first and the last byte that is watched of any memory: what is not in between need not be looked up.
    bounds: Option<(u64, u64)>,
    classes: FxHashSet<points::ClassOf>,
    points: FxHashMap<Location, Point>,
    /// The instructions after those that have hit.
    afters: FxHashSet<Location>,
    /// Whether `homes` and the points have to be worked out anew.
    is_stale: bool,
    pending: Option<Pending>,
    /// Hits that no stop has shown yet.
    found: Vec<WatchHit>,
}

impl Watch {
    /// Whether nothing is watched, and nothing is left of what was.
    pub(super) fn is_idle(&self) -> bool {
        self.set.is_empty() && self.points.is_empty() && self.found.is_empty()
    }

    /// What there is of ours at a location.
    #[inline]
    pub(super) fn point(&self, location: Location) -> Option<Point> {
        self.points.get(&location).copied()
    }

    /// An instruction is about to run: finishes the access of the one before it, and looks for changes by the host after a call. Gives what there
    /// is of ours.
    #[inline]
    pub(super) fn arrive<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        location: Location,
    ) -> Option<Point> {
        if let Some(pending) = self.pending.take()
            && pending.after == location
        {
            self.finish(store, pending);
        }
        let point = self.point(location);
        if let Some(call) = point.and_then(|point| point.call) {
            self.look(store, Some(Location { pc: call, ..location }));
            // A host function may have made an instance, which cannot be seen otherwise.
            self.is_stale |= points::newest_instance(store) != self.last_instance;
        }
        point
    }

    /// Something else has come of the instruction that was about to run: it did nothing.
    pub(super) fn abandon(&mut self) {
        self.pending = None;
    }

    /// What the stop that is about to be made has to show.
    #[inline]
    pub(super) fn take_found(&mut self) -> Vec<WatchHit> {
        std::mem::take(&mut self.found)
    }

    /// All watchpoints, in order of their ids.
    pub(super) fn all(&self) -> Vec<Watchpoint> {
        self.set.values().map(|set| set.watchpoint.clone()).collect()
    }

    /// Counts a hit of a watchpoint and keeps it to be shown if it is taken.
    fn hit(&mut self, hit: WatchHit) {
        let id = hit.id;
        let Some(set) = self.set.get_mut(&id) else { return };
        if !set.is_taken() {
            return;
        }
        self.found.push(hit);
        if set.watchpoint.spec.one_shot {
            self.set.remove(&id);
            self.sort_ranges();
        }
    }
}

/// How much of a part a hit shows.
fn shown(length: u64) -> usize {
    usize::try_from(length.min(MAX_SHOWN)).unwrap_or_default()
}

/// A target that cannot be watched as asked.
fn refuse<V>(why: &'static str) -> Result<V, Error> {
    Err(Error::BadWatchpoint(why))
}
