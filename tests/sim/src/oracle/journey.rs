//! One journey told from its records in order, one rule of the field after the other.

use super::table::mark;
use milepost_model::{Code, Column, DAY_MS, HOUR_MS, Kind, MINUTE_MS, Place, Scan, Status, Timestamp};

/// What is known of a journey.
#[derive(Clone, Debug)]
pub(crate) struct Journey<'a> {
    pub(crate) status: Status,
    status_since: Option<Timestamp>,
    code: Code,
    attempts: u64,
    attempt_scans: u64,
    exceptions: u64,
    delivered_at: Option<Timestamp>,
    physical: Vec<Timestamp>,
    heard: Vec<Timestamp>,
    /// The latest reading of all of them: who may have been heard of later is not silent yet.
    heard_latest: Option<Timestamp>,
    promised: Option<Timestamp>,
    countries: Vec<&'a str>,
    unusual: bool,
    reopened: bool,
    after_terminal: bool,
    pub(crate) legs: usize,
    pub(crate) retracted: bool,
    last_attempt: Option<Timestamp>,
    van_since_attempt: bool,
    last_place: Option<Place<'a>>,
    origin: Option<Place<'a>>,
    destination: Option<Place<'a>>,
    door: Option<Place<'a>>,
    end: Option<End<'a>>,
}

/// The scan that ended a journey.
#[derive(Clone, Copy, Debug)]
struct End<'a> {
    latest: Timestamp,
    place: Option<Place<'a>>,
    depot: Option<Place<'a>>,
}

/// Where a record sorts, and whether the leg it belongs to is the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) scan: Scan<'a>,
    pub(crate) last_leg: bool,
}

impl<'a> Journey<'a> {
    pub(crate) fn new() -> Self {
        Self {
            status: Status::Created,
            status_since: None,
            code: Code::Info,
            attempts: 0,
            attempt_scans: 0,
            exceptions: 0,
            delivered_at: None,
            physical: Vec::new(),
            heard: Vec::new(),
            heard_latest: None,
            promised: None,
            countries: Vec::new(),
            unusual: false,
            reopened: false,
            after_terminal: false,
            legs: 1,
            retracted: false,
            last_attempt: None,
            van_since_attempt: false,
            last_place: None,
            origin: None,
            destination: None,
            door: None,
            end: None,
        }
    }

    /// Adds the next record.
    pub(crate) fn add(&mut self, told: &Told<'a>) {
        let scan = &told.scan;
        let at = point(scan);
        if self.heard.is_empty() {
            self.status_since = Some(at);
        }
        self.heard.push(at);
        self.heard_latest = self.heard_latest.max(Some(scan.time.latest.max(at)));
        if let Some(promised) = scan.promised {
            self.promised = Some(promised.until);
        }
        if let Some(stated) = scan.destination {
            self.destination = Some(self.destination.map_or(stated, |before| joined(&stated, &before)));
        }
        if !scan.place.country.is_empty() {
            self.countries.push(scan.place.country);
        }
        if let Some(next) = scan.status {
            self.move_on(next, told, at);
        }
        if matches!(scan.kind, Kind::Scan | Kind::Proof) {
            self.physical.push(at);
            if let Some(place) = known(scan.place) {
                self.origin = self.origin.or(Some(place));
                self.last_place = Some(place);
            }
        }
    }

    fn move_on(&mut self, next: Status, told: &Told<'a>, at: Timestamp) {
        let mut mark = mark(self.status, next);
        if mark == "?" {
            mark = if self.reopens(told) { "F" } else { "x" };
        }
        if mark == "x" {
            self.after_terminal = true;
            return;
        }
        self.count(next, told, at);
        let scan = &told.scan;
        match mark {
            "=" if next == self.status && self.status != Status::Delivered => self.code = scan.code,
            "=" if self.status == Status::Returning => self.code = scan.code,
            "=" => {}
            "R" => {
                let at_door = self
                    .door
                    .zip(known(scan.place))
                    .is_some_and(|(door, here)| same_address(&door, &here));
                let door_is_origin = self
                    .door
                    .zip(self.origin)
                    .is_some_and(|(door, from)| same_address(&door, &from));
                if at_door && !door_is_origin {
                    self.unusual = true;
                    self.enter(Status::Delivered, scan, at);
                } else {
                    self.enter(Status::Returned, scan, at);
                    self.code = Code::ReturnedToSender;
                }
            }
            _ => {
                self.unusual |= mark == ">!";
                if mark == "F" {
                    self.reopened = true;
                    self.delivered_at = None;
                }
                self.enter(next, scan, at);
            }
        }
    }

    fn enter(&mut self, next: Status, scan: &Scan<'a>, at: Timestamp) {
        self.status = next;
        self.status_since = Some(at);
        self.code = scan.code;
        if next == Status::Delivered {
            self.delivered_at = Some(at);
        }
        if next.is_terminal() {
            let latest = scan.time.latest.max(at);
            self.end = Some(End {
                latest,
                place: known(scan.place),
                depot: self.last_place,
            });
        }
    }

    /// Visits at the door and problems.
    fn count(&mut self, next: Status, told: &Told<'a>, at: Timestamp) {
        if next == Status::OutForDelivery {
            self.van_since_attempt = true;
        }
        if next == Status::Exception {
            self.exceptions += 1;
        }
        if next == Status::AttemptFailed {
            self.attempt_scans += 1;
            let long_ago = self.last_attempt.is_none_or(|last| at.since(last) >= 18 * HOUR_MS);
            if self.van_since_attempt || long_ago {
                self.attempts += 1;
                self.last_attempt = Some(at);
                self.van_since_attempt = false;
            }
            self.attempts = self.attempts.max(u64::from(told.scan.attempt));
        }
        let at_consignee = [
            Status::OutForDelivery,
            Status::AttemptFailed,
            Status::AvailableForPickup,
            Status::Delivered,
        ];
        if at_consignee.contains(&next) && self.status != Status::Returning {
            self.door = known(told.scan.place).or(self.door);
        }
    }

