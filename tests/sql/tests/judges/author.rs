//! Who writes the conditions that both judges are asked: an author as careless as authors are.

use milepost_model::{Column, Status};

/// Chance that repeats.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below.max(1) as u64).expect("small")
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        *of.get(self.below(of.len())).expect("something to pick from")
    }

    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(usize::try_from(most - least + 1).expect("a range"))).expect("small")
    }
}

const TEXTS: [Column; 5] = [
    Column::Carrier,
    Column::City,
    Column::Region,
    Column::Service,
    Column::Merchant,
];
const INTS: [Column; 5] = [
    Column::Scans,
    Column::Attempts,
    Column::Exceptions,
    Column::Legs,
    Column::LaneCases,
];
const SHARES: [Column; 2] = [Column::PLate, Column::LaneReliability];
const TIMES: [Column; 6] = [
    Column::EstimatedP90,
    Column::PromisedAt,
    Column::StatusSince,
    Column::EstimatedUntil,
    Column::FirstScanAt,
    Column::LastScanAt,
];
const INTERVALS: [Column; 5] = [
    Column::Silence,
    Column::Dwell,
    Column::Overdue,
    Column::LastGap,
    Column::SilenceP95,
];
const FLAGS: [Column; 3] = [Column::DelayNotice, Column::Unusual, Column::Reopened];
pub(crate) const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "asia/kolkata",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Nowhere/Atlantis",
    "",
];
pub(crate) const COUNTRIES: [&str; 9] = ["US", "DE", "SA", "CN", "IR", "IL", "ZZ", "us", ""];
pub(crate) const WORDS: [&str; 9] = ["ups", "UPS", "Louisville", "K\u{f6}ln", "KY", "", "100%", "a_b", "it's"];
const OPS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

/// Conditions as an author might write them, and worse.
pub(crate) struct Author(pub(crate) Chance);

