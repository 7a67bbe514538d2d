//! Is the log still the one that a snapshot was cut from? Asked at every start, and after every reconnection.

use super::{Log, LogError, StreamState};
use milepost_model::Timestamp;

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
