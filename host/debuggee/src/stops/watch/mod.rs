//! Watchpoints: stops when a range of a memory or a global is read or written, without single-stepping.
//!
//! A module's code is decoded once (`binary/accesses`). *Points* stand on the instructions that can touch what is watched, so that all others
//! cost nothing; at a point the effective address is read off the operand stack and looked up (`target`). If it hits, the old bytes
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

mod access;
mod edit;
mod host;
mod points;
mod target;

use crate::engine::InstanceRef;
use crate::plain::{Error, InstanceId, Location, MAX_SHOWN, WatchHit, Watchpoint, WatchpointId, is_due};
use access::PendingAccess;
use points::Entity;
pub(crate) use points::Point;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use target::Target;
use wasmtime::StoreContextMut;

/// A watchpoint as the ledger has it.
#[derive(Debug)]
struct ArmedWatchpoint {
    watchpoint: Watchpoint,
    /// The memory or global, as an index into [`Watch::targets`].
    target: usize,
    begin: u64,
    last: u64,
    /// The bytes that were last seen there, if changes by the host are looked for.
    snapshot: Option<Vec<u8>>,
}

impl ArmedWatchpoint {
    /// Counts a hit; whether the program stops for it.
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
    set: BTreeMap<WatchpointId, ArmedWatchpoint>,
    last_id: u32,
    /// The memories and globals that are or were watched.
    targets: Vec<Target>,
    /// Where instances have those: an index into `targets` for an instance's memory or global.
    target_of: FxHashMap<(InstanceId, Entity), usize>,
    /// The newest instance that `target_of` knows of.
    last_instance: Option<InstanceId>,
    /// The first and the last byte that is watched of any memory: an access outside of them need not be looked up.
    bounds: Option<(u64, u64)>,
    classes: FxHashSet<points::ClassOf>,
    points: FxHashMap<Location, Point>,
    /// The instructions after those that have hit, where the bytes that they left are read.
    check_points: FxHashSet<Location>,
    /// Whether `target_of` and the points have to be worked out anew.
    is_stale: bool,
    pending: Option<PendingAccess>,
    /// Hits that no stop has shown yet.
    pending_hits: Vec<WatchHit>,
}

impl Watch {
    /// Whether nothing is watched, and nothing is left of what was.
    pub(crate) fn is_idle(&self) -> bool {
        self.set.is_empty() && self.points.is_empty() && self.pending_hits.is_empty()
    }

    /// The point at a location, if there is one.
    #[inline]
    pub(crate) fn point(&self, location: Location) -> Option<Point> {
        self.points.get(&location).copied()
    }

    /// An instruction is about to run: finishes the access of the one before it, and looks for changes by the host after a call. Gives
    /// the point there, if there is one.
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
            // A host function may have made an instance, which cannot be seen otherwise.
            self.is_stale |= InstanceRef::newest(store) != self.last_instance;
        }
        point
    }

    /// Something else has come of the instruction that was about to run: it did nothing.
    pub(crate) fn abandon(&mut self) {
        self.pending = None;
    }

    /// What the stop that is about to be made has to show.
    #[inline]
    pub(crate) fn take_pending_hits(&mut self) -> Vec<WatchHit> {
        std::mem::take(&mut self.pending_hits)
    }

    /// All watchpoints, in order of their ids.
    pub(crate) fn all(&self) -> Vec<Watchpoint> {
        self.set.values().map(|set| set.watchpoint.clone()).collect()
    }

    /// Counts a hit of a watchpoint and keeps it to be shown if it is taken.
    fn hit(&mut self, hit: WatchHit) {
        let id = hit.id;
        let Some(set) = self.set.get_mut(&id) else { return };
        if !set.is_taken() {
            return;
        }
        self.pending_hits.push(hit);
        if set.watchpoint.spec.one_shot {
            self.set.remove(&id);
            self.sort_ranges();
        }
    }
}

/// How many bytes of a part a hit shows.
fn shown(length: u64) -> usize {
    usize::try_from(length.min(MAX_SHOWN)).unwrap_or_default()
}

/// A target that cannot be watched as asked.
fn refuse<V>(why: &'static str) -> Result<V, Error> {
    Err(Error::BadWatchpoint(why))
}
