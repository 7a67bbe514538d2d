//! Interchanges with usual and unusual signs, cut off and broken.

use super::super::path::{Levels, Path};
use super::*;

const GOLDEN: &str = "UNA:+.? 'UNB+UNOC:3+HANSACARGO+SHOPNORD+260930:1512+7'\
UNH+1+IFTSTA:D:01B:UN'BGM+23+S-1+9'NAD+CN+++Ina O?'Hara?+Co'\
CNI+1+HC4471'STS+1+31'DTM+334:202609290815:203'LOC+14+DEHAM:139:6:Hamburg'\
STS+1+21'RFF+CN:HC4471'DTM+334:202609301402:203'LOC+14+DKCPH:139:6:K?:benhavn??'TDT+20++3++HANSA'LOC+9+DEHAM'\
CNI+2+HC4472'STS+1+23+:::closed+7'UNT+16+1'UNZ+1+7'";

fn loops() -> Loops {
    let loops = [
        ("CNI", vec!["STS"]),
        ("STS", vec!["RFF", "DTM", "LOC", "TDT"]),
        ("TDT", vec!["LOC"]),
    ];
    let loops = loops.into_iter().map(|(name, held)| {
        let held = held.into_iter().map(Box::from);
        (Box::from(name), held.collect())
    });
    Loops(loops.collect())
}

fn check(text: &str, places: &[(&str, &str)]) {
    let (memory, document) = (Bump::new(), [Box::from("document")]);
    let tree = match read(text, &loops(), &memory) {
        Ok(tree) => tree,
        Err(refusal) => panic!("{refusal}\n{text}"),
    };
    for (place, expected) in places {
        let place = format!("document.interchanges{place}");
        let path = Path::parse(&place, Levels(&document)).expect("it is a path");
        assert_eq!(path.find(&[tree]).text(), *expected, "{place}");
    }
}

fn refused(text: &str, expected: &str) {
    let rest = "; send the whole interchange as it came";
    match read(text, &loops(), &Bump::new()) {
        Ok(tree) => panic!("read as {tree:?}"),
        Err(refusal) => {
            let expected = format!("not_edifact: not EDIFACT: segment {expected}{rest}");
            assert_eq!(refusal.to_string(), expected, "{text}");
        }
    }
}

#[test]
fn segments_stand_in_the_loops_that_hold_them() {
    check(
        GOLDEN,
        &[
            (".UNB.2", "HANSACARGO"),
            (".UNB.4.2", "1512"),
            (".messages.UNH.2.1", "IFTSTA"),
            (".messages.NAD[1=CN].4", "Ina O'Hara+Co"),
            (".messages.CNI[0].2.1", "HC4471"),
            (".messages.CNI[0].STS[0].2.1", "31"),
            (".messages.CNI[0].STS[0].LOC.2.4", "Hamburg"),
            (".messages.CNI[0].STS[1].RFF[1=CN].1.2", "HC4471"),
            (".messages.CNI[0].STS[1].DTM[1=334].1.2", "202609301402"),
            (".messages.CNI[0].STS[1].LOC[1=14].2.4", "K:benhavn?"),
            (".messages.CNI[0].STS[1].LOC[1=9].2.1", ""),
            (".messages.CNI[0].STS[1].TDT.LOC[1=9].2", "DEHAM"),
            (".messages.CNI[1].STS.3.4", "closed"),
            (".messages.CNI[1].STS.3", ""),
            (".messages.CNI[1].STS.4", "7"),
        ],
    );
}

#[test]
fn what_separates_is_what_the_una_says() {
    let places = [
        (".messages.CNI[0].STS[1].LOC[1=14].2.1", "DKCPH"),
        (".messages.CNI[1].2", "HC4472"),
    ];
    // Without one the usual signs hold.
    check(GOLDEN.trim_start_matches("UNA:+.? '"), &places);
    check(&GOLDEN.replace('\'', "'\r\n"), &places);
    let odd = GOLDEN.replace("O?'Hara?+Co", "O?~Hara?|Co").replace("K?:b", "K?;b");
    let odd = odd.replace(':', ";").replace('+', "|").replace('\'', "~");
    check(&odd, &places);
    check(&odd.replace('~', "\n"), &places);
    check(&odd, &[(".messages.NAD.4", "Ina O~Hara|Co")]);
    // A blank says that nothing releases.
    let plain = GOLDEN
        .replace("UNA:+.? '", "UNA:+.  '")
        .replace("O?'Hara?+Co", "Who?")
        .replace("K?:benhavn??", "Aarhus?");
    check(
        &plain,
        &[
            (".messages.NAD.4", "Ina Who?"),
            (".messages.CNI[0].STS[1].LOC[1=14].2.4", "Aarhus?"),
        ],
    );
}

