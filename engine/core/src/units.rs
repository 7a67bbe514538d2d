//! Whole seconds and days of an instant, whichever side of 1970 it lies on; and which instants can be.

use milepost_model::{DAY_MS, Timestamp};

/// The days of 1970 to 2517: times are written in the years up to 2199, and no look lies more than 200 years ahead.
const DAYS_MAX: i64 = 200_000;
/// Event time is less than what was written, by the lateness.
const DAYS_BEFORE: i64 = 1_000;

/// Whether anything can have that time: all arithmetic on such times is safe, and days between them can be gone through one by
/// one.
#[inline]
pub(crate) const fn is_near(at: Timestamp) -> bool {
    -DAYS_BEFORE * DAY_MS <= at.millis() && at.millis() <= DAYS_MAX * DAY_MS
}

/// How many whole units there are in milliseconds of this millennium or the ones about it, rounded down. What is made positive
/// first is divided without a look at its sign.
#[inline]
pub(crate) const fn whole<const UNIT: i64>(millis: i64) -> i64 {
    let ahead = i64::MAX / 2 / UNIT;
    (millis.wrapping_add(ahead * UNIT) as u64 / UNIT as u64) as i64 - ahead
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn units_are_rounded_down(millis in -(1i64 << 56)..1 << 56, near in -5_000i64..5_000) {
            for millis in [millis, near] {
                prop_assert_eq!(whole::<1000>(millis), millis.div_euclid(1000));
                prop_assert_eq!(whole::<DAY_MS>(millis), millis.div_euclid(DAY_MS));
            }
        }
    }
}
