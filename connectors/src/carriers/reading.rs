//! How a file or a message is read: a record a line, or as payloads of a format that a file describes.

use super::mapping::{Formats, Mapping};
use super::refusal::{Quoted, Refusal};
use milepost_model::RejectReason;
use std::sync::Arc;

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
    /// How a message is read whose header `Milepost-Format` has this name.
    ///
    /// # Errors
    /// A refusal of the whole message that names the formats we know.
    pub fn of_message(name: &str, formats: &Formats) -> Result<Self, Refusal> {
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
