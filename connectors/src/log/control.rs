//! What stands on the control subject, for all shares: how late it is, which rules are in force from there on, by which formats
//! messages are read, and which engine goes on from there.

use super::Destination;
use super::message::Append;
use milepost_model::Timestamp;
use serde_json::{Value, json};

/// A message to all shares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Control {
    /// Time passes: `{"tick":"2026-03-01T12:00:00.000Z"}`. How late it is says the log, when it takes the message; the text is
    /// what the clock of the writer said, for people who look for a clock that is wrong.
    Tick(Timestamp),
    /// The files of a set of rules, each with its name and text: `{"rules":[{"name":"late.yaml","text":"..."}]}`.
    Rules(Vec<(String, String)>),
    /// Mapping files of one's own, each with its name and text: `{"formats":[{"name":"parcelfast.yaml","text":"..."}]}`. Messages
    /// after it are read by these, over the formats that come with the program.
    Formats(Vec<(String, String)>),
    /// An engine takes over here: `{"engine":"milepost at depot-7, process 4711","term":88213,"who":81985}`. Every engine with a lesser
    /// [`super::Term`] stops.
    Engine {
        /// What people call it.
        name: String,
        /// [`super::Term::number`] of its term.
        term: u64,
        /// [`super::Term::who`].
        who: u64,
    },
}

impl Control {
    /// The message to add to a log.
    #[must_use]
    pub fn append(&self) -> Append {
        let value = match self {
            Self::Tick(at) => json!({ "tick": at.to_string() }),
            Self::Rules(files) => json!({ "rules": listed(files) }),
            Self::Formats(files) => json!({ "formats": listed(files) }),
            Self::Engine { name, term, who } => json!({ "engine": name, "term": term, "who": who }),
        };
        Append {
            to: Destination::Control,
            format: None,
            payload: value.to_string().into(),
        }
    }

    /// Reads the payload of a message.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with the message.
    pub fn parse(payload: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(payload).map_err(|error| format!("is not JSON ({error})"))?;
        if let Some(rules) = value.get("rules") {
            return files("rules", rules).map(Self::Rules);
        }
        if let Some(formats) = value.get("formats") {
            return files("formats", formats).map(Self::Formats);
        }
        if let Some(name) = value.get("engine").and_then(Value::as_str) {
            let number = |key: &str| {
                let number = value.get(key).and_then(Value::as_u64);
                number.ok_or_else(|| format!("has an `engine` without a number `{key}`"))
            };
            return Ok(Self::Engine {
                name: name.to_owned(),
                term: number("term")?,
                who: number("who")?,
            });
        }
        let text = value.get("tick").and_then(Value::as_str);
        let text = text.ok_or("has no text field `tick` or `engine` and no list `rules` or `formats`")?;
        let at = Timestamp::parse(text).map_err(|error| format!("has a tick `{text}` that {error}"))?;
        Ok(Self::Tick(at))
    }
}

fn listed(files: &[(String, String)]) -> Vec<Value> {
    let files = files.iter().map(|(name, text)| json!({ "name": name, "text": text }));
    files.collect()
}

fn files(what: &str, files: &Value) -> Result<Vec<(String, String)>, String> {
    let wrong = || format!("has `{what}` that are no list of files, each with `name` and `text`");
    let text = |file: &Value, name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
    let file = |file| text(file, "name").zip(text(file, "text")).ok_or_else(wrong);
    files.as_array().ok_or_else(wrong)?.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let files = [("late.yaml", "rules: []\n"), ("odd \"name\".csv", "lane\nÅ\u{1F4E6}\n")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        for control in [
            Control::Tick(Timestamp::from_millis(1_772_373_802_123)),
            Control::Rules(files.to_vec()),
            Control::Rules(Vec::new()),
            Control::Formats(files.to_vec()),
            Control::Engine {
                name: "depot \"7\"".to_owned(),
                term: u64::MAX,
                who: u64::MAX,
            },
        ] {
            let append = control.append();
            assert_eq!(append.to, Destination::Control);
            assert_eq!(Control::parse(&append.payload), Ok(control));
        }
        assert_eq!(
            &*Control::Tick(Timestamp::from_millis(1_772_373_802_123))
                .append()
                .payload,
            br#"{"tick":"2026-03-01T14:03:22.123Z"}"#
        );
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (payload, expected) in [
            ("tick", "is not JSON"),
            (
                "{}",
                "no text field `tick` or `engine` and no list `rules` or `formats`",
            ),
            (r#"{"tick":"noon"}"#, "has a tick `noon` that"),
            (r#"{"tick":12}"#, "no text field `tick`"),
            (r#"{"engine":"depot 7"}"#, "an `engine` without a number `term`"),
            (r#"{"rules":{}}"#, "no list of files"),
            (r#"{"rules":[{"name":"a.yaml"}]}"#, "no list of files"),
            (r#"{"formats":7}"#, "`formats` that are no list of files"),
        ] {
            let found = Control::parse(payload.as_bytes()).expect_err(payload);
            assert!(found.contains(expected), "{payload}: {found}");
        }
    }
}
