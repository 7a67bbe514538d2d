//! On which days of the week, and on which holidays, a carrier delivers in a country: on those on which a fair share of the
//! visits are made that are made on the business days around them.

use super::clock::{Day, DeliveryClock, HOLIDAYS_KEPT, KINDS, Week};
use super::holidays::Holidays;
use super::key::LaneName;
use super::table::whole;
use alloc::collections::BTreeMap;
use alloc::string::String;
use milepost_model::Timestamp;

/// Days off that are looked back at, days.
const DAYS_BACK: i32 = 100;
/// Days before and after today of which numbers are kept: those that are looked back at, and what is around them.
const DAYS_KEPT: i64 = 120;
/// A business day is found within so many days before and after a day off.
const DAYS_AROUND: i32 = 7;
/// By this hour of a day it shows whether vans drove.
const TELLS_FROM: u8 = 16;
/// Where fewer parcels belong to the business days around a day off, and twice those to it, nothing follows from them.
const TELLING_MIN: f64 = 10.0;
/// Visits of business days that are believed before any are seen.
const WEEK_BELIEVED: f64 = 20.0;
/// On what share of Saturdays, and of Sundays, it is believed to deliver before any are seen.
const DELIVERS_BELIEVED: [f64; 2] = [0.5, 0.2];
/// The share of usual deliveries that makes a day one on which the carrier delivers.
pub(super) const DELIVERS_FROM: f64 = 0.3;

impl Week {
    /// What is believed of a carrier of which nothing was seen.
    pub(super) const BELIEVED: Self = {
        let [saturdays, sundays] = DELIVERS_BELIEVED;
        Self {
            saturdays: saturdays > DELIVERS_FROM,
            sundays: sundays > DELIVERS_FROM,
            holidays: false,
            exceptions: [None; HOLIDAYS_KEPT],
        }
    };
}

/// Numbers of parcels by local day, counted from 1970-01-01.
pub(super) type ByDay = BTreeMap<i32, i64>;

/// By carrier and country.
type ByCarrier = BTreeMap<[String; 2], ByDay>;

/// Which parcels belong to which days.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Weeks {
    /// Those that were visited on it for the first time.
    pub(super) visited: ByCarrier,
    /// Those that were handed over and are promised for it.
    pub(super) due: ByCarrier,
}

impl Weeks {
    /// So many parcels of a lane were visited on that local day for the first time.
    pub(super) fn note_visited(&mut self, lane: &LaneName, (day, number): (i32, i64)) {
        *self.visited.entry(key(lane)).or_default().entry(day).or_default() += number;
    }

    /// So many parcels of a lane were handed over that are promised for that local day.
    pub(super) fn note_due(&mut self, lane: &LaneName, (day, number): (i32, i64)) {
        *self.due.entry(key(lane)).or_default().entry(day).or_default() += number;
    }

    /// Days that are long over tell nothing any more, nor do those that are years ahead.
    pub(super) fn forget_far_from(&mut self, today: i64) {
        let kept = today - DAYS_KEPT..=today + DAYS_KEPT;
        for by_carrier in [&mut self.visited, &mut self.due] {
            by_carrier.retain(|_, by_day| {
                by_day.retain(|day, _| kept.contains(&i64::from(*day)));
                !by_day.is_empty()
            });
        }
    }

    /// On which days off a carrier delivers in a country.
    pub(super) fn week(&self, place: [&String; 2], clock: &DeliveryClock, today: Today) -> Week {
        let (key, nothing) = (place.map(String::clone), ByDay::new());
        let [visited, due] = [&self.visited, &self.due].map(|by_carrier| by_carrier.get(&key).unwrap_or(&nothing));
        let mut sums = [(0.0, 0.0); KINDS];
        let mut holidays = Holidays::new(due, clock);
        for day in today.day - DAYS_BACK..=today.until {
            let kind = clock.kind(day.into());
            if kind == Day::Business {
                continue;
            }
            let visits = Beside::new(visited, clock, day, today.until);
            if let Some((here, usual)) = sums.get_mut(kind as usize) {
                *here += visits.here;
                *usual += visits.usual;
            }
            if kind == Day::Holiday
                && let Some(share) = visits.share()
            {
                holidays.see(day, share);
            }
        }
        let [_, saturdays, sundays, _] = sums;
        let delivers = |(here, usual): (f64, f64), believed: f64| {
            (here + WEEK_BELIEVED * believed) / (usual + WEEK_BELIEVED) > DELIVERS_FROM
        };
        let [on_saturdays, on_sundays] = DELIVERS_BELIEVED;
        let (holidays, exceptions) = holidays.learned(today);
        Week {
            saturdays: delivers(saturdays, on_saturdays),
            sundays: delivers(sundays, on_sundays),
            holidays,
            exceptions,
        }
    }
}

/// A local day that is not over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Today {
    pub(super) day: i32,
    /// The last day of which it shows whether vans drove.
    pub(super) until: i32,
}

impl Today {
    pub(super) fn new(clock: &DeliveryClock, now: Timestamp) -> Self {
        let (day, hour) = (clock.date(now.millis()), clock.hour(now.millis()));
        let until = if hour >= TELLS_FROM { day } else { day - 1 };
        Self { day, until }
    }
}

/// The carrier and the country of a lane's place.
fn key(lane: &LaneName) -> [String; 2] {
    let [country, _] = lane.place();
    [lane.carrier.clone(), country.clone()]
}

/// How many parcels belong to a day off, beside the business days around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    here: f64,
    /// On such a business day.
    usual: f64,
}

impl Beside {
    /// Of the days after `until` the number is not known.
    pub(super) fn new(by_day: &ByDay, clock: &DeliveryClock, day: i32, until: i32) -> Self {
        let number = |day: i32| whole(by_day.get(&day).copied().unwrap_or(0));
        let is_business = |day: &i32| *day <= until && clock.kind(i64::from(*day)) == Day::Business;
        let before = (day - DAYS_AROUND..day).rev().find(is_business);
        let after = (day + 1..=day + DAYS_AROUND).find(is_business);
        let around = [before, after].into_iter().flatten().map(number);
        let (sum, days) = around.fold((0.0, 0.0), |(sum, days), number| (sum + number, days + 1.0));
        Self {
            here: number(day),
            usual: sum / f64::max(days, 1.0),
        }
    }

    /// Its share of what belongs to a business day; `None` where few do.
    pub(super) fn share(self) -> Option<f64> {
        let is_telling = 2.0 * (self.here + self.usual) >= TELLING_MIN;
        is_telling.then(|| (self.here / self.usual.max(1.0)).min(1.0))
    }
}
