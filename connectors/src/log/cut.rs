//! Is the log still the one that a snapshot was cut from? Asked at every start, and after every reconnection. And do the
//! streams of jobs and rejects still hold what had been published by then?

use super::{Ends, HighWater, Log, LogError, Outlet, Published, StreamState};
use milepost_model::{PARTITIONS, Timestamp};

/// The place in the log up to which somebody has read, with what is needed to know it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// When the stream was created: [`StreamState::created`].
    pub created: Timestamp,
    /// Last message that was read; 0 when none.
    pub sequence: u64,
    /// [`super::Message::hash`] of that message; 0 when it was gone already, and the log is known by its ends alone.
    pub hash: u64,
}

/// Where a stream of jobs or rejects ended at some time, with what is needed to know it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutletCut {
    /// Which stream.
    pub outlet: Outlet,
    /// When it was created: [`StreamState::created`].
    pub created: Timestamp,
    /// Where each share ended.
    pub ends: Ends,
    /// [`HighWater::fingerprint`] of the last message of all of them: with another there the stream has lost its end since, and
    /// has grown again.
    pub end_is: u64,
    /// What was decided later stands after this message of the stream.
    pub after: u64,
    /// [`HighWater::fingerprint`] of that message.
    pub after_is: u64,
    /// Messages of the stream that are known by their ids: they rest on a log that was taken as it is since, or engines published
    /// them that go on from other states since it was.
    pub reread: Option<Reread>,
}

/// A stretch of a stream of jobs or rejects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reread {
    /// The message before its first.
    pub after: u64,
    /// Its last message.
    pub up_to: u64,
}

impl OutletCut {
    /// Of a stream of which nothing is known, and on which nothing rests.
    #[must_use]
    pub fn empty(outlet: Outlet) -> Self {
        Self {
            outlet,
            created: Timestamp::from_millis(0),
            ends: Ends::default(),
            end_is: 0,
            after: 0,
            after_is: 0,
            reread: None,
        }
    }

    /// Refuses a stream that does not hold any more what it held then, but for what it dropped by its limits. `shares` are its
    /// high-water marks.
    ///
    /// # Errors
    /// [`LogError::PublishedLost`]; or what reaching the log gives.
    pub async fn verify<L: Log>(&self, log: &L, state: &StreamState, shares: &[HighWater]) -> Result<(), LogError> {
        self.verify_ends(state, shares)?;
        let last = self.last();
        if last < state.first_sequence || self.end_is == 0 {
            return Ok(());
        }
        // What is there behind it says nothing: somebody else may have published since.
        let found = log.published(self.outlet, last, 1).await?;
        let is_there = |found: &Published| found.sequence == last && HighWater::at(found).fingerprint() == self.end_is;
        if found.first().is_some_and(is_there) {
            return Ok(());
        }
        Err(LogError::PublishedLost {
            stream: state.name.clone(),
            found: format!("its message {last} is another one"),
        })
    }

    /// The last message of all shares.
    fn last(&self) -> u64 {
        (0..PARTITIONS).map(|share| self.ends.of(share)).max().unwrap_or(0)
    }

    fn verify_ends(&self, state: &StreamState, shares: &[HighWater]) -> Result<(), LogError> {
        let lost = |found: String| {
            Err(LogError::PublishedLost {
                stream: state.name.clone(),
                found,
            })
        };
        let ends = || {
            (0..)
                .zip(shares)
                .map(|(share, mark)| (share, self.ends.of(share), mark.last_sequence))
        };
        let last = self.last();
        if last == 0 {
            return Ok(());
        }
        if state.created != self.created {
            return lost(format!(
                "it was created at {}, that one at {}",
                state.created, self.created
            ));
        }
        if state.last_sequence < last {
            return lost(format!(
                "it ends at message {}, and ended at {last}",
                state.last_sequence
            ));
        }
        // What lies before the first message has reached its age, or was purged by somebody who had done with it.
        match ends().find(|(_, end, found)| found < end && *end >= state.first_sequence) {
            None => Ok(()),
            Some((share, end, found)) => {
                let subject = self.outlet.subject(share);
                lost(format!("{subject} ended at message {end} and ends at {found}"))
            }
        }
    }
}

/// Refuses a log that does not continue at this cut.
///
/// # Errors
/// [`LogError::StreamRegressed`] and [`LogError::StreamGap`]; or what reaching the log gives.
pub async fn verify_cut<L: Log>(log: &L, cut: &Cut) -> Result<(), LogError> {
    let state = log.state().await?;
    if cut.hash == 0 || state.first_sequence > cut.sequence || state.last_sequence < cut.sequence {
        return check(cut, &state, None);
    }
    let found = log.message_hash(cut.sequence).await?;
    check(cut, &state, Some(found))
}

