//! Sifting: which rules of a set a row leaves to be asked, and when time alone brings one of the others. The cost hardly
//! depends on how many rules there are.
//!
//! Each part of a condition owns a set of rules, those that are not true unless it is. The parts that look at one column
//! are a table: one search for the row's value gives the rules that it leaves. Where the column grows with time, the
//! rows of its table stand in the order in which the shipment will meet them, so the next that brings a rule which
//! waits for nothing else is when to look again. What no table can hold is evaluated, once for all rules that share it.

mod mask;
mod table;

use alloc::boxed::Box;
use alloc::vec::Vec;
use milepost_model::{Column, Facts, Status, Timestamp};

use crate::program::{Op, Program, Test};
use crate::rule::Rule;
use crate::uses::{Uses, depends_on_now};
use mask::Mask;
use table::Table;

/// Rules that can be true in one status, laid out for sifting.
#[derive(Debug)]
pub struct Sieve {
    /// Their places in the set, rising.
    places: Box<[u16]>,
    size: Size,
}

/// Sets of few rules are one word: most that is done is done to such sets.
#[derive(Debug)]
enum Size {
    Few(Layout<1>),
    Some(Box<Layout<2>>),
    Many(Box<Layout<WORDS_MAX>>),
}

/// Words of the largest sieve.
const WORDS_MAX: usize = 4;

/// Milliseconds until what does not come.
const NEVER: i64 = i64::MAX;

/// The rules of one sieve; sets of them are `W` words.
#[derive(Debug)]
struct Layout<const W: usize> {
    rules: Mask<W>,
    /// Of columns that only scans change.
    tables: Box<[Table<W>]>,
    /// What no table can hold and time does not change.
    parts: Box<[Shared<W>]>,
    /// Of columns that grow with time: the rules on which time works through that column alone.
    clocks: Box<[Table<W>]>,
    /// Rules about which the tables do not know enough.
    unsure: Mask<W>,
}

/// The sieves of a set. Statuses in which the same rules can be true share theirs.
#[derive(Debug, Default)]
pub(crate) struct Sieves {
    each: Vec<Box<[Sieve]>>,
    /// By status: the place in `each`.
    of_status: [usize; Status::ALL.len()],
}

impl Sieves {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut sieves = Self::default();
        let mut known: Vec<Vec<u16>> = Vec::new();
        for (slot, status) in sieves.of_status.iter_mut().zip(Status::ALL) {
            let places = (0..).zip(rules).filter(|(_, rule)| rule.when.can_hold_in(*status));
            let places: Vec<u16> = places.map(|(place, _)| place).collect();
            *slot = known.iter().position(|other| *other == places).unwrap_or_else(|| {
                let shares = places.chunks(Sieve::RULES_MAX);
                sieves
                    .each
                    .push(shares.map(|places| Sieve::new(places, rules)).collect());
                known.push(places);
                known.len() - 1
            });
        }
        sieves
    }

    #[inline]
    pub(crate) fn of(&self, status: Status) -> &[Sieve] {
        let place = self.of_status.get(status as usize).copied().unwrap_or_default();
        self.each.get(place).map_or(&[], |sieves| sieves)
    }
}

/// A part of conditions, and the rules that it is a part of.
#[derive(Debug)]
struct Shared<const W: usize> {
    rules: Mask<W>,
    /// The rules of which its opposite is a part.
    opposed: Mask<W>,
    test: Test,
}

/// What sifting leaves of the rules of one sieve.
#[derive(Clone, Copy, Debug)]
pub struct Sifted<'s> {
    places: &'s [u16],
    asked: Mask<WORDS_MAX>,
    next_change: Option<Timestamp>,
}

impl Sifted<'_> {
    /// Takes out the next of the rules to ask, by its place in the set, rising. All others are not true.
    #[inline]
    pub fn next_rule(&mut self) -> Option<u16> {
        if self.asked.is_empty() {
            return None;
        }
        self.asked
            .pop()
            .and_then(|at| self.places.get(usize::from(at)).copied())
    }

    /// When the first of those that are not to be asked becomes true if no scan comes; `None` is never.
    #[must_use]
    pub const fn next_change(&self) -> Option<Timestamp> {
        self.next_change
    }
}

impl Sieve {
    /// Rules of one sieve.
    pub const RULES_MAX: usize = Mask::<WORDS_MAX>::PLACES;

    fn new(places: &[u16], rules: &[Rule]) -> Self {
        let size = if places.len() <= Mask::<1>::PLACES {
            Size::Few(Layout::new(places, rules))
        } else if places.len() <= Mask::<2>::PLACES {
            Size::Some(Box::new(Layout::new(places, rules)))
        } else {
            Size::Many(Box::new(Layout::new(places, rules)))
        };
        let places = places.into();
        Self { places, size }
    }

    /// Leaves out every rule that this row makes false or unknown, and those that are not wanted: `without` names
    /// their places in the set.
    pub fn sift<F: Facts + ?Sized>(&self, facts: &F, without: impl Iterator<Item = u16>) -> Sifted<'_> {
        let places = without.filter_map(|place| self.places.binary_search(&place).ok());
        match &self.size {
            Size::Few(layout) => layout.sift(facts, places, &self.places),
            Size::Some(layout) => layout.sift(facts, places, &self.places),
            Size::Many(layout) => layout.sift(facts, places, &self.places),
        }
    }
}

