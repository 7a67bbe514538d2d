//! A canonical record of a story, as encoders ask it.

use milepost_model::{Code, HOUR_MS, Precision, Reason, Status, Timestamp, WrittenTime};
use serde_json::{Map, Value};

#[derive(Clone, Copy)]
pub(crate) struct Record<'r>(pub(crate) &'r Map<String, Value>);

impl<'r> Record<'r> {
    pub(crate) fn text(&self, name: &str) -> &'r str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// As a member of JSON; `null` where it is not stated.
    pub(crate) fn get(&self, name: &str) -> Value {
        Some(self.text(name)).filter(|text| !text.is_empty()).into()
    }

    pub(crate) fn code(&self) -> Code {
        let of_status = || Status::parse(self.text("status")).map(Code::generic);
        let of_kind = || (self.text("kind") == "estimate").then_some(Code::Estimate);
        Code::parse(self.text("code"))
            .or_else(of_status)
            .or_else(of_kind)
            .unwrap_or(Code::Info)
    }

    pub(crate) fn reason(&self) -> Option<Reason> {
        Reason::parse(self.text("reason"))
    }

    pub(crate) fn by(&self) -> &'r str {
        let leg = self.text("leg_carrier");
        if leg.is_empty() { self.text("carrier") } else { leg }
    }

    /// When it happened, with seconds: carriers write no minutes.
    pub(crate) fn occurred_at(&self) -> String {
        let text = self.text("occurred_at");
        match (text.get(..16), text.get(16..)) {
            (Some(minute), Some(zone)) if !zone.starts_with(':') => format!("{minute}:00{zone}"),
            _other => text.to_owned(),
        }
    }

    pub(crate) fn recorded(&self) -> Value {
        self.get("recorded_at")
    }

    /// What names the place best.
    pub(crate) fn place(&self) -> String {
        let names = ["facility", "postal_code", "city"].map(|name| self.text(name));
        names
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or("nowhere")
            .to_owned()
    }

    fn written(&self) -> WrittenTime {
        WrittenTime::parse(self.text("occurred_at").as_bytes()).expect("stories have times")
    }

    /// The instant, with `Z`; of what has no offset its wall clock.
    pub(crate) fn utc(&self) -> String {
        let written = self.written();
        written
            .instant()
            .unwrap_or(Timestamp::from_millis(written.wall_ms))
            .to_string()
    }

    /// The wall clock of the place with `Z` behind it; where no place is known that of Greenwich.
    pub(crate) fn local(&self) -> String {
        let written = self.written();
        let there = written.instant().map(|at| at.plus(self.offset_hours(at) * HOUR_MS));
        there.unwrap_or(Timestamp::from_millis(written.wall_ms)).to_string()
    }

    /// Hours from Greenwich of the places of these stories.
    fn offset_hours(&self, at: Timestamp) -> i64 {
        let month_and_day = at.to_string().get(5..10).unwrap_or_default().to_owned();
        let summer = i64::from(("03-08".."11-01").contains(&month_and_day.as_str()));
        match (self.text("country"), self.text("region")) {
            ("CN", _) => 8,
            ("US", "CA" | "NV") => -8 + summer,
            ("US", "AZ") => -7,
            ("US", "CO" | "ID") => -7 + summer,
            ("US", "IL" | "TN" | "TX" | "IN") => -6 + summer,
            _nowhere => 0,
        }
    }

    /// Date, time and zone of X12.
    pub(crate) fn x12_time(&self, text: &str) -> [String; 3] {
        let Ok(written) = WrittenTime::parse(text.as_bytes()) else {
            return Default::default();
        };
        let wall = Timestamp::from_millis(written.wall_ms)
            .to_string()
            .replace(['-', ':'], "");
        let digits = if written.precision == Precision::Exact {
            9..15
        } else {
            9..13
        };
        let clock = if text.contains('T') { wall.get(digits) } else { None };
        let zone = match written.offset_minutes.map(|minutes| minutes / 60) {
            Some(0) => "UT".to_owned(),
            Some(hours @ 1..) => format!("{hours:02}"),
            Some(hours) => format!("{:02}", 25 + hours),
            None if clock.is_some() => "LT".to_owned(),
            None => String::new(),
        };
        [
            wall.get(..8).unwrap_or_default().to_owned(),
            clock.unwrap_or_default().to_owned(),
            zone,
        ]
    }
}
