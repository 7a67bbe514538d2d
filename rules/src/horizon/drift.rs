//! Looking ahead with values that drift: what parcels like it tell of this one changes at full hours, and no formula says how.
//!
//! From one change of the parts that do not drift to the next, only such values can turn the whole, and they hardly ever
//! turn back: that it is the same at the end of a stretch tells that nothing happens in it. A row mostly stays as it is for a
//! day, and then one look at the end of that day is all.

use milepost_model::{Column, DAY_MS, Facts, HOUR_MS, Value};

use super::{HORIZON_MS, Later, STEPS_MAX, SWEEP_MS, next_turn};
use crate::program::{Program, Test};
use crate::uses::Uses;

/// How often what drifts is looked at anyway: what is learned changes too.
const LOOK_MS: i64 = DAY_MS;

/// What a row that is looked at ahead shows of values that drift.
#[derive(Clone, Copy)]
pub(super) enum Drift {
    /// What they will be then.
    Follow,
    /// What they are after so many milliseconds.
    Held(i64),
    /// The same, and that nothing is known of them later.
    Open(i64),
}

impl<F: Facts + ?Sized> Later<'_, F> {
    pub(super) fn drifted(&self, column: Column) -> Value<'_> {
        let by = match self.drift {
            Drift::Follow => self.by,
            Drift::Held(by) | Drift::Open(by) => by,
        };
        if by == 0 {
            self.facts.value(column)
        } else {
            self.facts.value_after(column, by)
        }
    }

    /// What a single test reads that values decide which drift, of which nothing is known.
    pub(super) fn decides(&self, test: &Test) -> Option<Uses> {
        match self.drift {
            Drift::Follow | Drift::Held(_) => None,
            Drift::Open(_) if test.is_joined() => None,
            Drift::Open(_) => Some(Uses::of(test)).filter(|uses| uses.drifts()),
        }
    }
}

/// After how many milliseconds to look again at a program that reads what drifts; `None` is never.
pub(super) fn next_look<F: Facts + ?Sized>(program: &Program, facts: &F, start: bool) -> Option<i64> {
    let row = |by, drift| Later { facts, by, drift };
    let holds = |by| program.test.holds(&row(by, Drift::Follow));
    let last = if program.sweeps { SWEEP_MS } else { LOOK_MS };
    let mut by = 0_i64;
    for _ in 0..STEPS_MAX {
        let outlook = program.test.outlook(&row(by, Drift::Open(by)));
        let end = by.checked_add(outlook.until.by).filter(|end| *end <= HORIZON_MS);
        if !outlook.is_open {
            // The other parts alone keep it as it is until then, whatever is learned meanwhile.
            let end = end?;
            if end >= last || outlook.until.is_sweep {
                return Some(if program.sweeps { end.min(last) } else { end });
            }
            if holds(end) != start {
                return Some(end);
            }
            by = end;
            continue;
        }
        let end = end.unwrap_or(last).min(last);
        if outlook.until.is_sweep {
            return Some(end);
        }
        // At the end of all a change of the other parts does not matter: it is looked at then.
        let seen = if end == last { end } else { end - 1 };
        if seen > by && holds(seen) != start {
            return Some(first_turn(program, facts, (by, seen), start));
        }
        if end == last || holds(end) != start {
            return Some(end);
        }
        by = end;
    }
    Some(by)
}

/// When the truth first differs from what it is at `same`, given that it does at `other`, and that until then only what
/// drifts turns it: the hour by halving, and the instant within it by what else moves.
fn first_turn<F: Facts + ?Sized>(program: &Program, facts: &F, (same, other): (i64, i64), start: bool) -> i64 {
    let row = |by, drift| Later { facts, by, drift };
    let into_hour = facts.now().plus(same).millis().rem_euclid(HOUR_MS);
    let hour = |place: i64| same + HOUR_MS - into_hour + place * HOUR_MS;
    let (mut low, mut high) = (0, (other - same + into_hour) / HOUR_MS);
    let hours = high;
    while low < high {
        let middle = low + (high - low) / 2;
        if program.test.holds(&row(hour(middle), Drift::Follow)) == start {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let before = if low == 0 { same } else { hour(low - 1) };
    let after = if low == hours { other } else { hour(low) };
    let turn = next_turn(program, &row(before, Drift::Held(before)), start);
    turn.map_or(after, |turn| after.min(before + turn))
}
