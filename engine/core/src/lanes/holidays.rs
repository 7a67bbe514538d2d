//! On which holidays a carrier delivers. Some it keeps and others not, so what it did on one that is over says how that one
//! counts; those to come are taken to be as most were.

use super::clock::{Day, DeliveryClock, HOLIDAYS_KEPT};
use super::table::whole;
use super::weeks::{DELIVERS_FROM, Weeks};
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// Holidays that are looked back at, days.
const DAYS_BACK: i64 = 100;
/// By this hour of a day it shows whether vans drove.
const TELLS_FROM: u8 = 16;
/// Holidays that are believed before any are seen, and on what share of them it delivers.
const BELIEVED: (f64, f64) = (2.0, 0.2);

impl Weeks {
    /// Whether a carrier delivers on most holidays of a country, and of late on which it was otherwise, as of `now`. `usual` are
    /// the visits of a business day.
    pub(super) fn learned_holidays(
        &self,
        key: &[String; 2],
        clock: &DeliveryClock,
        (now, usual): (Timestamp, f64),
    ) -> (bool, [Option<i32>; HOLIDAYS_KEPT]) {
        let now = now.millis();
        let today = clock.day(now);
        let until = if clock.hour(now) >= TELLS_FROM {
            today
        } else {
            today - 1
        };
        let visits = self.holidays.get(key);
        let days = (self.first_day.max(today - DAYS_BACK)..=until).filter(|day| clock.kind(*day) == Day::Holiday);
        let seen: Vec<(i32, f64)> = days
            .filter_map(|day| {
                let day = i32::try_from(day).ok()?;
                let visits = visits.and_then(|visits| visits.get(&day)).copied().unwrap_or(0);
                Some((day, (whole(visits) / usual.max(1.0)).min(1.0)))
            })
            .collect();
        let (weight, share) = BELIEVED;
        let (sum, count) = seen.iter().fold((weight * share, weight), |(sum, count), (_, share)| {
            (sum + share, count + 1.0)
        });
        let delivers = sum > count / 2.0;
        let mut others = seen
            .iter()
            .rev()
            .filter(|(_, share)| (*share > DELIVERS_FROM) != delivers)
            .map(|(day, _)| *day);
        (delivers, core::array::from_fn(|_| others.next()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::Week;
    use super::*;
    use alloc::collections::BTreeMap;
    use milepost_model::{DAY_MS, HOUR_MS, days_from_civil};

    #[test]
    fn each_holiday_counts_as_the_carrier_treated_it() {
        let key = ["dpd", "DE"].map(String::from);
        // Good Friday, Easter Monday, the first of May, and Ascension.
        let [friday, easter, may_day, ascension] = [(4, 3), (4, 6), (5, 1), (5, 14)].map(|(month, day)| {
            let day = days_from_civil(2026, month, day);
            i32::try_from(day).expect("a day")
        });
        let learned = |visits: &[(i32, i64)], now: (i32, i64)| {
            let weeks = Weeks {
                first_day: i64::from(friday - 20),
                holidays: BTreeMap::from([(key.clone(), visits.iter().copied().collect())]),
                ..Weeks::default()
            };
            let now = Timestamp::from_millis(i64::from(now.0) * DAY_MS + now.1 * HOUR_MS);
            let place = ["DE", "BE"].map(String::from);
            let clock = DeliveryClock::new(&place, Week::default());
            let (holidays, exceptions) = weeks.learned_holidays(&key, &clock, (now, 100.0));
            let week = Week {
                holidays,
                exceptions,
                ..Week::default()
            };
            let clock = DeliveryClock::new(&place, week);
            [friday, easter, may_day, ascension].map(|day| clock.is_off(day.into()))
        };
        // Nothing was seen yet; then it delivered on one of them; then on all.
        assert_eq!(learned(&[], (friday - 1, 0)), [true; 4]);
        assert_eq!(learned(&[(friday, 90)], (easter + 1, 0)), [false, true, true, true]);
        let most = [(friday, 90), (easter, 95), (may_day, 80)];
        assert_eq!(learned(&most, (may_day + 1, 0)), [false; 4]);
        // In the evening it shows that today is another.
        assert_eq!(learned(&most, (ascension, 8)), [false; 4]);
        assert_eq!(learned(&most, (ascension, 18)), [false, false, false, true]);
    }
}
