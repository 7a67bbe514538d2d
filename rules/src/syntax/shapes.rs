//! The keys of rule files, in one table: the reader of files, the layout of files and the schema for editors follow it.

/// A mapping with fixed keys, in the order in which they are written.
pub(crate) struct Shape {
    /// What it is, for messages: `a delay rule`.
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [Key],
}

/// A key and what stands under it.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) is_required: bool,
    /// What it means, in a sentence.
    pub(crate) says: &'static str,
}

/// What stands under a key.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    /// A name of a rule or notice.
    Name,
    /// An SQL expression.
    Condition,
    /// A length of time.
    Duration,
    /// Lengths of time, rising.
    Durations,
    Health,
    Limit,
    Backfill,
    /// A sentence with columns in braces.
    Sentence,
    Text,
    Notify,
    /// Fields of a canonical scan.
    Shipment,
    Story,
    Expect,
    Rules,
    Lets,
    Lists,
    Tests,
}

impl Shape {
    /// The names of the keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.keys.iter().map(|key| key.name)
    }
}

impl Key {
    const fn required(name: &'static str, takes: Takes, says: &'static str) -> Self {
        Self {
            name,
            takes,
            is_required: true,
            says,
        }
    }

    const fn optional(name: &'static str, takes: Takes, says: &'static str) -> Self {
        Self {
            name,
            takes,
            is_required: false,
            says,
        }
    }
}

pub(crate) const FILE: Shape = Shape {
    name: "a rule file",
    keys: &[
        Key::optional(
            "rules",
            Takes::Rules,
            "The rules of this file, in the order in which they are asked.",
        ),
        Key::optional(
            "let",
            Takes::Lets,
            "Named expressions that the conditions of all files of the set share.",
        ),
        Key::optional(
            "lists",
            Takes::Lists,
            "Named lists for IN (name), shared by all files of the set: [one, two], or { csv: file.csv, column: name }.",
        ),
        Key::optional(
            "tests",
            Takes::Tests,
            "Stories, and what the rules of this file must make of them.",
        ),
    ],
};

const WHEN: Key = Key::required(
    "when",
    Takes::Condition,
    "An SQL condition over one row of shipments. While it is true the episode is open; unknown is not true.",
);

const FOR: Key = Key::optional(
    "for",
    Takes::Duration,
    "How long `when` must hold without a break before the episode opens; 0h when it is left out.",
);

const UNTIL: Key = Key::optional(
    "until",
    Takes::Condition,
    "An SQL condition that closes an open episode; when it is left out, the episode closes when `when` is no longer true.",
);

const BACKFILL: Key = Key::optional(
    "backfill",
    Takes::Backfill,
    "What the rule does, when it is new or its condition is, for shipments for which it holds already: none, open-only (when left out: episodes open and are not told) or all.",
);

const OWNER: Key = Key::optional("owner", Takes::Text, "Who answers for the rule.");

const LIMIT: Key = Key::optional(
    "limit",
    Takes::Limit,
    "How often a shipment may cause the notice: once in each episode, once a local day, or once in its life.",
);

pub(crate) const DELAY: Shape = Shape {
    name: "a delay rule",
    keys: &[
        Key::required(
            "delay",
            Takes::Name,
            "The name of the episode that the rule opens, once in a set.",
        ),
        WHEN,
        FOR,
        UNTIL,
        Key::optional(
            "health",
            Takes::Health,
            "The health of the shipment while the episode is open; at_risk when it is left out.",
        ),
        Key::optional(
            "notify",
            Takes::Notify,
            "The jobs that the episode causes; none when it is left out.",
        ),
        Key::required(
            "because",
            Takes::Sentence,
            "Why, in a sentence with columns in braces: no scan for {silence} since {city}.",
        ),
        BACKFILL,
        OWNER,
    ],
};

pub(crate) const NOTICE: Shape = Shape {
    name: "a notice rule",
    keys: &[
        Key::required(
            "notice",
            Takes::Name,
            "The name of the job that the rule causes, once in a set.",
        ),
        WHEN,
        FOR,
        UNTIL,
        LIMIT,
        Key::optional(
            "because",
            Takes::Sentence,
            "Why, in a sentence with columns in braces: on the van in {city}.",
        ),
        BACKFILL,
        OWNER,
    ],
};

pub(crate) const NOTIFY: Shape = Shape {
    name: "`notify`",
    keys: &[
        Key::required(
            "notice",
            Takes::Name,
            "The name of the job when the episode opens, and of its escalations.",
        ),
        LIMIT,
        Key::optional(
            "escalate",
            Takes::Durations,
            "When the notice is repeated while the episode stays open, counted from its opening: [24h, 72h].",
        ),
        Key::optional(
            "recovered",
            Takes::Name,
            "The name of the job when the episode closes, if one was told and the journey goes on.",
        ),
    ],
};

pub(crate) const CSV_LIST: Shape = Shape {
    name: "a list from a file",
    keys: &[
        Key::required(
            "csv",
            Takes::Text,
            "The name of a CSV file in the directory of the rule files; its first line names the columns.",
        ),
        Key::required(
            "column",
            Takes::Text,
            "The column whose values are the list: as texts, each once, empty ones left out.",
        ),
    ],
};

pub(crate) const TEST: Shape = Shape {
    name: "a test",
    keys: &[
        Key::required("name", Takes::Text, "What the test shows."),
        Key::optional(
            "shipment",
            Takes::Shipment,
            "Fields of the canonical scan that every scan of the story carries.",
        ),
        Key::required(
            "story",
            Takes::Story,
            "What happens, a line each: a time after zero; a status, status/code, a code of a notice, or tick; a place; name=value.",
        ),
        Key::required(
            "expect",
            Takes::Expect,
            "What must come of it, a line each: a time, opened, closed or notify, and a name; or nothing.",
        ),
    ],
};
