//! Local and business time of one row: whose clock and whose calendar counts, and what they say.

use milepost_calendar::{Clock, Country, Local, zone_named};
use milepost_model::{Column, Facts, Zone};

use super::{Text, Val, column_text};
use crate::program::{Business, Measure, Told};

/// The wall clock at an instant, written as an instant; unknown where the zone is.
pub(super) fn local_time<'a, F: Facts + ?Sized>(at: Val<'a>, told: &Told<Zone>, facts: &F) -> Val<'a> {
    let Val::Time(at) = at else {
        return Val::Null;
    };
    let wall = zone(told, facts).and_then(|zone| Clock::of(zone).wall(at));
    wall.map_or(Val::Null, Val::Time)
}

/// Business days or business time between two instants.
pub(super) fn between<'a, F: Facts + ?Sized>(business: &Business, facts: &F) -> Val<'a> {
    let (Val::Time(from), Val::Time(to)) = (business.from.eval(facts), business.to.eval(facts)) else {
        return Val::Null;
    };
    match (place(business, facts), business.measure) {
        (None, _) => Val::Null,
        (Some(place), Measure::Days) => Val::Int(place.days_between(from, to)),
        (Some(place), Measure::Time) => place.time_between(from, to).map_or(Val::Null, Val::Interval),
    }
}

/// Where business time is counted; unknown where the zone is. Of a country that is not known, only Saturday and Sunday are
/// off.
pub(crate) fn place<F: Facts + ?Sized>(business: &Business, facts: &F) -> Option<Local> {
    let country = match &business.country {
        Told::Own => column_text(facts, Column::LocalCountry).map(Country::of),
        Told::Known(country) => Some(*country),
        Told::Text(term) => term.eval(facts).as_text().and_then(country_of),
    };
    let zone = zone(&business.zone, facts)?;
    Some(Local::new(country.unwrap_or_default(), zone))
}

pub(crate) fn zone<F: Facts + ?Sized>(told: &Told<Zone>, facts: &F) -> Option<Zone> {
    match told {
        Told::Own => facts
            .zone()
            .or_else(|| zone_named(column_text(facts, Column::LocalZone)?)),
        Told::Known(zone) => Some(*zone),
        // Names of zones are the same in upper and lower case.
        Told::Text(term) => term.eval(facts).as_text().and_then(|text| zone_named(text.text)),
    }
}

/// The country whose code the text is, its letters read as they are to be.
fn country_of(text: Text<'_>) -> Option<Country> {
    let mut code = [0; 2];
    let mut signs = text.chars();
    for slot in &mut code {
        *slot = u8::try_from(signs.next()?).ok()?;
    }
    let is_short = signs.next().is_none();
    core::str::from_utf8(&code)
        .ok()
        .filter(|_| is_short)
        .and_then(Country::known)
}
