//! Local and business time: which place counts, and whether a zone or a country that is named exists.

use alloc::boxed::Box;
use alloc::format;
use milepost_calendar::{Country, zone_named, zone_names};
use milepost_model::{Column, Zone};
use sqlparser::ast::Expr;

use super::{Checker, Type, Typed};
use crate::errors::{Fault, Finding, nearest};
use crate::program::{Business, Constant, Measure, Term, Told};
use crate::syntax::source::shortened;

impl Checker<'_> {
    pub(super) fn local_time(&mut self, term: &Expr, zone: Option<&Expr>) -> Option<Typed> {
        let (typed, zone) = (self.time(term, false), self.zone(zone));
        let term = Box::new(typed?.term);
        Some(Typed::new(Type::Time, Term::LocalTime { term, zone: zone? }))
    }

    /// `place` is the country and the zone, as far as they are told.
    pub(super) fn business(&mut self, measure: Measure, ends: (&Expr, &Expr), place: &[&Expr]) -> Option<Typed> {
        let (from, to) = (self.time(ends.0, false), self.time(ends.1, false));
        let country = self.country(place.first().copied());
        let zone = self.zone(place.get(1).copied());
        let kind = match measure {
            Measure::Days => Type::Int,
            Measure::Time => Type::Interval,
        };
        let business = Business {
            measure,
            from: from?.term,
            to: to?.term,
            country: country?,
            zone: zone?,
        };
        Some(Typed::new(kind, Term::Business(Box::new(business))))
    }

    fn country(&mut self, told: Option<&Expr>) -> Option<Told<Country>> {
        let told = self.told(told, Column::LocalCountry, Country::known)?;
        told.map_err(|(expr, text)| {
            let capitals = text.to_ascii_uppercase();
            // Of two letters, any other is near; this one is meant.
            let near = if capitals == "UK" { "GB" } else { &capitals };
            let help = match Country::known(near) {
                Some(_) => format!("did you mean '{near}'?"),
                None => "write its ISO 3166 code of two letters: 'DE', 'US'".into(),
            };
            self.report_unknown(expr, ("country", &text), help);
        })
        .ok()
    }

    fn zone(&mut self, told: Option<&Expr>) -> Option<Told<Zone>> {
        let told = self.told(told, Column::LocalZone, zone_named)?;
        told.map_err(|(expr, text)| {
            let help = match nearest(&text, zone_names()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => "write its IANA name: 'Europe/Berlin', 'America/New_York'".into(),
            };
            self.report_unknown(expr, ("time zone", &text), help);
        })
        .ok()
    }

    fn report_unknown(&mut self, expr: &Expr, (what, text): (&str, &str), help: alloc::string::String) {
        let message = format!("no {what} is called '{}'", shortened(text));
        let finding = Finding::new(Fault::UnknownValue, message).label(format!("unknown {what}"));
        self.report_at(expr, finding.help(help));
    }

    /// An argument that tells a place: a text that is known, or one that each row tells. What is not told is the parcel's own.
    /// A literal that is not known comes back.
    #[expect(clippy::type_complexity, reason = "the two ways in which a literal can end")]
    fn told<'e, T>(
        &mut self,
        told: Option<&'e Expr>,
        own: Column,
        known: fn(&str) -> Option<T>,
    ) -> Option<Result<Told<T>, (&'e Expr, Box<str>)>> {
        let Some(expr) = told else {
            return Some(Ok(Told::Own));
        };
        let term = self.text(expr)?;
        Some(match &term {
            Term::Column(column) if *column == own => Ok(Told::Own),
            Term::Constant(Constant::Text(text)) => match known(text) {
                Some(known) => Ok(Told::Known(known)),
                None => Err((expr, text.clone())),
            },
            _ => Ok(Told::Text(Box::new(term))),
        })
    }
}
