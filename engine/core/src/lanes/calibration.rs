//! What was told, and what came true of it, to be shown.

use super::outcomes::{BINS, LEFT, LEFT_GROUPS, PARTS, ToldOn};
use super::recalibration::Recalibration;
use super::state::Stage;
use super::table::whole;

/// Fewer answers, weighed, tell nothing.
const ANSWERS_MIN: f64 = 0.5;

/// What was told of parcels in a stage, so long before the promise, with about one chance; and what came true.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Calibration {
    /// Where they were.
    pub stage: Stage,
    /// Hours left until the promise: from, and up to where that ends.
    pub hours_left: (i64, Option<i64>),
    /// The chance from which on they are in this bin, before it was corrected.
    pub chance_from: f64,
    /// How many answers, old ones weighed less.
    pub answers: f64,
    /// The mean of the chances that were told.
    pub told: f64,
    /// The share that came late.
    pub late: f64,
}

/// What was told of those of which it was known on a day what came true: the one after their promise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ToldThatDay {
    /// Days since 1970-01-01 (UTC).
    pub day: i32,
    /// How many answers.
    pub answers: i64,
    /// The mean of the chances that were told.
    pub told: f64,
    /// The share that came late.
    pub late: f64,
}

impl Recalibration {
    /// Shows what was told lately, by stage, time left and chance, and what came true of it.
    pub(super) fn each(&self, show: &mut dyn FnMut(&Calibration)) {
        for (group, sums) in self.sums.chunks(BINS.len()).enumerate() {
            let (stage, left) = (group / LEFT_GROUPS, group % LEFT_GROUPS);
            let Some(stage) = Stage::ALL.get(stage) else { return };
            let hours = |place: usize| LEFT.get(place).copied();
            for (from, [answers, _, late, told]) in BINS.iter().zip(sums) {
                if *answers >= ANSWERS_MIN {
                    show(&Calibration {
                        stage: *stage,
                        hours_left: (left.checked_sub(1).and_then(hours).unwrap_or(0), hours(left)),
                        chance_from: *from,
                        answers: *answers,
                        told: told / answers,
                        late: late / answers,
                    });
                }
            }
        }
    }

    /// Shows what was told of promises that were over on each of the last days, and what came true.
    pub(super) fn each_day(&self, show: &mut dyn FnMut(&ToldThatDay)) {
        for ToldOn {
            day,
            answers,
            told,
            late,
        } in self.days.iter().filter(|day| day.answers > 0)
        {
            show(&ToldThatDay {
                day: i32::try_from(*day).unwrap_or(i32::MAX),
                answers: *answers,
                told: whole(*told) / PARTS / whole(*answers),
                late: whole(*late) / whole(*answers),
            });
        }
    }
}
