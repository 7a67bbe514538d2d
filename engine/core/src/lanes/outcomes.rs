//! What was stated of parcels and what came of it, counted by stage, by the time left and by what was stated, in whole numbers:
//! sums of shards are exact.

use super::state::Stage;
use crate::bytes::{Damaged, Reader, Writer};
use alloc::vec::Vec;
use milepost_model::{HOUR_MS, Timestamp};

/// Chances from which a bin of what was stated begins. Few are large, and few are near nothing or certain.
pub(super) const BINS: [f64; 15] = [
    0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97,
];
/// Times left until the promise at which others begin, hours.
pub(super) const LEFT: [i64; 5] = [30, 54, 78, 126, 174];
/// Groups of answers that are corrected by themselves: stages by times left.
const GROUPS: usize = Stage::COUNT * LEFT_GROUPS;
pub(super) const LEFT_GROUPS: usize = LEFT.len() + 1;
/// A chance is summed in these parts, so that sums are exact.
pub(super) const PARTS: f64 = 1e6;

/// What the lanes stated of a parcel: whoever keeps it until the promise can tell what came of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Stated {
    /// Of a stage and a time left.
    pub(super) group: u8,
    bin: u8,
    /// The chance before it was corrected, in millionths.
    parts: u32,
    /// And after.
    told: u32,
}

impl Stated {
    /// That a parcel in that stage will be late with that chance, so long before the promise.
    pub(super) fn new(stage: Stage, now: Timestamp, promised: Timestamp, chance: f64) -> Self {
        let hours = promised.since(now) / HOUR_MS;
        let left = LEFT.iter().filter(|from| hours >= **from).count();
        let bin = BINS.iter().filter(|from| chance >= **from).count().saturating_sub(1);
        Self {
            group: (stage as usize * LEFT_GROUPS + left) as u8,
            bin: bin as u8,
            parts: millionths(chance),
            told: millionths(chance),
        }
    }

    /// The same, and what it came to.
    pub(super) fn told(self, chance: f64) -> Self {
        Self {
            told: millionths(chance),
            ..self
        }
    }

    pub(super) fn write(self, out: &mut Writer<'_>) {
        out.bytes(&[self.group, self.bin]);
        out.u32(self.parts);
        out.u32(self.told);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let [group, bin] = input.array()?;
        if usize::from(group) >= GROUPS || usize::from(bin) >= BINS.len() {
            return Err(Damaged);
        }
        Ok(Self {
            group,
            bin,
            parts: input.u32()?,
            told: input.u32()?,
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a chance in millionths"
)]
fn millionths(chance: f64) -> u32 {
    (chance.clamp(0.0, 1.0) * PARTS) as u32
}

/// No sum is larger: so those of all bins can be added.
const SUM_MAX: u64 = 1 << 52;

pub(super) fn bounded(input: &mut Reader<'_>) -> Result<i64, Damaged> {
    input.i64_within(SUM_MAX)
}

/// Sums of one bin: how many answers, what they stated before it was corrected, and how many came late; and what was told.
pub(super) type Sums<T> = [T; 4];

/// What became of answers, in whole numbers. Those of many shards may be learned in any order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Outcomes {
    /// By group and bin.
    pub(super) sums: Vec<Sums<i64>>,
}

impl Outcomes {
    /// The promise has passed: was the parcel visited by then, as far as one knows?
    pub(super) fn add(&mut self, stated: Stated, is_late: bool) {
        self.sums.resize(GROUPS * BINS.len(), [0; 4]);
        let place = usize::from(stated.group) * BINS.len() + usize::from(stated.bin);
        if let Some([count, parts, late, told]) = self.sums.get_mut(place) {
            *count += 1;
            *parts += i64::from(stated.parts);
            *late += i64::from(is_late);
            *told += i64::from(stated.told);
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        let some = || (0..).zip(&self.sums).filter(|(_, sums)| **sums != [0; 4]);
        out.length(some().count());
        for (place, sums) in some() {
            out.u32(place);
            sums.iter().for_each(|sum| out.i64(*sum));
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut read = Self::default();
        for _ in 0..input.length()? {
            read.sums.resize(GROUPS * BINS.len(), [0; 4]);
            let place = input.u32()? as usize;
            let sums = read.sums.get_mut(place).ok_or(Damaged)?;
            for sum in sums {
                *sum = bounded(input)?;
            }
        }
        Ok(read)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.sums.resize(GROUPS * BINS.len(), [0; 4]);
        for (sums, more) in self.sums.iter_mut().zip(&other.sums) {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
    }

    /// All of them together, which were known on that day.
    pub(super) fn told_on(&self, day: i64) -> ToldOn {
        let sum = |pick: fn(&Sums<i64>) -> i64| self.sums.iter().map(pick).sum();
        ToldOn {
            day,
            answers: sum(|[answers, ..]| *answers),
            told: sum(|[.., told]| *told),
            late: sum(|[_, _, late, _]| *late),
        }
    }
}

/// What was told of promises that were over on a day, and what came true.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ToldOn {
    /// Days since 1970-01-01 (UTC).
    pub(super) day: i64,
    pub(super) answers: i64,
    /// Millionths.
    pub(super) told: i64,
    pub(super) late: i64,
}
