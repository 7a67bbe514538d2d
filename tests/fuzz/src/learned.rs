//! Bytes of what was learned of lanes, damaged in any way: refused, or something that can be asked, learned on from, saved and
//! restored again.

use milepost_core::Learning;
use milepost_model::{DAY_MS, Timestamp};

/// Restores what was learned, and asks all that is asked of it.
pub fn learned(bytes: &[u8]) {
    let Ok(learning) = Learning::restore(bytes) else {
        return;
    };
    same_when_restored(&learning);
    let lanes = learning.next();
    let now = Timestamp::from_millis(1_772_373_802_123);
    let [from, to] = ["DE", "US"].map(|country| [country.to_owned(), String::new()]);
    let ways = lanes.estimates([&from, &to], (None, None), now);
    assert!(ways.len() <= lanes.len(), "no way to ship that nobody knows");
    let mut known = 0;
    lanes.each_lane(now, &mut |_| known += 1);
    assert!(known <= lanes.len(), "each lane once");
    let later = lanes.now().max(now).plus(DAY_MS);
    same_when_restored(&learning.pass_hour(later, &[]));
}

fn same_when_restored(learning: &Learning) {
    let (mut saved, mut again) = (Vec::new(), Vec::new());
    learning.save(&mut saved);
    let restored = Learning::restore(&saved);
    restored
        .expect("what was saved of lanes can be restored")
        .save(&mut again);
    assert!(saved == again, "what was restored saves other bytes");
}
