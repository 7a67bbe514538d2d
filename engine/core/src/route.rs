//! Routing: which shard a partition belongs to, and what time it is, before any shard sees a scan.

use milepost_model::{DAY_MS, Kind, MINUTE_MS, RejectReason, ScanTime, Timestamp};

/// The shard of a partition, when `shards` share the 64.
#[must_use]
pub fn shard_of(partition: u8, shards: usize) -> usize {
    usize::from(partition) % shards.max(1)
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
/// Event time ticks at every full minute.
const TICK_MS: i64 = MINUTE_MS;

/// The time of the log as its messages go by, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeline {
    clock: Clock,
    now: Timestamp,
    ticked: Timestamp,
}

impl Timeline {
    /// A timeline before the first message.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            now: Timestamp::MIN,
            ticked: Timestamp::MIN,
        }
    }

    /// A timeline that goes on from a snapshot.
    #[must_use]
    pub fn at(clock: Clock, now: Timestamp, ticked: Timestamp) -> Self {
        Self { clock, now, ticked }
    }

    /// The log's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The last tick that event time gave.
    #[must_use]
    pub fn ticked(&self) -> Timestamp {
        self.ticked
    }

    /// A message goes by; with event time its own time says nothing.
    pub fn pass_message(&mut self, at: Timestamp) {
        if self.clock == Clock::Log {
            self.now = self.now.max(at);
        }
    }

    /// A tick message goes by: the time for the shards, unless event time rules.
    pub fn pass_tick(&mut self, at: Timestamp) -> Option<Timestamp> {
        if self.clock != Clock::Log {
            return None;
        }
        self.now = self.now.max(at);
        Some(self.now)
    }

    /// How far time may have passed for the shipment of a scan that just went by. By the log's clock no scan makes it later
    /// than it is, whatever its own clock says; with event time a scan is proof that its instant has come.
    #[must_use]
    pub fn reached(&self) -> Timestamp {
        match self.clock {
            Clock::Log => self.now,
            Clock::Event { .. } => Timestamp::MAX,
        }
    }

    /// A scan of this kind goes by. Returns the tick that is due after it, with event time. A notice or an estimate may
    /// speak of days to come: it moves no clock.
    ///
    /// # Errors
    /// [`RejectReason::TimeInFuture`] for a time that no clock error explains.
    pub fn pass_scan(&mut self, time: &ScanTime, kind: Kind) -> Result<Option<Timestamp>, RejectReason> {
        let known = self.now != Timestamp::MIN;
        let Clock::Event {
            lateness_ms,
            jump_max_ms,
        } = self.clock
        else {
            let ahead = known && time.earliest.since(self.now) > AHEAD_MAX_MS;
            return if ahead {
                Err(RejectReason::TimeInFuture)
            } else {
                Ok(None)
            };
        };
        // A time without a proven zone may lie hours off: its earliest reading moves the clock.
        let now = time.earliest.plus(-lateness_ms);
        if known && now.since(self.now) > jump_max_ms {
            return Err(RejectReason::TimeInFuture);
        }
        if now <= self.now || matches!(kind, Kind::Notice | Kind::Estimate) {
            return Ok(None);
        }
        self.now = now;
        let minute = Timestamp::from_millis(now.millis().div_euclid(TICK_MS) * TICK_MS);
        if minute <= self.ticked {
            return Ok(None);
        }
        self.ticked = minute;
        // The tick tells the exact time: a shard that saw other scans must not know more than the rest.
        Ok(Some(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(minutes: i64) -> ScanTime {
        ScanTime::exact(Timestamp::from_millis(minutes * MINUTE_MS + 1))
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
        assert_eq!(
            timeline.pass_tick(Timestamp::from_millis(0)),
            Some(Timestamp::from_millis(60 * MINUTE_MS))
        );
    }
}
