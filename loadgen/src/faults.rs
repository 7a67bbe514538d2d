//! What goes wrong between a carrier and us. The world underneath stays the same: faults have their own chance.

use crate::rng::Rng;
use crate::world::step::Step;

/// A line that no scan can be read from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Malformed {
    /// Cut off in the middle.
    Truncated,
    /// Bytes that are not UTF-8 inside a text.
    InvalidUtf8,
    /// A list, truth value or object where a text belongs.
    WrongType,
    /// Ten megabytes in one line.
    Oversized,
    /// A hundred thousand lists in one another.
    Deep,
    /// A raw NUL byte inside a text.
    Nul,
    /// Happened in the year 2999.
    FarFuture,
    /// Happened in the year 0.
    YearZero,
    /// Says nothing of whose parcel it was.
    NoNumber,
    /// JSON, but no object.
    NotAnObject,
}

impl Malformed {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Truncated,
        Self::InvalidUtf8,
        Self::WrongType,
        Self::Oversized,
        Self::Deep,
        Self::Nul,
        Self::FarFuture,
        Self::YearZero,
        Self::NoNumber,
        Self::NotAnObject,
    ];

    /// The name in options and in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::WrongType => "wrong_type",
            Self::Oversized => "oversized",
            Self::Deep => "deep",
            Self::Nul => "nul",
            Self::FarFuture => "far_future",
            Self::YearZero => "year_zero",
            Self::NoNumber => "no_number",
            Self::NotAnObject => "not_an_object",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// How often each fault happens: shares of good scans, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Never sent.
    pub lost: f64,
    /// Copies sent again, byte for byte, seconds to hours later. May be above 1: feeds that resend their history.
    pub doubled: f64,
    /// Comes hours to days late.
    pub late: f64,
    /// Comes after the scan that followed it.
    pub out_of_order: f64,
    /// Written by a clock that is wrong by whole hours.
    pub wrong_clock: f64,
    /// Malformed lines added for each good one.
    pub malformed: f64,
    /// Share of each malformed kind among them, relative.
    pub malformed_weights: [u32; 10],
    /// Most lines of 10 MB, so that a file stays of a size.
    pub oversized_max: u32,
    /// Most lines of 10^5 nested lists (200 kB each).
    pub deep_max: u32,
}

impl Faults {
    /// A perfect feed.
    pub const NONE: Self = Self {
        lost: 0.0,
        doubled: 0.0,
        late: 0.0,
        out_of_order: 0.0,
        wrong_clock: 0.0,
        malformed: 0.0,
        malformed_weights: [1; 10],
        oversized_max: 3,
        deep_max: 20,
    };
    /// What a shop sees in a usual week.
    pub const REALISTIC: Self = Self {
        lost: 0.004,
        doubled: 0.03,
        late: 0.015,
        out_of_order: 0.01,
        wrong_clock: 0.002,
        malformed: 0.000_2,
        ..Self::NONE
    };
    /// A week to be ready for.
    pub const HARSH: Self = Self {
        lost: 0.03,
        doubled: 0.6,
        late: 0.08,
        out_of_order: 0.08,
        wrong_clock: 0.02,
        malformed: 0.01,
        ..Self::NONE
    };
}

impl Default for Faults {
    fn default() -> Self {
        Self::NONE
    }
}

/// How many faults of each sort a world has put in so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Shipments begun.
    pub shipments: u64,
    /// Scans of the journeys written so far, before faults.
    pub scans: u64,
    /// Never sent.
    pub lost: u64,
    /// Copies.
    pub doubled: u64,
    /// Late.
    pub late: u64,
    /// Overtaken.
    pub out_of_order: u64,
    /// Written by a wrong clock.
    pub wrong_clock: u64,
}

/// One line to be sent: which step, when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) arrives_ms: i64,
    pub(crate) step: u8,
    pub(crate) is_copy: bool,
}

impl Faults {
    /// Puts the faults into a journey: bends its clocks, and says what is sent when, in order of arrival.
    pub(crate) fn apply(&self, rng: &mut Rng, steps: &mut [Step], tally: &mut Tally) -> Vec<Sending> {
        tally.shipments += 1;
        let mut sendings = Vec::with_capacity(steps.len());
        let next_ms: Vec<i64> = steps.iter().skip(1).map(|step| step.arrives_ms).collect();
        for (at, step) in steps.iter_mut().enumerate() {
            tally.scans += 1;
            if rng.chance(self.wrong_clock) {
                let hours = if rng.permille(500) {
                    rng.between(1, 9)
                } else {
                    -rng.between(1, 12)
                };
                step.clock_error_s = (hours * 3_600) as i32;
                tally.wrong_clock += 1;
            }
            // Every fault draws for every scan: a changed rate must not move the draws of another fault.
            let (is_lost, is_late) = (rng.chance(self.lost), rng.chance(self.late));
            let is_overtaken = rng.chance(self.out_of_order);
            let late_ms = rng.skewed(9 * 3_600_000);
            let behind_ms = rng.between(500, 240_000);
            let copies = copies(self.doubled, rng);
            let mut copies_rng = Rng::new(rng.bits(), 0, 0);
            if is_lost {
                tally.lost += 1;
                continue;
            }
            let mut arrives_ms = step.arrives_ms;
            if is_late {
                arrives_ms += late_ms;
                tally.late += 1;
            }
            if let (true, Some(next_ms)) = (is_overtaken, next_ms.get(at)) {
                arrives_ms = arrives_ms.max(next_ms + behind_ms);
                tally.out_of_order += 1;
            }
            sendings.push(Sending {
                arrives_ms,
                step: at as u8,
                is_copy: false,
            });
            for _ in 0..copies {
                let again_ms = arrives_ms + copies_rng.skewed(1_800_000);
                sendings.push(Sending {
                    arrives_ms: again_ms,
                    step: at as u8,
                    is_copy: true,
                });
                tally.doubled += 1;
            }
        }
        sendings.sort_by_key(|sending| (sending.arrives_ms, sending.step, sending.is_copy));
        sendings
    }

    /// Whether a malformed line follows, and of which kind. Kinds whose limit is reached give way to the others.
    pub(crate) fn malformed(&self, rng: &mut Rng, sent: &[u64; 10]) -> Option<Malformed> {
        if !rng.chance(self.malformed) {
            return None;
        }
        let limit = |kind: Malformed| match kind {
            Malformed::Oversized => u64::from(self.oversized_max),
            Malformed::Deep => u64::from(self.deep_max),
            Malformed::Truncated
            | Malformed::InvalidUtf8
            | Malformed::WrongType
            | Malformed::Nul
            | Malformed::FarFuture
            | Malformed::YearZero
            | Malformed::NoNumber
            | Malformed::NotAnObject => u64::MAX,
        };
        let rows: Vec<(Malformed, u32)> = Malformed::ALL
            .into_iter()
            .zip(self.malformed_weights)
            .zip(sent)
            .map(|((kind, weight), sent)| (kind, if *sent < limit(kind) { weight } else { 0 }))
            .collect();
        if rows.iter().all(|(_, weight)| *weight == 0) {
            return None;
        }
        Some(rng.weighted(&rows, |(_, weight)| *weight).0)
    }
}

/// The whole part of a rate for certain, its fraction by chance.
fn copies(rate: f64, rng: &mut Rng) -> u64 {
    let whole = rate.max(0.0) as u64;
    whole + u64::from(rng.chance(rate - whole as f64))
}
