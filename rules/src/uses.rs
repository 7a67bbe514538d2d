//! What an expression reads: which columns, and whether time alone can change it.

use milepost_model::Column;

use crate::program::{Term, Test, Told};

/// A set of columns: a bit for each.
pub(crate) type Columns = u128;

/// The place of a column in a set of columns.
pub(crate) const fn bit(column: Column) -> Columns {
    1 << column as u8
}

/// The columns that grow with time, and those that drift.
const TIMED: (Columns, Columns) = {
    let (mut growing, mut drifting, mut at) = (0, 0, 0);
    while at < Column::ALL.len() {
        let Some((_, [column, ..])) = Column::ALL.split_at_checked(at) else {
            break;
        };
        if column.grows() {
            growing |= bit(*column);
        }
        if column.drifts() {
            drifting |= bit(*column);
        }
        at += 1;
    }
    (growing, drifting)
};

const GROWING: Columns = TIMED.0;
const DRIFTING: Columns = TIMED.1;

const _: () = assert!(
    Column::ALL.len() <= Columns::BITS as usize,
    "more columns than bits in a set of columns"
);

/// Whether a column is learned of lanes.
pub(crate) const fn is_learned(column: Column) -> bool {
    column.drifts()
        || matches!(
            column,
            Column::SilenceP95 | Column::LaneCases | Column::LaneReliability | Column::EstimateError
        )
}

/// Whether time alone can change what a condition says.
pub(crate) fn depends_on_now(test: &Test) -> bool {
    Uses::of(test).depends_on_now()
}

/// What an expression reads.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Uses {
    pub(crate) columns: Columns,
    pub(crate) now: bool,
}

impl Uses {
    pub(crate) fn of(test: &Test) -> Self {
        let mut uses = Self::default();
        uses.test(test);
        uses
    }

    pub(crate) fn of_term(term: &Term) -> Self {
        let mut uses = Self::default();
        uses.term(term);
        uses
    }

    pub(crate) const fn reads(self, column: Column) -> bool {
        self.columns & bit(column) != 0
    }

    pub(crate) const fn depends_on_now(self) -> bool {
        self.moves() || self.drifts()
    }

    /// Whether it reads `now` or what grows with it.
    pub(crate) const fn moves(self) -> bool {
        self.now || self.columns & GROWING != 0
    }

    /// Whether time alone changes it in a way that no formula tells.
    pub(crate) const fn drifts(self) -> bool {
        self.columns & DRIFTING != 0
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Known(_) => {}
            Test::Status(_) => self.columns |= bit(Column::Status),
            Test::Pair { left, right, .. } => self.columns |= bit(*left) | bit(*right),
            Test::Number { column, .. } | Test::TextIs { column, .. } | Test::TextIn { column, .. } => {
                self.columns |= bit(*column);
            }
            Test::Flag(term) | Test::IsNull { term, .. } | Test::In { term, .. } | Test::Like { term, .. } => {
                self.term(term);
            }
            Test::Compare { left, right, .. } | Test::Distinct { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            Test::StartsWith { term, prefix } => {
                self.term(term);
                self.term(prefix);
            }
            Test::Is { test, .. } | Test::Not(test) => self.test(test),
            Test::And(tests) | Test::Or(tests) => tests.iter().for_each(|test| self.test(test)),
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Column(column) => self.columns |= bit(*column),
            Term::Constant(_) => {}
            Term::Now => self.now = true,
            Term::Truth(test) => self.test(test),
            Term::Arithmetic { left, right, .. } => {
                self.term(left);
                self.term(right);
            }
            Term::NullIf { term, other } => {
                self.term(term);
                self.term(other);
            }
            Term::Negate(term)
            | Term::Abs(term)
            | Term::Extract { term, .. }
            | Term::Truncate { term, .. }
            | Term::Letters { term, .. } => self.term(term),
            Term::Case { arms, otherwise } => {
                for (test, term) in arms {
                    self.test(test);
                    self.term(term);
                }
                self.term(otherwise);
            }
            Term::Coalesce(items) | Term::Extreme { items, .. } => items.iter().for_each(|item| self.term(item)),
            Term::LocalTime { term, zone } => {
                self.term(term);
                self.told(zone, Column::LocalZone);
            }
            Term::Business(business) => {
                self.term(&business.from);
                self.term(&business.to);
                self.told(&business.country, Column::LocalCountry);
                self.told(&business.zone, Column::LocalZone);
            }
        }
    }

    fn told<T>(&mut self, told: &Told<T>, own: Column) {
        match told {
            Told::Own => self.columns |= bit(own),
            Told::Known(_) => {}
            Told::Text(term) => self.term(term),
        }
    }

    pub(crate) const fn is_status_only(self) -> bool {
        !self.now && self.columns & !bit(Column::Status) == 0
    }
}
