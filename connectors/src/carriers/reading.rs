//! How a file or a message is read: a record a line, or as payloads of a format that a file describes.

use super::Defaults;
use super::mapping::{Formats, Mapping};
use super::refusal::{Quoted, Refusal};
use milepost_model::RejectReason;
use std::sync::Arc;

/// The longest slug of a merchant, carrier or source.
const VALUE_BYTES_MAX: usize = 64;

/// How a payload is written. The header `Milepost-Format` names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// One flat JSON object per line.
    #[default]
    Canonical,
    /// Lines of comma-separated values; the first names the columns.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Canonical, Self::Csv];

    /// The format of which these bytes look like, by their first line.
    #[must_use]
    pub fn of_shape(bytes: &[u8]) -> Option<Self> {
        let first = bytes
            .split(|byte| *byte == b'\n')
            .find(|line| !line.trim_ascii().is_empty())?;
        let names = |name: &[u8]| memchr::memmem::find(first, name).is_some();
        match first.trim_ascii() {
            [b'{', ..] => names(b"\"tracking_number\"").then_some(Self::Canonical),
            _other => (names(b"tracking_number") && names(b"occurred_at")).then_some(Self::Csv),
        }
    }

    /// The name in the header `Milepost-Format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::Csv => "csv",
        }
    }
}

/// How a file or a message is read.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A record a line.
    Lines(Format),
    /// A payload of a mapped format a line.
    PayloadALine(Arc<Mapping>),
    /// One payload of a mapped format.
    Payload(Arc<Mapping>),
}

impl Default for Reading {
    fn default() -> Self {
        Self::Lines(Format::Canonical)
    }
}

impl Reading {
    /// How a message is read that has this in its header `Milepost-Format`: the name of a format, and what its feed adds to
    /// records that do not say it themselves, `easypost; merchant=acme; carrier=ups; source=eu`.
    ///
    /// # Errors
    /// A refusal of the whole message that names the formats we know, or what may stand behind one.
    pub fn of_message(
        header: &str,
        formats: &Formats,
        defaults: &Defaults,
    ) -> Result<(Self, Option<Defaults>), Refusal> {
        let mut parts = header.split(';').map(str::trim);
        let reading = Self::of_name(parts.next().unwrap_or_default(), formats)?;
        let mut own = None;
        for part in parts {
            let of_feed: &mut Defaults = own.get_or_insert_with(|| defaults.clone());
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim() {
                _ if value.is_empty() || value.len() > VALUE_BYTES_MAX => return Err(unknown_part(part)),
                "merchant" => value.clone_into(&mut of_feed.merchant),
                "carrier" => value.clone_into(&mut of_feed.carrier),
                "source" => value.clone_into(&mut of_feed.source),
                _ => return Err(unknown_part(part)),
            }
        }
        Ok((reading, own))
    }

    /// How a message of the format of that name is read.
    ///
    /// # Errors
    /// A refusal of the whole message that names the formats we know.
    pub fn of_name(name: &str, formats: &Formats) -> Result<Self, Refusal> {
        if let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) {
            return Ok(Self::Lines(format));
        }
        let mapped = formats.get(name).map(|mapping| Self::Payload(Arc::clone(mapping)));
        mapped.ok_or_else(|| {
            let ours = Format::ALL.iter().map(|format| format.name());
            let known: Vec<&str> = ours.chain(formats.iter().map(|mapping| mapping.name())).collect();
            let hint = format!(
                "format {} is unknown; send Milepost-Format: {}",
                Quoted(name),
                known.join(" or ")
            );
            Refusal::new(RejectReason::UnknownFormat, hint)
        })
    }
}

fn unknown_part(part: &str) -> Refusal {
    let hint = format!(
        "{} cannot stand behind a format in the header Milepost-Format; there are merchant=, carrier= and source=, each with a \
         value of at most {VALUE_BYTES_MAX} signs: Milepost-Format: easypost; merchant=acme",
        Quoted(part)
    );
    Refusal::new(RejectReason::UnknownFormat, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<(Reading, Option<Defaults>), Refusal> {
        Reading::of_message(header, Formats::built_in(), &Defaults::default())
    }

    #[test]
    fn a_header_may_say_what_its_feed_adds() {
        let (reading, own) = read("easypost").expect("a format");
        assert!(matches!(reading, Reading::Payload(mapping) if mapping.name() == "easypost"));
        assert_eq!(own, None);
        let (reading, own) = read("canonical; merchant = acme;carrier=ups").expect("a format");
        assert!(matches!(reading, Reading::Lines(Format::Canonical)));
        let expected = Defaults {
            merchant: "acme".to_owned(),
            carrier: "ups".to_owned(),
            ..Defaults::default()
        };
        assert_eq!(own, Some(expected));
    }

    #[test]
    fn what_else_stands_there_refuses_the_message() {
        for (header, expected) in [
            ("easypots", "format `easypots` is unknown"),
            ("", "format `` is unknown"),
            ("easypost;", "`` cannot stand"),
            ("easypost; merchant", "`merchant` cannot stand"),
            ("easypost; tenant=acme", "`tenant=acme` cannot stand"),
        ] {
            let refusal = read(header).map(|_| ()).expect_err(header);
            assert!(refusal.hint.contains(expected), "{header}: {}", refusal.hint);
        }
        assert!(read(&format!("easypost; merchant={}", "a".repeat(65))).is_err());
    }
}
