//! Living a journey again. A scan that comes late changes what the past was: the rules are asked about every scan and
//! deadline of the journey anew, in silence, and what they say is compared with what was told. Only the difference is
//! told, so that open delays follow from the set of scans alone, and nobody hears of the same trouble twice.

use super::{Case, Judge, Look, Notes, Occasion, day_of, rule_named};
use crate::effect::Effect;
use crate::episode::{Episode, Phase};
use crate::facts::ShipmentView;
use crate::fold::Folded;
use crate::gather::{Placed, advance};
use crate::groups::Towns;
use crate::intern::Texts;
use crate::lanes::Learned;
use crate::table::Key;
use alloc::vec::Vec;
use milepost_model::{DelayEnding, Health, Position, Timestamp};
use milepost_rules::Rule;

/// A journey as its records tell it.
pub(crate) struct Journey<'a> {
    pub(crate) key: Key,
    /// Its row today.
    pub(crate) folded: &'a Folded,
    /// Records of all journeys under the number, in the order of the fold.
    pub(crate) placed: &'a [Placed],
    pub(crate) words: (&'a Texts, &'a Towns),
    /// What is learned by now: what was learned then is not kept.
    pub(crate) learned: Learned<'a>,
}

/// The episodes as they would be, had every scan come in its time.
#[derive(Debug)]
pub(crate) struct Lived {
    episodes: Vec<Episode>,
    /// The last instant at which something was looked at.
    pub(crate) judged_at: Timestamp,
}

impl Judge {
    /// Lives a journey from its first record until an instant.
    pub(crate) fn relive(&mut self, journey: &Journey<'_>, until: Timestamp) -> Lived {
        let mut lived = Lived {
            episodes: Vec::new(),
            judged_at: Timestamp::MIN,
        };
        let mut folded = Folded::new(journey.folded.more.epoch);
        let mut next_look = Timestamp::MAX;
        let epoch = folded.more.epoch;
        for place in journey.placed.iter().filter(|place| place.epoch == epoch) {
            // A time that has not come yet lets no time pass.
            let point = place.record.point();
            let at = point.min(until);
            self.wait(journey, &folded, (next_look, at), &mut lived);
            advance(&mut folded, place, journey.words.1);
            folded.legs = journey.folded.legs;
            let day = day_of(place.record.time.wall_ms);
            next_look = self.glance(journey, &folded, (point, day), at, &mut lived);
        }
        self.wait(journey, &folded, (next_look, until), &mut lived);
        lived
    }

    /// Looks at each instant up to `until` at which something falls due; returns the next one after it.
    fn wait(
        &mut self,
        journey: &Journey<'_>,
        folded: &Folded,
        (mut next_look, until): (Timestamp, Timestamp),
        lived: &mut Lived,
    ) -> Timestamp {
        while next_look <= until && next_look != Timestamp::MAX {
            let at = next_look;
            next_look = self.glance(journey, folded, (at, day_of(at.millis())), at, lived);
        }
        next_look
    }

    fn glance(
        &mut self,
        journey: &Journey<'_>,
        folded: &Folded,
        (cause, day): (Timestamp, i32),
        at: Timestamp,
        lived: &mut Lived,
    ) -> Timestamp {
        let look = Look {
            cause,
            day,
            as_of: at,
            position: Position::default(),
            occasion: Occasion::Memory,
        };
        let mut view = ShipmentView::new(journey.key, folded, Health::Ok, at, journey.words).knowing(journey.learned);
        let next_look = self.judge(&mut view, &lived.episodes, &look, &mut Vec::new());
        if let Some(changed) = self.changed_episodes() {
            lived.episodes.clear();
            lived.episodes.extend_from_slice(changed);
        }
        lived.judged_at = at;
        next_look.max(at.plus(1))
    }

    /// Brings the episodes that were told to what was lived, tells the difference, and judges as of now. Returns when to
    /// look again; what became of the episodes is in [`Self::changed_episodes`].
    pub(crate) fn settle(
        &mut self,
        view: &mut ShipmentView<'_>,
        (kept, lived): (&[Episode], &Lived),
        look: &Look,
        effects: &mut Vec<Effect>,
    ) -> Timestamp {
        let Self {
            rules, names, notes, ..
        } = self;
        notes.episodes.clear();
        notes.episodes.extend_from_slice(kept);
        notes.changed = false;
        view.judged = super::worst(&lived.episodes, view.epoch());
        let mut case = Case { view, look, effects };
        for at in 0..notes.episodes.len() {
            if let Some(episode) = notes.episodes.get(at).copied().filter(Episode::is_active)
                && let Some(rule) = rule_named(names, rules, episode.name)
                && episode.epoch == case.view.epoch()
            {
                notes.correct(at, rule, lived, &mut case);
            }
        }
        for episode in lived.episodes.iter().filter(|lived| lived.is_active()) {
            if let Some(rule) = rule_named(names, rules, episode.name) {
                notes.catch_up(*episode, rule, &mut case);
            }
        }
        let settled = core::mem::take(&mut notes.episodes);
        let changed = notes.changed;
        let next_look = self.judge(view, &settled, look, effects);
        self.notes.changed |= changed;
        self.notes.episodes.retain(|episode| episode.number > 0);
        next_look
    }
}

impl Notes {
    /// An episode under way, against what was lived: it goes on from another instant, or it is over.
    fn correct(&mut self, at: usize, rule: &Rule, lived: &Lived, case: &mut Case<'_, '_>) {
        let Some(mut episode) = self.episodes.get(at).copied() else {
            return;
        };
        let of_rule = || {
            lived
                .episodes
                .iter()
                .filter(|other| other.is_of(episode.name, episode.epoch))
        };
        match (of_rule().find(|other| other.is_active()), episode.phase) {
            (Some(true_one), phase) if true_one.phase == phase => {
                episode.since = true_one.since;
                episode.day = true_one.day;
                self.put(at, episode);
            }
            (_, Phase::Open) => {
                let ended = of_rule().rev().find(|other| other.phase == Phase::Closed);
                let closed_at = ended.map_or(case.look.cause, |other| other.closed_at);
                self.close(at, closed_at.max(episode.since), rule, case);
            }
            (_, Phase::Pending | Phase::Closed) => {
                episode.phase = Phase::Closed;
                episode.number = 0;
                episode.ending = DelayEnding::Recovered;
                self.put(at, episode);
            }
        }
    }

    /// What was lived and is not there yet.
    fn catch_up(&mut self, lived: Episode, rule: &Rule, case: &mut Case<'_, '_>) {
        let mut of_rule = self.episodes.iter().filter(|kept| kept.is_of(lived.name, lived.epoch));
        if of_rule.any(Episode::is_active) {
            return;
        }
        let mut episode = Episode {
            number: self.next_number(lived.name),
            told: false,
            ..lived
        };
        if episode.phase == Phase::Open {
            self.open(&mut episode, rule, case);
        }
        self.remember(episode);
    }
}
