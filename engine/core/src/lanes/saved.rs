//! What was learned and counted as bytes, and back.

use super::bands::Bands;
use super::clock::{DayPart, DeliveryClock, HOLIDAYS_KEPT, Week};
use super::counting::Counting;
use super::key::LaneName;
use super::learning::Learning;
use super::node::Node;
use super::recalibration::Recalibration;
use super::state::{Cohort, Stage};
use super::table::Lanes;
use super::tally::Count;
use super::under_way::UnderWay;
use super::weeks::Weeks;
use crate::bytes::{Damaged, Reader, Writer};
use crate::snapshot::RestoreError;
use crate::units::is_near;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// Version of the bytes; from the first release on, version n reads n and n − 1.
const VERSION: u32 = 9;
const MAGIC: [u8; 8] = *b"MPLANES\0";

impl Stage {
    pub(super) fn write(self, out: &mut Writer<'_>) {
        out.bytes(&[self as u8]);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let [number] = input.array()?;
        Self::ALL.get(usize::from(number)).copied().ok_or(Damaged)
    }
}

impl DayPart {
    pub(super) fn write(self, out: &mut Writer<'_>) {
        out.bytes(&self.number().to_le_bytes());
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        input.i32().map(Self::numbered)
    }
}

impl Count {
    pub(super) fn write(self, out: &mut Writer<'_>) {
        match self {
            Self::Live(cohort) => {
                out.bytes(&[0]);
                cohort.write(out);
            }
            Self::Began(cohort) => {
                out.bytes(&[1]);
                cohort.write(out);
            }
            Self::Went { was, to, at, hour } => {
                out.bytes(&[2]);
                was.write(out);
                out.bytes(&[to.map_or(u8::MAX, |to| to as u8)]);
                at.write(out);
                out.bytes(&[hour]);
            }
            Self::Promised { is_late } => out.bytes(&[3, u8::from(is_late)]),
            Self::Estimated { off } => {
                out.bytes(&[4]);
                out.i64(off.into());
            }
            Self::Due { day } => {
                out.bytes(&[5]);
                out.bytes(&day.to_le_bytes());
            }
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let [kind] = input.array()?;
        Ok(match kind {
            0 => Self::Live(Cohort::read(input)?),
            1 => Self::Began(Cohort::read(input)?),
            2 => {
                let (was, [to]) = (Cohort::read(input)?, input.array()?);
                let to = match to {
                    u8::MAX => None,
                    to => Some(Stage::ALL.get(usize::from(to)).copied().ok_or(Damaged)?),
                };
                let (at, [hour]) = (DayPart::read(input)?, input.array()?);
                Self::Went { was, to, at, hour }
            }
            3 => Self::Promised { is_late: input.bool()? },
            4 => {
                let off = i32::try_from(input.i64()?).map_err(|_| Damaged)?;
                Self::Estimated { off }
            }
            5 => Self::Due { day: input.i32()? },
            _ => return Err(Damaged),
        })
    }
}

impl LaneName {
    fn texts(&self) -> [&String; 6] {
        let ([from, from_region], [to, to_region]) = (&self.origin, &self.destination);
        [&self.carrier, &self.service, from, from_region, to, to_region]
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let [carrier, service, from, from_region, to, to_region] = texts(input)?;
        Ok(Self {
            carrier,
            service,
            origin: [from, from_region],
            destination: [to, to_region],
        })
    }
}

impl Cohort {
    fn write(self, out: &mut Writer<'_>) {
        self.stage.write(out);
        self.since.write(out);
        out.bytes(&self.handed.to_le_bytes());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(Self {
            stage: Stage::read(input)?,
            since: DayPart::read(input)?,
            handed: input.i32()?,
        })
    }
}

impl UnderWay {
    fn write(&self, out: &mut Writer<'_>) {
        out.length(self.live.len());
        for (cohort, number) in &self.live {
            cohort.write(out);
            out.i64(*number);
        }
        let mut ordered = self.clone();
        ordered.sum_turns();
        out.length(ordered.turns.len());
        for (count, number) in &ordered.turns {
            count.write(out);
            out.i64(*number);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut under_way = Self::default();
        for _ in 0..input.length()? {
            under_way.live.push((Cohort::read(input)?, number(input)?));
        }
        for _ in 0..input.length()? {
            under_way.turns.push((Count::read(input)?, number(input)?));
        }
        Ok(under_way)
    }
}

impl Weeks {
    fn write(&self, out: &mut Writer<'_>) {
        for by_carrier in [&self.visited, &self.due] {
            out.length(by_carrier.len());
            for (key, by_day) in by_carrier {
                key.iter().for_each(|text| out.text(text));
                out.length(by_day.len());
                for (day, number) in by_day {
                    out.bytes(&day.to_le_bytes());
                    out.i64(*number);
                }
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut weeks = Self::default();
        for by_carrier in [&mut weeks.visited, &mut weeks.due] {
            for _ in 0..input.length()? {
                let (key, mut by_day) = (texts(input)?, BTreeMap::new());
                for _ in 0..input.length()? {
                    by_day.insert(input.i32()?, number(input)?);
                }
                by_carrier.insert(key, by_day);
            }
        }
        Ok(weeks)
    }
}

impl Counting {
    fn write(&self, out: &mut Writer<'_>) {
        out.i64(self.now.millis());
        self.weeks.write(out);
        out.length(self.lanes.len());
        for lane in &self.lanes {
            lane.name.texts().iter().for_each(|text| out.text(text));
            lane.under_way.write(out);
        }
    }

    fn read(input: &mut Reader<'_>, table: &mut Arc<Lanes>) -> Result<Self, Damaged> {
        let mut counting = Self::default();
        (counting.now, counting.weeks) = (instant(input)?, Weeks::read(input)?);
        let (began, learned) = (counting.now != Timestamp::MIN, table.now != Timestamp::MIN);
        if began != learned || counting.now < table.now {
            return Err(Damaged);
        }
        for _ in 0..input.length()? {
            let name = LaneName::read(input)?;
            counting.restore(name, UnderWay::read(input)?, table);
        }
        Ok(counting)
    }
}

impl Learning {
    /// Appends all of it to `out`.
    pub fn save(&self, out: &mut Vec<u8>) {
        let mut out = Writer { out };
        out.bytes(&MAGIC);
        out.u32(VERSION);
        self.in_force.write(&Lanes::new(), &mut out);
        self.next.write(&self.in_force, &mut out);
        self.counting.write(&mut out);
    }

    /// What [`Self::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are not that, or of another version, or damaged.
    pub fn restore(bytes: &[u8]) -> Result<Self, RestoreError> {
        let mut input = RestoreError::unless_begun(bytes, MAGIC, VERSION)?;
        let in_force = Lanes::read(&mut input, &Lanes::new())?;
        let mut next = Arc::new(Lanes::read(&mut input, &in_force)?);
        let counting = Counting::read(&mut input, &mut next)?;
        if !input.is_empty() {
            return Err(RestoreError::Damaged);
        }
        Ok(Self {
            in_force: Arc::new(in_force),
            next,
            counting: Arc::new(counting),
        })
    }
}

impl Lanes {
    /// What is different from another table, an older one.
    fn write(&self, older: &Self, out: &mut Writer<'_>) {
        out.i64(self.now.millis());
        out.i64(self.landmark.millis());
        let known = older.nodes.iter().map(Some).chain(core::iter::repeat(None));
        let nodes: Vec<(u32, &Arc<Node>)> = (0..)
            .zip(&self.nodes)
            .zip(known)
            .filter(|((_, node), known)| Some(node) != known.as_ref())
            .map(|(node, _)| node)
            .collect();
        out.length(nodes.len());
        for (number, node) in nodes {
            out.u32(number);
            node.write(out);
        }
        let names = self
            .by_name
            .iter()
            .filter(|(name, _)| !older.by_name.contains_key(*name));
        let names: Vec<(&String, &u32)> = names.collect();
        out.length(names.len());
        for (name, number) in names {
            out.text(name);
            out.u32(*number);
        }
        let week = |lanes: &Self, number: u32| lanes.clocks.get(number as usize).map(|clock| clock.week);
        let mut clocks: Vec<(u32, &[String; 3])> = self
            .clock_of
            .iter()
            .filter(|(key, number)| {
                let known = older.clock_of.get(*key).and_then(|known| week(older, *known));
                known.is_none() || known != week(self, **number)
            })
            .map(|(key, number)| (*number, key))
            .collect();
        clocks.sort_unstable();
        out.length(clocks.len());
        for (number, key) in clocks {
            key.iter().for_each(|text| out.text(text));
            out.u32(number);
            week(self, number).unwrap_or_default().write(out);
        }
        let is_corrected = self.recalibration != older.recalibration || self.bands != older.bands;
        out.bytes(&[u8::from(is_corrected)]);
        if is_corrected {
            self.recalibration.write(out);
            self.bands.write(out);
        }
    }

    /// What [`Self::write`] wrote of one that differs from an older table.
    fn read(input: &mut Reader<'_>, older: &Self) -> Result<Self, Damaged> {
        let mut lanes = older.clone();
        (lanes.now, lanes.landmark) = (instant(input)?, instant(input)?);
        let began = lanes.landmark != Timestamp::MIN;
        if lanes.landmark > lanes.now || began != (lanes.now != Timestamp::MIN) || lanes.now < older.now {
            return Err(Damaged);
        }
        for _ in 0..input.length()? {
            let (number, node) = (input.u32()? as usize, Arc::new(Node::read(input)?));
            put(&mut lanes.nodes, number, node)?;
        }
        for _ in 0..input.length()? {
            let (name, number) = (input.text()?, input.u32()?);
            if number as usize >= lanes.nodes.len() {
                return Err(Damaged);
            }
            Arc::make_mut(&mut lanes.by_name).insert(String::from(name), number);
        }
        for _ in 0..input.length()? {
            let (key, number, week) = (texts(input)?, input.u32()?, Week::read(input)?);
            let [_, country, region] = key.clone();
            let clock = DeliveryClock::new(&[country, region], week);
            put(&mut lanes.clocks, number as usize, clock)?;
            Arc::make_mut(&mut lanes.clock_of).insert(key, number);
        }
        if input.bool()? {
            lanes.recalibration = Recalibration::read(input)?;
            lanes.bands = Bands::read(input)?;
        }
        Ok(lanes)
    }
}

/// Replaces one of a table, or adds one at its end.
fn put<T>(table: &mut Vec<T>, number: usize, item: T) -> Result<(), Damaged> {
    if number == table.len() {
        table.push(item);
        return Ok(());
    }
    *table.get_mut(number).ok_or(Damaged)? = item;
    Ok(())
}

impl Week {
    fn write(&self, out: &mut Writer<'_>) {
        out.bytes(&[self.saturdays, self.sundays, self.holidays].map(u8::from));
        let exceptions = self.exceptions.map(|day| day.unwrap_or(NO_DAY));
        exceptions.iter().for_each(|day| out.bytes(&day.to_le_bytes()));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(Self {
            saturdays: input.bool()?,
            sundays: input.bool()?,
            holidays: input.bool()?,
            exceptions: exceptions(input)?,
        })
    }
}

/// The days that stand where there is none.
const NO_DAY: i32 = i32::MIN;

fn exceptions(input: &mut Reader<'_>) -> Result<[Option<i32>; HOLIDAYS_KEPT], Damaged> {
    let mut days = [None; HOLIDAYS_KEPT];
    for day in &mut days {
        *day = Some(input.i32()?).filter(|day| *day != NO_DAY);
    }
    Ok(days)
}

/// So many parcels there are nowhere: sums of less stay numbers.
const NUMBER_MAX: u64 = 1 << 40;

/// How many parcels.
pub(super) fn number(input: &mut Reader<'_>) -> Result<i64, Damaged> {
    input.i64_within(NUMBER_MAX)
}

/// An instant that can be, or none.
pub(super) fn instant(input: &mut Reader<'_>) -> Result<Timestamp, Damaged> {
    let at = Timestamp::from_millis(input.i64()?);
    if is_near(at) || at == Timestamp::MIN {
        Ok(at)
    } else {
        Err(Damaged)
    }
}

fn texts<const N: usize>(input: &mut Reader<'_>) -> Result<[String; N], Damaged> {
    let mut texts = [const { String::new() }; N];
    for text in &mut texts {
        *text = String::from(input.text()?);
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_without_an_order_of_time_or_with_gaps_are_refused() {
        let saved = |lanes: &Lanes| {
            let mut bytes = Vec::new();
            lanes.write(&Lanes::new(), &mut Writer { out: &mut bytes });
            Lanes::read(&mut Reader::new(&bytes), &Lanes::new()).map(|lanes| lanes.len())
        };
        let nothing = Lanes::new();
        assert_eq!(saved(&nothing), Ok(0));
        let now = Timestamp::from_millis(1_772_373_802_123);
        let named = BTreeMap::from([(String::from("dpd"), 7)]);
        for damaged in [
            Lanes { now, ..nothing.clone() },
            Lanes {
                landmark: now.plus(1),
                now,
                ..nothing.clone()
            },
            Lanes {
                by_name: Arc::new(named),
                ..nothing
            },
        ] {
            assert_eq!(saved(&damaged), Err(Damaged));
        }
        let mut numbers = Vec::from([1, 2]);
        assert_eq!(
            [put(&mut numbers, 2, 3), put(&mut numbers, 4, 5)],
            [Ok(()), Err(Damaged)]
        );
        assert_eq!(numbers, [1, 2, 3]);
    }
}
