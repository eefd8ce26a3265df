//! Slots for the breakpoints of one location, in order of their ids.
//!
//! Owned by the ledger of breakpoints. Invariant: finding and removing one of a million breakpoints
//! costs no more than a search, so that no batch of changes can keep the host busy for long; a
//! removed item is dropped at once.

use crate::plain::BreakpointId;

/// Items that are found by the id of a breakpoint.
pub(crate) struct Slots<T> {
    /// In ascending order of ids. A removed item leaves its id behind; when more than half of the
    /// entries are empty, the empty ones are dropped.
    entries: Vec<(BreakpointId, Option<T>)>,
    n_live: usize,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots { entries: Vec::new(), n_live: 0 }
    }
}

impl<T> Slots<T> {
    /// Adds an item. Its id must be larger than all before.
    pub(crate) fn push(&mut self, id: BreakpointId, one: T) {
        self.entries.push((id, Some(one)));
        self.n_live = self.n_live.saturating_add(1);
    }

    /// The item with an id; `None` if there is none.
    pub(crate) fn get(&self, id: BreakpointId) -> Option<&T> {
        self.entries.get(self.find(id)?)?.1.as_ref()
    }

    /// Removes the item with an id and returns it.
    pub(crate) fn remove(&mut self, id: BreakpointId) -> Option<T> {
        let index = self.find(id)?;
        let one = self.entries.get_mut(index)?.1.take()?;
        self.n_live = self.n_live.saturating_sub(1);
        if self.n_live < self.entries.len() / 2 {
            self.entries.retain(|(_, one)| one.is_some());
        }
        Some(one)
    }

    /// Whether there are no items.
    pub(crate) fn is_empty(&self) -> bool {
        self.n_live == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().filter_map(|(_, one)| one.as_ref())
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().filter_map(|(_, one)| one.as_mut())
    }

    fn find(&self, id: BreakpointId) -> Option<usize> {
        self.entries.binary_search_by_key(&id, |(id, _)| *id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_may_be_taken_out_and_the_rest_keeps_its_order() {
        let mut slots = Slots::default();
        (1..=100).for_each(|id| slots.push(BreakpointId(id), id));
        for id in (1..=100).filter(|id| id % 3 != 0) {
            assert_eq!(slots.remove(BreakpointId(id)), Some(id));
            assert_eq!(slots.remove(BreakpointId(id)), None);
        }
        assert_eq!(slots.iter().copied().collect::<Vec<_>>(), (1..=33).map(|n| n * 3).collect::<Vec<_>>());
        assert_eq!((slots.get(BreakpointId(3)), slots.get(BreakpointId(4))), (Some(&3), None));
        slots.push(BreakpointId(101), 101);
        let removed: Vec<_> = (1..=33).map(|n| slots.remove(BreakpointId(n * 3))).collect();
        assert!(removed.iter().all(Option::is_some));
        assert!(!slots.is_empty());
        slots.remove(BreakpointId(101));
        assert!(slots.is_empty());
    }
}
