//! Sets and removes watchpoints.
//!
//! Invariant: a change that is refused leaves everything as it was; the points follow when the
//! program is resumed.

use super::target::Target;
use super::{ArmedWatchpoint, Watch, bad_watchpoint};
use crate::engine::{self, AnyMemory, Frozen, InstanceRef};
use crate::plain::{
    Error, MAX_HOST_WATCHED, MAX_WATCHPOINTS, WatchChange, WatchSpec, WatchTarget, Watchpoint, WatchpointId,
};
use std::collections::BTreeMap;

impl Watch {
    /// Applies changes in order and answers each.
    pub(crate) fn edit<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        changes: &[WatchChange],
    ) -> Vec<Result<WatchpointId, Error>> {
        let answers = changes.iter().map(|change| match change {
            WatchChange::Add(spec) => self.add(frozen, spec),
            WatchChange::Remove(id) => match self.armed.remove(id) {
                Some(_) => Ok(*id),
                None => Err(Error::NoWatchpoint(*id)),
            },
        });
        let answers = answers.collect();
        self.update_ranges();
        answers
    }

    /// Applies changes to a program that is in a call of the host, whose memories cannot be looked
    /// at.
    pub(crate) fn edit_in_host(&mut self, changes: &[WatchChange]) -> Vec<Result<WatchpointId, Error>> {
        let answers = changes.iter().map(|change| match change {
            WatchChange::Add(_) => Err(Error::InHostCall),
            WatchChange::Remove(id) => self.armed.remove(id).map(|_| *id).ok_or(Error::NoWatchpoint(*id)),
        });
        let answers = answers.collect();
        self.update_ranges();
        answers
    }

    /// Removes all watchpoints. Ids go on from where they were.
    pub(crate) fn clear(&mut self) {
        if !self.armed.is_empty() {
            self.armed.clear();
            self.update_ranges();
        }
    }

    /// Brings the targets' ranges in line with the watchpoints, and marks the points as out of
    /// date.
    pub(super) fn update_ranges(&mut self) {
        let mut of_target: BTreeMap<usize, Vec<(u64, u64, WatchpointId)>> = BTreeMap::new();
        for (id, watchpoint) in &self.armed {
            of_target.entry(watchpoint.target).or_default().push((watchpoint.begin, watchpoint.last, *id));
        }
        for (index, target) in self.targets.iter_mut().enumerate() {
            target.set_ranges(of_target.remove(&index).unwrap_or_default().into_iter());
        }
        let of_memories = self
            .armed
            .values()
            .filter(|watchpoint| matches!(watchpoint.watchpoint.spec.target, WatchTarget::Memory { .. }));
        let bounds = of_memories.map(|watchpoint| (watchpoint.begin, watchpoint.last));
        self.bounds = bounds.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
        self.is_stale = true;
    }

    fn add<T: 'static>(&mut self, frozen: &mut Frozen<'_, T>, spec: &WatchSpec) -> Result<WatchpointId, Error> {
        if self.armed.len() >= MAX_WATCHPOINTS {
            return Err(Error::TooLarge { limit: u64::try_from(MAX_WATCHPOINTS).unwrap_or(u64::MAX) });
        }
        let accesses = spec.accesses;
        if !(accesses.read || accesses.write || accesses.host) {
            return bad_watchpoint("no access to watch for");
        }
        if spec.on_change && !(accesses.write || accesses.host) {
            return bad_watchpoint("a read never changes anything");
        }
        let (target, begin, last) = find(frozen, spec)?;
        if accesses.host {
            self.check_host_watched(last.saturating_sub(begin).saturating_add(1))?;
        }
        self.last_id = self.last_id.checked_add(1).ok_or(Error::TooLarge { limit: u64::from(u32::MAX) })?;
        let id = WatchpointId(self.last_id);
        let known = self.targets.iter().position(|known| known.is(&target));
        let target = known.unwrap_or_else(|| {
            self.targets.push(target);
            self.targets.len().saturating_sub(1)
        });
        let watchpoint = Watchpoint { id, spec: spec.clone(), hits: 0, taken: 0 };
        self.armed.insert(id, ArmedWatchpoint { watchpoint, target, begin, last, snapshot: None });
        Ok(id)
    }

    /// Refuses to watch more bytes for changes by the host than can be compared after every call.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if `length` more bytes would exceed [`MAX_HOST_WATCHED`].
    fn check_host_watched(&self, length: u64) -> Result<(), Error> {
        let known = self.armed.values().filter(|watchpoint| watchpoint.watchpoint.spec.accesses.host);
        let lengths = known.map(|watchpoint| watchpoint.last.saturating_sub(watchpoint.begin).saturating_add(1));
        let all = lengths.fold(length, u64::saturating_add);
        if all > MAX_HOST_WATCHED {
            return Err(Error::TooLarge { limit: MAX_HOST_WATCHED });
        }
        Ok(())
    }
}

/// The memory or global that is to be watched, with the offsets of its first and last watched byte.
fn find<T: 'static>(frozen: &mut Frozen<'_, T>, spec: &WatchSpec) -> Result<(Target, u64, u64), Error> {
    match spec.target {
        WatchTarget::Memory { instance, memory, address, length } => {
            let instance = InstanceRef::handle(frozen, instance)?;
            let target = Target::memory(AnyMemory::of(&mut frozen.store, instance, memory)?);
            let last = target.check(&frozen.store, address, length)?;
            Ok((target, address, last))
        }
        WatchTarget::Global { instance, global } => {
            let instance = InstanceRef::handle(frozen, instance)?;
            let handle = engine::global(&mut frozen.store, instance, global).ok_or(Error::NoGlobal(global))?;
            let target = Target::global(&frozen.store, handle);
            if target.size() == 0 && (spec.on_change || spec.accesses.host) {
                return bad_watchpoint("changes of a reference cannot be seen");
            }
            let last = target.size().saturating_sub(1);
            Ok((target, 0, last))
        }
    }
}
