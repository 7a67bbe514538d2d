//! What became of a shipment: truly late, on time, or not to be told from this history. One definition, printed with the
//! figures that rest on it.

use milepost_model::{Column, Facts, Status, Timestamp};

/// How the promise ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Late,
    OnTime,
    /// Nothing was ever promised.
    NoPromise,
    /// It was called off: nobody waits for it.
    Cancelled,
    /// It goes on under another number.
    Continued,
    /// The history ends before the promise does.
    Ahead,
}

/// What became of a shipment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fate {
    pub(super) verdict: Verdict,
    /// The end of the promise, in the reading that favours the carrier; the begin of time without one.
    pub(super) promised: Timestamp,
    /// From then on there was nothing to predict: the promise had passed, or the journey was over.
    pub(super) settled_at: Timestamp,
    /// Somebody stood at the door before the promise passed.
    pub(super) attempted_in_time: bool,
}

/// The definitions, for whoever reads the figures: paragraphs.
pub(super) const DEFINITIONS: [&str; 4] = [
    "\
Truly late: a shipment with a promise (the last one stated) that was delivered after it, was not delivered and the history
goes on beyond it, or ended as failed or returned. Compared are the readings that favour the carrier (promised_at_latest,
delivered_at_earliest). Not counted: no promise, a promise that the history does not reach, cancelled, and shipments that go
on under another number.",
    "\
Warned of: a delay opened before the promise passed and before the journey was over; several rules or episodes of one
shipment count once. Told only after: its first delay opened when the promise had passed, which predicts nothing.",
    "\
The carrier said so: an exception, a notice of a delay, or a window of its own that ends after the promise.",
    "\
A delay carries the instant at which its condition began to hold, as if every scan had come in time. In brackets: Wilson's
95 % interval of a share, and where eight of ten lengths lie.",
];

impl Fate {
    /// As of the end of the history.
    pub(super) fn of(row: &(impl Facts + ?Sized), end: Timestamp) -> Self {
        let at = |column| row.value(column).as_time();
        let Some(promised) = at(Column::PromisedAtLatest) else {
            return Self {
                verdict: Verdict::NoPromise,
                promised: Timestamp::MIN,
                settled_at: Timestamp::MIN,
                attempted_in_time: false,
            };
        };
        let ended_at = at(Column::DeliveredAt).or(at(Column::StatusSince).filter(|_| row.status().is_terminal()));
        let verdict = match (at(Column::DeliveredAtEarliest), row.status()) {
            (Some(delivered), _) if delivered > promised => Verdict::Late,
            (Some(_), _) => Verdict::OnTime,
            (None, Status::Failed | Status::Returned) => Verdict::Late,
            (None, Status::Cancelled) => Verdict::Cancelled,
            (None, _) if !row.value(Column::NextTrackingNumber).is_null() => Verdict::Continued,
            (None, _) if end > promised => Verdict::Late,
            (None, _) => Verdict::Ahead,
        };
        Self {
            verdict,
            promised,
            settled_at: ended_at.map_or(promised, |ended_at| ended_at.min(promised)),
            attempted_in_time: at(Column::FirstAttemptAt).is_some_and(|attempt| attempt <= promised),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::Value;

    struct Row {
        status: Status,
        cells: Vec<(Column, i64)>,
        goes_on: bool,
    }

    impl Facts for Row {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_000)
        }

        fn status(&self) -> Status {
            self.status
        }

        fn value(&self, column: Column) -> Value<'_> {
            if column == Column::NextTrackingNumber && self.goes_on {
                return Value::Text("NEXT");
            }
            let cell = self.cells.iter().find(|(known, _)| *known == column);
            cell.map_or(Value::Null, |(_, at)| Value::Time(Timestamp::from_millis(*at)))
        }
    }

    #[test]
    fn a_promise_is_kept_broken_or_undecided() {
        use Column::{DeliveredAt, DeliveredAtEarliest, PromisedAtLatest, StatusSince};
        use Status::{Cancelled, Delivered, Failed, InTransit, Returned};
        let promise = (PromisedAtLatest, 500);
        let delivered = |at| {
            vec![
                promise,
                (DeliveredAt, at),
                (DeliveredAtEarliest, at - 10),
                (StatusSince, at),
            ]
        };
        for (status, cells, verdict, settled_at) in [
            (Delivered, delivered(400), Verdict::OnTime, 400),
            // The reading that favours the carrier is still within the promise.
            (Delivered, delivered(510), Verdict::OnTime, 500),
            (Delivered, delivered(511), Verdict::Late, 500),
            (InTransit, vec![promise, (StatusSince, 100)], Verdict::Late, 500),
            (InTransit, vec![(PromisedAtLatest, 1_000)], Verdict::Ahead, 1_000),
            (InTransit, vec![(PromisedAtLatest, 999)], Verdict::Late, 999),
            (Returned, vec![promise, (StatusSince, 300)], Verdict::Late, 300),
            (
                Failed,
                vec![(PromisedAtLatest, 5_000), (StatusSince, 300)],
                Verdict::Late,
                300,
            ),
            (Cancelled, vec![promise, (StatusSince, 300)], Verdict::Cancelled, 300),
            (InTransit, vec![], Verdict::NoPromise, i64::MIN),
        ] {
            let row = Row {
                status,
                cells,
                goes_on: false,
            };
            let fate = Fate::of(&row, Timestamp::from_millis(1_000));
            let expected = if settled_at == i64::MIN {
                Timestamp::MIN
            } else {
                Timestamp::from_millis(settled_at)
            };
            assert_eq!(
                (fate.verdict, fate.settled_at),
                (verdict, expected),
                "{status:?} {:?}",
                row.cells
            );
        }
        let row = Row {
            status: InTransit,
            cells: vec![promise],
            goes_on: true,
        };
        assert_eq!(
            Fate::of(&row, Timestamp::from_millis(1_000)).verdict,
            Verdict::Continued
        );
    }
}
