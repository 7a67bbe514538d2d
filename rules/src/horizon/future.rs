//! Bounds of what a value will ever be if nothing comes. What moves by steps, such as a count of business days, is followed
//! from one step to the next; that it has passed a bound for good is seen at once.

use super::Motion;
use crate::eval::Val;

/// The least and the most that a value is from now on, as far as they are known.
#[derive(Clone, Copy)]
pub(super) struct Future {
    pub(super) least: Option<i64>,
    pub(super) most: Option<i64>,
}

impl Future {
    pub(super) const UNKNOWN: Self = Self {
        least: None,
        most: None,
    };

    /// Of a value that moves so for ever.
    pub(super) fn of(value: Val<'_>, motion: Motion) -> Self {
        let value = match value {
            Val::Int(value) | Val::Time(value) | Val::Interval(value) => Some(value),
            Val::Null | Val::Text(_) | Val::Bool(_) | Val::Float(_) => None,
        };
        match motion.direction() {
            Motion::Still => Self {
                least: value,
                most: value,
            },
            Motion::Rising => Self {
                least: value,
                most: None,
            },
            Motion::Falling => Self {
                least: None,
                most: value,
            },
            Motion::Linear(_) | Motion::Wild => Self::UNKNOWN,
        }
    }

    /// Each bound that is known here, or else there.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            least: self.least.or(other.least),
            most: self.most.or(other.most),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let sum = |a: Option<i64>, b: Option<i64>| a?.checked_add(b?);
        Self {
            least: sum(self.least, other.least),
            most: sum(self.most, other.most),
        }
    }

    pub(super) fn negated(self) -> Self {
        Self {
            least: self.most.and_then(i64::checked_neg),
            most: self.least.and_then(i64::checked_neg),
        }
    }

    /// Of what never falls where this rises.
    pub(super) fn mapped(self, rising: impl Fn(i64) -> Option<i64>) -> Self {
        Self {
            least: self.least.and_then(&rising),
            most: self.most.and_then(&rising),
        }
    }

    /// Whether one is above the other for ever.
    pub(super) fn is_apart(self, other: Self) -> bool {
        let is_above = |a: Self, b: Self| a.least.zip(b.most).is_some_and(|(least, most)| least > most);
        is_above(self, other) || is_above(other, self)
    }
}
