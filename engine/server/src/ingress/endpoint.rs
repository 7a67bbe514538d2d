//! An endpoint of a carrier or aggregator: who may send there, and what came lately.

use crate::config::Webhook;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use milepost_connectors::carriers::Format;
use milepost_connectors::carriers::signature::{Proof, Request, Unproven, Verifier};
use milepost_connectors::log::{Append, Destination};
use milepost_model::{Timestamp, partition};
use milepost_runtime::format_texts::FormatTexts;
use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A repeat is known at least so long.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Events that are remembered; of more the oldest are forgotten.
const REMEMBERED_MAX: usize = 16_384;

/// More is no secret.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// An endpoint.
pub(crate) struct Endpoint {
    pub(crate) format: String,
    name: String,
    /// What the log is told of the format, and what scans get that do not say it.
    header: Option<Box<str>>,
    verifier: Verifier,
    seen: Mutex<Seen>,
}

impl Endpoint {
    pub(super) fn new(webhook: &Webhook) -> Result<Self> {
        let whose = || format!("[webhooks.{}]", webhook.name);
        let verifier = read_secrets(webhook).with_context(whose)?;
        Ok(Self {
            format: webhook.format.clone(),
            name: webhook.name.clone(),
            header: header(webhook),
            verifier,
            seen: Mutex::new(Seen::new(webhook.tolerance.max(REMEMBERED))),
        })
    }

    /// Whether its sender sent this.
    pub(crate) fn verify(&self, request: &Request<'_>) -> Result<Proof, Unproven> {
        self.verifier.verify(request)
    }

    /// Whether this stands in the log, to be read by these mapping files, by what we remember. Who has mended a mapping sends
    /// again what was read wrongly.
    pub(crate) fn has(&self, digest: &[u8; 32], formats: &Arc<FormatTexts>, now: Timestamp) -> bool {
        let mut seen = self.seen();
        seen.read_by(formats);
        seen.has(digest, now)
    }

    /// Remembers that this stands in the log, to be read by these mapping files.
    pub(crate) fn remember(&self, digest: [u8; 32], formats: &Arc<FormatTexts>, now: Timestamp) {
        let mut seen = self.seen();
        if Arc::ptr_eq(&seen.formats, formats) {
            seen.add(digest, now);
        }
    }

