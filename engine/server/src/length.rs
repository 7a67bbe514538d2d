//! Lengths of time as people write them: `500ms`, `90s`, `1m 30s`, `6h`, `30d`.

use std::time::Duration;

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reads a length of time.
///
/// # Errors
/// A sentence for the person who wrote it.
pub(crate) fn parse_length(text: &str) -> Result<Duration, String> {
    let refused =
        || format!("`{text}` is not a length of time; write a number with a unit, such as 500ms, 90s, 6h or 30d");
    let mut millis: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(refused());
    }
    while !rest.is_empty() {
        let digits = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after
            .find(|sign: char| !sign.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let number: u64 = number.parse().map_err(|_| refused())?;
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
        let part = number.checked_mul(*factor).ok_or_else(refused)?;
        millis = millis.checked_add(part).ok_or_else(refused)?;
        rest = after.trim_start();
    }
    // Beyond this, sums with instants would leave their range.
    if millis > 100 * 366 * 86_400_000 {
        return Err(format!("`{text}` is longer than a hundred years"));
    }
    Ok(Duration::from_millis(millis))
}

/// A length of time as [`parse_length`] reads it, in its two largest units.
pub(crate) fn show_length(length: Duration) -> String {
    let mut millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    for (unit, factor) in UNITS.iter().rev() {
        if millis >= *factor && parts.len() < 2 {
            parts.push(format!("{}{unit}", millis / factor));
            millis %= factor;
        }
    }
    if parts.is_empty() {
        return "0s".to_owned();
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_shown() {
        for (text, millis, shown) in [
            ("500ms", 500, "500ms"),
            ("0s", 0, "0s"),
            ("90s", 90_000, "1m 30s"),
            ("1m 30s", 90_000, "1m 30s"),
            ("1h30m", 5_400_000, "1h 30m"),
            (" 30d ", 30 * 86_400_000, "30d"),
        ] {
            let read = parse_length(text).expect("this is a length");
            assert_eq!(read, Duration::from_millis(millis), "{text}");
            assert_eq!(show_length(read), shown);
        }
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in [
            "",
            "5",
            "h",
            "5 h",
            "-5s",
            "5 weeks",
            "1.5h",
            "99999999999999999999s",
            "5s,",
        ] {
            let error = parse_length(text).expect_err(text);
            assert!(error.contains("is not a length of time"), "{text}: {error}");
        }
        assert!(
            parse_length("99999d")
                .expect_err("too long")
                .contains("a hundred years")
        );
    }
}
