//! Other rules come into force, at a place in the log. Every shipment is looked at anew as of that instant: what new rules
//! find opens as their `backfill` says, episodes of rules that are gone close, and the next deadline follows from the new
//! rules.
//!
//! Mostly nothing is told of that, so nobody can see when it happens: a shipment is looked at when it is met next, or in
//! between, a few at a time. Ticks let nothing fall due for [`GRACE_MS`] after a switch, and the first after that looks at
//! whatever is left. So a switch stops no shard, and what comes of it is the same wherever pauses were.

use super::Shard;
use super::looks::Subject;
use crate::effect::Effect;
use crate::rows::RowSet;
use crate::table::{RowId, Shipment};
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::{Position, Timestamp};
use milepost_rules::{Backfill, RuleSet};

/// How long after a switch time alone lets nothing open or close: ten million shipments are looked at in that time, beside
/// the scans that come. An episode still opens at its own instant; its job goes out so much later.
const GRACE_MS: i64 = 10_000;

/// The last switch of rules, while it goes on.
#[derive(Debug)]
pub(crate) struct Switch {
    /// The log's time at which the rules came into force.
    pub(crate) at: Timestamp,
    /// Shipments that were not looked at yet.
    pub(crate) pending: RowSet,
    next: u32,
}

impl Default for Switch {
    /// There was none.
    fn default() -> Self {
        Self {
            at: Timestamp::MIN,
            pending: RowSet::default(),
            next: 0,
        }
    }
}

impl Shard {
    /// Other rules are in force from here on.
    pub fn handle_rules(
        &mut self,
        rules: &Arc<RuleSet>,
        now: Timestamp,
        position: Position,
        effects: &mut Vec<Effect>,
    ) {
        self.begin(now, position);
        self.finish_switch();
        // What fell due before falls due under the rules of its time.
        self.let_fall_due(effects);
        if !self.judge.names.has_room(rules) {
            self.forget_rules_that_are_gone(rules);
        }
        self.judge.set_rules(Arc::clone(rules));
        self.switch = Switch {
            at: self.now,
            pending: RowSet::first(self.len()),
            next: 0,
        };
        // That they wait is news to what is saved next.
        self.saving.note_all(self.len());
        let fresh = rules
            .rules()
            .iter()
            .zip(self.judge.fresh())
            .filter(|(_, fresh)| **fresh);
        if fresh
            .map(|(rule, _)| rule.backfill)
            .any(|backfill| backfill == Backfill::All)
        {
            // Something is told, so it is told here.
            while let Some(row) = self.next_pending() {
                self.switch_row(row, effects);
            }
        }
    }

    /// Looks at so many shipments that wait for it since the rules changed; whether more of them wait.
    pub fn switch_some(&mut self, rows_max: usize) -> bool {
        for _ in 0..rows_max {
            let Some(row) = self.next_pending() else {
                return false;
            };
            self.switch_row(row, &mut Vec::new());
        }
        self.is_switching()
    }

    /// Whether shipments wait to be looked at since the rules changed.
    #[must_use]
    pub fn is_switching(&self) -> bool {
        self.switch.pending.len() > 0
    }

    /// Looks at all shipments that still wait.
    pub(super) fn finish_switch(&mut self) {
        while self.switch_some(usize::MAX) {}
    }

    /// Whether time alone lets nothing fall due, because the rules changed a short while ago.
    pub(super) fn is_in_grace(&self) -> bool {
        self.now < self.switch.at.plus(GRACE_MS)
    }

    /// A shipment is met: if it waits, it is looked at first.
    #[inline]
    pub(super) fn switch_if_pending(&mut self, subject: Subject<'_>, shipment: &mut Shipment) {
        if self.is_switching() && self.switch.pending.remove(subject.row) {
            self.look_since_switch(subject, shipment, &mut Vec::new());
        }
    }

    fn next_pending(&mut self) -> Option<RowId> {
        let row = self.switch.pending.take_first(RowId(self.switch.next))?;
        self.switch.next = row.0;
        Some(row)
    }

    fn switch_row(&mut self, row: RowId, effects: &mut Vec<Effect>) {
        let key = self.table.key(row, &self.senders);
        let mut shipment = self.load(row);
        self.before_change(row);
        let subject = Subject { row, key, number: None };
        self.look_since_switch(subject, &mut shipment, effects);
        self.store(row, &shipment);
    }

    fn look_since_switch(&mut self, subject: Subject<'_>, shipment: &mut Shipment, effects: &mut Vec<Effect>) {
        // A number of which nothing was taken is no shipment.
        if shipment.folded.records > 0 {
            let at = self.switch.at.max(shipment.judged_at);
            self.look_anew(subject, shipment, at, effects);
        }
    }

    /// After tens of thousands of rules there is no number for the name of another: episodes of rules that are gone are
    /// forgotten, which have ended.
    fn forget_rules_that_are_gone(&mut self, rules: &RuleSet) {
        let names = self.judge.names.only_of(rules);
        for row in self.table.rows() {
            let mut shipment = self.load(row);
            let episodes = self.episodes.get(shipment.episodes);
            if episodes.is_empty() {
                continue;
            }
            let renamed = episodes
                .iter()
                .filter_map(|episode| names.renamed(episode, &self.judge.names));
            let renamed: Vec<_> = renamed.collect();
            self.before_change(row);
            let kept = self.episodes.replace(&mut shipment.episodes, &renamed);
            debug_assert!(kept, "fewer episodes than before");
            self.store(row, &shipment);
        }
        self.judge.names = names;
    }
}
