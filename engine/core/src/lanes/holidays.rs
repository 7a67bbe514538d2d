//! On which holidays a carrier delivers. Some it keeps and others not, so what it did on one that is over says how that one
//! counts. For one to come parcels are promised, as for the business days around it, where it delivers; where that told the
//! wrong thing before, or little is promised yet, those to come are taken to be as most were.

use super::clock::{Day, DeliveryClock, HOLIDAYS_KEPT};
use super::weeks::{Beside, ByDay, DELIVERS_FROM, Today};
use alloc::vec::Vec;

/// Holidays that are looked ahead to, days.
const DAYS_AHEAD: i32 = 30;
/// Holidays that are believed before any are seen, and on what share of them it delivers.
const BELIEVED: (f64, f64) = (2.0, 0.2);

/// The holidays of a country, by what a carrier did on those that are over.
pub(super) struct Holidays<'w> {
    /// For which days parcels are promised.
    due: &'w ByDay,
    clock: &'w DeliveryClock,
    /// Those that are over, the oldest first, with their shares of the visits of a business day.
    seen: Vec<(i32, f64)>,
}

impl<'w> Holidays<'w> {
    pub(super) fn new(due: &'w ByDay, clock: &'w DeliveryClock) -> Self {
        let seen = Vec::new();
        Self { due, clock, seen }
    }

    /// One more is over, later than those before.
    pub(super) fn see(&mut self, day: i32, share: f64) {
        self.seen.push((day, share));
    }

    /// Whether it delivers on most of them, and of late and soon on which it is otherwise.
    pub(super) fn learned(self, today: Today) -> (bool, [Option<i32>; HOLIDAYS_KEPT]) {
        let (weight, share) = BELIEVED;
        let before = (weight * share, weight);
        let (sum, count) = (self.seen.iter()).fold(before, |(sum, count), (_, share)| (sum + share, count + 1.0));
        let delivers = sum > count / 2.0;
        let seen = self.seen.iter().map(|(day, share)| (*day, *share > DELIVERS_FROM));
        let were_right = (seen.clone())
            .filter_map(|(day, was_open)| Some(self.is_promised_for(day)? == was_open))
            .map(|is_right| if is_right { 1 } else { -1 })
            .sum::<i32>();
        let to_come = (today.until + 1..=today.day + DAYS_AHEAD)
            .filter(|day| were_right >= 0 && self.clock.kind(i64::from(*day)) == Day::Holiday)
            .filter_map(|day| Some((day, self.is_promised_for(day)?)));
        let mut others = to_come
            .chain(seen.rev())
            .filter(|(_, is_open)| *is_open != delivers)
            .map(|(day, _)| day);
        (delivers, core::array::from_fn(|_| others.next()))
    }

    /// Whether about as many parcels are promised for a holiday as for the business days around it; `None` where those are few.
    fn is_promised_for(&self, holiday: i32) -> Option<bool> {
        let share = Beside::new(self.due, self.clock, holiday, i32::MAX).share()?;
        Some(share > DELIVERS_FROM)
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::Week;
    use super::super::weeks::Weeks;
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use milepost_model::{DAY_MS, HOUR_MS, Timestamp, days_from_civil};

    const KEY: [&str; 2] = ["dpd", "DE"];

    fn day(month: i64, day: i64) -> i32 {
        i32::try_from(days_from_civil(2026, month, day)).expect("a day")
    }

    /// The clock of a place, by what was learned of a carrier that visits a hundred parcels on each business day of the five
    /// weeks before, and so many on other days, and for these days parcels are promised.
    fn clock(visits: &[(i32, i64)], due: &[(i32, i64)], (today, hour): (i32, i64)) -> DeliveryClock {
        let place = ["DE", "BE"].map(String::from);
        let believed = DeliveryClock::new(&place, Week::default());
        let business = (today - 35..today).filter(|day| believed.kind(i64::from(*day)) == Day::Business);
        let visited: ByDay = business.map(|day| (day, 100)).chain(visits.iter().copied()).collect();
        let key = KEY.map(String::from);
        let weeks = Weeks {
            visited: BTreeMap::from([(key.clone(), visited)]),
            due: BTreeMap::from([(key.clone(), due.iter().copied().collect())]),
        };
        let now = Timestamp::from_millis(i64::from(today) * DAY_MS + hour * HOUR_MS);
        let [carrier, country] = &key;
        DeliveryClock::new(
            &place,
            weeks.week([carrier, country], &believed, Today::new(&believed, now)),
        )
    }

    #[test]
    fn each_holiday_counts_as_the_carrier_treated_it() {
        // Good Friday, Easter Monday, the first of May, and Ascension.
        let [friday, easter, may_day, ascension] = [day(4, 3), day(4, 6), day(5, 1), day(5, 14)];
        let learned = |visits: &[(i32, i64)], now: (i32, i64)| {
            let clock = clock(visits, &[], now);
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
        // The first of May is a Friday, Ascension a Thursday.
        let (may_day, ascension) = (day(5, 1), day(5, 14));
        let around = |holiday: i32, number: i64| [(holiday - 1, 30), (holiday, number), (holiday + 4, 20)];
        let off = |due: &[(i32, i64)], visits: &[(i32, i64)], today: i32| {
            clock(visits, due, (today, 0)).is_off(ascension.into())
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

    #[test]
    fn days_of_the_week_on_which_a_carrier_delivers_are_learned() {
        let monday = day(3, 23);
        let weekend = |weeks: i32, [saturday, sunday]: [i64; 2]| -> Vec<(i32, i64)> {
            (1..=weeks)
                .map(|week| monday - 7 * week)
                .flat_map(|monday| [(monday + 5, saturday), (monday + 6, sunday)])
                .collect()
        };
        let off = |visits: &[(i32, i64)]| {
            let clock = clock(visits, &[], (monday, 0));
            [monday - 2, monday - 1].map(|day| clock.is_off(day.into()))
        };
        assert_eq!(off(&weekend(4, [60, 2])), [false, true]);
        assert_eq!(off(&weekend(4, [5, 70])), [true, false]);
        // A single scan with a wrong date, long before all others, changes nothing.
        let strayed = [weekend(4, [60, 2]), Vec::from([(monday - 90, 1)])].concat();
        assert_eq!(off(&strayed), [false, true]);
    }
}
