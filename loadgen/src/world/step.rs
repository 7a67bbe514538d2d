//! A journey in its packed form: what is fixed for a shipment (plan), and one record of its history (step).

use super::calendar::DAY_S;
use super::carriers::{CARRIERS, Carrier, Service, TimeForm};
use super::merchants::{MERCHANTS, Merchant};
use super::places::{CityId, Site, Spot};
use milepost_model::{Code, Kind, Reason, Status, TrackingNumber};

/// What a promise looks like in the feed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Promise {
    /// The shop told no date.
    None,
    /// A local day at the destination, written as a date.
    Day(i32),
    /// The end of a local day at the destination, written as an instant.
    EndOf(i32),
}

impl Promise {
    /// The promised day, counted from 1970-01-01 at the destination.
    #[must_use]
    pub const fn day(self) -> Option<i32> {
        match self {
            Self::None => None,
            Self::Day(day) | Self::EndOf(day) => Some(day),
        }
    }
}

/// What is fixed for a shipment from its label on.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Which shipment of the world, from 0.
    pub index: u64,
    /// The number.
    pub number: TrackingNumber,
    /// Place of the carrier in the table.
    pub carrier: u8,
    /// Place of the service in the carrier's table.
    pub service: u8,
    /// Place of the carrier that delivers the last leg under the same number.
    pub partner: Option<u8>,
    /// Place of the shop in the table.
    pub merchant: u8,
    /// The order, counted over the world.
    pub order: u64,
    /// Where it starts.
    pub from: CityId,
    /// Where it goes.
    pub to: CityId,
    /// Which door in that city.
    pub door: u16,
    /// When the label was printed, seconds since 1970.
    pub created_s: i64,
    /// What the shopper was told.
    pub promise: Promise,
}

impl Plan {
    /// The carrier.
    #[must_use]
    pub fn carrier(&self) -> &'static Carrier {
        CARRIERS
            .get(usize::from(self.carrier))
            .expect("plans are made from the table")
    }

    /// The product.
    #[must_use]
    pub fn service(&self) -> &'static Service {
        self.carrier()
            .services
            .get(usize::from(self.service))
            .expect("plans are made from the table")
    }

    /// The carrier of the last leg, if another one.
    #[must_use]
    pub fn partner(&self) -> Option<&'static Carrier> {
        self.partner.and_then(|at| CARRIERS.get(usize::from(at)))
    }

    /// The shop.
    #[must_use]
    pub fn merchant(&self) -> &'static Merchant {
        MERCHANTS
            .get(usize::from(self.merchant))
            .expect("plans are made from the table")
    }

    /// The consignee's door.
    #[must_use]
    pub fn door_spot(&self) -> Spot {
        Spot::new(self.to, Site::Door, self.door)
    }

    /// Whether it crosses a border.
    #[must_use]
    pub fn is_abroad(&self) -> bool {
        self.from.city().country != self.to.city().country
    }
}

/// What a record carries besides its code. Days are local days at the destination, counted from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extra {
    /// Nothing more.
    None,
    /// The delivery date that the carrier expects now.
    Day(i32),
    /// The hours of the day in which it will come.
    Hours {
        /// Day.
        day: i32,
        /// First hour.
        from: u8,
        /// Last hour.
        until: u8,
    },
    /// The last day to collect it.
    PickupUntil(i32),
    /// The number of the attempt, as the carrier counts.
    Attempt(u8),
    /// This record withdraws the one with that ordinal.
    Retracts(u8),
}

/// One record of a journey.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// When it truly happened, seconds since 1970.
    pub at_s: i64,
    /// When it reaches us if nothing goes wrong, milliseconds since 1970.
    pub arrives_ms: i64,
    /// What the carrier's clock is wrong by, seconds.
    pub clock_error_s: i32,
    /// Where.
    pub spot: Spot,
    /// More.
    pub extra: Extra,
    /// What happened.
    pub code: Code,
    /// Why.
    pub reason: Option<Reason>,
    /// How its time is written.
    pub form: TimeForm,
    /// Its place in the history of this shipment; makes the event id.
    pub ordinal: u8,
    /// By the carrier of the last leg.
    pub by_partner: bool,
    /// Told by the carrier without having the parcel in hand.
    pub from_desk: bool,
    /// States the promise.
    pub states_promise: bool,
}

impl Step {
    /// What the written time says, seconds since 1970.
    #[must_use]
    pub fn written_s(&self) -> i64 {
        self.at_s + i64::from(self.clock_error_s)
    }

    /// What kind of record it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.code.kind() {
            Kind::Scan if self.from_desk => Kind::Admin,
            kind @ (Kind::Scan | Kind::Notice | Kind::Estimate | Kind::Admin | Kind::Proof) => kind,
        }
    }

    /// The status that it states, if any.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        self.code.status()
    }
}

/// One scan, whole: a step with the plan of its shipment. The encoder turns it into a line.
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    /// Seed of the world, part of the event id.
    pub seed: u64,
    /// The shipment.
    pub plan: Plan,
    /// The record.
    pub step: Step,
}

impl Scan {
    /// The second at which what the feed says of its time begins: of a minute or a day its first.
    #[must_use]
    pub fn begins_s(&self) -> i64 {
        let (at_s, zone) = (self.step.written_s(), self.step.spot.city.city().zone);
        match self.step.form {
            TimeForm::Date => zone.utc_s(zone.local_day(at_s) * DAY_S),
            TimeForm::Minute | TimeForm::LocalMinute => at_s - at_s.rem_euclid(60),
            TimeForm::Offset | TimeForm::Zulu | TimeForm::ZuluMillis | TimeForm::Local | TimeForm::Bare => at_s,
        }
    }

    /// The number of the attempt, where the carrier counts it.
    #[must_use]
    pub const fn attempt(&self) -> Option<u8> {
        match self.step.extra {
            Extra::Attempt(count) => Some(count),
            Extra::None | Extra::Day(_) | Extra::Hours { .. } | Extra::PickupUntil(_) | Extra::Retracts(_) => None,
        }
    }

    /// The carrier whose record it is: that of the last leg, or the carrier of the number.
    #[must_use]
    pub fn by(&self) -> &'static Carrier {
        self.plan
            .partner()
            .filter(|_| self.step.by_partner)
            .unwrap_or_else(|| self.plan.carrier())
    }
}
