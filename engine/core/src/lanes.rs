//! Learned lanes: how long parcels take from hand-over to the first visit, by carrier, service, origin and destination; and
//! what follows from it for one that is under way.
//!
//! A parcel under way is in one of a few states: where it is on its way, and since when. Counted are, by lane, by day
//! since the hand-over and by part of the day, how many parcels were in each state, and how many went on from it, and to what.
//! Parcels that have not arrived count as well: they were in their state, and did not go on. So a jam shows at once, before
//! anything came late, where the times of parcels that arrived would show it last, and too small. Of these shares a forecast is
//! made by letting the states pass, a part of a day at a time (Aalen and Johansen's estimator of a process with several states,
//! with back-off).
//!
//! Days on which the carrier delivers are counted apart from those on which only hubs work. Whether it delivers on Saturdays,
//! Sundays and holidays of a country is learned from when it does.
//!
//! A shard only counts ([`tally`]). What all shards counted is kept by lane until the part of the day is over in which it
//! happened ([`counting`]); then it is summed exactly, and [`Lanes`] learn from it: no number of shards shows in a forecast.

mod at_hand;
mod bands;
mod calibration;
mod chances;
mod clock;
mod counting;
mod estimate;
mod evidence;
mod forecast;
mod grid;
mod holidays;
mod key;
mod learning;
mod node;
mod outcomes;
mod passage;
mod prospect;
mod recalibration;
mod saved;
mod silence;
mod state;
mod sums;
mod table;
mod tally;
mod under_way;
mod unlike;
mod watch;
mod weeks;

pub use calibration::{Calibration, ToldThatDay};
pub use estimate::{Estimate, KnownLane, Mark, RestsOn};
pub use evidence::EstimatesMade;
pub use forecast::Forecast;
pub use key::LaneName;
pub use learning::Learning;
pub use state::Stage;
pub use table::Lanes;
pub use tally::Counted;

pub(crate) use chances::Chances;
pub(crate) use passage::Passage;
pub(crate) use prospect::{InForce, Learned, Prospect};
pub(crate) use tally::Tally;
pub(crate) use watch::Outlook;
