//! What lies ahead of parcels of a lane that were handed over on one day and promised by one instant: from the promise back to
//! now, the share that is visited by then, of every state at once. Walked once, it answers whoever asks of any of these
//! parcels, at any hour; parcels that are silent are asked about again and again.

use super::at_hand::AtHand;
use super::clock::DayPart;
use super::forecast::{Forecast, Visits, rest};
use super::node::{Shares, Spells};
use super::state::{Cohort, Since, Stage, State};
use super::sums::VISITED;
use super::table::{Known, Path, moment, spell};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Timestamp};

/// The way that is left until the promise, a part of a day at a time.
#[derive(Debug)]
struct Way {
    first: DayPart,
    parts: Vec<Part>,
}

/// What becomes of parcels, from the end of a part of a day on.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// By stage: the share visited by the promise of those that come there within it.
    come: [f32; Stage::COUNT],
    /// By state: the same of those that stay there until it is over.
    stay: [f32; State::COUNT],
}

impl Part {
    /// The promise lies in it: later visits are too late.
    const LAST: Self = Self {
        come: [0.0; Stage::COUNT],
        stay: [0.0; State::COUNT],
    };

    fn come_to(&self, stage: usize) -> f32 {
        self.come.get(stage).copied().unwrap_or(0.0)
    }

    fn stay_in(&self, state: State) -> f32 {
        self.stay.get(state.index()).copied().unwrap_or(0.0)
    }

    /// The share visited of those in a state, of which such shares go on within the part.
    fn visited(&self, state: State, ends: &Shares) -> f32 {
        visited(self.stay_in(state), ends, |end| {
            if end == VISITED { 1.0 } else { self.come_to(end) }
        })
    }

    /// Who comes goes on in turn, in the order in which parcels usually come through the stages. Who goes back waits for the
    /// next part.
    fn let_come(&mut self, spells: &Spells) {
        for stage in Stage::ALL.into_iter().rev() {
            let state = State::new(stage, Since::Now);
            let visited = visited(self.stay_in(state), spells.of(state), |end| match Stage::ALL.get(end) {
                None => 1.0,
                Some(back) if *back <= stage => self.stay_in(State::new(*back, Since::Now)),
                Some(_) => self.come_to(end),
            });
            if let Some(come) = self.come.get_mut(stage as usize) {
                *come = visited;
            }
        }
    }
}

/// The share visited of parcels of which such shares go on within a part: of those that stay, `stay` are, of the others as
/// many as of who goes on to there.
#[inline]
fn visited(stay: f32, ends: &Shares, of_end: impl Fn(usize) -> f32) -> f32 {
    // Several sums at once: each addition waits for the one before.
    let mut more = [0.0; 4];
    for (end, share) in ends.iter().enumerate() {
        if let Some(more) = more.get_mut(end % 4) {
            *more += share * (of_end(end) - stay);
        }
    }
    stay + more.iter().sum::<f32>()
}

impl Way {
    /// From the part of the day that is `first` up to the promise.
    #[expect(clippy::cast_possible_truncation, reason = "seven digits of a share are enough")]
    fn new(known: &Known<'_>, at_hand: &mut AtHand, handed: i32, first: DayPart, promised: Timestamp) -> Self {
        let clock = &known.clock;
        let mut at = clock.part(promised.millis());
        let by_promise = Visits::new(known, clock.part_span(promised.millis())).share_by(promised) as f32;
        let mut part = Part::LAST;
        let mut parts = Vec::with_capacity(usize::try_from(at.since(first)).unwrap_or_default() + 1);
        let mut day = moment(clock, handed, at);
        loop {
            day.part = at.part();
            let spells = at_hand.spells(known, day);
            part.let_come(spells);
            parts.push(part);
            if at <= first {
                break;
            }
            let visits = if parts.len() == 1 { by_promise } else { 1.0 };
            let begun = State::all().map(|state| part.visited(state, spells.of(state)) * visits);
            let mut begun_in = [0.0; State::COUNT];
            begun_in.iter_mut().zip(begun).for_each(|(of, share)| *of = share);
            at = at.before();
            if at.ends_day() {
                day = moment(clock, handed, at);
            }
            let ends = at.ends_day().then_some(!day.is_day_off);
            for state in State::all() {
                let begun = begun_in.get(state.aged(ends).index()).copied().unwrap_or(0.0);
                if let Some(stay) = part.stay.get_mut(state.index()) {
                    *stay = begun;
                }
            }
        }
        parts.reverse();
        Self { first: at, parts }
    }

