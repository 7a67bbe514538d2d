//! Learned lanes over a seeded world: what shards count does not depend on how many there are, nor on the order in which it is
//! summed; and forecasts are of the kind that comes true.

use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_core::{
    Calibration, Clock, Counted, Forecast, Lanes, Learning, ScanBatch, Shard, Timeline, Todo, ToldThatDay, shard_of,
};
use milepost_loadgen::{Encoder, Settings, Style, World};
use milepost_model::{Column, Facts, HOUR_MS, Position, Timestamp, Value};
use milepost_rules::RuleSet;
use std::collections::BTreeMap;
use std::sync::Arc;

const SHIPMENTS: u64 = 3_000;

/// Lines of a world in the order in which they arrive, with when.
fn lines() -> Vec<(i64, Vec<u8>)> {
    let settings = Settings {
        seed: 5,
        shipments: SHIPMENTS,
        days: 40,
        jams: Some(Vec::new()),
        storms: Some(Vec::new()),
        ..Settings::default()
    };
    let mut encoder = Encoder::new(Style::default());
    let line = |arrival: milepost_loadgen::Arrival| {
        let mut line = Vec::new();
        encoder.encode(&arrival, &mut line);
        (arrival.arrives_at, line)
    };
    World::new(settings).map(line).collect()
}

/// What is foretold of every parcel under way, by number, hour by hour.
type Foretold = Vec<BTreeMap<String, Forecast>>;

struct House {
    shards: Vec<Shard>,
    learning: Learning,
    backwards: bool,
    foretold: Foretold,
}

impl House {
    fn new(shards: usize, backwards: bool) -> Self {
        let rules = Arc::new(RuleSet::default());
        // What keys hash tables shows nowhere.
        let shard = |seed| Shard::new(Arc::clone(&rules), seed).learning();
        Self {
            shards: (0..shards as u64).map(shard).collect(),
            learning: Learning::default(),
            backwards,
            foretold: Vec::new(),
        }
    }

    fn end_hour(&mut self, now: Timestamp) {
        let mut counted: Vec<Counted> = self.shards.iter_mut().map(Shard::take_counted).collect();
        if self.backwards {
            counted.reverse();
            counted = counted.into_iter().map(Counted::reversed).collect();
        }
        self.learning = std::mem::take(&mut self.learning).pass_hour(now, &counted);
        for shard in &mut self.shards {
            shard.handle_lanes(self.learning.in_force(), now);
        }
        // Each six hours suffice.
        if now.millis().rem_euclid(6 * HOUR_MS) == 0 {
            let mut all = BTreeMap::new();
            for shard in &self.shards {
                shard.each_shipment(now, &mut |view| {
                    if let Some(forecast) = view.forecast() {
                        all.insert(view.tracking_number().to_owned(), forecast);
                    }
                });
            }
            self.foretold.push(all);
        }
    }
}

/// Lets all lines pass through houses, hour by hour.
fn live(houses: &mut [House]) {
    let (mut decoder, mut scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut timeline = Timeline::new(Clock::Log);
    let mut hour = i64::MIN;
    for (sequence, (at, line)) in (1..).zip(lines()) {
        if hour == i64::MIN {
            hour = at - at.rem_euclid(HOUR_MS);
        }
        while at >= hour + HOUR_MS {
            hour += HOUR_MS;
            houses
                .iter_mut()
                .for_each(|house| house.end_hour(Timestamp::from_millis(hour)));
        }
        scratch.reset();
        let scan = decoder.decode_line(&line, &scratch, &defaults).expect("a good line");
        timeline.pass_message(Timestamp::from_millis(at));
        let now = timeline.now();
        for house in &mut *houses {
            let shard = shard_of(scan.number.partition(), house.shards.len());
            let mut batch = ScanBatch::default();
            batch.push(
                Position {
                    partition: Some(scan.number.partition()),
                    sequence,
                },
                &scan,
            );
            let step = Todo::Scan {
                place: 0,
                now,
                reached: now,
            };
            let shard = house.shards.get_mut(shard).expect("as many as are asked for");
            shard.handle(&batch, &[step], &mut Vec::new());
        }
    }
}

/// What was told, and came true: by stage, time left and chance, and by day.
fn came_true(lanes: &Lanes) -> (Vec<Calibration>, Vec<ToldThatDay>) {
    let (mut bins, mut days) = (Vec::new(), Vec::new());
    lanes.each_calibration(&mut |bin| bins.push(*bin));
    lanes.each_day_told(&mut |day| days.push(*day));
    (bins, days)
}

#[test]
fn the_number_of_shards_shows_in_no_forecast() {
    let mut houses = [House::new(1, false), House::new(5, false), House::new(3, true)];
    live(&mut houses);
    let [one, five, three] = houses;
    let forecasts: usize = one.foretold.iter().map(BTreeMap::len).sum();
    assert!(forecasts > 10_000, "{forecasts} forecasts");
    // Equal to the last bit.
    assert_eq!(one.foretold, five.foretold);
    assert_eq!(one.foretold, three.foretold);
    assert_eq!(one.learning.next().len(), five.learning.next().len());
    // What came of what was stated is told by all alike.
    let [one, five, three] = [one, five, three].map(|house| came_true(house.learning.next()));
    assert!(
        one.0.len() > 20 && one.1.len() > 20,
        "{} bins, {} days",
        one.0.len(),
        one.1.len()
    );
    assert_eq!(one, five);
    assert_eq!(one, three);
    let answers: i64 = one.1.iter().map(|day| day.answers).sum();
    let each: i64 = forecasts.try_into().expect("a number");
    assert!(
        answers > 2 * i64::try_from(SHIPMENTS).expect("a number") && answers < each,
        "{answers} answers"
    );
}

#[test]
fn eight_in_ten_come_within_their_band() {
    let mut houses = [House::new(1, false)];
    live(&mut houses);
    let [house] = houses;
    let mut visited = BTreeMap::new();
    let end = house.learning.next().now();
    let shard = house.shards.first().expect("one");
    shard.each_shipment(end, &mut |view| {
        if let Value::Time(at) = view.value(Column::FirstAttemptAt) {
            visited.insert(view.tracking_number().to_owned(), at);
        }
    });
    // In the first third it learns.
    let foretold = house.foretold.iter().skip(house.foretold.len() / 3);
    let (mut within, mut all) = (0, 0);
    for (number, forecast) in foretold.flatten() {
        let Some(at) = visited.get(number) else { continue };
        all += 1;
        within += usize::from(forecast.p10.is_some_and(|p10| p10 <= *at) && forecast.p90.is_none_or(|p90| *at <= p90));
        assert!(
            forecast.p10 <= forecast.p50 || forecast.p50.is_none(),
            "{number}: {forecast:?}"
        );
        assert!(
            forecast.p_late.is_none_or(|p| (0.0..=1.0).contains(&p)),
            "{number}: {forecast:?}"
        );
    }
    assert!(all > 2_000, "{all} forecasts");
    let share = f64::from(u32::try_from(within).expect("a count")) / f64::from(u32::try_from(all).expect("a count"));
    assert!(
        (0.70..=0.95).contains(&share),
        "{share:.3} of {all} within the band of eight in ten"
    );
}
