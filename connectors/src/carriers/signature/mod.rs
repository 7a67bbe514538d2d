//! Whether a request comes from whom it says: the ways in which carriers and aggregators prove what they send. Looked at are
//! the raw bytes, before anything reads them; what was compared does not show in how long it took. Pure: the time is an
//! argument, keys are bytes.

mod keys;
mod scheme;

pub use keys::BadSecret;
pub use scheme::Scheme;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keys::Keys;
use milepost_model::Timestamp;
use ring::digest::{self, SHA256};
use ring::hmac;
use std::borrow::Cow;
use std::fmt;

/// A request as it came.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// `POST`.
    pub method: &'r str,
    /// The value of a header, whose name may be written in any case.
    pub header: &'r dyn Fn(&str) -> Option<&'r [u8]>,
    /// The body, byte for byte.
    pub body: &'r [u8],
    /// How late it is.
    pub now: Timestamp,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").finish_non_exhaustive()
    }
}

/// What a request that proved itself has in common with its repeats, and with no other request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof(Vec<u8>);

impl Proof {
    /// A fingerprint of proof and body (SHA-256).
    #[must_use]
    pub fn digest(&self, body: &[u8]) -> [u8; 32] {
        let mut context = digest::Context::new(&SHA256);
        context.update(&(self.0.len() as u64).to_le_bytes());
        context.update(&self.0);
        context.update(body);
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        bytes
    }
}

/// Why a request is not believed. None of it tells anything of the secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unproven {
    /// It does not carry what it should.
    #[error("the request has no `{0}`")]
    Missing(String),
    /// It was signed with another secret, or changed on its way.
    #[error("what `{0}` says does not fit the body and any of the secrets")]
    Wrong(String),
    /// It is genuine, and too old, or of a time to come.
    #[error("it was signed at {at}, and it is {now} now")]
    TooOld {
        /// When it was signed.
        at: Timestamp,
        /// Our time.
        now: Timestamp,
    },
}

/// Looks at requests of one sender.
pub struct Verifier {
    scheme: Scheme,
    /// Of schemes where the receiver chooses it.
    header: String,
    keys: Keys,
    tolerance_ms: i64,
}

impl fmt::Debug for Verifier {
    /// Without the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}

type Verdict = Result<Proof, Unproven>;

impl Verifier {
    /// Looks for proof by any of these secrets: while one takes the place of another, both are good. `header` is where the
    /// receiver chose that the proof stands; empty for that of the scheme. What is signed with a time may be so much off.
    ///
    /// # Errors
    /// What is wrong with which of the secrets.
    pub fn new(
        scheme: Scheme,
        header: &str,
        secrets: &[Vec<u8>],
        tolerance_ms: i64,
    ) -> Result<Self, (usize, BadSecret)> {
        let header = if header.is_empty() { scheme.header() } else { header };
        Ok(Self {
            scheme,
            header: header.to_owned(),
            keys: Keys::read(scheme, secrets)?,
            tolerance_ms,
        })
    }

    /// Whether the request is the sender's own.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verify(&self, request: &Request<'_>) -> Verdict {
        match self.scheme {
            Scheme::None => Ok(Proof(Vec::new())),
            Scheme::Token | Scheme::Bearer | Scheme::Basic => self.token(request),
            Scheme::AfterShip | Scheme::Fedex | Scheme::Shopify | Scheme::HmacSha256 => self.of_body(request),
            Scheme::EasyPost if (request.header)(EASYPOST_V2).is_none() => self.of_body(request),
            Scheme::EasyPost | Scheme::EasyPostV2 => self.easypost_v2(request),
            Scheme::Shippo => self.shippo(request),
            Scheme::ShipEngine => self.shipengine(request),
            Scheme::SeventeenTrack => self.seventeentrack(request),
            Scheme::Usps => self.usps(request),
            Scheme::StandardWebhooks => self.standard_webhooks(request),
        }
    }

