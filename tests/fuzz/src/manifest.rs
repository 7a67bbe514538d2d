//! The manifest of a snapshot, any bytes, with a guard that fits and without: refused, or a generation of which everything
//! can be asked. Its shards stand beside it, whole, and those that it follows.

use crate::fold::RULES;
use milepost_connectors::log::Term;
use milepost_core::Extent;
use milepost_loadgen::rng::Rng;
use milepost_runtime::rule_texts::Rules;
use milepost_runtime::snapshots::{Snapshots, hash};
use milepost_test_sim::disk::SimulatedDisk;
use milepost_test_sim::engine::{Engine, Outcome};
use milepost_test_sim::feed::Feed;
use std::path::Path;
use std::sync::{Arc, LazyLock};

const DIR: &str = "data/snapshots";
/// The manifests of the whole generation and of the one with changes to it.
const MANIFESTS: [&str; 2] = [
    "data/snapshots/00000000000000000001/manifest.json",
    "data/snapshots/00000000000000000002/manifest.json",
];

/// A disk with two generations.
static GROUND: LazyLock<Ground> = LazyLock::new(Ground::new);

struct Ground {
    disk: SimulatedDisk,
    snapshots: Snapshots,
    /// What both manifests say, without their guards.
    written: Vec<String>,
}

impl Ground {
    fn new() -> Self {
        let disk = SimulatedDisk::new(1, 0);
        let snapshots = Snapshots::new(Arc::new(disk.clone()), Path::new(DIR), 1, 1);
        let feed = Feed::small(7);
        let messages = feed.messages();
        let rules = Rules::compile(Vec::new()).expect("nothing has no mistakes");
        let mut engine = Engine::new(&Arc::clone(&RULES), feed.clock, 2, 1);
        let mut last = None;
        for (number, messages) in (1..).zip(messages.chunks(messages.len().div_ceil(2).max(1))) {
            engine.handle(messages, &mut Outcome::default());
            let extent = if last.is_some() { Extent::Changes } else { Extent::Whole };
            let saved = engine.saved(extent, number, &rules);
            let written = snapshots.commit(&saved, Term::default(), last.as_ref());
            last = Some(written.expect("the disk has no faults"));
        }
        let written = MANIFESTS.iter().map(|path| body(&disk, path)).collect();
        Self {
            disk,
            snapshots,
            written,
        }
    }

    /// Asks all that is asked of the newest generation at a start, and by people.
    fn ask(&self, manifest: Vec<u8>) {
        let [_, newest] = MANIFESTS;
        self.disk.set_bytes(newest, manifest);
        let dir = Path::new(newest).parent().expect("a file stands in a directory");
        let Ok(manifest) = self.snapshots.manifest(dir) else {
            return;
        };
        assert!(manifest.bytes() >= manifest.shards.iter().map(|file| file.bytes).max().unwrap_or(0));
        drop(self.snapshots.verify(dir));
        let Ok(chain) = self.snapshots.chain(dir) else {
            return;
        };
        if let Ok(rules) = self.snapshots.rules(&manifest) {
            drop(self.snapshots.shards(&chain, &rules.set, 3));
        }
        let dirs = self.snapshots.list().expect("the disk is there");
        assert!(
            !self.snapshots.superfluous(&dirs).contains(&dir.to_owned()),
            "it is the newest"
        );
    }
}

/// What a manifest says, without its guard.
fn body(disk: &SimulatedDisk, path: &str) -> String {
    let file = disk.files().into_iter().find(|(found, _)| found == path);
    let (_, bytes) = file.expect("there is a manifest");
    let text = String::from_utf8(bytes).expect("a manifest is text");
    let (body, _) = text.trim_end().rsplit_once('\n').expect("its last line is its guard");
    body.to_owned()
}

/// Tries the bytes as a manifest, and as what a manifest says, with the guard that belongs to it.
pub fn manifest(bytes: &[u8]) {
    GROUND.ask(bytes.to_vec());
    let guard = hash(bytes);
    GROUND.ask([bytes, b"\n", guard.as_bytes(), b"\n"].concat());
}

/// What our own program writes, whole and shortened, each with a name.
pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (number, body) in (1..).zip(&GROUND.written) {
        seeds.push((format!("seed-{number}"), body.as_bytes().to_vec()));
        // Without one line each: what is missing is said, and not guessed.
        let lines: Vec<&str> = body.lines().collect();
        let mut chance = Rng::new(number, 0, 0);
        for part in 0..8 {
            let left_out = usize::try_from(chance.below(lines.len() as u64)).unwrap_or(0);
            let kept = lines.iter().enumerate().filter(|(line, _)| *line != left_out);
            let kept: Vec<&str> = kept.map(|(_, line)| *line).collect();
            seeds.push((format!("seed-{number}-part-{part}"), kept.join("\n").into_bytes()));
        }
    }
    seeds
}
