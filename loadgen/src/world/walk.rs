//! The pen that writes a journey: it knows the hour, the place, the weather and the jams, and notes one step at a time.

use super::atlas::Atlas;
use super::calendar::{DAY_S, HOUR_S, is_gift_season, is_holiday, weekday};
use super::carriers::{Carrier, TimeForm};
use super::places::{CityId, Site, Spot};
use super::settings::{Jam, Storm};
use super::step::{Extra, Plan, Step};
use super::truth::Cause;
use super::zone::Zone;
use crate::rng::Rng;
use milepost_model::{Code, Reason};

/// The map, and what slows everybody down.
#[derive(Clone, Debug)]
pub(super) struct Troubles {
    pub(super) atlas: Atlas,
    pub(super) jams: Vec<Jam>,
    pub(super) storms: Vec<Storm>,
    pub(super) season_slowdown_permille: i64,
    pub(super) retracted_permille: u64,
}

/// Whether a journey goes on after a stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Onward {
    Yes,
    /// It turns back to the sender, from here.
    Back,
    /// Nothing more will happen.
    End,
}

/// A journey being written.
pub(super) struct Walk<'w> {
    pub(super) plan: &'w Plan,
    pub(super) troubles: &'w Troubles,
    pub(super) rng: Rng,
    /// The hour, seconds since 1970.
    pub(super) now_s: i64,
    /// Delivery day that the carrier expects, at the destination.
    pub(super) expected_day: i64,
    pub(super) steps: Vec<Step>,
    /// The leg of the partner has begun.
    pub(super) by_partner: bool,
    pub(super) cause: Cause,
}