    fn reopens(&self, told: &Told<'a>) -> bool {
        let (Some(end), Some(here)) = (self.end, known(told.scan.place)) else {
            return false;
        };
        let is_at = |place: Option<Place<'a>>| place.is_some_and(|place| same_place(&place, &here));
        told.scan.kind == Kind::Scan
            && told.last_leg
            && told.scan.time.earliest > end.latest.plus(30 * MINUTE_MS)
            && !is_at(end.place)
            && (self.status == Status::Returned || !is_at(end.depot))
    }

    /// The row as of `now`: column and text.
    pub(crate) fn row(&self, now: Timestamp) -> Vec<(Column, String)> {
        let time = |at: Option<&Timestamp>| at.map(ToString::to_string).unwrap_or_default();
        let abroad = self
            .countries
            .iter()
            .any(|country| Some(country) != self.countries.first());
        let silent_until = self
            .heard_latest
            .map(|last| last.plus(if abroad { 60 } else { 30 } * DAY_MS));
        let expired = silent_until.filter(|until| !self.status.is_terminal() && now >= *until);
        let (status, code) = if expired.is_some() {
            (Status::Expired, Code::NoInformation)
        } else {
            (self.status, self.code)
        };
        let to = self.destination.or(self.door).unwrap_or_default();
        let lane = match (self.origin, self.destination.or(self.door)) {
            (Some(from), Some(to)) => format!("{}>{}", area(&from), area(&to)),
            _ => String::new(),
        };
        vec![
            (Column::DestinationCity, to.city.to_owned()),
            (Column::DestinationRegion, to.region.to_owned()),
            (Column::DestinationPostalCode, to.postal_code.to_owned()),
            (Column::DestinationCountry, to.country.to_owned()),
            (Column::Lane, lane),
            (Column::Status, status.to_string()),
            (Column::StatusSince, time(expired.or(self.status_since).as_ref())),
            (Column::Code, code.as_str().to_owned()),
            (Column::Attempts, self.attempts.to_string()),
            (Column::AttemptScans, self.attempt_scans.to_string()),
            (Column::Exceptions, self.exceptions.to_string()),
            (Column::DeliveredAt, time(self.delivered_at.as_ref())),
            (Column::FirstScanAt, time(self.physical.first())),
            (Column::LastScanAt, time(self.physical.last())),
            (Column::LastHeardAt, time(self.heard.last())),
            (Column::PromisedAt, time(self.promised.as_ref())),
            (Column::Scans, self.physical.len().to_string()),
            (Column::Records, self.heard.len().to_string()),
            (Column::Legs, self.legs.to_string()),
            (Column::Unusual, self.unusual.to_string()),
            (Column::Reopened, self.reopened.to_string()),
            (Column::AfterTerminal, self.after_terminal.to_string()),
            (Column::Retracted, self.retracted.to_string()),
        ]
    }
}

/// Breaks ties at one instant: that of the code if it belongs to the status, else that of the status.
pub(crate) fn rank(scan: &Scan<'_>) -> u8 {
    match scan.status {
        Some(status) if scan.code.status() == Some(status) => scan.code.rank(),
        Some(status) => status.rank(),
        None => 30,
    }
}

/// Where a record sorts in time.
pub(crate) fn point(scan: &Scan<'_>) -> Timestamp {
    scan.time.point(rank(scan))
}

fn known(place: Place<'_>) -> Option<Place<'_>> {
    (place != Place::default()).then_some(place)
}

fn area(place: &Place<'_>) -> String {
    match place.region {
        "" => place.country.to_owned(),
        region => format!("{}-{region}", place.country),
    }
}

/// A destination stated so after it was stated otherwise: a contradiction counts alone, and the rest is added up, city,
/// region and country from the statement that says more of them, the later one if both do.
pub(crate) fn joined<'a>(later: &Place<'a>, earlier: &Place<'a>) -> Place<'a> {
    let town = |place: &Place<'a>| [place.city, place.region, place.country];
    let both = || town(later).into_iter().zip(town(earlier));
    let codes = (later.postal_code, earlier.postal_code);
    if both()
        .chain([codes])
        .any(|(a, b)| !a.is_empty() && !b.is_empty() && a != b)
    {
        return *later;
    }
    let says_no_more = both().all(|(a, b)| a.is_empty() || a == b);
    let town = if says_no_more { earlier } else { later };
    Place {
        postal_code: if codes.0.is_empty() { codes.1 } else { codes.0 },
        ..*town
    }
}

fn same_place(a: &Place<'_>, b: &Place<'_>) -> bool {
    if !a.facility.is_empty() && !b.facility.is_empty() {
        return a.facility == b.facility;
    }
    same_address(a, b)
}

fn same_address(a: &Place<'_>, b: &Place<'_>) -> bool {
    if !a.postal_code.is_empty() && !b.postal_code.is_empty() {
        return a.postal_code == b.postal_code;
    }
    let town = |place: &Place<'_>| [place.city, place.region, place.country].map(str::to_owned);
    town(a) == town(b) && town(a).iter().any(|part| !part.is_empty())
}
