//! What a plant is: a way to break the exactly-once protocol. There is one at least for each thing that this rests on.

use crate::{order, snapshots, streams};

/// A way to break the engine.
pub(crate) struct Plant {
    /// Its name.
    pub(crate) name: &'static str,
    /// What is wrong with an engine in which it is planted.
    pub(crate) breaks: &'static str,
    /// What has to find it.
    pub(crate) caught_by: Check,
    /// What is changed.
    pub(crate) edits: &'static [Edit],
}

/// What finds plants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Check {
    /// Whole lives of engines, seed after seed.
    Seeds,
    /// A commit of a snapshot, with each trouble that a disk can make: `tests/sim/tests/disk.rs`.
    Disk,
    /// What the publisher's own tests hold: what befalls it is too rare for seeds.
    Publisher,
}

impl Check {
    /// The tests that it is, for cargo; `None` where it is no test.
    pub(crate) const fn tests(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Seeds => None,
            Self::Disk => Some(&["-p", "milepost-test-sim", "--test", "disk"]),
            Self::Publisher => Some(&["-p", "milepost-runtime", "--lib", "publish"]),
        }
    }
}

/// Other text in a file.
pub(crate) struct Edit {
    /// The file, from the root of the workspace.
    pub(crate) file: &'static str,
    /// What stands there, once.
    pub(crate) from: &'static str,
    /// What is put in its place.
    pub(crate) to: &'static str,
}

/// All of them.
pub(crate) fn plants() -> impl Iterator<Item = &'static Plant> {
    let groups = [streams::PLANTS, order::PLANTS, snapshots::PLANTS];
    groups.into_iter().flatten()
}
