//! A rule: when it holds, what it does while it holds, and what it says.

use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{Facts, Health};

use crate::program::Program;
use crate::template::Template;
use crate::uses::is_learned;

/// What a rule opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleKind {
    /// A delay: an episode that changes the health of the shipment while it is open.
    Delay,
    /// An episode that only notifies.
    Notice,
}

/// How often a shipment may cause one and the same notice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Limit {
    /// Once in each episode.
    Episode,
    /// Once a day.
    Day,
    /// Once in the life of the shipment.
    Shipment,
}

impl Limit {
    /// Each limit with its name in rule files.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("episode", Self::Episode),
        ("day", Self::Day),
        ("shipment", Self::Shipment),
    ];

    /// The name in rule files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Episode => "episode",
            Self::Day => "day",
            Self::Shipment => "shipment",
        }
    }
}

/// What a rule that is new, or has got another condition, does to the shipments that it holds for already.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Backfill {
    /// Nothing: it opens for them when it holds again after it did not.
    None,
    /// Its episodes open, and none of them is told.
    #[default]
    OpenOnly,
    /// As for any other: its episodes open and are told.
    All,
}

impl Backfill {
    /// Each policy with its name in rule files.
    pub const NAMES: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("open-only", Self::OpenOnly), ("all", Self::All)];
}

/// Which jobs an episode causes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notify {
    /// Name of the notice when the episode opens, and of its escalations.
    pub notice: String,
    /// How often.
    pub limit: Limit,
    /// Milliseconds after the opening at which the notice is repeated as an escalation, rising.
    pub escalate: Vec<i64>,
    /// Name of the notice when the episode closes, if there is one.
    pub recovered: Option<String>,
}

/// One of the conditions that a rule joins by AND.
#[derive(Clone, PartialEq, Debug)]
pub struct Clause {
    /// As it is written, in canonical SQL; named expressions by their names.
    pub text: String,
    /// What it means.
    pub program: Program,
}

/// One rule of a set.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Its name; episodes and jobs carry it.
    pub name: String,
    /// Delay or notice.
    pub kind: RuleKind,
    /// The condition of the episode.
    pub when: Program,
    /// The same in parts, as they are written: to tell which of them decides.
    pub clauses: Vec<Clause>,
    /// How long the condition must hold before the episode opens, milliseconds.
    pub hold_ms: i64,
    /// What closes the episode; without it, that `when` no longer holds.
    pub until: Option<Program>,
    /// Health of the shipment while the episode is open; `Ok` for notices.
    pub health: Health,
    /// The jobs; always present for notices.
    pub notify: Option<Notify>,
    /// Why, in words.
    pub because: Template,
    /// What it does, when it is new, to shipments that are there already.
    pub backfill: Backfill,
    /// Who answers for the rule; empty when nobody is named.
    pub owner: String,
    /// File that it stands in.
    pub file: String,
    /// Line of its name, from 1.
    pub line: u32,
}

impl Rule {
    /// Whether episodes of the other open and close exactly as those of this one.
    #[must_use]
    pub fn has_same_condition(&self, other: &Self) -> bool {
        (self.kind, self.hold_ms) == (other.kind, other.hold_ms)
            && (&self.when, &self.until) == (&other.when, &other.until)
    }

    /// Whether it reads what is learned of lanes.
    #[must_use]
    pub fn reads_lanes(&self) -> bool {
        let programs = core::iter::once(&self.when).chain(&self.until);
        let read = programs.flat_map(Program::columns).chain(self.because.columns());
        read.into_iter().any(is_learned)
    }

    /// Whether what closes an episode holds: then none opens either, or it would open and close with every scan.
    #[inline]
    #[must_use]
    pub fn is_over<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        self.until.as_ref().is_some_and(|until| until.holds(facts))
    }

    /// Whether an open episode closes: when its `until` holds, or else when its condition no longer does; at the end of the
    /// journey the condition alone decides.
    #[inline]
    #[must_use]
    pub fn closes<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        match &self.until {
            _ if self.is_over(facts) => true,
            Some(_) if !facts.status().is_terminal() || self.kind == RuleKind::Notice => false,
            _ => !self.when.holds(facts),
        }
    }
}
