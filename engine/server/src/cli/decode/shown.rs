//! Records of a payload as people read them.

use crate::out::{Mark, marked};
use milepost_connectors::carriers::Given;
use milepost_connectors::carriers::mapping::PassedOver;
use milepost_model::{Code, Place, Scan, TimeBasis};
use std::collections::BTreeMap;

/// What was met, all files together.
#[derive(Default)]
pub(super) struct Sum {
    scans: u64,
    refused: u64,
    /// Payloads that are known and have no scans yet.
    without_scans: u64,
    passed: PassedOver,
    /// Raw codes that no row knows, and how often.
    unmapped: BTreeMap<String, u64>,
}

impl Sum {
    pub(super) fn add(&mut self, given: &Given<'_, '_>) {
        match &given.scan {
            Ok(scan) => {
                self.scans += 1;
                if scan.code == Code::Unmapped {
                    *self.unmapped.entry(scan.carrier_code.to_owned()).or_default() += 1;
                }
            }
            Err(_) => self.refused += 1,
        }
    }

    /// Adds what of a payload is no record, and says so of one that gave none.
    pub(super) fn payload(&mut self, number: usize, gave_nothing: bool, passed: PassedOver) -> Option<String> {
        self.passed.by_code += passed.by_code;
        self.passed.by_condition += passed.by_condition;
        if !gave_nothing {
            return None;
        }
        self.without_scans += 1;
        let what = if passed == PassedOver::default() {
            "known, no scans yet"
        } else {
            "known, all of it is passed over"
        };
        let place = format!("{number}.0");
        Some(format!("{place:<6} {what}"))
    }

    /// Whether there was something that is known, and nothing of it was refused.
    pub(super) const fn is_all_well(&self) -> bool {
        self.scans + self.without_scans > 0 && self.refused == 0
    }

    pub(super) fn text(&self) -> String {
        let s = |count| if count == 1 { "" } else { "s" };
        let mut text = format!("{} scan{}, {} refused", self.scans, s(self.scans), self.refused);
        for (count, what) in [
            (self.passed.by_code, "passed over by `skip`"),
            (self.passed.by_condition, "passed over by `when` or `unless`"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        if self.without_scans > 0 {
            text.push_str(&format!(
                ", {} payload{} without scans",
                self.without_scans,
                s(self.without_scans)
            ));
        }
        text.push('\n');
        if !self.unmapped.is_empty() {
            let codes = self.unmapped.iter().map(|(code, count)| format!("{code} ({count})"));
            let codes: Vec<String> = codes.collect();
            text.push_str(&marked(
                Mark::Warning,
                &format!("unmapped codes, kept and moving nothing: {}\n", codes.join(", ")),
            ));
        }
        text
    }
}

/// One canonical line, or why there is none.
pub(super) fn json(given: &Given<'_, '_>) -> String {
    match (&given.scan, &given.record) {
        (Ok(_), Some(record)) => record.json(),
        (Ok(_), None) => String::new(),
        (Err(refusal), _) => format!("record {}: {refusal}", given.number),
    }
}

/// A record over a few lines.
pub(super) fn text(payload: usize, given: &Given<'_, '_>) -> String {
    let place = format!("{payload}.{}", given.number);
    match &given.scan {
        Ok(scan) => {
            let mut text = format!("{place:<6} {}", head(scan));
            for (name, line) in details(scan) {
                if !line.is_empty() {
                    text.push_str(&format!("\n         {name:<9} {line}"));
                }
            }
            text
        }
        Err(refusal) => {
            let mut text = format!("{place:<6} {}", marked(Mark::Wrong, &format!("refused: {refusal}")));
            for (name, value) in given.record.iter().flat_map(|record| record.columns()) {
                text.push_str(&format!("\n         {name:<9} {value}"));
            }
            text
        }
    }
}

fn head(scan: &Scan<'_>) -> String {
    let status = scan
        .status
        .map_or(String::new(), |status| format!("{}/", status.as_str()));
    let what = format!("{} {status}{}", scan.kind.as_str(), scan.code.as_str());
    let mark = if scan.code == Code::Unmapped {
        Mark::Warning
    } else {
        Mark::Fine
    };
    let reason = scan
        .reason
        .map_or(String::new(), |reason| format!(" ({})", reason.as_str()));
    format!(
        "{} {}  {}{reason}",
        scan.carrier,
        scan.number.as_str(),
        marked(mark, &what)
    )
}

fn details<'s>(scan: &Scan<'s>) -> Vec<(&'static str, String)> {
    let place = &scan.place;
    let goal = scan.destination.as_ref().map_or(String::new(), place_text);
    let leg = if scan.leg_carrier == scan.carrier {
        ""
    } else {
        scan.leg_carrier
    };
    let window = |window: Option<milepost_model::Window>| {
        window.map_or(String::new(), |window| format!("{} to {}", window.from, window.until))
    };
    vec![
        ("when", when(scan)),
        ("where", place_text(place)),
        ("facility", place.facility.to_owned()),
        ("goes to", goal),
        ("by", leg.to_owned()),
        ("service", scan.service.to_owned()),
        ("raw code", scan.carrier_code.to_owned()),
        ("promised", window(scan.promised)),
        ("estimated", window(scan.estimated)),
        ("signed by", scan.signed_by.to_owned()),
        (
            "says",
            scan.message
                .chars()
                .map(|sign| if sign.is_control() { ' ' } else { sign })
                .collect(),
        ),
    ]
}

fn place_text(place: &Place<'_>) -> String {
    let parts = [place.city, place.region, place.postal_code, place.country];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// The wall clock, and the instants between which that lies.
fn when(scan: &Scan<'_>) -> String {
    let time = &scan.time;
    let wall = milepost_model::Timestamp::from_millis(time.wall_ms).to_string();
    let wall = wall.trim_end_matches('Z').trim_end_matches(".000").replace('T', " ");
    let basis = match time.basis {
        TimeBasis::Offset => "its offset is written",
        TimeBasis::GmtPair => "the time at Greenwich is beside it",
        TimeBasis::TzCode => "its zone is written",
        TimeBasis::Place => "in the zones of the place",
        TimeBasis::CarrierHome => "in the zone of the carrier's home",
        TimeBasis::Claimed => "claimed: as it is written, or in the zones of the place",
        TimeBasis::None => "no zone is known",
    };
    if time.earliest == time.latest {
        return format!("{wall}, that is {} ({basis})", time.earliest);
    }
    format!(
        "{wall}, that is between {} and {} ({basis})",
        time.earliest, time.latest
    )
}
