//! What a world is asked to be.

use super::calendar::{DAY_S, at};
use super::carriers::CARRIERS;
use super::places::CityId;
use crate::faults::Faults;
use crate::rng::Rng;

/// The size, time and troubles of a world. Equal settings give equal bytes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The one source of chance.
    pub seed: u64,
    /// Shipments to begin.
    pub shipments: u64,
    /// Days over which they begin.
    pub days: u32,
    /// Begin of the first day, seconds since 1970, midnight UTC.
    pub start_s: i64,
    /// Stop at the end of the last day and leave shipments open; otherwise every journey runs to its end.
    pub cut: bool,
    /// One carrier's hub stands still for some days. `None`: chosen by the seed, about one in twenty days.
    pub jams: Option<Vec<Jam>>,
    /// Storms and snow. `None`: chosen by the seed, about one in twelve days.
    pub storms: Option<Vec<Storm>>,
    /// Permille by which the gift season slows every hub (it also nearly doubles the labels of its days).
    pub season_slowdown_permille: i64,
    /// Permille of orders that are split over two or three shipments.
    pub split_permille: u64,
    /// Permille of shipments that carry a promise.
    pub promise_permille: u64,
    /// Permille of shipments whose number had another life months ago.
    pub recycled_permille: u64,
    /// Permille of deliveries that are withdrawn and repeated.
    pub retracted_permille: u64,
    /// What goes wrong between the carrier and us.
    pub faults: Faults,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            shipments: 10_000,
            days: 30,
            start_s: at(2026, 2, 2, 0, 0),
            cut: false,
            jams: None,
            storms: None,
            season_slowdown_permille: 300,
            split_permille: 80,
            promise_permille: 760,
            recycled_permille: 2,
            retracted_permille: 2,
            faults: Faults::default(),
        }
    }
}

/// A hub that stands still.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Jam {
    /// Place of the carrier in the table.
    pub carrier: usize,
    /// City of the hub.
    pub city: CityId,
    /// When it begins, seconds since 1970.
    pub from_s: i64,
    /// When the hub moves again.
    pub until_s: i64,
}

/// Weather that stops every van and truck around a city.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Storm {
    /// Its middle.
    pub city: CityId,
    /// How far it reaches.
    pub radius_km: i64,
    /// When it begins, seconds since 1970.
    pub from_s: i64,
    /// When it is over.
    pub until_s: i64,
}

impl Storm {
    /// Whether a city lies under it.
    #[must_use]
    pub fn covers(&self, city: CityId) -> bool {
        self.city.km_to(city) <= self.radius_km
    }
}

impl Settings {
    /// The end of the last day on which shipments begin, seconds since 1970.
    #[must_use]
    pub fn end_s(&self) -> i64 {
        self.start_s + i64::from(self.days) * DAY_S
    }

    /// The jams of this world.
    #[must_use]
    pub fn all_jams(&self) -> Vec<Jam> {
        if let Some(jams) = &self.jams {
            return jams.clone();
        }
        let mut rng = Rng::new(self.seed, 0x6A61_6D00, 0);
        (0..self.days.div_ceil(20))
            .map(|_| {
                let carrier = rng.below(CARRIERS.len() as u64) as usize;
                let hubs = CARRIERS.get(carrier).map_or(&[] as &[&str], |carrier| carrier.hubs);
                let city = CityId::find(rng.pick::<&str>(hubs)).expect("hubs are cities");
                let (from_s, until_s) = self.days_of_trouble(&mut rng, 2, 4);
                Jam {
                    carrier,
                    city,
                    from_s,
                    until_s,
                }
            })
            .collect()
    }

    /// The storms of this world.
    #[must_use]
    pub fn all_storms(&self) -> Vec<Storm> {
        if let Some(storms) = &self.storms {
            return storms.clone();
        }
        let mut rng = Rng::new(self.seed, 0x7374_6F72, 0);
        (0..self.days.div_ceil(12))
            .map(|_| {
                let city = CityId(rng.below(CityId::all().count() as u64) as u8);
                let radius_km = rng.between(120, 450);
                let (from_s, until_s) = self.days_of_trouble(&mut rng, 1, 3);
                Storm {
                    city,
                    radius_km,
                    from_s,
                    until_s,
                }
            })
            .collect()
    }

    fn days_of_trouble(&self, rng: &mut Rng, shortest: i64, longest: i64) -> (i64, i64) {
        let from_s = self.start_s + rng.between(DAY_S / 2, i64::from(self.days).max(2) * DAY_S);
        (from_s, from_s + rng.between(shortest * DAY_S, longest * DAY_S))
    }
}
