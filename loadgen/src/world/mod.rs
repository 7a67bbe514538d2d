//! The world: a seeded stream of arrivals, in order of arrival time. Pure: no clock, no file, no thread.

mod atlas;
mod birth;
mod border;
pub mod calendar;
pub mod carriers;
mod door;
mod journey;
pub mod merchants;
pub mod numbers;
pub mod places;
pub mod settings;
pub mod step;
pub mod truth;
mod walk;
pub mod zone;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::faults::{Malformed, Sending, Tally};
use crate::rng::Rng;
use atlas::Atlas;
use birth::{Birth, Births};
use settings::Settings;
use step::{Plan, Scan, Step};
use truth::Truth;
use walk::Troubles;

/// One line that reaches us.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When, milliseconds since 1970. Never before the arrival that came before it.
    pub arrives_at: i64,
    /// The scan; for a malformed line the one that it resembles.
    pub scan: Scan,
    /// Whether the same line was sent before.
    pub is_copy: bool,
    /// What is wrong with the line; `None` for a good one.
    pub malformed: Option<Malformed>,
}

/// A shipment that has lines left to send.
struct Active {
    plan: Plan,
    steps: Box<[Step]>,
    sendings: Box<[Sending]>,
    sent: usize,
}

/// The world. Memory grows with the shipments under way, not with all of them.
pub struct World {
    settings: Settings,
    troubles: Troubles,
    births: Births,
    next_birth: Option<Birth>,
    active: Vec<Option<Active>>,
    free: Vec<u32>,
    /// Next arrival of each active shipment; ties go by shipment.
    due: BinaryHeap<Reverse<(i64, u64, u32)>>,
    malformed_rng: Rng,
    malformed: [u64; 10],
    pending: Option<Arrival>,
    truths: Option<VecDeque<Truth>>,
    tally: Tally,
    until_ms: i64,
}

impl World {
    /// A world that has not begun. The same settings give the same arrivals for ever.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let troubles = Troubles {
            atlas: Atlas::new(),
            jams: settings.all_jams(),
            storms: settings.all_storms(),
            season_slowdown_permille: settings.season_slowdown_permille,
            retracted_permille: settings.retracted_permille,
        };
        let mut births = Births::new(&settings);
        let next_birth = births.next(&troubles.atlas);
        let until_ms = if settings.cut {
            settings.end_s() * 1_000
        } else {
            i64::MAX
        };
        Self {
            malformed_rng: Rng::new(settings.seed, 0x6D61_6C66, 0),
            settings,
            troubles,
            births,
            next_birth,
            active: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            malformed: [0; 10],
            pending: None,
            truths: None,
            tally: Tally::default(),
            until_ms,
        }
    }

    /// Keeps the ground truth of every shipment that begins, for [`Self::take_truth`].
    #[must_use]
    pub fn with_truths(mut self) -> Self {
        self.truths = Some(VecDeque::new());
        self
    }

    /// The next ground truth, in order of label time. Take them while reading, or they pile up.
    pub fn take_truth(&mut self) -> Option<Truth> {
        self.truths.as_mut()?.pop_front()
    }

    /// Faults put in so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Malformed lines so far, in the order of [`Malformed::ALL`].
    #[must_use]
    pub fn malformed(&self) -> &[u64; 10] {
        &self.malformed
    }

    /// The jams and storms of this world, for a summary.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn begin(&mut self, birth: &Birth) {
        let seed = self.settings.seed;
        let until_s = self.until_ms / 1_000;
        let mut written = journey::write(&birth.plan, seed, &self.troubles, birth.has_earlier_life, until_s);
        let mut rng = Rng::new(seed, 0x6661_756C, birth.plan.index);
        let sendings = self
            .settings
            .faults
            .apply(&mut rng, &mut written.steps, &mut self.tally);
        if let Some(truths) = &mut self.truths {
            truths.push_back(written.truth);
        }
        let Some(first) = sendings.first() else { return };
        let arrives_ms = first.arrives_ms;
        let active = Active {
            plan: birth.plan,
            steps: written.steps.into_boxed_slice(),
            sendings: sendings.into_boxed_slice(),
            sent: 0,
        };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.active.push(None);
                (self.active.len() - 1) as u32
            }
        };
        if let Some(place) = self.active.get_mut(slot as usize) {
            *place = Some(active);
        }
        self.due.push(Reverse((arrives_ms, birth.plan.index, slot)));
    }

    fn send(&mut self, slot: u32) -> Option<Arrival> {
        let seed = self.settings.seed;
        let place = self.active.get_mut(slot as usize)?;
        let active = place.as_mut()?;
        let sending = *active.sendings.get(active.sent)?;
        let step = *active.steps.get(usize::from(sending.step))?;
        let plan = active.plan;
        active.sent += 1;
        if let Some(next) = active.sendings.get(active.sent) {
            self.due.push(Reverse((next.arrives_ms, plan.index, slot)));
        } else {
            *place = None;
            self.free.push(slot);
        }
        let scan = Scan { seed, plan, step };
        Some(Arrival {
            arrives_at: sending.arrives_ms,
            scan,
            is_copy: sending.is_copy,
            malformed: None,
        })
    }
}

impl Iterator for World {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        if let Some(arrival) = self.pending.take() {
            return Some(arrival);
        }
        loop {
            let due_ms = self
                .due
                .peek()
                .map_or(i64::MAX, |Reverse((arrives_ms, _, _))| *arrives_ms);
            if let Some(birth) = self.next_birth.take_if(|birth| birth.plan.created_s * 1_000 <= due_ms) {
                self.begin(&birth);
                self.next_birth = self.births.next(&self.troubles.atlas);
                continue;
            }
            if due_ms > self.until_ms {
                return None;
            }
            let Reverse((_, _, slot)) = self.due.pop()?;
            let arrival = self.send(slot).expect("a due slot holds a shipment with a line left");
            let malformed = self.settings.faults.malformed(&mut self.malformed_rng, &self.malformed);
            if let Some(kind) = malformed {
                if let Some(count) = self.malformed.get_mut(kind as usize) {
                    *count += 1;
                }
                self.pending = Some(Arrival {
                    malformed,
                    is_copy: false,
                    ..arrival
                });
            }
            return Some(arrival);
        }
    }
}
