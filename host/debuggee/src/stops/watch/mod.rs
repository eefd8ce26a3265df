//! Watchpoints: stops when a range of a memory or a global is read or written, without
//! single-stepping.
//!
//! A module's code is decoded once (`binary/accesses`). *Points* are set on the instructions that
//! can touch a watched memory or global, so that all other instructions cost nothing. At a point
//! the effective address is read off the operand stack and looked up (`target`). If it hits, the
//! old bytes are kept; at the next instruction the new bytes are read, and the program stops.
//!
//! # Why the stop comes after the access
//! Watchpoints of a processor work in the same way: the program has done what it is stopped for,
//! and the new bytes are the memory's own instead of a computation of what `i64.atomic.rmw16.xor_u`
//! would do. An access that traps does nothing and is no hit. This needs no bounds check here,
//! because the next instruction is never reached. No instruction that touches memory branches, so
//! the location after it is known: it is armed when the instruction first hits, in one edit
//! session, and stays armed. A point that never hits has one event per execution, one that hits has
//! two, and there are never more sessions than instructions that hit.
//!
//! # What counts
//! - A read-modify-write is one access that reads and writes; a compare-exchange writes whether it
//!   exchanges or not; a wait and a notify read. `memory.copy` is a read and then a write. A bulk
//!   operation of length 0 accesses nothing.
//! - `memory.grow` changes no byte that was there before, so it is no hit. The bytes that it adds
//!   count as if they had been zeros before.
//! - The engine writes active segments before a module's first instruction, so these writes are not
//!   seen.
//! - Memories and globals belong to the store and not to an instance: whoever imports them is
//!   watched too. An instance of a module that the store did not know at the last stop is watched
//!   from the next stop or host call on.
//! - *Host* changes are differences that are found when a call that may have reached the host
//!   returns, or at a stop if that comes first. Writes of other threads to a shared memory look the
//!   same. Changes that the debugger itself makes at a stop are not reported.
//!
//! # One stop, all reasons
//! Several hits of one instruction come together, in the order in which the accesses were made and
//! then in the order of ids; a host change that is noticed at the same moment comes first. If the
//! instruction that is about to run has breakpoints that want a stop, or one whose condition fails,
//! the stop carries them as well. A step that ends there has ended, and an interrupt that was due
//! there is served. If steps are recorded, the location has been recorded.
//!
//! Owned by the ledger. Invariant: a pending access lives from the event of its instruction to the
//! next event of the program; only that instruction runs in between.

mod access;
mod edit;
mod host;
mod points;
mod target;

use crate::engine::InstanceRef;
use crate::plain::{Error, InstanceId, Location, MAX_SHOWN, WatchHit, Watchpoint, WatchpointId, is_due};
use access::PendingAccess;
pub(crate) use points::Point;
use points::WatchedItem;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use target::Target;
use wasmtime::StoreContextMut;

/// A watchpoint that is set, with the range that it watches.
#[derive(Debug)]
struct ArmedWatchpoint {
    watchpoint: Watchpoint,
    /// The watched memory or global, as an index into [`Watch::targets`].
    target: usize,
    begin: u64,
    last: u64,
    /// The bytes that were last seen in the range, if changes by the host are looked for.
    snapshot: Option<Vec<u8>>,
}

impl ArmedWatchpoint {
    /// Counts a hit, and returns whether the program stops for it.
    fn is_taken(&mut self) -> bool {
        let Watchpoint { spec, hits, taken, .. } = &mut self.watchpoint;
        *hits = hits.saturating_add(1);
        let is_taken = is_due(*hits, spec.ignore, spec.every);
        *taken = taken.saturating_add(u64::from(is_taken));
        is_taken
    }
}

/// The watchpoints of a program.
#[derive(Default)]
pub(crate) struct Watch {
    armed: BTreeMap<WatchpointId, ArmedWatchpoint>,
    last_id: u32,
    /// The memories and globals that are watched, or were.
    targets: Vec<Target>,
    /// An index into `targets` for each memory and global of an instance that is one of them.
    target_of: FxHashMap<(InstanceId, WatchedItem), usize>,
    /// The newest instance that was looked at for `target_of`.
    last_instance: Option<InstanceId>,
    /// The first and the last watched byte over all memories. An access outside these bounds need
    /// not be looked up.
    bounds: Option<(u64, u64)>,
    classes: FxHashSet<points::ModuleClass>,
    points: FxHashMap<Location, Point>,
    /// The locations after instructions that have hit, where the new bytes are read.
    check_points: FxHashSet<Location>,
    /// Whether `target_of` and the points are out of date.
    is_stale: bool,
    pending: Option<PendingAccess>,
    /// The hits that no stop has carried yet.
    pending_hits: Vec<WatchHit>,
}

impl Watch {
    /// Whether nothing is watched, and no points or hits remain from earlier watchpoints.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.armed.is_empty() && self.points.is_empty() && self.pending_hits.is_empty()
    }

    /// The point at a location; `None` if there is none.
    #[inline]
    pub(crate) fn point(&self, location: Location) -> Option<Point> {
        self.points.get(&location).copied()
    }

    /// Finishes the access of the previous instruction before the next one runs, and looks for
    /// changes by the host after a call. Returns the point at the location; `None` if there is
    /// none.
    #[inline]
    pub(crate) fn after_access<T: 'static>(
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
            self.check_host(store, Some(Location { pc: call, ..location }));
            // A host function may have made an instance, and nothing else reports that.
            self.is_stale |= InstanceRef::newest(store) != self.last_instance;
        }
        point
    }

    /// Forgets the pending access, because its instruction did not complete and so did nothing.
    pub(crate) fn abandon(&mut self) {
        self.pending = None;
    }

    /// Takes the hits that the next stop has to carry.
    #[inline]
    pub(crate) fn take_pending_hits(&mut self) -> Vec<WatchHit> {
        std::mem::take(&mut self.pending_hits)
    }

    /// All watchpoints, in order of their ids.
    pub(crate) fn all(&self) -> Vec<Watchpoint> {
        self.armed.values().map(|watchpoint| watchpoint.watchpoint.clone()).collect()
    }

    /// Counts a hit of a watchpoint, and keeps the hit for the next stop if the watchpoint is
    /// taken.
    fn hit(&mut self, hit: WatchHit) {
        let id = hit.id;
        let Some(watchpoint) = self.armed.get_mut(&id) else { return };
        if !watchpoint.is_taken() {
            return;
        }
        self.pending_hits.push(hit);
        if watchpoint.watchpoint.spec.one_shot {
            self.armed.remove(&id);
            self.update_ranges();
        }
    }
}

/// The number of bytes that a hit shows of `length` bytes; at most [`MAX_SHOWN`].
fn shown(length: u64) -> usize {
    usize::try_from(length.min(MAX_SHOWN)).unwrap_or_default()
}

/// Refuses a watchpoint that cannot be set as asked.
///
/// # Errors
/// Always [`Error::BadWatchpoint`], with the reason `why`.
fn bad_watchpoint<V>(why: &'static str) -> Result<V, Error> {
    Err(Error::BadWatchpoint(why))
}
