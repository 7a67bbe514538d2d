//! Shipments that nobody thought of: few instants, places and codes, so that records meet, repeat, contradict, correct
//! and withdraw each other.

use crate::rng::Rng;
use crate::scan_line::{Columns, Glossary};
use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

/// Rules that open, hold, linger, escalate and recover.
pub const RULES: &str = "\
rules:
  - delay: stalled_in_transit
    when: status IN ('accepted', 'in_transit', 'customs') AND silence > INTERVAL '36 hours'
    until: silence < INTERVAL '1 hour'
    health: stalled
    notify: { notice: delay.detected, escalate: [24h, 72h], recovered: delay.recovered }
    because: no scan for {silence}
  - delay: held_up
    when: status = 'exception'
    for: 6h
    health: at_risk
    notify: { notice: delay.held, limit: shipment }
    because: '{code}'
  - delay: late_delivery
    when: overdue > INTERVAL '0 hours' AND first_attempt_at IS NULL
    health: late
    notify: { notice: delay.late, limit: day }
    because: promised for {promised_at}
  - delay: many_doors
    when: attempts >= 2
    until: status IN ('delivered', 'returned', 'available_for_pickup')
    for: 2h
    health: action_required
    because: '{attempts} attempts'
  - notice: delivery.delivered
    when: status = 'delivered'
  - notice: delivery.out_for_delivery
    when: status = 'out_for_delivery'
    limit: day
  - notice: delivery.corrected
    when: (reopened OR retracted) AND status <> 'delivered'
    limit: shipment
  - notice: delivery.waits
    when: status = 'available_for_pickup' AND dwell >= INTERVAL '2 days'
  - notice: customs.long
    when: status = 'customs'
    for: 2d
  - notice: carrier.says_delayed
    when: delay_notice AND age > INTERVAL '1 day'
";

/// A made-up shipment.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// Canonical lines, each with the instant at which it could be heard first.
    pub lines: Vec<(Timestamp, String)>,
    /// When we look at it.
    pub now: Timestamp,
}

/// What begins at that hour.
const START: &str = "2026-03-02T06:00:00Z";

const RECORDS: [&str; 44] = [
    "created",
    "label_created",
    "info_received",
    "announced",
    "accepted",
    "picked_up",
    "received_origin",
    "in_transit",
    "arrived_facility",
    "departed_facility",
    "departed_country",
    "handed_to_partner",
    "received_by_partner",
    "loaded_for_delivery",
    "misrouted",
    "customs_cleared",
    "problem_resolved",
    "customs",
    "customs_held",
    "customs_payment_required",
    "exception",
    "damaged",
    "address_problem",
    "info_required",
    "out_for_delivery",
    "out_for_delivery",
    "attempt_failed",
    "attempt_failed",
    "card_left",
    "ready_for_pickup",
    "ready_in_locker",
    "return_started",
    "return_in_transit",
    "delivered",
    "delivered",
    "delivered_neighbour",
    "delivered_damaged",
    "collected",
    "proof_of_delivery",
    "returned",
    "failed",
    "cancelled",
    "label_voided",
    "in_transit",
];
const SAID: [&str; 9] = [
    "delayed",
    "on_schedule",
    "moving",
    "info",
    "address_corrected",
    "estimate",
    "appointment",
    "pickup_reminder",
    "delayed",
];
const PLACES: [&str; 8] = [
    "Memphis,TN,38118,US,MEM",
    "Memphis,TN,38118,US",
    "Dallas,TX,75201,US",
    "Dallas,TX,75212,US,DALD",
    "Houston,TX,77032,US,HOU",
    "Toronto,ON,,CA",
    "Dallas,TX,,US",
    ",,75201,",
];

impl Shipment {
    /// The shipment of a seed.
    ///
    /// # Panics
    /// When the generator writes what it cannot write.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let start = Timestamp::parse(START).expect("a time");
        let wild = rng.chance(50);
        let mut records: Vec<(Timestamp, Columns)> = Vec::new();
        let mut at = start;
        for _ in 0..=rng.below(13) {
            at = at.plus(pause(&mut rng));
            let again = records
                .get(rng.below(records.len()))
                .cloned()
                .filter(|_| rng.chance(12));
            let (heard, columns) = match again {
                Some((heard, mut columns)) => {
                    amend(&mut rng, &mut columns);
                    (heard, columns)
                }
                None if rng.chance(20) => (at, said(&mut rng, at)),
                None => (at, record(&mut rng, at, wild)),
            };
            records.push((heard, columns));
        }
        let wait = rng.pick(&[HOUR_MS, 40 * HOUR_MS, 4 * DAY_MS, 35 * DAY_MS]);
        // Whatever its zone, everything is over by then.
        let now = at.plus(2 * DAY_MS + wait);
        Self {
            lines: records.iter().map(|(at, columns)| (*at, columns.line())).collect(),
            now,
        }
    }

    /// A line that must not move the status nor end a silence.
    #[must_use]
    pub fn remark(&self, seed: u64) -> String {
        let mut rng = Rng::new(seed);
        let at = self
            .lines
            .get(rng.below(self.lines.len()))
            .map_or(self.now, |(at, _)| *at)
            .plus(pause(&mut rng) - HOUR_MS);
        said(&mut rng, at).line()
    }

    /// The shipment without one of its lines.
    #[must_use]
    pub fn without(&self, at: usize) -> Self {
        let mut shorter = self.clone();
        shorter.lines.remove(at);
        shorter
    }
}

