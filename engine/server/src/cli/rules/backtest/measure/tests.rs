//! The two-by-two table by hand.

use super::*;

const HOUR: i64 = 3_600_000;

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_millis(hours * HOUR)
}

/// An episode of a rule: opened, closed.
fn opened(rule: usize, number: u16, at: i64, closed: Option<i64>) -> Opened {
    Opened {
        rule,
        number,
        opened_at: hour(at),
        closed_at: closed.map(hour),
        told: rule == 1,
    }
}

/// A shipment promised until hour 100; its verdict, when that was settled, and its episodes.
fn take(measure: &mut Measure, verdict: Verdict, settled_at: i64, carrier: Option<i64>, episodes: &[Opened]) {
    let case = Case {
        fate: Fate {
            verdict,
            promised: if verdict == Verdict::NoPromise {
                Timestamp::MIN
            } else {
                hour(100)
            },
            settled_at: hour(settled_at),
            attempted_in_time: verdict == Verdict::Late && settled_at == 99,
        },
        epoch: 0,
        first_heard_at: hour(1),
        last_heard_at: hour(120),
        episodes,
    };
    measure.take(&case, &mut || carrier.map(hour));
}

/// Rules 0 and 1 open delays, rule 2 only notifies. Eight late shipments, four on time, three not counted.
fn measured(span: Span) -> Measure {
    use Verdict::{Ahead, Cancelled, Late, NoPromise, OnTime};
    let mut measure = Measure::new(span, vec![true, true, false]);
    let all = &mut measure;
    // Warned of by both rules, the carrier said so 4 hours after the first.
    take(
        all,
        Late,
        100,
        Some(64),
        &[opened(0, 1, 60, Some(70)), opened(1, 1, 80, Some(110))],
    );
    // Twice by one rule: one shipment, two episodes; the carrier was first.
    take(
        all,
        Late,
        100,
        Some(40),
        &[opened(0, 1, 50, Some(52)), opened(0, 2, 90, None)],
    );
    // By the second rule alone; the carrier never said a word.
    take(all, Late, 100, None, &[opened(1, 1, 98, None)]);
    // Known to be over at hour 99: what opens then predicts nothing.
    take(all, Late, 99, None, &[opened(1, 1, 99, Some(105))]);
    // Told when the promise had passed.
    take(all, Late, 100, None, &[opened(0, 1, 101, None)]);
    // Nobody said anything; a notice is no warning.
    take(all, Late, 100, None, &[opened(2, 1, 20, None)]);
    take(all, Late, 100, None, &[]);
    take(all, Late, 100, None, &[]);
    // False alarms: one of each rule.
    take(all, OnTime, 90, None, &[opened(0, 1, 30, Some(31))]);
    take(
        all,
        OnTime,
        90,
        None,
        &[opened(1, 1, 40, Some(50)), opened(2, 1, 20, Some(90))],
    );
    // Opened after the delivery, a complaint: no false alarm.
    take(all, OnTime, 90, None, &[opened(0, 1, 95, None)]);
    take(all, OnTime, 90, None, &[]);
    take(all, NoPromise, 0, None, &[opened(0, 1, 10, Some(20))]);
    take(all, Ahead, 100, None, &[opened(0, 1, 10, None)]);
    take(all, Cancelled, 50, None, &[]);
    measure
}

const ALWAYS: Span = Span {
    from: Timestamp::MIN,
    to: Timestamp::MAX,
};

#[test]
fn the_table_of_a_rule_and_of_all_is_what_a_hand_counts() {
    let measure = measured(ALWAYS);
    let shipments = &measure.shipments;
    assert_eq!((shipments.late, shipments.on_time, shipments.heard), (8, 4, 15));
    assert_eq!((shipments.no_promise, shipments.ahead, shipments.cancelled), (1, 1, 1));
    assert_eq!(shipments.attempted_in_time, 1);
    let [first, second, notice] = measure.rules.as_slice() else {
        panic!("three rules");
    };
    // Right, wrong, told after; never told is the rest of the eight.
    let table = |tally: &Tally| (tally.right, tally.wrong, tally.told_after, tally.never_told(shipments));
    assert_eq!(table(first), (2, 1, 1, 5));
    assert_eq!(table(second), (2, 1, 1, 5));
    assert_eq!(table(notice), (0, 0, 0, 8));
    assert_eq!(table(&measure.any), (3, 2, 2, 3));
    assert_eq!(table(&measure.told), (2, 1, 1, 5));
    assert_eq!(measure.any.precision(), Share::new(3, 5));
    assert_eq!(measure.any.recall(shipments), Share::new(3, 8));
    assert_eq!((first.episodes, first.open, first.shipments), (8, 4, 7));
    assert_eq!((notice.episodes, notice.open, notice.shipments), (2, 1, 2));
    assert_eq!((measure.any.episodes, measure.any.shipments), (12, 10));
    assert_eq!(measure.any.leads, [40 * HOUR, 50 * HOUR, 2 * HOUR]);
    assert_eq!(
        (measure.any.before_carrier.as_slice(), measure.any.carrier_silent),
        (&[4 * HOUR, -10 * HOUR][..], 1)
    );
    assert_eq!(second.leads, [20 * HOUR, 2 * HOUR]);
    let days: Vec<(i64, u64)> = measure.days.iter().map(|(day, count)| (*day, *count)).collect();
    assert_eq!(days, [(0, 2), (1, 2), (2, 2), (3, 3), (4, 3)]);
    assert_eq!(measure.forgotten, 0);
}

#[test]
fn a_span_bounds_episodes_and_promises_but_not_the_memory_of_a_warning() {
    let measure = measured(Span {
        from: hour(61),
        to: hour(101),
    });
    let tally = measure.any;
    // The promises pass in the span, so all shipments are judged, those too that were warned of before it.
    assert_eq!((tally.right, tally.wrong, tally.told_after), (3, 2, 2));
    assert_eq!((tally.episodes, tally.shipments), (5, 5));
    let before = measured(Span {
        from: Timestamp::MIN,
        to: hour(100),
    });
    assert_eq!(
        (before.shipments.decided(), before.any.right, before.any.episodes),
        (0, 0, 11)
    );
    let later = measured(Span {
        from: hour(121),
        to: Timestamp::MAX,
    });
    assert_eq!((later.shipments, later.any.episodes), (Shipments::default(), 0));
}

#[test]
fn shares_of_the_shipments_add_up() {
    let mut sum = measured(ALWAYS);
    sum.add(measured(ALWAYS));
    let one = measured(ALWAYS);
    assert_eq!((sum.shipments.late, sum.any.right, sum.rules.len()), (16, 6, 3));
    assert_eq!(sum.days.values().sum::<u64>(), 2 * one.days.values().sum::<u64>());
    assert_eq!(sum.any.leads.len(), 2 * one.any.leads.len());
}

#[test]
fn a_gap_in_the_numbers_is_an_episode_that_was_forgotten() {
    for (epoch, numbers, missing) in [
        (0, &[1, 2, 3][..], 0),
        (0, &[3, 5], 3),
        (0, &[], 0),
        (1, &[4, 5], 0),
        (1, &[4, 7], 2),
    ] {
        assert_eq!(
            forgotten(numbers.iter().copied(), epoch),
            missing,
            "{epoch} {numbers:?}"
        );
    }
}
