//! The last mile: the van, the door, the shop, the locker; and the way back when nobody takes it.

use super::calendar::{DAY_S, HOUR_S};
use super::places::{Site, Spot};
use super::step::Extra;
use super::truth::Cause;
use super::walk::{Onward, Walk};
use milepost_model::{Code, Reason};

/// How a door visit ends, per ten thousand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visit {
    Taken,
    NobodyHome(Code, Reason),
    NoTime,
    Refused,
    BadAddress,
}

const VISITS: [(Visit, u32); 9] = [
    (Visit::Taken, 9_270),
    (Visit::NobodyHome(Code::AttemptFailed, Reason::ConsigneeNotHome), 330),
    (Visit::NobodyHome(Code::CardLeft, Reason::ConsigneeNotHome), 150),
    (Visit::NobodyHome(Code::AttemptFailed, Reason::ConsigneeNoAccess), 50),
    (Visit::NobodyHome(Code::AttemptFailed, Reason::ConsigneeClosed), 40),
    (Visit::NobodyHome(Code::AttemptFailed, Reason::ConsigneeNoSafePlace), 20),
    (Visit::NoTime, 60),
    (Visit::Refused, 35),
    (Visit::BadAddress, 45),
];

const HANDED: [(Code, u32); 11] = [
    (Code::Delivered, 470),
    (Code::DeliveredSafePlace, 170),
    (Code::DeliveredMailbox, 110),
    (Code::DeliveredSigned, 100),
    (Code::DeliveredReception, 55),
    (Code::DeliveredNeighbour, 60),
    (Code::DeliveredPoBox, 10),
    (Code::DeliveredOtherAddress, 8),
    (Code::CodCollected, 8),
    (Code::DeliveredPartial, 3),
    (Code::DeliveredDamaged, 3),
];

