//! An instant as most senders write it, read eight characters at a time.

use milepost_model::Timestamp;

/// The instant of the usual form `YYYY-MM-DDTHH:MM:SS[.mmm]Z`, eight characters at a time; `None` sends the text to
/// `WrittenTime::parse`, which reads any other form too, or says what is wrong with it. Always inlined: what it gives then
/// stays in registers.
#[inline(always)]
pub(crate) fn parse(text: &[u8]) -> Option<Timestamp> {
    match <&[u8; 24]>::try_from(text) {
        Ok(text) => parse_millis(text),
        Err(_) => parse_seconds(text),
    }
}

/// The usual form without milliseconds.
fn parse_seconds(text: &[u8]) -> Option<Timestamp> {
    let seconds = <&[u8; 20]>::try_from(text).ok()?.strip_suffix(b"Z")?;
    let mut text = *b"0000-00-00T00:00:00.000Z";
    *text.first_chunk_mut::<19>()? = *seconds.first_chunk()?;
    parse_millis(&text)
}

#[inline(always)]
fn parse_millis(text: &[u8; 24]) -> Option<Timestamp> {
    let (words, _) = text.as_chunks::<8>();
    let [date, middle, end] = words else { return None };
    let (date, bad_date) = pairs(*date, b"0000-00-");
    let (middle, bad_middle) = pairs(*middle, b"00T00:00");
    let (end, bad_end) = pairs(*end, b":00.000Z");
    if bad_date | bad_middle | bad_end != 0 {
        return None;
    }
    let (month, day) = (pair(date, 5), pair(middle, 0));
    let (hour, minute, second) = (pair(middle, 3), pair(middle, 6), pair(end, 1));
    // The last digit of the milliseconds stands beside the `Z`, whose difference is 0: a pair of ten times it.
    let millis = 10 * pair(end, 4) + pair(end, 6) / 10;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_within_table(100 * pair(date, 0) + pair(date, 2), month, day)?;
    let seconds = (24 * days + hour) * 3600 + 60 * minute + second;
    Some(Timestamp::from_millis(1000 * seconds + millis))
}

/// Eight characters against a pattern, in which `0` stands for any digit: in byte n stands then the number that the
/// characters n and n + 1 make. The second word is not 0 when something else stands there.
#[inline]
fn pairs(text: [u8; 8], pattern: &'static [u8; 8]) -> (u64, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Zeros and signs both differ from `0` by a few bits only, and this is known before the program runs.
    let signs = pattern.map(|byte| if byte == b'0' { 0x80 } else { 0xff });
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(*pattern);
    // A digit differs from `0` by 0 to 9, anything else of the pattern by nothing.
    let too_large = digits.wrapping_add(EACH * (0x80 - 10)) | digits;
    let bad = (too_large & (EACH * 0x80)) | (digits & u64::from_le_bytes(signs));
    (digits.wrapping_mul(10).wrapping_add(digits >> 8), bad)
}

/// The number of two digits that begins at a place.
#[inline]
fn pair(pairs: u64, at: u32) -> i64 {
    i64::from((pairs >> (8 * at)).to_le_bytes()[0])
}

/// Of each year from 1970 twice the days before it, and one more when it is a leap year.
const YEARS: [u32; 230] = {
    let mut years = [0; 230];
    let (mut rest, mut year, mut days): (&mut [u32], _, _) = (&mut years, 1970, 0);
    while let [first, others @ ..] = rest {
        let leap = is_leap(year) as u32;
        *first = 2 * days + leap;
        days += 365 + leap;
        year += 1;
        rest = others;
    }
    years
};

/// Of each month, from 1, the days of the year before it and its last day: in a common year, and in a leap year.
const MONTHS: [[(u16, u8); 13]; 2] = [months(28), months(29)];

const fn months(february: u8) -> [(u16, u8); 13] {
    let mut months = [(0, 0); 13];
    let (mut rest, mut days): (&mut [(u16, u8)], _) = (&mut months, 0);
    let mut lasts: &[u8] = &[0, 31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while let ([month, others @ ..], [last, later @ ..]) = (rest, lasts) {
        *month = (days, *last);
        days += *last as u16;
        (rest, lasts) = (others, later);
    }
    months
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since 1970-01-01 of a date, by table; `None` if there is no such day in the years of the table.
#[inline(always)]
fn days_within_table(year: i64, month: i64, day: i64) -> Option<i64> {
    let of_year = *YEARS.get(usize::try_from(year - 1970).ok()?)?;
    let [common, leap] = &MONTHS;
    let months = if of_year % 2 == 1 { leap } else { common };
    let (before, last) = *months.get(usize::try_from(month).ok()?)?;
    let is_in_month = (day - 1).cast_unsigned() < u64::from(last);
    is_in_month.then_some(i64::from(of_year / 2) + i64::from(before) + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::WrittenTime;

    /// What the general reader makes of a text, if it is in the usual form: the one in which we write.
    fn slowly(text: &[u8]) -> Option<Timestamp> {
        let at = WrittenTime::parse(text).ok()?.instant()?;
        let written = at.to_string();
        let is_usual = written.as_bytes() == text || written.replace(".000Z", "Z").as_bytes() == text;
        is_usual.then_some(at)
    }

    #[test]
    fn the_usual_form_is_read_as_the_general_reader_reads_it() {
        let base = *b"2026-03-01T14:03:22.123Z";
        for text in [&base[..], b"2026-03-01T14:03:22Z"] {
            assert!(parse(text).is_some());
            for at in 0..text.len() {
                for byte in 0..=255u8 {
                    let mut other = text.to_vec();
                    if let Some(slot) = other.get_mut(at) {
                        *slot = byte;
                    }
                    assert_eq!(parse(&other), slowly(&other), "{other:?}");
                }
            }
        }
        for text in [
            "",
            "2026-03-01",
            "2026-03-01T14:03Z",
            "2026-03-01T14:03:22.1Z",
            "2026-03-01T14:03:22",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        for day in 0..=32 {
            for month in 0..=13 {
                for year in [1969, 1970, 2000, 2023, 2024, 2100, 2199, 2200] {
                    let text = format!("{year:04}-{month:02}-{day:02}T23:59:59.009Z");
                    assert_eq!(parse(text.as_bytes()), slowly(text.as_bytes()), "{text}");
                }
            }
        }
    }
}
