//! Many small lists that grow, side by side: the episodes of every shipment.
//!
//! A list lives in a block whose capacity is the first of a few classes that holds it; a list that grows or shrinks out of
//! its class moves and leaves its block to the next list of that class. No pointer, no allocation per list.

use crate::pages::Pages;
use alloc::vec::Vec;

/// Capacities of blocks in items; a list longer than the last is refused.
const CLASSES: [u8; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/// Where a list lives. The default is the empty list, which owns no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct List {
    pub(crate) start: u32,
    /// Items; they tell the block's class, which is the first that holds so many.
    pub(crate) length: u8,
}

impl List {
    pub(crate) const EMPTY: Self = Self { start: 0, length: 0 };

    pub(crate) const fn len(self) -> usize {
        self.length as usize
    }
}

/// All lists of one kind.
#[derive(Debug)]
pub(crate) struct Lists<T> {
    items: Pages<T>,
    free: [Vec<u32>; CLASSES.len()],
}

impl<T: Copy + Default> Lists<T> {
    pub(crate) fn new() -> Self {
        Self {
            items: Pages::default(),
            free: core::array::from_fn(|_| Vec::new()),
        }
    }

    /// The items of a list.
    pub(crate) fn get(&self, list: List) -> &[T] {
        if list.length == 0 {
            &[]
        } else {
            self.items.stretch(list.start, list.len())
        }
    }

    /// Replaces the items of a list, which moves to a block of another class if it must. `false` when it would grow over the
    /// largest: nothing is changed then.
    #[must_use]
    pub(crate) fn replace(&mut self, list: &mut List, items: &[T]) -> bool {
        let Ok(length) = u8::try_from(items.len()) else {
            return false;
        };
        let (before, now) = (class(list.len()), class(items.len()));
        if before != now {
            let Some(start) = self.block(now) else { return false };
            if let Some(free) = before.and_then(|class| self.free.get_mut(class)) {
                free.push(list.start);
            }
            list.start = start;
        }
        list.length = length;
        let room = self.items.stretch_mut(list.start, items.len());
        if room.len() == items.len() {
            room.copy_from_slice(items);
        }
        true
    }

    /// Where the list ends: what is appended next begins there. One word of it, to have it near.
    #[inline]
    pub(crate) fn touch(&self, list: List) -> Option<&T> {
        let last = list.length.checked_sub(1)?;
        self.items.get(list.start + u32::from(last))
    }

    /// A block of a class; `None` when there is no such class, or no more room.
    fn block(&mut self, class: Option<usize>) -> Option<u32> {
        let Some(at) = class else { return Some(0) };
        let capacity = CLASSES.get(at)?;
        if let Some(reused) = self.free.get_mut(at).and_then(Vec::pop) {
            return Some(reused);
        }
        Some(self.items.push_stretch(T::default(), usize::from(*capacity)))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.items.memory_bytes() + self.free.iter().map(|free| 4 * free.capacity()).sum::<usize>()
    }
}

/// The place in [`CLASSES`] of a list's block; `None` for an empty list, which has none.
fn class(length: usize) -> Option<usize> {
    let classes = || CLASSES.iter().position(|class| usize::from(*class) >= length);
    (length > 0).then(|| classes().unwrap_or(CLASSES.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_side_by_side_and_leave_their_blocks_to_others() {
        let mut lists = Lists::<u32>::new();
        let mut handles = [List::default(); 50];
        let items =
            |number: usize, round: u32| -> Vec<u32> { (0..=round).map(|item| number as u32 * 1_000 + item).collect() };
        let rounds = || (0..100).chain((0..99).rev()).chain(50..128);
        for round in rounds() {
            for (number, handle) in handles.iter_mut().enumerate() {
                assert!(lists.replace(handle, &items(number, round)));
            }
            for (number, handle) in handles.iter().enumerate() {
                assert_eq!(lists.get(*handle), items(number, round), "list {number}");
            }
        }
        let full = lists.items.len();
        let mut small = List::default();
        assert!(lists.replace(&mut small, &[1; 30]), "a block left behind serves again");
        assert!(lists.replace(&mut small, &[]));
        assert_eq!((lists.get(small), lists.items.len()), (&[][..], full));
    }

    #[test]
    fn a_list_over_the_largest_block_is_refused_whole() {
        let mut lists = Lists::<u8>::new();
        let mut list = List::default();
        assert!(lists.replace(&mut list, &[7; 128]));
        assert!(!lists.replace(&mut list, &[8; 129]));
        assert!(!lists.replace(&mut list, &[8; 300]));
        assert_eq!(lists.get(list), [7; 128]);
    }
}
