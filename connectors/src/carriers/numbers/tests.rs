//! Numbers that we made, each with the check digit that its rule gives, and every one of their single wrong digits.

use super::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Numbers that settle their carrier.
const SETTLED: &[(&str, &str)] = &[
    ("ups", "1Z7E4W200366104277"),
    ("ups", "1Z4A7K306812905534"),
    ("usps", "9400136105440270019385"),
    ("usps", "92748905471230068500217347"),
    ("usps", "420606119400136105440270019385"),
    ("usps", "4206061144179400136105440270019385"),
    ("usps", "4201002392748905471230068500217347"),
    ("usps", "73502188460122790340"),
    ("usps", "LN339077180US"),
    ("fedex", "61290557138022649171"),
    ("fedex", "1001884407130001000300618429073552"),
    ("fedex", "9611020418372655019238"),
    ("fedex", "9622001440008844170000618429073552"),
    ("dhl_paket", "00340434417062880554"),
    ("dpd", "001204509980417263305327276T"),
    ("dpd", "000HR2715501836620419328826N"),
    ("ontrac", "C12044173560288"),
    ("ontrac", "D10093477162051"),
    ("royal_mail", "RB403178269GB"),
    ("royal_mail", "RB403100065GB"),
    ("canada_post", "RR582104737CA"),
    ("australia_post", "LZ719302452AU"),
    ("la_poste", "RK207488138FR"),
    ("deutsche_post", "RG620193479DE"),
    ("japan_post", "EE910273459JP"),
    ("china_post", "RA371045825CN"),
    ("postnl", "LS830159265NL"),
    ("bpost", "CD458701232BE"),
    ("correos", "RF192837461ES"),
    ("poste_italiane", "RC704168297IT"),
    ("correios", "RL566102848BR"),
    ("swiss_post", "RE841209577CH"),
    ("postnord", "UA277194087SE"),
];

/// Numbers whose check digit holds, but that others may have given as well.
const SHARED: &[(&str, &str)] = &[
    ("fedex", "618429073552"),
    ("fedex", "618429000010"),
    ("fedex", "561204883701924"),
    ("dhl_express", "4026188552"),
    ("dhl_paket", "347109266058"),
    ("canada_post", "7034178255906180"),
    ("purolator", "318420965770"),
    ("old_dominion", "77741083628"),
    ("old_dominion", "80304417266"),
    ("yamato", "401822667396"),
    // The shipper's number, whoever carries it.
    ("fedex", "340123450006729103"),
    // SmartPost, which USPS knows as well.
    ("fedex", "9261290518372044619052"),
];

/// What is told of a number: the answer, or why there is none.
fn told(number: &str) -> String {
    let found = candidates(number);
    found.answer().map_or_else(|| found.why_none(), str::to_owned)
}

fn holds(number: &str, carrier: &str) -> Option<&'static Form> {
    let found = candidates(number);
    let holding = found
        .iter()
        .find(|candidate| candidate.carrier == carrier && candidate.verdict == Verdict::Holds);
    holding.map(|candidate| candidate.form)
}

#[test]
fn a_number_of_a_carriers_own_form_whose_check_digit_holds_settles_the_carrier() {
    for (carrier, number) in SETTLED {
        assert_eq!(told(number), *carrier, "{number}");
    }
    let carriers: BTreeSet<&str> = SETTLED.iter().map(|(carrier, _)| *carrier).collect();
    assert!(carriers.len() >= 15, "{carriers:?}");
}

#[test]
fn a_form_that_others_use_settles_nothing_though_the_check_digit_holds() {
    for (carrier, number) in SHARED {
        assert!(holds(number, carrier).is_some(), "{number} of {carrier}");
        assert_eq!(candidates(number).answer(), None, "{number}");
    }
}

#[test]
fn what_is_told_where_there_is_no_answer() {
    let told: Vec<String> = [
        "1Z7E4W200366104278",
        "618429073552",
        "318420965770",
        "561204883701924",
        "4026188552",
        "347109266058",
        "TBA306128844021",
        // Parcels and express of a post may be another house's.
        "9261290518372044619052",
        "EE403178269GB",
        "CC620193479DE",
        "EE371045825CN",
        "EE207488138FR",
        "RB403178269XX",
        "RB403178268GB",
        "12345678901234",
        "601234567890123456789012",
        "ABCDE",
    ]
    .iter()
    .map(|number| format!("{number} {}", told(number)))
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    1Z7E4W200366104278 looks like one of ups, but `7` should stand where its check digit is
    618429073552 may be of fedex, gls, sf_express
    318420965770 may be of fedex, purolator, gls, sf_express
    561204883701924 may be of fedex, dpd
    4026188552 may be of dhl_express, estes
    347109266058 may be of dhl_paket, gls, sf_express
    TBA306128844021 may be of amazon
    9261290518372044619052 may be of usps, fedex
    EE403178269GB may be of royal_mail, parcelforce
    CC620193479DE may be of deutsche_post, dhl_paket
    EE371045825CN may be of china_post, china_ems
    EE207488138FR may be of la_poste, colissimo, chronopost
    RB403178269XX is of a post that has no name here
    RB403178268GB looks like one of royal_mail, but `9` should stand where its check digit is
    12345678901234 may be of dpd, hermes
    601234567890123456789012 may be of bpost, inpost
    ABCDE fits no format known here
    ");
}

