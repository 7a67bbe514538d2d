//! The business days of a country, counted: a bit for each day of the years that are known, and how many were before.

use alloc::boxed::Box;
use alloc::vec::Vec;
use milepost_model::days_from_civil;

/// The years of the table of holidays; before and after, only weekends are off.
pub(crate) const FIRST_YEAR: i64 = 2020;
pub(crate) const LAST_YEAR: i64 = 2036;
const FIRST: i64 = days_from_civil(FIRST_YEAR, 1, 1);
const END: i64 = days_from_civil(LAST_YEAR + 1, 1, 1);

const WORD: i64 = u64::BITS as i64;

/// Days that are searched for the next business day, or for the next day off. More in a row there are not.
const SEARCHED: i64 = 40;

/// Which days are business days.
#[derive(Debug)]
pub struct Days {
    /// The days of a usual week that are: bit 0 is Monday.
    week: u8,
    /// From [`FIRST`] on.
    words: Box<[u64]>,
    /// How many business days stand before each word.
    before: Box<[u32]>,
}

impl Days {
    /// A country's days, from the words of its line in the table of holidays.
    pub(crate) fn read(line: &str) -> Self {
        let mut words = line.split(' ');
        let weekend = words.next().unwrap_or_default();
        let off = weekend.bytes().map(|day| 1_u8 << (day.wrapping_sub(b'1') & 7));
        let week = off.fold(0b0111_1111, |week, day| week & !day);
        let mut open: Vec<bool> = (FIRST..END).map(|day| is_in_week(week, day)).collect();
        let mut year = None;
        for word in words {
            if let Some(written) = word.strip_suffix(':') {
                year = written.parse().ok();
                continue;
            }
            let (is_open, date) = word.strip_prefix('+').map_or((false, word), |date| (true, date));
            let Some((month, day)) = month_and_day(date) else {
                continue;
            };
            let years = year.map_or(FIRST_YEAR..=LAST_YEAR, |year| year..=year);
            for day in years.map(|year| days_from_civil(year, month, day)) {
                let place = usize::try_from(day - FIRST).ok();
                if let Some(slot) = place.and_then(|place| open.get_mut(place)) {
                    *slot = is_open;
                }
            }
        }
        Self::counted(week, &open)
    }

    fn counted(week: u8, open: &[bool]) -> Self {
        let chunks = open.chunks(u64::BITS as usize);
        let words: Box<[u64]> = chunks
            .map(|days| days.iter().rev().fold(0, |word, day| word << 1 | u64::from(*day)))
            .collect();
        let mut sum = 0;
        let before = words.iter().map(|word| {
            let before = sum;
            sum += word.count_ones();
            before
        });
        Self {
            week,
            before: before.collect(),
            words,
        }
    }

    /// Whether a day, in days since 1970-01-01, is a business day.
    #[must_use]
    pub fn is_open(&self, day: i64) -> bool {
        if (FIRST..END).contains(&day) {
            let (_, word, bit) = self.word(day);
            word >> bit & 1 == 1
        } else {
            is_in_week(self.week, day)
        }
    }

    /// The business days after `from`, up to and including `until`; negative, and exchanged, when `until` comes first.
    #[must_use]
    pub fn count(&self, from: i64, until: i64) -> i64 {
        self.before(until.saturating_add(1)) - self.before(from.saturating_add(1))
    }

    /// The first business day after a day.
    #[must_use]
    pub fn next_open(&self, day: i64) -> i64 {
        self.first_after(day, true)
    }

    /// The first day after a day that is a business day, or that is none; if there is none for weeks, the day to ask again.
    pub(crate) fn first_after(&self, day: i64, is_open: bool) -> i64 {
        let mut days = (1..SEARCHED).map(|ahead| day.saturating_add(ahead));
        days.find(|day| self.is_open(*day) == is_open)
            .unwrap_or_else(|| day.saturating_add(SEARCHED))
    }

    /// The last day up to a day that is a business day, or that is none; as far back as [`Self::first_after`] looks ahead.
    pub(crate) fn last_up_to(&self, day: i64, is_open: bool) -> i64 {
        let mut days = (0..SEARCHED).map(|back| day.saturating_sub(back));
        days.find(|day| self.is_open(*day) == is_open)
            .unwrap_or_else(|| day.saturating_sub(SEARCHED))
    }