    /// A secret that is sent as it is.
    fn token(&self, request: &Request<'_>) -> Verdict {
        let given = asked(request, &self.header)?;
        let wrong = || Unproven::Wrong(self.header.clone());
        let (word, rest) = match given.iter().position(|byte| *byte == b' ') {
            Some(blank) => given.split_at(blank),
            None => (&[][..], given),
        };
        let token = if self.scheme == Scheme::Basic {
            if !word.eq_ignore_ascii_case(b"basic") {
                return Err(wrong());
            }
            Cow::Owned(STANDARD.decode(rest.trim_ascii()).map_err(|_| wrong())?)
        } else if word.eq_ignore_ascii_case(b"bearer") {
            Cow::Borrowed(rest.trim_ascii())
        } else {
            Cow::Borrowed(given)
        };
        // All of them are compared, whichever fits.
        let fitting = self.keys.tokens().filter(|known| is_same(&token, known)).count();
        if fitting == 0 {
            return Err(wrong());
        }
        Ok(Proof(Vec::new()))
    }

    /// The body and nothing else, in a header, in hex or base64.
    fn of_body(&self, request: &Request<'_>) -> Verdict {
        let tag = asked(request, &self.header).map(tag)?;
        self.signed(request.body, &tag, &self.header)
    }

    /// The time, the method, the path as the sender knows it, and the body.
    fn easypost_v2(&self, request: &Request<'_>) -> Verdict {
        let tag = asked(request, EASYPOST_V2).map(tag)?;
        let at = asked(request, "X-Timestamp")?;
        let parts = [at, request.method.as_bytes(), asked(request, "X-Path")?, request.body];
        let proof = self.signed(&parts.concat(), &tag, EASYPOST_V2)?;
        self.in_time(at, "X-Timestamp", request)?;
        Ok(proof)
    }

    /// `t=1772373802,v1=…` over `1772373802.body`.
    fn shippo(&self, request: &Request<'_>) -> Verdict {
        let given = asked(request, &self.header)?;
        let named = |name: &'static [u8]| {
            let parts = given.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
            parts.filter_map(move |part| part.strip_prefix(name))
        };
        let at = named(b"t=")
            .next()
            .ok_or_else(|| Unproven::Wrong(self.header.clone()))?;
        let message = [at, b".", request.body].concat();
        let tags = named(b"v1=").map(tag);
        let proof = self.any_signed(&message, tags, &self.header)?;
        self.in_time(at, &self.header, request)?;
        Ok(proof)
    }

    /// RSA over `time.body`; which key, a header says.
    fn shipengine(&self, request: &Request<'_>) -> Verdict {
        let signature = tag(asked(request, &self.header)?);
        let id = (request.header)("x-shipengine-rsa-sha256-key-id");
        let at = asked(request, "x-shipengine-timestamp")?;
        let message = [at, b".", request.body].concat();
        if !self.keys.has_rsa_signed(id, &message, &signature) {
            return Err(Unproven::Wrong(self.header.clone()));
        }
        self.in_time(at, "x-shipengine-timestamp", request)?;
        Ok(Proof(signature))
    }

    /// SHA-256 of `body/key`.
    fn seventeentrack(&self, request: &Request<'_>) -> Verdict {
        let given = tag(asked(request, &self.header)?);
        let fits = |key: &&[u8]| {
            let sum = digest::digest(&SHA256, &[request.body, b"/", key].concat());
            is_same(&given, sum.as_ref())
        };
        if self.keys.tokens().filter(fits).count() == 0 {
            return Err(Unproven::Wrong(self.header.clone()));
        }
        Ok(Proof(given))
    }

    /// Two members of the body: a time, and a text that is the payload. The one scheme that has to read before it knows.
    fn usps(&self, request: &Request<'_>) -> Verdict {
        let name = if (request.header)(USPS_OLD).is_some() {
            USPS_OLD
        } else {
            &self.header
        };
        let tag = tag(asked(request, name)?);
        let envelope: Envelope<'_> =
            serde_json::from_slice(request.body).map_err(|_| Unproven::Missing("timestamp and payload".to_owned()))?;
        let message = format!("{}{}", envelope.timestamp, envelope.payload);
        let proof = self.signed(message.as_bytes(), &tag, name)?;
        self.in_time(envelope.timestamp.as_bytes(), "timestamp", request)?;
        Ok(proof)
    }

    /// Standard Webhooks 1.0: `id.time.body`, several signatures with blanks between. A repeat has the id of the first.
    fn standard_webhooks(&self, request: &Request<'_>) -> Verdict {
        let given = asked(request, &self.header)?;
        let id = asked(request, "webhook-id")?;
        let at = asked(request, "webhook-timestamp")?;
        let message = [id, b".", at, b".", request.body].concat();
        let parts = given.split(|byte| *byte == b' ');
        let tags = parts.filter_map(|part| part.strip_prefix(b"v1,")).map(tag);
        self.any_signed(&message, tags, &self.header)?;
        self.in_time(at, "webhook-timestamp", request)?;
        Ok(Proof(id.to_vec()))
    }

    fn signed(&self, message: &[u8], tag: &[u8], header: &str) -> Verdict {
        self.any_signed(message, std::iter::once(tag.to_vec()), header)
    }

    /// Whether one of the tags is one of ours.
    fn any_signed(&self, message: &[u8], tags: impl Iterator<Item = Vec<u8>>, header: &str) -> Verdict {
        for tag in tags.take(TAGS_MAX) {
            if self.keys.hmacs().any(|key| hmac::verify(key, message, &tag).is_ok()) {
                return Ok(Proof(tag));
            }
        }
        Err(Unproven::Wrong(header.to_owned()))
    }

    fn in_time(&self, at: &[u8], name: &str, request: &Request<'_>) -> Result<(), Unproven> {
        let at = std::str::from_utf8(at).ok().and_then(instant);
        let at = at.ok_or_else(|| Unproven::Missing(format!("time in {name}")))?;
        let now = request.now;
        if now.since(at).unsigned_abs() > self.tolerance_ms.unsigned_abs() {
            return Err(Unproven::TooOld { at, now });
        }
        Ok(())
    }
}

