//! Ids of groups of texts that were met lately. Most scans repeat a sender and a town: one look finds all ids of either,
//! where each text alone would cost one. It only saves work: what is not found here is looked up text by text.

use alloc::vec::Vec;
use foldhash::quality::FixedState;

use crate::batch::PARTING;
use crate::intern::hash_bytes;

/// A longer group is looked up text by text.
const GROUP_BYTES_MAX: usize = 95;
/// Groups remembered; a new one takes the place of another.
const SLOTS: usize = 2048;

/// Remembered groups.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    slots: Vec<Slot<T>>,
    hasher: FixedState,
}

#[derive(Clone, Copy, Debug)]
struct Slot<T> {
    /// Length of the group; 0 in a free slot.
    length: u8,
    group: [u8; GROUP_BYTES_MAX],
    ids: T,
}

impl<T: Copy + Default> Recent<T> {
    pub(crate) fn new(seed: u64) -> Self {
        let free = Slot {
            length: 0,
            group: [0; GROUP_BYTES_MAX],
            ids: T::default(),
        };
        Self {
            slots: alloc::vec![free; SLOTS],
            hasher: FixedState::with_seed(seed),
        }
    }

    /// The ids of a group, if it was met lately.
    #[inline]
    pub(crate) fn get(&self, group: &[u8]) -> Option<T> {
        let slot = self.slots.get(self.place(group))?;
        let known = slot.group.get(..usize::from(slot.length))?;
        (known == group).then_some(slot.ids)
    }

    /// Remembers the ids of a group.
    pub(crate) fn put(&mut self, group: &[u8], ids: T) {
        let place = self.place(group);
        let length = u8::try_from(group.len()).unwrap_or(u8::MAX);
        if let Some(slot) = self.slots.get_mut(place)
            && let Some(room) = slot.group.get_mut(..group.len())
        {
            room.copy_from_slice(group);
            slot.length = length;
            slot.ids = ids;
        }
    }

    fn place(&self, group: &[u8]) -> usize {
        let hash = hash_bytes(&self.hasher, group);
        usize::try_from(hash % SLOTS as u64).unwrap_or(0)
    }
}

/// The texts of a group.
pub(crate) fn parted<const N: usize>(group: &[u8]) -> [&str; N] {
    let mut parts = group.split(|byte| *byte == PARTING);
    core::array::from_fn(|_| {
        let part = parts.next().unwrap_or_default();
        core::str::from_utf8(part).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_was_put_last() {
        let mut recent = Recent::new(3);
        for round in 0..3u32 {
            for number in 0..10_000u32 {
                let group = alloc::format!("city-{number}\u{1}KY");
                if let Some(found) = recent.get(group.as_bytes()) {
                    assert_eq!(found, number + round - 1);
                }
                recent.put(group.as_bytes(), number + round);
                assert_eq!(recent.get(group.as_bytes()), Some(number + round));
            }
        }
        let long = [b'x'; 100];
        recent.put(&long, 1);
        assert_eq!(recent.get(&long), None, "a long group is never remembered");
        assert_eq!(recent.get(b""), None, "nor is nothing");
    }
}
