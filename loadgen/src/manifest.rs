//! What was sent, so that a reader can tell that nothing is missing and nothing was made up.

use crate::faults::{Malformed, Tally};
use crate::world::step::Scan;
use crate::world::truth::Truth;
use crate::world::{Arrival, places::City};
use milepost_model::{PARTITIONS, Status, Timestamp, partition};

/// Counts and checksums of everything sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// Lines: good and malformed.
    pub lines: u64,
    /// Good lines, copies included.
    pub good: u64,
    /// Good lines that are copies of an earlier one.
    pub copies: u64,
    /// Malformed lines, in the order of [`Malformed::ALL`].
    pub malformed: [u64; 10],
    /// Distinct scans that state each status, in the order of [`Status::ALL`].
    pub statuses: [u64; 15],
    /// Distinct scans that state no status: notices and estimates.
    pub without_status: u64,
    /// Distinct scans in each partition of the log.
    pub partitions: [u64; PARTITIONS as usize],
    /// Sum of the FNV-1a hashes (64 bits) of the event ids of all good lines, wrapping.
    pub sum_sent: u64,
    /// The same over distinct scans.
    pub sum_distinct: u64,
    /// Bytes of all lines with their newlines.
    pub bytes: u64,
    /// Arrival of the first and of the last line, milliseconds since 1970.
    pub span_ms: Option<(i64, i64)>,
    id: Vec<u8>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            lines: 0,
            good: 0,
            copies: 0,
            malformed: [0; 10],
            statuses: [0; 15],
            without_status: 0,
            partitions: [0; PARTITIONS as usize],
            sum_sent: 0,
            sum_distinct: 0,
            bytes: 0,
            span_ms: None,
            id: Vec::new(),
        }
    }
}

impl Manifest {
    /// Counts a line of `bytes` bytes.
    pub fn count(&mut self, arrival: &Arrival, bytes: usize) {
        self.lines += 1;
        self.bytes += bytes as u64;
        let from_ms = self.span_ms.map_or(arrival.arrives_at, |(from_ms, _)| from_ms);
        self.span_ms = Some((from_ms, arrival.arrives_at));
        if let Some(kind) = arrival.malformed {
            bump(&mut self.malformed, kind as usize);
            return;
        }
        self.good += 1;
        let hash = self.hash(&arrival.scan);
        self.sum_sent = self.sum_sent.wrapping_add(hash);
        if arrival.is_copy {
            self.copies += 1;
            return;
        }
        self.sum_distinct = self.sum_distinct.wrapping_add(hash);
        bump(
            &mut self.partitions,
            usize::from(partition(arrival.scan.plan.number.as_str())),
        );
        match arrival.scan.step.status() {
            Some(status) => bump(&mut self.statuses, status as usize),
            None => self.without_status += 1,
        }
    }

    /// Distinct scans sent.
    #[must_use]
    pub const fn distinct(&self) -> u64 {
        self.good - self.copies
    }

    fn hash(&mut self, scan: &Scan) -> u64 {
        self.id.clear();
        crate::encode::event_id(scan, &mut self.id);
        fnv64(&self.id)
    }

    /// The manifest as one JSON object.
    #[must_use]
    pub fn to_json(&self, tally: &Tally) -> String {
        let malformed = object(Malformed::ALL.iter().map(|kind| kind.as_str()).zip(self.malformed));
        let statuses = object(Status::ALL.iter().map(|status| status.as_str()).zip(self.statuses));
        let faults = object([
            ("lost", tally.lost),
            ("doubled", tally.doubled),
            ("late", tally.late),
            ("out_of_order", tally.out_of_order),
            ("wrong_clock", tally.wrong_clock),
        ]);
        let partitions: Vec<String> = self.partitions.iter().map(u64::to_string).collect();
        let (first, last) = self
            .span_ms
            .map_or((String::new(), String::new()), |(from_ms, until_ms)| {
                (
                    Timestamp::from_millis(from_ms).to_string(),
                    Timestamp::from_millis(until_ms).to_string(),
                )
            });
        format!(
            "{{\n  \"lines\": {}, \"good\": {}, \"malformed\": {}, \"bytes\": {},\n  \"distinct_scans\": {}, \"copies\": {}, \
             \"shipments\": {}, \"scans_before_faults\": {},\n  \"first_arrival\": \"{first}\", \
             \"last_arrival\": \"{last}\",\n  \"sum_sent\": \"{:016x}\", \"sum_distinct\": \"{:016x}\",\n  \
             \"malformed_by_kind\": {malformed},\n  \"scans_by_status\": {statuses},\n  \"scans_without_status\": {},\n  \
             \"faults\": {faults},\n  \"scans_by_partition\": [{}]\n}}\n",
            self.lines,
            self.good,
            self.malformed.iter().sum::<u64>(),
            self.bytes,
            self.distinct(),
            self.copies,
            tally.shipments,
            tally.scans,
            self.sum_sent,
            self.sum_distinct,
            self.without_status,
            partitions.join(",")
        )
    }
}

/// The ground truth of a shipment as one JSON line, with its newline.
#[must_use]
pub fn truth_line(truth: &Truth) -> String {
    let plan = &truth.plan;
    let time = |at_s: Option<i64>| {
        at_s.map_or_else(
            || "null".to_owned(),
            |at_s| format!("\"{}\"", Timestamp::from_millis(at_s * 1_000)),
        )
    };
    let promised_on = plan.promise.day().map_or_else(
        || "null".to_owned(),
        |day| {
            let text = Timestamp::from_millis(i64::from(day) * 86_400_000).to_string();
            format!("\"{}\"", text.get(..10).unwrap_or_default())
        },
    );
    let place = |city: &City| format!("{}-{}", city.country, city.code);
    format!(
        "{{\"tracking_number\":\"{}\",\"carrier\":\"{}\",\"service\":\"{}\",\"merchant\":\"{}\",\"order_id\":\"SO-{}\",\
         \"from\":\"{}\",\"to\":\"{}\",\"final_status\":\"{}\",\"created_at\":{},\"accepted_at\":{},\
         \"first_attempt_at\":{},\"delivered_at\":{},\"promised_on\":{promised_on},\"late\":{},\"attempts_failed\":{},\
         \"scans\":{},\"recycled\":{},\"cause\":\"{}\"}}\n",
        plan.number,
        plan.carrier().slug,
        plan.service().slug,
        plan.merchant().slug,
        100_000 + plan.order,
        place(plan.from.city()),
        place(plan.to.city()),
        truth.status,
        time(Some(plan.created_s)),
        time(truth.accepted_s),
        time(truth.first_attempt_s),
        time(truth.delivered_s),
        truth.late.map_or("null", |late| if late { "true" } else { "false" }),
        truth.attempts_failed,
        truth.scans,
        truth.is_recycled,
        truth.cause.as_str(),
    )
}

/// FNV-1a, 64 bits.
#[must_use]
pub fn fnv64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn bump(counts: &mut [u64], at: usize) {
    if let Some(count) = counts.get_mut(at) {
        *count += 1;
    }
}

fn object<'a>(rows: impl IntoIterator<Item = (&'a str, u64)>) -> String {
    let rows: Vec<String> = rows
        .into_iter()
        .map(|(name, count)| format!("\"{name}\": {count}"))
        .collect();
    format!("{{{}}}", rows.join(", "))
}
