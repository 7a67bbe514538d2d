//! What was stated of parcels, kept until their promise is over, and what came of it: of all of them, or of one of so many where
//! there are many. What comes true less often than it is stated is stated less often later ([`super::recalibration`]), and bands
//! in which more or fewer visits fall than should become narrower or wider ([`super::bands`]).

use super::bands::{Fallen, Marks};
use super::outcomes::{Outcomes, Stated};
use super::saved::instant;
use super::table::Lanes;
use crate::bytes::{Damaged, Reader, Writer};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Timestamp, TrackingNumber};

/// So long after a promise, or the last mark, is waited for scans that come late.
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
    stated: ByEnd<Stated>,
    /// By the last mark: the marks of some.
    marked: ByEnd<Marks>,
    /// What came of statements since it was taken out last.
    outcomes: Outcomes,
    /// Between which marks visits fell since then.
    fallen: Fallen,
}

/// Something that was said of a journey.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Kept<T> {
    row: u32,
    epoch: u16,
    said: T,
}

/// What is to be said of a parcel under way.
pub(crate) struct Outlook {
    /// The number of its journey.
    pub(crate) epoch: u16,
    /// With its promise; `None` without one, or where nothing is known yet.
    pub(crate) stated: Option<(Timestamp, Stated)>,
    /// Of few.
    pub(crate) marks: Option<Box<Marks>>,
}

/// Marks that lie further ahead are not waited for.
const AHEAD_MS: i64 = 60 * DAY_MS;

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
        for (promised, kept) in take_before(&mut self.stated, now.plus(-PATIENCE_MS)) {
            for Kept { row, epoch, said } in kept {
                if let Some(visited) = fate(row, epoch) {
                    self.outcomes.add(said, visited.is_none_or(|at| at > promised));
                }
            }
        }
        for (_, kept) in take_before(&mut self.marked, now.plus(-PATIENCE_MS)) {
            for Kept { row, epoch, said } in kept {
                if let Some(visited) = fate(row, epoch) {
                    self.fallen.add(&said, visited);
                }
            }
        }
    }

    /// An hour begins: keeps what is stated of parcels that were handed over in the one before, and at midnight (UTC) of all.
    pub(crate) fn look_ahead(
        &mut self,
        now: Timestamp,
        lane: impl Fn(u32) -> Option<u32>,
        outlook: impl Fn(u32) -> Option<Outlook>,
    ) {
        let begun = core::mem::take(&mut self.begun);
        if now.millis().rem_euclid(DAY_MS) == 0 {
            let mut under_way = core::mem::take(&mut self.under_way);
            let mut outlooks = by_lane(&under_way, lane, &outlook).into_iter();
            under_way.retain(|row| self.keep(now, *row, outlooks.next().flatten()));
            self.under_way = under_way;
        }
        for row in begun {
            if self.keep(now, row, outlook(row)) {
                self.under_way.push(row);
            }
        }
    }

    /// Whether more may be to be said of it.
    fn keep(&mut self, now: Timestamp, row: u32, outlook: Option<Outlook>) -> bool {
        let Some(Outlook { epoch, stated, marks }) = outlook else {
            return false;
        };
        if let Some((promised, said)) = stated {
            let with_promise = self.stated.entry(promised).or_default();
            with_promise.push(Kept { row, epoch, said });
        }
        if let Some(said) = marks.filter(|marks| marks.last() <= now.plus(AHEAD_MS)) {
            let with_end = self.marked.entry(said.last()).or_default();
            with_end.push(Kept {
                row,
                epoch,
                said: *said,
            });
        }
        true
    }

    /// Takes out what came of statements, and where visits fell.
    pub(super) fn take(&mut self) -> (Outcomes, Fallen) {
        (core::mem::take(&mut self.outcomes), core::mem::take(&mut self.fallen))
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        for rows in [&self.begun, &self.under_way] {
            out.length(rows.len());
            rows.iter().for_each(|row| out.u32(*row));
        }
        write_kept(&self.stated, out, |said, out| said.write(out));
        write_kept(&self.marked, out, Marks::write);
        self.outcomes.write(out);
        self.fallen.write(out);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut watch = Self::default();
        for rows in [&mut watch.begun, &mut watch.under_way] {
            for _ in 0..input.length()? {
                rows.push(input.u32()?);
            }
        }
        watch.stated = read_kept(input, Stated::read)?;
        watch.marked = read_kept(input, Marks::read)?;
        watch.outcomes = Outcomes::read(input)?;
        watch.fallen = Fallen::read(input)?;
        Ok(watch)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let stated: usize = self.stated.values().map(Vec::capacity).sum();
        let marked: usize = self.marked.values().map(Vec::capacity).sum();
        (self.begun.capacity() + self.under_way.capacity()) * size_of::<u32>()
            + stated * size_of::<Kept<Stated>>()
            + marked * size_of::<Kept<Marks>>()
    }
}

