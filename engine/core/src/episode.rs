//! Episodes: a rule that held for a shipment, from when to when, and what was told about it.

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
        for (rule, number) in rules.rules().iter().zip(0u16..) {
            let at = self
                .names
                .iter()
                .position(|name| *name == rule.name)
                .unwrap_or_else(|| {
                    self.names.push(rule.name.clone());
                    self.rule_of.push(None);
                    self.names.len() - 1
                });
            if let Some(slot) = self.rule_of.get_mut(at) {
                *slot = Some(number);
            }
            self.of_rule
                .push(u16::try_from(at).expect("rule sets bound the number of names"));
        }
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
