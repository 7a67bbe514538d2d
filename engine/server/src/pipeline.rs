//! The story: decode → sequence → shards → outbox, wired in the direction of flow, a thread for each station: for input
//! that comes when it comes. What is there already goes through the same stations by [`crate::workers`].

use crate::in_order::InOrder;
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::{Receiver, Sender, bounded};
use milepost_connectors::carriers::Defaults;
use milepost_core::{Shard, Timeline};
use milepost_runtime::intake::{Decoded, Input, Intake, feed};
use milepost_runtime::learning::Exchange;
use milepost_runtime::outbox::{Outlet, gather};
use milepost_runtime::rule_texts::Rules;
use milepost_runtime::rules_status::RulesStatus;
use milepost_runtime::sequence::{Sequenced, Sequencer, Work};
use milepost_runtime::shards::{Outcome, Station, Visit};
use milepost_runtime::spares::Spares;
use std::sync::Arc;
use std::thread;

/// A pipeline before it runs.
pub(crate) struct Pipeline {
    pub(crate) shards: Vec<Shard>,
    pub(crate) timeline: Timeline,
    /// The rules in force, and where others are told.
    pub(crate) rules: (Rules, Arc<RulesStatus>),
    /// Where the shards learn.
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) defaults: Arc<Defaults>,
    /// Threads that decode.
    pub(crate) decoders: usize,
    /// Pieces that may wait before each station.
    pub(crate) queue_pieces_max: usize,
    /// For each shard, who wants to read it meanwhile.
    pub(crate) visits: Vec<Receiver<Visit>>,
}

impl Pipeline {
    /// Runs until the input ends, and returns the shards.
    pub(crate) fn run(
        mut self,
        input: impl Iterator<Item = Result<Input>>,
        outlet: &mut (dyn Outlet + Send),
    ) -> Result<Vec<Shard>> {
        let (count, waiting) = (self.shards.len(), self.queue_pieces_max);
        let mut shards = std::mem::take(&mut self.shards);
        let (pieces_in, pieces) = bounded::<(u64, Input)>(waiting);
        let (decoded_in, decoded) = bounded::<(u64, Decoded)>(waiting);
        let (sequenced_in, sequenced) = bounded::<Sequenced>(waiting);
        let (works_in, works): (Vec<_>, Vec<_>) = (0..count).map(|_| bounded::<Work>(waiting)).unzip();
        let (outcomes_in, outcomes): (Vec<_>, Vec<_>) = (0..count).map(|_| bounded::<Outcome>(waiting)).unzip();
        // As many as can be on their way: in the queues and at the stations of decoders, sequence and shards.
        let spares = Spares::new(count * (2 * waiting + self.decoders + 2));
        let taken = thread::scope(|scope| {
            for _ in 0..self.decoders {
                let (pieces, decoded_in) = (pieces.clone(), decoded_in.clone());
                let mut intake = Intake::new(Arc::clone(&self.defaults), spares.clone(), count);
                scope.spawn(move || {
                    for (number, piece) in pieces {
                        if decoded_in.send((number, intake.decode(piece))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop((pieces, decoded_in));
            let sequencer =
                Sequencer::with_rules(self.timeline, self.rules.0, self.rules.1).learning(Arc::clone(&self.exchange));
            scope.spawn(move || sequence_in_order(sequencer, &decoded, &works_in, &sequenced_in));
            let visits = self
                .visits
                .into_iter()
                .chain(std::iter::repeat_with(crossbeam_channel::never));
            for (((shard, works), outcomes), visits) in shards.iter_mut().zip(works).zip(outcomes_in).zip(visits) {
                let exchange = Arc::clone(&self.exchange);
                scope.spawn(move || Station::new(shard, (works, visits), outcomes, exchange).serve());
            }
            let outlet = scope.spawn(move || take_in_order(outlet, &sequenced, &outcomes));
            let fed = feed(input, &pieces_in);
            drop(pieces_in);
            let taken = outlet
                .join()
                .map_err(|_| anyhow!("the outbox stopped on a fault of our own, told above"))?;
            taken.and(fed)
        });
        taken.context("the engine stopped")?;
        Ok(shards)
    }
}

/// Decoders finish out of order; the log's order is restored here.
fn sequence_in_order(
    mut sequencer: Sequencer,
    decoded: &Receiver<(u64, Decoded)>,
    works: &[Sender<Work>],
    sequenced: &Sender<Sequenced>,
) {
    let mut order = InOrder::default();
    for (number, piece) in decoded {
        order.add(number, piece);
        while let Some(piece) = order.next() {
            let mut piece = sequencer.sequence(piece);
            let parts = std::mem::take(&mut piece.work);
            let sent = works.iter().zip(parts).all(|(work, part)| work.send(part).is_ok());
            if !sent || sequenced.send(piece).is_err() {
                return;
            }
        }
    }
}

/// One outcome of every shard belongs to each piece.
fn take_in_order(
    outlet: &mut (dyn Outlet + Send),
    sequenced: &Receiver<Sequenced>,
    outcomes: &[Receiver<Outcome>],
) -> Result<()> {
    for piece in sequenced {
        let made: Result<Vec<Outcome>, _> = outcomes.iter().map(Receiver::recv).collect();
        let made = made.map_err(|_| anyhow!("a shard stopped on a fault of our own, told above"))?;
        outlet.take(gather(piece, made))?;
    }
    Ok(())
}
