//! What was learned and counted as bytes, and back.

use super::clock::{DayPart, DeliveryClock, HOLIDAYS_KEPT, Week};
use super::exposure::Turn;
use super::key::LaneName;
use super::node::Node;
use super::recalibration::Recalibration;
use super::state::Stage;
use super::table::Lanes;
use super::tally::{Count, Counted};
use crate::bytes::{Damaged, Reader, Writer};
use crate::snapshot::RestoreError;
use crate::units::is_near;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// Version of the bytes; from the first release on, version n reads n and n − 1.
const VERSION: u32 = 1;
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
        out.bytes(&self.day.to_le_bytes());
        out.bytes(&[self.part]);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let (day, [part]) = (input.i32()?, input.array()?);
        if usize::from(part) < Self::COUNT {
            Ok(Self { day, part })
        } else {
            Err(Damaged)
        }
    }
}

impl Turn {
    fn write(&self, out: &mut Writer<'_>) {
        out.length(self.nodes.len());
        self.nodes.iter().for_each(|node| out.u32(*node));
        out.u32(self.clock);
        self.count.write(out);
        out.i64(self.number);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut nodes = Vec::new();
        for _ in 0..input.length()? {
            nodes.push(input.u32()?);
        }
        Ok(Self {
            nodes,
            clock: input.u32()?,
            count: Count::read(input)?,
            number: input.i64()?,
        })
    }
}

