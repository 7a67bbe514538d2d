//! Where in what was foretold first visits fell: of parcels of an age, a tenth is to come before the first mark and nine tenths
//! before the last. Where more or fewer do, later marks are those of other shares, so that they hold.
//!
//! Of some of the watched parcels many marks are kept, and counted is between which the visit fell, in whole numbers. It is not
//! asked whether the band that was told held: what was corrected before does not show in what is learned.

use super::outcomes::bounded;
use super::passage::AWAITED_MS;
use super::table::{Known, whole};
use crate::bytes::{Damaged, Reader, Writer};
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Timestamp, TrackingNumber};

/// The shares of which the marks are kept.
pub(super) const SHARES: [f64; 21] = [
    0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.84, 0.87, 0.9, 0.92, 0.95,
];
/// Places between them, before the first and after the last.
const PLACES: usize = SHARES.len() + 1;
/// Ages at which others begin, days since the hand-over.
const AGES: [i64; 7] = [1, 2, 3, 5, 7, 10, 15];
const GROUPS: usize = AGES.len() + 1;
/// By age: of so many watched parcels one has its marks kept. Old ones are few.
const KEPT_ONE_OF: [u32; GROUPS] = [32, 32, 32, 32, 4, 4, 1, 1];
/// What is told: when a tenth, half and nine tenths are visited.
const TOLD: [f64; 3] = [0.1, 0.5, 0.9];
/// So many visits weigh as much as the belief that marks are right.
const BELIEVED: f64 = 100.0;

impl Known<'_> {
    /// Whether marks are worth holding against visits: once it is known what became of answers for as long as parcels are
    /// waited for. Before, nobody has seen them grow old, and what is foretold of old ones is too soon: bands would become wide,
    /// and stay so for weeks.
    pub(super) fn tells_of_old_ones(&self, now: Timestamp) -> bool {
        let today = now.millis().div_euclid(DAY_MS);
        let since = self.recalibration.known_since();
        since.is_some_and(|since| (today - since) * DAY_MS >= AWAITED_MS)
    }
}

/// The age of a parcel, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Age(u8);

impl Age {
    pub(super) fn of(handed_at: Timestamp, now: Timestamp) -> Self {
        let days = now.since(handed_at) / DAY_MS;
        Self(AGES.iter().filter(|from| days >= **from).count() as u8)
    }

    /// Whether marks of a watched parcel of that age are kept.
    pub(super) fn is_kept_of(self, number: &TrackingNumber) -> bool {
        let one_of = KEPT_ONE_OF.get(self.place()).copied().unwrap_or(1);
        (number.spread() >> 16).is_multiple_of(one_of)
    }

    fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// The marks of a parcel, to be kept until the last is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Marks {
    age: Age,
    /// By share; the greatest instant where it is not in sight.
    at: [Timestamp; SHARES.len()],
}

impl Marks {
    pub(super) fn new(age: Age, at: [Option<Timestamp>; SHARES.len()]) -> Self {
        let at = at.map(|at| at.unwrap_or(Timestamp::MAX));
        Self { age, at }
    }

    /// The last of them.
    pub(super) fn last(&self) -> Timestamp {
        let [.., last] = self.at;
        last
    }

    /// How many of them are over by then.
    fn before(&self, at: Timestamp) -> usize {
        self.at.iter().filter(|mark| **mark < at).count()
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.bytes(&[self.age.0]);
        self.at.iter().for_each(|at| out.i64(at.millis()));
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let [age] = input.array()?;
        let mut marks = Self {
            age: Age(age),
            at: [Timestamp::MAX; SHARES.len()],
        };
        for at in &mut marks.at {
            *at = Timestamp::from_millis(input.i64()?);
        }
        if marks.age.place() < GROUPS {
            Ok(marks)
        } else {
            Err(Damaged)
        }
    }
}

/// Between which marks visits fell, in whole numbers. Those of many shards may be learned in any order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Fallen(Vec<[i64; PLACES]>);

