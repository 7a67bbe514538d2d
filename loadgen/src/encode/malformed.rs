//! Lines that no scan can be read from. Each has exactly one fault, and never a newline inside.

use crate::faults::Malformed;
use crate::rng::mix;
use crate::world::step::Scan;

/// Bytes of an oversized text.
const OVERSIZED_BYTES: usize = 10 * 1024 * 1024;
/// Lists in one another.
const DEPTH: usize = 100_000;

/// Appends the line that resembles `scan`, without newline.
pub(super) fn write(kind: Malformed, scan: &Scan, out: &mut Vec<u8>) {
    let taste = mix(scan.plan.index ^ u64::from(scan.step.ordinal));
    match kind {
        Malformed::Truncated => {
            let from = out.len();
            super::write::scan(scan, out);
            let length = out.len() - from;
            out.truncate(from + length * (30 + (taste % 60) as usize) / 100);
        }
        Malformed::InvalidUtf8 => close(scan, out, b"\"city\":\"Montr\xe9al \xff\xc3\""),
        Malformed::WrongType => {
            let faults: [&[u8]; 3] = [
                b"\"status\":[\"in_transit\"]",
                b"\"occurred_at\":true",
                b"\"tracking_number\":{\"n\":1}",
            ];
            let fault = faults.get((taste % 3) as usize).copied().unwrap_or_default();
            without(scan, out, fault);
        }
        Malformed::Oversized => {
            let mut fault = b"\"message\":\"".to_vec();
            fault.resize(OVERSIZED_BYTES, b'x');
            fault.push(b'"');
            close(scan, out, &fault);
        }
        Malformed::Deep => {
            let mut fault = b"\"note\":".to_vec();
            fault.resize(fault.len() + DEPTH, b'[');
            fault.resize(fault.len() + DEPTH, b']');
            close(scan, out, &fault);
        }
        Malformed::Nul => close(scan, out, b"\"city\":\"New\0York\""),
        Malformed::FarFuture => without(scan, out, b"\"occurred_at\":\"2999-01-01T00:00:00Z\""),
        Malformed::YearZero => without(scan, out, b"\"occurred_at\":\"0000-01-01T00:00:00Z\""),
        Malformed::NoNumber => without(scan, out, b"\"tracking_number\":null"),
        Malformed::NotAnObject => {
            let lines: [&[u8]; 4] = [b"[1,2,3]", b"\"in_transit\"", b"42", b"null"];
            out.extend_from_slice(lines.get((taste % 4) as usize).copied().unwrap_or_default());
        }
    }
}

/// A small good object, and the fault as one more field.
fn close(scan: &Scan, out: &mut Vec<u8>, fault: &[u8]) {
    fields(scan, out, &[]);
    out.extend_from_slice(fault);
    out.push(b'}');
}

/// A small object in which the fault takes the place of the field of that name.
fn without(scan: &Scan, out: &mut Vec<u8>, fault: &[u8]) {
    let name = fault.split(|byte| *byte == b':').next().unwrap_or_default();
    fields(scan, out, name);
    out.extend_from_slice(fault);
    out.push(b'}');
}

fn fields(scan: &Scan, out: &mut Vec<u8>, left_out: &[u8]) {
    let mut id = b"bad-".to_vec();
    super::write::event_id(scan, scan.step.ordinal, &mut id);
    let number = scan.plan.number;
    let carrier = scan.plan.carrier().slug.as_bytes();
    let rows: [(&[u8], &[u8]); 5] = [
        (b"\"event_id\"", &id),
        (b"\"tracking_number\"", number.as_bytes()),
        (b"\"carrier\"", carrier),
        (b"\"status\"", b"in_transit"),
        (b"\"occurred_at\"", b"2026-03-01T12:00:00Z"),
    ];
    out.push(b'{');
    for (name, value) in rows.into_iter().filter(|(name, _)| *name != left_out) {
        out.extend_from_slice(name);
        out.extend_from_slice(b":\"");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\",");
    }
}
