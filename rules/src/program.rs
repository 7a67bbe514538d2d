//! What an expression becomes: a compact typed tree over the columns of one row, and the questions one may ask it.

use alloc::boxed::Box;
use alloc::string::String;
use core::cmp::Ordering;
use milepost_calendar::Country;
use milepost_model::{Column, Facts, Status, Timestamp, Value, Zone};

use crate::calendar::{Field, Unit};
use crate::eval::Val;
use crate::horizon::{self, Steady, Timers};
use crate::template::value_text;
use crate::uses::{self, Uses};

/// A checked and compiled condition. Asking it neither allocates nor loops without bound, and it can read nothing but
/// the row and `now`.
#[derive(Clone, PartialEq, Debug)]
pub struct Program {
    pub(crate) test: Test,
    pub(crate) uses: Uses,
    pub(crate) statuses: u16,
    pub(crate) sweeps: bool,
    /// Of [`Test::parts`], those that depend on time.
    pub(crate) timers: Option<Timers>,
}

impl Program {
    /// Whether the condition is true for this row. Unknown is not true.
    #[inline]
    #[must_use]
    pub fn holds<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        self.test.holds(facts)
    }

    /// The value by three-valued logic; `None` is unknown.
    #[must_use]
    pub fn value<F: Facts + ?Sized>(&self, facts: &F) -> Option<bool> {
        self.test.eval(facts)
    }

    /// The two sides of a comparison of anything but columns with constants, as [`crate::value_text`] writes them: to tell
    /// how far a computed value is from its bound.
    #[must_use]
    pub fn sides<F: Facts + ?Sized>(&self, facts: &F) -> Option<(String, String)> {
        let Test::Compare { left, right, .. } = &self.test else {
            return None;
        };
        let text = |term: &Term| match term.eval(facts) {
            Val::Null => value_text(Value::Null),
            Val::Text(text) => text.chars().collect(),
            Val::Bool(value) => value_text(Value::Bool(value)),
            Val::Int(value) => value_text(Value::Int(value)),
            Val::Float(value) => value_text(Value::Float(value)),
            Val::Time(value) => value_text(Value::Time(Timestamp::from_millis(value))),
            Val::Interval(value) => value_text(Value::Interval(value)),
        };
        Some((text(left), text(right)))
    }

    /// The first instant after `facts.now()` at which [`Self::holds`] can differ if no scan comes; `None` is never, or not within 200 years.
    ///
    /// It is exact but for three cases, in which it comes early and asking again then gives the next one: a condition
    /// that [`Self::sweeps`]; one whose parts change more than 400 times before the whole does; and one that
    /// [`Self::drifts`] and does not change for a day, unless its other parts alone keep it as it is for longer. Of
    /// values that drift it looks at the end of each stretch in which the other parts stay, a day at most, and where
    /// the answer differs there, it finds the hour in which it turned by halving: a value that turns back within such
    /// a stretch is overlooked there.
    #[must_use]
    pub fn next_change<F: Facts + ?Sized>(&self, facts: &F) -> Option<Timestamp> {
        if self.depends_on_now() {
            horizon::next_change(self, facts)
        } else {
            None
        }
    }

    /// [`Self::holds`], and when to ask again: [`Self::next_change`], or an earlier instant where that takes less work.
    #[inline]
    #[must_use]
    pub fn look<F: Facts + ?Sized>(&self, facts: &F) -> (bool, Option<Timestamp>) {
        match horizon::steady(self, facts) {
            Some(Steady::Turns(holds, next_change)) => (holds, next_change),
            Some(Steady::NotBefore(at)) => (false, Some(at)),
            None => {
                let holds = self.holds(facts);
                let next_change = self
                    .depends_on_now()
                    .then(|| horizon::derived(self, facts, holds))
                    .flatten();
                (holds, next_change)
            }
        }
    }

    /// Whether time alone can change the value: it reads `now`, or a column that grows or drifts.
    #[must_use]
    pub const fn depends_on_now(&self) -> bool {
        self.uses.depends_on_now()
    }

    /// Whether it reads a column that time alone changes in a way that no formula tells.
    #[must_use]
    pub const fn drifts(&self) -> bool {
        self.uses.drifts()
    }

    /// Whether the next change cannot be derived, so that it has to be looked at every hour.
    #[must_use]
    pub const fn sweeps(&self) -> bool {
        self.sweeps
    }

    /// Whether it can be true while the shipment has that status.
    #[must_use]
    pub const fn can_hold_in(&self, status: Status) -> bool {
        self.statuses & status.bit() != 0
    }

    /// The columns that it reads.
    pub fn columns(&self) -> impl Iterator<Item = Column> + '_ {
        Column::ALL
            .iter()
            .copied()
            .filter(|column| self.uses.columns & uses::bit(*column) != 0)
    }
}

