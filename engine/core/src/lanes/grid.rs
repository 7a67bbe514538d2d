//! How long ago a parcel was handed over, in steps: single days while most arrive, more at once when few are left.

/// Steps. The last is open.
pub(super) const STEPS: usize = 16;

/// The step in which so many days lie, by the calendar: hubs and lorries also work on days on which nothing is delivered.
pub(super) const fn step_of(days: i32) -> usize {
    match days {
        ..0 => 0,
        0..10 => days as usize,
        10..12 => 10,
        12..15 => 11,
        15..20 => 12,
        20..30 => 13,
        30..45 => 14,
        45.. => STEPS - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_rise() {
        let steps: alloc::vec::Vec<usize> = (-1..100).map(step_of).collect();
        assert!(steps.is_sorted() && steps.iter().max() == Some(&(STEPS - 1)));
        assert!((0..STEPS).all(|step| steps.contains(&step)));
        assert_eq!((step_of(-3), step_of(0), step_of(1), step_of(9)), (0, 0, 1, 9));
    }
}