/// Whether a rule notices a wrong digit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Notices {
    Always,
    Never,
    Sometimes,
}

/// What is to be expected of one wrong digit.
fn notices(form: &Form, number: &str, place: usize, (right, wrong): (u8, u8)) -> Notices {
    let (check, over) = form.check.expect("a form with a check digit");
    let differs = right.abs_diff(wrong);
    let Some(place) = place.checked_sub(number.len() - over) else {
        return Notices::Never;
    };
    let is_check_digit = place == over - check.place_from_end();
    let when = |missed: bool| if missed { Notices::Never } else { Notices::Always };
    match check {
        Check::Gs1 | Check::Gs1After(_) | Check::Luhn | Check::Mod37 => Notices::Always,
        Check::Ups | Check::OnTrac(_) => when(!is_check_digit && place % 2 == 1 && differs == 5),
        Check::Identcode => when(!is_check_digit && place % 2 == 0 && differs == 5),
        Check::Mod7 => when(!is_check_digit && differs == 7),
        Check::FedEx if number.ends_with('0') && !is_check_digit => Notices::Sometimes,
        Check::S10 if number.get(10..11) == Some("5") && !is_check_digit => Notices::Sometimes,
        Check::FedEx | Check::S10 => Notices::Always,
    }
}

#[test]
fn every_wrong_digit_is_noticed_that_the_rule_can_notice() {
    let (mut tried, mut missed) = (0, 0);
    for (carrier, number) in SETTLED.iter().chain(SHARED) {
        let form = holds(number, carrier).unwrap_or_else(|| panic!("{number} is of {carrier}"));
        let digits = number.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
        for (place, right) in digits {
            for wrong in (b'0'..=b'9').filter(|wrong| *wrong != right) {
                let with = |(at, byte)| char::from(if at == place { wrong } else { byte });
                let corrupted: String = number.bytes().enumerate().map(with).collect();
                let is_missed = holds(&corrupted, carrier).is_some();
                // What no form begins with is refused whatever the rule says.
                let expected = if form.fits(&corrupted) {
                    notices(form, number, place, (right, wrong))
                } else {
                    Notices::Always
                };
                let as_expected = match expected {
                    Notices::Always => !is_missed,
                    Notices::Never => is_missed,
                    Notices::Sometimes => true,
                };
                assert!(
                    as_expected,
                    "{number} as {corrupted}: {expected:?} noticed, {is_missed}"
                );
                tried += 1;
                missed += u32::from(is_missed);
            }
        }
    }
    // Nearly all of them stand where no check digit looks: ZIP codes, and what FedEx writes before its own number.
    assert_eq!((tried, missed), (6417, 602));
}

#[test]
fn every_form_with_a_check_digit_has_a_number_here() {
    for form in FORMS.iter().filter(|form| form.check.is_some()) {
        let is_here = SETTLED.iter().chain(SHARED).any(|(_, number)| form.fits(number));
        assert!(is_here, "{}", form.words());
    }
}

/// The table of what is known, as the page has it.
fn table() -> String {
    let mut table = String::from(
        "| carrier | number | check digit | wrong digits that it misses | settles the carrier | known from |\n|---|---|---|---|---|---|\n",
    );
    for form in FORMS {
        let carriers = match form.whose {
            Whose::Carriers(carriers) => carriers.iter().map(|carrier| format!("`{carrier}`")).collect(),
            Whose::Post => vec!["the post of the country at its end".to_owned()],
        };
        let length = |part: &Part| match part {
            Part::One(begins) => begins.first().map_or(0, |begin| begin.len()),
            Part::Digits(length) | Part::Letters(length) | Part::Signs(length) => *length,
            Part::Rest(least, _) => *least,
        };
        let length: usize = form.parts.iter().map(length).sum();
        let (rule, misses) = form.check.map_or((String::new(), String::new()), |(check, over)| {
            let of = if over < length && check != Check::Ups {
                format!(" of the last {over} signs")
            } else {
                String::new()
            };
            let before = if over < length && check != Check::Ups {
                "all in the signs before; "
            } else {
                ""
            };
            (format!("{}{of}", check.words()), format!("{before}{}", check.misses()))
        });
        let settles = match (form.is_own, form.check) {
            (true, Some(_)) => "yes",
            (true, None) => "no: no rule is known",
            (false, _) => "no: others use the form",
        };
        writeln!(
            table,
            "| {} | {} | {rule} | {misses} | {settles} | {} |",
            carriers.join(", "),
            form.words(),
            form.source
        )
        .expect("a text takes more text");
    }
    table
}

#[test]
fn the_page_of_numbers_shows_what_is_known() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("NUMBERS.md");
    let page = std::fs::read_to_string(&path).expect("the page can be read");
    let begin = page.find("| carrier |").expect("the page has a table");
    let expected = format!("{}{}", page.get(..begin).unwrap_or_default(), table());
    if std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always") {
        std::fs::write(&path, &expected).expect("the page can be written");
    } else {
        assert_eq!(page, expected, "INSTA_UPDATE=always writes it anew");
    }
}