    /// How many business days there are from the first known day up to a day, not counting it; negative before.
    fn before(&self, day: i64) -> i64 {
        if day < FIRST {
            self.weekly(day) - self.weekly(FIRST)
        } else if day < END {
            let (place, word, bit) = self.word(day);
            let in_word = (word & ((1 << bit) - 1)).count_ones();
            i64::from(self.before.get(place).copied().unwrap_or_default() + in_word)
        } else {
            let known = self.before.last().zip(self.words.last());
            let known = known.map_or(0, |(before, word)| before + word.count_ones());
            i64::from(known) + self.weekly(day) - self.weekly(END)
        }
    }

    /// The word that has a day, its place, and the day's bit in it.
    fn word(&self, day: i64) -> (usize, u64, u32) {
        let place = usize::try_from((day - FIRST) / WORD).unwrap_or(usize::MAX);
        let word = self.words.get(place).copied().unwrap_or_default();
        (place, word, ((day - FIRST) % WORD) as u32)
    }

    /// How many days of usual weeks there are from Monday, 1969-12-29, up to a day, not counting it.
    fn weekly(&self, day: i64) -> i64 {
        let day = day.saturating_add(3);
        let of_week = (1_u8 << day.rem_euclid(7)) - 1;
        day.div_euclid(7) * i64::from(self.week.count_ones()) + i64::from((self.week & of_week).count_ones())
    }
}

/// 1970-01-01 was a Thursday.
const fn is_in_week(week: u8, day: i64) -> bool {
    week >> day.saturating_add(3).rem_euclid(7) & 1 == 1
}

fn month_and_day(text: &str) -> Option<(i64, i64)> {
    let (month, day) = text.split_at_checked(2)?;
    Some((month.parse().ok()?, day.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Country;
    use proptest::prelude::*;

    fn is_open(country: &str, year: i64, month: i64, day: i64) -> bool {
        Country::of(country).days().is_open(days_from_civil(year, month, day))
    }

    #[test]
    fn days_that_one_knows() {
        for (country, date, open) in [
            ("US", (2026, 7, 3), false), // the 4th is a Saturday
            ("US", (2026, 7, 2), true),
            ("US", (2026, 11, 26), false), // Thanksgiving
            ("DE", (2026, 4, 3), false),   // Good Friday
            ("DE", (2026, 4, 6), false),   // Easter Monday
            ("DE", (2026, 4, 7), true),
            ("SA", (2026, 3, 6), false), // a Friday
            ("SA", (2026, 3, 8), true),  // a Sunday
            ("AE", (2021, 3, 5), false), // Fridays and Saturdays were off until 2022
            ("AE", (2021, 3, 7), true),
            ("AE", (2026, 3, 6), true),
            ("AE", (2026, 3, 8), false),
            ("CN", (2025, 1, 26), true), // a Sunday that is worked before the spring festival
            ("CN", (2025, 1, 28), false),
            ("ZZ", (2026, 12, 25), true),
            ("ZZ", (2026, 12, 26), false),
            // Beyond what is known: weekends only.
            ("DE", (2037, 12, 25), true),
            ("DE", (2037, 12, 26), false),
            ("SA", (2019, 3, 8), false),
        ] {
            assert_eq!(is_open(country, date.0, date.1, date.2), open, "{country} {date:?}");
        }
    }

    proptest! {
        #[test]
        fn counting_is_adding_up_days(
            country in prop::sample::select(Country::CODES_OF_TESTS), from in FIRST - 900..END + 900, days in 0i64..1200
        ) {
            let table = Country::of(country).days();
            let until = from + days;
            let expected = (from + 1..=until).filter(|day| table.is_open(*day)).count() as i64;
            prop_assert_eq!(table.count(from, until), expected);
            prop_assert_eq!(table.count(until, from), -expected);
            prop_assert_eq!(Some(table.next_open(from)), (from + 1..).find(|day| table.is_open(*day)));
        }
    }
}