fn pause(rng: &mut Rng) -> i64 {
    match rng.below(40) {
        0..8 => 0,
        8..14 => MINUTE_MS,
        14..26 => HOUR_MS * i64::try_from(rng.below(12)).unwrap_or(0),
        26..38 => HOUR_MS * i64::try_from(rng.below(60)).unwrap_or(0),
        38 => 61 * DAY_MS,
        _ => 185 * DAY_MS,
    }
}

fn plain(rng: &mut Rng, at: Timestamp, word: &str) -> Columns {
    let mut columns = Columns::default();
    columns.set("tracking_number", "1Z999AA10123456784");
    columns.set("carrier", "ups");
    columns
        .add(&[word.to_owned()], &Glossary::default())
        .expect("a known word");
    let wall = at.plus(-5 * HOUR_MS).to_string();
    let wall = wall.get(..19).unwrap_or_default();
    let utc = at.to_string();
    let written = match rng.below(12) {
        0 => wall.get(..10).unwrap_or_default().to_owned(),
        1 => wall.get(..16).unwrap_or_default().to_owned(),
        2 => wall.to_owned(),
        3 => format!("{}-05:00", wall.get(..16).unwrap_or_default()),
        4..7 => format!("{wall}-05:00"),
        7 => format!("{}250Z", utc.get(..20).unwrap_or_default()),
        _ => utc,
    };
    columns.set("occurred_at", &written);
    if rng.chance(30) {
        columns.set("carrier_code", rng.pick(&["A", "B", "C/1"]));
    }
    if rng.chance(20) {
        let recorded = at.plus(HOUR_MS * i64::try_from(rng.below(5)).unwrap_or(0));
        columns.set("recorded_at", &recorded.to_string());
    }
    columns
}

/// A notice or an estimate.
fn said(rng: &mut Rng, at: Timestamp) -> Columns {
    let word = rng.pick(&SAID);
    let mut columns = plain(rng, at, word);
    columns.set(
        "kind",
        if matches!(word, "estimate" | "appointment") {
            "estimate"
        } else {
            "notice"
        },
    );
    if rng.chance(60) {
        let until = at.plus(DAY_MS * i64::try_from(rng.below(6)).unwrap_or(0)).to_string();
        columns.set(
            "estimated_until",
            if rng.chance(50) {
                until.get(..10).unwrap_or_default()
            } else {
                &until
            },
        );
        columns.set(
            "estimate_source",
            rng.pick(&["carrier", "carrier", "model", "merchant"]),
        );
    }
    if rng.chance(30) {
        columns.set("leg_carrier", "usps");
    }
    columns
}

fn record(rng: &mut Rng, at: Timestamp, wild: bool) -> Columns {
    let word = rng.pick(&RECORDS);
    let mut columns = plain(rng, at, word);
    if rng.chance(75) {
        let place = format!("@{}", rng.pick(&PLACES));
        columns.add(&[place], &Glossary::default()).expect("a place");
    }
    for (name, percent, values) in [
        ("service", 10, ["ground", "express"]),
        ("order_id", 10, ["SO-1", "SO-2"]),
        ("merchant", 8, ["acme", "emca"]),
        ("reason", 20, ["consignee.not_home", "carrier.damage"]),
        ("promised_at", 15, ["2026-03-05", "2026-03-07T18:00:00-05:00"]),
        ("destination_city", 8, ["Anchorage", "Dallas"]),
        ("destination_region", 8, ["AK", "TX"]),
        ("destination_postal_code", 8, ["99501", "K1A 0B1"]),
        ("destination_country", 16, ["US", "CA"]),
        ("pickup_until", 5, ["2026-03-12", "2026-03-14"]),
        ("signed_by", 10, ["J. SMITH", "M. MILLER"]),
        ("message", 10, ["left", "gone"]),
        ("attempt", 8, ["1", "3"]),
        ("latitude", 0, ["1.5", "2.5"]),
    ] {
        if rng.chance(percent) {
            columns.set(name, rng.pick(&values));
        }
    }
    if wild {
        rare(rng, &mut columns);
    }
    columns
}

/// What splits, joins, withdraws and hands on.
fn rare(rng: &mut Rng, columns: &mut Columns) {
    for (name, percent, values) in [
        ("leg_carrier", 15, ["usps", "canada_post"]),
        ("event_id", 40, ["E1", "E2"]),
        ("retracts", 6, ["E1", "E2"]),
        ("carrier_shipment_id", 4, ["S1", "S2"]),
        ("shipped_on", 4, ["2026-03-02", "2026-05-02"]),
        ("next_tracking_number", 3, ["RB123456785GB", "LX123456785CN"]),
        ("source", 10, ["easypost", "shippo"]),
    ] {
        if rng.chance(percent) {
            columns.set(name, rng.pick(&values));
        }
    }
}

/// The same record, told again with other words.
fn amend(rng: &mut Rng, columns: &mut Columns) {
    match rng.below(7) {
        0 => columns.set("message", "mended"),
        1 => columns.set("city", "Mended"),
        2 => columns.set("recorded_at", "2026-03-09T00:00:00Z"),
        3 => columns.set("signed_by", "A. MENDED"),
        4 => columns.set("event_id", "E3"),
        5 => columns.set("destination_region", "AK"),
        _ => columns.set("reason", "unknown.tracing"),
    }
}
