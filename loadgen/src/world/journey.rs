//! A journey from label to hub to depot. Customs stand in `border`, the last mile and the way back in `door`.

use super::calendar::{DAY_S, HOUR_S, is_holiday, weekday};
use super::places::{CityId, Site, Spot};
use super::step::{Extra, Plan, Step};
use super::truth::{Cause, Truth};
use super::walk::{Onward, Troubles, Walk, delivery_day_after};
use crate::rng::Rng;
use milepost_model::{Code, Reason};

/// What happens to a parcel between two hubs, drawn once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mishap {
    None,
    Misrouted,
    Damaged,
    LabelUnreadable,
    AddressProblem,
    SecurityHold,
    Held,
    Lost,
}

const MISHAPS: [(Mishap, u32); 8] = [
    (Mishap::None, 9_655),
    (Mishap::Misrouted, 130),
    (Mishap::Damaged, 35),
    (Mishap::LabelUnreadable, 30),
    (Mishap::AddressProblem, 70),
    (Mishap::SecurityHold, 15),
    (Mishap::Held, 40),
    (Mishap::Lost, 25),
];

/// The steps of a journey and what they amount to.
pub(super) struct Written {
    pub(super) steps: Vec<Step>,
    pub(super) truth: Truth,
}

/// Writes the whole journey of a plan.
pub(super) fn write(plan: &Plan, seed: u64, troubles: &Troubles, has_earlier_life: bool, until_s: i64) -> Written {
    let mut walk = Walk {
        plan,
        troubles,
        rng: Rng::new(seed, 0x7761_6C6B, plan.index),
        now_s: plan.created_s,
        expected_day: 0,
        steps: Vec::with_capacity(20),
        by_partner: false,
        cause: Cause::None,
    };
    if has_earlier_life {
        walk.earlier_life();
    }
    let first = walk.steps.len();
    if walk.label() == Onward::Yes {
        walk.accept();
        let mut onward = walk.line_haul();
        if onward == Onward::Yes {
            onward = walk.last_mile();
        }
        if onward == Onward::Back {
            walk.way_back();
        }
    }
    walk.finish();
    let truth = Truth::of(plan, &walk.steps, first, walk.cause, until_s);
    // The earlier life comes with the first poll of the present one: nobody asked for the number before.
    let told_ms = walk.steps.get(first).map_or(0, |step| step.arrives_ms);
    for step in walk.steps.iter_mut().take(first) {
        step.arrives_ms = told_ms;
    }
    Written {
        steps: walk.steps,
        truth,
    }
}

