//! What was stated of parcels, kept until their promise is over, and what came of it: of all of them, or of one of so many where
//! there are many. What comes true less often than it is stated is stated less often later ([`super::recalibration`]).

use super::recalibration::{Outcomes, Stated};
use super::saved::instant;
use super::table::Lanes;
use crate::bytes::{Damaged, Reader, Writer};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Timestamp, TrackingNumber};

/// So long after a promise is waited for scans that come late.
const PATIENCE_MS: i64 = DAY_MS;

/// The parcels that a shard watches.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// One of so many is watched, a power of two; `None` is nobody.
    one_of: Option<u32>,
    /// Rows of those that were handed over since the hour began.
    begun: Vec<u32>,
    /// Rows of the others that are under way.
    under_way: Vec<u32>,
    /// By promise: what was stated.
    stated: BTreeMap<Timestamp, Vec<Kept>>,
    /// What came of statements since it was taken out last.
    outcomes: Outcomes,
}

/// A statement about a journey.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Kept {
    row: u32,
    epoch: u16,
    stated: Stated,
}

/// What is to be said of a parcel.
pub(crate) enum Outlook {
    /// Nothing any more.
    Over,
    /// Nothing yet.
    Silent,
    /// That, of the journey of this number, with this promise.
    States(u16, Timestamp, Stated),
}

impl Watch {
    /// From here on as many of those that are handed over are watched as the table wants.
    pub(crate) fn choose(&mut self, lanes: &Lanes) {
        self.one_of = lanes.watched_one_of();
    }

    /// A parcel was handed over.
    #[inline]
    pub(crate) fn begin(&mut self, row: u32, number: &TrackingNumber) {
        if self.one_of.is_some_and(|one_of| number.spread() & (one_of - 1) == 0) {
            self.begun.push(row);
        }
    }

    /// Promises have passed: `fate` tells of a journey when it was visited first; `None` where that tells nothing.
    pub(crate) fn look_back(&mut self, now: Timestamp, fate: impl Fn(u32, u16) -> Option<Option<Timestamp>>) {
        let to_come = self.stated.split_off(&now.plus(-PATIENCE_MS));
        for (promised, kept) in core::mem::replace(&mut self.stated, to_come) {
            for Kept { row, epoch, stated } in kept {
                if let Some(visited) = fate(row, epoch) {
                    self.outcomes.add(stated, visited.is_none_or(|at| at > promised));
                }
            }
        }
    }

    /// An hour begins: keeps what is stated of parcels that were handed over in the one before, and at midnight (UTC) of all.
    pub(crate) fn look_ahead(&mut self, now: Timestamp, outlook: impl Fn(u32) -> Outlook) {
        let begun = core::mem::take(&mut self.begun);
        if now.millis().rem_euclid(DAY_MS) == 0 {
            let mut under_way = core::mem::take(&mut self.under_way);
            under_way.retain(|row| self.keep(*row, outlook(*row)));
            self.under_way = under_way;
        }
        for row in begun {
            if self.keep(row, outlook(row)) {
                self.under_way.push(row);
            }
        }
    }

    /// Whether more may be to be said of it.
    fn keep(&mut self, row: u32, outlook: Outlook) -> bool {
        if let Outlook::States(epoch, promised, stated) = outlook {
            self.stated
                .entry(promised)
                .or_default()
                .push(Kept { row, epoch, stated });
        }
        !matches!(outlook, Outlook::Over)
    }

    /// Takes out what came of statements.
    pub(super) fn take(&mut self) -> Outcomes {
        core::mem::take(&mut self.outcomes)
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        for rows in [&self.begun, &self.under_way] {
            out.length(rows.len());
            rows.iter().for_each(|row| out.u32(*row));
        }
        out.length(self.stated.len());
        for (promised, kept) in &self.stated {
            out.i64(promised.millis());
            out.length(kept.len());
            for Kept { row, epoch, stated } in kept {
                out.u32(*row);
                out.bytes(&epoch.to_le_bytes());
                stated.write(out);
            }
        }
        self.outcomes.write(out);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut watch = Self::default();
        for rows in [&mut watch.begun, &mut watch.under_way] {
            for _ in 0..input.length()? {
                rows.push(input.u32()?);
            }
        }
        for _ in 0..input.length()? {
            let promised = instant(input)?;
            if watch.stated.last_key_value().is_some_and(|(last, _)| *last >= promised) {
                return Err(Damaged);
            }
            let kept = watch.stated.entry(promised).or_default();
            for _ in 0..input.length()? {
                kept.push(Kept {
                    row: input.u32()?,
                    epoch: input.u16()?,
                    stated: Stated::read(input)?,
                });
            }
        }
        watch.outcomes = Outcomes::read(input)?;
        Ok(watch)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let kept: usize = self.stated.values().map(Vec::capacity).sum();
        (self.begun.capacity() + self.under_way.capacity()) * size_of::<u32>() + kept * size_of::<Kept>()
    }
}