impl Count {
    pub(super) fn write(self, out: &mut Writer<'_>) {
        match self {
            Self::Live { stage, since, handed } => {
                out.bytes(&[0]);
                stage.write(out);
                since.write(out);
                out.bytes(&handed.to_le_bytes());
            }
            Self::Began { stage, at } => {
                out.bytes(&[1]);
                stage.write(out);
                at.write(out);
            }
            Self::Went {
                stage,
                since,
                handed,
                to,
                at,
                hour,
            } => {
                out.bytes(&[2]);
                stage.write(out);
                since.write(out);
                out.bytes(&handed.to_le_bytes());
                out.bytes(&[to.map_or(u8::MAX, |to| to as u8)]);
                at.write(out);
                out.bytes(&[hour]);
            }
            Self::Promised { is_late } => out.bytes(&[3, u8::from(is_late)]),
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let [kind] = input.array()?;
        Ok(match kind {
            0 => Self::Live {
                stage: Stage::read(input)?,
                since: DayPart::read(input)?,
                handed: input.i32()?,
            },
            1 => Self::Began {
                stage: Stage::read(input)?,
                at: DayPart::read(input)?,
            },
            2 => {
                let (stage, since, handed) = (Stage::read(input)?, DayPart::read(input)?, input.i32()?);
                let [to] = input.array()?;
                let to = match to {
                    u8::MAX => None,
                    to => Some(Stage::ALL.get(usize::from(to)).copied().ok_or(Damaged)?),
                };
                let (at, [hour]) = (DayPart::read(input)?, input.array()?);
                Self::Went {
                    stage,
                    since,
                    handed,
                    to,
                    at,
                    hour,
                }
            }
            3 => Self::Promised { is_late: input.bool()? },
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

impl Counted {
    /// Appends what was counted to `out`.
    pub fn save(counted: &[Self], out: &mut Vec<u8>) {
        let mut out = Writer { out };
        out.length(counted.len());
        for counted in counted {
            counted.lane.texts().iter().for_each(|text| out.text(text));
            out.length(counted.counts.len());
            for (count, number) in &counted.counts {
                count.write(&mut out);
                out.i64(*number);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let lane = LaneName::read(input)?;
        let mut counts = Vec::new();
        for _ in 0..input.length()? {
            counts.push((Count::read(input)?, input.i64()?));
        }
        Ok(Self { lane, counts })
    }

    /// What [`Self::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are not that, or damaged.
    pub fn restore(bytes: &[u8]) -> Result<Vec<Self>, RestoreError> {
        let mut input = Reader::new(bytes);
        let mut all = Vec::new();
        for _ in 0..input.length()? {
            all.push(Self::read(&mut input)?);
        }
        whole(&input, all)
    }
}

impl Lanes {
    /// Appends all that was learned to `out`.
    pub fn save(&self, out: &mut Vec<u8>) {
        let mut out = Writer { out };
        out.bytes(&MAGIC);
        out.u32(VERSION);
        out.i64(self.now.millis());
        out.i64(self.landmark.millis());
        out.i64(self.first_day);
        out.length(self.nodes.len());
        self.nodes.iter().for_each(|node| node.write(&mut out));
        out.length(self.by_name.len());
        for (name, number) in &*self.by_name {
            out.text(name);
            out.u32(*number);
        }
        out.length(self.clock_of.len());
        for (key, number) in &*self.clock_of {
            key.iter().for_each(|text| out.text(text));
            out.u32(*number);
            let week = self.clocks.get(*number as usize).map(|clock| clock.week);
            let week = week.unwrap_or_default();
            out.bytes(&[week.saturdays, week.sundays, week.holidays].map(u8::from));
            let exceptions = week.exceptions.map(|day| day.unwrap_or(NO_DAY));
            exceptions.iter().for_each(|day| out.bytes(&day.to_le_bytes()));
        }
        out.length(self.weeks.len());
        for (key, visits) in &self.weeks {
            key.iter().for_each(|text| out.text(text));
            visits.iter().for_each(|visits| out.i64(*visits));
        }
        out.length(self.holidays.len());
        for (key, visits) in &self.holidays {
            key.iter().for_each(|text| out.text(text));
            out.length(visits.len());
            for (day, visits) in visits {
                out.bytes(&day.to_le_bytes());
                out.i64(*visits);
            }
        }
        out.length(self.turns.len());
        self.turns.iter().for_each(|turn| turn.write(&mut out));
        self.recalibration.write(&mut out);
    }

    /// What [`Self::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are not that, or of another version, or damaged.
    pub fn restore(bytes: &[u8]) -> Result<Self, RestoreError> {
        let mut input = RestoreError::unless_begun(bytes, MAGIC, VERSION)?;
        let lanes = Self::read(&mut input)?;
        whole(&input, lanes)
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut lanes = Self {
            now: instant(input)?,
            landmark: instant(input)?,
            first_day: input.i64()?,
            nodes: Vec::new(),
            ..Self::new()
        };
        for _ in 0..input.length()? {
            lanes.nodes.push(Arc::new(Node::read(input)?));
        }
        // All parcels stand first, and time goes on from where weights begin.
        let began = lanes.landmark != Timestamp::MIN;
        if lanes.nodes.is_empty() || lanes.landmark > lanes.now || began != (lanes.now != Timestamp::MIN) {
            return Err(Damaged);
        }
        let mut by_name = BTreeMap::new();
        for _ in 0..input.length()? {
            let (name, number) = (input.text()?, input.u32()?);
            if number as usize >= lanes.nodes.len() {
                return Err(Damaged);
            }
            by_name.insert(String::from(name), number);
        }
        let (mut clocks, mut clock_of) = (Vec::new(), BTreeMap::new());
        for _ in 0..input.length()? {
            let (key, number) = (texts(input)?, input.u32()?);
            let week = Week {
                saturdays: input.bool()?,
                sundays: input.bool()?,
                holidays: input.bool()?,
                exceptions: exceptions(input)?,
            };
            let [_, country, region] = key.clone();
            clocks.push((number, DeliveryClock::new(&[country, region], week)));
            clock_of.insert(key, number);
        }
        (lanes.by_name, lanes.clock_of) = (Arc::new(by_name), Arc::new(clock_of));
        clocks.sort_unstable_by_key(|(number, _)| *number);
        if !clocks.iter().map(|(number, _)| *number).eq(0..input_length(&clocks)) {
            return Err(Damaged);
        }
        lanes.clocks.extend(clocks.into_iter().map(|(_, clock)| clock));
        for _ in 0..input.length()? {
            let key = texts(input)?;
            let mut visits = [0; super::clock::KINDS];
            for visits in &mut visits {
                *visits = input.i64()?;
            }
            lanes.weeks.insert(key, visits);
        }
        for _ in 0..input.length()? {
            let mut visits = BTreeMap::new();
            let key = texts(input)?;
            for _ in 0..input.length()? {
                let day = input.i32()?;
                visits.insert(day, input.i64()?);
            }
            lanes.holidays.insert(key, visits);
        }
        for _ in 0..input.length()? {
            lanes.turns.push(Turn::read(input)?);
        }
        lanes.recalibration = Recalibration::read(input)?;
        Ok(lanes)
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

fn input_length<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

fn whole<T>(input: &Reader<'_>, made: T) -> Result<T, RestoreError> {
    if input.is_empty() {
        Ok(made)
    } else {
        Err(RestoreError::Damaged)
    }
}

/// An instant that can be, or none.
fn instant(input: &mut Reader<'_>) -> Result<Timestamp, Damaged> {
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
    fn lanes_without_all_parcels_or_without_an_order_of_time_are_refused() {
        let saved = |lanes: &Lanes| {
            let mut bytes = Vec::new();
            lanes.save(&mut bytes);
            Lanes::restore(&bytes).map(|lanes| lanes.len())
        };
        let nothing = Lanes::new();
        assert_eq!(saved(&nothing), Ok(0));
        let now = Timestamp::from_millis(1_772_373_802_123);
        for damaged in [
            Lanes {
                nodes: Vec::new(),
                ..nothing.clone()
            },
            Lanes { now, ..nothing.clone() },
            Lanes {
                landmark: now.plus(1),
                now,
                ..nothing
            },
        ] {
            assert_eq!(saved(&damaged), Err(RestoreError::Damaged));
        }
    }
}
