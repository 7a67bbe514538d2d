//! Secrets as the sender's way of signing needs them.

use super::Scheme;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use icu_normalizer::DecomposingNormalizerBorrowed;
use ring::hmac::{self, HMAC_SHA256};
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;

/// Why a secret is none. It is not shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadSecret {
    /// Nothing stands there.
    #[error("it is empty")]
    Empty,
    /// It is to be text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// A secret of Standard Webhooks.
    #[error("it is not `whsec_` and base64, as secrets of Standard Webhooks are")]
    NotBase64,
    /// A user and a password.
    #[error("it is not `user:password`")]
    NotUserAndPassword,
    /// Public keys.
    #[error("it holds no RSA public key: neither a JWKS ({{\"keys\": …}}) nor PEM")]
    NoPublicKey,
}

/// All keys of one sender.
pub(super) enum Keys {
    Hmac(Vec<hmac::Key>),
    Tokens(Vec<Vec<u8>>),
    Rsa(Vec<RsaKey>),
}

/// An RSA public key.
pub(super) struct RsaKey {
    /// Its name, where it has one.
    id: Option<String>,
    numbers: Numbers,
}

enum Numbers {
    /// PKCS #1.
    Der(Vec<u8>),
    /// Modulus and exponent, of a JWK.
    Parts(PublicKeyComponents<Vec<u8>>),
}

impl Keys {
    pub(super) fn read(scheme: Scheme, secrets: &[Vec<u8>]) -> Result<Self, (usize, BadSecret)> {
        let (mut hmacs, mut tokens, mut rsa) = (Vec::new(), Vec::new(), Vec::new());
        for (number, secret) in secrets.iter().enumerate() {
            let wrong = |why| (number, why);
            let secret = secret.trim_ascii();
            if secret.is_empty() {
                return Err(wrong(BadSecret::Empty));
            }
            match scheme {
                Scheme::None => {}
                Scheme::Basic if !secret.contains(&b':') => return Err(wrong(BadSecret::NotUserAndPassword)),
                Scheme::Token | Scheme::Bearer | Scheme::Basic | Scheme::SeventeenTrack => tokens.push(secret.to_vec()),
                Scheme::ShipEngine => rsa.extend(public_keys(secret).map_err(wrong)?),
                Scheme::EasyPost | Scheme::EasyPostV2 => {
                    let text = std::str::from_utf8(secret).map_err(|_| wrong(BadSecret::NotText))?;
                    let text = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
                    hmacs.push(hmac::Key::new(HMAC_SHA256, text.as_bytes()));
                }
                Scheme::StandardWebhooks => {
                    let bare = secret.strip_prefix(b"whsec_").unwrap_or(secret);
                    let bytes = STANDARD.decode(bare).map_err(|_| wrong(BadSecret::NotBase64))?;
                    hmacs.push(hmac::Key::new(HMAC_SHA256, &bytes));
                }
                Scheme::AfterShip
                | Scheme::Shippo
                | Scheme::Fedex
                | Scheme::Usps
                | Scheme::Shopify
                | Scheme::HmacSha256 => hmacs.push(hmac::Key::new(HMAC_SHA256, secret)),
            }
        }
        Ok(if !rsa.is_empty() {
            Self::Rsa(rsa)
        } else if !tokens.is_empty() {
            Self::Tokens(tokens)
        } else {
            Self::Hmac(hmacs)
        })
    }

    pub(super) fn hmacs(&self) -> impl Iterator<Item = &hmac::Key> {
        match self {
            Self::Hmac(keys) => keys.iter(),
            Self::Tokens(_) | Self::Rsa(_) => [].iter(),
        }
    }

    pub(super) fn tokens(&self) -> impl Iterator<Item = &[u8]> {
        let tokens = match self {
            Self::Tokens(tokens) => tokens.as_slice(),
            Self::Hmac(_) | Self::Rsa(_) => &[],
        };
        tokens.iter().map(Vec::as_slice)
    }

    /// Whether a key of that name, or one without a name, has signed this.
    pub(super) fn has_rsa_signed(&self, id: Option<&[u8]>, message: &[u8], signature: &[u8]) -> bool {
        let keys = match self {
            Self::Rsa(keys) => keys.as_slice(),
            Self::Hmac(_) | Self::Tokens(_) => &[],
        };
        let named = |key: &&RsaKey| match (&key.id, id) {
            (Some(known), Some(id)) => known.as_bytes() == id,
            (None, _) | (_, None) => true,
        };
        keys.iter().filter(named).any(|key| key.has_signed(message, signature))
    }
}

impl RsaKey {
    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match &self.numbers {
            Numbers::Der(der) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).verify(message, signature),
            Numbers::Parts(parts) => parts.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.is_ok()
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The RSA keys of a JWKS, or of PEM with one key or several.
fn public_keys(text: &[u8]) -> Result<Vec<RsaKey>, BadSecret> {
    let text = std::str::from_utf8(text).map_err(|_| BadSecret::NotText)?;
    let keys: Vec<RsaKey> = match serde_json::from_str::<KeySet>(text) {
        Ok(set) => set.keys.into_iter().filter_map(of_jwk).collect(),
        Err(_) => text.split("-----BEGIN ").skip(1).filter_map(of_pem).collect(),
    };
    if keys.is_empty() {
        return Err(BadSecret::NoPublicKey);
    }
    Ok(keys)
}

fn of_jwk(jwk: Jwk) -> Option<RsaKey> {
    let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?.trim_end_matches('=')).ok();
    let numbers = Numbers::Parts(PublicKeyComponents {
        n: bytes(jwk.n)?,
        e: bytes(jwk.e)?,
    });
    (jwk.kty == "RSA").then_some(RsaKey { id: jwk.kid, numbers })
}

/// What follows on `-----BEGIN `.
fn of_pem(text: &str) -> Option<RsaKey> {
    let (title, rest) = text.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    let der = match title {
        "RSA PUBLIC KEY" => der,
        "PUBLIC KEY" => bare(&der)?.to_vec(),
        _other => return None,
    };
    Some(RsaKey {
        id: None,
        numbers: Numbers::Der(der),
    })
}

/// The PKCS #1 key within a SubjectPublicKeyInfo: a sequence of the method and of a string of bits.
fn bare(der: &[u8]) -> Option<&[u8]> {
    let (outer, _) = element(0x30, der)?;
    let (_method, rest) = element(0x30, outer)?;
    let (bits, _) = element(0x03, rest)?;
    bits.strip_prefix(&[0])
}

/// The content of the DER element with this tag, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
        // No key has more bytes than three digits say.
        let length = digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
        (digits.len() <= 3).then_some((length, rest))?
    };
    let content = rest.split_at_checked(length)?;
    (*found == tag).then_some(content)
}