impl Author {
    pub(crate) fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.plain();
        }
        match self.0.below(14) {
            0..=2 => format!("({} AND {})", self.condition(depth - 1), self.condition(depth - 1)),
            3..=5 => format!("({} OR {})", self.condition(depth - 1), self.condition(depth - 1)),
            6 => format!("NOT ({})", self.condition(depth - 1)),
            7 => {
                let is = self.0.pick(&[
                    "IS TRUE",
                    "IS NOT TRUE",
                    "IS FALSE",
                    "IS NOT FALSE",
                    "IS UNKNOWN",
                    "IS NOT UNKNOWN",
                ]);
                format!("({}) {is}", self.condition(depth - 1))
            }
            8 => format!(
                "CASE WHEN {} THEN {} WHEN {} THEN {} ELSE {} END",
                self.condition(depth - 1),
                self.plain(),
                self.plain(),
                self.condition(depth - 1),
                self.plain()
            ),
            9 => format!("coalesce({}, {})", self.condition(depth - 1), self.plain()),
            _ => self.plain(),
        }
    }

    fn plain(&mut self) -> String {
        let op = self.0.pick(&OPS);
        match self.0.below(18) {
            0 => format!("{} {op} {}", self.int(2), self.int(1)),
            16 => format!("{} {op} {}", self.share(2), self.share(0)),
            17 => format!("{} BETWEEN {} AND {}", self.share(1), self.share(0), self.int(0)),
            1 | 2 => format!("{} {op} {}", self.interval(2), self.interval(1)),
            3 | 4 => format!("{} {op} {}", self.time(2), self.time(1)),
            5 => format!("{} {op} {}", self.text(1), self.text(1)),
            6 => format!("{} BETWEEN {} AND {}", self.int(1), self.int(0), self.int(0)),
            7 => format!("{} NOT BETWEEN {} AND {}", self.time(1), self.time(1), self.time(0)),
            8 => {
                let not = self.0.pick(&["", "NOT "]);
                format!(
                    "{} {not}IN ({}, {}, {})",
                    self.text(1),
                    self.word(),
                    self.word(),
                    self.word()
                )
            }
            9 => format!(
                "{} IN ({}, {})",
                self.int(1),
                self.0.between(-3, 6),
                self.0.between(0, 9)
            ),
            10 => {
                let status = self.0.pick(Status::ALL).as_str();
                let other = self.0.pick(Status::ALL).as_str();
                self.0
                    .pick(&[
                        format!("status = '{status}'").as_str(),
                        format!("status IN ('{status}', '{other}')").as_str(),
                        format!("status NOT IN ('{status}', '{other}')").as_str(),
                    ])
                    .to_owned()
            }
            11 => {
                let is = self.0.pick(&["IS NULL", "IS NOT NULL"]);
                match self.0.below(4) {
                    0 => format!("{} {is}", self.text(1)),
                    1 => format!("{} {is}", self.int(1)),
                    2 => format!("{} {is}", self.interval(1)),
                    _ => format!("{} {is}", self.time(1)),
                }
            }
            12 => self.0.pick(&FLAGS).name().to_owned(),
            13 => {
                let pattern = self.0.pick(&[
                    "%", "_PS", "u%", "Louis%", "%\u{f6}%", "__", "100\\%", "%\\_%", "", "%i%l%e",
                ]);
                let like = self.0.pick(&["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"]);
                format!("{} {like} '{pattern}'", self.text(1))
            }
            14 => {
                let is = self.0.pick(&["IS DISTINCT FROM", "IS NOT DISTINCT FROM"]);
                match self.0.below(3) {
                    0 => format!("({} {is} {})", self.int(1), self.int(1)),
                    1 => format!("({} {is} {})", self.text(1), self.text(1)),
                    _ => format!("({} {is} {})", self.time(1), self.time(1)),
                }
            }
            _ => format!("starts_with({}, {})", self.text(1), self.text(0)),
        }
    }

    fn word(&mut self) -> String {
        format!("'{}'", self.0.pick(&WORDS).replace('\'', "''"))
    }

    fn text(&mut self, depth: usize) -> String {
        let column = self.0.pick(&TEXTS).name().to_owned();
        if depth == 0 {
            let word = self.word();
            return self.0.pick(&[column.as_str(), word.as_str()]).to_owned();
        }
        match self.0.below(8) {
            0 => format!("lower({column})"),
            1 => format!("upper({column})"),
            2 => format!("coalesce({column}, {})", self.word()),
            3 => format!("nullif({column}, {})", self.word()),
            4 => format!(
                "CASE WHEN {} THEN {column} ELSE {} END",
                self.0.pick(&FLAGS).name(),
                self.word()
            ),
            5 => format!("greatest({column}, {})", self.0.pick(&TEXTS).name()),
            _ => column,
        }
    }

    fn int(&mut self, depth: usize) -> String {
        let column = self.0.pick(&INTS).name().to_owned();
        if depth == 0 {
            let number = self.0.between(-5, 12).to_string();
            return self.0.pick(&[column.as_str(), number.as_str()]).to_owned();
        }
        match self.0.below(14) {
            0 => format!("({} + {})", self.int(depth - 1), self.int(0)),
            1 => format!("({} - {})", self.int(depth - 1), self.int(0)),
            2 => format!("({} * {})", self.int(depth - 1), self.int(0)),
            3 => format!("({} / {})", self.int(depth - 1), self.0.between(1, 5)),
            4 => format!("({} % {})", self.int(depth - 1), self.0.between(1, 5)),
            5 => format!("abs({})", self.int(depth - 1)),
            6 => format!("({column} * 1.5)"),
            7 => format!("greatest({}, {})", self.int(0), self.int(0)),
            8 => format!("nullif({}, {})", self.int(0), self.0.between(0, 4)),
            9 => {
                let fields = [
                    "year", "month", "day", "hour", "minute", "second", "dow", "isodow", "doy", "week", "quarter",
                    "isoyear",
                ];
                format!("extract({} FROM {})", self.0.pick(&fields), self.time(depth - 1))
            }
            10 => format!("extract(epoch FROM {})", self.0.pick(&INTERVALS).name()),
            11 | 12 => {
                let (from, to, place) = (self.time(depth - 1), self.time(0), self.place());
                format!("business_days_between({from}, {to}{place})")
            }
            _ => column,
        }
    }

    /// A number with a fraction.
    fn share(&mut self, depth: usize) -> String {
        let column = self.0.pick(&SHARES).name().to_owned();
        let number = self.0.pick(&["0", "0.25", "0.7", "1", "1.5"]);
        if depth == 0 {
            return self.0.pick(&[column.as_str(), number]).to_owned();
        }
        match self.0.below(8) {
            0 => format!("({} + {})", self.share(depth - 1), self.share(0)),
            1 => format!("({} - {})", self.share(depth - 1), self.share(0)),
            2 => format!("({} * {})", self.share(depth - 1), self.int(0)),
            3 => format!("coalesce({column}, {number})"),
            4 => format!("greatest({column}, {})", self.0.pick(&SHARES).name()),
            5 => format!("abs({column} - {number})"),
            _ => column,
        }
    }

    fn interval(&mut self, depth: usize) -> String {
        let column = self.0.pick(&INTERVALS).name().to_owned();
        if depth == 0 {
            let length = self.length();
            return self.0.pick(&[column.as_str(), length.as_str()]).to_owned();
        }
        match self.0.below(11) {
            0 => format!("({} + {})", self.interval(depth - 1), self.interval(0)),
            1 => format!("({} - {})", self.interval(depth - 1), self.interval(0)),
            2 => format!("({} - {})", self.0.pick(&TIMES).name(), self.time(0)),
            3 => format!("coalesce({column}, {})", self.length()),
            4 => format!(
                "CASE WHEN {} THEN {column} ELSE {} END",
                self.0.pick(&FLAGS).name(),
                self.length()
            ),
            5 => format!("least({column}, {})", self.0.pick(&INTERVALS).name()),
            6 | 7 => {
                let (from, to, place) = (self.time(depth - 1), self.time(0), self.place());
                format!("business_hours_between({from}, {to}{place})")
            }
            _ => column,
        }
    }

    /// Behind the times of a function: nothing, a country, or a country and a zone.
    fn place(&mut self) -> String {
        let country = self.0.pick(&[
            "origin_country",
            "local_country",
            "city",
            "upper(local_country)",
            "NULL",
            "",
        ]);
        let country = if country.is_empty() {
            format!("'{}'", self.0.pick(&COUNTRIES[..6]))
        } else {
            country.to_owned()
        };
        match self.0.below(5) {
            0 | 1 => format!(", {country}"),
            2 => format!(", {country}{}", self.zone()),
            _ => String::new(),
        }
    }

    fn zone(&mut self) -> String {
        let zone = self.0.pick(&["local_zone", "region", "lower(local_zone)", "NULL", ""]);
        if zone.is_empty() {
            format!(", '{}'", self.0.pick(&ZONES[..6]))
        } else {
            format!(", {zone}")
        }
    }

    fn length(&mut self) -> String {
        let number = self.0.between(-3, 90);
        let unit = self.0.pick(&["hours", "minutes", "days", "seconds"]);
        format!("INTERVAL '{number} {unit}'")
    }

    fn time(&mut self, depth: usize) -> String {
        let column = self.0.pick(&TIMES).name().to_owned();
        if depth == 0 {
            return self
                .0
                .pick(&[
                    column.as_str(),
                    "now",
                    "TIMESTAMP '2026-03-04T12:00:00Z'",
                    "DATE '2026-03-05'",
                ])
                .to_owned();
        }
        match self.0.below(11) {
            0 => format!("({} + {})", self.time(depth - 1), self.length()),
            1 => format!("({} - {})", self.time(depth - 1), self.interval(0)),
            2 | 3 => {
                let unit = self
                    .0
                    .pick(&["second", "minute", "hour", "day", "week", "month", "quarter", "year"]);
                format!("date_trunc('{unit}', {})", self.time(depth - 1))
            }
            4 => format!("coalesce({column}, {})", self.time(0)),
            5 => format!("greatest({column}, {})", self.0.pick(&TIMES).name()),
            6 => "now".to_owned(),
            7 | 8 => {
                let zone = if self.0.below(3) == 0 {
                    self.zone()
                } else {
                    String::new()
                };
                format!("local_time({}{zone})", self.time(depth - 1))
            }
            _ => column,
        }
    }
}
