//! Settings of the ways in: endpoints of carriers, and the watched folder.

use super::{HOUR, Reader, SECOND};
use crate::settings::{PATTERNED, Value};
use milepost_connectors::carriers::signature::Scheme;
use std::path::PathBuf;
use std::time::Duration;

/// An endpoint to which a carrier or aggregator sends its events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Webhook {
    /// Its name, the last part of its address.
    pub(crate) name: String,
    /// What is sent.
    pub(crate) format: String,
    /// What scans get that do not say it; empty where the sender's own rules hold.
    pub(crate) carrier: String,
    pub(crate) merchant: String,
    pub(crate) source: String,
    /// How the sender proves itself.
    pub(crate) signature: Scheme,
    /// Where the secrets are.
    pub(crate) secret_files: Vec<PathBuf>,
    /// The header that is looked at, where the scheme leaves it open.
    pub(crate) header: String,
    /// How much a signed time may be off.
    pub(crate) tolerance: Duration,
}

/// The watched folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Folder {
    /// Where.
    pub(crate) dir: PathBuf,
    /// How often it is looked at.
    pub(crate) every: Duration,
}

pub(super) fn drop_folder(reader: &mut Reader<'_>) -> Option<Folder> {
    let every = reader.length("drop", "every", Duration::from_millis(100)..=HOUR);
    let dir = reader.optional_path("drop", "dir")?;
    Some(Folder { dir, every })
}

pub(super) fn webhooks(reader: &mut Reader<'_>) -> Vec<Webhook> {
    let names = reader.settings.webhooks();
    names.into_iter().map(|name| webhook(reader, name)).collect()
}

fn webhook(reader: &mut Reader<'_>, name: &str) -> Webhook {
    let section = format!("{PATTERNED}{name}");
    let section = section.as_str();
    let format = format(reader, section);
    let signature = signature(reader, section, &format);
    let mut secret_files: Vec<PathBuf> = match &reader.settings.get(section, "secret_files").value {
        Value::Texts(files) => files.iter().map(PathBuf::from).collect(),
        Value::Text(_) | Value::Number(_) | Value::Switch(_) => Vec::new(),
    };
    if let Some(file) = reader.optional_path(section, "token_file") {
        if !signature.is_token() {
            let what = format!(
                "`token_file` in [{section}] is for signature token, bearer or basic, and it is {}; name the file in \
                 `secret_files`",
                signature.name()
            );
            reader.refuse(section, "token_file", what);
        }
        secret_files.push(file);
    }
    if secret_files.is_empty() && signature != Scheme::None {
        let what = format!(
            "[{section}] has no secret to know its sender by (signature {}); name a file in `secret_files`, or write \
             signature = \"none\" where nobody else can reach this address",
            signature.name()
        );
        reader.refuse(section, "secret_files", what);
    }
    let header = reader.text(section, "header").trim().to_owned();
    let is_header = header
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !is_header || (!header.is_empty() && !signature.takes_header()) {
        let what = format!(
            "`header` in [{section}] is `{header}`; it is the name of a header, for signature token, bearer or hmac_sha256"
        );
        reader.refuse(section, "header", what);
    }
    if header.is_empty() && signature.header().is_empty() && signature != Scheme::None {
        let what = format!(
            "[{section}] must name in `header` where the sender puts its proof (signature {})",
            signature.name()
        );
        reader.refuse(section, "header", what);
    }
    Webhook {
        name: name.to_owned(),
        format,
        carrier: reader.optional_word(section, "carrier"),
        merchant: reader.optional_word(section, "merchant"),
        source: reader.optional_word(section, "source"),
        signature,
        secret_files,
        header,
        tolerance: reader.length(section, "tolerance", SECOND..=HOUR),
    }
}