impl Fallen {
    /// When it was visited first; `None` when it was not for long after the last mark.
    pub(super) fn add(&mut self, marks: &Marks, visited: Option<Timestamp>) {
        self.0.resize(GROUPS, [0; PLACES]);
        let place = visited.map_or(SHARES.len(), |at| marks.before(at));
        let counts = self.0.get_mut(marks.age.place());
        if let Some(count) = counts.and_then(|counts| counts.get_mut(place)) {
            *count += 1;
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn merge(&mut self, other: &Self) {
        self.0.resize(GROUPS, [0; PLACES]);
        for (count, more) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *count += more;
        }
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.length(self.0.len());
        self.0.iter().flatten().for_each(|count| out.i64(*count));
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        by_group(input, bounded).map(Self)
    }
}

/// What was learned of one's own marks.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Bands {
    /// Visits of the day that is not over.
    today: Fallen,
    /// By age and place, weighed by how new they are.
    sums: Vec<[f64; PLACES]>,
    /// By age: of which shares the marks are told; empty while nothing is known.
    shares: Vec<[f64; TOLD.len()]>,
}

impl Bands {
    /// Takes note of visits, which count when the day is over.
    pub(super) fn note(&mut self, fallen: &Fallen) {
        self.today.merge(fallen);
    }

    /// A day is over, and what was known before fades.
    pub(super) fn pass_days(&mut self, fades: f64) {
        if self.today.is_empty() {
            return;
        }
        self.sums.resize(GROUPS, [0.0; PLACES]);
        for (sum, today) in self.sums.iter_mut().flatten().zip(self.today.0.iter_mut().flatten()) {
            *sum = *sum * fades + whole(core::mem::take(today));
        }
        self.draw();
    }

    fn draw(&mut self) {
        self.shares = self
            .sums
            .iter()
            .map(|sums| TOLD.map(|share| of_which(sums, share)))
            .collect();
    }

    /// Of which shares the marks are to be told at that age, so that they hold.
    pub(super) fn shares(&self, age: Age) -> [f64; TOLD.len()] {
        self.shares.get(age.place()).copied().unwrap_or(TOLD)
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        self.today.write(out);
        out.length(self.sums.len());
        self.sums.iter().flatten().for_each(|sum| out.bytes(&sum.to_le_bytes()));
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut read = Self {
            today: Fallen::read(input)?,
            sums: by_group(input, |input| input.f64())?,
            shares: Vec::new(),
        };
        read.draw();
        Ok(read)
    }
}

