//! Who gives numbers of the Universal Postal Union, standard S10, by the country at the end and the service at the begin.

/// The carriers of whom such a number may be; none where the country has no post that we have a name for.
pub(super) fn of(number: &str) -> &'static [&'static str] {
    let country = number.get(11..).unwrap_or_default();
    // Where parcels or express are a carrier of their own, they are given numbers of that post all the same.
    match (number.as_bytes().first(), country) {
        (Some(b'E' | b'C'), "GB") => &["royal_mail", "parcelforce"],
        (Some(b'E' | b'C'), "DE") => &["deutsche_post", "dhl_paket"],
        (Some(b'E'), "CN") => &["china_post", "china_ems"],
        (Some(b'L' | b'R' | b'U' | b'V'), "FR") => &["la_poste"],
        (_, "FR") => &["la_poste", "colissimo", "chronopost"],
        _ => POSTS
            .iter()
            .find(|(code, _)| *code == country)
            .map_or(&[], |(_, post)| std::slice::from_ref(post)),
    }
}

const POSTS: [(&str, &str); 43] = [
    ("AE", "emirates_post"),
    ("AR", "correo_argentino"),
    ("AT", "austrian_post"),
    ("AU", "australia_post"),
    ("BE", "bpost"),
    ("BG", "bulgarian_posts"),
    ("BR", "correios"),
    ("CA", "canada_post"),
    ("CH", "swiss_post"),
    ("CN", "china_post"),
    ("CZ", "ceska_posta"),
    ("DE", "deutsche_post"),
    ("DK", "postnord"),
    ("EE", "omniva"),
    ("ES", "correos"),
    ("FI", "posti"),
    ("GB", "royal_mail"),
    ("GR", "elta"),
    ("HK", "hongkong_post"),
    ("HR", "hrvatska_posta"),
    ("HU", "magyar_posta"),
    ("IE", "an_post"),
    ("IL", "israel_post"),
    ("IN", "india_post"),
    ("IT", "poste_italiane"),
    ("JP", "japan_post"),
    ("KR", "korea_post"),
    ("MY", "pos_malaysia"),
    ("NL", "postnl"),
    ("NO", "posten"),
    ("NZ", "nz_post"),
    ("PL", "poczta_polska"),
    ("PT", "ctt"),
    ("RO", "posta_romana"),
    ("SE", "postnord"),
    ("SG", "singpost"),
    ("SI", "posta_slovenije"),
    ("SK", "slovenska_posta"),
    ("TH", "thailand_post"),
    ("TR", "ptt"),
    ("TW", "chunghwa_post"),
    ("US", "usps"),
    ("ZA", "south_african_post_office"),
];
