//! How a value moves with time.

use core::cmp::Ordering;

use crate::eval::Val;
use crate::program::Arithmetic;

/// How a value moves while no scan comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// It stays.
    Still,
    /// It changes by this much each millisecond.
    Linear(i64),
    /// It never falls.
    Rising,
    /// It never rises.
    Falling,
    /// Nothing is known.
    Wild,
}

impl Motion {
    pub(crate) const fn negated(self) -> Self {
        match self {
            Self::Still => Self::Still,
            Self::Linear(slope) => match slope.checked_neg() {
                Some(slope) => Self::Linear(slope),
                None => Self::Wild,
            },
            Self::Rising => Self::Falling,
            Self::Falling => Self::Rising,
            Self::Wild => Self::Wild,
        }
    }

    /// Without the exact slope.
    pub(crate) const fn direction(self) -> Self {
        match self {
            Self::Linear(slope) if slope > 0 => Self::Rising,
            Self::Linear(slope) if slope < 0 => Self::Falling,
            Self::Linear(_) => Self::Still,
            Self::Still | Self::Rising | Self::Falling | Self::Wild => self,
        }
    }

    /// The motion of a sum.
    pub(crate) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Still, motion) | (motion, Self::Still) => motion,
            (Self::Linear(a), Self::Linear(b)) => a.checked_add(b).map_or(Self::Wild, |slope| match slope {
                0 => Self::Still,
                slope => Self::Linear(slope),
            }),
            _ => match (self.direction(), other.direction()) {
                (Self::Rising, Self::Rising) => Self::Rising,
                (Self::Falling, Self::Falling) => Self::Falling,
                (Self::Still, motion) | (motion, Self::Still) => motion,
                _ => Self::Wild,
            },
        }
    }

    /// The motion of a product with, or a quotient by, a value that stays.
    pub(crate) fn scaled(self, op: Arithmetic, by: Val<'_>) -> Self {
        let exact = match (self, op, by) {
            (Self::Linear(slope), Arithmetic::Times, Val::Int(by)) => slope.checked_mul(by),
            _ => None,
        };
        match (exact, by.order(Val::Int(0)), self.direction()) {
            (Some(0), _, _) => Self::Still,
            (Some(slope), _, _) => Self::Linear(slope),
            (None, Some(Ordering::Greater), motion) => motion,
            (None, Some(Ordering::Less), motion) => motion.negated(),
            (None, _, Self::Still) => Self::Still,
            (None, Some(Ordering::Equal), _) if op == Arithmetic::Times => Self::Still,
            (None, _, _) => Self::Wild,
        }
    }
}
