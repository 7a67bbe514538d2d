//! The verbs of Milepost: route, apply, judge, emit, snapshot. A scan comes in, jobs come out, state is what lies
//! between: a pure function of the log. No clock, thread, file or log line can be named: the crate is `no_std`.
#![no_std]
extern crate alloc;

mod ahead;
mod apply;
mod batch;
mod brief;
mod bytes;
mod chains;
mod deadlines;
mod destination;
mod effect;
mod elsewhere;
mod emit;
mod episode;
mod facts;
mod flags;
mod fold;
mod gather;
mod groups;
mod health;
mod index;
mod intern;
mod journeys;
mod judge;
mod lanes;
mod lists;
mod more;
mod order_id;
mod orders;
mod packed;
mod pages;
mod places;
mod read;
mod recent;
mod record;
mod route;
mod row;
mod rows;
mod shard;
mod snapshot;
mod table;
mod transition;
mod units;
mod wording;

pub use batch::ScanBatch;
pub use effect::Effect;
pub use facts::ShipmentView;
pub use journeys::{Journey, Opened};
pub use lanes::{
    Calibration, Counted, Estimate, EstimatesMade, Forecast, KnownLane, LaneName, Lanes, Learning, Mark, RestsOn,
    Stage, ToldThatDay,
};
pub use orders::{Order, Part, fold_order};
pub use read::KeptScan;
pub use route::{Clock, Reading, Timeline, shard_of};
pub use shard::{Counts, Shard, Todo};
pub use snapshot::{Extent, RestoreError, SNAPSHOT_VERSION};
