//! A shard as bytes, and back. Kept are facts and decisions: texts, scans, episodes, time. What follows from them, the
//! folded rows and the index, is made anew, so a snapshot cannot disagree with the fold.

use crate::apply::refold;
use crate::episode::{Episode, Phase, RuleNames};
use crate::gather::gather;
use crate::intern::{TextId, Town};
use crate::packed::unpack;
use crate::shard::{Counts, Shard};
use crate::table::Key;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use milepost_model::{DelayEnding, Health, Timestamp};
use milepost_rules::RuleSet;

/// Version of the bytes; from the first release on, version n reads n and n − 1.
pub const SNAPSHOT_VERSION: u32 = 2;
const MAGIC: [u8; 8] = *b"MPSHARD\0";

/// Why bytes are not a shard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestoreError {
    /// They do not begin as a shard's bytes do.
    NotASnapshot,
    /// They are of a version that this program cannot read.
    Version(u32),
    /// They end too early, or a number in them is out of range.
    Damaged,
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASnapshot => f.write_str("these bytes are not a shard snapshot"),
            Self::Version(found) => {
                write!(
                    f,
                    "snapshot version {found} cannot be read, this program reads {SNAPSHOT_VERSION}"
                )
            }
            Self::Damaged => f.write_str("the snapshot ends too early or holds a number out of range"),
        }
    }
}

impl core::error::Error for RestoreError {}

impl Shard {
    /// Appends the shard's bytes to `out`.
    pub fn save(&self, out: &mut Vec<u8>) {
        let mut out = Writer { out };
        out.out.extend_from_slice(&MAGIC);
        out.u32(SNAPSHOT_VERSION);
        out.i64(self.now.millis());
        for count in [
            self.counts.applied,
            self.counts.repeats,
            self.counts.refolded,
            self.counts.refused,
        ] {
            out.u64(count);
        }
        out.u64(self.counts.jobs);
        out.length(self.texts.len());
        self.texts.iter().for_each(|text| out.text(text));
        out.length(self.towns.len());
        for town in self.towns.iter() {
            [town.city, town.region, town.country]
                .iter()
                .for_each(|id| out.u32(id.0));
        }
        out.length(self.judge.names.len());
        self.judge.names.iter().for_each(|name| out.text(name));
        out.length(self.table.len());
        for row in self.table.rows() {
            let (key, shipment) = (self.table.key(row), self.table.get(row));
            out.u32(key.carrier.0);
            out.u64(key.high);
            out.u64(key.low);
            out.i64(self.table.deadlines.get(row.0).millis());
            out.i64(shipment.judged_at.millis());
            let scans = self.scans.get(shipment.scans);
            out.length(scans.len());
            out.out.extend_from_slice(scans);
            let episodes = self.episodes.get(shipment.episodes);
            out.length(episodes.len());
            episodes.iter().for_each(|episode| out.episode(episode));
        }
    }

