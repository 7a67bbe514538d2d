//! The ways in which senders prove themselves, by their names in the settings.

macro_rules! schemes {
    ($($(#[doc = $doc:literal])+ $scheme:ident $name:literal $header:literal $of:tt;)+) => {
        /// How a sender proves that a request is its own.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Scheme {
            $($(#[doc = $doc])+ $scheme,)+
        }

        impl Scheme {
            /// All of them.
            pub const ALL: [Self; [$(Self::$scheme),+].len()] = [$(Self::$scheme),+];

            /// Its name in the settings.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$scheme => $name,)+
                }
            }

            /// Where the proof stands; empty where the receiver chooses it.
            #[must_use]
            pub const fn header(self) -> &'static str {
                match self {
                    $(Self::$scheme => $header,)+
                }
            }

            /// The scheme of those who send this format; Standard Webhooks where the sender has none of its own.
            #[must_use]
            pub fn usual(format: &str) -> Self {
                $(if schemes!(@formats $of).contains(&format) {
                    return Self::$scheme;
                })+
                Self::StandardWebhooks
            }
        }
    };
    (@formats [$($format:literal)*]) => {
        { const FORMATS: &[&str] = &[$($format),*]; FORMATS }
    };
}

schemes! {
    /// HMAC of the body with the secret in NFKD; where the request has a signature of the second kind, that one.
    EasyPost "easypost" "X-Hmac-Signature" ["easypost"];
    /// The second kind only: HMAC of time, method, path and body.
    EasyPostV2 "easypost_v2" "X-Hmac-Signature-V2" [];
    /// HMAC of the body.
    AfterShip "aftership" "aftership-hmac-sha256" ["aftership"];
    /// HMAC of time and body.
    Shippo "shippo" "Shippo-Auth-Signature" ["shippo"];
    /// RSA of time and body; the secret files hold public keys.
    ShipEngine "shipengine" "x-shipengine-rsa-sha256-signature" ["shipengine"];
    /// SHA-256 of body and key.
    SeventeenTrack "seventeentrack" "sign" ["seventeentrack"];
    /// HMAC of the body.
    Fedex "fedex" "fdx-signature" ["fedex_track"];
    /// HMAC of two members of the body.
    Usps "usps" "X-HMAC" ["usps_v3"];
    /// HMAC of the body.
    Shopify "shopify" "X-Shopify-Hmac-Sha256" ["shopify"];
    /// Standard Webhooks 1.0.
    StandardWebhooks "standard_webhooks" "webhook-signature" [];
    /// HMAC of the body, in a header that the receiver names.
    HmacSha256 "hmac_sha256" "" [];
    /// A secret in a header that the receiver names.
    Token "token" "" ["dhl_unified"];
    /// A secret in `Authorization: Bearer`.
    Bearer "bearer" "Authorization" ["ups_track_alert" "ups_track"];
    /// A user and a password in `Authorization: Basic`.
    Basic "basic" "Authorization" [];
    /// None at all.
    None "none" "" [];
}

impl Scheme {
    /// The scheme of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// Whether the secret itself is sent.
    #[must_use]
    pub const fn is_token(self) -> bool {
        matches!(self, Self::Token | Self::Bearer | Self::Basic)
    }

    /// Whether the receiver may name the header.
    #[must_use]
    pub const fn takes_header(self) -> bool {
        matches!(self, Self::Token | Self::Bearer | Self::HmacSha256)
    }
}