    /// The part that an instant lies in, if it is looked at; and whether it is that of the promise.
    fn part(&self, at: DayPart) -> Option<(&Part, bool)> {
        let place = usize::try_from(at.since(self.first)).ok()?;
        let part = self.parts.get(place)?;
        Some((part, place + 1 == self.parts.len()))
    }
}

/// Which parcels have the same ahead of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Alike {
    path: Path,
    handed: i32,
    promised: Timestamp,
}

/// So many parts of days are kept: 24 MB.
const PARTS_MAX: usize = 1 << 17;

/// What lies ahead of parcels that were asked about, by one table. It is a memory only: whatever is forgotten is walked again.
#[derive(Debug, Default)]
pub(crate) struct Chances {
    walked: BTreeMap<Alike, Way>,
    /// Parts of all.
    parts: usize,
    pub(super) at_hand: AtHand,
}

impl Chances {
    /// The share of parcels of that cohort that come after the promise, as of `at`, which is before it. All that is asked is of
    /// one table.
    pub(super) fn late(&mut self, known: &Known<'_>, was: Cohort, at: Timestamp, promised: Timestamp) -> f64 {
        let question = Question {
            known,
            was,
            at,
            promised: promised.min(at.plus(Forecast::AHEAD_DAYS * DAY_MS)),
        };
        let part = known.clock.part(at.millis());
        let alike = question.alike();
        if let Some((part, is_last)) = self.walked.get(&alike).and_then(|way| way.part(part)) {
            return question.late(part, is_last);
        }
        let way = Way::new(known, &mut self.at_hand, was.handed, part, question.promised);
        let late = way
            .part(part)
            .map_or(1.0, |(part, is_last)| question.late(part, is_last));
        self.keep(alike, way);
        late
    }

    fn keep(&mut self, alike: Alike, way: Way) {
        if self.parts + way.parts.len() > PARTS_MAX {
            *self = Self::default();
        }
        self.parts += way.parts.len();
        if let Some(shorter) = self.walked.insert(alike, way) {
            self.parts -= shorter.parts.len();
        }
    }

    /// Bytes that it holds.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.parts * size_of::<Part>()
            + self.walked.len() * (size_of::<Alike>() + size_of::<Way>())
            + self.at_hand.memory_bytes()
    }
}

/// How many of a cohort come late, as of an instant.
struct Question<'q> {
    known: &'q Known<'q>,
    was: Cohort,
    at: Timestamp,
    promised: Timestamp,
}

