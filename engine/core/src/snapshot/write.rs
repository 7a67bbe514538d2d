//! The bytes of a snapshot: a head, the texts, then rows in any order.

use super::{Extent, Lengths, MAGIC, SNAPSHOT_VERSION};
use crate::bytes::Writer;
use crate::episode::Episode;
use crate::shard::Shard;
use crate::table::RowId;
use alloc::vec::Vec;

impl Shard {
    /// Writes what stands before the texts and the rows.
    pub(super) fn write_head(&self, extent: Extent, from: Lengths, rows: usize, out: &mut Vec<u8>) {
        let mut out = Writer { out };
        out.out.extend_from_slice(&MAGIC);
        out.u32(SNAPSHOT_VERSION);
        out.u32(extent as u32);
        out.i64(self.now.millis());
        let counts = self.counts;
        for count in [
            counts.applied,
            counts.repeats,
            counts.refolded,
            counts.refused,
            counts.jobs,
        ] {
            out.u64(count);
        }
        out.length(self.judge.names.len());
        self.judge.names.iter().for_each(|name| out.text(name));
        out.i64(self.switch.at.millis());
        // By name: a later snapshot of changes may come with other rules.
        let fresh = (0u16..).zip(self.judge.fresh()).filter(|(_, fresh)| **fresh);
        let fresh: Vec<u16> = fresh.map(|(rule, _)| self.judge.names.of_rule(rule)).collect();
        out.length(fresh.len());
        fresh.iter().for_each(|name| out.u32((*name).into()));
        let towns = self.towns.each().get(from.towns..).unwrap_or_default();
        out.length(from.towns);
        out.length(towns.len());
        for town in towns {
            [town.city, town.region, town.country]
                .iter()
                .for_each(|id| out.u32(id.0));
        }
        let senders = self.senders.each().get(from.senders..).unwrap_or_default();
        out.length(from.senders);
        out.length(senders.len());
        for sender in senders {
            [sender.carrier, sender.service, sender.merchant, sender.source]
                .iter()
                .for_each(|id| out.u32(id.0));
        }
        let places = self.places.kept().each().get(from.places..).unwrap_or_default();
        out.length(from.places);
        out.length(places.len());
        for spot in places {
            [spot.town.0, spot.postal_code.0, spot.facility.0]
                .iter()
                .for_each(|id| out.u32(*id));
        }
        let prefixes = self.texts.prefixes.each().get(from.prefixes..).unwrap_or_default();
        out.length(from.prefixes);
        out.length(prefixes.len());
        prefixes.iter().for_each(|prefix| out.u32(prefix.0.0));
        // All that was counted since the last hour, in a snapshot of changes too: it is little.
        out.bytes(&[u8::from(self.tally.is_some())]);
        if let Some(tally) = &self.tally {
            tally.write(&mut out);
        }
        out.length(self.len());
        out.length(rows);
        // The empty text stands first in every table and is not told.
        let texts = from.texts.max(1);
        out.length(texts);
        out.length(self.texts.as_str().len() - texts);
    }

    /// Writes what is known of one number.
    ///
    /// `waits` to be looked at since the rules changed.
    pub(super) fn write_row(&self, row: RowId, waits: bool, out: &mut Vec<u8>) {
        let Some(kept) = self.table.near(row) else { return };
        let mut out = Writer { out };
        out.u32(row.0);
        out.u32(kept.sender.0);
        out.u64(kept.high);
        out.u64(kept.low);
        out.i64(self.table.deadlines.get(row.0).millis());
        out.i64(self.table.judged_at(kept).millis());
        let scans = kept.scans();
        out.u32(scans.length.into());
        let from = out.out.len();
        self.scans.append_to(&scans, out.out);
        debug_assert_eq!(
            out.out.len() - from,
            usize::from(scans.length),
            "a string is as long as it says"
        );
        let episodes = self.episodes.get(kept.episodes());
        out.out.push(u8::from(waits));
        out.length(episodes.len());
        episodes.iter().for_each(|episode| out.episode(episode));
    }
}

impl Writer<'_> {
    fn episode(&mut self, episode: &Episode) {
        for part in [episode.name, episode.epoch, episode.number] {
            self.out.extend_from_slice(&part.to_le_bytes());
        }
        let told = u8::from(episode.told);
        self.out.extend_from_slice(&[
            episode.phase as u8,
            episode.steps,
            told,
            episode.quiet as u8,
            episode.health as u8,
            episode.ending as u8,
        ]);
        self.i64(episode.since.millis());
        self.i64(episode.closed_at.millis());
        self.out.extend_from_slice(&episode.day.to_le_bytes());
    }
}
