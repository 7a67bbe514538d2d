//! Routing: which shard a partition belongs to, and what time it is, before any shard sees a scan.

use milepost_model::{DAY_MS, HOUR_MS, Kind, MINUTE_MS, PARTITIONS, RejectReason, ScanTime, Timestamp};

/// The shard of a partition, when `shards` share the 64: runs of neighbours. The lowest bit of a partition is the parity of
/// the number's characters, and numbers with a check digit have one parity: of one carrier's numbers all would go to the
/// even shards, or to the odd ones.
#[must_use]
pub fn shard_of(partition: u8, shards: usize) -> usize {
    let partition = usize::from(partition % PARTITIONS);
    partition * shards.max(1) / usize::from(PARTITIONS)
}

/// Where `now` comes from. Either way it comes from the log, never from the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// The times that the log gave its messages, and ticks.
    Log,
    /// The greatest `occurred_at` so far, less the lateness that the feed may have.
    Event {
        /// How much later than its time a scan may arrive, milliseconds.
        lateness_ms: i64,
        /// How far a scan may lie ahead of all before it, milliseconds; a wrong year must not end the day for all.
        jump_max_ms: i64,
    },
}

/// A scan may lie so far ahead of the log's time: clocks of handhelds are wrong by hours, not by days.
const AHEAD_MAX_MS: i64 = 2 * DAY_MS;
/// So many scans in a row that all lie too far ahead, at different times, are no wrong clock: the feed had a gap, or its
/// first scan was an old one.
const AHEAD_BELIEVED: u32 = 20;
/// Event time ticks at every full minute.
const TICK_MS: i64 = MINUTE_MS;

/// The time of the log as its messages go by, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeline {
    clock: Clock,
    reading: Reading,
    /// The last full hour that was told.
    hour: Option<i64>,
}

/// What a timeline knows at a place in the log: with its clock it goes on from there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The log's time.
    pub now: Timestamp,
    /// The last tick that event time gave.
    pub ticked: Timestamp,
    /// Scans in a row that lay too far ahead.
    pub ahead: u32,
    /// The time of the last of them.
    pub ahead_at: Timestamp,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            now: Timestamp::MIN,
            ticked: Timestamp::MIN,
            ahead: 0,
            ahead_at: Timestamp::MIN,
        }
    }
}

impl Timeline {
    /// A timeline before the first message.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::at(clock, Reading::default())
    }

    /// A timeline that goes on from a snapshot.
    #[must_use]
    pub fn at(clock: Clock, reading: Reading) -> Self {
        let known = reading.now != Timestamp::MIN;
        Self {
            clock,
            reading,
            hour: known.then(|| hour_of(reading.now)),
        }
    }

    /// The log's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.reading.now
    }

    /// What a snapshot keeps of it.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// A message goes by; with event time its own time says nothing.
    pub fn pass_message(&mut self, at: Timestamp) {
        if self.clock == Clock::Log {
            self.reading.now = self.reading.now.max(at);
        }
    }

    /// The begin of the hour of the log's time, if it has begun since this was asked last: then shards learn. Ask whenever
    /// time may have passed.
    pub fn pass_hour(&mut self) -> Option<Timestamp> {
        if self.reading.now == Timestamp::MIN {
            return None;
        }
        let hour = hour_of(self.reading.now);
        let before = self.hour.replace(hour);
        let has_begun = before.is_some_and(|before| before < hour);
        has_begun.then(|| Timestamp::from_millis(hour * HOUR_MS))
    }

    /// The time for the shards when a tick message has gone by, unless event time rules. When the log took it counts; what
    /// the clock of its writer said does not.
    #[must_use]
    pub fn pass_tick(&self) -> Option<Timestamp> {
        (self.clock == Clock::Log).then_some(self.reading.now)
    }

    /// How far time may have passed for the shipment of a scan that just went by. By the log's clock no scan makes it later
    /// than it is, whatever its own clock says; with event time a scan is proof that its instant has come.
    #[must_use]
    pub fn reached(&self) -> Timestamp {
        match self.clock {
            Clock::Log => self.reading.now,
            Clock::Event { .. } => Timestamp::MAX,
        }
    }

    /// A scan of this kind goes by. Returns the tick that is due after it, with event time. A notice or an estimate may
    /// speak of days to come: it moves no clock.
    ///
    /// # Errors
    /// [`RejectReason::TimeInFuture`] for a time that no clock error explains.
    pub fn pass_scan(&mut self, time: &ScanTime, kind: Kind) -> Result<Option<Timestamp>, RejectReason> {
        let known = self.reading.now != Timestamp::MIN;
        let Clock::Event {
            lateness_ms,
            jump_max_ms,
        } = self.clock
        else {
            let ahead = known && time.earliest.since(self.reading.now) > AHEAD_MAX_MS;
            return if ahead {
                Err(RejectReason::TimeInFuture)
            } else {
                Ok(None)
            };
        };
        // A time without a proven zone may lie hours off: its earliest reading moves the clock.
        let now = time.earliest.plus(-lateness_ms);
        let moves = !matches!(kind, Kind::Notice | Kind::Estimate);
        if known && now.since(self.reading.now) > jump_max_ms {
            if !moves || !self.is_believed(now) {
                return Err(RejectReason::TimeInFuture);
            }
        } else if moves {
            self.reading.ahead = 0;
        }
        if now <= self.reading.now || !moves {
            return Ok(None);
        }
        self.reading.ahead = 0;
        self.reading.now = now;
        let minute = Timestamp::from_millis(now.millis().div_euclid(TICK_MS) * TICK_MS);
        if minute <= self.reading.ticked {
            return Ok(None);
        }
        self.reading.ticked = minute;
        // The tick tells the exact time: a shard that saw other scans must not know more than the rest.
        Ok(Some(now))
    }

    /// Whether a scan far ahead is one of so many that the clock is wrong rather than they.
    fn is_believed(&mut self, now: Timestamp) -> bool {
        let reading = &mut self.reading;
        // One broken record that is sent again and again counts once.
        reading.ahead += u32::from(reading.ahead == 0 || now != reading.ahead_at);
        reading.ahead_at = now;
        reading.ahead >= AHEAD_BELIEVED
    }
}

