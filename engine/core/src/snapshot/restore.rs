//! A shard from its bytes.

use super::{Extent, MAGIC, SNAPSHOT_VERSION};
use crate::apply::{Scratch, Shelf, restore};
use crate::bytes::{Damaged, Reader};
use crate::episode::{Episode, Phase, Quiet, RuleNames};
use crate::groups::{Sender, SenderId, Town, TownId};
use crate::intern::{Postal, TextId};
use crate::judge::Judge;
use crate::lanes::Tally;
use crate::order_id::Prefix;
use crate::record::Spot;
use crate::shard::{Counts, Shard};
use crate::table::{Key, RowId, Shipment};
use crate::units::is_near;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use milepost_model::{DelayEnding, Health, Timestamp};
use milepost_rules::RuleSet;

/// Why bytes are not a shard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestoreError {
    /// They do not begin as a shard's bytes do.
    NotASnapshot,
    /// They are of a version that this program cannot read.
    Version {
        /// Theirs.
        found: u32,
        /// That which it reads.
        read: u32,
    },
    /// They end too early, or a number in them is out of range.
    Damaged,
    /// They hold changes, and not of this shard as it is.
    NotItsChanges,
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASnapshot => f.write_str("these bytes are no part of a snapshot"),
            Self::Version { found, read } => {
                write!(f, "snapshot version {found} cannot be read, this program reads {read}")
            }
            Self::Damaged => f.write_str("the snapshot ends too early or holds a number out of range"),
            Self::NotItsChanges => f.write_str("the snapshot holds changes, and not to what was restored before it"),
        }
    }
}

impl core::error::Error for RestoreError {}

impl RestoreError {
    /// What follows in bytes that begin like this, and are of this version.
    pub(crate) fn unless_begun(bytes: &[u8], magic: [u8; 8], version: u32) -> Result<Reader<'_>, Self> {
        let mut input = Reader::new(bytes);
        if input.array().ok() != Some(magic) {
            return Err(Self::NotASnapshot);
        }
        match input.u32()? {
            found if found == version => Ok(input),
            found => Err(Self::Version { found, read: version }),
        }
    }
}

impl From<Damaged> for RestoreError {
    fn from(_: Damaged) -> Self {
        Self::Damaged
    }
}

impl Shard {
    /// A shard from the bytes of [`Self::save`], judging by `rules` from now on.
    ///
    /// # Errors
    /// [`RestoreError`] when the bytes are not a whole shard's, or damaged.
    pub fn restore(bytes: &[u8], rules: Arc<RuleSet>, seed: u64) -> Result<Self, RestoreError> {
        let mut shard = Self::new(rules, seed);
        shard.restore_more(bytes, Extent::Whole)?;
        Ok(shard)
    }

    /// Brings a shard that was restored on to what was saved later.
    ///
    /// # Errors
    /// [`RestoreError`] when the bytes are not changes of this shard, or damaged; the shard is of no use then.
    pub fn restore_changes(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        self.restore_more(bytes, Extent::Changes)
    }

    fn restore_more(&mut self, bytes: &[u8], extent: Extent) -> Result<(), RestoreError> {
        let mut input = RestoreError::unless_begun(bytes, MAGIC, SNAPSHOT_VERSION)?;
        if input.u32()? != extent as u32 {
            return Err(RestoreError::NotItsChanges);
        }
        input.head(self)?;
        let counted = if input.bool()? {
            Some(Tally::read(&mut input)?)
        } else {
            None
        };
        let total = input.u32()? as usize;
        let rows = input.length()?;
        input.continues(self.texts.as_str().len())?;
        if !self.texts.extend(input.text()?) {
            return Err(RestoreError::Damaged);
        }
        self.towns.locate(&self.texts);
        self.tally = counted.map(|counted| Tally::restore(self.seed, counted, &self.texts));
        if total < self.len() || total - self.len() > rows {
            return Err(RestoreError::NotItsChanges);
        }
        self.table.make_room(total);
        let mut scratch = Scratch::default();
        for _ in 0..rows {
            input.shipment(self, &mut scratch)?;
        }
        self.saving.before = self.lengths();
        if input.is_empty() {
            Ok(())
        } else {
            Err(RestoreError::Damaged)
        }
    }
}