/// What is to be said of each of these rows. Those of a lane are asked about in a row, so that what is known of it is put
/// together once.
fn by_lane(
    rows: &[u32],
    lane: impl Fn(u32) -> Option<u32>,
    outlook: impl Fn(u32) -> Option<Outlook>,
) -> Vec<Option<Outlook>> {
    let mut asked: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| (lane(*row), place, *row))
        .collect();
    asked.sort_unstable();
    let mut told: Vec<_> = asked.into_iter().map(|(_, place, row)| (place, outlook(row))).collect();
    told.sort_unstable_by_key(|(place, _)| *place);
    told.into_iter().map(|(_, outlook)| outlook).collect()
}

/// What was said of journeys, by when it is over.
type ByEnd<T> = BTreeMap<Timestamp, Vec<Kept<T>>>;

/// Takes out what was over before that.
fn take_before<T>(by_end: &mut ByEnd<T>, before: Timestamp) -> ByEnd<T> {
    let to_come = by_end.split_off(&before);
    core::mem::replace(by_end, to_come)
}

fn write_kept<T>(by_end: &ByEnd<T>, out: &mut Writer<'_>, write: impl Fn(&T, &mut Writer<'_>)) {
    out.length(by_end.len());
    for (end, kept) in by_end {
        out.i64(end.millis());
        out.length(kept.len());
        for Kept { row, epoch, said } in kept {
            out.u32(*row);
            out.bytes(&epoch.to_le_bytes());
            write(said, out);
        }
    }
}

fn read_kept<T>(
    input: &mut Reader<'_>,
    read: impl Fn(&mut Reader<'_>) -> Result<T, Damaged>,
) -> Result<ByEnd<T>, Damaged> {
    let mut by_end = ByEnd::new();
    for _ in 0..input.length()? {
        let end = instant(input)?;
        if by_end.last_key_value().is_some_and(|(last, _)| *last >= end) {
            return Err(Damaged);
        }
        let mut kept = Vec::new();
        for _ in 0..input.length()? {
            kept.push(Kept {
                row: input.u32()?,
                epoch: input.u16()?,
                said: read(input)?,
            });
        }
        by_end.insert(end, kept);
    }
    Ok(by_end)
}

#[cfg(test)]
mod tests {
    use super::super::bands::{Age, SHARES};
    use super::super::state::Stage;
    use super::*;
    use milepost_model::HOUR_MS;

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_millis(hour * HOUR_MS)
    }

    fn number() -> TrackingNumber {
        TrackingNumber::parse(b"1Z999AA10123456784").expect("a number")
    }

    /// Says that half come late which are promised by the hour 40, and all marks are hours from 1 on.
    fn outlook(at: Timestamp) -> Option<Outlook> {
        let promised = hour(40);
        let mut marks = 0;
        let at_hours = SHARES.map(|_| {
            marks += 1;
            Some(hour(marks))
        });
        Some(Outlook {
            epoch: 1,
            stated: Some((promised, Stated::new(Stage::Hub, at, promised, 0.5))),
            marks: Some(Box::new(Marks::new(Age::of(hour(0), at), at_hours))),
        })
    }

    #[test]
    fn what_was_said_is_held_against_what_came_when_it_is_over() {
        let mut watch = Watch::default();
        watch.begin(7, &number());
        assert!(watch.begun.is_empty(), "nobody is watched while nothing is known");
        watch.one_of = Some(1);
        watch.begin(7, &number());
        watch.look_ahead(hour(2), |_| None, |_| outlook(hour(2)));
        watch.look_ahead(hour(3), |_| None, |_| None);
        assert_eq!(
            watch.under_way,
            [7],
            "it is asked about at midnight again, and not before"
        );
        watch.look_ahead(hour(24), |_| None, |_| outlook(hour(24)));
        let mut bytes = Vec::new();
        watch.write(&mut Writer { out: &mut bytes });
        let read = Watch::read(&mut Reader::new(&bytes)).expect("what was written");
        for mut watch in [watch, read] {
            watch.look_back(hour(40), |_, _| Some(Some(hour(41))));
            assert_eq!(watch.take(), Default::default(), "scans may come late");
            // The marks are over a day after the last of them, what was stated one after the promise.
            watch.look_back(hour(46), |_, _| Some(Some(hour(41))));
            let (outcomes, fallen) = watch.take();
            assert!(outcomes.is_empty() && !fallen.is_empty());
            watch.look_back(hour(65), |_, _| Some(Some(hour(41))));
            let (outcomes, fallen) = watch.take();
            assert!(!outcomes.is_empty() && fallen.is_empty());
            watch.look_ahead(hour(72), |_| None, |_| None);
            assert!(watch.under_way.is_empty() && watch.stated.is_empty() && watch.marked.is_empty());
        }
    }
}
