//! The outcome of an evaluation, for people and for programs.

mod html;

use super::questions::{Ask, Asked, Parcel, Question};
use super::rivals::RIVALS;
use super::score::{Answer, BUDGETS, Bin, Ranking, budget, calibration, calibration_error, ranking};
use anyhow::{Context, Result, bail};
use milepost_model::{DAY_MS, HOUR_MS, Timestamp};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// What is called an alarm in the table of warnings.
const ALARMS: [f64; 3] = [0.5, 0.7, 0.9];
/// Ages at which it is asked whether bands hold, days since the hand-over: from after, up to.
const AGES: [(i64, i64); 8] = [(0, 1), (1, 2), (2, 3), (3, 5), (5, 7), (7, 10), (10, 15), (15, 45)];
/// Fewer questions than this say nothing of an age.
const AGE_MIN: usize = 30;

/// All figures.
pub(super) struct Report {
    asks: Vec<AskReport>,
    bands: Vec<Band>,
    warnings: Vec<Warning>,
    scans: usize,
    parcels: usize,
    lanes: usize,
    lanes_bytes: usize,
    span: (Timestamp, Timestamp),
    tested_from: Timestamp,
}

/// The questions of one kind.
struct AskReport {
    ask: Ask,
    count: usize,
    base_rate: f64,
    /// Of each method by name, our own first; `None` when all were late, or none.
    rankings: Vec<(&'static str, Option<Ranking>)>,
    budgets: Vec<super::score::Budget>,
    bins: [Bin; super::score::BINS],
}

/// How often the first visit came within the band from p10 to p90.
struct Band {
    name: String,
    count: usize,
    within: f64,
    before: f64,
    after: f64,
    /// Median distance of p50 from the visit, and its size, hours.
    bias_h: f64,
    error_h: f64,
}

/// Parcels that were warned of.
struct Warning {
    above: f64,
    alarms: usize,
    precision: f64,
    recall: f64,
    /// Of the late parcels, how many were warned of so long before the promise.
    by_day: f64,
    by_two_days: f64,
}

/// A question that counts, what became of its parcel, and whether that was late.
struct Case<'a> {
    question: &'a Question,
    parcel: &'a Parcel,
    is_late: bool,
}

