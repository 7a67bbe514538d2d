//! Scans as they are posted: the good lines become messages, the others are told of. Read by the decoder that the engine reads
//! its log with.

use super::lines::Packer;
use milepost_connectors::carriers::{Decoder, Defaults, Format, Line, Refusal, Scratch, split};
use milepost_connectors::log::{Append, Destination};
use milepost_model::RejectReason;
use serde_json::{Value, json};

/// Refused lines that are shown with what to do.
const SHOWN_MAX: u64 = 100;

/// What a body of lines says.
pub(crate) struct Posted {
    /// The good lines.
    pub(crate) messages: Vec<Append>,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// The first of the refused lines.
    pub(crate) shown: Vec<Value>,
    /// A result for each line, where that is asked for.
    pub(crate) results: String,
}

/// Reads a body. `bytes_max` is what the log takes as one message.
pub(crate) fn read(body: &[u8], format: Format, defaults: &Defaults, bytes_max: usize, each: bool) -> Posted {
    let mut posted = Posted {
        messages: Vec::new(),
        accepted: 0,
        refused: 0,
        shown: Vec::new(),
        results: String::new(),
    };
    let (mut decoder, mut scratch, mut packer) = (Decoder::new(), Scratch::new(), Packer::new(bytes_max));
    decoder.begin(format);
    let mut share = None;
    for line in split(body) {
        scratch.reset();
        match decoder.decode(line.bytes, &scratch, defaults) {
            Ok(None) => packer.set_head(line.bytes),
            Ok(Some(_)) if packer.is_too_long(line.bytes.len()) => {
                posted.refuse(&line, too_long(line.bytes.len(), bytes_max), each);
            }
            Ok(Some(scan)) => {
                share.get_or_insert(scan.number.partition());
                packer.push(line.bytes);
                posted.accepted += 1;
                if each {
                    let result = json!({ "line": line.number, "offset": line.offset, "accepted": true });
                    posted.results.push_str(&format!("{result}\n"));
                }
            }
            Err(refusal) => posted.refuse(&line, refusal, each),
        }
    }
    // Scans of any number may stand in one message; its share only says where its rejects would go.
    let to = Destination::Partition(share.unwrap_or(0));
    let format = (format != Format::Canonical).then(|| format.name().into());
    let messages = packer.take().into_iter().map(|payload| Append {
        to: to.clone(),
        format: format.clone(),
        payload,
    });
    posted.messages = messages.collect();
    posted
}

impl Posted {
    fn refuse(&mut self, line: &Line<'_>, refusal: Refusal, each: bool) {
        self.refused += 1;
        let reason = refusal.reason.as_str();
        let mut told = json!({ "line": line.number, "offset": line.offset, "reason": reason });
        if self.refused <= SHOWN_MAX
            && let Some(told) = told.as_object_mut()
        {
            told.insert("hint".to_owned(), refusal.hint.into());
        }
        if each {
            if let Some(told) = told.as_object_mut() {
                told.insert("accepted".to_owned(), false.into());
            }
            self.results.push_str(&format!("{told}\n"));
        } else if self.refused <= SHOWN_MAX {
            self.shown.push(told);
        }
    }
}

fn too_long(length: usize, bytes_max: usize) -> Refusal {
    Refusal {
        reason: RejectReason::TooLong,
        hint: format!(
            "the line has {length} bytes, and the log takes messages of {bytes_max}; leave out what is not needed, or raise \
             max_payload of the NATS server"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"in_transit","occurred_at":"2026-03-01T14:03:22Z"}"#;

    #[test]
    fn good_lines_become_messages_and_the_others_are_told_of_with_their_place() {
        let body = format!("{GOOD}\r\n\nnonsense\n{GOOD}\n{{\"carrier\":\"ups\"}}");
        let posted = read(body.as_bytes(), Format::Canonical, &Defaults::default(), 1 << 20, false);
        assert_eq!((posted.accepted, posted.refused), (2, 2));
        let [message] = posted.messages.as_slice() else {
            panic!("{:?}", posted.messages);
        };
        assert_eq!(
            (&*message.payload, &message.format),
            (format!("{GOOD}\n{GOOD}\n").as_bytes(), &None)
        );
        let places: Vec<(u64, u64)> = posted
            .shown
            .iter()
            .map(|told| {
                let number = |name: &str| told.get(name).and_then(Value::as_u64).unwrap_or_default();
                (number("line"), number("offset"))
            })
            .collect();
        let at = GOOD.len() as u64;
        assert_eq!(places, [(3, at + 3), (5, at + 3 + 9 + at + 1)]);
        assert!(posted.shown.iter().all(|told| told.get("hint").is_some()));
    }

    #[test]
    fn csv_has_its_columns_in_each_message_and_a_result_for_each_record() {
        let head = "tracking_number,carrier,status,occurred_at";
        let row = "1Z999AA10123456784,ups,in_transit,2026-03-01T14:03:22Z";
        let body = format!("{head}\n{row}\n{row},,,,,\n1Z,ups,gone,x\n{row}\n");
        let posted = read(body.as_bytes(), Format::Csv, &Defaults::default(), 150, true);
        let texts: Vec<&str> = posted
            .messages
            .iter()
            .map(|message| std::str::from_utf8(&message.payload).unwrap_or_default())
            .collect();
        let one = format!("{head}\n{row}\n");
        assert_eq!(texts.first().copied(), Some(one.as_str()));
        assert!(
            posted
                .messages
                .iter()
                .all(|message| message.format.as_deref() == Some("csv"))
        );
        assert_eq!(posted.accepted + posted.refused, 4);
        assert_eq!(posted.results.lines().count(), 4, "{}", posted.results);
        assert!(
            posted.results.starts_with(r#"{"accepted":true,"line":2,"offset":43}"#),
            "{}",
            posted.results
        );
        assert!(posted.shown.is_empty());
    }

    #[test]
    fn the_list_of_what_is_refused_is_bounded() {
        let posted = read(
            &b"x\n".repeat(5000),
            Format::Canonical,
            &Defaults::default(),
            1 << 20,
            false,
        );
        assert_eq!((posted.accepted, posted.refused, posted.shown.len()), (0, 5000, 100));
        assert!(posted.messages.is_empty());
        let long = format!("{}{GOOD}", " ".repeat(200));
        let posted = read(long.as_bytes(), Format::Canonical, &Defaults::default(), 200, false);
        assert_eq!(
            (posted.accepted, posted.refused),
            (0, 1),
            "longer than a message of the log"
        );
    }
}
