//! Stories of bytes that become scans, or refusals.

mod differential;
mod fields;
mod files;
mod lengths;
mod meaning;
mod mutation;
mod reference;
mod refused;

use super::*;
use milepost_model::Scan;

/// The canonical example, with columns changed: `""` leaves one out.
fn line(changes: &[(&str, &str)]) -> String {
    let mut columns: Vec<(&str, &str)> = vec![
        ("tracking_number", "1Z999AA10123456784"),
        ("carrier", "ups"),
        ("status", "in_transit"),
        ("occurred_at", "2026-03-01T14:03:22.000Z"),
    ];
    for (name, value) in changes {
        columns.retain(|(column, _)| column != name);
        columns.push((name, value));
    }
    let written: Vec<String> = columns
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| match value.strip_prefix('=') {
            // A value after `=` stands as it is, not as a string.
            Some(literal) => format!("\"{name}\":{literal}"),
            None => format!("\"{name}\":\"{value}\""),
        })
        .collect();
    format!("{{{}}}", written.join(","))
}

/// Decodes one line and tells what `tell` says of the scan, or the refusal.
fn told(line: &str, tell: impl Fn(&Scan<'_>) -> String) -> String {
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    match Decoder::new().decode_line(line.as_bytes(), &scratch, &defaults) {
        Ok(scan) => tell(&scan),
        Err(refusal) => refusal.to_string(),
    }
}

/// SplitMix64: chance from a seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("smaller than `end`")
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.get(self.below(from.len()))
            .cloned()
            .expect("rows to pick from are not empty")
    }
}
