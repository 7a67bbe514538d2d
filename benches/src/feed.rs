//! Scans of a seeded world, decoded and put in order once, so that shards can take them again and again.

use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_core::{Clock, Effect, ScanBatch, Shard, Timeline, Todo};
use milepost_model::{DAY_MS, HOUR_MS, Position};
use milepost_rules::RuleSet;
use std::sync::Arc;

/// Lines of one batch.
const BATCH_LINES: usize = 10_000;

/// What a shard has to do, in the order of the log.
#[derive(Debug, Default)]
pub struct Feed {
    batches: Vec<(ScanBatch, Vec<Todo>)>,
    scans: u64,
}

impl Feed {
    /// Decodes lines; what is no scan, or comes at a wrong time, is left out.
    #[must_use]
    pub fn new(lines: &[Vec<u8>]) -> Self {
        let (mut decoder, mut scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
        let mut timeline = Timeline::new(Clock::Event {
            lateness_ms: HOUR_MS,
            jump_max_ms: 400 * DAY_MS,
        });
        let mut feed = Self::default();
        for lines in lines.chunks(BATCH_LINES) {
            let (mut batch, mut todos, mut place) = (ScanBatch::default(), Vec::new(), 0);
            for line in lines {
                scratch.reset();
                let Ok(scan) = decoder.decode_line(line, &scratch, &defaults) else {
                    continue;
                };
                let Ok(tick) = timeline.pass_scan(&scan.time, scan.kind) else {
                    continue;
                };
                feed.scans += 1;
                let position = |partition| Position {
                    partition,
                    sequence: feed.scans,
                };
                batch.push(position(Some(scan.number.partition())), &scan);
                todos.push(Todo::Scan {
                    place,
                    now: timeline.now(),
                    reached: timeline.reached(),
                });
                place += 1;
                todos.extend(tick.map(|now| Todo::Tick {
                    now,
                    position: position(None),
                }));
            }
            feed.batches.push((batch, todos));
        }
        feed
    }

    /// How many scans it has.
    #[must_use]
    pub fn scans(&self) -> u64 {
        self.scans
    }

    /// Lets an empty shard take all of it; the number of jobs.
    #[must_use]
    pub fn run(&self, rules: Arc<RuleSet>) -> usize {
        let (mut shard, mut effects, mut jobs) = (Shard::new(rules, 1), Vec::new(), 0);
        for (batch, todos) in &self.batches {
            shard.handle(batch, todos, &mut effects);
            jobs += effects
                .drain(..)
                .filter(|effect| matches!(effect, Effect::Job(_)))
                .count();
        }
        jobs
    }
}
