//! The forms of tracking numbers that are known: what they look like, whose they are, and where their rule stands. A check
//! digit has a row only where its rule is known; a form without one is never more than a candidate.

use super::Verdict;
use super::checks::Check;

/// What stands in a place of a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// One of these, all of one length.
    One(&'static [&'static str]),
    /// So many digits.
    Digits(usize),
    /// So many letters.
    Letters(usize),
    /// So many letters or digits.
    Signs(usize),
    /// Digits to the end, at least and at most so many.
    Rest(usize, usize),
}

/// Who gives such numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whose {
    /// These.
    Carriers(&'static [&'static str]),
    /// The post of the country at its end.
    Post,
}

/// A form of tracking numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    pub(super) whose: Whose,
    /// What stands where.
    pub parts: &'static [Part],
    /// The rule of its check digit, and how many of the last signs it looks at; `None` where no rule is known.
    pub check: Option<(Check, usize)>,
    /// Whether nobody else writes numbers so, as far as is known.
    pub is_own: bool,
    /// Where this is known from.
    pub source: &'static str,
}

impl Form {
    pub(super) fn fits(&self, number: &str) -> bool {
        let mut rest = number;
        let whole = self.parts.iter().all(|part| match part.after(rest) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        });
        whole && rest.is_empty()
    }

    pub(super) fn verdict(&self, number: &str) -> Verdict {
        let Some((check, over)) = self.check else {
            return Verdict::Unknown;
        };
        let looked_at = number.len().checked_sub(over).and_then(|from| number.get(from..));
        let expected = looked_at.and_then(|signs| check.expected(signs));
        let found = number.chars().rev().nth(check.place_from_end() - 1);
        match expected {
            Some(expected) if Some(expected) == found => Verdict::Holds,
            Some(expected) => Verdict::Fails(expected),
            None => Verdict::Unknown,
        }
    }

    /// The form in words.
    #[must_use]
    pub fn words(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|part| part.words()).collect();
        parts.join(", ")
    }
}

impl Part {
    /// What follows it, if it stands at the begin.
    fn after(self, text: &str) -> Option<&str> {
        let count = |length: usize, is: fn(&u8) -> bool| {
            let (begin, after) = text.split_at_checked(length)?;
            begin.as_bytes().iter().all(is).then_some(after)
        };
        match self {
            Self::One(begins) => begins.iter().find_map(|begin| text.strip_prefix(begin)),
            Self::Digits(length) => count(length, u8::is_ascii_digit),
            Self::Letters(length) => count(length, u8::is_ascii_uppercase),
            Self::Signs(length) => count(length, u8::is_ascii_alphanumeric),
            Self::Rest(least, most) if (least..=most).contains(&text.len()) => count(text.len(), u8::is_ascii_digit),
            Self::Rest(..) => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::One(begins) => begins
                .iter()
                .map(|begin| format!("`{begin}`"))
                .collect::<Vec<_>>()
                .join(" or "),
            Self::Digits(1) => "1 digit".to_owned(),
            Self::Digits(length) => format!("{length} digits"),
            Self::Letters(1) => "1 letter".to_owned(),
            Self::Letters(length) => format!("{length} letters"),
            Self::Signs(1) => "1 letter or digit".to_owned(),
            Self::Signs(length) => format!("{length} letters or digits"),
            Self::Rest(least, most) => format!("{least} to {most} digits"),
        }
    }
}

use Part::{Digits, Letters, One, Rest, Signs};

/// A form that only these carriers use, with a check digit over so many of the last signs.
const fn own(
    carriers: &'static [&'static str],
    parts: &'static [Part],
    check: Check,
    over: usize,
    source: &'static str,
) -> Form {
    Form {
        whose: Whose::Carriers(carriers),
        parts,
        check: Some((check, over)),
        is_own: true,
        source,
    }
}

/// A form that others use as well.
const fn shared(
    carriers: &'static [&'static str],
    parts: &'static [Part],
    check: Option<(Check, usize)>,
    source: &'static str,
) -> Form {
    Form {
        whose: Whose::Carriers(carriers),
        parts,
        check,
        is_own: false,
        source,
    }
}

