//! What is planted where jobs and rejects go out: high-water marks, fences, answers that are lost, and streams that lose their end.

use crate::table::{Check, Edit, Plant};

const CUT: &str = "connectors/src/log/cut.rs";
const START: &str = "engine/runtime/src/start.rs";
const BEARINGS: &str = "engine/runtime/src/start/bearings.rs";
const WRITER: &str = "engine/runtime/src/publish/writer.rs";

pub(crate) const PLANTS: &[Plant] = &[
    Plant {
        name: "others-not-learned",
        breaks: "a start takes no notice of what engines that go on from other states have told",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: START,
            from: "if is_new || seen_before(shares) < after {",
            to: "if is_new && seen_before(shares) < after {",
        }],
    },
    Plant {
        name: "others-hidden",
        breaks: "who publishes over what others told does not say that it goes by ids",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "by_id_after: self.saved.reread.map(|reread| reread.after),",
            to: "by_id_after: None,",
        }],
    },
    Plant {
        name: "gap-not-seen",
        breaks: "what somebody published between is taken for decided before the next snapshot",
        caught_by: Check::Publisher,
        edits: &[
            Edit {
                file: WRITER,
                from: "if beyond > GAP_MAX || (beyond > 0 && self.sent.is_empty()) {",
                to: "if beyond > GAP_MAX {",
            },
            Edit {
                file: WRITER,
                from: "if sequence >= self.others_up_to && self.seen.beyond() == 0 {",
                to: "if sequence >= self.others_up_to {",
            },
        ],
    },
    Plant {
        name: "same-name",
        breaks: "two engines that take over with the same message have the same term",
        caught_by: Check::Seeds,
        edits: &[
            Edit {
                file: START,
                from: "let who = Term::who(name, now);",
                to: "let who = 7 + 0 * Term::who(name, now);",
            },
            Edit {
                file: START,
                from: "self.log_end.max(self.last_term).max(self.lineage.taken_by.number);",
                to: "self.log_end.max(self.last_term);",
            },
        ],
    },
    Plant {
        name: "log-taken-twice",
        breaks: "whoever takes the log as it is counts on from what it knows of, and two machines come to the same number",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: START,
            from: "taken_by: if self.is_taken { term } else { self.lineage.taken_by },",
            to: "taken_by: Term { number: self.lineage.taken_by.number + u64::from(self.is_taken), message: 0, who: 0 },",
        }],
    },
    Plant {
        name: "high-water-of-jobs",
        breaks: "jobs that stand in their stream are published again",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "if covers(mark, &item) ||",
            to: "if (self.stream == Stream::Rejects && covers(mark, &item)) ||",
        }],
    },
    Plant {
        name: "high-water-of-rejects",
        breaks: "rejects that stand in their stream are published again",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "if covers(mark, &item) ||",
            to: "if (self.stream == Stream::Jobs && covers(mark, &item)) ||",
        }],
    },
    Plant {
        name: "high-water-of-another-log",
        breaks: "positions of a log cover those of what stands there since it was taken as it is",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "mark.lineage == item.lineage && mark.covers",
            to: "mark.covers",
        }],
    },
    Plant {
        name: "fence",
        breaks: "a job is published wherever its share ends by now",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "            let outcome = log.publish(now, Arc::clone(&publication)).await;",
            to: "            let mut unfenced = (*publication).clone();
            for item in &publication.items {
                let end = log.high_water(publication.outlet, item.partition).await;
                unfenced.ends.set(item.partition, end.map_or(0, |end| end.last_sequence));
            }
            let outcome = log.publish(now, Arc::new(unfenced)).await;",
        }],
    },
    Plant {
        name: "no-reading-back",
        breaks: "after a lost answer nobody looks what was stored",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "        while let Err(error) = self.read_back().await {
            self.pause(&error).await.context(context.clone())?;
        }
        if fenced",
            to: "        if fenced",
        }],
    },
    Plant {
        name: "retry-without-fence-or-reading-back",
        breaks: "after a lost answer all is published again",
        caught_by: Check::Seeds,
        edits: &[
            Edit {
                file: WRITER,
                from: "            let outcome = log.publish(now, Arc::clone(&publication)).await;",
                to: "            let mut unfenced = (*publication).clone();
            for item in &publication.items {
                let end = log.high_water(publication.outlet, item.partition).await;
                unfenced.ends.set(item.partition, end.map_or(0, |end| end.last_sequence));
            }
            let outcome = log.publish(now, Arc::new(unfenced)).await;",
            },
            Edit {
                file: WRITER,
                from: "        while let Err(error) = self.read_back().await {
            self.pause(&error).await.context(context.clone())?;
        }
        if fenced",
                to: "        if fenced",
            },
        ],
    },
    Plant {
        name: "lost-answer-believed",
        breaks: "what got no answer is taken for published",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "            Err(unpublished) => {
                for",
            to: "            Err(unpublished) if matches!(unpublished.error, LogError::Unreachable { .. }) => {
                self.done.extend(numbers);
                None
            }
            Err(unpublished) => {
                for",
        }],
    },
    Plant {
        name: "resting-on-lost-jobs",
        breaks: "a start goes on from a state whose jobs the stream has lost",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: BEARINGS,
            from: "if let Some(error) = lost(self.hold(log, &manifest.published).await)? {",
            to: "if let Some(error) = lost(Ok(()))? {",
        }],
    },
    Plant {
        name: "losses-at-refusals",
        breaks: "a stream that lost its end is followed",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "        self.cut().verify(&self.log, &state, &found).await?;\n",
            to: "",
        }],
    },
    Plant {
        name: "regrown-jobs",
        breaks: "a stream of jobs that lost its end and has grown again passes for the one that it was",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: CUT,
            from: "if last < state.first_sequence || self.end_is == 0 {",
            to: "if last < u64::MAX {",
        }],
    },
    Plant {
        name: "known-ids",
        breaks: "jobs of a log that was taken as it is are told again",
        caught_by: Check::Seeds,
        edits: &[Edit {
            file: WRITER,
            from: "!known.is_empty() && !id.is_empty() && known.contains",
            to: "id.is_empty() && known.contains",
        }],
    },
];
