//! On which holidays a carrier delivers. Some it keeps and others not, so what it did on one that is over says how that one
//! counts. For one to come parcels are promised, as for the business days around it, where it delivers; where that told the
//! wrong thing before, or little is promised yet, those to come are taken to be as most were.

use super::clock::{Day, DeliveryClock, HOLIDAYS_KEPT};
use super::table::whole;
use super::weeks::{DELIVERS_FROM, Weeks};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// Holidays that are looked back at, days.
const DAYS_BACK: i64 = 100;
/// By this hour of a day it shows whether vans drove.
const TELLS_FROM: u8 = 16;
/// Holidays that are looked ahead to, days.
const DAYS_AHEAD: i64 = 30;
/// Where fewer parcels are promised for the business days around a holiday, and twice those for it, nothing follows from them.
const DUE_MIN: i64 = 10;
/// A business day is found within so many days before and after a holiday.
const DAYS_AROUND: i32 = 7;
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
        let others = seen
            .iter()
            .rev()
            .filter(|(_, share)| (*share > DELIVERS_FROM) != delivers)
            .map(|(day, _)| *day);
        let due = self.due.get(key);
        let promised = |day: i32| is_promised_for(due?, clock, day);
        let were_right = seen
            .iter()
            .filter_map(|(day, share)| Some(promised(*day)? == (*share > DELIVERS_FROM)))
            .map(|is_right| if is_right { 1 } else { -1 })
            .sum::<i32>();
        let to_come = (until + 1..=today + DAYS_AHEAD)
            .filter(|day| were_right >= 0 && clock.kind(*day) == Day::Holiday)
            .filter_map(|day| i32::try_from(day).ok())
            .filter(|day| promised(*day).is_some_and(|is_open| is_open != delivers));
        let mut others = to_come.chain(others);
        (delivers, core::array::from_fn(|_| others.next()))
    }
}

/// Whether about as many parcels are promised for a holiday as for the business days around it; `None` where those are few.
fn is_promised_for(due: &BTreeMap<i32, i64>, clock: &DeliveryClock, holiday: i32) -> Option<bool> {
    let number = |day: i32| due.get(&day).copied().unwrap_or(0);
    let business = |day: &i32| clock.kind(i64::from(*day)) == Day::Business;
    let before = (holiday - DAYS_AROUND..holiday).rev().find(business)?;
    let after = (holiday + 1..=holiday + DAYS_AROUND).find(business)?;
    let (here, around) = (2 * number(holiday), number(before) + number(after));
    (here + around >= DUE_MIN).then(|| whole(here) > DELIVERS_FROM * whole(around))
}

#[cfg(test)]
mod tests {
    use super::super::clock::Week;
    use super::*;
    use milepost_model::{DAY_MS, HOUR_MS, days_from_civil};

    /// The clock of a place, by what was learned of a carrier with a hundred visits on a business day.
    fn clock(weeks: &Weeks, key: &[String; 2], now: Timestamp) -> DeliveryClock {
        let place = ["DE", "BE"].map(String::from);
        let believed = DeliveryClock::new(&place, Week::default());
        let (holidays, exceptions) = weeks.learned_holidays(key, &believed, (now, 100.0));
        let week = Week {
            holidays,
            exceptions,
            ..Week::default()
        };
        DeliveryClock::new(&place, week)
    }

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
            let clock = clock(&weeks, &key, now);
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

    #[test]
    fn a_holiday_for_which_parcels_are_promised_is_one_on_which_they_come() {
        let key = ["dpd", "DE"].map(String::from);
        let day = |month, day| i32::try_from(days_from_civil(2026, month, day)).expect("a day");
        // The first of May is a Friday, Ascension a Thursday.
        let (may_day, ascension) = (day(5, 1), day(5, 14));
        let around = |holiday: i32, number: i64| [(holiday - 1, 30), (holiday, number), (holiday + 4, 20)];
        let off = |due: &[(i32, i64)], visits: &[(i32, i64)], now: i32| {
            let weeks = Weeks {
                first_day: i64::from(now - 8),
                holidays: BTreeMap::from([(key.clone(), visits.iter().copied().collect())]),
                due: BTreeMap::from([(key.clone(), due.iter().copied().collect())]),
                ..Weeks::default()
            };
            let now = Timestamp::from_millis(i64::from(now) * DAY_MS);
            clock(&weeks, &key, now).is_off(ascension.into())
        };
        assert!(
            off(&around(ascension, 0), &[], ascension - 3),
            "none is promised for it"
        );
        assert!(!off(&around(ascension, 20), &[], ascension - 3), "as many as usual are");
        let few = [(ascension - 1, 3), (ascension, 2), (ascension + 1, 2)];
        assert!(off(&few, &[], ascension - 3), "too few to tell");
        // Promises that were made for the first of May, when nobody came, are not believed again.
        let naive = [around(may_day, 20), around(ascension, 20)].concat();
        assert!(off(&naive, &[], may_day + 5));
        assert!(!off(&naive, &[(may_day, 90)], may_day + 5));
    }
}
