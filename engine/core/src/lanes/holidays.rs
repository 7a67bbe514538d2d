//! On which holidays a carrier delivers. Some it keeps and others not, so what it did on one that is over says how that one
//! counts; those to come are taken to be as most were.

use super::clock::{Day, DeliveryClock, HOLIDAYS_KEPT};
use super::table::{DELIVERS_FROM, Lanes, whole};
use alloc::string::String;
use alloc::vec::Vec;

/// Holidays that are looked back at, days.
const DAYS_BACK: i64 = 100;
/// By this hour of a day it shows whether vans drove.
const TELLS_FROM: u8 = 16;
/// Holidays that are believed before any are seen, and on what share of them it delivers.
const BELIEVED: (f64, f64) = (2.0, 0.2);

impl Lanes {
    /// Whether a carrier delivers on most holidays of a country, and of late on which it was otherwise. `usual` are the visits
    /// of a business day.
    pub(super) fn learned_holidays(
        &self,
        key: &[String; 2],
        clock: &DeliveryClock,
        usual: f64,
    ) -> (bool, [Option<i32>; HOLIDAYS_KEPT]) {
        let now = self.now().millis();
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