    /// A shard from the bytes of [`Self::save`], judging by `rules` from now on.
    ///
    /// # Errors
    /// [`RestoreError`] when the bytes are not a shard's, or damaged.
    pub fn restore(bytes: &[u8], rules: Arc<RuleSet>, seed: u64) -> Result<Self, RestoreError> {
        let mut input = Reader { bytes };
        if input.array::<8>().ok() != Some(MAGIC) {
            return Err(RestoreError::NotASnapshot);
        }
        let version = input.u32()?;
        if version != SNAPSHOT_VERSION {
            return Err(RestoreError::Version(version));
        }
        let mut shard = Self::new(Arc::clone(&rules), seed);
        shard.now = Timestamp::from_millis(input.i64()?);
        shard.counts = Counts {
            applied: input.u64()?,
            repeats: input.u64()?,
            refolded: input.u64()?,
            refused: input.u64()?,
            jobs: input.u64()?,
        };
        for _ in 0..input.length()? {
            shard.texts.intern(input.text()?);
        }
        for _ in 0..input.length()? {
            let [city, region, country] = [TextId(input.u32()?), TextId(input.u32()?), TextId(input.u32()?)];
            shard.towns.intern(Town { city, region, country });
        }
        let mut names = Vec::new();
        for _ in 0..input.length()? {
            names.push(String::from(input.text()?));
        }
        shard.judge = crate::judge::Judge::new(rules, RuleNames::from_names(names));
        for _ in 0..input.length()? {
            input.shipment(&mut shard)?;
        }
        if input.bytes.is_empty() {
            Ok(shard)
        } else {
            Err(RestoreError::Damaged)
        }
    }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn i64(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn length(&mut self, value: usize) {
        self.u32(u32::try_from(value).expect("tables of a shard are numbered by 32 bits"));
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.out.extend_from_slice(text.as_bytes());
    }

    fn episode(&mut self, episode: &Episode) {
        for part in [episode.name, episode.epoch, episode.number] {
            self.out.extend_from_slice(&part.to_le_bytes());
        }
        let told = u8::from(episode.told);
        self.out.extend_from_slice(&[
            episode.phase as u8,
            episode.steps,
            told,
            episode.health as u8,
            episode.ending as u8,
        ]);
        self.i64(episode.since.millis());
        self.i64(episode.closed_at.millis());
        self.out.extend_from_slice(&episode.day.to_le_bytes());
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], RestoreError> {
        let (first, rest) = self.bytes.split_first_chunk().ok_or(RestoreError::Damaged)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn u16(&mut self) -> Result<u16, RestoreError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, RestoreError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, RestoreError> {
        self.array().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Result<i64, RestoreError> {
        self.array().map(i64::from_le_bytes)
    }

    fn length(&mut self) -> Result<usize, RestoreError> {
        let length = self.u32()? as usize;
        // Every item takes at least a byte: a damaged length cannot ask for more than there is.
        if length > self.bytes.len() {
            Err(RestoreError::Damaged)
        } else {
            Ok(length)
        }
    }

    fn slice(&mut self) -> Result<&'a [u8], RestoreError> {
        let length = self.length()?;
        let (first, rest) = self.bytes.split_at_checked(length).ok_or(RestoreError::Damaged)?;
        self.bytes = rest;
        Ok(first)
    }

    fn text(&mut self) -> Result<&'a str, RestoreError> {
        core::str::from_utf8(self.slice()?).map_err(|_| RestoreError::Damaged)
    }

    fn shipment(&mut self, shard: &mut Shard) -> Result<(), RestoreError> {
        let key = Key {
            carrier: TextId(self.u32()?),
            high: self.u64()?,
            low: self.u64()?,
        };
        let deadline = Timestamp::from_millis(self.i64()?);
        let judged_at = Timestamp::from_millis(self.i64()?);
        let hash = shard.table.hash(&key);
        let row = shard.table.entry(key, hash);
        let scans = self.slice()?;
        let mut records = Vec::new();
        unpack(scans, &mut records);
        let shipment = shard.table.get_mut(row);
        if !shard.scans.append(&mut shipment.scans, scans) {
            return Err(RestoreError::Damaged);
        }
        shipment.judged_at = judged_at;
        refold(shipment, &gather(records, &shard.texts, &shard.towns));
        for _ in 0..self.length()? {
            let episode = self.episode()?;
            if !shard.episodes.append(&mut shipment.episodes, &[episode]) {
                return Err(RestoreError::Damaged);
            }
        }
        shard.table.deadlines.set(row.0, deadline);
        Ok(())
    }

    fn episode(&mut self) -> Result<Episode, RestoreError> {
        let (name, epoch, number) = (self.u16()?, self.u16()?, self.u16()?);
        let [phase, steps, told, health, ending] = self.array()?;
        Ok(Episode {
            name,
            epoch,
            number,
            phase: Phase::ALL
                .get(usize::from(phase))
                .copied()
                .ok_or(RestoreError::Damaged)?,
            steps,
            told: told != 0,
            health: Health::from_index(usize::from(health)).ok_or(RestoreError::Damaged)?,
            ending: DelayEnding::from_index(usize::from(ending)).ok_or(RestoreError::Damaged)?,
            since: Timestamp::from_millis(self.i64()?),
            closed_at: Timestamp::from_millis(self.i64()?),
            day: self.array().map(i32::from_le_bytes)?,
        })
    }
}