impl Report {
    /// Leaves out the questions of the time for learning, and those whose promise lies after the history.
    pub(super) fn new(asked: &Asked, scans: usize, warm_up: u8) -> Result<Self> {
        let (begin, end) = (asked.begin, asked.end);
        let tested_from = begin.plus(end.since(begin) / 100 * i64::from(warm_up));
        let counts = |question: &&Question| question.asked_at >= tested_from;
        let cases: Vec<Case<'_>> = asked
            .questions
            .iter()
            .filter(counts)
            .filter_map(|question| case(question, asked))
            .collect();
        if cases.is_empty() {
            bail!(
                "nothing could be asked: no parcel with a promise (promised_at) was under way between {tested_from} and {end}"
            );
        }
        Ok(Self {
            asks: Ask::ALL
                .into_iter()
                .filter_map(|ask| AskReport::new(ask, &cases))
                .collect(),
            bands: bands(&cases),
            warnings: warnings(&cases),
            scans,
            parcels: asked.parcels.len(),
            lanes: asked.lanes,
            lanes_bytes: asked.lanes_bytes,
            span: (begin, end),
            tested_from,
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let (begin, end) = self.span;
        let _ = writeln!(
            text,
            "{} parcels, {} scans from {begin} to {end}; asked from {} on\n{} lanes and wholes of lanes, {} KiB\n",
            self.parcels,
            self.scans,
            self.tested_from,
            self.lanes,
            self.lanes_bytes >> 10
        );
        self.rankings_text(&mut text);
        self.calibration_text(&mut text);
        let _ = writeln!(
            text,
            "\nbands p10 to p90     n  within  before   after  p50 off by (median)  error (median)"
        );
        for band in &self.bands {
            let _ = writeln!(
                text,
                "{:14} {:7}   {:.3}   {:.3}   {:.3}  {:17.1} h {:13.1} h",
                band.name, band.count, band.within, band.before, band.after, band.bias_h, band.error_h
            );
        }
        let _ = writeln!(
            text,
            "\nalarms: first time that p_late >=    parcels  precision  recall  recall 24 h before  48 h before the promise"
        );
        for warning in &self.warnings {
            let _ = writeln!(
                text,
                "{:.1} {:39} {:10.3} {:7.3} {:19.3} {:12.3}",
                warning.above, warning.alarms, warning.precision, warning.recall, warning.by_day, warning.by_two_days
            );
        }
        text
    }

    fn rankings_text(&self, text: &mut String) {
        let _ = write!(text, "average precision     n   late  milepost");
        for (name, _) in RIVALS {
            let _ = write!(text, "  {name}");
        }
        let _ = writeln!(text, "  | ROC of milepost | precision/recall at 1 2 5 10 % alarms");
        for ask in &self.asks {
            let _ = write!(text, "{:14} {:8}  {:.3}", ask.ask.name(), ask.count, ask.base_rate);
            for (name, ranking) in &ask.rankings {
                let width = name.len();
                let shown = ranking.map_or("-".to_owned(), |ranking| format!("{:.3}", ranking.average_precision));
                let _ = write!(text, "  {shown:>width$}");
            }
            let roc = ask
                .rankings
                .first()
                .and_then(|(_, ranking)| *ranking)
                .map_or(0.0, |ranking| ranking.roc);
            let _ = write!(text, "  | {roc:.3} |");
            for budget in &ask.budgets {
                let _ = write!(text, "  {:.2}/{:.2}", budget.precision, budget.recall);
            }
            text.push('\n');
        }
    }

    fn calibration_text(&self, text: &mut String) {
        for ask in self
            .asks
            .iter()
            .filter(|ask| matches!(ask.ask, Ask::Handover | Ask::Daily))
        {
            let _ = writeln!(
                text,
                "\nwhat is stated comes true, {} (mean difference {:.3})\n  stated  observed        n",
                ask.ask.name(),
                calibration_error(&ask.bins)
            );
            for bin in ask.bins.iter().filter(|bin| bin.count > 0) {
                let _ = writeln!(text, "   {:.3}     {:.3} {:8}", bin.stated, bin.observed, bin.count);
            }
        }
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let asks = self.asks.iter().map(|ask| {
            let methods: serde_json::Map<String, Value> = ask
                .rankings
                .iter()
                .map(|(name, ranking)| {
                    let value = ranking.map(|ranking| json!({ "average_precision": ranking.average_precision, "roc": ranking.roc }));
                    ((*name).to_owned(), json!(value))
                })
                .collect();
            let budgets: Vec<Value> = ask
                .budgets
                .iter()
                .map(|budget| json!({ "percent": budget.percent, "precision": budget.precision, "recall": budget.recall }))
                .collect();
            let bins: Vec<Value> = ask
                .bins
                .iter()
                .map(|bin| json!({ "count": bin.count, "stated": bin.stated, "observed": bin.observed }))
                .collect();
            json!({
                "ask": ask.ask.name(), "count": ask.count, "base_rate": ask.base_rate, "methods": methods,
                "budgets": budgets, "calibration": bins, "calibration_error": calibration_error(&ask.bins),
            })
        });
        let bands = self.bands.iter().map(|band| {
            json!({
                "age": band.name, "count": band.count, "within": band.within, "before": band.before, "after": band.after,
                "p50_bias_hours": band.bias_h, "p50_error_hours": band.error_h,
            })
        });
        let warnings = self.warnings.iter().map(|warning| {
            json!({
                "p_late_from": warning.above, "alarms": warning.alarms, "precision": warning.precision,
                "recall": warning.recall, "recall_24h_before": warning.by_day, "recall_48h_before": warning.by_two_days,
            })
        });
        json!({
            "parcels": self.parcels, "scans": self.scans, "from": self.span.0.to_string(), "to": self.span.1.to_string(),
            "tested_from": self.tested_from.to_string(), "lanes": self.lanes, "lanes_bytes": self.lanes_bytes,
            "asks": asks.collect::<Vec<_>>(), "bands": bands.collect::<Vec<_>>(), "warnings": warnings.collect::<Vec<_>>(),
        })
    }
}

impl AskReport {
    fn new(ask: Ask, cases: &[Case<'_>]) -> Option<Self> {
        // Whoever asks after the promise knows that it is late.
        let of_ask = |case: &&Case<'_>| case.question.ask == ask && case.question.promised_at > case.question.asked_at;
        let cases: Vec<&Case<'_>> = cases.iter().filter(of_ask).collect();
        let answers = |score: &dyn Fn(&Question) -> f64| -> Vec<Answer> {
            cases.iter().map(|case| (score(case.question), case.is_late)).collect()
        };
        let ours = answers(&|question| question.p_late);
        if ours.is_empty() {
            return None;
        }
        let mut rankings = vec![("milepost", ranking(&ours))];
        for (name, score) in RIVALS {
            rankings.push((name, ranking(&answers(&|question| score(&question.rivals)))));
        }
        Some(Self {
            ask,
            count: ours.len(),
            base_rate: share(ours.iter().filter(|(_, late)| *late).count(), ours.len()),
            rankings,
            budgets: BUDGETS.iter().map(|percent| budget(&ours, *percent)).collect(),
            bins: calibration(&ours),
        })
    }
}

fn case<'a>(question: &'a Question, asked: &'a Asked) -> Option<Case<'a>> {
    let parcel = asked.parcels.get(question.parcel as usize)?;
    // What the end of the history hides is neither late nor in time.
    let is_known = question.promised_at < asked.end && !parcel.is_cancelled;
    is_known.then(|| Case {
        question,
        parcel,
        is_late: parcel.visited_at.is_none_or(|visited| visited > question.promised_at),
    })
}

fn bands(cases: &[Case<'_>]) -> Vec<Band> {
    let band = |name: &str, is_of: &dyn Fn(&Case<'_>) -> bool| {
        let of: Vec<&Case<'_>> = cases.iter().filter(|case| is_of(case)).collect();
        (of.len() >= AGE_MIN).then(|| Band::new(name, &of))
    };
    let handover = band("handover", &|case| case.question.ask == Ask::Handover);
    let ages = AGES.iter().filter_map(|(from, until)| {
        band(&format!("day {from} to {until}"), &|case| {
            let age = case.question.asked_at.since(case.question.handed_at);
            case.question.ask == Ask::Daily && age > from * DAY_MS && age <= until * DAY_MS
        })
    });
    handover.into_iter().chain(ages).collect()
}

impl Band {
    fn new(name: &str, cases: &[&Case<'_>]) -> Self {
        let ms = |at: Option<Timestamp>| at.map_or(i64::MAX, Timestamp::millis);
        let (mut before, mut after, mut errors) = (0, 0, Vec::new());
        for case in cases {
            let [p10, p50, p90] = case.question.quantiles.map(ms);
            let visited = ms(case.parcel.visited_at);
            before += usize::from(visited < p10);
            after += usize::from(visited > p90);
            if visited < i64::MAX && p50 < i64::MAX {
                errors.push(visited - p50);
            }
        }
        Self {
            name: name.to_owned(),
            count: cases.len(),
            within: share(cases.len() - before - after, cases.len()),
            before: share(before, cases.len()),
            after: share(after, cases.len()),
            bias_h: median_hours(errors.clone()),
            error_h: median_hours(errors.iter().map(|error| error.abs()).collect()),
        }
    }
}

fn warnings(cases: &[Case<'_>]) -> Vec<Warning> {
    ALARMS.iter().map(|above| Warning::new(*above, cases)).collect()
}

impl Warning {
    fn new(above: f64, cases: &[Case<'_>]) -> Self {
        let mut first: std::collections::BTreeMap<u32, Option<i64>> = std::collections::BTreeMap::new();
        let mut late = std::collections::BTreeSet::new();
        for case in cases
            .iter()
            .filter(|case| matches!(case.question.ask, Ask::Handover | Ask::Daily))
        {
            let question = case.question;
            let left = question.promised_at.since(question.asked_at);
            let warned = first.entry(question.parcel).or_default();
            if warned.is_none() && left > 0 && question.p_late >= above {
                *warned = Some(left);
            }
            if case.is_late {
                late.insert(question.parcel);
            }
        }
        let alarms: Vec<(u32, i64)> = first
            .iter()
            .filter_map(|(parcel, left)| Some((*parcel, (*left)?)))
            .collect();
        let right = |left_min: i64| {
            let right = alarms
                .iter()
                .filter(|(parcel, left)| *left >= left_min && late.contains(parcel));
            right.count()
        };
        Self {
            above,
            alarms: alarms.len(),
            precision: share(right(0), alarms.len()),
            recall: share(right(0), late.len()),
            by_day: share(right(24 * HOUR_MS), late.len()),
            by_two_days: share(right(48 * HOUR_MS), late.len()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of parcels")]
fn share(count: usize, of: usize) -> f64 {
    count as f64 / (of as f64).max(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "hours")]
fn median_hours(mut lengths: Vec<i64>) -> f64 {
    lengths.sort_unstable();
    lengths
        .get(lengths.len() / 2)
        .map_or(0.0, |median| *median as f64 / HOUR_MS as f64)
}

/// Writes every question, with what was known when it was asked, what was answered, and what became of the parcel.
pub(super) fn write_questions(path: &Path, asked: &Asked) -> Result<()> {
    let cannot_write = || format!("cannot write {}", path.display());
    let mut file = csv::Writer::from_writer(BufWriter::new(File::create(path).with_context(cannot_write)?));
    let header = [
        "asked_at",
        "ask",
        "shipment",
        "carrier",
        "service",
        "origin",
        "destination",
        "stage",
        "elapsed_h",
        "silence_h",
        "hours_left",
        "weekday",
        "hour",
        "promise_days",
        "scans",
        "lane_cases",
        "lane_p50_h",
        "lane_late_share",
        "p_late",
        "late",
        "known_at",
    ];
    file.write_record(header).with_context(cannot_write)?;
    for question in &asked.questions {
        let Some(case) = case(question, asked) else { continue };
        let hours = |ms: i64| format!("{:.2}", float(ms) / float(HOUR_MS));
        let p50 = question.quantiles.get(1).copied().flatten();
        let known_at = case
            .parcel
            .visited_at
            .map_or(question.promised_at, |at| at.min(question.promised_at));
        let record = [
            question.asked_at.millis().to_string(),
            question.ask.name(),
            case.parcel.number.clone(),
            case.parcel.carrier.clone(),
            case.parcel.service.clone(),
            case.parcel.origin.clone(),
            case.parcel.destination.clone(),
            question.stage.to_owned(),
            hours(question.asked_at.since(question.handed_at)),
            hours(question.asked_at.since(question.last_scan_at)),
            hours(question.promised_at.since(question.asked_at)),
            (question.asked_at.millis().div_euclid(DAY_MS) + 4)
                .rem_euclid(7)
                .to_string(),
            (question.asked_at.millis().rem_euclid(DAY_MS) / HOUR_MS).to_string(),
            hours(question.promised_at.since(question.handed_at) / 24),
            question.scans.to_string(),
            format!("{:.2}", question.cases),
            p50.map_or(String::new(), |at| hours(at.since(question.asked_at))),
            format!("{:.4}", question.rivals.lane),
            format!("{:.5}", question.p_late),
            u8::from(case.is_late).to_string(),
            known_at.millis().to_string(),
        ];
        file.write_record(record).with_context(cannot_write)?;
    }
    let mut file = file
        .into_inner()
        .map_err(|error| error.into_error())
        .with_context(cannot_write)?;
    file.flush().with_context(cannot_write)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a few months")]
fn float(ms: i64) -> f64 {
    ms as f64
}
