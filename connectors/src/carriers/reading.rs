//! How a file or a message is read: a record a line, or as payloads of a format that a file describes.

use super::Defaults;
use super::mapping::{Formats, Mapping, first_value};
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

/// Why its shape does not say how a file is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shapeless {
    /// No format looks like this.
    Unknown,
    /// Formats of these names do.
    Several(Vec<String>),
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

    /// How a file is read that begins so: by what `detect` in mapping files asks for, by the columns of a scan, or by what
    /// `empty` says of payloads without scans. The first payload must be whole.
    ///
    /// # Errors
    /// No format looks like this, or several do.
    pub fn of_shape(begin: &[u8], formats: &Formats) -> Result<Self, Shapeless> {
        let first = first_value(begin).unwrap_or(begin);
        let mapped = |found: &Arc<Mapping>| Self::Payload(Arc::clone(found)).divided(begin);
        let several = |found: &[&Arc<Mapping>]| {
            Shapeless::Several(found.iter().map(|mapping| mapping.name().to_owned()).collect())
        };
        let lines = Format::of_shape(begin);
        let is_scan = || memchr::memmem::find(first, b"\"occurred_at\"").is_some() || is_flat(first);
        match (formats.detect(first).as_slice(), lines) {
            ([one], _) => return Ok(mapped(one)),
            ([], Some(Format::Csv)) => return Ok(Self::Lines(Format::Csv)),
            ([], Some(Format::Canonical)) if is_scan() => return Ok(Self::Lines(Format::Canonical)),
            ([], Some(Format::Canonical) | None) => {}
            (found, _) => return Err(several(found)),
        }
        match (formats.detect_empty(first).as_slice(), lines) {
            ([one], _) => Ok(mapped(one)),
            (_, Some(format)) => Ok(Self::Lines(format)),
            ([], None) => Err(Shapeless::Unknown),
            (found, None) => Err(several(found)),
        }
    }

    /// The same, with a payload on each line where the first line of a file that begins so is a whole one.
    #[must_use]
    pub fn divided(self, begin: &[u8]) -> Self {
        match self {
            Self::Payload(mapping) if mapping.is_whole_line(begin) => Self::PayloadALine(mapping),
            Self::Payload(_) | Self::PayloadALine(_) | Self::Lines(_) => self,
        }
    }

    /// The name of the format.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Lines(format) => format.name(),
            Self::Payload(mapping) | Self::PayloadALine(mapping) => mapping.name(),
        }
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

/// Whether it is an object without lists and objects in it, as scans are and payloads of carriers are not.
fn is_flat(value: &[u8]) -> bool {
    let members = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(value);
    members.is_ok_and(|members| !members.values().any(|member| member.is_object() || member.is_array()))
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
