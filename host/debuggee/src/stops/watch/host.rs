//! Finds changes by the host, by comparing bytes with those that were there before.
//!
//! Invariant: a snapshot holds the bytes that the program and the debugger have last left in a
//! range, as far as the memory reaches. Bytes past its end count as zeros, because that is their
//! value when the memory has grown.

use super::target::Target;
use super::{ArmedWatchpoint, Watch, shown};
use crate::plain::{Accesses, Location, WatchHit};
use wasmtime::StoreContextMut;

impl Watch {
    /// Notes the watched bytes before the program goes on from a stop.
    pub(super) fn take_snapshots<T: 'static>(&mut self, store: &mut StoreContextMut<'_, T>) {
        let Watch { armed, targets, .. } = self;
        for watchpoint in armed.values_mut().filter(|watchpoint| watchpoint.watchpoint.spec.accesses.host) {
            let Some(target) = targets.get(watchpoint.target) else { continue };
            let length = watchpoint.length();
            let is_known = watchpoint
                .snapshot
                .as_ref()
                .is_some_and(|known| target.still_holds(store, watchpoint.begin, length, known));
            if !is_known {
                watchpoint.snapshot = Some(target.read_up_to(store, watchpoint.begin, length));
            }
        }
    }

    /// Looks for changes by the host in all watchpoints. `by` is the call that has returned.
    pub(crate) fn check_host<T: 'static>(&mut self, store: &mut StoreContextMut<'_, T>, by: Option<Location>) {
        let mut hits = Vec::new();
        let Watch { armed, targets, .. } = self;
        for watchpoint in armed.values_mut() {
            let Some(target) = targets.get(watchpoint.target) else { continue };
            hits.extend(watchpoint.check_host(target, store, by));
        }
        for hit in hits {
            self.hit(hit);
        }
    }
}

impl ArmedWatchpoint {
    fn length(&self) -> usize {
        let length = self.last.saturating_sub(self.begin).saturating_add(1);
        usize::try_from(length).unwrap_or(usize::MAX)
    }

    /// Looks for a change by the host, and updates the snapshot if there is one.
    pub(super) fn check_host<T: 'static>(
        &mut self,
        target: &Target,
        store: &mut StoreContextMut<'_, T>,
        by: Option<Location>,
    ) -> Option<WatchHit> {
        let length = self.length();
        let before = self.snapshot.as_ref()?;
        if target.still_holds(store, self.begin, length, before) {
            return None;
        }
        let now = target.read_up_to(store, self.begin, length);
        let before = self.snapshot.replace(now)?;
        let now = self.snapshot.as_ref()?;
        let (first, last) = difference(&before, now)?;
        let size = u64::try_from(last.saturating_sub(first)).ok()?.saturating_add(1);
        let begin = self.begin.saturating_add(u64::try_from(first).ok()?);
        let cut = |bytes: &[u8]| {
            (first..first.saturating_add(shown(size)))
                .map(|index| bytes.get(index).copied().unwrap_or_default())
                .collect()
        };
        let (old, new) = (cut(&before), cut(now));
        let (id, is_global) = (self.watchpoint.id, target.is_global());
        Some(WatchHit { id, access: Accesses::HOST, by, is_global, address: begin, size, begin, old, new })
    }

    /// Updates the snapshot after the program has written a part of the range.
    pub(super) fn update_snapshot<T: 'static>(
        &mut self,
        target: &Target,
        store: &mut StoreContextMut<'_, T>,
        begin: u64,
        length: usize,
    ) {
        let whole = self.length();
        let Some(snapshot) = &mut self.snapshot else { return };
        let first = usize::try_from(begin.saturating_sub(self.begin)).unwrap_or(usize::MAX);
        let part = snapshot.get_mut(first..first.saturating_add(length));
        match (part, target.read(store, begin, length)) {
            (Some(part), Some(now)) => part.copy_from_slice(&now),
            // The memory has grown since.
            _ => *snapshot = target.read_up_to(store, self.begin, whole),
        }
    }
}

/// The indices of the first and the last byte in which two contents of a range differ. Bytes that
/// are missing at the end of one of them count as zeros.
fn difference(before: &[u8], now: &[u8]) -> Option<(usize, usize)> {
    let length = before.len().max(now.len());
    let at = |bytes: &[u8], index: usize| bytes.get(index).copied().unwrap_or_default();
    let mut differing = (0..length).filter(|index| at(before, *index) != at(now, *index));
    let first = differing.next()?;
    Some((first, differing.next_back().unwrap_or(first)))
}
