//! Many small lists that grow, in one buffer: the scans and the episodes of every shipment.
//!
//! A list lives in a block whose capacity is one of a few classes; a list that outgrows its block moves to the next
//! class and leaves its block to the next list of that class. No pointer, no allocation per list.

use alloc::vec::Vec;

/// Capacities of blocks; a list longer than the last is refused.
const CLASSES: [u32; 20] = [
    16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072,
];

/// Where a list lives. The default is the empty list, which owns no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct List {
    start: u32,
    length: u32,
    /// 1 + place in [`CLASSES`]; 0 for a list without a block.
    class: u8,
}

impl List {
    pub(crate) const fn len(self) -> usize {
        self.length as usize
    }
}

/// The buffer with all lists of one kind. `start` counts in units of [`Lists::UNIT`] items.
#[derive(Debug)]
pub(crate) struct Lists<T> {
    items: Vec<T>,
    free: [Vec<u32>; CLASSES.len()],
}

impl<T: Copy + Default> Lists<T> {
    /// Blocks begin at multiples of this many items, so that 32 bits reach 64 G items.
    const UNIT: usize = 16;

    pub(crate) fn new() -> Self {
        Self {
            items: Vec::new(),
            free: core::array::from_fn(|_| Vec::new()),
        }
    }

    /// The items of a list.
    pub(crate) fn get(&self, list: List) -> &[T] {
        let from = list.start as usize * Self::UNIT;
        self.items.get(from..from + list.len()).unwrap_or_default()
    }

    /// Appends to a list, moving it when its block is full. `false` when the list would grow over the largest block:
    /// nothing is changed then.
    #[must_use]
    pub(crate) fn append(&mut self, list: &mut List, added: &[T]) -> bool {
        let needed = list.len() + added.len();
        if needed > capacity(list.class) && !self.grow(list, needed) {
            return false;
        }
        let from = list.start as usize * Self::UNIT + list.len();
        if let Some(target) = self.items.get_mut(from..from + added.len()) {
            target.copy_from_slice(added);
        }
        list.length = u32::try_from(needed).expect("bounded by the largest class");
        true
    }

    /// Replaces the items of a list.
    #[must_use]
    pub(crate) fn replace(&mut self, list: &mut List, items: &[T]) -> bool {
        if items.len() > CLASSES.last().copied().unwrap_or(0) as usize {
            return false;
        }
        list.length = 0;
        self.append(list, items)
    }

    fn grow(&mut self, list: &mut List, needed: usize) -> bool {
        let Some(at) = CLASSES.iter().position(|class| *class as usize >= needed) else {
            return false;
        };
        let from = list.start as usize * Self::UNIT;
        let reused = self.free.get_mut(at).and_then(Vec::pop);
        let start = match reused {
            Some(start) => start,
            None => {
                let start = self.items.len().div_ceil(Self::UNIT);
                let Ok(start) = u32::try_from(start) else { return false };
                let end = start as usize * Self::UNIT + capacity(class_number(at));
                self.items.resize(end, T::default());
                start
            }
        };
        self.items
            .copy_within(from..from + list.len(), start as usize * Self::UNIT);
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
    u8::try_from(at + 1).expect("twenty classes")
}

fn capacity(class: u8) -> usize {
    usize::from(class)
        .checked_sub(1)
        .and_then(|at| CLASSES.get(at))
        .map_or(0, |class| *class as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_side_by_side_and_leave_their_blocks_to_others() {
        let mut lists = Lists::<u8>::new();
        let mut handles = [List::default(); 50];
        for round in 0..200u32 {
            for (number, handle) in handles.iter_mut().enumerate() {
                let byte = u8::try_from(number)
                    .expect("fifty lists")
                    .wrapping_mul(3)
                    .wrapping_add(round as u8);
                assert!(lists.append(handle, &[byte, round as u8]));
            }
        }
        for (number, handle) in handles.iter().enumerate() {
            let expected: Vec<u8> = (0..200u32)
                .flat_map(|round| [(number as u8).wrapping_mul(3).wrapping_add(round as u8), round as u8])
                .collect();
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
        assert!(lists.append(&mut list, &alloc::vec![7; 131_072]));
        assert!(!lists.append(&mut list, &[8]));
        assert_eq!(list.len(), 131_072);
    }
}
