//! Judging: which rules hold for a shipment at an instant, which episodes that opens, tells and closes, and when to
//! look again.

mod look;
mod relive;

pub(crate) use look::{Look, Occasion};
pub(crate) use relive::Journey;

use crate::effect::Effect;
use crate::emit::{self, Step, Told, Wording};
use crate::episode::{EPISODES_MAX, Episode, Phase, Quiet, RuleNames};
use crate::facts::ShipmentView;
use crate::health;
use crate::units::whole;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{Column, DAY_MS, DelayEnding, Facts, Health, Status, Timestamp, Value};
use milepost_rules::{Limit, Program, Rule, RuleSet};

/// The rules of a shard, and the room in which it judges.
#[derive(Debug)]
pub(crate) struct Judge {
    rules: alloc::sync::Arc<RuleSet>,
    pub(crate) names: RuleNames,
    /// Some rule reads the health, which time alone can change.
    reads_health: bool,
    /// By rule: whether it came, or got another condition, with this set.
    fresh: Vec<bool>,
    notes: Notes,
}

/// What is before the judge: one shipment, why it is looked at, and where decisions go.
struct Case<'c, 'v> {
    view: &'c mut ShipmentView<'v>,
    look: &'c Look,
    effects: &'c mut Vec<Effect>,
}

/// The episodes of the shipment being judged, as they become.
#[derive(Debug, Default)]
struct Notes {
    episodes: Vec<Episode>,
    changed: bool,
    because: String,
    /// By name of a rule: the words of its jobs that are always the same.
    wording: Vec<Wording>,
}

impl Judge {
    pub(crate) fn new(rules: alloc::sync::Arc<RuleSet>, mut names: RuleNames) -> Self {
        names.bind(&rules);
        let programs = rules
            .rules()
            .iter()
            .flat_map(|rule| core::iter::once(&rule.when).chain(&rule.until));
        let reads_health = programs
            .flat_map(Program::columns)
            .any(|column| column == Column::Health);
        let mut notes = Notes::default();
        notes.wording.resize_with(names.len(), Wording::default);
        for (rule, number) in rules.rules().iter().zip(0..) {
            if let Some(wording) = notes.wording.get_mut(usize::from(names.of_rule(number))) {
                *wording = Wording::of(rule);
            }
        }
        Self {
            rules,
            names,
            reads_health,
            fresh: Vec::new(),
            notes,
        }
    }

    /// Judges by other rules from here on, and knows what is new in them.
    pub(crate) fn set_rules(&mut self, rules: alloc::sync::Arc<RuleSet>) {
        let before: BTreeMap<&str, &Rule> = self
            .rules
            .rules()
            .iter()
            .map(|rule| (rule.name.as_str(), rule))
            .collect();
        let is_fresh = |rule: &Rule| {
            let before = before.get(rule.name.as_str());
            before.is_none_or(|before| !rule.has_same_condition(before))
        };
        let fresh = rules.rules().iter().map(is_fresh).collect();
        *self = Self {
            fresh,
            ..Self::new(rules, core::mem::take(&mut self.names))
        };
    }

    /// By rule: whether it came, or got another condition, with this set.
    pub(crate) fn fresh(&self) -> &[bool] {
        &self.fresh
    }

    /// What [`Self::fresh`] was when the shard was saved.
    pub(crate) fn set_fresh(&mut self, fresh: Vec<bool>) {
        self.fresh = fresh;
    }