    /// The body as it is, as one message. All of one endpoint go to one share, in their order.
    pub(crate) fn message(&self, body: Bytes) -> Append {
        Append {
            to: Destination::Partition(partition(&self.name)),
            format: self.header.clone(),
            payload: body,
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `easypost; merchant=acme`: the format, and what is set.
fn header(webhook: &Webhook) -> Option<Box<str>> {
    let parameters = [
        ("carrier", &webhook.carrier),
        ("merchant", &webhook.merchant),
        ("source", &webhook.source),
    ];
    let mut header = webhook.format.clone();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        header.push_str(&format!("; {name}={value}"));
    }
    (header != Format::Canonical.name()).then(|| header.into())
}

/// Reads what is needed to know an endpoint's sender.
///
/// # Errors
/// Which file is wrong; never what stands in it.
pub(crate) fn read_secrets(webhook: &Webhook) -> Result<Verifier> {
    let mut secrets = Vec::new();
    for path in &webhook.secret_files {
        secrets.push(read(path).with_context(|| format!("the secret file {} cannot be read", path.display()))?);
    }
    let tolerance_ms = i64::try_from(webhook.tolerance.as_millis()).unwrap_or(i64::MAX);
    let verifier = Verifier::new(webhook.signature, &webhook.header, &secrets, tolerance_ms);
    verifier.map_err(|(number, why)| {
        let path = webhook.secret_files.get(number).map(|path| path.display().to_string());
        anyhow::anyhow!(
            "the secret file {} is of no use for signature {}: {why}",
            path.unwrap_or_default(),
            webhook.signature.name()
        )
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() || about.len() > SECRET_BYTES_MAX {
        bail!("it is no file, or has more than {SECRET_BYTES_MAX} bytes");
    }
    Ok(std::fs::read(path)?)
}

/// Fingerprints of what was stored lately.
struct Seen {
    keep_ms: i64,
    /// The mapping files by which it is read.
    formats: Arc<FormatTexts>,
    /// The oldest first.
    in_order: VecDeque<(Timestamp, [u8; 32])>,
    digests: HashSet<[u8; 32]>,
}

impl Seen {
    fn new(keep: Duration) -> Self {
        Self {
            keep_ms: i64::try_from(keep.as_millis()).unwrap_or(i64::MAX),
            formats: Arc::default(),
            in_order: VecDeque::new(),
            digests: HashSet::new(),
        }
    }

    /// What was read by other mapping files is forgotten.
    fn read_by(&mut self, formats: &Arc<FormatTexts>) {
        if !Arc::ptr_eq(&self.formats, formats) {
            self.formats = Arc::clone(formats);
            self.in_order.clear();
            self.digests.clear();
        }
    }

    fn has(&mut self, digest: &[u8; 32], now: Timestamp) -> bool {
        while let Some((at, oldest)) = self.in_order.front() {
            if now.since(*at) <= self.keep_ms && self.in_order.len() <= REMEMBERED_MAX {
                break;
            }
            self.digests.remove(oldest);
            self.in_order.pop_front();
        }
        self.digests.contains(digest)
    }

    fn add(&mut self, digest: [u8; 32], now: Timestamp) {
        if self.digests.insert(digest) {
            self.in_order.push_back((now, digest));
        }
        // Forgets what is too much.
        self.has(&digest, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_known_for_its_time_and_of_too_many_the_oldest_are_forgotten() {
        let mut seen = Seen::new(Duration::from_secs(600));
        let now = Timestamp::from_millis(1_772_373_802_000);
        let digest = |number: usize| {
            let mut digest = [0; 32];
            for (to, from) in digest.iter_mut().zip(number.to_le_bytes()) {
                *to = from;
            }
            digest
        };
        assert!(!seen.has(&digest(0), now));
        seen.add(digest(0), now);
        seen.add(digest(0), now);
        assert!(seen.has(&digest(0), now.plus(600_000)));
        assert!(!seen.has(&digest(0), now.plus(600_001)));
        assert!(seen.in_order.is_empty() && seen.digests.is_empty());
        for number in 0..=REMEMBERED_MAX {
            seen.add(digest(number), now);
        }
        assert_eq!(
            (seen.in_order.len(), seen.digests.len()),
            (REMEMBERED_MAX, REMEMBERED_MAX)
        );
        assert!(!seen.has(&digest(0), now) && seen.has(&digest(1), now) && seen.has(&digest(REMEMBERED_MAX), now));
    }

    #[test]
    fn what_was_read_by_other_mapping_files_is_no_repeat() {
        let mut seen = Seen::new(Duration::from_secs(600));
        let now = Timestamp::from_millis(1_772_373_802_000);
        let (before, after) = (Arc::<FormatTexts>::default(), Arc::<FormatTexts>::default());
        for formats in [&before, &after, &before] {
            seen.read_by(formats);
            assert!(!seen.has(&[7; 32], now));
            seen.add([7; 32], now);
            seen.read_by(formats);
            assert!(seen.has(&[7; 32], now));
        }
    }

    #[test]
    fn the_header_says_what_is_set_and_nothing_else() {
        let webhook = |format: &str, merchant: &str, source: &str| Webhook {
            name: "shop".to_owned(),
            format: format.to_owned(),
            carrier: String::new(),
            merchant: merchant.to_owned(),
            source: source.to_owned(),
            signature: milepost_connectors::carriers::signature::Scheme::None,
            secret_files: Vec::new(),
            header: String::new(),
            tolerance: Duration::from_secs(300),
        };
        for (format, merchant, source, expected) in [
            ("canonical", "", "", None),
            ("csv", "", "", Some("csv")),
            ("easypost", "", "", Some("easypost")),
            ("easypost", "acme", "", Some("easypost; merchant=acme")),
            ("canonical", "acme", "eu", Some("canonical; merchant=acme; source=eu")),
        ] {
            assert_eq!(header(&webhook(format, merchant, source)).as_deref(), expected);
        }
    }
}
