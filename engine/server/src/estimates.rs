//! When a parcel would come that is shipped now: what a checkout asks, of a running engine or of a snapshot.

use anyhow::{Context, Result, bail};
use milepost_core::{Estimate, Lanes, Mark};
use milepost_model::{HOUR_MS, MINUTE_MS, Timestamp, civil_from_days};
use serde::Deserialize;
use serde_json::{Value, json};

/// A question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// From where: country, or country and region: `US-KY`.
    pub(crate) from: String,
    /// To where.
    pub(crate) to: String,
    /// Only this carrier.
    pub(crate) carrier: Option<String>,
    /// Only this service.
    pub(crate) service: Option<String>,
    /// When it is handed over; with `cut_off`, when it is ordered.
    pub(crate) ship_at: Option<String>,
    /// Until which local hour an order is handed over on its day: `15:00`.
    pub(crate) cut_off: Option<String>,
}

impl Asked {
    /// The question as the query of an address.
    pub(crate) fn query(&self) -> Vec<(&'static str, &str)> {
        let named = [
            ("carrier", &self.carrier),
            ("service", &self.service),
            ("ship_at", &self.ship_at),
            ("cut_off", &self.cut_off),
        ];
        let named = named
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        [("from", self.from.as_str()), ("to", self.to.as_str())]
            .into_iter()
            .chain(named)
            .collect()
    }

    /// The answer, of parcels that were learned from, to who asks at `now`.
    ///
    /// # Errors
    /// When the question cannot be understood; the text says what of it.
    pub(crate) fn answer(&self, lanes: &Lanes, now: Timestamp) -> Result<Answer> {
        let [from, to] = [place("from", &self.from)?, place("to", &self.to)?];
        let at = match &self.ship_at {
            None => now,
            Some(text) => Timestamp::parse(text)
                .ok()
                .with_context(|| format!("ship_at `{text}` is no time; write 2026-11-30T14:00:00Z"))?,
        };
        let handed_at = match &self.cut_off {
            None => at,
            Some(text) => Estimate::handed_over(at, &from, time_of_day(text)?),
        };
        let service = (self.carrier.as_deref(), self.service.as_deref());
        Ok(Answer {
            handed_at,
            learned_at: lanes.now(),
            ways: lanes.estimates([&from, &to], service, handed_at),
        })
    }
}

/// What is known of each way to ship.
pub(crate) struct Answer {
    /// When it is handed over.
    pub(crate) handed_at: Timestamp,
    /// Until when was learned.
    learned_at: Timestamp,
    /// Each way to ship of which enough is known.
    pub(crate) ways: Vec<Estimate>,
}

impl Answer {
    /// As one JSON object.
    pub(crate) fn json(&self, asked: &Asked) -> Value {
        json!({
            "from": asked.from,
            "to": asked.to,
            "handed_over_at": self.handed_at.to_string(),
            "learned_until": self.learned_at.to_string(),
            "ways": self.ways.iter().map(way).collect::<Vec<_>>(),
        })
    }

    /// Why there is no way to ship among the answers.
    pub(crate) fn nothing_known(&self, asked: &Asked) -> String {
        format!(
            "of parcels from {} to {} too little is known: an estimate rests on 20 visited ones at least, between these \
             countries by one service; what is known of lanes is in the table lanes",
            asked.from, asked.to
        )
    }
}

fn way(estimate: &Estimate) -> Value {
    let [p10, p50, p90] = estimate.marks;
    let day = |mark: Option<Mark>| mark.map(|mark| date(mark.day));
    let at = |mark: Option<Mark>| mark.map(|mark| mark.at.to_string());
    json!({
        "carrier": estimate.lane.carrier,
        "service": estimate.lane.service,
        "estimated_p10": at(p10),
        "estimated_p50": at(p50),
        "estimated_p90": at(p90),
        "p10_day": day(p10),
        "p50_day": day(p50),
        "p90_day": day(p90),
        "within_days": estimate.within_days.map(thousandths),
        "lane_cases": thousandths(estimate.cases),
        "rests_on": estimate.rests_on.as_str(),
        "lane_reliability": estimate.reliability.map(thousandths),
    })
}

fn thousandths(share: f64) -> f64 {
    (share * 1e3).round() / 1e3
}

/// A day as `2026-11-30`.
pub(crate) fn date(day: i32) -> String {
    let (year, month, day) = civil_from_days(day.into());
    format!("{year:04}-{month:02}-{day:02}")
}

/// A country, or a country and a region.
fn place(name: &str, text: &str) -> Result<[String; 2]> {
    let (country, region) = text.split_once('-').unwrap_or((text, ""));
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        bail!("{name} `{text}` is no place; write a country and a region, like US-KY, or a country, like DE");
    }
    Ok([country.to_ascii_uppercase(), region.trim().to_owned()])
}

/// Milliseconds since midnight.
fn time_of_day(text: &str) -> Result<i64> {
    let parse = || {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * HOUR_MS + minute * MINUTE_MS)
    };
    parse().with_context(|| format!("cut_off `{text}` is no time of day; write 15:00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: &str, cut_off: Option<&str>) -> Asked {
        Asked {
            from: from.to_owned(),
            to: "US-OH".to_owned(),
            carrier: None,
            service: None,
            // A Friday, five in the evening in Kentucky.
            ship_at: Some("2026-07-10T21:00:00Z".to_owned()),
            cut_off: cut_off.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_ordered_after_the_cut_off_is_handed_over_on_the_next_business_day() {
        let handed = |cut_off| {
            let answer = asked("US-KY", cut_off).answer(&Lanes::new(), Timestamp::MIN);
            answer.expect("a question that can be understood").handed_at.to_string()
        };
        assert_eq!(handed(None), "2026-07-10T21:00:00.000Z");
        assert_eq!(handed(Some("18:00")), "2026-07-10T22:00:00.000Z");
        assert_eq!(handed(Some("15:00")), "2026-07-13T19:00:00.000Z");
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (from, cut_off, what) in [
            ("Kentucky", None, "from `Kentucky` is no place"),
            ("US-KY", Some("25:00"), "cut_off `25:00` is no time of day"),
        ] {
            let answer = asked(from, cut_off).answer(&Lanes::new(), Timestamp::MIN);
            let error = answer.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.starts_with(what), "{error}");
        }
    }

    #[test]
    fn of_what_nobody_shipped_nothing_is_known() {
        let asked = asked("US-KY", None);
        let answer = asked.answer(&Lanes::new(), Timestamp::MIN).expect("a question");
        assert!(answer.ways.is_empty() && answer.nothing_known(&asked).contains("from US-KY to US-OH"));
    }
}
