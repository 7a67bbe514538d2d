//! Many small lists that grow, in one buffer: the episodes of every shipment.
//!
//! A list lives in a block whose capacity is one of a few classes; a list that outgrows its block moves to the next
//! class and leaves its block to the next list of that class. No pointer, no allocation per list.

use alloc::vec::Vec;

/// Capacities of blocks in items; a list longer than the last is refused.
const CLASSES: [u16; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/// Where a list lives. The default is the empty list, which owns no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub(crate) struct List {
    start: u32,
    length: u16,
    /// 1 + place in [`CLASSES`]; 0 for a list without a block.
    class: u8,
}

impl List {
    pub(crate) const EMPTY: Self = Self {
        start: 0,
        length: 0,
        class: 0,
    };

    pub(crate) const fn len(self) -> usize {
        self.length as usize
    }
}

/// The buffer with all lists of one kind.
#[derive(Debug)]
pub(crate) struct Lists<T> {
    items: Vec<T>,
    free: [Vec<u32>; CLASSES.len()],
}

impl<T: Copy + Default> Lists<T> {
    pub(crate) fn new() -> Self {
        Self {
            items: Vec::new(),
            free: core::array::from_fn(|_| Vec::new()),
        }
    }

    /// The items of a list.
    pub(crate) fn get(&self, list: List) -> &[T] {
        let from = list.start as usize;
        self.items.get(from..from + list.len()).unwrap_or_default()
    }

    /// Appends to a list, moving it when its block is full. `false` when the list would grow over the largest block:
    /// nothing is changed then.
    #[must_use]
    pub(crate) fn append(&mut self, list: &mut List, added: &[T]) -> bool {
        let needed = list.len() + added.len();
        if needed > units(list.class) && !self.grow(list, needed) {
            return false;
        }
        let from = list.start as usize + list.len();
        if let Some(target) = self.items.get_mut(from..from + added.len()) {
            target.copy_from_slice(added);
        }
        list.length = u16::try_from(needed).expect("bounded by the largest class");
        true
    }

    /// Replaces the items of a list.
    #[must_use]
    pub(crate) fn replace(&mut self, list: &mut List, items: &[T]) -> bool {
        if items.len() > usize::from(CLASSES.last().copied().unwrap_or(0)) {
            return false;
        }
        list.length = 0;
        self.append(list, items)
    }

    /// Where the list ends: what is appended next begins there. One word of it, to have it near.
    #[inline]
    pub(crate) fn touch(&self, list: List) -> Option<&T> {
        self.items.get((list.start as usize + list.len()).saturating_sub(1))
    }

    fn grow(&mut self, list: &mut List, needed: usize) -> bool {
        let Some(at) = CLASSES.iter().position(|class| usize::from(*class) >= needed) else {
            return false;
        };
        let from = list.start as usize;
        let reused = self.free.get_mut(at).and_then(Vec::pop);
        let start = match reused {
            Some(start) => start,
            None => {
                let start = self.items.len();
                let Ok(start) = u32::try_from(start) else { return false };
                let end = start as usize + units(class_number(at));
                self.items.resize(end, T::default());
                start
            }
        };
        self.items.copy_within(from..from + list.len(), start as usize);
        self.release(*list);
        list.start = start;
        list.class = class_number(at);
        true
    }

    fn release(&mut self, list: List) {
        if let Some(free) = usize::from(list.class)
            .checked_sub(1)
            .and_then(|at| self.free.get_mut(at))
        {
            free.push(list.start);
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.items.capacity() * size_of::<T>() + self.free.iter().map(|free| 4 * free.capacity()).sum::<usize>()
    }
}

fn class_number(at: usize) -> u8 {
    u8::try_from(at + 1).expect("fourteen classes")
}

/// Items that a block of a class holds.
fn units(class: u8) -> usize {
    usize::from(class)
        .checked_sub(1)
        .and_then(|at| CLASSES.get(at))
        .map_or(0, |class| usize::from(*class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_side_by_side_and_leave_their_blocks_to_others() {
        let mut lists = Lists::<u32>::new();
        let mut handles = [List::default(); 50];
        let item = |number: usize, round: u32| number as u32 * 1_000 + round;
        for round in 0..100 {
            for (number, handle) in handles.iter_mut().enumerate() {
                assert!(lists.append(handle, &[item(number, round)]));
            }
        }
        for (number, handle) in handles.iter().enumerate() {
            let expected: Vec<u32> = (0..100).map(|round| item(number, round)).collect();
            assert_eq!(lists.get(*handle), expected, "list {number}");
        }
        let full = lists.items.len();
        let mut small = List::default();
        assert!(lists.append(&mut small, &[1; 30]), "a block left behind serves again");
        assert_eq!(lists.items.len(), full);
    }

    #[test]
    fn a_list_over_the_largest_block_is_refused_whole() {
        let mut lists = Lists::<u8>::new();
        let mut list = List::default();
        assert!(lists.append(&mut list, &[7; 128]));
        assert!(!lists.append(&mut list, &[8]));
        assert!(!lists.replace(&mut list, &[8; 129]));
        assert_eq!(list.len(), 128);
    }
}
