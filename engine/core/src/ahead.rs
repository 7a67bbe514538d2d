//! Looking ahead over the next scans of a batch: memory is slow to come and serves many askers at once, so the lines that
//! the scans will need are asked for together before the first is taken. Nothing is decided or changed here.

use crate::batch::ScanBatch;
use crate::groups::SenderId;
use crate::shard::{Shard, Todo};
use crate::table::{Key, RowId};
use alloc::vec::Vec;
use core::hint::black_box;

/// Steps looked at together.
pub(crate) const AHEAD: usize = 64;

/// Blocks that the scans of most shipments take.
const BLOCKS: usize = 4;

/// What is known of a scan before it is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    pub(crate) sender: SenderId,
    pub(crate) key: Key,
    pub(crate) hash: u64,
    /// The row that it probably means.
    pub(crate) row: Option<RowId>,
}

/// Room for one look.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// By step; `None` for ticks, and for scans whose sender or number has to be looked up as text.
    pub(crate) near: Vec<Option<Near>>,
}

impl Ahead {
    pub(crate) fn look(&mut self, steps: &[Todo], batch: &ScanBatch, shard: &Shard) {
        self.near.clear();
        self.near.extend(steps.iter().map(|step| near(step, batch, shard)));
        if steps.len() == 1 {
            return;
        }
        // Each loop only asks, and is short, so that many of its questions are on their way at once.
        let mut words = 0;
        for near in self.near.iter().flatten() {
            words ^= shard.table.touch_index(near.hash);
        }
        for near in self.near.iter_mut().flatten() {
            near.row = shard.table.guess(near.hash);
        }
        let rows = || self.near.iter().flatten().filter_map(|near| near.row);
        for row in rows() {
            words ^= shard.touch(row);
        }
        for row in rows() {
            words ^= shard.touch_beyond(row);
        }
        black_box(words);
    }
}

fn near(step: &Todo, batch: &ScanBatch, shard: &Shard) -> Option<Near> {
    let Todo::Scan { place, .. } = step else { return None };
    let (sender, number) = batch.subject(*place as usize)?;
    let sender = shard.recent_senders.get(sender)?;
    let key = Key::packed(shard.senders.get(sender).carrier, number)?;
    Some(Near {
        sender,
        key,
        hash: shard.table.hash(&key),
        row: None,
    })
}

impl Shard {
    /// A word from each line of a shipment's row, and its deadline.
    fn touch(&self, row: RowId) -> u64 {
        let words = self
            .table
            .near(row)
            .map_or(0, |row| row.low ^ u64::from(row.last_line()));
        words ^ self.table.deadlines.touch(row.0) ^ self.saving.touch(row)
    }

    /// Asks for the scans of a few rows that will be read, block by block of all of them together.
    pub(crate) fn touch_scans(&self, rows: &[RowId]) {
        let mut blocks = [0; AHEAD];
        for (block, row) in blocks.iter_mut().zip(rows) {
            *block = self.table.near(*row).map_or(0, |row| row.scans().last);
        }
        for _ in 0..BLOCKS {
            blocks.iter_mut().for_each(|block| *block = self.scans.before(*block));
        }
        black_box(blocks);
    }

    /// A word from each line that the row points to.
    fn touch_beyond(&self, row: RowId) -> u64 {
        let Some(row) = self.table.near(row) else { return 0 };
        let episodes = self
            .episodes
            .touch(row.episodes())
            .map_or(0, |kept| u32::from(kept.name));
        let order = u32::from(self.texts.first_byte(row.order_id().kept_text()));
        u64::from(episodes ^ order ^ self.table.touch_elsewhere(row))
    }
}