impl Question<'_> {
    fn alike(&self) -> Alike {
        Alike {
            path: self.known.path,
            handed: self.was.handed,
            promised: self.promised,
        }
    }

    /// Given what lies ahead after the part of the day in which it is asked, and whether the promise lies in that.
    #[expect(clippy::cast_possible_truncation, reason = "seven digits of a share are enough")]
    fn late(&self, part: &Part, is_last: bool) -> f64 {
        let (clock, at) = (&self.known.clock, self.at.millis());
        let (end, left, _) = clock.part_end(at);
        let spell = spell(clock, self.was, clock.part(at));
        let visited = part.visited(
            spell.state,
            &rest(&self.known.shares(spell), left).map(|share| share as f32),
        );
        // The last digit of a sum of shares may be beyond all.
        let visited = f64::from(visited.clamp(0.0, 1.0));
        if is_last {
            1.0 - visited * Visits::new(self.known, (at, end)).share_by(self.promised)
        } else {
            1.0 - visited
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::forecast::Course;
    use super::super::key::LaneName;
    use super::super::node::{Moment, Spell};
    use super::super::state::Standing;
    use super::super::sums::{ENDS, Slot, Sums};
    use super::super::table::Lanes;
    use super::*;
    use alloc::string::String;
    use alloc::sync::Arc;
    use milepost_model::HOUR_MS;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn lane() -> LaneName {
        LaneName {
            carrier: "ups".into(),
            service: "ground".into(),
            origin: ["US", "KY"].map(String::from),
            destination: ["US", "NY"].map(String::from),
        }
    }

    /// A table of a lane of which all was seen: in each spell some parcels, some of which went on.
    fn table() -> Arc<Lanes> {
        let mut lanes = Arc::new(Lanes::new());
        Lanes::clock_of(&mut lanes, &lane());
        let table = Arc::make_mut(&mut lanes);
        table.begin(at("2026-02-01T00:00:00Z"));
        let nodes = table.nodes_of(&lane());
        let mut seen = Vec::new();
        let mut seed = 7_u64;
        let mut any = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from((seed >> 33) % below).expect("a small number")
        };
        for step in 0..12 {
            for (part, is_day_off) in (0..4).flat_map(|part| [(part, false), (part, true)]) {
                let moment = Moment { step, part, is_day_off };
                for state in State::all() {
                    let spell = Spell { moment, state };
                    seen.push((Slot::parcels(spell), 40 + any(200)));
                    seen.extend((0..ENDS).map(|end| (Slot::went(spell, end), any(12))));
                }
            }
        }
        seen.sort_unstable();
        let mut by_node = alloc::vec![Vec::new(); nodes.len()];
        by_node.last_mut().expect("the lane").push(seen);
        table.grow(by_node, &mut Sums::new(), |node| node - 1);
        lanes
    }

    /// The same chance, walked from the parcel's state towards the promise.
    fn walked(known: &Known<'_>, standing: Standing, now: Timestamp, promised: Timestamp) -> f64 {
        let mut course = Course::new(*known, standing, now);
        loop {
            let (begin, before) = (course.at, course.visited);
            course.pass_part(&mut AtHand::default());
            if course.at >= promised.millis() {
                let by = Visits::new(known, (begin, course.at)).share_by(promised);
                return 1.0 - before - (course.visited - before) * by;
            }
        }
    }

    #[test]
    fn what_is_at_hand_of_one_lane_is_not_told_of_another() {
        let lanes = table();
        // Nothing was seen of the other.
        let other = LaneName {
            destination: ["US", "NJ"].map(String::from),
            ..lane()
        };
        let known = [lane(), other].map(|lane| lanes.known(&lane));
        let mut at_hand = AtHand::default();
        for step in [0, 3, 3, 0] {
            let moment = Moment {
                step,
                part: 1,
                is_day_off: false,
            };
            let told = known.each_ref().map(|known| {
                let kept = at_hand.spells(known, moment).clone();
                let mut nothing = AtHand::default();
                let anew = nothing.spells(known, moment);
                assert!(State::all().all(|state| kept.of(state) == anew.of(state)));
                kept
            });
            assert!(State::all().all(|state| told[0].of(state) != told[1].of(state)));
        }
    }

    #[test]
    fn the_way_back_from_the_promise_tells_what_the_way_there_tells() {
        let lanes = table();
        let known = lanes.known(&lane());
        let mut chances = Chances::default();
        let (mut asked, mut spread) = (0, 0.0_f64);
        // Over a weekend and the night in which clocks change.
        for promised in ["2026-03-06T17:20:00Z", "2026-03-10T03:59:59Z", "2026-03-13T16:00:00Z"].map(at) {
            for stage in Stage::ALL {
                for (handed, since) in [
                    ("2026-03-03T20:00:00Z", "2026-03-05T13:00:00Z"),
                    ("2026-03-05T09:00:00Z", "2026-03-06T12:30:00Z"),
                ] {
                    let standing = Standing {
                        stage,
                        since: at(since),
                        handed_at: at(handed),
                    };
                    for hour in 0..100 {
                        let now = at(since).plus(hour * HOUR_MS);
                        if now >= promised {
                            break;
                        }
                        let late = chances.late(&known, standing.cohort(&known.clock), now, promised);
                        let walked = walked(&known, standing, now, promised);
                        assert!((late - walked).abs() < 1e-5, "{standing:?} {now}: {late}, {walked}");
                        let alone = Chances::default().late(&known, standing.cohort(&known.clock), now, promised);
                        assert_eq!(late, alone, "what was asked before does not show");
                        (asked, spread) = (asked + 1, spread.max((0.5 - late).abs()));
                    }
                }
            }
        }
        assert!(asked > 1_000 && spread > 0.3, "{asked} {spread}");
    }

    #[test]
    fn it_forgets_rather_than_grow() {
        let lanes = table();
        let known = lanes.known(&lane());
        let mut chances = Chances::default();
        let now = at("2026-03-03T20:00:00Z");
        let was = Standing {
            stage: Stage::Hub,
            since: now,
            handed_at: now,
        }
        .cohort(&known.clock);
        for minutes in 0..1_000 {
            let promised = now.plus((80 * 24 + minutes) * HOUR_MS / 2);
            let late = chances.late(&known, was, now, promised);
            assert!((0.0..=1.0).contains(&late));
            assert!(chances.memory_bytes() < 1 << 25 && chances.parts <= PARTS_MAX);
        }
        assert!(chances.walked.len() < 1_000);
    }
}
