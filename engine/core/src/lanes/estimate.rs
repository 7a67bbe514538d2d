//! What can be told of a parcel before it is handed over: when it would come, by each way to ship it.

use super::at_hand::AtHand;
use super::evidence::{CASES_MIN, EstimatesMade};
use super::forecast::Course;
use super::key::{LaneName, lanes, services};
use super::state::{Stage, Standing};
use super::table::{Known, Lanes};
use alloc::string::String;
use alloc::vec::Vec;
use milepost_calendar::{Clock, Country, home_zone};
use milepost_model::{DAY_MS, Timestamp};

/// When a parcel comes that is shipped by one service, as of parcels like it.
#[derive(Clone, PartialEq, Debug)]
pub struct Estimate {
    /// Carrier, service, from where and to where.
    pub lane: LaneName,
    /// By when a tenth, half and nine tenths of them have had their first visit; `None` where that is more than 90 days on.
    pub marks: [Option<Mark>; 3],
    /// The shares visited by the end of the day of hand-over, of the next day, and so on, at the destination. They are as they were
    /// learned, where marks are held against what came of earlier ones.
    pub within_days: [f64; Self::DAYS],
    /// Visited parcels of the lane itself, old ones weighed less.
    pub cases: f64,
    /// The same of the narrowest that it is a part of, where the lane itself is new: what the estimate rests on.
    pub rests_on: RestsOn,
    /// The share of promised parcels that were visited by then.
    pub reliability: Option<f64>,
}

/// An instant, and on which day it lies where the parcel goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// Days since 1970-01-01.
    pub day: i32,
}

/// The narrowest of which there are enough cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestsOn {
    /// Parcels from there to there.
    Lane,
    /// Parcels from there to the country.
    Origin,
    /// Parcels from country to country.
    Countries,
}

impl RestsOn {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lane => "lane",
            Self::Origin => "origin",
            Self::Countries => "countries",
        }
    }
}

/// What is known of a lane.
#[derive(Clone, PartialEq, Debug)]
pub struct KnownLane {
    /// Its name.
    pub lane: LaneName,
    /// Parcels under way on it, as of when the last part of a day was over where it goes.
    pub under_way: i64,
    /// Visited parcels, old ones weighed less; whole ones.
    pub cases: i64,
    /// The share of promised parcels that were visited by then.
    pub reliability: Option<f64>,
    /// How well what the carrier estimates holds; `None` where it states too little.
    pub estimates_made: Option<EstimatesMade>,
    /// When a parcel would come that is handed over now; see [`Estimate::marks`]. `None` where too little is known.
    pub marks: [Option<Mark>; 3],
}

impl Estimate {
    /// Days of [`Self::within_days`].
    pub const DAYS: usize = 8;

    /// When a parcel is handed over that is ordered at an instant, by a shop in that country and region which hands over once on
    /// each business day, so many milliseconds after midnight.
    #[must_use]
    pub fn handed_over(ordered_at: Timestamp, [country, region]: &[String; 2], cut_off_ms: i64) -> Timestamp {
        let zone = home_zone(country, region, "").or_else(|| home_zone(country, "", ""));
        let clock = Clock::of(zone.unwrap_or_default());
        let days = Country::of(country).days();
        let at = ordered_at.millis();
        let day = clock.day(at);
        let over_on = |day: i64| clock.instants(day * DAY_MS + cut_off_ms).0;
        let day = if days.is_open(day) && at <= over_on(day) {
            day
        } else {
            days.next_open(day)
        };
        Timestamp::from_millis(over_on(day))
    }
}

impl Lanes {
    /// What is known of each way to ship from one place to another, each a country and a region, or a city where carriers name
    /// no region: services that ship between these countries and of which enough is known. With `carrier` or `service`, only
    /// those. In the order of carriers and services.
    #[must_use]
    pub fn estimates(
        &self,
        [origin, destination]: [&[String; 2]; 2],
        (carrier, service): (Option<&str>, Option<&str>),
        handed_at: Timestamp,
    ) -> Vec<Estimate> {
        let mut at_hand = AtHand::default();
        let wanted = |wanted: Option<&str>, found: &str| wanted.is_none_or(|wanted| wanted == found);
        services(self.by_name.keys())
            .filter(|(by, of)| wanted(carrier, by) && wanted(service, of))
            .filter_map(|(by, of)| {
                let lane = LaneName {
                    carrier: by.into(),
                    service: of.into(),
                    origin: origin.clone(),
                    destination: destination.clone(),
                };
                let known = self.known(&lane);
                estimate(&known, &mut at_hand, lane, handed_at)
            })
            .collect()
    }

    /// Shows every lane as of an instant, in the order of their names.
    pub fn each_lane(&self, now: Timestamp, show: &mut dyn FnMut(&KnownLane)) {
        let mut at_hand = AtHand::default();
        for lane in lanes(self.by_name.keys()) {
            let known = self.known(&lane);
            let marks = estimate(&known, &mut at_hand, lane.clone(), now).map(|estimate| estimate.marks);
            show(&KnownLane {
                under_way: known.under_way(),
                cases: known.cases(),
                reliability: known.reliability(),
                estimates_made: known.estimates_made(),
                marks: marks.unwrap_or_default(),
                lane,
            });
        }
    }
}

fn estimate(known: &Known<'_>, at_hand: &mut AtHand, lane: LaneName, handed_at: Timestamp) -> Option<Estimate> {
    let [of_lane, of_origin, of_countries] = known.cases_of();
    let rests_on = if of_lane >= CASES_MIN {
        RestsOn::Lane
    } else if of_origin >= CASES_MIN {
        RestsOn::Origin
    } else if of_countries >= CASES_MIN {
        RestsOn::Countries
    } else {
        return None;
    };
    let standing = Standing {
        stage: Stage::Origin,
        since: handed_at,
        handed_at,
    };
    let forecast = known.forecast(at_hand, standing, handed_at);
    let day = |at: Timestamp| known.clock.date(at.millis());
    let marks = [forecast.p10, forecast.p50, forecast.p90].map(|at| at.map(|at| Mark { at, day: day(at) }));
    Some(Estimate {
        within_days: within_days(known, at_hand, standing),
        marks,
        cases: of_lane,
        rests_on,
        reliability: known.reliability(),
        lane,
    })
}

fn within_days(known: &Known<'_>, at_hand: &mut AtHand, standing: Standing) -> [f64; Estimate::DAYS] {
    let mut course = Course::new(*known, standing, standing.handed_at);
    let mut days = [0.0; Estimate::DAYS];
    for share in &mut days {
        let day = known.clock.date(course.at);
        while known.clock.date(course.at) == day {
            course.pass_part(at_hand);
        }
        *share = course.visited;
    }
    days
}
