//! Episodes: a rule that held for a shipment, from when to when, and what was told about it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{DelayEnding, Health, Timestamp};
use milepost_rules::RuleSet;

/// Where an episode stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub(crate) enum Phase {
    /// The condition holds, but not yet for long enough.
    #[default]
    Pending,
    /// It is open.
    Open,
    /// It is over.
    Closed,
}

impl Phase {
    pub(crate) const ALL: [Self; 3] = [Self::Pending, Self::Open, Self::Closed];
}

/// Whether an episode keeps quiet because it would have opened before its rule came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub(crate) enum Quiet {
    /// It does not.
    #[default]
    No,
    /// Nothing of it is told.
    Untold,
    /// It is not shown either: as if the rule had not held so far.
    Hidden,
}

impl Quiet {
    pub(crate) const ALL: [Self; 3] = [Self::No, Self::Untold, Self::Hidden];
}

/// One episode of one shipment and rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Episode {
    /// Place of the rule's name in [`RuleNames`].
    pub(crate) name: u16,
    pub(crate) epoch: u16,
    /// 1 for the first of this tracking number and rule.
    pub(crate) number: u16,
    pub(crate) phase: Phase,
    /// Escalations told so far.
    pub(crate) steps: u8,
    /// Whether its opening was told.
    pub(crate) told: bool,
    pub(crate) quiet: Quiet,
    pub(crate) health: Health,
    /// Since when the condition holds.
    pub(crate) since: Timestamp,
    pub(crate) closed_at: Timestamp,
    pub(crate) ending: DelayEnding,
    /// Local day of the opening, days since 1970-01-01.
    pub(crate) day: i32,
}

impl Episode {
    pub(crate) fn is_active(&self) -> bool {
        self.phase != Phase::Closed
    }

    /// Whether it is to be seen: it opened, and not before its rule came.
    pub(crate) fn is_shown(&self) -> bool {
        self.phase != Phase::Pending && self.quiet != Quiet::Hidden
    }

    /// Whether it is an episode of that rule in that journey.
    pub(crate) fn is_of(&self, name: u16, epoch: u16) -> bool {
        self.name == name && self.epoch == epoch
    }
}

/// Most episodes that one shipment keeps; the oldest closed ones go first.
pub(crate) const EPISODES_MAX: usize = 64;

/// Names of all rules that a shard ever met: an episode outlives the rule set under which it opened.
#[derive(Debug, Default)]
pub(crate) struct RuleNames {
    names: Vec<String>,
    /// By rule of the present set: its name's place.
    of_rule: Vec<u16>,
    /// By name: the rule of the present set that has it.
    rule_of: Vec<Option<u16>>,
}

impl RuleNames {
    /// Names known from a snapshot, before any rule set is there.
    pub(crate) fn from_names(names: Vec<String>) -> Self {
        Self {
            rule_of: alloc::vec![None; names.len()],
            of_rule: Vec::new(),
            names,
        }
    }

    /// Binds the names to a rule set.
    pub(crate) fn bind(&mut self, rules: &RuleSet) {
        self.rule_of.fill(None);
        self.of_rule.clear();
        let known: BTreeMap<String, usize> = self.names.iter().cloned().zip(0..).collect();
        for (rule, number) in rules.rules().iter().zip(0u16..) {
            let at = known.get(&rule.name).copied().unwrap_or_else(|| {
                self.names.push(rule.name.clone());
                self.rule_of.push(None);
                self.names.len() - 1
            });
            if let Some(slot) = self.rule_of.get_mut(at) {
                *slot = Some(number);
            }
            self.of_rule.push(u16::try_from(at).expect("has_room was asked"));
        }
    }

    /// Those of them that rules of a set have, in order and numbered anew.
    pub(crate) fn only_of(&self, rules: &RuleSet) -> Self {
        let known: BTreeSet<&str> = rules.rules().iter().map(|rule| rule.name.as_str()).collect();
        let mut names: Vec<String> = self
            .names
            .iter()
            .filter(|name| known.contains(name.as_str()))
            .cloned()
            .collect();
        names.sort();
        Self::from_names(names)
    }

    /// An episode as these names, which are in order, number it; `None` when its rule is not among them.
    pub(crate) fn renamed(&self, episode: &Episode, before: &Self) -> Option<Episode> {
        let name = self
            .names
            .binary_search_by(|name| name.as_str().cmp(before.name(episode.name)))
            .ok()?;
        Some(Episode {
            name: u16::try_from(name).ok()?,
            ..*episode
        })
    }

    /// Whether there is a place for every name of a set.
    pub(crate) fn has_room(&self, rules: &RuleSet) -> bool {
        self.names.len() + rules.rules().len() <= usize::from(u16::MAX)
    }

    pub(crate) fn of_rule(&self, rule: u16) -> u16 {
        self.of_rule.get(usize::from(rule)).copied().unwrap_or(u16::MAX)
    }

    pub(crate) fn rule_of(&self, name: u16) -> Option<u16> {
        self.rule_of.get(usize::from(name)).copied().flatten()
    }

    pub(crate) fn name(&self, name: u16) -> &str {
        self.names.get(usize::from(name)).map_or("", String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}
