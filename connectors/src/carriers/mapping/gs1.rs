//! EPCs and GS1 Digital Links as the keys that stand on labels, so that one thing has one name however it is written.

use bumpalo::Bump;

/// The key of an EPC URI or a GS1 Digital Link: of an SSCC the 18 digits, of a place its GLN, with `.` and the extension
/// where it has one; of anything else what follows the last `:` or `/`.
pub(crate) fn key<'a>(text: &'a str, memory: &'a Bump) -> &'a str {
    let found = match text.strip_prefix("urn:epc:id:") {
        Some(epc) => of_epc(epc),
        None => of_link(text),
    };
    match found {
        Some(found) => memory.alloc_str(&found),
        None => text.trim_end_matches('/').rsplit([':', '/']).next().unwrap_or(text),
    }
}

/// `sscc:PREFIX.EXTENSION+REFERENCE`, `sgln:PREFIX.REFERENCE.EXTENSION`, `pgln:PREFIX.REFERENCE`.
fn of_epc(epc: &str) -> Option<String> {
    let (scheme, rest) = epc.split_once(':')?;
    let mut parts = rest.split('.');
    let (prefix, reference) = (parts.next()?, parts.next()?);
    match scheme {
        "sscc" => {
            let (extension, reference) = reference.split_at_checked(1)?;
            checked(&[extension, prefix, reference], 17)
        }
        "sgln" | "pgln" => {
            let gln = checked(&[prefix, reference], 12)?;
            Some(extended(gln, parts.next()))
        }
        _other => None,
    }
}

/// `https://…/00/SSCC`, `https://…/414/GLN/254/EXTENSION`, `https://…/417/GLN`.
fn of_link(link: &str) -> Option<String> {
    let path = link.split(['?', '#']).next()?;
    let mut parts = path.split_once("://")?.1.split('/').skip(1);
    loop {
        let key = match parts.next()? {
            "00" => return parts.next().filter(|sscc| is_digits(sscc, 18)).map(str::to_owned),
            "414" | "417" => parts.next()?,
            _other => continue,
        };
        if !is_digits(key, 13) {
            return None;
        }
        let is_extension = parts.next() == Some("254");
        return Some(extended(key.to_owned(), parts.next().filter(|_| is_extension)));
    }
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Extension 0 says that there is none.
fn extended(gln: String, extension: Option<&str>) -> String {
    match extension {
        None | Some("0" | "") => gln,
        Some(extension) => gln + "." + extension,
    }
}

/// So many digits, and the digit that checks them: weighted 3 and 1 in turn from the right, the sum is a multiple of ten.
fn checked(parts: &[&str], count: usize) -> Option<String> {
    let mut digits = parts.concat();
    if !is_digits(&digits, count) {
        return None;
    }
    let weighted = digits.bytes().rev().zip([3, 1].iter().cycle());
    let sum: u32 = weighted.map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    digits.extend(char::from_digit((10 - sum % 10) % 10, 10));
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_one_name() {
        for (written, expected) in [
            ("urn:epc:id:sscc:4012345.1000000017", "140123450000000174"),
            ("https://id.gs1.org/00/140123450000000174", "140123450000000174"),
            (
                "https://track.example/t/00/140123450000000174?lang=de",
                "140123450000000174",
            ),
            ("urn:epc:id:sgln:4012345.00011.0", "4012345000115"),
            ("urn:epc:id:sgln:4012345.00011.dock7", "4012345000115.dock7"),
            ("https://id.gs1.org/414/4012345000115/254/dock7", "4012345000115.dock7"),
            ("https://id.gs1.org/414/4012345000115", "4012345000115"),
            ("urn:epc:id:pgln:4012345.00012", "4012345000122"),
            ("urn:epc:id:grai:4012345.00001.77", "4012345.00001.77"),
            // Too short, or no digits: no SSCC, and no check digit is made up.
            ("urn:epc:id:sscc:4012345.100017", "4012345.100017"),
            ("urn:epc:id:sscc:ABCDEFG.1000000017", "ABCDEFG.1000000017"),
            ("urn:epc:id:sscc:4012345.", "4012345."),
            ("https://parcel.example/p/RR473124829DE/", "RR473124829DE"),
            ("urn:example:parcel:RR473124829DE", "RR473124829DE"),
            ("RR473124829DE", "RR473124829DE"),
            ("", ""),
        ] {
            assert_eq!(key(written, &Bump::new()), expected, "{written}");
        }
    }
}