impl Reader<'_> {
    fn head(&mut self, shard: &mut Shard) -> Result<(), RestoreError> {
        shard.now = self.instant(Timestamp::MIN)?;
        shard.counts = Counts {
            applied: self.u64()?,
            repeats: self.u64()?,
            refolded: self.u64()?,
            refused: self.u64()?,
            jobs: self.u64()?,
        };
        let mut names = Vec::new();
        for _ in 0..self.length()? {
            names.push(String::from(self.text()?));
        }
        shard.judge = Judge::new(Arc::clone(shard.judge.rules()), RuleNames::from_names(names));
        shard.switch.at = self.instant(Timestamp::MIN)?;
        let mut fresh = alloc::vec![false; shard.judge.rules().rules().len()];
        for _ in 0..self.length()? {
            let name = u16::try_from(self.u32()?).map_err(|_| RestoreError::Damaged)?;
            let rule = shard.judge.names.rule_of(name).map(usize::from);
            if let Some(rule) = rule.and_then(|rule| fresh.get_mut(rule)) {
                *rule = true;
            }
        }
        shard.judge.set_fresh(fresh);
        self.continues(shard.towns.each().len())?;
        for _ in 0..self.length()? {
            let [city, region, country] = [self.id()?, self.id()?, self.id()?];
            shard.towns.keep(Town { city, region, country });
        }
        self.continues(shard.senders.each().len())?;
        for _ in 0..self.length()? {
            let [carrier, service, merchant, source] = [self.id()?, self.id()?, self.id()?, self.id()?];
            shard.senders.intern(Sender {
                carrier,
                service,
                merchant,
                source,
            });
        }
        self.continues(shard.places.kept().each().len())?;
        for _ in 0..self.length()? {
            let spot = Spot {
                town: TownId(self.u32()?),
                postal_code: Postal(self.u32()?),
                facility: self.id()?,
            };
            shard.places.keep(spot);
        }
        self.continues(shard.texts.prefixes.each().len())?;
        for _ in 0..self.length()? {
            let prefix = Prefix(self.id()?);
            shard.texts.prefixes.intern(prefix);
        }
        Ok(())
    }

    /// What comes must go on where the table ends.
    fn continues(&mut self, length: usize) -> Result<(), RestoreError> {
        if self.u32()? as usize == length {
            Ok(())
        } else {
            Err(RestoreError::NotItsChanges)
        }
    }

    fn shipment(&mut self, shard: &mut Shard, scratch: &mut Scratch) -> Result<(), RestoreError> {
        let row = RowId(self.u32()?);
        let sender = SenderId(self.u32()?);
        let key = Key {
            carrier: shard.senders.get(sender).carrier,
            high: self.u64()?,
            low: self.u64()?,
        };
        let deadline = self.instant(Timestamp::MAX)?;
        let judged_at = self.instant(Timestamp::MIN)?;
        if !shard.table.place(row, (key, sender), &shard.senders) {
            return Err(RestoreError::Damaged);
        }
        let mut shipment = Shipment {
            judged_at,
            // One that was there already may have had another.
            sender,
            ..shard.load(row)
        };
        let mut shelf = Shelf {
            scans: &mut shard.scans,
            scratch,
            senders: &mut shard.senders,
            places: &mut shard.places,
            words: (&shard.texts, &shard.towns),
        };
        if !restore(&mut shipment, self.slice()?, &mut shelf) {
            return Err(RestoreError::Damaged);
        }
        let [waits] = self.array()?;
        if waits == 0 {
            shard.switch.pending.remove(row);
        } else {
            shard.switch.pending.insert(row);
        }
        let mut episodes = Vec::new();
        for _ in 0..self.length()? {
            episodes.push(self.episode()?);
        }
        if !shard.episodes.replace(&mut shipment.episodes, &episodes) {
            return Err(RestoreError::Damaged);
        }
        shard.table.store(row, &shipment, &shard.towns);
        shard.table.deadlines.set(row.0, deadline);
        Ok(())
    }

    fn episode(&mut self) -> Result<Episode, RestoreError> {
        let (name, epoch, number) = (self.u16()?, self.u16()?, self.u16()?);
        let [phase, steps, told, quiet, health, ending] = self.array()?;
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
            quiet: Quiet::ALL
                .get(usize::from(quiet))
                .copied()
                .ok_or(RestoreError::Damaged)?,
            health: Health::from_index(usize::from(health)).ok_or(RestoreError::Damaged)?,
            ending: DelayEnding::from_index(usize::from(ending)).ok_or(RestoreError::Damaged)?,
            since: self.instant(Timestamp::MIN)?,
            closed_at: self.instant(Timestamp::MIN)?,
            day: self.array().map(i32::from_le_bytes)?,
        })
    }

    /// An instant that can be, or `none`.
    fn instant(&mut self, none: Timestamp) -> Result<Timestamp, RestoreError> {
        let at = Timestamp::from_millis(self.i64()?);
        if is_near(at) || at == none {
            Ok(at)
        } else {
            Err(RestoreError::Damaged)
        }
    }

    fn id(&mut self) -> Result<TextId, RestoreError> {
        Ok(TextId(self.u32()?))
    }
}
