//! What a switch of rules does to one shipment as it is now, and the sums over all of them. The engine does the same when
//! other rules come into force: it looks at every shipment once; episodes of a rule that is gone end without a word.

use super::change::Change;
use milepost_model::{Facts, Timestamp};
use milepost_rules::{Backfill, Limit, Rule, RuleKind, RuleSet};
use std::collections::BTreeMap;

/// A rule that a switch concerns, as it was and as it will be.
#[derive(Clone, Copy)]
pub(super) struct Affected<'r> {
    pub(super) name: &'r str,
    pub(super) old: Option<&'r Rule>,
    pub(super) new: Option<&'r Rule>,
}

/// The rules that differ. All others say of every shipment what they said.
pub(super) fn affected<'r>(changes: &[Change<'r>], old: &'r RuleSet, new: &'r RuleSet) -> Vec<Affected<'r>> {
    let find = |rules: &'r RuleSet, name: &str| rules.rules().iter().find(|rule| rule.name == name);
    let affected = changes.iter().map(|change| Affected {
        name: change.rule,
        old: find(old, change.rule),
        new: find(new, change.rule),
    });
    affected.collect()
}

/// What happens to a rule's episode of a shipment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Happens {
    /// One opens.
    Opens,
    /// One opens when the condition has held for long enough.
    OpensLater,
    /// It closes.
    Closes,
    /// It stays open and does something else to the health.
    Changes,
    /// It stays open.
    Stays,
}

impl Happens {
    pub(super) const ALL: [Self; 5] = [Self::Opens, Self::OpensLater, Self::Closes, Self::Changes, Self::Stays];

    /// Its name in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::OpensLater => "opens_later",
            Self::Closes => "closes",
            Self::Changes => "changes_health",
            Self::Stays => "stays",
        }
    }

    /// As a sentence has it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::OpensLater => "opens later",
            Self::Closes => "closes",
            Self::Changes => "changes health",
            Self::Stays => "stays",
        }
    }
}

impl Affected<'_> {
    /// Whether the open episodes of this rule stand in the table of delays.
    pub(super) fn is_delay(&self) -> bool {
        self.old.or(self.new).is_some_and(|rule| rule.kind == RuleKind::Delay)
    }

    /// What happens, given whether a delay of it is open.
    pub(super) fn happens(&self, facts: &impl Facts, delay_is_open: bool) -> Option<Happens> {
        let is_open = if self.is_delay() {
            delay_is_open
        } else {
            self.old.is_some_and(|old| old.when.holds(facts) && !old.is_over(facts))
        };
        match (is_open, self.new) {
            (true, None) => Some(Happens::Closes),
            (true, Some(new)) if new.closes(facts) => Some(Happens::Closes),
            (true, Some(new)) if self.old.is_some_and(|old| old.health != new.health) => Some(Happens::Changes),
            (true, Some(_)) => Some(Happens::Stays),
            // What holds by the same conditions as before is no news of the switch.
            (false, Some(_)) if !self.is_fresh() => None,
            (false, Some(new)) if new.when.holds(facts) && !new.is_over(facts) => Some(if new.hold_ms > 0 {
                Happens::OpensLater
            } else {
                Happens::Opens
            }),
            (false, _) => None,
        }
    }

    /// Whether the rule is new, or opens and closes by other conditions.
    fn is_fresh(&self) -> bool {
        let same = self
            .old
            .zip(self.new)
            .is_some_and(|(old, new)| new.has_same_condition(old));
        !same
    }

    /// The job of an opening, if it is told.
    pub(super) fn job(&self, happens: Happens, told_before: bool) -> Option<&str> {
        let notify = self.new?.notify.as_ref()?;
        let is_held_back = told_before && notify.limit != Limit::Episode;
        (happens == Happens::Opens && !is_held_back).then_some(notify.notice.as_str())
    }
}

/// A shipment to which something happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Example {
    /// `ups/1Z999AA10123456784`.
    pub(super) shipment: String,
    pub(super) why: String,
}

/// What happens to the episodes of one rule.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Sums {
    counts: [u64; Happens::ALL.len()],
    examples: BTreeMap<Happens, Vec<Example>>,
    /// Jobs of openings, if every opening were told, by notice.
    pub(super) opening: BTreeMap<String, u64>,
}

impl Sums {
    pub(super) fn count(&self, happens: Happens) -> u64 {
        self.counts.get(happens as usize).copied().unwrap_or(0)
    }

    pub(super) fn examples(&self, happens: Happens) -> &[Example] {
        self.examples.get(&happens).map(Vec::as_slice).unwrap_or_default()
    }

