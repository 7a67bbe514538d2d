//! Local time. The summer time rules of today are written here: a newer zone database must not change an old world.

use super::calendar::{Civil, DAY_S, HOUR_S, civil_from_days, days_from_civil, weekday};

/// Which rule of summer time a zone follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Summer {
    None,
    /// Second Sunday of March, 02:00 local, to first Sunday of November, 02:00 local.
    America,
    /// Last Sunday of March to last Sunday of October, both 01:00 UTC.
    Europe,
}

/// An IANA zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Zone {
    /// IANA name.
    pub name: &'static str,
    standard_s: i64,
    summer: Summer,
}

macro_rules! zones {
    ($($name:ident = $iana:literal, $hours:literal, $summer:ident;)+) => {
        $(pub(super) static $name: Zone = Zone { name: $iana, standard_s: $hours * HOUR_S, summer: Summer::$summer };)+
    };
}
zones! {
    HALIFAX = "America/Halifax", -4, America;
    NEW_YORK = "America/New_York", -5, America;
    TORONTO = "America/Toronto", -5, America;
    CHICAGO = "America/Chicago", -6, America;
    WINNIPEG = "America/Winnipeg", -6, America;
    DENVER = "America/Denver", -7, America;
    EDMONTON = "America/Edmonton", -7, America;
    PHOENIX = "America/Phoenix", -7, None;
    LOS_ANGELES = "America/Los_Angeles", -8, America;
    VANCOUVER = "America/Vancouver", -8, America;
    LONDON = "Europe/London", 0, Europe;
    PARIS = "Europe/Paris", 1, Europe;
    BERLIN = "Europe/Berlin", 1, Europe;
    AMSTERDAM = "Europe/Amsterdam", 1, Europe;
    BRUSSELS = "Europe/Brussels", 1, Europe;
    WARSAW = "Europe/Warsaw", 1, Europe;
    MADRID = "Europe/Madrid", 1, Europe;
    ROME = "Europe/Rome", 1, Europe;
    VIENNA = "Europe/Vienna", 1, Europe;
    SHANGHAI = "Asia/Shanghai", 8, None;
}

impl Zone {
    /// Seconds to add to UTC at this instant.
    #[must_use]
    pub fn offset_s(&self, utc_s: i64) -> i64 {
        let (year, standard) = (civil_from_days(utc_s.div_euclid(DAY_S)).year, self.standard_s);
        let summer = match self.summer {
            Summer::None => false,
            Summer::America => {
                let from = sunday(year, 3, 8) * DAY_S + 2 * HOUR_S - standard;
                let until = sunday(year, 11, 1) * DAY_S + HOUR_S - standard;
                (from..until).contains(&utc_s)
            }
            Summer::Europe => {
                let from = sunday(year, 3, 25) * DAY_S + HOUR_S;
                let until = sunday(year, 10, 25) * DAY_S + HOUR_S;
                (from..until).contains(&utc_s)
            }
        };
        standard + if summer { HOUR_S } else { 0 }
    }

    /// Seconds since 1970 on the local wall clock.
    #[must_use]
    pub fn local_s(&self, utc_s: i64) -> i64 {
        utc_s + self.offset_s(utc_s)
    }

    /// The instant of a local wall time; an hour that does not exist is read with the offset before the change.
    #[must_use]
    pub fn utc_s(&self, local_s: i64) -> i64 {
        let first = local_s - self.standard_s;
        local_s - self.offset_s(first.min(local_s - self.offset_s(first)))
    }

    /// Days since 1970 of the local date.
    #[must_use]
    pub fn local_day(&self, utc_s: i64) -> i64 {
        self.local_s(utc_s).div_euclid(DAY_S)
    }
}

/// The first Sunday on or after that date, in days since 1970.
const fn sunday(year: i64, month: u8, day: u8) -> i64 {
    let from = days_from_civil(Civil { year, month, day });
    from + (7 - weekday(from) as i64) % 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::calendar::at;

    #[test]
    fn summer_time_comes_and_goes() {
        let rows = [
            (&NEW_YORK, at(2026, 3, 8, 6, 59), -5),
            (&NEW_YORK, at(2026, 3, 8, 7, 0), -4),
            (&NEW_YORK, at(2026, 11, 1, 5, 59), -4),
            (&NEW_YORK, at(2026, 11, 1, 6, 0), -5),
            (&PHOENIX, at(2026, 7, 1, 0, 0), -7),
            (&LONDON, at(2026, 3, 29, 0, 59), 0),
            (&LONDON, at(2026, 3, 29, 1, 0), 1),
            (&BERLIN, at(2026, 10, 25, 0, 59), 2),
            (&BERLIN, at(2026, 10, 25, 1, 0), 1),
            (&SHANGHAI, at(2026, 6, 1, 0, 0), 8),
        ];
        for (zone, utc, hours) in rows {
            assert_eq!(zone.offset_s(utc), hours * HOUR_S, "{} at {utc}", zone.name);
        }
    }

    #[test]
    fn local_time_goes_there_and_back() {
        for zone in [&NEW_YORK, &BERLIN, &SHANGHAI, &PHOENIX] {
            for hour in 0..24 * 365 {
                let local = at(2026, 1, 1, 0, 0) + hour * HOUR_S;
                let back = zone.local_s(zone.utc_s(local));
                // Two local hours a year do not exist.
                assert!(
                    back == local || (back - local).abs() == HOUR_S,
                    "{} {local} {back}",
                    zone.name
                );
            }
        }
    }
}