/// A name that a format can have; whether there is one, the mapping files in force say.
fn format(reader: &mut Reader<'_>, section: &str) -> String {
    let format = reader.text(section, "format");
    let is_name = !format.is_empty()
        && format
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        let what = format!(
            "`format` in [{section}] is `{format}`; it is canonical, csv, cloudevents, or a format that `milepost decode --list` names"
        );
        reader.refuse(section, "format", what);
    }
    format.to_owned()
}

fn signature(reader: &mut Reader<'_>, section: &str, format: &str) -> Scheme {
    let name = reader.text(section, "signature");
    if name.is_empty() {
        return Scheme::usual(format);
    }
    Scheme::of_name(name).unwrap_or_else(|| {
        let known = Scheme::ALL.map(Scheme::name);
        let what = format!(
            "`signature` in [{section}] is `{name}`; there are: {}",
            known.join(", ")
        );
        reader.refuse(section, "signature", what);
        Scheme::None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::settings::{ConfigError, Settings};

    fn of(lines: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = lines
            .iter()
            .map(|(name, value)| (format!("MILEPOST__{name}"), (*value).to_owned()));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        Config::of(&Settings::read(Some(file.path()), variables))
    }

    #[test]
    fn an_endpoint_has_the_usual_scheme_of_its_format() {
        let config = of(&[
            ("WEBHOOKS__SHOP__FORMAT", "easypost"),
            ("WEBHOOKS__SHOP__SECRET_FILES", "new,old"),
            ("WEBHOOKS__UPS__FORMAT", "ups_track_alert"),
            ("WEBHOOKS__UPS__TOKEN_FILE", "token"),
            ("DROP__DIR", "in"),
        ])
        .expect("all of this is right");
        let shown: Vec<_> = config
            .webhooks
            .iter()
            .map(|webhook| (webhook.name.as_str(), webhook.signature, webhook.secret_files.len()))
            .collect();
        assert_eq!(shown, [("shop", Scheme::EasyPost, 2), ("ups", Scheme::Bearer, 1)]);
        let drop = Folder {
            dir: PathBuf::from("in"),
            every: Duration::from_secs(2),
        };
        assert_eq!(config.drop, Some(drop));
        let none = of(&[]).expect("the reference is right");
        assert_eq!((none.webhooks, none.drop), (Vec::new(), None));
    }

    #[test]
    fn an_endpoint_that_could_not_know_its_sender_is_refused() {
        for (key, value, expected) in [
            (
                "FORMAT",
                "easy post",
                "`format` in [webhooks.shop] is `easy post`; it is canonical, csv,",
            ),
            (
                "SIGNATURE",
                "rot13",
                "`signature` in [webhooks.shop] is `rot13`; there are: easypost,",
            ),
            (
                "SECRET_FILES",
                "",
                "[webhooks.shop] has no secret to know its sender by (signature easypost)",
            ),
            (
                "SIGNATURE",
                "token",
                "[webhooks.shop] must name in `header` where the sender puts its proof",
            ),
            (
                "TOKEN_FILE",
                "t",
                "`token_file` in [webhooks.shop] is for signature token, bearer or basic",
            ),
            (
                "HEADER",
                "X-Sign",
                "`header` in [webhooks.shop] is `X-Sign`; it is the name of a header, for signature",
            ),
            (
                "MERCHANT",
                "a;b",
                "`merchant` in [webhooks.shop] is `a;b`; it takes 1 to 64 letters",
            ),
            (
                "TOLERANCE",
                "2h",
                "`tolerance` in [webhooks.shop] is 2h; it may be 1s to 1h",
            ),
        ] {
            let mut lines = vec![
                ("WEBHOOKS__SHOP__FORMAT", "easypost"),
                ("WEBHOOKS__SHOP__SECRET_FILES", "s"),
            ];
            let name = format!("WEBHOOKS__SHOP__{key}");
            lines.retain(|(known, _)| *known != name);
            lines.push((&name, value));
            let error = of(&lines).expect_err(key).to_string();
            assert!(error.contains(expected), "{key}\n{error}");
        }
    }
}