#[test]
fn elements_repeat_from_version_4_of_the_syntax() {
    let text = GOLDEN.replace("+++Ina O?'Hara?+Co", "+a*b?*c");
    let place = ".messages.NAD.2";
    check(&text, &[(place, "a*b*c")]);
    let told = text.replace("UNA:+.? '", "UNA:+.?*'").replace("UNOC:3", "UNOC:4");
    check(&told, &[(place, "a"), (".messages.NAD.2[1]", "b*c")]);
    let usual = told.trim_start_matches("UNA:+.?*'");
    check(usual, &[(place, "a"), (".messages.NAD.2[1]", "b*c")]);
}

#[test]
fn several_messages_groups_and_interchanges_are_read() {
    let second = "UNH+2+IFTSTA:D:01B:UN'CNI+1+HC4473'UNT+3+2'UNZ+2+7'";
    let two = GOLDEN.replace("UNZ+1+7'", second);
    check(&two, &[(".messages[1].CNI.2", "HC4473")]);
    let grouped = GOLDEN.replacen("UNH+1+", "UNG+IFTSTA+A+B+260930:1512+G1+UN+D:01B'UNH+1+", 1);
    let grouped = grouped.replace("UNZ+1+7'", "UNE+1+G1'UNZ+1+7'");
    check(
        &format!("{grouped}\n{two}"),
        &[("[0].messages.CNI[1].2", "HC4472"), ("[1].messages[1].CNI.2", "HC4473")],
    );
}

#[test]
fn an_interchange_that_is_cut_off_is_refused_wherever() {
    for length in 0..GOLDEN.len() {
        let cut = GOLDEN.get(..length).expect("it is ASCII");
        let refusal = read(cut, &loops(), &Bump::new()).expect_err(cut).to_string();
        assert!(refusal.starts_with("not_edifact: not EDIFACT: segment "), "{refusal}");
    }
    let cut = |at: &str| GOLDEN.split_at(GOLDEN.find(at).expect("it stands there")).0;
    refused("", "1: an interchange begins with UNA or UNB, not ``");
    refused(cut("benhavn"), "13: `LOC+14+DKCPH:139:6:K?:` is cut off");
    refused(cut("UNT+16"), "18: the payload ends before UNT");
    refused(cut("UNZ"), "19: the payload ends before UNZ");
}

#[test]
fn what_is_broken_is_refused_with_the_segment() {
    let broken = |from: &str, to: &str, expected: &str| refused(&GOLDEN.replacen(from, to, 1), expected);
    broken("STS+1+31'", "", "17: UNT counts `16` segments, and 15 stand there");
    broken(
        "UNT+16+1",
        "UNT+16+2",
        "18: UNT ends `2`, but the UNH of segment 3 begins `1`",
    );
    broken(
        "UNZ+1+7",
        "UNZ+1+8",
        "19: UNZ ends `8`, but the UNB of segment 2 begins `7`",
    );
    broken("UNT+16+1'", "", "18: `UNZ` stands where UNT is expected");
    // A sign that nothing releases divides what it should not.
    broken("O?'Hara", "O'Hara", "6: `Hara?+Co` is no name of a segment");
    broken("UNB+", "UNX+", "2: `UNX` stands where UNB is expected");
    let signs = "1: the UNA is cut off, or names a letter, a digit or one sign for two as what separates";
    broken("UNA:+.? '", "UNA::.? '", signs);
    broken("UNA:+.? '", "UNA:+.+ '", signs);
    broken("UNA:+.? '", "UNAx+.? '", signs);
    refused("<xml/>", "1: an interchange begins with UNA or UNB, not `<xml/>`");
    let many = format!("BGM{}'", "+1".repeat(120));
    broken("BGM+23+S-1+9'", &many, "4: more than 99 elements");
}

#[test]
fn no_change_of_a_sign_makes_it_panic() {
    for at in 0..GOLDEN.len() {
        for sign in ["+", "'", ":", "?", "", "\u{e9}", "\0", "A", "UNH"] {
            let mut text = GOLDEN.to_owned();
            text.replace_range(at..=at, sign);
            let _ = read(&text, &loops(), &Bump::new());
        }
    }
}

#[test]
fn an_interchange_in_latin_1_is_text() {
    let memory = Bump::new();
    let latin = b"UNA:+.? '\r\nUNB+UNOC:3+K\xf6ln'";
    assert_eq!(
        super::super::interchange_text(latin, &memory),
        Some("UNA:+.? '\r\nUNB+UNOC:3+K\u{f6}ln'")
    );
    assert_eq!(super::super::interchange_text(b"ISA*\xf6", &memory), Some("ISA*\u{f6}"));
    // Of other alphabets nothing is guessed.
    assert_eq!(super::super::interchange_text(b"UNB+UNOD:3+\xf6", &memory), None);
    assert_eq!(super::super::interchange_text(b"{\"a\": \"\xf6\"}", &memory), None);
}