impl<const W: usize> Layout<W> {
    fn new(places: &[u16], rules: &[Rule]) -> Self {
        let (mut all, mut unsure) = (Mask::NONE, Mask::NONE);
        let mut resting: Vec<Shared<W>> = Vec::new();
        // Rules that only wait for enough time to pass stand in tables of their own: these can be searched.
        let (mut rising, mut growing): (Vec<Shared<W>>, Vec<Shared<W>>) = Default::default();
        let rules = places.iter().filter_map(|place| rules.get(usize::from(*place)));
        for (rule, place) in rules.zip(0..) {
            all.insert(place);
            let timing = timing_of(&rule.when);
            if timing == Timing::Unsure {
                unsure.insert(place);
            }
            for part in rule.when.test.parts() {
                let uses = Uses::of(part);
                if uses.depends_on_now() {
                    match timing {
                        Timing::Unsure => {}
                        Timing::Clear => share(&mut growing, part, place),
                        Timing::Rising => share(&mut rising, part, place),
                    }
                } else if !uses.reads(Column::Health) {
                    share(&mut resting, part, place);
                }
            }
        }
        let (tables, parts) = Table::tabulate(resting);
        let clocks = [rising, growing].into_iter().flat_map(|parts| Table::tabulate(parts).0);
        Self {
            rules: all,
            tables: tables.into(),
            parts: parts.into(),
            clocks: clocks.collect(),
            unsure,
        }
    }

    fn sift<'s, F: Facts + ?Sized>(
        &self,
        facts: &F,
        without: impl Iterator<Item = usize>,
        places: &'s [u16],
    ) -> Sifted<'s> {
        let mut left = self.rules;
        for place in without {
            left.remove(place);
        }
        for table in &self.tables {
            if left.meets(table.rules()) {
                left = left.and(table.leaves(facts.value(table.column())));
            }
        }
        for part in &self.parts {
            if left.meets(&part.rules) || left.meets(&part.opposed) {
                left = match part.test.eval(facts) {
                    Some(true) => left.without(&part.opposed),
                    Some(false) => left.without(&part.rules),
                    None => left.without(&part.rules).without(&part.opposed),
                };
            }
        }
        let mut asked = left;
        let mut by = NEVER;
        for clock in &self.clocks {
            if left.meets(clock.rules()) {
                let value = facts.value(clock.column());
                let leaves = clock.leaves(value);
                asked = asked.and(leaves);
                let waiting = left.without(leaves);
                if !waiting.is_empty() {
                    by = by.min(clock.next(value, &waiting).unwrap_or(NEVER));
                }
            }
        }
        Sifted {
            places,
            asked: asked.or(&left.and(&self.unsure)).widened(),
            next_change: match facts.now().millis().checked_add(by) {
                Some(at) if by != NEVER => Some(Timestamp::from_millis(at)),
                _ => None,
            },
        }
    }
}

/// Whether the tables know all of a condition.
#[derive(Clone, Copy, PartialEq)]
enum Timing {
    /// Time does not work on it, or through one column alone, in parts that a table can hold.
    Clear,
    /// The same, and what is true stays true.
    Rising,
    /// Time works on it in another way, a column of it drifts, or it reads the health, which other rules change while they are judged.
    Unsure,
}

fn timing_of(program: &Program) -> Timing {
    let timed = || program.test.parts().iter().filter(|part| depends_on_now(part));
    let mut columns = timed().map(table::column_of);
    let first = columns.next().unwrap_or(Some(Column::Status));
    let is_single = first.is_some() && columns.all(|column| column == first);
    if !is_single || program.drifts() || program.uses.reads(Column::Health) {
        Timing::Unsure
    } else if timed().all(|part| {
        matches!(
            part,
            Test::Number {
                op: Op::Gt | Op::Ge,
                ..
            }
        )
    }) {
        Timing::Rising
    } else {
        Timing::Clear
    }
}

/// Adds a rule to those of a part.
fn share<const W: usize>(parts: &mut Vec<Shared<W>>, test: &Test, place: usize) {
    // What depends on the status alone is known from the status.
    if matches!(test, Test::Status(_)) {
        return;
    }
    let (test, is_opposed) = opposite(test).map_or_else(|| (test.clone(), false), |test| (test, true));
    let at = parts.iter().position(|part| part.test == test).unwrap_or_else(|| {
        parts.push(Shared {
            rules: Mask::NONE,
            opposed: Mask::NONE,
            test,
        });
        parts.len() - 1
    });
    if let Some(part) = parts.get_mut(at) {
        let rules = if is_opposed { &mut part.opposed } else { &mut part.rules };
        rules.insert(place);
    }
}

/// What a test is the opposite of, if no table can hold it: a condition and its opposite are evaluated once.
fn opposite(test: &Test) -> Option<Test> {
    match test {
        _ if table::column_of(test).is_some() => None,
        Test::Not(inner) => Some((**inner).clone()),
        Test::Is {
            test,
            wanted,
            negated: true,
        } => Some(Test::Is {
            test: test.clone(),
            wanted: *wanted,
            negated: false,
        }),
        Test::Known(_)
        | Test::Status(_)
        | Test::Number { .. }
        | Test::Pair { .. }
        | Test::TextIs { .. }
        | Test::TextIn { .. }
        | Test::Flag(_)
        | Test::IsNull { .. }
        | Test::Compare { .. }
        | Test::Distinct { .. }
        | Test::In { .. }
        | Test::Like { .. }
        | Test::StartsWith { .. }
        | Test::Is { .. }
        | Test::And(_)
        | Test::Or(_) => None,
    }
}