/// Numbers of all groups and places, or none.
fn by_group<T: Copy + Default>(
    input: &mut Reader<'_>,
    read: impl Fn(&mut Reader<'_>) -> Result<T, Damaged>,
) -> Result<Vec<[T; PLACES]>, Damaged> {
    let groups = input.length()?;
    if groups != 0 && groups != GROUPS {
        return Err(Damaged);
    }
    let mut numbers = alloc::vec![[T::default(); PLACES]; groups];
    for number in numbers.iter_mut().flatten() {
        *number = read(input)?;
    }
    Ok(numbers)
}

/// The share before whose mark so large a share of visits fell.
fn of_which(sums: &[f64; PLACES], share: f64) -> f64 {
    let all = sums.iter().sum::<f64>() + BELIEVED;
    let ends = SHARES.into_iter().chain(core::iter::once(1.0));
    let (mut from, mut fallen) = (0.0, 0.0);
    for (sum, end) in sums.iter().zip(ends) {
        let here = (sum + BELIEVED * (end - from)) / all;
        if fallen + here >= share {
            return from + (end - from) * (share - fallen) / here.max(f64::MIN_POSITIVE);
        }
        (from, fallen) = (end, fallen + here);
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::super::key::LaneName;
    use super::super::outcomes::{Outcomes, Stated};
    use super::super::state::Stage;
    use super::super::table::Lanes;
    use super::*;
    use milepost_model::HOUR_MS;

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_millis(hour * HOUR_MS)
    }

    /// Marks of shares that are foretold for so many hundredths of a hundred hours.
    fn marks() -> Marks {
        #[expect(clippy::cast_possible_truncation, reason = "hundredths")]
        let at = SHARES.map(|share| Some(hour((share * 100.0) as i64)));
        Marks::new(Age::of(hour(0), hour(50)), at)
    }

    /// A thousand visits in the hours from one on, up to another.
    fn learned(from: i64, until: i64) -> Bands {
        let mut fallen = Fallen::default();
        (0..1_000).for_each(|place| fallen.add(&marks(), Some(hour(from + (until - from) * place / 1_000).plus(1))));
        let mut bands = Bands::default();
        bands.note(&fallen);
        bands.pass_days(1.0);
        bands
    }

    #[test]
    fn marks_that_hold_stay_as_they_are() {
        let age = Age::of(hour(0), hour(50));
        assert_eq!(Bands::default().shares(age), TOLD);
        for (told, share) in learned(0, 100).shares(age).into_iter().zip(TOLD) {
            assert!((told - share).abs() < 0.01, "{told} for {share}");
        }
        // Of other ages nothing was seen.
        for (told, share) in learned(40, 60).shares(Age::of(hour(0), hour(0))).into_iter().zip(TOLD) {
            assert!((told - share).abs() < 1e-9, "{told} for {share}");
        }
    }

    #[test]
    fn bands_that_are_too_wide_become_narrower_and_those_too_narrow_wider() {
        let age = Age::of(hour(0), hour(50));
        // All come between 20 and 80: a tenth of these by 26, nine tenths by 74; what is believed counts for a little.
        let [p10, p50, p90] = learned(20, 80).shares(age);
        assert!((0.23..0.27).contains(&p10) && (0.48..0.52).contains(&p50) && (0.73..0.77).contains(&p90));
        let [p10, p50, p90] = learned(-20, 120).shares(age);
        assert!(
            p10 < 0.03 && (0.48..0.52).contains(&p50) && p90 > 0.96,
            "{p10} {p50} {p90}"
        );
        // Nobody was visited at all.
        let mut fallen = Fallen::default();
        (0..10_000).for_each(|_| fallen.add(&marks(), None));
        let mut bands = Bands::default();
        bands.note(&fallen);
        bands.pass_days(1.0);
        assert!(bands.shares(age).into_iter().all(|share| (0.95..=1.0).contains(&share)));
    }

    #[test]
    fn marks_are_held_against_visits_once_parcels_were_seen_to_grow_old() {
        let lane = LaneName {
            carrier: "dpd".into(),
            service: "next_day".into(),
            origin: ["GB", "LND"].map(Into::into),
            destination: ["GB", "LND"].map(Into::into),
        };
        let mut lanes = Lanes::new();
        assert!(!lanes.known(&lane).tells_of_old_ones(hour(24 * 1_000)));
        // What became of an answer is known on the day 3.
        let mut outcomes = Outcomes::default();
        outcomes.add(Stated::new(Stage::Hub, hour(24), hour(48), 0.5), false);
        lanes.learn_outcomes(&outcomes, &Fallen::default());
        lanes.pass_days(3, 4);
        let tells = [4, 47, 48, 1_000].map(|day| lanes.known(&lane).tells_of_old_ones(hour(24 * day)));
        assert_eq!(tells, [false, false, true, true]);
    }

    #[test]
    fn what_is_saved_is_read() {
        let mut bands = learned(20, 80);
        let mut fallen = Fallen::default();
        fallen.add(&marks(), Some(hour(3)));
        bands.note(&fallen);
        let mut bytes = Vec::new();
        bands.write(&mut Writer { out: &mut bytes });
        marks().write(&mut Writer { out: &mut bytes });
        let mut input = Reader::new(&bytes);
        assert_eq!(Bands::read(&mut input), Ok(bands));
        assert_eq!(Marks::read(&mut input), Ok(marks()));
        assert!(input.is_empty());
    }
}