/// Refuses a log in which another message stands where that stood which the last job or reject of a share rests on: what the
/// new one causes would be kept back as if it had been published.
///
/// # Errors
/// [`LogError::StreamRegressed`]; or what reaching the log gives.
pub async fn verify_cause<L: Log>(log: &L, mark: &HighWater) -> Result<(), LogError> {
    let Some((position, _)) = mark.reached.filter(|_| mark.hash != 0) else {
        return Ok(());
    };
    let (state, sequence) = (log.state().await?, position.sequence);
    let found = if sequence > state.last_sequence {
        format!("it ends at message {}", state.last_sequence)
    } else if sequence < state.first_sequence {
        return Ok(());
    } else {
        match log.message_hash(sequence).await? {
            Some(found) if found == mark.hash => return Ok(()),
            Some(_) => format!("message {sequence} is another one than that which jobs rest on"),
            None => format!("message {sequence}, which jobs rest on, was deleted from it"),
        }
    };
    Err(LogError::StreamRegressed {
        stream: state.name,
        sequence,
        found,
    })
}

/// The judgement alone. `found` is what stands at the cut: `None` when it was not asked for.
pub(super) fn check(cut: &Cut, state: &StreamState, found: Option<Option<u64>>) -> Result<(), LogError> {
    let regressed = |found: String| {
        Err(LogError::StreamRegressed {
            stream: state.name.clone(),
            sequence: cut.sequence,
            found,
        })
    };
    if state.created != cut.created {
        return regressed(format!(
            "it was created at {}, that one at {}",
            state.created, cut.created
        ));
    }
    if state.last_sequence < cut.sequence {
        return regressed(format!("it ends at message {}", state.last_sequence));
    }
    if state.first_sequence > cut.sequence.saturating_add(1) {
        return Err(LogError::StreamGap {
            stream: state.name.clone(),
            first: state.first_sequence,
            wanted: cut.sequence.saturating_add(1),
        });
    }
    match found {
        // The message itself may have been dropped by the limits: what follows it is all there.
        None => Ok(()),
        Some(None) => regressed(format!("message {} was deleted from it", cut.sequence)),
        Some(Some(hash)) if hash != cut.hash => regressed(format!("message {} is another one", cut.sequence)),
        Some(Some(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_jobs_holds_what_it_held_or_is_refused() {
        let mut ends = Ends::default();
        ends.set(3, 40);
        ends.set(5, 50);
        let cut = OutletCut {
            outlet: Outlet::Jobs,
            created: Timestamp::from_millis(0),
            ends,
            ..OutletCut::empty(Outlet::Jobs)
        };
        for (created, first, last, share_3, share_5, expected) in [
            (0, 1, 50, 40, 50, "fine"),
            (0, 1, 90, 80, 90, "fine"),
            // By age, one of them or both.
            (0, 41, 50, 0, 50, "fine"),
            (0, 51, 50, 0, 0, "fine"),
            (0, 1, 49, 40, 0, "it ends at message 49, and ended at 50"),
            (0, 1, 60, 40, 45, "job.5 ended at message 50 and ends at 45"),
            (
                1,
                1,
                90,
                80,
                90,
                "it was created at 1970-01-01T00:00:00.001Z, that one at",
            ),
        ] {
            let state = StreamState {
                name: "JOBS".to_owned(),
                created: Timestamp::from_millis(created),
                first_sequence: first,
                last_sequence: last,
            };
            let mut shares = vec![HighWater::default(); 64];
            for (share, end) in [(3, share_3), (5, share_5)] {
                if let Some(mark) = shares.get_mut(share) {
                    mark.last_sequence = end;
                }
            }
            let text = cut
                .verify_ends(&state, &shares)
                .map_or_else(|error| error.to_string(), |()| "fine".to_owned());
            assert!(text.contains(expected), "{text}\nshould say: {expected}");
        }
    }

    #[test]
    fn a_log_is_known_again_or_refused() {
        let cut = Cut {
            created: Timestamp::from_millis(0),
            sequence: 100,
            hash: 7,
        };
        for (created, first, last, found, expected) in [
            (0, 1, 100, Some(Some(7)), "fine"),
            (0, 100, 500, Some(Some(7)), "fine"),
            (0, 101, 500, None, "fine"),
            (0, 101, 100, None, "fine"),
            (
                1,
                1,
                500,
                Some(Some(7)),
                "it was created at 1970-01-01T00:00:00.001Z, that one at",
            ),
            (0, 1, 99, None, "it ends at message 99"),
            (
                0,
                102,
                500,
                None,
                "StreamGap: stream SCANS begins at message 102, but 101 is the next to read: 1 messages",
            ),
            (0, 1, 500, Some(Some(8)), "message 100 is another one"),
            (0, 1, 500, Some(None), "message 100 was deleted"),
        ] {
            let state = StreamState {
                name: "SCANS".to_owned(),
                created: Timestamp::from_millis(created),
                first_sequence: first,
                last_sequence: last,
            };
            let text = check(&cut, &state, found).map_or_else(|error| error.to_string(), |()| "fine".to_owned());
            assert!(text.contains(expected), "{text}\nshould say: {expected}");
        }
    }
}
