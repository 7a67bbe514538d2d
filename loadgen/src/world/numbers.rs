//! Tracking numbers: how each carrier's look, with the right check digit. A serial gives one number; no two collide.

use milepost_model::TrackingNumber;

/// A carrier's number format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NumberForm {
    /// UPS: `1Z`, 6 characters of the shipper, 2 of the service, 7 digits, check digit.
    Ups,
    /// USPS IMpb: 21 digits and one modulo 10.
    Impb,
    /// FedEx: 11 digits and one modulo 11.
    Fedex,
    /// DHL Express: 9 digits and their remainder modulo 7.
    DhlExpress,
    /// DHL Paket: 19 digits of a GS1 unit and one modulo 10.
    Sscc,
    /// DPD: 14 digits and one ISO 7064 MOD 37,36 character.
    Dpd,
    /// GLS: 11 digits and one modulo 10.
    Gls,
    /// UPU S10 of a country: 2 letters, 8 digits, check digit, country.
    S10(&'static str),
    /// Canada Post: 15 digits and one modulo 10.
    CanadaPost,
}

impl NumberForm {
    /// The number of a serial. Serials that differ give numbers that differ, up to 10^7 (UPS: 10^9) of them.
    #[must_use]
    pub fn number(self, serial: u64) -> TrackingNumber {
        let body = match self {
            Self::Ups => format!("1Z{}{:02}{:07}", shipper(serial / 10_000_000), 3, serial % 10_000_000),
            Self::Impb => format!("94{:08}{:011}", 11_108_000 + serial % 7, serial),
            Self::Fedex => format!("{:011}", 77_000_000_000 + serial % 20_000_000_000),
            Self::DhlExpress => format!("{:09}", serial % 1_000_000_000),
            Self::Sscc => format!("0034043{:012}", 400_000_000_000 + serial),
            Self::Dpd => format!("{:014}", 5_200_000_000_000 + serial),
            Self::Gls => format!("{:011}", 50_000_000_000 + serial),
            Self::S10(country) => s10(serial, country),
            Self::CanadaPost => format!("{:015}", 73_938_000_000_000 + serial),
        };
        let mut text = body.into_bytes();
        match self {
            Self::S10(_) => {}
            Self::Ups
            | Self::Impb
            | Self::Fedex
            | Self::DhlExpress
            | Self::Sscc
            | Self::Dpd
            | Self::Gls
            | Self::CanadaPost => text.push(self.check(&text)),
        }
        TrackingNumber::parse(&text).expect("formats have 9 to 22 letters and digits")
    }

    /// Whether a number of this format carries the right check digit.
    #[must_use]
    pub fn holds(self, number: &str) -> bool {
        let bytes = number.as_bytes();
        match self {
            Self::S10(country) => {
                bytes.len() == 13
                    && number.ends_with(country)
                    && bytes
                        .get(2..10)
                        .zip(bytes.get(10))
                        .is_some_and(|(serial, check)| s10_check(serial) == *check)
            }
            Self::Ups
            | Self::Impb
            | Self::Fedex
            | Self::DhlExpress
            | Self::Sscc
            | Self::Dpd
            | Self::Gls
            | Self::CanadaPost => {
                bytes.len() == self.length()
                    && bytes
                        .split_last()
                        .is_some_and(|(check, body)| self.check(body) == *check)
            }
        }
    }

    const fn length(self) -> usize {
        match self {
            Self::Ups => 18,
            Self::Impb => 22,
            Self::Fedex | Self::Gls => 12,
            Self::DhlExpress => 10,
            Self::Sscc => 20,
            Self::Dpd => 15,
            Self::S10(_) => 13,
            Self::CanadaPost => 16,
        }
    }

    /// The check character of all that stands before it.
    fn check(self, body: &[u8]) -> u8 {
        match self {
            Self::Ups => ups_check(body),
            Self::Impb | Self::Sscc | Self::CanadaPost => modulo_10(body, 0),
            // As GS1, one added to the sum.
            Self::Gls => modulo_10(body, 1),
            Self::Fedex => {
                let weights = [3, 1, 7].into_iter().cycle();
                let sum: u32 = body
                    .iter()
                    .zip(weights)
                    .map(|(digit, weight)| value(*digit) * weight)
                    .sum();
                digit(sum % 11 % 10)
            }
            Self::DhlExpress => digit(body.iter().fold(0, |left, digit| (left * 10 + value(*digit)) % 7)),
            Self::Dpd => iso_7064(body),
            Self::S10(_) => s10_check(body),
        }
    }
}