/// A form that only these carriers use, without a check digit whose rule is known.
const fn unchecked(carriers: &'static [&'static str], parts: &'static [Part]) -> Form {
    Form {
        whose: Whose::Carriers(carriers),
        parts,
        check: None,
        is_own: true,
        source: USAGE,
    }
}

const USAGE: &str = "seen in use; its check digit, if it has one, is not published";
const OPEN_DATA: &str = "the open collection tracking_number_data, tried there on real numbers";
const IMPB: &str = "USPS Publication 199, Intelligent Mail package barcode";
const IMPB_BEGINS: &[&str] = &["91", "92", "93", "94", "95"];

/// All that are known. Those that are somebody's own stand first.
pub const FORMS: &[Form] = &[
    own(
        &["ups"],
        &[One(&["1Z"]), Signs(15), Digits(1)],
        Check::Ups,
        16,
        "UPS, guide to labels",
    ),
    own(&["usps"], &[One(IMPB_BEGINS), Digits(20)], Check::Gs1, 22, IMPB),
    own(&["usps"], &[One(IMPB_BEGINS), Digits(24)], Check::Gs1, 26, IMPB),
    own(
        &["usps"],
        &[One(&["420"]), Digits(5), One(IMPB_BEGINS), Digits(20)],
        Check::Gs1,
        22,
        IMPB,
    ),
    own(
        &["usps"],
        &[One(&["420"]), Digits(9), One(IMPB_BEGINS), Digits(20)],
        Check::Gs1,
        22,
        IMPB,
    ),
    own(
        &["usps"],
        &[One(&["420"]), Digits(5), One(IMPB_BEGINS), Digits(24)],
        Check::Gs1,
        26,
        IMPB,
    ),
    own(
        &["usps"],
        &[One(&["03", "71", "73", "77", "81"]), Digits(18)],
        Check::Gs1,
        20,
        OPEN_DATA,
    ),
    // SmartPost: FedEx carries it, USPS delivers it under the same number, and both know it.
    own(&["fedex"], &[One(&["92612"]), Digits(17)], Check::Gs1, 22, OPEN_DATA),
    own(
        &["fedex"],
        &[One(&["612"]), Digits(17)],
        Check::Gs1After("92"),
        20,
        OPEN_DATA,
    ),
    own(&["fedex"], &[One(&["100"]), Digits(31)], Check::FedEx, 14, OPEN_DATA),
    own(&["fedex"], &[One(&["96"]), Digits(20)], Check::Gs1, 15, OPEN_DATA),
    own(&["fedex"], &[One(&["96"]), Digits(32)], Check::FedEx, 14, OPEN_DATA),
    Form {
        whose: Whose::Post,
        parts: &[Letters(2), Digits(9), Letters(2)],
        check: Some((Check::S10, 13)),
        is_own: true,
        source: "Universal Postal Union, standard S10",
    },
    own(
        &["dpd"],
        &[Signs(7), Digits(20), Signs(1)],
        Check::Mod37,
        28,
        "DPD, parcel label specification",
    ),
    own(
        &["dhl_paket"],
        &[One(&["00340434"]), Digits(12)],
        Check::Gs1,
        20,
        "GS1, SSCC; DHL's own begin of it",
    ),
    own(
        &["ontrac"],
        &[One(&["C"]), Digits(14)],
        Check::OnTrac("4"),
        15,
        OPEN_DATA,
    ),
    own(
        &["ontrac"],
        &[One(&["D"]), Digits(14)],
        Check::OnTrac("5"),
        15,
        OPEN_DATA,
    ),
    unchecked(&["ups"], &[One(&["T"]), Digits(10)]),
    unchecked(&["amazon"], &[One(&["TBA", "TBC", "TBM"]), Digits(12)]),
    unchecked(&["lasership", "ontrac"], &[One(&["1LS"]), Rest(12, 15)]),
    unchecked(&["lasership"], &[One(&["LX1"]), Digits(7)]),
    unchecked(&["dhl_ecommerce"], &[One(&["GM"]), Rest(10, 38)]),
    unchecked(&["dhl_express"], &[One(&["JD"]), Digits(18)]),
    unchecked(
        &["dhl_express", "dhl_paket", "dhl_parcel_nl"],
        &[One(&["JJD"]), Digits(18)],
    ),
    unchecked(&["dhl_express", "dhl_parcel_nl"], &[One(&["JVGL"]), Rest(10, 20)]),
    unchecked(&["yodel"], &[One(&["JJD"]), Digits(16)]),
    unchecked(&["yodel"], &[One(&["JD"]), Digits(16)]),
    unchecked(&["dhl_parcel_nl", "postnl"], &[One(&["3S"]), Letters(3), Rest(7, 13)]),
    unchecked(&["dhl_parcel_nl", "postnl"], &[One(&["3S"]), Letters(4), Rest(7, 13)]),
    unchecked(&["tnt"], &[One(&["GD", "GE"]), Digits(9), One(&["WW"])]),
    unchecked(&["colissimo"], &[Digits(1), Letters(1), Digits(11)]),
    unchecked(
        &["canpar"],
        &[One(&["C", "D", "K", "L", "S", "U", "X", "Z"]), Digits(21)],
    ),
    unchecked(&["purolator"], &[Letters(3), Digits(9)]),
    unchecked(&["landmark_global"], &[One(&["LTN"]), Digits(8), One(&["N1"])]),
    unchecked(&["spee_dee"], &[One(&["SP"]), Digits(18)]),
    unchecked(&["sf_express"], &[One(&["SF"]), Digits(13)]),
    unchecked(&["yunexpress"], &[One(&["YT"]), Digits(16)]),
    unchecked(&["cainiao"], &[One(&["LP"]), Digits(14)]),
    unchecked(&["parcelforce"], &[Letters(2), Digits(7)]),
    shared(&["fedex"], &[Digits(12)], Some((Check::FedEx, 12)), OPEN_DATA),
    shared(&["fedex"], &[Digits(15)], Some((Check::Gs1, 15)), OPEN_DATA),
    shared(
        &["fedex"],
        &[Digits(18)],
        Some((Check::Gs1, 18)),
        "GS1, SSCC, which every carrier takes",
    ),
    shared(&["dhl_express"], &[Digits(10)], Some((Check::Mod7, 10)), OPEN_DATA),
    shared(&["dhl_express"], &[Digits(11)], Some((Check::Mod7, 11)), OPEN_DATA),
    shared(
        &["dhl_paket"],
        &[Digits(12)],
        Some((Check::Identcode, 12)),
        "Deutsche Post, Identcode",
    ),
    shared(&["canada_post"], &[Digits(16)], Some((Check::Gs1, 16)), OPEN_DATA),
    shared(
        &["purolator"],
        &[One(&["0", "1", "2", "3", "4", "5"]), Digits(11)],
        Some((Check::Luhn, 12)),
        OPEN_DATA,
    ),
    shared(
        &["old_dominion"],
        &[One(&["072", "777", "778"]), Digits(8)],
        Some((Check::Luhn, 11)),
        OPEN_DATA,
    ),
    shared(
        &["old_dominion"],
        &[One(&["80"]), Digits(9)],
        Some((Check::Luhn, 11)),
        OPEN_DATA,
    ),
    shared(
        &["japan_post", "sagawa", "yamato"],
        &[Digits(12)],
        Some((Check::Mod7, 12)),
        "Yamato and Sagawa, labels; the Japanese 7DR check digit",
    ),
    shared(&["gls", "sf_express"], &[Digits(12)], None, USAGE),
    shared(&["gls", "japan_post"], &[Digits(11)], None, USAGE),
    shared(&["estes"], &[Digits(10)], None, USAGE),
    shared(&["tnt", "ups"], &[Digits(9)], None, USAGE),
    shared(&["dpd", "hermes"], &[Digits(14)], None, USAGE),
    shared(&["dpd"], &[Digits(14), Signs(1)], None, USAGE),
    shared(&["evri"], &[Digits(16)], None, USAGE),
    shared(&["bpost", "inpost"], &[Digits(24)], None, USAGE),
];
