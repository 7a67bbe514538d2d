//! Looking at one shipment: because a scan came, because something fell due, or because the past turned out to be another.

use super::Shard;
use crate::effect::Effect;
use crate::facts::ShipmentView;
use crate::groups::Towns;
use crate::intern::Texts;
use crate::judge::{Journey, Look, Occasion, day_of};
use crate::lanes::Learned;
use crate::table::{Key, RowId, Shipment};
use alloc::vec::Vec;
use core::cell::RefCell;
use milepost_model::{Health, Timestamp, TrackingNumber};

/// The shipment that is worked with.
#[derive(Clone, Copy)]
pub(super) struct Subject<'s> {
    pub(super) row: RowId,
    pub(super) key: Key,
    /// As the scan states it; what comes of time alone makes it from the key.
    pub(super) number: Option<&'s TrackingNumber>,
}

impl<'s> Subject<'s> {
    fn view(self, shipment: &'s Shipment, now: Timestamp, words: (&'s Texts, &'s Towns)) -> ShipmentView<'s> {
        ShipmentView {
            stated: self.number,
            ..ShipmentView::new(self.key, &shipment.folded, Health::Ok, now, words)
        }
    }
}

impl Shard {
    /// Looks at a shipment at each instant up to `until` at which something falls due.
    pub(super) fn pass_time(
        &mut self,
        subject: Subject<'_>,
        shipment: &mut Shipment,
        until: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        loop {
            let at = self.table.deadlines.get(subject.row.0);
            if at > until || at == Timestamp::MAX {
                return;
            }
            self.look(subject, shipment, at, effects);
        }
    }

    /// Looks at a shipment because a scan came after all others. Where the log's time has gone on since, so far that
    /// something fell due, the scan came late.
    pub(super) fn follow(
        &mut self,
        subject: Subject<'_>,
        shipment: &mut Shipment,
        (cause, day): (Timestamp, i32),
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let first_effect = effects.len();
        if at >= shipment.judged_at {
            let next_look = self.judge(subject, shipment, (cause, day), at, effects);
            if next_look > self.now {
                return self.keep(subject.row, shipment, (at, next_look), first_effect, effects);
            }
            effects.truncate(first_effect);
        }
        self.scratch.gathered = self.gather(shipment);
        self.relive(subject, shipment, cause, at, effects);
    }

    /// Lives the journey again from its records, and tells what differs from what was told.
    pub(super) fn relive(
        &mut self,
        subject: Subject<'_>,
        shipment: &mut Shipment,
        cause: Timestamp,
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let words = (&self.texts, &self.towns);
        let chances = RefCell::new(core::mem::take(&mut self.in_force.chances));
        let learned = Learned {
            lanes: self.in_force.lanes(),
            tally: self.tally.as_ref(),
            chances: &chances,
        };
        let until = self.now.max(shipment.judged_at).max(at);
        let journey = Journey {
            key: subject.key,
            folded: &shipment.folded,
            placed: &self.scratch.gathered.placed,
            words,
            learned,
        };
        let lived = self.judge.relive(&journey, until);
        let look = Look {
            cause,
            day: day_of(cause.millis()),
            as_of: until,
            position: self.position,
            occasion: Occasion::News,
        };
        let mut view = subject.view(shipment, until, words).knowing(learned);
        let kept = self.episodes.get(shipment.episodes);
        let first_effect = effects.len();
        let next_look = self.judge.settle(&mut view, (kept, &lived), &look, effects);
        let next_look = next_look.max(until.plus(1));
        drop(view);
        self.in_force.chances = chances.into_inner();
        self.keep(
            subject.row,
            shipment,
            (lived.judged_at, next_look),
            first_effect,
            effects,
        );
    }

    /// A late scan parted or joined journeys, and the newest is counted anew: its episodes go with it.
    pub(super) fn renumber(&mut self, shipment: &mut Shipment, before: u16) {
        let now = shipment.folded.more.epoch;
        if now == before {
            return;
        }
        let mut episodes = self.episodes.get(shipment.episodes).to_vec();
        for episode in episodes.iter_mut().filter(|episode| episode.epoch == before) {
            episode.epoch = now;
        }
        let kept = self.episodes.replace(&mut shipment.episodes, &episodes);
        debug_assert!(kept, "as many episodes as before");
    }

    /// Looks at a shipment as of `at`, when something fell due.
    fn look(&mut self, subject: Subject<'_>, shipment: &mut Shipment, at: Timestamp, effects: &mut Vec<Effect>) {
        let first_effect = effects.len();
        let next_look = self.judge(subject, shipment, (at, day_of(at.millis())), at, effects);
        self.keep(subject.row, shipment, (at, next_look), first_effect, effects);
    }

    /// Looks at a shipment as of `at`, because other rules are in force. That it was judged until then is left as it is: a
    /// scan that is on its way still comes in its time.
    pub(super) fn look_anew(
        &mut self,
        subject: Subject<'_>,
        shipment: &mut Shipment,
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let first_effect = effects.len();
        let judged_at = shipment.judged_at;
        let look = Look {
            occasion: Occasion::Switch,
            ..self.look_of((at, day_of(at.millis())), at)
        };
        let next_look = self.judge_with(&look, subject, shipment, at, effects);
        self.keep(subject.row, shipment, (judged_at, next_look), first_effect, effects);
    }

    fn look_of(&self, (cause, day): (Timestamp, i32), at: Timestamp) -> Look {
        Look {
            cause,
            day,
            as_of: self.now.max(at),
            position: self.position,
            occasion: Occasion::News,
        }
    }

    fn judge(
        &mut self,
        subject: Subject<'_>,
        shipment: &Shipment,
        cause: (Timestamp, i32),
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Timestamp {
        let look = self.look_of(cause, at);
        self.judge_with(&look, subject, shipment, at, effects)
    }

    fn judge_with(
        &mut self,
        look: &Look,
        subject: Subject<'_>,
        shipment: &Shipment,
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Timestamp {
        let words = (&self.texts, &self.towns);
        let chances = RefCell::new(core::mem::take(&mut self.in_force.chances));
        let learned = Learned {
            lanes: self.in_force.lanes(),
            tally: self.tally.as_ref(),
            chances: &chances,
        };
        let mut view = subject.view(shipment, at, words).knowing(learned);
        let episodes = self.episodes.get(shipment.episodes);
        let next_look = self.judge.judge(&mut view, episodes, look, effects);
        drop(view);
        self.in_force.chances = chances.into_inner();
        // A look must move time on, whatever a rule says.
        next_look.max(at.plus(1))
    }

    /// Keeps what the judge just decided about a shipment.
    fn keep(
        &mut self,
        row: RowId,
        shipment: &mut Shipment,
        (at, next_look): (Timestamp, Timestamp),
        first_effect: usize,
        effects: &mut [Effect],
    ) {
        shipment.judged_at = at;
        if let Some(changed) = self.judge.changed_episodes() {
            let kept = self.episodes.replace(&mut shipment.episodes, changed);
            debug_assert!(kept, "the number of episodes is bounded");
        }
        self.table.deadlines.set(row.0, next_look);
        self.number_jobs(effects.get_mut(first_effect..).unwrap_or_default());
    }

    fn number_jobs(&mut self, effects: &mut [Effect]) {
        for effect in effects {
            if let Effect::Job(job) = effect
                && let Some(index) = self.indexes.get_mut(usize::from(job.partition))
            {
                job.index = *index;
                *index += 1;
                self.counts.jobs += 1;
            }
        }
    }
}
