//! One parcel's way as the seed has it: who carries it, from where to where, what happened at which hour.

use crate::ago;
use milepost_model::{Code, Kind, Status, Timestamp};

/// A place: city, region, postal code, country.
pub(crate) type City = (&'static str, &'static str, &'static str, &'static str);

const CARRIERS: [(&str, &str); 4] = [
    ("ups", "ground"),
    ("fedex", "express"),
    ("usps", "priority"),
    ("dhl", "parcel"),
];
const CITIES: [City; 6] = [
    ("Louisville", "KY", "40213", "US"),
    ("Columbus", "OH", "43215", "US"),
    ("Memphis", "TN", "38118", "US"),
    ("Reno", "NV", "89502", "US"),
    ("Leipzig", "SN", "04435", "DE"),
    ("Lyon", "ARA", "69007", "FR"),
];

/// One thing that happened.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) at: Timestamp,
    pub(crate) status: Option<Status>,
    pub(crate) code: Code,
    pub(crate) city: City,
}

impl Step {
    pub(crate) const fn kind(&self) -> Kind {
        self.code.kind()
    }

    /// Whether it moved or repeated a status.
    pub(crate) const fn counts(&self) -> bool {
        self.status.is_some()
    }
}

/// The whole way, as far as it went until now.
pub(crate) struct Journey {
    pub(crate) number: String,
    pub(crate) carrier: &'static str,
    pub(crate) service: &'static str,
    pub(crate) merchant: &'static str,
    pub(crate) order_id: Option<String>,
    pub(crate) promised_at: Option<Timestamp>,
    /// Where it is to go, as the label says.
    pub(crate) to: City,
    pub(crate) steps: Vec<Step>,
}

impl Journey {
    pub(crate) fn new(seed: u64, index: usize) -> Self {
        let mut dice = Dice::new(seed, index);
        let (carrier, service) = dice.one_of(&CARRIERS);
        let hours = 24 + i64::from(dice.below(12 * 24));
        let prefix = if carrier == "dhl" { "JD" } else { "1Z" };
        let order_id = (dice.below(20) > 0).then(|| format!("SO-{:04}", 1000 + index - usize::from(index % 3 == 1)));
        let promised_at = (dice.below(8) > 0).then(|| ago(hours - 24 * 5));
        let (to, steps) = steps(&mut dice, hours);
        Self {
            number: format!("{prefix}{:010}", 4_000_000 + index * 7),
            carrier,
            service,
            // Two shipments in three belong to an order that has another shipment.
            order_id,
            merchant: if index % 3 == 2 && index.is_multiple_of(2) {
                "globex"
            } else {
                "acme"
            },
            promised_at,
            to,
            steps,
        }
    }
}

fn steps(dice: &mut Dice, hours_ago: i64) -> (City, Vec<Step>) {
    let (from, to) = (dice.one_of(&CITIES), dice.one_of(&CITIES));
    let mut hour = hours_ago;
    let mut steps = Vec::new();
    let mut step = |dice: &mut Dice, hours: u32, status: Option<Status>, code: Code, city: City| {
        // A step that lies after now has not happened yet.
        if hour >= 0 {
            let at = ago(hour).plus(i64::from(dice.below(60)) * -60_000);
            steps.push(Step { at, status, code, city });
        }
        hour -= i64::from(hours + dice.below(12));
    };
    step(dice, 8, Some(Status::Announced), Code::InfoReceived, from);
    if dice.below(25) == 0 {
        step(dice, 0, Some(Status::Cancelled), Code::Cancelled, from);
        return (to, steps);
    }
    step(dice, 6, Some(Status::Accepted), Code::PickedUp, from);
    for _ in 0..2 + dice.below(3) {
        let city = dice.one_of(&CITIES);
        step(dice, 8, Some(Status::InTransit), Code::ArrivedFacility, city);
        step(dice, 4, Some(Status::InTransit), Code::DepartedFacility, city);
    }
    match dice.below(10) {
        // Nothing more is heard of it.
        0 | 1 => return (to, steps),
        2 => step(dice, 30, None, Code::Delayed, to),
        _ => {}
    }
    step(dice, 5, Some(Status::OutForDelivery), Code::OutForDelivery, to);
    if dice.below(6) == 0 {
        step(dice, 20, Some(Status::AttemptFailed), Code::CardLeft, to);
        step(dice, 5, Some(Status::OutForDelivery), Code::OutForDelivery, to);
    }
    step(dice, 0, Some(Status::Delivered), Code::Delivered, to);
    (to, steps)
}

/// Numbers that follow from seed and shipment alone (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    fn new(seed: u64, index: usize) -> Self {
        Self(seed.wrapping_add((index as u64 + 1).wrapping_mul(0x2545_f491_4f6c_dd1d)))
    }

    /// 0 to `limit` - 1.
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(limit)).unwrap_or(0)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        let place = self.below(u32::try_from(all.len()).expect("a short list")) as usize;
        *all.get(place).expect("the place is below the length")
    }
}
