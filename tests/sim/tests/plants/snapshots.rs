//! What is planted where the state is saved: as it was at its cut, on the disk to the last byte, and for as long as it is needed.

use crate::table::{Check, Edit, Plant};

const COMMIT: &str = "engine/runtime/src/snapshots/commit.rs";
const FEED: &str = "engine/runtime/src/feed.rs";
const KEEP: &str = "engine/runtime/src/keep.rs";
const MANIFEST: &str = "engine/runtime/src/snapshots/manifest.rs";
const OUTLETS: &str = "engine/runtime/src/publish.rs";
const RESTORE: &str = "engine/runtime/src/snapshots/restore.rs";
const SAVING: &str = "engine/core/src/snapshot.rs";
const SNAPSHOTS: &str = "engine/runtime/src/snapshots.rs";

pub(crate) const PLANTS: &[Plant] = &[
    Plant {
        name: "saved-ahead-of-jobs",
        breaks: "a state is kept before the jobs that it has decided are published",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: OUTLETS,
            from: "    fn accept(&mut self, outgo: Outgo) {",
            to: "    fn accept(&mut self, mut outgo: Outgo) {
        if let Some(mut saved) = outgo.save.take() {
            saved.published = [self.jobs.cut(), self.rejects.cut()];
            drop(self.snapshots.try_send(saved));
        }",
        }],
    },
    Plant {
        name: "cut-one-behind",
        breaks: "a snapshot says that it holds one message more than it does",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: FEED,
            from: "Input::Save(self.saving.begin(self.cut.clone()),",
            to: "Input::Save(self.saving.begin(Cut { sequence: self.cut.sequence + 1, ..self.cut.clone() }),",
        }],
    },
    Plant {
        name: "formats-of-the-beginning",
        breaks: "a start reads the log by the formats that come with the program, whatever was in force",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: "engine/runtime/src/start/bearings.rs",
            from: "let formats = snapshots.formats(newest)?;",
            to: "let formats = wanted.formats.clone();",
        }],
    },
    Plant {
        name: "formats-too-early",
        breaks: "messages before mapping files are read by them, when they come together",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: FEED,
            from: "            let formats = Arc::clone(&self.formats.0.formats);\n            self.pass_control(&messages)?;\n",
            to: "            self.pass_control(&messages)?;\n            let formats = Arc::clone(&self.formats.0.formats);\n",
        }],
    },
    Plant {
        name: "sender-of-then",
        breaks: "a row that changed is restored with the sender that it had before",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: "engine/core/src/snapshot/restore.rs",
            from: "            sender,\n            ..shard.load(row)",
            to: "            ..shard.load(row)",
        }],
    },
    Plant {
        name: "torn-state",
        breaks: "a shipment that changes while it is being saved is saved as it is later",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: SAVING,
            from: "        if self.saving.take(row) {",
            to: "        if false {",
        }],
    },
    Plant {
        name: "unnoticed-change",
        breaks: "a snapshot of changes lacks what changed while the one before was written",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: SAVING,
            from: "        self.saving.note(row);",
            to: "        if !self.saving.underway {
            self.saving.note(row);
        }",
        }],
    },
    Plant {
        name: "changes-after-a-failure",
        breaks: "after a snapshot that failed the next holds only what changed since",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: KEEP,
            from: "saved.to_save.end(false);",
            to: "saved.to_save.end(true);",
        }],
    },
    Plant {
        name: "pruned-whole-snapshot",
        breaks: "the snapshot that later ones hold changes of is removed",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: SNAPSHOTS,
            from: ".flat_map(|manifest| self.chain(&manifest.dir).unwrap_or_else(|_| vec![manifest.clone()]))",
            to: ".map(Manifest::clone)",
        }],
    },
    Plant {
        name: "pruned-newest-snapshot",
        breaks: "the newest snapshot is removed as soon as there are older ones",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: SNAPSHOTS,
            from: "let latest = good.iter().take(self.keep);",
            to: "let latest = good.iter().skip(1).take(self.keep);",
        }],
    },
    Plant {
        name: "shard-not-synced",
        breaks: "the bytes of shards may be lost after their snapshot has its place",
        caught_by: Check::Disk,
        edits: &[Edit {
            file: COMMIT,
            from: "        file.sync().with_context(cannot)?;",
            to: "        drop(file);",
        }],
    },
    Plant {
        name: "manifest-not-synced",
        breaks: "the bytes of a manifest may be lost after its snapshot has its place",
        caught_by: Check::Disk,
        edits: &[Edit {
            file: COMMIT,
            from: "        file.sync().with_context(cannot)\n",
            to: "        drop(file);\n        Ok(())\n",
        }],
    },
    Plant {
        name: "names-not-synced",
        breaks: "the names of a snapshot's files may be lost after it has its place",
        caught_by: Check::Disk,
        edits: &[Edit {
            file: COMMIT,
            from: "        self.sync_dir(aside)\n",
            to: "        Ok(())\n",
        }],
    },
    Plant {
        name: "place-not-synced",
        breaks: "a snapshot that was reported written may not have its place",
        caught_by: Check::Disk,
        edits: &[Edit {
            file: COMMIT,
            from: "        self.sync_dir(&self.dir)?;\n",
            to: "",
        }],
    },
    Plant {
        name: "folder-not-synced",
        breaks: "the folder of all snapshots may be lost",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: COMMIT,
            from: "match self.disk.sync_dir(parent) {",
            to: "match Ok::<(), std::io::Error>(()) {",
        }],
    },
    Plant {
        name: "folder-synced-once",
        breaks: "the folder of all snapshots may be lost when its name could not be synced at the first try",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: COMMIT,
            from: "            Ok(_) if is_synced => return Ok(()),\n",
            to: "            Ok(_) if is_synced || self.keep > 0 => return Ok(()),\n",
        }],
    },
    Plant {
        name: "hash-of-shards",
        breaks: "a bit that turned in a shard is not noticed",
        caught_by: Check::Disk,
        edits: &[Edit {
            file: RESTORE,
            from: "if hash(&bytes) != file.hash {",
            to: "if false {",
        }],
    },
    Plant {
        name: "hash-of-manifest",
        breaks: "a bit that turned in a manifest is not noticed",
        caught_by: Check::Disk,
        edits: &[Edit {
            file: MANIFEST,
            from: "if hash(body.as_bytes()) != guard {",
            to: "if false {",
        }],
    },
];