    /// Adds a shipment; the example is made only if there is room for it. What stays as it is needs none.
    pub(super) fn take(
        &mut self,
        happens: Happens,
        job: Option<&str>,
        limit: usize,
        example: impl FnOnce() -> Example,
    ) {
        if let Some(count) = self.counts.get_mut(happens as usize) {
            *count += 1;
        }
        if happens != Happens::Stays {
            let examples = self.examples.entry(happens).or_default();
            if examples.len() < limit {
                examples.push(example());
            }
        }
        if let Some(notice) = job {
            *self.opening.entry(notice.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn add(&mut self, other: Self, limit: usize) {
        self.counts
            .iter_mut()
            .zip(other.counts)
            .for_each(|(count, other)| *count += other);
        for (happens, more) in other.examples {
            let examples = self.examples.entry(happens).or_default();
            let room = limit.saturating_sub(examples.len());
            examples.extend(more.into_iter().take(room));
        }
        for (notice, count) in other.opening {
            *self.opening.entry(notice).or_default() += count;
        }
    }
}

/// What a switch does to all shipments.
pub(super) struct Switch {
    /// Where the shipments were read.
    pub(super) source: String,
    pub(super) as_of: Timestamp,
    pub(super) shipments: u64,
    /// In the order of the changes.
    pub(super) rules: Vec<Sums>,
    /// What each of them does about shipments that are there.
    pub(super) backfills: Vec<Backfill>,
    /// Whether it is known what was told before.
    pub(super) knows_jobs: bool,
}

impl Switch {
    /// The jobs that the switch sends at once, by notice: openings of the rules that are told by their `backfill`.
    pub(super) fn jobs(&self, is_told: &dyn Fn(Backfill) -> bool) -> BTreeMap<&str, u64> {
        let mut jobs = BTreeMap::new();
        for (sums, backfill) in self.rules.iter().zip(&self.backfills) {
            let opening = sums.opening.iter().filter(|_| is_told(*backfill));
            for (notice, count) in opening {
                *jobs.entry(notice.as_str()).or_default() += count;
            }
        }
        jobs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{Column, HOUR_MS, Status, Value};
    use milepost_rules::SourceFile;

    /// A shipment of a status, silent for so many hours.
    struct Row(Status, i64);

    impl Facts for Row {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }

        fn status(&self) -> Status {
            self.0
        }

        fn value(&self, column: Column) -> Value<'_> {
            if column == Column::Silence && !self.0.is_terminal() {
                Value::Interval(self.1 * HOUR_MS)
            } else {
                Value::Null
            }
        }
    }

    /// The rule of a set of one.
    fn rule(text: &str) -> Option<Rule> {
        if text.is_empty() {
            return None;
        }
        let text = format!("rules:\n  - {}\n", text.replace("; ", "\n    "));
        let file = SourceFile {
            name: "a.yaml",
            text: &text,
        };
        let rules = RuleSet::compile(&[file]).expect("a set of one rule");
        rules.rules().first().cloned()
    }

    /// What happens to the rule, and the job of it.
    fn happens(old: &str, new: &str, row: &Row, (open, told): (bool, bool)) -> String {
        let (old, new) = (rule(old), rule(new));
        let affected = Affected {
            name: "r",
            old: old.as_ref(),
            new: new.as_ref(),
        };
        match affected.happens(row, open) {
            Some(happens) => format!("{} {}", happens.name(), affected.job(happens, told).unwrap_or("-")),
            None => "nothing".to_owned(),
        }
    }

    fn quiet(hours: i64) -> String {
        format!(
            "delay: r; because: x; notify: {{ notice: told, recovered: over }}; when: silence > INTERVAL '{hours} hours'"
        )
    }

    const SHUT: (bool, bool) = (false, false);
    const OPEN: (bool, bool) = (true, true);

    #[test]
    fn a_delay_opens_closes_and_stays_as_the_engine_has_it() {
        let moving = |hours| Row(Status::InTransit, hours);
        let (stalled, waits) = (
            format!("{}; health: stalled", quiet(36)),
            format!("{}; for: 2h", quiet(24)),
        );
        assert_eq!(happens(&quiet(36), &quiet(24), &moving(30), SHUT), "opens told");
        assert_eq!(happens(&quiet(36), &quiet(24), &moving(20), SHUT), "nothing");
        assert_eq!(happens(&quiet(36), &quiet(48), &moving(40), OPEN), "closes -");
        assert_eq!(happens(&quiet(36), &stalled, &moving(40), OPEN), "changes_health -");
        assert_eq!(happens(&quiet(36), "", &moving(40), OPEN), "closes -");
        assert_eq!(happens("", &waits, &moving(30), SHUT), "opens_later -");
        // It stays open, although its condition no longer holds: that is what `until` is for. The end of a journey ends it.
        let until = format!("{}; until: silence < INTERVAL '1 hour'", quiet(48));
        assert_eq!(happens(&quiet(36), &until, &moving(40), OPEN), "stays -");
        assert_eq!(
            happens(&quiet(36), &until, &Row(Status::Delivered, 0), OPEN),
            "closes -"
        );
    }

    #[test]
    fn what_was_told_before_is_held_back_by_a_limit_and_notices_are_open_where_they_held() {
        let row = Row(Status::InTransit, 30);
        let once = quiet(24).replace("notice: told", "notice: told, limit: shipment");
        assert_eq!(happens("", &once, &row, SHUT), "opens told");
        assert_eq!(happens("", &once, &row, (false, true)), "opens -");
        assert_eq!(happens("", &quiet(24), &row, (false, true)), "opens told");
        let notice = |hours: i64| format!("notice: r; when: silence > INTERVAL '{hours} hours'");
        assert_eq!(happens(&notice(36), &notice(24), &row, SHUT), "opens r");
        assert_eq!(happens(&notice(26), &notice(24), &row, SHUT), "stays -");
    }
}