const EASYPOST_V2: &str = "X-Hmac-Signature-V2";
const USPS_OLD: &str = "hmac-header";

/// Signatures of one request that are looked at.
const TAGS_MAX: usize = 16;

#[derive(serde::Deserialize)]
struct Envelope<'e> {
    #[serde(borrow)]
    timestamp: Cow<'e, str>,
    #[serde(borrow)]
    payload: Cow<'e, str>,
}

fn asked<'r>(request: &Request<'r>, name: &str) -> Result<&'r [u8], Unproven> {
    let value = (request.header)(name).map(<[u8]>::trim_ascii);
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Unproven::Missing(name.to_owned()))
}

/// The bytes of a signature that is written in hex or base64, perhaps behind the name of the method. Empty when it is neither,
/// which is no signature of anything.
fn tag(text: &[u8]) -> Vec<u8> {
    let prefixes: [&[u8]; 3] = [b"hmac-sha256-hex=", b"hmac-sha256=", b"sha256="];
    let bare = prefixes.iter().find_map(|prefix| text.strip_prefix(*prefix));
    let bare = bare.unwrap_or(text);
    hex(bare).or_else(|| STANDARD.decode(bare).ok()).unwrap_or_default()
}

/// The 32 bytes of 64 digits.
fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() != 64 {
        return None;
    }
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some((digit(high)? << 4) | digit(low)?),
        _other => None,
    });
    pairs.collect()
}

/// An instant as senders write it: seconds or milliseconds since 1970, ISO 8601 with an offset, or as in a mail.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        // Seconds of today have ten digits, milliseconds thirteen; more is no time.
        return match number {
            0..100_000_000_000 => Some(Timestamp::from_millis(number * 1000)),
            100_000_000_000..100_000_000_000_000 => Some(Timestamp::from_millis(number)),
            _other => None,
        };
    }
    if let Ok(at) = Timestamp::parse(text) {
        return Some(at);
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_millis(at.timestamp().as_millisecond()))
}

/// Whether two secrets are the same, found out in a time that does not tell how much of them is.
#[must_use]
pub fn is_same(given: &[u8], known: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"milepost: are they the same?");
    hmac::verify(&key, given, hmac::sign(&key, known).as_ref()).is_ok()
}

#[cfg(test)]
mod tests;
