//! How long ago a parcel was handed over, in steps: single days while most arrive, more at once when few are left.

/// Steps. The last is open.
pub(super) const STEPS: usize = 16;

/// The step in which so many delivery days lie.
pub(super) fn step_of(days: f64) -> usize {
    match days {
        ..10.0 => (0..10).rev().find(|day| f64::from(*day) <= days).unwrap_or(0) as usize,
        ..12.0 => 10,
        ..15.0 => 11,
        ..20.0 => 12,
        ..30.0 => 13,
        ..45.0 => 14,
        _ => STEPS - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_rise() {
        let steps: alloc::vec::Vec<usize> = (-1..100).map(|day| step_of(f64::from(day) + 0.04)).collect();
        assert!(steps.is_sorted() && steps.iter().max() == Some(&(STEPS - 1)));
        assert_eq!((step_of(-3.0), step_of(0.99), step_of(1.0), step_of(9.5)), (0, 0, 1, 9));
    }
}
