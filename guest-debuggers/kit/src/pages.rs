//! Pages, as the host hands out its lists, made into whole lists and lazy iterators.
//!
//! Invariant: nothing else in the kit asks for a page; and a host that names the same position
//! twice ends the list, so that every loop here ends.

use std::vec;

use crate::contract::{breakpoints, common, inspection, watchpoints};
use crate::error::Error;
use common::Error as HostError;

/// The most elements of a page.
pub(crate) const MAX_PAGE: u32 = 65_536;

/// How many elements a lazy iterator asks for at first, and how much more each time.
const FIRST_PAGE: u32 = 64;
const GROWTH: u32 = 8;

/// A page of the contract.
pub(crate) trait Page {
    /// What is listed.
    type Item;
    /// Where to go on: an index, an id or an address.
    type Position: Copy + PartialOrd;

    /// The elements, and the position of the next page.
    fn into_parts(self) -> (Vec<Self::Item>, Option<Self::Position>);
}

macro_rules! pages {
    ($($page:path: $item:ty, $position:ty;)*) => {
        $(impl Page for $page {
            type Item = $item;
            type Position = $position;

            fn into_parts(self) -> (Vec<$item>, Option<$position>) {
                (self.items, self.next)
            }
        })*
    };
}

pages! {
    breakpoints::BreakpointPage: breakpoints::Breakpoint, u32;
    watchpoints::WatchpointPage: watchpoints::Watchpoint, u32;
    inspection::ModulePage: inspection::Module, u32;
    inspection::FunctionPage: inspection::Function, u32;
    inspection::InstancePage: inspection::Instance, u32;
    inspection::FramePage: common::Frame, u32;
    inspection::ComponentPage: inspection::ComponentInstance, u32;
    inspection::ImportPage: inspection::Import, u32;
    inspection::ExportPage: inspection::Export, u32;
    inspection::GlobalPage: inspection::Global, u32;
    inspection::TagPage: inspection::Tag, u32;
    inspection::ValuePage: common::Value, u64;
    inspection::AddressPage: u64, u64;
}

/// A whole list, from a function that returns the page at a position with at most so many elements.
pub(crate) fn whole<P: Page<Position: Default>>(
    page: impl FnMut(P::Position, u32) -> Result<P, HostError>,
) -> Result<Vec<P::Item>, Error> {
    at_most(usize::MAX, P::Position::default(), page)
}

/// The elements of a list from a position on, at most `limit` of them.
pub(crate) fn at_most<P: Page>(
    limit: usize,
    first: P::Position,
    page: impl FnMut(P::Position, u32) -> Result<P, HostError>,
) -> Result<Vec<P::Item>, Error> {
    let mut all = Vec::new();
    each(limit, first, page, |items| if all.is_empty() { all = items } else { all.extend(items) })?;
    Ok(all)
}

/// Hands on the elements of a list from a position on, at most `limit` of them, page by page.
pub(crate) fn each<P: Page>(
    limit: usize,
    first: P::Position,
    mut page: impl FnMut(P::Position, u32) -> Result<P, HostError>,
    mut take: impl FnMut(Vec<P::Item>),
) -> Result<(), Error> {
    let (mut rest, mut next) = (limit, Some(first));
    while let Some(position) = next
        && rest > 0
    {
        let (items, following) = page(position, u32::try_from(rest).unwrap_or(MAX_PAGE).min(MAX_PAGE))?.into_parts();
        rest = rest.saturating_sub(items.len());
        take(items);
        next = following.filter(|following| *following > position);
    }
    Ok(())
}

/// How far a list was read by an iterator: small pages at first, because most iterations end soon,
/// and then larger ones.
#[derive(Debug)]
pub(crate) struct Lazy<P: Page> {
    items: vec::IntoIter<P::Item>,
    next: Option<P::Position>,
    limit: u32,
}

impl<P: Page> Lazy<P> {
    /// Elements that are known already, and the position to go on from.
    pub(crate) fn new(known: Vec<P::Item>, next: P::Position) -> Lazy<P> {
        Lazy { items: known.into_iter(), next: Some(next), limit: FIRST_PAGE }
    }

    /// The next element, from the next page if that is needed.
    pub(crate) fn next(
        &mut self,
        mut page: impl FnMut(P::Position, u32) -> Result<P, HostError>,
    ) -> Option<Result<P::Item, Error>> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            let position = self.next.take()?;
            match page(position, self.limit) {
                Ok(page) => {
                    let (items, following) = page.into_parts();
                    self.items = items.into_iter();
                    self.next = following.filter(|following| *following > position);
                    self.limit = self.limit.saturating_mul(GROWTH).min(MAX_PAGE);
                }
                Err(error) => return Some(Err(error.into())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// A list of addresses as the host lists it; notes the limits that it is asked for.
    fn listed(
        length: u64,
        limits: &RefCell<Vec<u32>>,
    ) -> impl Fn(u64, u32) -> Result<inspection::AddressPage, HostError> {
        move |first, limit| {
            limits.borrow_mut().push(limit);
            let end = length.min(first + u64::from(limit.min(MAX_PAGE)));
            Ok(inspection::AddressPage { items: (first..end).collect(), next: (end < length).then_some(end) })
        }
    }

    #[test]
    fn lists_are_put_together() {
        let page = u64::from(MAX_PAGE);
        for length in [0, 1, page - 1, page, page + 1, 2 * page, 2 * page + 5] {
            let limits = RefCell::default();
            assert_eq!(whole(listed(length, &limits)).unwrap(), (0..length).collect::<Vec<_>>());
            assert_eq!(limits.borrow().len() as u64, length.div_ceil(page).max(1));
        }
    }

    #[test]
    fn no_more_is_asked_for_than_is_wanted() {
        let limits = RefCell::default();
        assert_eq!(at_most(3, 5, listed(100, &limits)).unwrap(), [5, 6, 7]);
        assert_eq!(at_most(0, 5, listed(100, &limits)).unwrap(), []);
        assert_eq!(*limits.borrow(), [3]);
    }

    #[test]
    fn a_lazy_list_grows_its_pages() {
        let limits = RefCell::default();
        let list = listed(5000, &limits);
        let mut lazy = Lazy::new(vec![0, 1], 2);
        let all: Vec<u64> = std::iter::from_fn(|| lazy.next(&list)).map(|item| item.unwrap()).collect();
        assert_eq!(all, (0..5000).collect::<Vec<_>>());
        assert_eq!(*limits.borrow(), [64, 512, 4096, 32768]);
    }

    #[test]
    fn a_list_that_goes_round_ends() {
        let page = |_: u64, _: u32| Ok(inspection::AddressPage { items: vec![7], next: Some(0) });
        assert_eq!(whole(page).unwrap(), [7]);
    }
}