impl Walk<'_> {
    /// The number had a parcel before: months ago it was delivered somewhere.
    fn earlier_life(&mut self) {
        let begins_s = self.now_s;
        self.now_s -= self.rng.between(80, 170) * DAY_S;
        self.note(Spot::new(self.plan.to, Site::Depot, 1), Code::PickedUp);
        self.pass(20 * HOUR_S);
        let hub = self.nearest_hub(self.plan.from);
        self.note(Spot::new(hub, Site::Hub, 1), Code::ArrivedFacility);
        self.pass(20 * HOUR_S);
        self.note(Spot::new(self.plan.from, Site::Door, 77), Code::Delivered);
        self.now_s = begins_s;
    }

    fn label(&mut self) -> Onward {
        let shop = Spot::new(self.plan.from, Site::Warehouse, u16::from(self.plan.merchant));
        if self.rng.permille(180) {
            self.note(shop, Code::OrderCreated).states_promise = true;
            self.pass(2 * HOUR_S);
        }
        if self.rng.permille(300) {
            self.note(shop, Code::LabelCreated).states_promise = true;
            self.pass(600);
        }
        self.note(shop, Code::InfoReceived).states_promise = true;
        if self.rng.permille(9) {
            self.pass(9 * HOUR_S);
            let code = if self.rng.permille(700) {
                Code::LabelVoided
            } else {
                Code::Cancelled
            };
            self.note(shop, code).reason = Some(Reason::ShipperCancelled);
            return Onward::End;
        }
        self.pass(self.plan.merchant().handling_hours * HOUR_S);
        if self.rng.permille(14) {
            self.cause = Cause::Handover;
            self.pass(20 * HOUR_S);
            let code = if self.rng.permille(500) {
                Code::AwaitingHandover
            } else {
                Code::HandoverMissed
            };
            let step = self.note(shop, code);
            step.reason = Some(Reason::ShipperLateHandover);
            if self.rng.permille(200) {
                // The shop forgot it for ever.
                return Onward::End;
            }
            self.pass(40 * HOUR_S);
        }
        Onward::Yes
    }

    fn accept(&mut self) {
        let zone = self.plan.from.city().zone;
        let country = self.plan.from.city().country;
        self.wait_for_hours(zone, 11, 19);
        while weekday(zone.local_day(self.now_s)) == 0 || is_holiday(country, zone.local_day(self.now_s)) {
            self.now_s += DAY_S;
        }
        let (code, site) = match self.rng.below(100) {
            0..55 => (Code::PickedUp, Site::Warehouse),
            55..75 => (Code::DroppedOff, Site::Shop),
            75..98 => (Code::ReceivedOrigin, Site::Depot),
            _ => (Code::ReceivedWithoutData, Site::Depot),
        };
        let number = if site == Site::Warehouse {
            u16::from(self.plan.merchant)
        } else {
            1 + self.rng.below(40) as u16
        };
        let days = named_days(self.plan);
        let today = self.home().local_day(self.now_s);
        self.expected_day = delivery_day_after(self.carrier(), self.plan.to.city().country, today, days);
        let expected = Extra::Day(self.expected_day as i32);
        let names_day = self.carrier().estimates;
        let step = self.note(Spot::new(self.plan.from, site, number), code);
        step.states_promise = true;
        if names_day {
            step.extra = expected;
        }
        self.pass(2 * HOUR_S);
        let depot = Spot::new(self.plan.from, Site::Depot, 1 + self.plan.door % 3);
        self.note_often(700, depot, Code::Processed);
        self.wait_for_hours(zone, 19, 23);
        self.sit_out_troubles(depot);
        self.note_often(850, depot, Code::DepartedFacility);
    }

    /// From the first depot to the last, over hubs and perhaps a border.
    fn line_haul(&mut self) -> Onward {
        let (mishap, _) = *self.rng.weighted(&MISHAPS, |(_, weight)| *weight);
        let first_hub = self.nearest_hub(self.plan.from);
        self.drive(self.plan.from, first_hub);
        self.hub(first_hub);
        if self.suffer(mishap, first_hub) != Onward::Yes {
            return self.after_mishap(mishap);
        }
        let mut at = first_hub;
        if self.plan.is_abroad() {
            let (onward, gateway) = self.border(at);
            if onward != Onward::Yes {
                return onward;
            }
            at = gateway;
        }
        let last_hub = self.nearest_hub(self.plan.to);
        if last_hub != at {
            self.drive(at, last_hub);
            self.hub(last_hub);
        }
        self.drive(last_hub, self.plan.to);
        let depot = self.last_depot();
        self.note(depot, Code::ArrivedDeliveryDepot);
        self.sit_out_troubles(depot);
        Onward::Yes
    }

    /// The depot whose vans reach the door.
    pub(super) fn last_depot(&self) -> Spot {
        Spot::new(self.plan.to, Site::Depot, 1 + self.plan.door % 3)
    }

    /// The truck or plane between two cities.
    pub(super) fn drive(&mut self, from: CityId, to: CityId) {
        let km = from.km_to(to);
        let hours_per_1000 = 1_000_000 / self.plan.service().km_per_hour;
        let typical_s = HOUR_S + km * hours_per_1000 * HOUR_S / 1_000_000;
        self.pass(typical_s);
        if km > 900 && self.rng.permille(40) {
            let spot = Spot::new(to, Site::Nowhere, 0);
            self.note(spot, Code::Moving);
        }
    }

    /// In at a hub, sorted, out again.
    pub(super) fn hub(&mut self, city: CityId) {
        let hub = Spot::new(city, Site::Hub, 1);
        self.note_often(940, hub, Code::ArrivedFacility);
        self.sit_out_troubles(hub);
        let hours = self.plan.service().hub_hours;
        self.dwell((hours + 1) / 2);
        self.note_often(450, hub, Code::Processed);
        self.dwell((hours + 1) / 2);
        self.note_often(920, hub, Code::DepartedFacility);
    }

    fn suffer(&mut self, mishap: Mishap, hub: CityId) -> Onward {
        let spot = Spot::new(hub, Site::Hub, 1);
        if mishap != Mishap::None && self.cause == Cause::None {
            self.cause = match mishap {
                Mishap::Misrouted => Cause::Misrouted,
                Mishap::Lost => Cause::Lost,
                Mishap::None
                | Mishap::Damaged
                | Mishap::LabelUnreadable
                | Mishap::AddressProblem
                | Mishap::SecurityHold
                | Mishap::Held => Cause::Mishap,
            };
        }
        match mishap {
            Mishap::None => return Onward::Yes,
            Mishap::Lost => return Onward::End,
            Mishap::Misrouted => self.wrong_hub(hub),
            Mishap::Damaged => {
                self.pass(HOUR_S);
                self.note(spot, Code::Damaged).reason = Some(Reason::CarrierDamage);
                self.pass(14 * HOUR_S);
                if self.rng.permille(350) {
                    return Onward::Back;
                }
                self.tell(Code::Repacked, Reason::CarrierDamage);
                self.note(spot, Code::ProblemResolved);
            }
            Mishap::LabelUnreadable => {
                self.note(spot, Code::LabelUnreadable).reason = Some(Reason::CarrierLabelUnreadable);
                self.pass(16 * HOUR_S);
                self.tell(Code::Relabelled, Reason::CarrierLabelUnreadable);
                self.note(spot, Code::Processed);
            }
            Mishap::AddressProblem => {
                self.note(spot, Code::AddressProblem).reason = Some(Reason::ShipperBadData);
                self.pass(22 * HOUR_S);
                self.tell(Code::AddressCorrected, Reason::ShipperBadData);
                self.note(spot, Code::ProblemResolved);
            }
            Mishap::SecurityHold | Mishap::Held => {
                let (code, reason) = if mishap == Mishap::Held {
                    (Code::Held, Reason::ShipperBadDimensions)
                } else {
                    (Code::SecurityHold, Reason::AuthoritySecurity)
                };
                self.note(spot, code).reason = Some(reason);
                self.pass(30 * HOUR_S);
                self.note(spot, Code::ProblemResolved);
            }
        }
        Onward::Yes
    }

    fn wrong_hub(&mut self, from: CityId) {
        let hubs: Vec<CityId> = self
            .carrier()
            .hubs
            .iter()
            .filter_map(|code| CityId::find(code))
            .filter(|hub| *hub != from && hub.city().country == from.city().country)
            .collect();
        let wrong = if hubs.is_empty() { from } else { *self.rng.pick(&hubs) };
        self.drive(from, wrong);
        let spot = Spot::new(wrong, Site::Hub, 1);
        self.note(spot, Code::Misrouted).reason = Some(Reason::CarrierMissort);
        self.expected_day += 1;
        let day = self.expected_day as i32;
        if self.rng.permille(500) {
            self.tell(Code::Estimate, Reason::CarrierMissort).extra = Extra::Day(day);
        }
        self.pass(12 * HOUR_S);
        self.note(spot, Code::DepartedFacility);
    }

    /// A parcel that did not leave its first hub: damaged beyond repair, or gone.
    fn after_mishap(&mut self, mishap: Mishap) -> Onward {
        if mishap != Mishap::Lost {
            return Onward::Back;
        }
        self.now_s += self.rng.between(8, 13) * DAY_S;
        if self.rng.permille(700) {
            self.tell(Code::TraceOpened, Reason::UnknownTracing).from_desk = true;
            self.now_s += self.rng.between(7, 12) * DAY_S;
            if self.rng.permille(800) {
                self.tell(Code::Lost, Reason::CarrierLost).from_desk = true;
            }
        }
        Onward::End
    }
}

/// Delivery days that the carrier names for a lane.
pub(super) fn named_days(plan: &Plan) -> i64 {
    let service = plan.service();
    service.days_min + plan.from.km_to(plan.to) / service.km_per_day
}