fn shipper(index: u64) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTVWXY";
    let mut left = crate::rng::mix(index) >> 40;
    // The upper digits are the index itself, so that shippers differ; the lower ones only look like one.
    let mut text = format!("{:03}", index % 1_000);
    for _ in 0..3 {
        text.push(char::from(*LETTERS.get((left % 32) as usize).unwrap_or(&b'A')));
        left /= 32;
    }
    text
}

fn s10(serial: u64, country: &str) -> String {
    const SERVICE: [&str; 4] = ["RA", "LX", "CP", "EE"];
    let service = SERVICE.get((serial / 100_000_000 % 4) as usize).unwrap_or(&"RA");
    let digits = format!("{:08}", serial % 100_000_000);
    format!("{service}{digits}{}{country}", char::from(s10_check(digits.as_bytes())))
}

fn s10_check(serial: &[u8]) -> u8 {
    let sum: u32 = serial
        .iter()
        .zip([8, 6, 4, 2, 3, 5, 9, 7])
        .map(|(digit, weight)| value(*digit) * weight)
        .sum();
    digit(match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    })
}

fn ups_check(body: &[u8]) -> u8 {
    let sum: u32 = body
        .iter()
        .skip(2)
        .zip([1, 2].into_iter().cycle())
        .map(|(byte, weight)| {
            let value = if byte.is_ascii_digit() {
                value(*byte)
            } else {
                (u32::from(*byte) - 63) % 10
            };
            value * weight
        })
        .sum();
    digit((10 - sum % 10) % 10)
}

/// Weights 3, 1, 3, … from the right.
fn modulo_10(body: &[u8], extra: u32) -> u8 {
    let weights = [3, 1].into_iter().cycle();
    let sum: u32 = body
        .iter()
        .rev()
        .zip(weights)
        .map(|(digit, weight)| value(*digit) * weight)
        .sum();
    digit((10 - (sum + extra) % 10) % 10)
}

fn iso_7064(body: &[u8]) -> u8 {
    const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut carry = 36;
    for byte in body {
        let value = if byte.is_ascii_digit() {
            value(*byte)
        } else {
            u32::from(*byte) - 55
        };
        carry = (carry + value) % 36;
        carry = if carry == 0 { 36 } else { carry } * 2 % 37;
    }
    *ALPHABET.get(((37 - carry) % 36) as usize).unwrap_or(&b'0')
}

const fn value(digit: u8) -> u32 {
    (digit - b'0') as u32
}

const fn digit(value: u32) -> u8 {
    b'0' + value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_seen_in_the_wild_hold() {
        for (form, number) in [
            (NumberForm::Ups, "1Z5R89390357567127"),
            (NumberForm::Ups, "1Z879E930346834440"),
            (NumberForm::Impb, "9400111201080805483016"),
            (NumberForm::Impb, "9405803699300124287899"),
            (NumberForm::Fedex, "986578788855"),
            (NumberForm::Fedex, "477179081230"),
            (NumberForm::DhlExpress, "3318810025"),
            (NumberForm::DhlExpress, "8487135506"),
            (NumberForm::S10("GB"), "RB123456785GB"),
            (NumberForm::CanadaPost, "0073938000549297"),
        ] {
            assert!(form.holds(number), "{form:?} {number}");
            // The fourth character from the end belongs to what is checked, in every format.
            let wrong: String = number
                .char_indices()
                .map(|(at, byte)| {
                    if at == number.len() - 4 {
                        other_digit(byte)
                    } else {
                        byte
                    }
                })
                .collect();
            assert!(!form.holds(&wrong), "{form:?} {wrong}");
        }
        assert_eq!(iso_7064(b"008182709980000020033350276"), b'C');
        assert_eq!(iso_7064(b"008182709980000020045327276"), b'N');
    }

    fn other_digit(digit: char) -> char {
        if digit == '0' { '1' } else { '0' }
    }

    #[test]
    fn every_format_gives_right_numbers_that_differ() {
        for form in [
            NumberForm::Ups,
            NumberForm::Impb,
            NumberForm::Fedex,
            NumberForm::DhlExpress,
            NumberForm::Sscc,
            NumberForm::Dpd,
            NumberForm::Gls,
            NumberForm::S10("GB"),
            NumberForm::CanadaPost,
        ] {
            let mut seen = std::collections::BTreeSet::new();
            for serial in (0..400_000_000).step_by(397_777) {
                let number = form.number(serial);
                assert!(form.holds(number.as_str()), "{form:?} {number}");
                assert!(seen.insert(number), "{form:?} {number} twice");
            }
        }
    }
}
