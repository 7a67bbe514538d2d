//! Known answers. The expected signatures were computed by Python's `hmac`, `hashlib` and `base64` and by `openssl dgst -sha256
//! -sign`, from the bytes beside them, and not by the code under test; that of Shopify with the secret `hush` too.

use super::*;

/// 2026-03-01T14:03:22Z.
const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);
const BODY: &[u8] = br#"{"event":"tracked","n":1}"#;
const USPS: &str = r#"{"subscriptionId":"x","timestamp":"2026-03-01T14:03:22Z","payload":"{\"trackingNumber\":\"9205590176547733418824\",\"status\":\"\u00e9\"}"}"#;
const FIVE_MINUTES: i64 = 300_000;

const PEM: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4RZUPMrYlmvvaE38tgJN
Kg/uKwd5jbRyzDHpRFrSibB1wNCKmX/CpfAQuD22qD3Bj0tPbe3TI7B3FEz+09lu
zyoojrqEgUi8XzAFpZWZiY9QFUOdMIi5rR2MjJf8tQv883ajWxURDNYohkxjCj+l
NxFqopqmZU7ZpDfKz+ezUE2F6V6bCILskugFY/fdMErXp5u1bVd5GB6aH/Vk9c97
FWgQ6bjapAjoAYo8Ub2OFwq1gk1TLe4kJXFAdj8zyEO9TmD6DftgwmlPBleeMt/D
PcTbV0Vb1/8c+SKlfX6udrdi5lZFjnnp+ZtJ8xNi6FosFPU1Sf3iBvw3wwjjRf2v
SQIDAQAB
-----END PUBLIC KEY-----
";
const PEM_PKCS1: &str = "\
-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEA4RZUPMrYlmvvaE38tgJNKg/uKwd5jbRyzDHpRFrSibB1wNCKmX/C
pfAQuD22qD3Bj0tPbe3TI7B3FEz+09luzyoojrqEgUi8XzAFpZWZiY9QFUOdMIi5
rR2MjJf8tQv883ajWxURDNYohkxjCj+lNxFqopqmZU7ZpDfKz+ezUE2F6V6bCILs
kugFY/fdMErXp5u1bVd5GB6aH/Vk9c97FWgQ6bjapAjoAYo8Ub2OFwq1gk1TLe4k
JXFAdj8zyEO9TmD6DftgwmlPBleeMt/DPcTbV0Vb1/8c+SKlfX6udrdi5lZFjnnp
+ZtJ8xNi6FosFPU1Sf3iBvw3wwjjRf2vSQIDAQAB
-----END RSA PUBLIC KEY-----
";
const RSA: &str = "nzYYe8Wp1i61PkY8BI9tYSh7vi5HBhEZZk3aRl+5AqYdvnfmCXbNnfWAQt+rby2gB7LavLnYjniTZfVCbDK0ZBMeg59cGQquMyGd8Ez8UmacysAjPpO4lslPKPXzP7tSRm/1AjXdaZZS6LGGIWL9hEiLCBmIE8lCUNR80kjXa56znGovLzH0Mxi3O4Sl3eTK/joiYvlQEYL3Pfy+hJtrmig+9IEpuVLpWQfJgukdF954Q/EtsesZXmbmRlmHGZ8tHyvwZ2h0mSNJxud8HkNTzfjmBr7yRf6juKve2ZeNnlBc82aVk81rArrZZAOotazCkjpBBWCgiJc7nfzOz/1+IA==";
const MODULUS: &str = "4RZUPMrYlmvvaE38tgJNKg_uKwd5jbRyzDHpRFrSibB1wNCKmX_CpfAQuD22qD3Bj0tPbe3TI7B3FEz-09luzyoojrqEgUi8XzAFpZWZiY9QFUOdMIi5rR2MjJf8tQv883ajWxURDNYohkxjCj-lNxFqopqmZU7ZpDfKz-ezUE2F6V6bCILskugFY_fdMErXp5u1bVd5GB6aH_Vk9c97FWgQ6bjapAjoAYo8Ub2OFwq1gk1TLe4kJXFAdj8zyEO9TmD6DftgwmlPBleeMt_DPcTbV0Vb1_8c-SKlfX6udrdi5lZFjnnp-ZtJ8xNi6FosFPU1Sf3iBvw3wwjjRf2vSQ";

fn jwks(kid: &str) -> String {
    format!(
        r#"{{"keys":[{{"kty":"EC","kid":"e","crv":"P-256"}},{{"kty":"RSA","kid":"{kid}","n":"{MODULUS}","e":"AQAB"}}]}}"#
    )
}

