//! What stands on the control subject, for all shares: how late it is, and which rules are in force from there on.

use super::Destination;
use super::message::Append;
use milepost_model::Timestamp;
use serde_json::{Value, json};

/// A message to all shares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Control {
    /// How late it is: `{"tick":"2026-03-01T12:00:00.000Z"}`.
    Tick(Timestamp),
    /// The files of a set of rules, each with its name and text: `{"rules":[{"name":"late.yaml","text":"..."}]}`.
    Rules(Vec<(String, String)>),
}

impl Control {
    /// The message to add to a log.
    #[must_use]
    pub fn append(&self) -> Append {
        let value = match self {
            Self::Tick(at) => json!({ "tick": at.to_string() }),
            Self::Rules(files) => {
                let files = files.iter().map(|(name, text)| json!({ "name": name, "text": text }));
                json!({ "rules": files.collect::<Vec<_>>() })
            }
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
            return files(rules).map(Self::Rules);
        }
        let text = value.get("tick").and_then(Value::as_str);
        let text = text.ok_or("has no text field `tick` and no list `rules`")?;
        let at = Timestamp::parse(text).map_err(|error| format!("has a tick `{text}` that {error}"))?;
        Ok(Self::Tick(at))
    }
}

fn files(rules: &Value) -> Result<Vec<(String, String)>, String> {
    let wrong = || "has `rules` that are no list of files, each with `name` and `text`".to_owned();
    let text = |file: &Value, name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
    let file = |file| text(file, "name").zip(text(file, "text")).ok_or_else(wrong);
    rules.as_array().ok_or_else(wrong)?.iter().map(file).collect()
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
            ("{}", "no text field `tick` and no list `rules`"),
            (r#"{"tick":"noon"}"#, "has a tick `noon` that"),
            (r#"{"tick":12}"#, "no text field `tick`"),
            (r#"{"rules":{}}"#, "no list of files"),
            (r#"{"rules":[{"name":"a.yaml"}]}"#, "no list of files"),
        ] {
            let found = Control::parse(payload.as_bytes()).expect_err(payload);
            assert!(found.contains(expected), "{payload}: {found}");
        }
    }
}