impl Walk<'_> {
    /// The carrier that has the parcel.
    pub(super) fn carrier(&self) -> &'static Carrier {
        self.plan
            .partner()
            .filter(|_| self.by_partner)
            .unwrap_or_else(|| self.plan.carrier())
    }

    /// The hub of the carrier that has the parcel, for a city.
    pub(super) fn nearest_hub(&self, city: CityId) -> CityId {
        let carrier = self
            .plan
            .partner
            .filter(|_| self.by_partner)
            .unwrap_or(self.plan.carrier);
        self.troubles.atlas.nearest_hub(carrier, city)
    }

    /// Zone of the destination.
    pub(super) fn home(&self) -> &'static Zone {
        self.plan.to.city().zone
    }

    /// Notes that `code` happens now at `spot`; what it carries can be added to the step.
    pub(super) fn note(&mut self, spot: Spot, code: Code) -> &mut Step {
        let ordinal = self.steps.len() as u8;
        let (form, _) = *self.rng.weighted(self.carrier().times, |(_, weight)| *weight);
        self.now_s += 1;
        self.steps.push(Step {
            at_s: self.now_s,
            arrives_ms: 0,
            clock_error_s: 0,
            spot,
            extra: Extra::None,
            code,
            reason: None,
            form,
            ordinal,
            by_partner: self.by_partner,
            from_desk: false,
            states_promise: false,
        });
        self.steps.last_mut().expect("just pushed")
    }

    /// Notes it only in `permille` of cases: feeds have gaps.
    pub(super) fn note_often(&mut self, permille: u64, spot: Spot, code: Code) {
        if self.rng.permille(permille) {
            self.note(spot, code);
        }
    }

    /// Tells something without a parcel in hand: no place.
    pub(super) fn tell(&mut self, code: Code, reason: Reason) -> &mut Step {
        let spot = Spot::new(self.plan.to, Site::Nowhere, 0);
        let step = self.note(spot, code);
        step.reason = Some(reason);
        step
    }

    /// Lets a typical number of seconds pass.
    pub(super) fn pass(&mut self, typical_s: i64) {
        self.now_s += self.rng.skewed(typical_s);
    }

    /// Waits for the next time that the wall clock of `zone` stands between two hours.
    pub(super) fn wait_for_hours(&mut self, zone: &Zone, from_hour: i64, until_hour: i64) {
        let local = zone.local_s(self.now_s);
        let (day, of_day) = (local.div_euclid(DAY_S), local.rem_euclid(DAY_S));
        let latest = until_hour * HOUR_S;
        let (day, earliest) = if of_day >= latest - 600 {
            (day + 1, from_hour * HOUR_S)
        } else {
            (day, of_day.max(from_hour * HOUR_S))
        };
        let at = self.rng.between(earliest, latest);
        self.now_s = zone.utc_s(day * DAY_S + at).max(self.now_s);
    }

    /// Whether this carrier delivers at the destination on that local day.
    pub(super) fn delivers_on(&self, day: i64) -> bool {
        delivers_on(self.carrier(), self.plan.to.city().country, day)
    }

    /// The hub stands still, or a storm is over the city: waits, and perhaps the carrier says so.
    pub(super) fn sit_out_troubles(&mut self, spot: Spot) {
        let (now_s, carrier) = (self.now_s, self.carrier().slug);
        let jam = self.troubles.jams.iter().find(|jam| {
            spot.site == Site::Hub
                && jam.city == spot.city
                && (jam.from_s..jam.until_s).contains(&now_s)
                && super::carriers::CARRIERS
                    .get(jam.carrier)
                    .is_some_and(|jammed| jammed.slug == carrier)
        });
        let storm = self
            .troubles
            .storms
            .iter()
            .find(|storm| (storm.from_s..storm.until_s).contains(&now_s) && storm.covers(spot.city));
        let (until_s, backlog_s, told_permille, reason, cause) = match (jam, storm) {
            (Some(jam), _) => {
                let backlog = (jam.until_s - jam.from_s) / 3;
                (jam.until_s, backlog, 450, Reason::CarrierCapacity, Cause::Jam)
            }
            (None, Some(storm)) => (storm.until_s, 10 * HOUR_S, 600, Reason::NatureWeather, Cause::Storm),
            (None, None) => return,
        };
        let leaves_s = until_s + self.rng.between(HOUR_S, backlog_s.max(2 * HOUR_S));
        if self.cause == Cause::None {
            self.cause = cause;
        }
        self.expected_day += (leaves_s - now_s + DAY_S / 2) / DAY_S;
        if self.rng.permille(told_permille) {
            self.pass(4 * HOUR_S);
            let day = self.expected_day as i32;
            let names_day = self.rng.permille(600);
            let step = self.tell(Code::Delayed, reason);
            if names_day {
                step.extra = Extra::Day(day);
            }
        }
        self.now_s = self.now_s.max(leaves_s);
    }

    /// Stays at a hub for as long as hubs hold parcels, longer in the gift season.
    pub(super) fn dwell(&mut self, hours: i64) {
        let typical = hours * HOUR_S;
        let season = if is_gift_season(self.now_s.div_euclid(DAY_S)) {
            self.troubles.season_slowdown_permille
        } else {
            0
        };
        self.pass(typical * (1_000 + season) / 1_000);
    }

    /// Gives arrival times, and time forms that keep every record of this journey distinct.
    pub(super) fn finish(&mut self) {
        let (mut earlier_s, mut earlier_ms) = (i64::MIN, i64::MIN);
        for at in 0..self.steps.len() {
            let Some(mut step) = self.steps.get(at).copied() else {
                break;
            };
            step.at_s = step.at_s.max(earlier_s + 1);
            earlier_s = step.at_s;
            if step.form == TimeForm::Date && !matches!(step.spot.site, Site::Hub | Site::Gateway) {
                step.form = TimeForm::LocalMinute;
            }
            if step.spot.site == Site::Nowhere && step.form == TimeForm::Bare {
                step.form = TimeForm::Offset;
            }
            if step.code == Code::Moving {
                step.form = TimeForm::Date;
            }
            let has_twin = self.steps.iter().take(at).any(|other| {
                other.code == step.code
                    && (step.at_s - other.at_s).abs() < if step.form == TimeForm::Date { 2 * DAY_S } else { 120 }
            });
            if has_twin {
                // A coarse time would make two records one: the dedupe key holds the written wall time.
                step.form = TimeForm::Offset;
            }
            let push_ms = self.rng.skewed(20_000) + self.rng.between(0, 999);
            let poll_ms = self.carrier_of(&step).poll_minutes * 60_000;
            let told_ms = step.at_s * 1_000;
            let seen_ms = if poll_ms == 0 {
                told_ms
            } else {
                (told_ms / poll_ms + 1) * poll_ms
            };
            // A feed tells the records of one parcel in their order, unless something goes wrong.
            step.arrives_ms = (seen_ms + push_ms).max(earlier_ms + 1);
            earlier_ms = step.arrives_ms;
            if let Some(slot) = self.steps.get_mut(at) {
                *slot = step;
            }
        }
    }

    fn carrier_of(&self, step: &Step) -> &'static Carrier {
        self.plan
            .partner()
            .filter(|_| step.by_partner)
            .unwrap_or_else(|| self.plan.carrier())
    }
}

/// Whether a carrier delivers in a country on that local day.
pub(super) fn delivers_on(carrier: &Carrier, country: &str, day: i64) -> bool {
    let open = match weekday(day) {
        0 => carrier.sunday,
        6 => carrier.saturday,
        _ => true,
    };
    open && !is_holiday(country, day)
}

/// The `count`-th delivery day after `day`.
pub(super) fn delivery_day_after(carrier: &Carrier, country: &str, day: i64, count: i64) -> i64 {
    let (mut day, mut left) = (day, count);
    while left > 0 {
        day += 1;
        if delivers_on(carrier, country, day) {
            left -= 1;
        }
    }
    day
}
