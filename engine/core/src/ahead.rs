//! Looking ahead over the next scans of a batch: memory is slow to come and serves many askers at once, so the lines that
//! the scans will need are asked for together before the first is taken. Nothing is decided or changed here.

use crate::batch::{Incoming, Own, ScanBatch};
use crate::intern::Sender;
use crate::shard::{Shard, Todo};
use crate::table::{Key, Row};
use alloc::vec::Vec;
use core::hint::black_box;

/// Steps looked at together.
pub(crate) const AHEAD: usize = 64;

/// What is known of a scan before it is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    pub(crate) sender: Sender,
    pub(crate) key: Key,
    pub(crate) hash: u64,
}

/// Room for one look.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// By step; `None` for ticks, and for scans whose sender or number has to be looked up as text.
    pub(crate) near: Vec<Option<Near>>,
    rows: Vec<Row>,
}

impl Ahead {
    pub(crate) fn look(&mut self, steps: &[Todo], batch: &ScanBatch, shard: &Shard) {
        self.near.clear();
        self.near.extend(steps.iter().map(|step| near(step, batch, shard)));
        if steps.len() == 1 {
            return;
        }
        self.rows.clear();
        let known = self.near.iter().flatten();
        self.rows.extend(known.filter_map(|near| shard.table.guess(near.hash)));
        let mut words = 0;
        for incoming in steps.iter().filter_map(|step| scan_of(step, batch)) {
            words ^= u64::from(shard.texts.touch(incoming.text(Own::PostalCode)));
        }
        for row in &self.rows {
            words ^= shard.table.touch(*row);
        }
        for row in &self.rows {
            words ^= shard.touch(*row);
        }
        black_box(words);
    }
}

fn scan_of<'b>(step: &Todo, batch: &'b ScanBatch) -> Option<Incoming<'b>> {
    match step {
        Todo::Scan { place, .. } => batch.incoming(*place as usize),
        Todo::Tick { .. } => None,
    }
}

fn near(step: &Todo, batch: &ScanBatch, shard: &Shard) -> Option<Near> {
    let incoming = scan_of(step, batch)?;
    let sender = shard.senders.get(incoming.sender)?;
    let key = Key::packed(sender.carrier, &incoming.row.number)?;
    Some(Near {
        sender,
        key,
        hash: shard.table.hash(&key),
    })
}
