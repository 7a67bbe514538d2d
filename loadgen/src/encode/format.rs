//! The same world in the formats of carriers: which there are, whose parcels each carries, and arrivals into payloads.

use super::words::{self, Word};
use super::{Encoder, Style, easypost, epcis, ups_track_alert, x12_214};
use crate::world::Arrival;
use crate::world::step::{Extra, Scan};
use milepost_model::{Code, Reason, TrackingNumber};
use std::collections::BTreeMap;

/// How payloads are written. `connectors/formats` says how each is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Format {
    /// A line for each record.
    #[default]
    Canonical,
    /// An event for each record, with all records of the parcel so far.
    EasyPost,
    /// An event for each record, of UPS only.
    UpsTrackAlert,
    /// Interchanges of many records, of carriers with a SCAC.
    X12,
    /// A document for each record; it does not say which carrier's.
    Epcis,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [
        Self::Canonical,
        Self::EasyPost,
        Self::UpsTrackAlert,
        Self::X12,
        Self::Epcis,
    ];

    /// Its name, as the header `Milepost-Format` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::EasyPost => "easypost",
            Self::UpsTrackAlert => "ups_track_alert",
            Self::X12 => "x12_214",
            Self::Epcis => "epcis",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether this carrier's parcels are told in it.
    #[must_use]
    pub fn serves(self, carrier: &str) -> bool {
        match self {
            Self::Canonical | Self::EasyPost | Self::Epcis => true,
            Self::UpsTrackAlert => carrier == "ups",
            Self::X12 => x12_214::scac(carrier).is_some(),
        }
    }

    /// How it says what happened; `None` when it does not tell that at all. The canonical form needs no other words.
    #[must_use]
    pub fn word(self, scan: &Scan) -> Option<Word> {
        self.say(scan.step.code, scan.step.reason, scan.attempt(), scan.by().slug)
    }

    /// How it says that this happened for that reason, at that attempt, by that carrier.
    #[must_use]
    pub fn say(self, code: Code, reason: Option<Reason>, attempt: Option<u8>, by: &str) -> Option<Word> {
        match self {
            Self::Canonical => Some(Word::itself(code, reason)),
            Self::EasyPost => words::easypost(code, reason, by),
            Self::UpsTrackAlert => words::ups(code, reason, attempt),
            Self::X12 => words::x12(code),
            Self::Epcis => words::epcis(code),
        }
    }
}

/// What goes into a payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The carrier whose parcels are told; `None` for all that the format serves.
    pub carrier: Option<&'static str>,
    /// Records in one interchange of X12.
    pub batch: usize,
    /// Of each parcel only the last event, with all its history, when everything is over: EasyPost.
    pub last_only: bool,
}

impl Default for Cut {
    fn default() -> Self {
        Self {
            carrier: None,
            batch: 50,
            last_only: false,
        }
    }
}

/// Turns arrivals into payloads, each with a newline behind it. What a format tells again later is kept until the end: of
/// EasyPost and EPCIS every parcel.
pub struct Payloads {
    format: Format,
    cut: Cut,
    lines: Encoder,
    parcels: BTreeMap<u64, easypost::Parcel>,
    heard: BTreeMap<(u64, u8), Scan>,
    batch: Vec<Scan>,
    batch_at_ms: i64,
    control: u64,
}

impl Payloads {
    /// Payloads of that format. The style is that of canonical lines.
    #[must_use]
    pub fn new(format: Format, cut: Cut, style: Style) -> Self {
        Self {
            format,
            cut,
            lines: Encoder::new(style),
            parcels: BTreeMap::new(),
            heard: BTreeMap::new(),
            batch: Vec::new(),
            batch_at_ms: 0,
            control: 0,
        }
    }

    /// What the header `Milepost-Format` of a message says: the format, and the carrier where all are of one, since not every
    /// format says it. Canonical lines need none.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        let name = self.format.name();
        match (self.format, self.cut.carrier) {
            (Format::Canonical, _) => None,
            (_, Some(carrier)) => Some(format!("{name}; carrier={carrier}")),
            (_, None) => Some(name.to_owned()),
        }
    }

    /// Whether it tells of this arrival, in any way. Malformed lines are lines of the canonical form.
    #[must_use]
    pub fn carries(&self, arrival: &Arrival) -> bool {
        let carrier = arrival.scan.plan.carrier().slug;
        let is_wanted = self.cut.carrier.is_none_or(|wanted| wanted == carrier);
        let is_told = match self.format {
            Format::Canonical => true,
            Format::EasyPost | Format::UpsTrackAlert | Format::X12 | Format::Epcis => {
                arrival.malformed.is_none() && self.format.serves(carrier)
            }
        };
        is_wanted && is_told
    }

    /// Takes an arrival. A payload that is complete with it is appended to `out`; the number is one by which it can be routed.
    /// What a format does not carry is passed over.
    pub fn take(&mut self, arrival: &Arrival, out: &mut Vec<u8>) -> Option<TrackingNumber> {
        let scan = &arrival.scan;
        let number = scan.plan.number;
        if !self.carries(arrival) {
            return None;
        }
        let from = out.len();
        match self.format {
            Format::Canonical => {
                self.lines.encode(arrival, out);
                return Some(number);
            }
            Format::EasyPost => {
                let parcel = self.parcels.entry(scan.plan.index).or_default();
                parcel.hear(scan);
                if !self.cut.last_only {
                    parcel.write(out);
                }
            }
            Format::UpsTrackAlert => ups_track_alert::write(scan, out),
            Format::X12 => return self.gather(arrival, out),
            Format::Epcis => {
                self.heard.insert((scan.plan.index, scan.step.ordinal), *scan);
                let withdrawn = match scan.step.extra {
                    Extra::Retracts(ordinal) => self.heard.get(&(scan.plan.index, ordinal)),
                    Extra::None | Extra::Day(_) | Extra::Hours { .. } | Extra::PickupUntil(_) | Extra::Attempt(_) => {
                        None
                    }
                };
                epcis::write(scan, withdrawn, out);
            }
        }
        ended(out, from, number)
    }

    /// A payload of what is still kept when no more arrivals come; to be asked until there is none.
    pub fn rest(&mut self, out: &mut Vec<u8>) -> Option<TrackingNumber> {
        if !self.batch.is_empty() {
            return self.interchange(out);
        }
        if !self.cut.last_only {
            return None;
        }
        let (_, parcel) = self.parcels.pop_first()?;
        let from = out.len();
        parcel.write(out);
        ended(out, from, parcel.number()?)
    }

    fn gather(&mut self, arrival: &Arrival, out: &mut Vec<u8>) -> Option<TrackingNumber> {
        if !x12_214::tells(&arrival.scan) {
            return None;
        }
        self.batch.push(arrival.scan);
        self.batch_at_ms = arrival.arrives_at;
        if self.batch.len() < self.cut.batch {
            None
        } else {
            self.interchange(out)
        }
    }

    fn interchange(&mut self, out: &mut Vec<u8>) -> Option<TrackingNumber> {
        self.control += 1;
        let scans = std::mem::take(&mut self.batch);
        x12_214::write(&scans, self.batch_at_ms.div_euclid(1_000), self.control, out);
        scans.first().map(|first| first.plan.number)
    }
}

/// Ends a payload with a newline, if there is one.
fn ended(out: &mut Vec<u8>, from: usize, number: TrackingNumber) -> Option<TrackingNumber> {
    if out.len() == from {
        return None;
    }
    out.push(b'\n');
    Some(number)
}
