//! A job as users read it: one JSON object, its id a function of shipment, rule, episode and step.

mod json;

use crate::facts::ShipmentView;
use alloc::vec::Vec;
use json::Json;
use milepost_model::{Column, Facts, Job, Position, Timestamp, TrackingNumber, Value};
use milepost_rules::Rule;

/// What is told, and about which episode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) wording: &'a Wording,
    pub(crate) rule: &'a str,
    pub(crate) episode: u16,
    /// `opened`, `escalated.1` …, `recovered`: part of the job's identity.
    pub(crate) step: Step,
    pub(crate) opened_at: Timestamp,
    pub(crate) because: &'a str,
}

/// What all jobs of a rule say in the same words.
#[derive(Debug, Default)]
pub(crate) struct Wording {
    /// From behind the job's id to the number of the episode.
    opened: Vec<u8>,
    /// The same when it is over.
    recovered: Vec<u8>,
}

impl Wording {
    pub(crate) fn of(rule: &Rule) -> Self {
        let words = |notice: &str| {
            let mut json = Json::with_capacity(0);
            json.raw(b"\",\"notice\":\"");
            json.text(notice);
            json.raw(b"\",\"rule\":\"");
            json.text(&rule.name);
            json.raw(b"\",\"episode\":");
            json.as_bytes().to_vec()
        };
        let notify = rule.notify.as_ref();
        Self {
            opened: notify.map(|notify| words(&notify.notice)).unwrap_or_default(),
            recovered: notify
                .and_then(|notify| notify.recovered.as_deref())
                .map(words)
                .unwrap_or_default(),
        }
    }

    fn of_step(&self, step: Step) -> &[u8] {
        match step {
            Step::Opened | Step::Escalated(_) => &self.opened,
            Step::Recovered => &self.recovered,
        }
    }
}

/// Which moment of an episode a job tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Opened,
    Escalated(u8),
    Recovered,
}

impl Step {
    #[inline]
    fn write(self, out: &mut Json) {
        match self {
            Self::Opened => out.raw(b"opened"),
            Self::Escalated(step) => {
                out.raw(b"escalated.");
                out.whole(u64::from(step));
            }
            Self::Recovered => out.raw(b"recovered"),
        }
    }
}

/// Bytes of a usual job, and some more.
const JOB_BYTES: usize = 640;

/// Builds the job; its index among those of the position is the caller's to set.
pub(crate) fn job(view: &ShipmentView<'_>, told: &Told<'_>, as_of: Timestamp, position: Position) -> Job {
    let number = view
        .number
        .get_or_init(|| view.key.number(|id| view.texts.get(id)))
        .as_ref();
    let partition = number.map_or(0, TrackingNumber::partition);
    let number = number.map_or(&[][..], TrackingNumber::as_bytes);
    let position = Position {
        partition: position.partition.or(Some(partition)),
        ..position
    };
    let mut json = Json::with_capacity(JOB_BYTES);
    let identity = identity(view, number, told, &mut json);
    json.raw(Job::BEFORE_ID.as_bytes());
    json.raw(b"j_");
    json.hex(identity);
    json.raw(told.wording.of_step(told.step));
    json.whole(u64::from(told.episode));
    json.raw(b",\"step\":\"");
    told.step.write(&mut json);
    shipment(view, number, &mut json);
    json.raw(b",\"opened_at\":\"");
    json.time(told.opened_at);
    windows(view, &mut json);
    json.raw(b",\"as_of\":\"");
    json.time(as_of);
    json.raw(b"\",\"position\":\"");
    write_position(position, &mut json);
    json.raw(b"\",\"because\":\"");
    json.text(told.because);
    json.raw(b"\"}");
    Job {
        partition,
        position,
        index: 0,
        json: json.into_string(),
    }
}

/// The hash of what makes a job one and the same; `room` is left empty.
fn identity(view: &ShipmentView<'_>, number: &[u8], told: &Told<'_>, room: &mut Json) -> u128 {
    room.raw(view.texts.get(view.key.carrier).as_bytes());
    room.raw(b"|");
    room.raw(number);
    room.raw(b"|");
    room.whole(u64::from(view.epoch()));
    room.raw(b"|");
    room.raw(told.rule.as_bytes());
    room.raw(b"|");
    room.whole(u64::from(told.episode));
    room.raw(b"|");
    told.step.write(room);
    let hash = xxhash_rust::xxh3::xxh3_128(room.as_bytes());
    room.clear();
    hash
}

/// Which parcel it is and how it is, behind the open quotes of the step.
fn shipment(view: &ShipmentView<'_>, number: &[u8], json: &mut Json) {
    let (folded, text) = (view.folded, |id| view.texts.get(id));
    json.raw(b"\",\"carrier\":\"");
    json.text(text(view.key.carrier));
    json.raw(b"\",\"tracking_number\":\"");
    json.raw(number);
    json.raw(b"\",\"epoch\":");
    json.whole(u64::from(view.epoch()));
    json.raw(b",\"order_id\":\"");
    let order = folded.order_id.written(view.texts);
    json.text(order.text);
    json.raw(order.digits());
    json.raw(b"\",\"merchant\":\"");
    json.text(text(folded.merchant));
    json.raw(b"\",\"service\":\"");
    json.text(text(folded.service));
    json.raw(b"\",\"status\":\"");
    json.raw(view.status().as_str().as_bytes());
    json.raw(b"\",\"code\":\"");
    if let Value::Text(code) = view.value(Column::Code) {
        json.raw(code.as_bytes());
    }
    json.raw(b"\",\"health\":\"");
    json.raw(view.health().as_str().as_bytes());
    json.raw(b"\",\"reason\":\"");
    if let Some(reason) = folded.reason {
        json.raw(reason.as_str().as_bytes());
    }
    json.raw(b"\"");
}

/// What was promised and what is expected, behind the open quotes of the opening.
fn windows(view: &ShipmentView<'_>, json: &mut Json) {
    let (promised, estimated) = (view.folded.promised, view.folded.more.estimated.at());
    json.raw(b"\",\"promised_at\":");
    json.time_or_null(promised.map(|window| window.until));
    json.raw(b",\"estimated_from\":");
    json.time_or_null(estimated.map(|window| window.from));
    json.raw(b",\"estimated_until\":");
    json.time_or_null(estimated.map(|window| window.until));
}

fn write_position(position: Position, json: &mut Json) {
    match position.partition {
        Some(partition) => {
            json.raw(b"scan.");
            json.whole(u64::from(partition));
        }
        None => json.raw(b"scan.control"),
    }
    json.raw(b"/");
    json.whole(position.sequence);
}
