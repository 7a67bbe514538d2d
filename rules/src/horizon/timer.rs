//! The commonest conditions on time: one threshold on a column that grows, and beside it only what time does not change.
//! When they turn follows from one subtraction.

use super::{NEVER, Until, crossing};
use crate::eval::number;
use crate::program::{Op, Test};
use milepost_model::Facts;

/// The only part of a conjunction that time can change, when that is a plain threshold: its place in [`Test::parts`].
pub(crate) fn timer(test: &Test, depends_on_now: impl Fn(&Test) -> bool) -> Option<usize> {
    let mut timed = test.parts().iter().enumerate().filter(|(_, part)| depends_on_now(part));
    let (at, part) = timed.next()?;
    (timed.next().is_none() && matches!(part, Test::Number { .. })).then_some(at)
}

/// After how many milliseconds a conjunction turns of which time changes one part alone, a threshold.
pub(super) fn timed<F: Facts + ?Sized>(parts: &[Test], timer: usize, facts: &F) -> Option<i64> {
    let mut by = None;
    for (at, part) in parts.iter().enumerate() {
        if at != timer {
            if part.eval(facts) != Some(true) {
                return None;
            }
        } else if let Test::Number { column, op, bound } = part {
            let value = number(facts.value(*column))?;
            let until = crossing(i128::from(value) - i128::from(*bound), 1, *op).by;
            by = (until != NEVER.by).then_some(until);
        }
    }
    by
}

/// When `difference + t` turns `op 0`: as [`crossing`] says, for the motion that nearly everything has.
pub(super) fn rising(difference: i64, op: Op) -> Until {
    let start = op.admits(difference.cmp(&0));
    let Some(reach) = difference.checked_neg().filter(|reach| *reach >= 0) else {
        return NEVER;
    };
    // Below zero it turns when it reaches zero, or one later; at zero it can turn with the next millisecond only.
    let first = reach.max(1);
    let turns = |by: i64| op.admits((difference + by).cmp(&0)) != start;
    let turn = [first, reach + 1].into_iter().find(|by| turns(*by));
    turn.map_or(NEVER, |by| Until::at(i128::from(by)))
}
