//! What rules did, measured: episodes counted, and delays held against what became of the shipments. Pure: journeys go in
//! one by one, sums come out, and the sums of two shares of the shipments add up.

use super::fate::{Fate, Verdict};
use super::stats::Share;
use milepost_core::Opened;
use milepost_model::{DAY_MS, Timestamp};
use std::collections::BTreeMap;

/// From an instant on, and before another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Span {
    pub(super) fn has(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// One journey, as far as it is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'c> {
    pub(super) fate: Fate,
    /// 0 for the first journey under the number.
    pub(super) epoch: u16,
    pub(super) first_heard_at: Timestamp,
    pub(super) last_heard_at: Timestamp,
    pub(super) episodes: &'c [Opened],
}

/// The shipments, whatever rules say of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Shipments {
    /// Heard of in the span.
    pub(super) heard: u64,
    /// Of those whose promise passes in the span: truly late.
    pub(super) late: u64,
    pub(super) on_time: u64,
    /// Truly late, though somebody stood at the door in time.
    pub(super) attempted_in_time: u64,
    pub(super) no_promise: u64,
    pub(super) cancelled: u64,
    pub(super) continued: u64,
    pub(super) ahead: u64,
}

impl Shipments {
    pub(super) const fn decided(&self) -> u64 {
        self.late + self.on_time
    }

    /// What a warning about any shipment at all would be right in.
    pub(super) const fn base_rate(&self) -> Share {
        Share::new(self.late, self.decided())
    }

    const fn add(&mut self, other: &Self) {
        self.heard += other.heard;
        self.late += other.late;
        self.on_time += other.on_time;
        self.attempted_in_time += other.attempted_in_time;
        self.no_promise += other.no_promise;
        self.cancelled += other.cancelled;
        self.continued += other.continued;
        self.ahead += other.ahead;
    }
}

/// What one rule did, or several of them together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Tally {
    /// Episodes that opened in the span.
    pub(super) episodes: u64,
    /// Of these, those that the history leaves open.
    pub(super) open: u64,
    /// How long the closed ones were.
    pub(super) lengths: Vec<i64>,
    /// Shipments that have such an episode.
    pub(super) shipments: u64,
    /// Warned of in time, and truly late.
    pub(super) right: u64,
    /// Warned of in time, and on time.
    pub(super) wrong: u64,
    /// Truly late, and the first episode opened when that was known.
    pub(super) told_after: u64,
    /// From the warning to the end of the promise, where it was right.
    pub(super) leads: Vec<i64>,
    /// From the warning to the first word of the carrier, where it was right; negative where the carrier was first.
    pub(super) before_carrier: Vec<i64>,
    /// Right, and the carrier never said that something was wrong.
    pub(super) carrier_silent: u64,
}

impl Tally {
    pub(super) const fn precision(&self) -> Share {
        Share::new(self.right, self.right + self.wrong)
    }

    pub(super) const fn recall(&self, shipments: &Shipments) -> Share {
        Share::new(self.right, shipments.late)
    }

    /// Late, and neither warned of nor told after.
    pub(super) const fn never_told(&self, shipments: &Shipments) -> u64 {
        shipments.late.saturating_sub(self.right + self.told_after)
    }

    fn count(&mut self, episode: &Opened) {
        self.episodes += 1;
        match episode.closed_at {
            Some(closed_at) => self.lengths.push(closed_at.since(episode.opened_at)),
            None => self.open += 1,
        }
    }

    /// Holds the first episode of a shipment whose promise passed against what became of it.
    fn judge(&mut self, first: Timestamp, fate: &Fate, carrier: &mut dyn FnMut() -> Option<Timestamp>) {
        let in_time = first < fate.settled_at;
        match fate.verdict {
            Verdict::Late if in_time => {
                self.right += 1;
                self.leads.push(fate.promised.since(first));
                match carrier() {
                    Some(warned_at) => self.before_carrier.push(warned_at.since(first)),
                    None => self.carrier_silent += 1,
                }
            }
            Verdict::Late => self.told_after += 1,
            Verdict::OnTime if in_time => self.wrong += 1,
            Verdict::OnTime | Verdict::NoPromise | Verdict::Cancelled | Verdict::Continued | Verdict::Ahead => {}
        }
    }

    fn add(&mut self, other: Self) {
        self.episodes += other.episodes;
        self.open += other.open;
        self.shipments += other.shipments;
        self.right += other.right;
        self.wrong += other.wrong;
        self.told_after += other.told_after;
        self.carrier_silent += other.carrier_silent;
        self.lengths.extend(other.lengths);
        self.leads.extend(other.leads);
        self.before_carrier.extend(other.before_carrier);
    }
}

/// What the rules of a set did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Measure {
    span: Span,
    /// By rule: whether it opens delays.
    is_delay: Vec<bool>,
    pub(super) shipments: Shipments,
    /// By rule.
    pub(super) rules: Vec<Tally>,
    /// All delays of a shipment together.
    pub(super) any: Tally,
    /// Those delays together of which somebody was told.
    pub(super) told: Tally,
    /// Delays by the day in UTC on which they opened, days since 1970-01-01.
    pub(super) days: BTreeMap<i64, u64>,
    /// Episodes that are known to have been and were forgotten, whenever they opened.
    pub(super) forgotten: u64,
}

