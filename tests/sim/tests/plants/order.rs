//! What is planted where the log is read: its messages and no others, each once, in its order, by its time, under its rules, and by
//! one engine.

use crate::table::{Check, Edit, Plant};

const CUT: &str = "connectors/src/log/cut.rs";
const FEED: &str = "engine/runtime/src/feed.rs";
const SAVING: &str = "engine/core/src/snapshot.rs";
const SEQUENCE: &str = "engine/runtime/src/sequence.rs";
const START: &str = "engine/runtime/src/start.rs";
const BEARINGS: &str = "engine/runtime/src/start/bearings.rs";

pub(crate) const PLANTS: &[Plant] = &[
    Plant {
        name: "message-skipped",
        breaks: "a start leaves out the message after its snapshot",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: START,
            from: "log.read(self.cut.sequence + 1)",
            to: "log.read(self.cut.sequence + 2)",
        }],
    },
    Plant {
        name: "regressed-log",
        breaks: "another message at the cut is taken for the one that was read",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: CUT,
            from: "Some(Some(hash)) if hash != cut.hash =>",
            to: "Some(Some(hash)) if hash != cut.hash && cut.sequence == 0 =>",
        }],
    },
    Plant {
        name: "causes",
        breaks: "no message is compared with those that jobs rest on",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: CUT,
            from: "Some(found) if found == mark.hash => return Ok(()),",
            to: "Some(_) => return Ok(()),",
        }],
    },
    Plant {
        name: "causes-read",
        breaks: "messages are not compared with those that the jobs of others rest on",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: FEED,
            from: "            self.expected.check(&messages)?;\n",
            to: "",
        }],
    },
    Plant {
        name: "term-in-log",
        breaks: "an engine reads that another one has taken over, and goes on",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: FEED,
            from: "if term > self.term {",
            to: "if term > self.term && term.number == 0 {",
        }],
    },
    Plant {
        name: "rules-of-the-files",
        breaks: "a start judges by the rules of the files, not by those in force",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: BEARINGS,
            from: "        let rules = snapshots.rules(newest)?;",
            to: "        let rules = wanted.rules.clone();",
        }],
    },
    Plant {
        name: "rules-before-their-place",
        breaks: "rules come into force at the beginning of the batch in which they stand",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: SEQUENCE,
            from: "            work.steps.push(Todo::Rules { rules, now, position });",
            to: "            work.steps.insert(0, Todo::Rules { rules, now, position });",
        }],
    },
    Plant {
        name: "waiting-for-rules",
        breaks: "a snapshot does not say which shipments wait to be looked at under other rules",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: SAVING,
            from: "            switching: self.switch.pending.clone(),",
            to: "            switching: RowSet::default(),",
        }],
    },
    Plant {
        name: "clock-of-the-host",
        breaks: "the clock of the machine is the time, not the log",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: SEQUENCE,
            from: "                    self.timeline.pass_message(*at);",
            to: "
                    let host = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                    let host = host.map_or(0, |since| since.as_millis());
                    let host = Timestamp::from_millis(i64::try_from(host).unwrap_or(0));
                    self.timeline.pass_message(host.max(*at));",
        }],
    },
    Plant {
        name: "forgotten-time",
        breaks: "a start forgets how far the log's time had come",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: BEARINGS,
            from: "Timeline::at(wanted.clock, newest.reading)",
            to: "Timeline::new(wanted.clock)",
        }],
    },
];