    /// Judges a shipment as of `view.now`, given its episodes. Returns when to look again; what became of the episodes
    /// is in [`Self::changed_episodes`].
    pub(crate) fn judge(
        &mut self,
        view: &mut ShipmentView<'_>,
        episodes: &[Episode],
        look: &Look,
        effects: &mut Vec<Effect>,
    ) -> Timestamp {
        let Self {
            rules,
            names,
            reads_health,
            fresh,
            notes,
        } = self;
        notes.episodes.clear();
        notes.episodes.extend_from_slice(episodes);
        notes.changed = false;
        view.judged = worst(&notes.episodes, view.epoch());
        let expires_at = view.folded.expires_at();
        let mut next_look = if expires_at > view.now {
            expires_at
        } else {
            Timestamp::MAX
        };
        if *reads_health {
            next_look = next_look.min(health::next_change(view.folded, view.now));
        }
        let mut case = Case { view, look, effects };
        for at in 0..notes.episodes.len() {
            next_look = next_look.min(notes.review(at, rules, names, &mut case));
        }
        for sieve in rules.sieves(case.view.status()) {
            let mut sifted = sieve.sift(case.view, notes.under_way(names));
            next_look = next_look.min(sifted.next_change().unwrap_or(Timestamp::MAX));
            while let Some(number) = sifted.next_rule() {
                if let Some(rule) = rules.rules().get(usize::from(number)) {
                    let is_fresh = fresh.get(usize::from(number)).copied().unwrap_or(false);
                    let name = (names.of_rule(number), is_fresh);
                    next_look = next_look.min(notes.consider(rule, name, &mut case));
                }
            }
        }
        if notes.changed {
            // A condition that did not hold for long enough leaves no trace.
            notes.episodes.retain(|episode| episode.number > 0);
        }
        next_look
    }

    /// The episodes after a judgement, if it changed them.
    pub(crate) fn changed_episodes(&self) -> Option<&[Episode]> {
        self.notes.changed.then_some(self.notes.episodes.as_slice())
    }

    pub(crate) fn rules(&self) -> &alloc::sync::Arc<RuleSet> {
        &self.rules
    }
}

impl Notes {
    /// An episode that is pending or open: does it open, escalate, close?
    fn review(&mut self, at: usize, rules: &RuleSet, names: &RuleNames, case: &mut Case<'_, '_>) -> Timestamp {
        let Some(before) = self.episodes.get(at).copied().filter(Episode::is_active) else {
            return Timestamp::MAX;
        };
        let mut episode = before;
        let same_journey = episode.epoch == case.view.epoch();
        let rule = rule_named(names, rules, episode.name).filter(|_| same_journey);
        if let Some(rule) = rule
            && case.look.occasion == Occasion::Switch
            && episode.quiet != Quiet::Hidden
        {
            episode.health = rule.health;
        }
        let next_look = match rule {
            Some(rule) if episode.phase == Phase::Pending => self.review_pending(&mut episode, rule, case),
            Some(rule) if rule.closes(case.view) => {
                self.close(at, case.look.cause, rule, case);
                return Timestamp::MAX;
            }
            Some(rule) => self.escalate(&mut episode, rule, case),
            // The rule is gone, or the number was recycled: the episode ends without a word.
            None => {
                episode.phase = Phase::Closed;
                episode.closed_at = case.look.cause;
                episode.ending = if same_journey {
                    DelayEnding::RuleRemoved
                } else {
                    DelayEnding::Finished
                };
                Timestamp::MAX
            }
        };
        self.put(at, episode);
        next_look
    }

    fn put(&mut self, at: usize, episode: Episode) {
        if let Some(slot) = self.episodes.get_mut(at)
            && *slot != episode
        {
            *slot = episode;
            self.changed = true;
        }
    }

    fn review_pending(&mut self, episode: &mut Episode, rule: &Rule, case: &mut Case<'_, '_>) -> Timestamp {
        if !rule.when.holds(case.view) || rule.is_over(case.view) {
            episode.phase = Phase::Closed;
            episode.number = 0;
            return Timestamp::MAX;
        }
        let opens_at = episode.since.plus(rule.hold_ms);
        if opens_at > case.view.now {
            return opens_at.min(next_opening(rule, case.view));
        }
        episode.phase = Phase::Open;
        episode.since = opens_at;
        if episode.quiet == Quiet::No {
            episode.quiet = case.look.quiet(rule);
        }
        self.open(episode, rule, case);
        self.escalate(episode, rule, case)
    }

