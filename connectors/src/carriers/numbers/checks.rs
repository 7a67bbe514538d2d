//! How check digits are made, and which mistakes of one sign they miss.

/// A rule by which the last sign of a number follows from those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// Weights 3 and 1 from the right, to a multiple of ten: the rule of GS1.
    Gs1,
    /// The same, with these digits before the number.
    Gs1After(&'static str),
    /// Weights 1 and 2 from the left, letters by their order, to a multiple of ten.
    Ups,
    /// The same, with this digit in the place of the letter that the number begins with.
    OnTrac(&'static str),
    /// Weights 1, 3 and 7 from the right, modulo 11, then modulo 10.
    FedEx,
    /// The digits before it modulo 7.
    Mod7,
    /// Every second digit doubled and its digits added, to a multiple of ten.
    Luhn,
    /// Weights 4 and 9 from the left, to a multiple of ten.
    Identcode,
    /// ISO 7064, modulo 37 and 36, of letters and digits.
    Mod37,
    /// Weights 8, 6, 4, 2, 3, 5, 9, 7 modulo 11, before the two letters of the country: standard S10.
    S10,
}

impl Check {
    /// What should stand in the place of the check digit of these signs.
    pub(super) fn expected(self, signs: &str) -> Option<char> {
        let body = signs.get(..signs.len().checked_sub(1)?)?;
        match self {
            Self::Gs1 => to_ten(gs1(body)),
            Self::Gs1After(before) => to_ten(gs1(&format!("{before}{body}"))),
            Self::Ups => to_ten(one_two(body.bytes())),
            Self::OnTrac(begin) => to_ten(one_two(begin.bytes().chain(body.bytes().skip(1)))),
            Self::FedEx => digit(weighted(body.bytes().rev(), &[1, 3, 7]) % 11 % 10),
            Self::Mod7 => digit(body.bytes().fold(0, |rest, byte| (rest * 10 + value(byte)) % 7)),
            Self::Luhn => to_ten(luhn(body)),
            Self::Identcode => to_ten(weighted(body.bytes(), &[4, 9])),
            Self::Mod37 => mod37(body),
            Self::S10 => s10(signs),
        }
    }

    /// Where the check digit stands, counted from the end.
    pub(super) const fn place_from_end(self) -> usize {
        match self {
            Self::S10 => 3,
            Self::Gs1
            | Self::Gs1After(_)
            | Self::Ups
            | Self::OnTrac(_)
            | Self::FedEx
            | Self::Mod7
            | Self::Luhn
            | Self::Identcode
            | Self::Mod37 => 1,
        }
    }

    /// The rule in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Gs1 => "weights 3 and 1 from the right, modulo 10".to_owned(),
            Self::Gs1After(before) => format!("weights 3 and 1 from the right, `{before}` before all, modulo 10"),
            Self::Ups => "weights 1 and 2 from the left behind `1Z`, A is 2, B is 3 and so on, modulo 10".to_owned(),
            Self::OnTrac(begin) => format!("weights 1 and 2 from the left, `{begin}` for the letter, modulo 10"),
            Self::FedEx => "weights 1, 3 and 7 from the right, modulo 11, then 10".to_owned(),
            Self::Mod7 => "the digits before it modulo 7".to_owned(),
            Self::Luhn => "Luhn: every second digit doubled, modulo 10".to_owned(),
            Self::Identcode => "weights 4 and 9 from the left, modulo 10".to_owned(),
            Self::Mod37 => "ISO 7064, modulo 37 and 36".to_owned(),
            Self::S10 => "weights 8, 6, 4, 2, 3, 5, 9, 7 modulo 11".to_owned(),
        }
    }

    /// Which single wrong signs it does not notice, in words; of those that it looks at.
    #[must_use]
    pub const fn misses(self) -> &'static str {
        match self {
            Self::Gs1 | Self::Gs1After(_) | Self::Luhn | Self::Mod37 => "none",
            Self::Ups | Self::OnTrac(_) => "where a digit counts twice, one that differs by 5",
            Self::Identcode => "where a digit counts four times, one that differs by 5",
            Self::Mod7 => "a digit that differs by 7",
            Self::FedEx => "where the check digit is 0, which stands for the remainders 0 and 10: some",
            Self::S10 => "where the check digit is 5, which stands for the remainders 0 and 6: some",
        }
    }
}

/// A digit by itself, a letter by its order: A is 2.
fn value(byte: u8) -> u32 {
    if byte.is_ascii_digit() {
        u32::from(byte - b'0')
    } else {
        u32::from(byte.saturating_sub(b'?') % 10)
    }
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(value, 10)
}

/// What completes a sum to a multiple of ten.
fn to_ten(sum: u32) -> Option<char> {
    digit((10 - sum % 10) % 10)
}

fn weighted(signs: impl Iterator<Item = u8>, weights: &[u32]) -> u32 {
    signs
        .zip(weights.iter().cycle())
        .map(|(byte, weight)| value(byte) * weight)
        .sum()
}

fn gs1(body: &str) -> u32 {
    weighted(body.bytes().rev(), &[3, 1])
}

fn one_two(signs: impl Iterator<Item = u8>) -> u32 {
    weighted(signs, &[1, 2])
}

fn luhn(body: &str) -> u32 {
    let doubled = |(place, byte)| {
        let value = value(byte);
        match place % 2 {
            0 => value * 2 / 10 + value * 2 % 10,
            _odd => value,
        }
    };
    body.bytes().rev().enumerate().map(doubled).sum()
}

fn mod37(body: &str) -> Option<char> {
    let mut product = 36;
    for sign in body.chars() {
        let sum = (product + sign.to_digit(36)?) % 36;
        product = if sum == 0 { 36 } else { sum } * 2 % 37;
    }
    let check = char::from_digit((37 - product) % 36, 36);
    check.map(|check| check.to_ascii_uppercase())
}

fn s10(number: &str) -> Option<char> {
    let serial = number.get(2..10)?;
    match 11 - weighted(serial.bytes(), &[8, 6, 4, 2, 3, 5, 9, 7]) % 11 {
        10 => digit(0),
        11 => digit(5),
        check => digit(check),
    }
}