impl Walk<'_> {
    pub(super) fn last_mile(&mut self) -> Onward {
        if self.rng.permille(self.carrier().shops_permille) {
            self.wait_for_van();
            let site = if self.rng.permille(400) {
                Site::Locker
            } else {
                Site::Shop
            };
            return self.shop(site);
        }
        let mut attempt = 0;
        loop {
            self.wait_for_van();
            self.drive_out();
            let (visit, _) = *self.rng.weighted(&VISITS, |(_, weight)| *weight);
            let door = self.door();
            match visit {
                Visit::Taken => return self.hand_over(door),
                Visit::Refused => {
                    self.note(door, Code::AttemptRefused).reason = Some(Reason::ConsigneeRefused);
                    return Onward::Back;
                }
                Visit::NoTime => self.note(door, Code::AttemptNotMade).reason = Some(Reason::CarrierNoTime),
                Visit::BadAddress => {
                    if self.bad_address(door) == Onward::Back {
                        return Onward::Back;
                    }
                }
                Visit::NobodyHome(code, reason) => {
                    attempt += 1;
                    let step = self.note(door, code);
                    step.reason = Some(reason);
                    step.extra = Extra::Attempt(attempt);
                    self.after_nobody_home();
                    if attempt == 3 {
                        return self.shop(Site::Depot);
                    }
                    if self.rng.permille(self.carrier().shops_permille * 2) {
                        return self.shop(Site::Shop);
                    }
                }
            }
        }
    }

    fn door(&self) -> Spot {
        self.plan.door_spot()
    }

    /// The van leaves in the morning of the next delivery day, unless weather keeps it.
    fn wait_for_van(&mut self) {
        let (zone, depot) = (self.home(), self.last_depot());
        loop {
            self.wait_for_hours(zone, 7, 9);
            while !self.delivers_on(zone.local_day(self.now_s)) {
                self.now_s += DAY_S;
            }
            let before_s = self.now_s;
            self.sit_out_troubles(depot);
            if self.now_s == before_s {
                return;
            }
        }
    }

    fn drive_out(&mut self) {
        let depot = self.last_depot();
        if self.rng.permille(220) {
            self.note(depot, Code::LoadedForDelivery);
            self.pass(1_200);
        }
        let zone = self.home();
        let day = zone.local_day(self.now_s);
        self.expected_day = day;
        // The tour is known: the hours of the visit too, mostly.
        let at_hour = self.rng.between(9, 18) as u8;
        let names_hours = self.carrier().estimates && self.rng.permille(700);
        let step = self.note(depot, Code::OutForDelivery);
        step.states_promise = true;
        if names_hours {
            step.extra = Extra::Hours {
                day: day as i32,
                from: at_hour.saturating_sub(1),
                until: at_hour + 2,
            };
        }
        let visit_s = zone.utc_s(day * DAY_S + i64::from(at_hour) * HOUR_S) + self.rng.between(0, HOUR_S);
        self.now_s = self.now_s.max(visit_s);
    }

    fn after_nobody_home(&mut self) {
        if self.cause == Cause::None {
            self.cause = Cause::Door;
        }
        self.expected_day += 1;
        let day = self.expected_day as i32;
        if self.rng.permille(300) {
            self.pass(600);
            self.tell(Code::Rescheduled, Reason::ConsigneeNotHome).extra = Extra::Day(day);
        }
        let depot = self.last_depot();
        self.wait_for_hours(self.home(), 18, 21);
        self.note_often(500, depot, Code::ArrivedFacility);
    }

    fn bad_address(&mut self, door: Spot) -> Onward {
        self.note(door, Code::AttemptFailed).reason = Some(Reason::ConsigneeBadAddress);
        self.pass(5 * HOUR_S);
        let depot = self.last_depot();
        self.note(depot, Code::AddressProblem).reason = Some(Reason::ConsigneeBadAddress);
        self.pass(20 * HOUR_S);
        if self.rng.permille(200) {
            self.note(depot, Code::Undeliverable).reason = Some(Reason::ConsigneeUnknown);
            return Onward::Back;
        }
        self.tell(Code::AddressCorrected, Reason::ConsigneeBadAddress);
        Onward::Yes
    }

    fn hand_over(&mut self, door: Spot) -> Onward {
        let (code, _) = *self.rng.weighted(&HANDED, |(_, weight)| *weight);
        let delivered = self.note(door, code).ordinal;
        if self.rng.permille(self.troubles.retracted_permille) {
            // The driver pressed the wrong button, and says so.
            self.pass(1_500);
            self.tell(Code::Info, Reason::CarrierProcessing).extra = Extra::Retracts(delivered);
            self.pass(HOUR_S);
            let depot = self.last_depot();
            self.note(depot, Code::OutForDelivery);
            self.pass(2 * HOUR_S);
            self.note(door, Code::Delivered);
        }
        if self.rng.permille(90) {
            self.pass(400);
            self.note(door, Code::ProofOfDelivery);
        }
        if self.rng.permille(2) {
            self.now_s += self.rng.between(3, 12) * DAY_S;
            return Onward::Back;
        }
        Onward::End
    }

    /// Waits in a shop, a locker or the depot, and is collected, or not.
    fn shop(&mut self, site: Site) -> Onward {
        let zone = self.home();
        self.wait_for_hours(zone, 11, 18);
        let (code, number) = match site {
            Site::Locker => (Code::ReadyInLocker, 100 + self.plan.door % 50),
            Site::Depot => (Code::ReadyAtDepot, self.last_depot().number),
            Site::Shop | Site::Nowhere | Site::Warehouse | Site::Hub | Site::Gateway | Site::Door => (
                if self.rng.permille(800) {
                    Code::ReadyAtShop
                } else {
                    Code::ReadyForPickup
                },
                10 + self.plan.door % 60,
            ),
        };
        let spot = Spot::new(self.plan.to, site, number);
        let until_day = zone.local_day(self.now_s) + if site == Site::Locker { 5 } else { 8 };
        self.note(spot, code).extra = Extra::PickupUntil(until_day as i32);
        let ready_s = self.now_s;
        if self.rng.permille(35) {
            self.now_s = zone.utc_s((until_day - 2) * DAY_S + 10 * HOUR_S).max(self.now_s);
            self.tell(Code::PickupReminder, Reason::ConsigneeNotCollected).extra = Extra::PickupUntil(until_day as i32);
            self.now_s = zone.utc_s((until_day + 1) * DAY_S + 9 * HOUR_S).max(self.now_s);
            self.note(spot, Code::PickupMissed).reason = Some(Reason::ConsigneeNotCollected);
            return Onward::Back;
        }
        self.pass(21 * HOUR_S);
        self.now_s = self.now_s.clamp(ready_s + 900, ready_s + 5 * DAY_S);
        self.wait_for_hours(zone, 9, 20);
        self.note(spot, Code::Collected);
        Onward::End
    }

    /// Back to the sender. The same number, the same history.
    pub(super) fn way_back(&mut self) {
        let reason = self
            .steps
            .iter()
            .rev()
            .find_map(|step| step.reason)
            .unwrap_or(Reason::UnknownUnspecified);
        let depot = self.last_depot();
        self.pass(14 * HOUR_S);
        self.note(depot, Code::ReturnStarted).reason = Some(reason);
        self.pass(30 * HOUR_S);
        let hub = Spot::new(self.nearest_hub(self.plan.to), Site::Hub, 1);
        self.note(hub, Code::ReturnInTransit);
        self.drive(self.plan.to, self.plan.from);
        self.pass(30 * HOUR_S);
        self.wait_for_hours(self.plan.from.city().zone, 9, 16);
        let shop = Spot::new(self.plan.from, Site::Warehouse, u16::from(self.plan.merchant));
        self.note_often(920, shop, Code::ReturnedToSender);
    }
}
