//! Days: the civil calendar, weekdays, holidays, and how busy an hour is.

/// Seconds in an hour.
pub const HOUR_S: i64 = 3_600;
/// Seconds in a day.
pub const DAY_S: i64 = 24 * HOUR_S;

/// A date of the civil calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// Year.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
#[must_use]
pub const fn days_from_civil(date: Civil) -> i64 {
    let year = if date.month <= 2 { date.year - 1 } else { date.year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (date.month as i64 + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + date.day as i64 - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a day counted from 1970-01-01.
#[must_use]
pub const fn civil_from_days(days: i64) -> Civil {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u8;
    let month = if month < 10 { month + 3 } else { month - 9 } as u8;
    Civil {
        year: year_of_era + era * 400 + (month <= 2) as i64,
        month,
        day,
    }
}

/// 0 Sunday to 6 Saturday.
#[must_use]
pub const fn weekday(days: i64) -> u8 {
    (days + 4).rem_euclid(7) as u8
}

/// Whether nobody delivers in that country on that day: enough of the holidays for a plausible year.
#[must_use]
pub fn is_holiday(country: &str, days: i64) -> bool {
    let date = civil_from_days(days);
    let is_monday = weekday(days) == 1;
    let on_continent = matches!(country, "DE" | "FR" | "NL" | "BE" | "AT");
    match (date.month, date.day) {
        (1, 1) | (12, 25) => true,
        (7, 4) => country == "US",
        (7, 1) => country == "CA",
        (12, 26) => country != "US",
        (5, 1) => !matches!(country, "US" | "CA" | "GB"),
        // The fourth Thursday of November.
        (11, 22..=28) => country == "US" && weekday(days) == 4,
        // The first and the last Monday of May, and the first of September.
        (5, 2..=7) if is_monday => country == "GB",
        (5, 25..=31) if is_monday && matches!(country, "US" | "GB") => true,
        (9, 1..=7) if is_monday => matches!(country, "US" | "CA"),
        _ => match days - easter(date.year) {
            -2 => matches!(country, "CA" | "GB" | "DE" | "ES"),
            1 => on_continent || matches!(country, "GB" | "PL" | "IT"),
            39 | 50 => on_continent,
            _ => false,
        },
    }
}

/// Easter Sunday of a year, counted from 1970-01-01: the Gregorian reckoning as Meeus gives it.
const fn easter(year: i64) -> i64 {
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let since_march = epact + to_sunday - 7 * late + 21;
    days_from_civil(Civil { year, month: 3, day: 1 }) + since_march
}

/// Whether the weeks of gifts have come: labels double, hubs fill up.
#[must_use]
pub const fn is_gift_season(days: i64) -> bool {
    let date = civil_from_days(days);
    (date.month == 11 && date.day >= 24) || (date.month == 12 && date.day <= 22)
}

/// How many labels are printed that day, in permille of a normal one.
#[must_use]
pub const fn labels_permille(days: i64) -> u64 {
    let week = match weekday(days) {
        0 => 350,
        1 => 1_350,
        2 => 1_250,
        3 => 1_150,
        4 => 1_100,
        5 => 1_150,
        _ => 650,
    };
    if is_gift_season(days) { week * 18 / 10 } else { week }
}

/// How many labels are printed in each hour (UTC) of a day: mornings in Europe, then afternoons in America.
pub const LABELS_BY_HOUR: [u64; 24] = [
    22, 18, 14, 10, 10, 14, 26, 42, 54, 58, 56, 54, 56, 66, 78, 84, 82, 74, 62, 52, 42, 36, 30, 26,
];

/// Seconds since 1970 of a UTC wall time, for tests and settings.
#[must_use]
pub const fn at(year: i64, month: u8, day: u8, hour: i64, minute: i64) -> i64 {
    days_from_civil(Civil { year, month, day }) * DAY_S + hour * HOUR_S + minute * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for days in (-800_000..800_000).step_by(61) {
            assert_eq!(days_from_civil(civil_from_days(days)), days);
        }
        assert_eq!(
            days_from_civil(Civil {
                year: 1970,
                month: 1,
                day: 1
            }),
            0
        );
        assert_eq!(
            days_from_civil(Civil {
                year: 2026,
                month: 3,
                day: 1
            }),
            20_513
        );
        assert_eq!(weekday(20_513), 0, "1 March 2026 is a Sunday");
    }

    #[test]
    fn holidays_that_one_knows() {
        let on = |country: &str, month, day| is_holiday(country, days_from_civil(Civil { year: 2026, month, day }));
        for (month, day, off, open) in [
            (4, 3, "DE", "US"),  // Good Friday
            (4, 6, "FR", "CA"),  // Easter Monday
            (5, 14, "AT", "PL"), // Ascension
            (5, 25, "US", "CA"), // Memorial Day, and Whit Monday
            (5, 25, "NL", "IT"),
            (5, 4, "GB", "DE"),
            (9, 7, "US", "GB"),
        ] {
            assert!(on(off, month, day) && !on(open, month, day), "{month}-{day}");
        }
        let easter = |year| civil_from_days(easter(year));
        let found = [2019, 2024, 2025, 2026, 2038].map(|year| (easter(year).month, easter(year).day));
        assert_eq!(found, [(4, 21), (3, 31), (4, 20), (4, 5), (4, 25)]);
    }

    #[test]
    fn thanksgiving_is_a_thursday() {
        let day = |day| {
            days_from_civil(Civil {
                year: 2026,
                month: 11,
                day,
            })
        };
        assert!(is_holiday("US", day(26)) && !is_holiday("US", day(25)) && !is_holiday("DE", day(26)));
    }
}
