//! Why a shipment is looked at, and what of it is told.

use crate::emit::Step;
use crate::episode::Quiet;
use milepost_model::{Position, Timestamp};
use milepost_rules::{Backfill, Rule};

/// What makes the judge look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Occasion {
    /// Something happened or fell due.
    News,
    /// The past is lived again: this is how it would have been, and nothing is told.
    Memory,
    /// Other rules came into force.
    Switch,
}

/// Why a shipment is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// The instant of the thing that made us look: the scan's own time, or the deadline. Openings and closings carry it.
    pub(crate) cause: Timestamp,
    /// Local day of that instant, days since 1970-01-01.
    pub(crate) day: i32,
    /// The log's time; jobs carry it.
    pub(crate) as_of: Timestamp,
    /// The message that made us look.
    pub(crate) position: Position,
    pub(crate) occasion: Occasion,
}

impl Look {
    /// How an episode behaves that opens, or is about to, because of this look.
    pub(super) fn quiet(&self, rule: &Rule) -> Quiet {
        match (self.occasion, rule.backfill) {
            (Occasion::News | Occasion::Memory, _) | (Occasion::Switch, Backfill::All) => Quiet::No,
            (Occasion::Switch, Backfill::OpenOnly) => Quiet::Untold,
            (Occasion::Switch, Backfill::None) => Quiet::Hidden,
        }
    }

    /// Whether a step is told. Of a switch only what a rule wants to be told that is new.
    pub(super) fn tells(&self, step: Step, rule: &Rule) -> bool {
        match self.occasion {
            Occasion::News => true,
            Occasion::Memory => false,
            Occasion::Switch => step == Step::Opened && rule.backfill == Backfill::All,
        }
    }
}