    fn close(&mut self, at: usize, closed_at: Timestamp, rule: &Rule, case: &mut Case<'_, '_>) {
        let Some(mut episode) = self.episodes.get(at).copied() else {
            return;
        };
        // Nobody recovers from having been forgotten.
        let ended = case.view.status().is_terminal() || case.view.status() == Status::Expired;
        episode.phase = Phase::Closed;
        episode.closed_at = closed_at;
        if ended {
            episode.ending = DelayEnding::Finished;
        } else if case.look.occasion == Occasion::Switch {
            episode.ending = DelayEnding::RuleChanged;
        }
        self.put(at, episode);
        case.view.judged = worst(&self.episodes, case.view.epoch());
        let recovered = rule.notify.as_ref().and_then(|notify| notify.recovered.as_ref());
        if recovered.is_some() && episode.told && !ended {
            self.tell(Step::Recovered, &episode, rule, case);
        }
    }

    /// The rules that have an episode pending or open: theirs is to be reviewed.
    fn under_way(&self, names: &RuleNames) -> impl Iterator<Item = u16> {
        let active = self.episodes.iter().filter(|episode| episode.is_active());
        active.filter_map(|episode| names.rule_of(episode.name))
    }

    /// A rule that may hold and has no episode under way.
    fn consider(&mut self, rule: &Rule, (name, is_fresh): (u16, bool), case: &mut Case<'_, '_>) -> Timestamp {
        let epoch = case.view.epoch();
        let (holds, next_change) = rule.when.look(case.view);
        if !holds {
            return next_change.unwrap_or(Timestamp::MAX);
        }
        if rule.is_over(case.view) {
            return next_opening(rule, case.view);
        }
        if case.look.occasion == Occasion::Switch && !is_fresh {
            // It would open without the switch, too: as what it is, news.
            return case.view.now.plus(1);
        }
        let quiet = case.look.quiet(rule);
        let mut episode = Episode {
            name,
            epoch,
            number: self.next_number(name),
            quiet,
            health: if quiet == Quiet::Hidden {
                Health::Ok
            } else {
                rule.health
            },
            since: case.look.cause,
            day: case.look.day,
            ..Episode::default()
        };
        let next_look = if rule.hold_ms == 0 {
            episode.phase = Phase::Open;
            self.open(&mut episode, rule, case);
            self.escalate(&mut episode, rule, case)
        } else {
            let opens_at = episode.since.plus(rule.hold_ms);
            opens_at.min(next_opening(rule, case.view))
        };
        self.remember(episode);
        next_look
    }

    /// Numbers go on over all journeys under a tracking number: late scans part and join journeys, and a number given
    /// twice would make two jobs one.
    fn next_number(&self, name: u16) -> u16 {
        let numbers = self
            .episodes
            .iter()
            .filter(|kept| kept.name == name)
            .map(|kept| kept.number);
        numbers.max().unwrap_or(0).saturating_add(1)
    }

    fn remember(&mut self, episode: Episode) {
        self.changed = true;
        if self.episodes.len() >= EPISODES_MAX
            && let Some(oldest) = self.dispensable()
        {
            self.episodes.remove(oldest);
        }
        self.episodes.push(episode);
    }

    /// The oldest episode that may be forgotten. The last of each rule is kept as long as possible: it counts them. So is
    /// one that was told: limits count it.
    fn dispensable(&self) -> Option<usize> {
        let followed = |at: usize, kept: &Episode| {
            let mut later = self.episodes.iter().skip(at + 1);
            later.any(|other| other.name == kept.name)
        };
        let closed = || self.episodes.iter().enumerate().filter(|(_, kept)| !kept.is_active());
        let mut choices = closed()
            .filter(|(at, kept)| !kept.told && followed(*at, kept))
            .chain(closed().filter(|(at, kept)| followed(*at, kept)))
            .chain(closed());
        choices.next().map(|(at, _)| at)
    }

