//! How good answers are: how well they rank, whether what they state comes true, and how early they warn.

/// An answer between 0 and 1, or any score; and whether the parcel was late.
pub(super) type Answer = (f64, bool);

/// How well scores rank late parcels above others.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Ranking {
    /// Precision averaged over the late parcels, from the highest score down.
    pub(super) average_precision: f64,
    /// The chance that a late parcel has a higher score than another; equal scores count half.
    pub(super) roc: f64,
}

/// Precision and recall of the alarms if the highest scores are alarms.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Budget {
    /// The share of all that are alarms, percent.
    pub(super) percent: u8,
    pub(super) precision: f64,
    pub(super) recall: f64,
}

/// Shares of parcels for which there may be an alarm, percent.
pub(super) const BUDGETS: [u8; 4] = [1, 2, 5, 10];

/// Answers that state about the same.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Bin {
    pub(super) count: usize,
    pub(super) stated: f64,
    pub(super) observed: f64,
}

/// Bins of a table of calibration.
pub(super) const BINS: usize = 10;

#[expect(clippy::cast_precision_loss, reason = "counts of questions")]
fn float(count: usize) -> f64 {
    count as f64
}

/// From the highest score down: groups of equal scores, how many in each are late, and how many are not.
fn groups(answers: &[Answer]) -> Vec<(usize, usize)> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let groups = sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    groups
        .map(|group| {
            let late = group.iter().filter(|(_, late)| *late).count();
            (late, group.len() - late)
        })
        .collect()
}

/// How well they rank; `None` when all were late, or none.
pub(super) fn ranking(answers: &[Answer]) -> Option<Ranking> {
    let groups = groups(answers);
    let late: usize = groups.iter().map(|(late, _)| late).sum();
    let others: usize = groups.iter().map(|(_, others)| others).sum();
    if late == 0 || others == 0 {
        return None;
    }
    let (mut found, mut false_alarms, mut precision, mut area) = (0.0, 0.0, 0.0, 0.0);
    for (late_here, others_here) in groups {
        let (late_here, others_here) = (float(late_here), float(others_here));
        area += others_here * (found + late_here / 2.0);
        found += late_here;
        false_alarms += others_here;
        precision += late_here * found / (found + false_alarms);
    }
    Some(Ranking {
        average_precision: precision / float(late),
        roc: area / (float(late) * float(others)),
    })
}

/// Precision and recall if so many percent are alarms; of equal scores as many as fit, late ones in proportion.
pub(super) fn budget(answers: &[Answer], percent: u8) -> Budget {
    let alarms = float(answers.len()) * f64::from(percent) / 100.0;
    let (mut left, mut found, mut late) = (alarms, 0.0, 0.0);
    for (late_here, others_here) in groups(answers) {
        let here = float(late_here + others_here);
        let part = (left / here).clamp(0.0, 1.0);
        found += float(late_here) * part;
        left -= here * part;
        late += float(late_here);
    }
    Budget {
        percent,
        precision: found / alarms.max(f64::MIN_POSITIVE),
        recall: if late > 0.0 { found / late } else { 0.0 },
    }
}

/// What was stated, and what came true, by tenths.
pub(super) fn calibration(answers: &[Answer]) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for (stated, late) in answers {
        let place = (0..BINS).rev().find(|place| *stated >= float(*place) / float(BINS));
        if let Some(bin) = bins.get_mut(place.unwrap_or(0)) {
            bin.count += 1;
            bin.stated += stated;
            bin.observed += f64::from(u8::from(*late));
        }
    }
    for bin in &mut bins {
        let count = float(bin.count).max(1.0);
        bin.stated /= count;
        bin.observed /= count;
    }
    bins
}

/// By how much what is stated differs from what came true, on average.
pub(super) fn calibration_error(bins: &[Bin; BINS]) -> f64 {
    let all: usize = bins.iter().map(|bin| bin.count).sum();
    let sum: f64 = bins
        .iter()
        .map(|bin| float(bin.count) * (bin.stated - bin.observed).abs())
        .sum();
    sum / float(all).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rankings_that_one_can_count() {
        let answers = |scores: &[(f64, bool)]| ranking(scores).expect("late ones and others");
        let perfect = answers(&[(0.9, true), (0.8, true), (0.1, false)]);
        assert_eq!((perfect.average_precision, perfect.roc), (1.0, 1.0));
        // One late parcel stands third of four.
        let third = answers(&[(0.9, false), (0.8, false), (0.7, true), (0.1, false)]);
        assert!((third.average_precision - 1.0 / 3.0).abs() < 1e-12 && (third.roc - 1.0 / 3.0).abs() < 1e-12);
        // Equal scores say nothing.
        let equal = answers(&[(0.5, true), (0.5, false), (0.5, false), (0.5, false)]);
        assert_eq!((equal.average_precision, equal.roc), (0.25, 0.5));
        assert_eq!(ranking(&[(0.5, true)]), None);
    }

    #[test]
    fn budgets_and_calibration_that_one_can_count() {
        let answers: Vec<Answer> = (0..100).map(|place| (f64::from(place) / 100.0, place >= 95)).collect();
        let five = budget(&answers, 5);
        assert!(
            (five.precision - 1.0).abs() < 1e-9 && (five.recall - 1.0).abs() < 1e-9,
            "{five:?}"
        );
        let ten = budget(&answers, 10);
        assert!(
            (ten.precision - 0.5).abs() < 1e-9 && (ten.recall - 1.0).abs() < 1e-9,
            "{ten:?}"
        );
        let bins = calibration(&answers);
        assert!(bins.iter().all(|bin| bin.count == 10));
        assert!((bins[9].observed - 0.5).abs() < 1e-12 && (bins[9].stated - 0.945).abs() < 1e-12);
        let right: Vec<Answer> = (0..10).map(|place| (0.3, place < 3)).collect();
        assert!(calibration_error(&calibration(&right)) < 1e-12);
    }
}
