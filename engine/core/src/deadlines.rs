//! When to look at a shipment again. One instant per shipment, and the smallest of every 64 and of every 4,096, so that
//! a tick looks at minima and sweeps only what may be due. A stored minimum may be too early, never too late.

use crate::pages::Pages;
use alloc::vec::Vec;
use milepost_model::Timestamp;

const GROUP: usize = 64;

/// An instant in six bytes: milliseconds, held at the ends of 48 bits. The upper end means "never".
#[derive(Clone, Copy, Debug)]
struct Instant([u8; 6]);

impl Instant {
    const NEVER: Self = Self::new(Timestamp::MAX);
    const END: i64 = (1 << 47) - 1;

    #[inline]
    const fn new(at: Timestamp) -> Self {
        let millis = if at.millis() > Self::END {
            Self::END
        } else if at.millis() < -Self::END {
            -Self::END
        } else {
            at.millis()
        };
        let [bytes @ .., _, _] = millis.to_le_bytes();
        Self(bytes)
    }

    #[inline]
    fn at(self) -> Timestamp {
        let [a, b, c, d, e, f] = self.0;
        // The sign comes down with the shift.
        let millis = i64::from_le_bytes([0, 0, a, b, c, d, e, f]) >> 16;
        if millis == Self::END {
            Timestamp::MAX
        } else {
            Timestamp::from_millis(millis)
        }
    }
}

/// The deadlines of a shard's shipments, by row.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    each: Pages<Instant>,
    groups: Vec<Timestamp>,
    chunks: Vec<Timestamp>,
}

impl Deadlines {
    /// Adds a shipment without a deadline.
    pub(crate) fn push(&mut self) {
        if self.each.len().is_multiple_of(GROUP) {
            if self.groups.len().is_multiple_of(GROUP) {
                self.chunks.push(Timestamp::MAX);
            }
            self.groups.push(Timestamp::MAX);
        }
        self.each.push(Instant::NEVER);
    }

    pub(crate) fn get(&self, row: u32) -> Timestamp {
        self.each.get(row).map_or(Timestamp::MAX, |instant| instant.at())
    }

    /// Words of where a deadline stands, to have them near.
    #[inline]
    pub(crate) fn touch(&self, row: u32) -> u64 {
        let group = self.groups.get(row as usize / GROUP).copied().unwrap_or_default();
        let Some(Instant([first, ..])) = self.each.get(row) else {
            return 0;
        };
        group.millis().cast_unsigned() ^ u64::from(*first)
    }

    pub(crate) fn set(&mut self, row: u32, at: Timestamp) {
        if let Some(slot) = self.each.get_mut(row) {
            *slot = Instant::new(at);
        }
        let row = row as usize;
        for minimum in [
            self.groups.get_mut(row / GROUP),
            self.chunks.get_mut(row / GROUP / GROUP),
        ]
        .into_iter()
        .flatten()
        {
            *minimum = at.min(*minimum);
        }
    }

    /// Adds to `due` every row whose deadline is not after `now`, in order of rows, and makes the minima exact where
    /// it looked.
    pub(crate) fn due(&mut self, now: Timestamp, due: &mut Vec<u32>) {
        for (chunk, chunk_minimum) in self.chunks.iter_mut().enumerate() {
            if *chunk_minimum > now {
                continue;
            }
            let groups = self.groups.iter_mut().enumerate().skip(chunk * GROUP).take(GROUP);
            *chunk_minimum = Timestamp::MAX;
            for (group, group_minimum) in groups {
                if *group_minimum <= now {
                    *group_minimum = Timestamp::MAX;
                    let first = u32::try_from(group * GROUP).expect("as many deadlines as rows");
                    for (row, instant) in (first..).zip(self.each.stretch(first, GROUP)) {
                        let at = instant.at();
                        if at <= now {
                            due.push(row);
                        }
                        *group_minimum = (*group_minimum).min(at);
                    }
                }
                *chunk_minimum = (*chunk_minimum).min(*group_minimum);
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.each.memory_bytes() + 8 * (self.groups.capacity() + self.chunks.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_finds_exactly_what_is_due() {
        let mut deadlines = Deadlines::default();
        let mut plain = Vec::new();
        let mut random = 1u64;
        let mut next = move || {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as u32
        };
        for _ in 0..10_000 {
            deadlines.push();
            plain.push(Timestamp::MAX);
        }
        for now in 0..2_000 {
            for _ in 0..20 {
                let (row, at) = (next() % 10_000, Timestamp::from_millis(i64::from(now + next() % 3_000)));
                deadlines.set(row, at);
                *plain.get_mut(row as usize).expect("in range") = at;
            }
            let now = Timestamp::from_millis(i64::from(now));
            let mut found = Vec::new();
            deadlines.due(now, &mut found);
            let expected: Vec<u32> = (0..10_000)
                .filter(|row| plain.get(*row as usize).is_some_and(|at| *at <= now))
                .collect();
            assert_eq!(found, expected, "at {now}");
            for row in found {
                deadlines.set(row, Timestamp::MAX);
                *plain.get_mut(row as usize).expect("in range") = Timestamp::MAX;
            }
        }
    }
}
