//! Nothing known later than the instant of a question may show in its answer.

use super::*;
use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_loadgen::{Encoder, Settings, Style, World};
use milepost_model::ScanTime;
use milepost_runtime::spares::Spares;

/// A seeded world, with what happens after an instant changed by `change`, or left out.
fn history(change: fn(Scan<'_>) -> Option<Scan<'_>>) -> History {
    let settings = Settings {
        seed: 9,
        shipments: 1_200,
        days: 30,
        ..Settings::default()
    };
    let (mut encoder, mut decoder) = (Encoder::new(Style::default()), Decoder::new());
    let (mut scratch, defaults) = (Scratch::new(), Defaults::default());
    let mut batch = Spares::<ScanBatch>::new(1).lend();
    for arrival in World::new(settings) {
        let mut line = Vec::new();
        encoder.encode(&arrival, &mut line);
        scratch.reset();
        let scan = decoder.decode_line(&line, &scratch, &defaults).expect("a good line");
        if let Some(scan) = change(scan) {
            batch.push(Position::default(), &scan);
        }
    }
    History::of(batch).expect("few scans")
}

/// The instant after which the histories differ.
const MIDDLE: Timestamp = Timestamp::from_millis(1_771_567_200_000);

fn is_later(scan: &Scan<'_>) -> bool {
    scan.time.latest >= MIDDLE
}

fn asked(history: &History) -> Vec<Question> {
    ask(history, &Arc::new(RuleSet::default()), |_| {})
        .expect("scans")
        .questions
}

#[test]
fn what_happens_later_shows_in_no_answer_before() {
    let whole = asked(&history(|scan| Some(scan)));
    let cut = asked(&history(|scan| (!is_later(&scan)).then_some(scan)));
    // All that is to come takes three days longer, and ends elsewhere.
    let other = asked(&history(|scan| {
        if !is_later(&scan) {
            return Some(scan);
        }
        let at = scan.time.latest.plus(3 * DAY_MS);
        Some(Scan {
            time: ScanTime::exact(at),
            recorded_at: None,
            promised: None,
            ..scan
        })
    }));
    let before = |questions: &[Question]| -> Vec<String> {
        let early = questions.iter().filter(|question| question.asked_at <= MIDDLE);
        early.map(|question| format!("{question:?}")).collect()
    };
    let expected = before(&whole);
    assert!(expected.len() > 1_000, "{} questions", expected.len());
    assert!(whole.len() > expected.len() + 500, "{} questions in all", whole.len());
    assert_eq!(before(&other), expected);
    // The cut history ends with the last scan before the cut.
    let cut = before(&cut);
    assert!(
        !cut.is_empty() && expected.starts_with(&cut),
        "{} of {}",
        cut.len(),
        expected.len()
    );
    let later = |questions: &[Question]| format!("{:?}", questions.iter().skip(expected.len()).collect::<Vec<_>>());
    assert_ne!(later(&whole), later(&other), "what comes later is another history");
}
