//! The beginning of shipments: in time order, with the rhythm of the week, orders, destinations and promises.

use super::atlas::Atlas;
use super::calendar::{DAY_S, HOUR_S, LABELS_BY_HOUR, is_holiday, labels_permille, weekday};
use super::carriers::{CARRIERS, Carrier, Service, partner};
use super::journey::named_days;
use super::merchants::{MERCHANTS, Merchant};
use super::places::{CITIES, City, CityId};
use super::settings::Settings;
use super::step::{Plan, Promise};
use super::walk::delivery_day_after;
use crate::rng::{Rng, mix};
use milepost_model::TrackingNumber;

/// A shipment that begins.
pub(super) struct Birth {
    pub(super) plan: Plan,
    pub(super) has_earlier_life: bool,
}

/// Begins shipments one after the other.
pub(super) struct Births {
    seed: u64,
    shipments: u64,
    start_s: i64,
    hours: u64,
    weight_total: u64,
    /// Hour that is being filled, and the shipments of the world up to its begin and its end.
    hour: u64,
    weight_before: u64,
    from: u64,
    until: u64,
    index: u64,
    order: u64,
    /// The plan of an order that is split, and how many shipments it still has.
    split: Option<(Plan, u64)>,
    split_permille: u64,
    promise_permille: u64,
    recycled_permille: u64,
}

impl Births {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut births = Self {
            seed: settings.seed,
            shipments: settings.shipments,
            start_s: settings.start_s,
            hours: u64::from(settings.days) * 24,
            weight_total: 0,
            hour: 0,
            weight_before: 0,
            from: 0,
            until: 0,
            index: 0,
            order: 0,
            split: None,
            split_permille: settings.split_permille,
            promise_permille: settings.promise_permille,
            recycled_permille: settings.recycled_permille,
        };
        births.weight_total = (0..births.hours)
            .map(|hour| births.hour_weight(hour))
            .sum::<u64>()
            .max(1);
        births.fill_hour();
        births
    }

    fn hour_weight(&self, hour: u64) -> u64 {
        let day = self.start_s.div_euclid(DAY_S) + (hour / 24) as i64;
        let share = LABELS_BY_HOUR.get((hour % 24) as usize).copied().unwrap_or(0);
        labels_permille(day) * share
    }

    /// The last shipment of the hour is the world's size times the share of all hours up to its end.
    fn fill_hour(&mut self) {
        let after = self.weight_before + self.hour_weight(self.hour);
        self.from = self.index;
        self.until = if self.hour + 1 >= self.hours {
            self.shipments
        } else {
            (u128::from(self.shipments) * u128::from(after) / u128::from(self.weight_total)) as u64
        };
        self.weight_before = after;
    }

    pub(super) fn next(&mut self, atlas: &Atlas) -> Option<Birth> {
        while self.index >= self.until {
            self.hour += 1;
            if self.hour >= self.hours {
                return None;
            }
            self.fill_hour();
        }
        let index = self.index;
        let mut rng = Rng::new(self.seed, 0x6269_7274, index);
        let (nth, count) = (index - self.from, self.until - self.from);
        let into_s = (nth * HOUR_S as u64 + rng.below(HOUR_S as u64)) / count;
        let created_s = self.start_s + self.hour as i64 * HOUR_S + into_s as i64;
        self.index += 1;
        let plan = match self.split.take() {
            Some((first, left)) => {
                self.split = (left > 1).then_some((first, left - 1));
                self.again(&first, index, created_s)
            }
            None => self.plan(&mut rng, atlas, index, created_s),
        };
        Some(Birth {
            plan,
            has_earlier_life: rng.permille(self.recycled_permille),
        })
    }

    fn plan(&mut self, rng: &mut Rng, atlas: &Atlas, index: u64, created_s: i64) -> Plan {
        let merchant = rng.weighted_index(MERCHANTS, |merchant| merchant.weight);
        let shop = MERCHANTS.get(merchant).expect("picked from the table");
        let from = atlas.shop(merchant);
        let (carrier, service, to) = route(rng, shop, from);
        self.order += 1;
        let mut plan = Plan {
            index,
            number: number(self.seed, carrier, index),
            carrier: carrier as u8,
            service: service as u8,
            partner: None,
            merchant: merchant as u8,
            order: self.order,
            from,
            to,
            door: 1 + rng.below(900) as u16,
            created_s,
            promise: Promise::None,
        };
        if plan.carrier().slug == "china_post" {
            plan.partner = partner(to.city().country).map(|at| at as u8);
        }
        plan.promise = self.promise(rng, &plan);
        if rng.permille(self.split_permille) {
            self.split = Some((plan, if rng.permille(750) { 1 } else { 2 }));
        }
        plan
    }

    /// Another shipment of the same order.
    fn again(&self, first: &Plan, index: u64, created_s: i64) -> Plan {
        let number = number(self.seed, usize::from(first.carrier), index);
        Plan {
            index,
            number,
            created_s,
            ..*first
        }
    }

    fn promise(&self, rng: &mut Rng, plan: &Plan) -> Promise {
        let is_promised = rng.permille(self.promise_permille);
        let is_date = rng.permille(600);
        // Some shops and some offers are bolder than the carrier.
        let daring = i64::from(rng.permille(120));
        if !is_promised {
            return Promise::None;
        }
        let (shop, country) = (plan.merchant(), plan.to.city().country);
        let from = plan.from.city();
        let mut ready_day = from
            .zone
            .local_day(plan.created_s + (shop.handling_hours + 13) * HOUR_S);
        while weekday(ready_day) == 0 || is_holiday(from.country, ready_day) {
            ready_day += 1;
        }
        let days = named_days(plan) + shop.padding_days - daring;
        let last_leg = plan.partner().unwrap_or_else(|| plan.carrier());
        let day = delivery_day_after(last_leg, country, ready_day, days) as i32;
        if is_date {
            Promise::Day(day)
        } else {
            Promise::EndOf(day)
        }
    }
}

/// Destination, carrier and product, so that the three fit together.
fn route(rng: &mut Rng, shop: &Merchant, from: CityId) -> (usize, usize, CityId) {
    let home = from.city().country;
    let goes_abroad = rng.permille(shop.abroad_permille);
    let takes = |city: &City| city.country != "CN" && (city.country != home) == goes_abroad;
    let to = rng.weighted_index(CITIES, |city| if takes(city) { u32::from(city.weight) } else { 0 });
    let to = CityId(to as u8);
    let country = to.city().country;
    let sells = |service: &Service| if goes_abroad { service.abroad } else { service.domestic };
    let reaches = |carrier: &Carrier| {
        let delivers = carrier.serves(country) || (carrier.slug == "china_post" && partner(country).is_some());
        delivers && carrier.serves(home) && carrier.services.iter().any(sells)
    };
    let carrier = rng.weighted_index(CARRIERS, |carrier| if reaches(carrier) { carrier.weight } else { 0 });
    let services = CARRIERS
        .get(carrier)
        .map_or(&[] as &[Service], |carrier| carrier.services);
    let service = rng.weighted_index(services, |service| if sells(service) { service.weight } else { 0 });
    (carrier, service, to)
}

/// The number of a shipment. Serials run through their range in steps that share no factor with it: no number twice.
fn number(seed: u64, carrier: usize, index: u64) -> TrackingNumber {
    const RANGE: u64 = 100_000_000;
    let serial = (index * 38_710_117 + mix(seed) % RANGE) % RANGE + index / RANGE * RANGE;
    let form = CARRIERS.get(carrier).expect("picked from the table").form;
    form.number(serial)
}