impl Measure {
    pub(super) fn new(span: Span, is_delay: Vec<bool>) -> Self {
        Self {
            span,
            shipments: Shipments::default(),
            rules: vec![Tally::default(); is_delay.len()],
            is_delay,
            any: Tally::default(),
            told: Tally::default(),
            days: BTreeMap::new(),
            forgotten: 0,
        }
    }

    /// Takes a journey. When the carrier said that something was wrong is asked for only where it matters.
    pub(super) fn take(&mut self, case: &Case<'_>, carrier: &mut dyn FnMut() -> Option<Timestamp>) {
        let is_judged = self.place(case);
        for episode in case.episodes.iter().filter(|episode| self.span.has(episode.opened_at)) {
            if let Some(tally) = self.rules.get_mut(episode.rule) {
                tally.count(episode);
            }
            if self.is_delay.get(episode.rule) == Some(&true) {
                *self
                    .days
                    .entry(episode.opened_at.millis().div_euclid(DAY_MS))
                    .or_default() += 1;
                self.any.count(episode);
                if episode.told {
                    self.told.count(episode);
                }
            }
        }
        let mut rules: Vec<usize> = case.episodes.iter().map(|episode| episode.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        for rule in &rules {
            let of_rule = || case.episodes.iter().filter(|episode| episode.rule == *rule);
            self.forgotten += forgotten(of_rule().map(|episode| episode.number), case.epoch);
            let is_delay = self.is_delay.get(*rule) == Some(&true);
            if let Some(tally) = self.rules.get_mut(*rule) {
                gauge(tally, of_rule(), self.span, case, is_judged && is_delay, carrier);
            }
        }
        let delays = || {
            let is_delay = |episode: &&Opened| self.is_delay.get(episode.rule) == Some(&true);
            case.episodes.iter().filter(is_delay)
        };
        gauge(&mut self.any, delays(), self.span, case, is_judged, carrier);
        gauge(
            &mut self.told,
            delays().filter(|episode| episode.told),
            self.span,
            case,
            is_judged,
            carrier,
        );
    }

    /// Counts the shipment where it belongs; returns whether its promise was kept or broken in the span.
    fn place(&mut self, case: &Case<'_>) -> bool {
        let (fate, shipments) = (&case.fate, &mut self.shipments);
        let heard = case.first_heard_at < self.span.to && case.last_heard_at >= self.span.from;
        shipments.heard += u64::from(heard);
        let counter = match fate.verdict {
            Verdict::NoPromise if heard => &mut shipments.no_promise,
            Verdict::NoPromise => return false,
            _ if !self.span.has(fate.promised) => return false,
            Verdict::Late => {
                shipments.attempted_in_time += u64::from(fate.attempted_in_time);
                &mut shipments.late
            }
            Verdict::OnTime => &mut shipments.on_time,
            Verdict::Cancelled => &mut shipments.cancelled,
            Verdict::Continued => &mut shipments.continued,
            Verdict::Ahead => &mut shipments.ahead,
        };
        *counter += 1;
        matches!(fate.verdict, Verdict::Late | Verdict::OnTime)
    }

    /// Adds what was measured over other shipments.
    pub(super) fn add(&mut self, other: Self) {
        self.shipments.add(&other.shipments);
        self.rules
            .iter_mut()
            .zip(other.rules)
            .for_each(|(tally, other)| tally.add(other));
        self.any.add(other.any);
        self.told.add(other.told);
        self.forgotten += other.forgotten;
        for (day, count) in other.days {
            *self.days.entry(day).or_default() += count;
        }
    }
}

/// Episodes of one rule that are missing among those of a journey. Numbers go on over the journeys under one tracking number:
/// only in the first is it known that they begin at 1.
fn forgotten(numbers: impl Iterator<Item = u16> + Clone, epoch: u16) -> u64 {
    let first = if epoch == 0 { Some(1) } else { numbers.clone().min() };
    let range = numbers
        .clone()
        .max()
        .zip(first)
        .map_or(0, |(last, first)| u64::from(last - first) + 1);
    range.saturating_sub(numbers.count() as u64)
}

/// Holds the episodes of one shipment, of one rule or of several, against what became of it.
fn gauge<'e>(
    tally: &mut Tally,
    episodes: impl Iterator<Item = &'e Opened> + Clone,
    span: Span,
    case: &Case<'_>,
    is_judged: bool,
    carrier: &mut dyn FnMut() -> Option<Timestamp>,
) {
    tally.shipments += u64::from(episodes.clone().any(|episode| span.has(episode.opened_at)));
    // Whether it was warned of is asked of its whole life: one whose warning came before the span was not missed.
    if is_judged && let Some(first) = episodes.map(|episode| episode.opened_at).min() {
        tally.judge(first, &case.fate, carrier);
    }
}

#[cfg(test)]
mod tests;
