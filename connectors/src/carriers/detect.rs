//! Which carriers' number formats a tracking number fits. A match without check digit is a candidate, not an answer.

/// Carriers whose format and check digit fit, and those whose format fits but has no check digit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates {
    pub(crate) proven: Vec<&'static str>,
    pub(crate) possible: Vec<&'static str>,
}

impl Candidates {
    /// The one carrier that it must be, if there is one.
    pub(crate) fn answer(&self) -> Option<&'static str> {
        match self.proven.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// All of them, proven ones first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.proven.iter().chain(&self.possible).copied()
    }
}

/// The candidates for a normalised number.
pub(crate) fn candidates(number: &str) -> Candidates {
    let mut found = Candidates::default();
    if ups(number) {
        found.proven.push("ups");
    }
    if let Some(country) = s10_country(number) {
        match S10_POSTS.iter().find(|(code, _)| *code == country) {
            Some((_, post)) => found.proven.push(post),
            // A post that we have no name for.
            None => found.possible.push("s10"),
        }
    }
    if number.bytes().all(|byte| byte.is_ascii_digit()) {
        digits_only(number, &mut found);
    }
    found
}

fn digits_only(number: &str, found: &mut Candidates) {
    match number.len() {
        // A service code, a mailer and a serial number, with or without the ZIP code of the destination before it.
        20 | 22 if mod10_weights(number, 3) && usps_service(number) => found.proven.push("usps"),
        30 | 34 if number.starts_with("420") => {
            let inner = number.get(number.len() - 22..).unwrap_or_default();
            if mod10_weights(inner, 3) && usps_service(inner) {
                found.proven.push("usps");
            }
        }
        12 => {
            if fedex_12(number) {
                found.proven.push("fedex");
            }
            found.possible.extend(["gls", "dhl_paket"]);
        }
        15 if mod10_weights(number, 3) => found.proven.push("fedex"),
        10 => {
            if mod7(number) {
                found.proven.push("dhl_express");
            }
            found.possible.extend(["japan_post", "ups_mail_innovations"]);
        }
        14 => found.possible.extend(["dpd", "hermes"]),
        16 => found.possible.extend(["canada_post", "evri"]),
        _ => {}
    }
}

/// `1Z`, shipper, service, package and check digit: odd places count once, even places twice, letters by their order.
fn ups(number: &str) -> bool {
    let Some(body) = number.strip_prefix("1Z").filter(|body| body.len() == 16) else {
        return false;
    };
    let value = |byte: u8| {
        if byte.is_ascii_digit() {
            u32::from(byte - b'0')
        } else {
            u32::from(byte.saturating_sub(b'?') % 10)
        }
    };
    let mut sum = 0;
    for (place, byte) in body.bytes().take(15).enumerate() {
        sum += if place % 2 == 0 { value(byte) } else { value(byte) * 2 };
    }
    body.bytes()
        .last()
        .is_some_and(|check| check.is_ascii_digit() && value(check) == (10 - sum % 10) % 10)
}

/// The country of a number of the Universal Postal Union, standard S10, if its check digit holds.
fn s10_country(number: &str) -> Option<&str> {
    let (service, rest) = number.split_at_checked(2)?;
    let (digits, country) = rest.split_at_checked(9)?;
    let letters = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if !letters(service) || !letters(country) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let weights = [8, 6, 4, 2, 3, 5, 9, 7];
    let sum: u32 = digits
        .bytes()
        .zip(weights)
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    };
    digits
        .bytes()
        .last()
        .is_some_and(|byte| u32::from(byte - b'0') == check)
        .then_some(country)
}

const S10_POSTS: [(&str, &str); 24] = [
    ("AT", "austrian_post"),
    ("AU", "australia_post"),
    ("BE", "bpost"),
    ("BR", "correios"),
    ("CA", "canada_post"),
    ("CH", "swiss_post"),
    ("CN", "china_post"),
    ("DE", "deutsche_post"),
    ("DK", "postnord"),
    ("ES", "correos"),
    ("FI", "posti"),
    ("FR", "la_poste"),
    ("GB", "royal_mail"),
    ("HK", "hongkong_post"),
    ("IE", "an_post"),
    ("IN", "india_post"),
    ("IT", "poste_italiane"),
    ("JP", "japan_post"),
    ("KR", "korea_post"),
    ("NL", "postnl"),
    ("NO", "posten"),
    ("NZ", "nz_post"),
    ("SE", "postnord"),
    ("US", "usps"),
];

/// The service codes that begin a label of the United States Postal Service.
fn usps_service(number: &str) -> bool {
    number.len() == 20
        || ["91", "92", "93", "94", "95"]
            .iter()
            .any(|code| number.starts_with(code))
}

/// The last digit completes the sum, counted from the right with weights `weight` and 1, to a multiple of ten.
fn mod10_weights(number: &str, weight: u32) -> bool {
    let digits = number.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { digit * weight } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

/// Twelve digits of `FedEx`: weights 3, 1, 7 repeated, sum modulo 11 modulo 10.
fn fedex_12(number: &str) -> bool {
    let mut digits = number.bytes().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .by_ref()
        .take(11)
        .zip([3, 1, 7].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .sum();
    digits.next() == Some(sum % 11 % 10)
}

/// Ten digits of DHL Express: the first nine modulo 7.
fn mod7(number: &str) -> bool {
    match number.split_at_checked(9) {
        Some((head, check)) => head.parse::<u32>().is_ok_and(|head| check == (head % 7).to_string()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_their_carrier_only_when_a_check_digit_proves_it() {
        for (number, expected) in [
            ("1Z5R89390357567127", "ups"),
            ("1Z879E930346834440", "ups"),
            ("1Z999AA10123456784", "ups"),
            ("1Z999AA10123456785", ""),
            ("RB123456785GB", "royal_mail"),
            ("RB123456786GB", ""),
            ("EC000000009US", ""),
            ("9400111202555842332669", "usps"),
            ("9400111202555842332668", ""),
            ("420100239400111202555842332669", "usps"),
            ("03071790000523483741", "usps"),
            ("986578788855", "fedex"),
            ("986578788856", "? gls dhl_paket"),
            ("3318810025", "dhl_express"),
            ("12345678901234", "? dpd hermes"),
            ("ABCDE", ""),
        ] {
            let found = candidates(number);
            let text = match found.answer() {
                Some(one) => one.to_owned(),
                None if found.possible.is_empty() => found.proven.join(" "),
                None => format!("{}? {}", found.proven.join(" "), found.possible.join(" ")),
            };
            assert_eq!(text, expected, "{number}");
        }
    }
}