/// What a sender sends, and what is configured for it.
#[derive(Clone)]
struct Case {
    scheme: Scheme,
    header: &'static str,
    secret: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Whether the time is signed too.
    timed: bool,
}

impl Case {
    fn of(scheme: Scheme, secret: &str, headers: &[(&'static str, &str)]) -> Self {
        Self {
            scheme,
            header: "",
            secret: secret.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            body: BODY.to_vec(),
            timed: false,
        }
    }

    fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    fn named(mut self, header: &'static str) -> Self {
        self.header = header;
        self
    }

    fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    fn verdict(&self, secrets: &[&str], now: Timestamp) -> Verdict {
        let secrets: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.as_bytes().to_vec()).collect();
        let verifier = Verifier::new(self.scheme, self.header, &secrets, FIVE_MINUTES);
        let find = |name: &str| {
            let mut found = self
                .headers
                .iter()
                .filter(|(known, _)| known.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.as_bytes())
        };
        verifier.expect("the secrets are good").verify(&Request {
            method: "POST",
            header: &find,
            body: &self.body,
            now,
        })
    }
}

fn cases() -> Vec<Case> {
    easypost().into_iter().chain(others()).collect()
}

/// hmac.new(unicodedata.normalize("NFKD", secret).encode(), message, hashlib.sha256).hexdigest() of the body, and of
/// "Sun, 01 Mar 2026 14:03:22 +0000" + "POST" + "/v1/webhooks/easypost/shop" + body.
fn easypost() -> [Case; 3] {
    // The secret is not in NFKD: `\u{e9}` is one character, `\u{fb01}` a ligature, `\u{2116}` a sign for two letters.
    let accented = "cl\u{e9} \u{fb01}ve \u{2116}7";
    let first = "hmac-sha256-hex=e0112c086c4beaf6f7ac952bc086d03999fa27a2e4112bac032d15ad0326ee39";
    let second = [
        (
            "X-Hmac-Signature-V2",
            "271d9a5634469db597c1c540480441cf90f8e06874c477f092d4d64ef6c48acd",
        ),
        ("X-Timestamp", "Sun, 01 Mar 2026 14:03:22 +0000"),
        ("X-Path", "/v1/webhooks/easypost/shop"),
    ];
    [
        Case::of(Scheme::EasyPost, accented, &[("x-hmac-signature", first)]),
        Case::of(Scheme::EasyPost, accented, &second).timed(),
        Case::of(Scheme::EasyPostV2, accented, &second).timed(),
    ]
}

/// base64.b64encode(hmac.new(b"hush-hush", body, hashlib.sha256).digest()), and hexdigest(); Shippo of "1772373802." + body;
/// USPS of timestamp + payload as text; Standard Webhooks of "msg_1.1772373802." + body with the key bytes(range(24));
/// 17TRACK hashlib.sha256(body + b"/hush-hush").hexdigest().
fn others() -> Vec<Case> {
    let hex = "642b440f1f9484db7d53f57c97b419921cec58afad0829299ef7d6f6628a1769";
    let base64 = "ZCtEDx+UhNt9U/V8l7QZkhzsWK+tCCkpnvfW9mKKF2k=";
    let prefixed = format!("sha256={hex}");
    let (of_body, hush) = ("hush-hush", "hush-hush\n");
    let rsa = [
        ("x-shipengine-rsa-sha256-signature", RSA),
        ("x-shipengine-rsa-sha256-key-id", "k1"),
        ("x-shipengine-timestamp", "2026-03-01T14:03:22Z"),
    ];
    let shippo = "t=1772373802,v1=7bc8a34b83aceda4ce3c4a445ef731d7c98e843709a4e6129e6ae50c481bfaf5";
    let standard = "v1a,AAAA v1,AAAA v1,fhV+jsAVTMK9jcLCLw4WhtoV+XHpgnefeHT5dq6Mclw=";
    let standard = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", "1772373802"),
        ("webhook-signature", standard),
    ];
    let seventeen = "de07cbc697066dff78cbed29dae77d0ff9c4fc7a40a78038bab5ab7572c246b5";
    let usps = "2yH9eVeiB5j1W97v5qbc8N3GufYTm2m/P0gk8df67s0=";
    let shopify = "qBvrsZF7RfB1iS6BX6IHqJTp5L911P7intnPeTPsH0I=";
    vec![
        Case::of(Scheme::AfterShip, of_body, &[("AfterShip-Hmac-Sha256", base64)]),
        Case::of(Scheme::Shippo, of_body, &[("shippo-auth-signature", shippo)]).timed(),
        Case::of(Scheme::ShipEngine, PEM, &rsa).timed(),
        Case::of(Scheme::ShipEngine, PEM_PKCS1, &rsa).timed(),
        Case::of(Scheme::ShipEngine, &jwks("k1"), &rsa).timed(),
        Case::of(Scheme::SeventeenTrack, hush, &[("sign", seventeen)]),
        Case::of(Scheme::Fedex, of_body, &[("fdx-signature", hex)]),
        Case::of(Scheme::Fedex, of_body, &[("fdx-signature", base64)]),
        Case::of(Scheme::Usps, of_body, &[("X-HMAC", usps)])
            .body(USPS.as_bytes())
            .timed(),
        Case::of(Scheme::Usps, of_body, &[("hmac-header", usps)])
            .body(USPS.as_bytes())
            .timed(),
        Case::of(Scheme::Shopify, hush, &[("X-Shopify-Hmac-SHA256", base64)]),
        Case::of(Scheme::Shopify, "hush", &[("X-Shopify-Hmac-SHA256", shopify)]).body(br#"{"id":820982911946154508}"#),
        Case::of(Scheme::HmacSha256, hush, &[("x-hub-signature-256", &prefixed)]).named("X-Hub-Signature-256"),
        Case::of(
            Scheme::StandardWebhooks,
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            &standard,
        )
        .timed(),
        Case::of(
            Scheme::StandardWebhooks,
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n",
            &standard,
        )
        .timed(),
        Case::of(Scheme::Token, hush, &[("DHL-Key", "hush-hush")]).named("dhl-key"),
        Case::of(Scheme::Bearer, hush, &[("authorization", "Bearer hush-hush")]),
        Case::of(
            Scheme::Basic,
            "milepost:hush",
            &[("Authorization", "Basic bWlsZXBvc3Q6aHVzaA==")],
        ),
    ]
}

/// Another secret of the same kind.
fn other(case: &Case) -> String {
    let special = [
        (Scheme::ShipEngine, jwks("k1").replace("4RZU", "5RZU")),
        (Scheme::Basic, "milepost:hush2".to_owned()),
        (
            Scheme::StandardWebhooks,
            "whsec_BAECAwQFBgcICQoLDA0ODxAREhMUFRYX".to_owned(),
        ),
    ];
    let found = special.into_iter().find(|(scheme, _)| *scheme == case.scheme);
    found.map_or("hush-hush2".to_owned(), |(_, secret)| secret)
}

#[test]
fn a_genuine_request_is_believed_and_one_with_any_byte_changed_is_not() {
    for case in cases() {
        let (name, secret) = (case.scheme.name(), case.secret.as_str());
        let proof = case.verdict(&[secret], NOW).expect(name);
        let other = other(&case);
        assert!(
            matches!(case.verdict(&[&other], NOW), Err(Unproven::Wrong(_))),
            "{name}: another secret"
        );
        // Rotation: whichever of the two the sender has.
        assert_eq!(case.verdict(&[&other, secret], NOW), Ok(proof.clone()), "{name}");
        assert_eq!(case.verdict(&[secret, &other], NOW), Ok(proof.clone()), "{name}");
        assert_eq!(
            case.verdict(&[secret], NOW),
            Ok(proof.clone()),
            "{name}: the same again has the same proof"
        );
        assert_ne!(proof.digest(&case.body), proof.digest(b"other"), "{name}");
        for (number, (header, value)) in case.headers.iter().enumerate() {
            let mut bare = case.clone();
            bare.headers.remove(number);
            if *header == "x-shipengine-rsa-sha256-key-id" {
                assert!(
                    bare.verdict(&[secret], NOW).is_ok(),
                    "without a name every key is tried"
                );
                continue;
            }
            assert!(bare.verdict(&[secret], NOW).is_err(), "{name} without {header}");
            let mut changed = case.clone();
            let end = value.trim_end_matches('=');
            let (front, last) = end.split_at(end.len() - 2);
            let last = if last == "00" { "11" } else { "00" };
            changed
                .headers
                .splice(number..=number, [(*header, format!("{front}{last}"))]);
            assert!(changed.verdict(&[secret], NOW).is_err(), "{name} with another {header}");
        }
        if case.scheme.is_token() {
            continue;
        }
        for at in 0..case.body.len() {
            let mut changed = case.clone();
            if let Some(byte) = changed.body.get_mut(at) {
                *byte ^= 1;
            }
            let outside = case.scheme == Scheme::Usps && changed.verdict(&[secret], NOW).is_ok();
            // Of the envelope of USPS two members are signed; what stands around them says nothing that is read.
            assert!(
                if outside {
                    at < 22
                } else {
                    changed.verdict(&[secret], NOW).is_err()
                },
                "{name}: byte {at} of the body"
            );
        }
    }
}

#[test]
fn what_is_signed_with_a_time_is_believed_for_five_minutes_and_not_before() {
    for case in cases() {
        for (seconds, good) in [(-301, false), (-299, true), (299, true), (301, false), (86_400, false)] {
            let verdict = case.verdict(&[&case.secret], NOW.plus(seconds * 1000));
            if good || !case.timed {
                assert!(verdict.is_ok(), "{}: {seconds} s later", case.scheme.name());
            } else {
                assert!(
                    matches!(verdict, Err(Unproven::TooOld { at: NOW, .. })),
                    "{}: {seconds} s later: {verdict:?}",
                    case.scheme.name()
                );
            }
        }
    }
}

#[test]
fn a_key_that_has_a_name_counts_under_that_name_only() {
    let case = cases()
        .into_iter()
        .find(|case| case.secret.starts_with('{'))
        .expect("one has a JWKS");
    assert!(matches!(case.verdict(&[&jwks("k2")], NOW), Err(Unproven::Wrong(_))));
    assert!(case.verdict(&[&jwks("k2"), &jwks("k1")], NOW).is_ok());
}

#[test]
fn with_no_scheme_all_are_believed_and_with_no_secret_none() {
    assert!(Case::of(Scheme::None, "", &[]).verdict(&[], NOW).is_ok());
    for case in cases() {
        assert!(case.verdict(&[], NOW).is_err(), "{}", case.scheme.name());
    }
}

#[test]
fn secrets_that_are_none_are_refused_without_being_shown() {
    for (scheme, secret, expected) in [
        (Scheme::Shopify, " \n", BadSecret::Empty),
        (Scheme::StandardWebhooks, "whsec_not base64", BadSecret::NotBase64),
        (Scheme::Basic, "hush", BadSecret::NotUserAndPassword),
        (Scheme::ShipEngine, "hush", BadSecret::NoPublicKey),
        (
            Scheme::ShipEngine,
            "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----",
            BadSecret::NoPublicKey,
        ),
    ] {
        let has_good = [Scheme::Shopify, Scheme::Basic].contains(&scheme);
        let good = has_good.then(|| b"user:password".to_vec());
        let secrets: Vec<Vec<u8>> = good.into_iter().chain([secret.as_bytes().to_vec()]).collect();
        let (number, wrong) = Verifier::new(scheme, "", &secrets, 0).map(drop).expect_err(secret);
        assert_eq!((number, wrong), (secrets.len() - 1, expected));
        assert!(!wrong.to_string().contains("hush"));
    }
}

#[test]
fn each_scheme_has_a_name_and_each_format_one_scheme() {
    for scheme in Scheme::ALL {
        assert_eq!(Scheme::of_name(scheme.name()), Some(scheme));
    }
    for (format, scheme) in [
        ("easypost", Scheme::EasyPost),
        ("fedex_track", Scheme::Fedex),
        ("usps_v3", Scheme::Usps),
        ("dhl_unified", Scheme::Token),
        ("ups_track_alert", Scheme::Bearer),
        ("canonical", Scheme::StandardWebhooks),
        ("x12_214", Scheme::StandardWebhooks),
    ] {
        assert_eq!(Scheme::usual(format), scheme, "{format}");
    }
}

#[test]
fn times_are_read_as_senders_write_them() {
    for text in [
        "1772373802",
        "1772373802000",
        "2026-03-01T14:03:22Z",
        "2026-03-01T09:03:22-05:00",
        "Sun, 01 Mar 2026 14:03:22 +0000",
        "Sun, 01 Mar 2026 14:03:22 GMT",
    ] {
        assert_eq!(instant(text), Some(NOW), "{text}");
    }
    for text in [
        "",
        "yesterday",
        "99999999999999999999",
        "-9223372036854775808",
        "9223372036854775807",
        "2026-03-01T14:03:22",
    ] {
        assert_eq!(instant(text), None, "{text}");
    }
}