    fn open(&mut self, episode: &mut Episode, rule: &Rule, case: &mut Case<'_, '_>) {
        case.view.judged = case.view.judged.max(episode.health);
        let Some(notify) = rule.notify.as_ref().filter(|_| episode.quiet == Quiet::No) else {
            return;
        };
        let mut others = self
            .episodes
            .iter()
            .filter(|kept| kept.is_of(episode.name, episode.epoch));
        episode.told = match notify.limit {
            Limit::Episode => true,
            Limit::Shipment => !others.any(|kept| kept.told),
            Limit::Day => !others.any(|kept| kept.told && kept.day == episode.day),
        };
        if episode.told {
            self.tell(Step::Opened, episode, rule, case);
        }
    }

    fn escalate(&mut self, episode: &mut Episode, rule: &Rule, case: &mut Case<'_, '_>) -> Timestamp {
        let next_look = next_change(rule.until.as_ref().unwrap_or(&rule.when), case.view);
        let Some(notify) = rule.notify.as_ref().filter(|_| episode.told) else {
            return next_look;
        };
        for after in notify.escalate.iter().skip(usize::from(episode.steps)) {
            let at = episode.since.plus(*after);
            if at > case.view.now {
                return next_look.min(at);
            }
            episode.steps = episode.steps.saturating_add(1);
            self.tell(Step::Escalated(episode.steps), episode, rule, case);
        }
        next_look
    }

    fn tell(&mut self, step: Step, episode: &Episode, rule: &Rule, case: &mut Case<'_, '_>) {
        if !case.look.tells(step, rule) {
            return;
        }
        self.because.clear();
        if step == Step::Recovered {
            // The rule's words tell why it was late; what is told now is that it no longer is.
            over(case.view, &mut self.because);
        } else {
            rule.because.render(case.view, &mut self.because);
        }
        let Some(wording) = self.wording.get(usize::from(episode.name)) else {
            return;
        };
        let told = Told {
            wording,
            rule: &rule.name,
            episode: episode.number,
            step,
            opened_at: episode.since,
            because: &self.because,
        };
        case.effects.push(Effect::Job(emit::job(
            case.view,
            &told,
            case.look.as_of,
            case.look.position,
        )));
    }
}

/// Says where a parcel is whose delay is over.
fn over(view: &ShipmentView<'_>, because: &mut String) {
    because.push_str("over: ");
    because.push_str(view.status().as_str());
    for (before, column) in [(" in ", Column::City), (", ", Column::Region)] {
        if let Value::Text(text) = view.value(column) {
            because.push_str(before);
            because.push_str(text);
        }
    }
}

fn rule_named<'r>(names: &RuleNames, rules: &'r RuleSet, name: u16) -> Option<&'r Rule> {
    let number = names.rule_of(name)?;
    rules.rules().get(usize::from(number))
}

/// The day of a wall clock, days since 1970-01-01.
pub(crate) fn day_of(wall_ms: i64) -> i32 {
    i32::try_from(whole::<DAY_MS>(wall_ms)).unwrap_or(i32::MAX)
}

/// The worst that open episodes do to the health of a journey.
pub(crate) fn worst(episodes: &[Episode], epoch: u16) -> Health {
    let open = episodes
        .iter()
        .filter(|episode| episode.phase == Phase::Open && episode.epoch == epoch);
    open.map(|episode| episode.health).max().unwrap_or_default()
}

/// When time alone may let a rule open, or keep it from opening, that holds or is about to.
fn next_opening(rule: &Rule, view: &ShipmentView<'_>) -> Timestamp {
    let until = rule
        .until
        .as_ref()
        .map_or(Timestamp::MAX, |until| next_change(until, view));
    next_change(&rule.when, view).min(until)
}

/// When time alone may change what this condition says.
fn next_change(program: &Program, view: &ShipmentView<'_>) -> Timestamp {
    if !program.depends_on_now() {
        return Timestamp::MAX;
    }
    program.next_change(view).unwrap_or(Timestamp::MAX)
}