/// A boolean expression.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Test {
    Known(Option<bool>),
    /// The status is one of these bits.
    Status(u16),
    /// A whole number, instant or interval column against a constant of its own type.
    Number {
        column: Column,
        op: Op,
        bound: i64,
    },
    /// Two whole number, instant or interval columns of one type.
    Pair {
        left: Column,
        op: Op,
        right: Column,
    },
    /// A text column against one text.
    TextIs {
        column: Column,
        text: Box<str>,
        equal: bool,
    },
    /// A text column against several texts.
    TextIn {
        column: Column,
        texts: Box<[Box<str>]>,
        negated: bool,
    },
    /// A boolean value: a column, or CASE and the like over booleans.
    Flag(Term),
    IsNull {
        term: Term,
        negated: bool,
    },
    Compare {
        op: Op,
        left: Term,
        right: Term,
    },
    Distinct {
        left: Term,
        right: Term,
        negated: bool,
    },
    In {
        term: Term,
        items: Box<[Constant]>,
        negated: bool,
    },
    Like {
        term: Term,
        pattern: Pattern,
        negated: bool,
    },
    StartsWith {
        term: Term,
        prefix: Term,
    },
    /// `IS [NOT] TRUE`, `IS [NOT] FALSE`, `IS [NOT] UNKNOWN`.
    Is {
        test: Box<Test>,
        wanted: Option<bool>,
        negated: bool,
    },
    Not(Box<Test>),
    And(Box<[Test]>),
    Or(Box<[Test]>),
}

/// An expression with a value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Term {
    Column(Column),
    Constant(Constant),
    Now,
    Truth(Box<Test>),
    Arithmetic {
        op: Arithmetic,
        left: Box<Term>,
        right: Box<Term>,
    },
    Negate(Box<Term>),
    Abs(Box<Term>),
    Extract {
        field: Field,
        term: Box<Term>,
    },
    Truncate {
        unit: Unit,
        term: Box<Term>,
    },
    Letters {
        case: Letters,
        term: Box<Term>,
    },
    Case {
        arms: Box<[(Test, Term)]>,
        otherwise: Box<Term>,
    },
    Coalesce(Box<[Term]>),
    NullIf {
        term: Box<Term>,
        other: Box<Term>,
    },
    /// GREATEST, or LEAST.
    Extreme {
        wanted: Ordering,
        items: Box<[Term]>,
    },
    /// The wall clock at a place.
    LocalTime {
        term: Box<Term>,
        zone: Told<Zone>,
    },
    Business(Box<Business>),
}

/// How much business time lies between two instants.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Business {
    pub(crate) measure: Measure,
    pub(crate) from: Term,
    pub(crate) to: Term,
    pub(crate) country: Told<Country>,
    pub(crate) zone: Told<Zone>,
}

/// What of business time is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Measure {
    Days,
    Time,
}

/// Whose zone or whose calendar counts.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Told<T> {
    /// That of the parcel's own place.
    Own,
    Known(T),
    /// A text that tells it, row by row.
    Text(Box<Term>),
}

/// A literal.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Constant {
    Null,
    Text(Box<str>),
    Bool(bool),
    Int(i64),
    Float(f64),
    Time(i64),
    Interval(i64),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arithmetic {
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
}

/// How letters are read before they are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Letters {
    AsWritten,
    Lower,
    Upper,
}

/// The pattern of LIKE.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Pattern {
    pub(crate) pieces: Box<[Piece]>,
    pub(crate) ignore_case: bool,
}

/// One sign of a LIKE pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    Char(char),
    AnyOne,
    AnyMany,
}

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Op {
    /// Whether the comparison is true of two values that stand in this order.
    #[inline]
    pub(crate) const fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }

    /// The same comparison with its sides exchanged.
    pub(crate) const fn flipped(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }
}
