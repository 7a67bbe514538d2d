//! On which days of the week, and on which holidays, a carrier delivers in a country: on those on which a fair share of its
//! usual visits are made.

use super::clock::{Day, DeliveryClock, KINDS, Week};
use super::key::LaneName;
use alloc::collections::BTreeMap;
use alloc::string::String;
use milepost_model::{DAY_MS, Timestamp};

/// Days before and after today for which promises are kept: longer than holidays are looked back at.
const DUE_KEPT: i64 = 120;
/// Days of usual deliveries that are believed before any are seen.
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
            exceptions: [None; super::clock::HOLIDAYS_KEPT],
        }
    };
}

/// First visits by day.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Weeks {
    /// The first day of which anything is known, in UTC.
    pub(super) first_day: i64,
    /// By carrier and country, on each holiday that there was.
    pub(super) holidays: BTreeMap<[String; 2], BTreeMap<i32, i64>>,
    /// By carrier and country, by the day for which they are promised: parcels that were handed over.
    pub(super) due: BTreeMap<[String; 2], BTreeMap<i32, i64>>,
    /// By carrier and country, by kind of day.
    pub(super) kinds: BTreeMap<[String; 2], [i64; KINDS]>,
}

impl Weeks {
    /// So many parcels of a lane were visited on that local day, which is of that kind.
    pub(super) fn note(&mut self, lane: &LaneName, kind: Day, (day, number): (i32, i64)) {
        let [country, _] = lane.place();
        let key = [lane.carrier.clone(), country.clone()];
        if kind == Day::Holiday {
            *self.holidays.entry(key.clone()).or_default().entry(day).or_default() += number;
        }
        if let Some(visits) = self.kinds.entry(key).or_default().get_mut(kind as usize) {
            *visits += number;
        }
    }

    /// So many parcels of a lane were handed over that are promised for that local day.
    pub(super) fn note_due(&mut self, lane: &LaneName, (day, number): (i32, i64)) {
        let [country, _] = lane.place();
        let of_carrier = self.due.entry([lane.carrier.clone(), country.clone()]).or_default();
        *of_carrier.entry(day).or_default() += number;
    }

    /// Promises for days that are long over tell nothing any more, nor do those for days that are years ahead.
    pub(super) fn forget_far_from(&mut self, today: i64) {
        let kept = today - DUE_KEPT..=today + DUE_KEPT;
        self.due.retain(|_, by_day| {
            by_day.retain(|day, _| kept.contains(&i64::from(*day)));
            !by_day.is_empty()
        });
    }

    /// On which days off a carrier delivers in a country, as of `now`.
    #[expect(clippy::cast_precision_loss, reason = "counts of visits and days")]
    pub(super) fn week(&self, key: &[String; 2], clock: &DeliveryClock, now: Timestamp) -> Week {
        let visits = self.kinds.get(key).copied().unwrap_or_default();
        let (until, from) = (
            clock.days_before(now.millis().div_euclid(DAY_MS)),
            clock.days_before(self.first_day),
        );
        let days: [i64; KINDS] = core::array::from_fn(|kind| {
            let day = |days: &[i64; KINDS]| days.get(kind).copied().unwrap_or_default();
            (day(&until) - day(&from)).max(0)
        });
        let [business, saturdays, sundays, _] = core::array::from_fn(|kind| {
            (
                visits.get(kind).copied().unwrap_or(0),
                days.get(kind).copied().unwrap_or(0),
            )
        });
        let usual = business.0 as f64 / (business.1 as f64).max(1.0);
        let delivers = |(visits, days): (i64, i64), believed: f64| {
            let share = (visits as f64 + WEEK_BELIEVED * believed) / (days as f64 * usual + WEEK_BELIEVED);
            share > DELIVERS_FROM
        };
        let [on_saturdays, on_sundays] = DELIVERS_BELIEVED;
        let (holidays, exceptions) = self.learned_holidays(key, clock, (now, usual));
        Week {
            saturdays: delivers(saturdays, on_saturdays),
            sundays: delivers(sundays, on_sundays),
            holidays,
            exceptions,
        }
    }
}