fn hour_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String, vec, vec::Vec};
    use milepost_model::partition;

    fn scan(minutes: i64) -> ScanTime {
        ScanTime::exact(Timestamp::from_millis(minutes * MINUTE_MS + 1))
    }

    /// A number of a postal service: twenty digits and one that checks them.
    fn checked_number(serial: u32) -> String {
        let digits = format!("92055900000{:09}", u64::from(serial) * 7919);
        let weighted = digits.bytes().rev().zip([3, 1].into_iter().cycle());
        let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        format!("{digits}{}", (10 - sum % 10) % 10)
    }

    #[test]
    fn numbers_with_a_check_digit_fill_all_shards_alike() {
        for shards in [1, 2, 3, 4, 8, 16] {
            let mut counts = vec![0_usize; shards];
            for serial in 0..32_000 {
                let shard = shard_of(partition(&checked_number(serial)), shards);
                *counts.get_mut(shard).expect("a shard") += 1;
            }
            let (least, most) = (counts.iter().min(), counts.iter().max());
            assert!(most < least.map(|least| least + least / 3).as_ref(), "{counts:?}");
        }
    }

    #[test]
    fn every_shard_has_a_partition() {
        for shards in 1..=usize::from(PARTITIONS) {
            let mut found: Vec<usize> = (0..PARTITIONS).map(|partition| shard_of(partition, shards)).collect();
            found.dedup();
            assert_eq!(found, (0..shards).collect::<Vec<_>>());
        }
    }

    #[test]
    fn event_time_is_the_latest_scan_less_the_lateness_and_ticks_each_minute() {
        let mut timeline = Timeline::new(Clock::Event {
            lateness_ms: 10 * MINUTE_MS,
            jump_max_ms: 62 * DAY_MS,
        });
        let mut seen = |minutes| {
            timeline
                .pass_scan(&scan(minutes), Kind::Scan)
                .map(|tick| tick.map(|at| at.millis() / MINUTE_MS))
        };
        assert_eq!(seen(100), Ok(Some(90)));
        assert_eq!(seen(100), Ok(None));
        assert_eq!(seen(50), Ok(None));
        assert_eq!(seen(103), Ok(Some(93)));
        assert_eq!(seen(200_000), Err(RejectReason::TimeInFuture));
        assert_eq!(seen(104), Ok(Some(94)));
        // The same one again and again, and others now and then, are wrong; twenty in a row are not.
        for _ in 0..50 {
            assert_eq!(seen(200_000), Err(RejectReason::TimeInFuture));
        }
        assert_eq!(seen(105), Ok(Some(95)));
        for minute in 200_001..200_020 {
            assert_eq!(seen(minute), Err(RejectReason::TimeInFuture));
        }
        assert_eq!(seen(200_020), Ok(Some(200_010)));
    }

    #[test]
    fn log_time_is_the_messages_and_refuses_what_lies_ahead() {
        let mut timeline = Timeline::new(Clock::Log);
        timeline.pass_message(Timestamp::from_millis(60 * MINUTE_MS));
        assert_eq!(timeline.pass_scan(&scan(61), Kind::Scan), Ok(None));
        assert_eq!(
            timeline.pass_scan(&scan(60 + 3 * 24 * 60), Kind::Scan),
            Err(RejectReason::TimeInFuture)
        );
        assert_eq!(timeline.pass_tick(), Some(Timestamp::from_millis(60 * MINUTE_MS)));
    }
}
