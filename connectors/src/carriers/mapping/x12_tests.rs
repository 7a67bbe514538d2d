//! Interchanges with usual and unusual signs, cut off and broken.

use super::super::path::{Levels, Path};
use super::*;

const GOLDEN: &str = "ISA*00*          *00*          *02*ODFL           *ZZ*SHOPWEST       *260930*1512*U*00401*000000907*0*P*>~\
GS*QM*ODFL*SHOPWEST*20260930*1512*907*X*004010~\
ST*214*0001~B10*44810023*SID-9*ODFL~L11*PO-77*PO~N1*CN*Rosa Marin~N4*Boise*ID*83702~LX*1~\
AT7*X6*NS***20260927*0815*20~MS1*Salt Lake City*UT*US~AT7*D1*NS***20260930*1402*LT~MS1*Boise*ID*US~MS2*ODFL*53117~\
L11*1*QN~SE*13*0001~GE*1*907~IEA*1*000000907~";

fn loops() -> Loops {
    let loops = [
        ("N1", vec!["N3", "N4"]),
        ("LX", vec!["AT7", "L11"]),
        ("AT7", vec!["MS1", "MS2"]),
    ];
    let loops = loops.into_iter().map(|(name, held)| {
        let held = held.into_iter().map(Box::from);
        (Box::from(name), held.collect())
    });
    Loops(loops.collect())
}

/// What stands at each place, or why the payload is refused.
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
    match read(text, &loops(), &Bump::new()) {
        Ok(tree) => panic!("read as {tree:?}"),
        Err(refusal) => assert_eq!(refusal.to_string(), format!("not_x12: not X12: {expected}"), "{text}"),
    }
}

#[test]
fn segments_stand_in_the_loops_that_hold_them() {
    check(
        GOLDEN,
        &[
            (".ISA.6", "ODFL"),
            (".groups.GS.4", "20260930"),
            (".groups.transactions.ST.1", "214"),
            (".groups.transactions.B10.3", "ODFL"),
            (".groups.transactions.L11[2=PO].1", "PO-77"),
            (".groups.transactions.N1[1=CN].N4.3", "83702"),
            (".groups.transactions.LX.AT7[0].MS1.1", "Salt Lake City"),
            (".groups.transactions.LX.AT7[0].MS2.1", ""),
            (".groups.transactions.LX.AT7[1].MS1.1", "Boise"),
            (".groups.transactions.LX.AT7[1].MS2.2", "53117"),
            (".groups.transactions.LX.L11.1", "1"),
        ],
    );
}

#[test]
fn what_separates_is_what_the_isa_says() {
    let places = [
        (".groups.transactions.LX.AT7[1].MS1.1", "Boise"),
        (".groups.transactions.B10.1", "44810023"),
    ];
    check(&GOLDEN.replace('*', "|").replace('~', "\n"), &places);
    check(&GOLDEN.replace('*', "\x1d").replace('~', "\x1c\r\n"), &places);
    check(&GOLDEN.replace('~', "\r\n"), &places);
    check(&format!("\r\n{}\n\n", GOLDEN.replace('~', "~\n")), &places);
    // The sign of one interchange is none in the next.
    let twice = format!("{}{}", GOLDEN.replace('*', "|"), GOLDEN.replace("44810023", "448|0023"));
    check(&twice, &[("[0].groups.transactions.B10.1", "44810023")]);
    check(&twice, &[("[1].groups.transactions.B10.1", "448|0023")]);
}

#[test]
fn elements_have_components_and_repeat_where_the_isa_says_so() {
    let with = |element: &str| GOLDEN.replace("PO-77", element);
    let place = ".groups.transactions.L11[2=PO].1";
    let (second, whole) = (format!("{place}.2"), place.to_owned());
    check(&with("a>b"), &[(&whole, "a>b"), (&second, "b")]);
    // Before version 4020 the place said something else.
    check(&with("aUb").replace("*U*", "*^*"), &[(&whole, "aUb")]);
    check(&with("a^b").replace("*U*", "*^*"), &[(&whole, "a^b")]);
    let repeating = with("a^b").replace("*U*00401*", "*^*00501*");
    check(&repeating, &[(&whole, "a"), (&format!("{place}[1]"), "b")]);
}

#[test]
fn several_transactions_groups_and_interchanges_are_read() {
    let second = "ST*214*0002~B10*44810031*SID-10*ODFL~SE*3*2~GE*2*907~GS*FA*A*B*20260930*1512*908*X*004010~GE*0*908~";
    let text = GOLDEN
        .replace("GE*1*907~", second)
        .replace("IEA*1*", "TA1*000000001*260930*1512*A*000~IEA*2*");
    check(
        &format!("{text}{GOLDEN}"),
        &[
            ("[0].groups[0].transactions[1].B10.1", "44810031"),
            ("[0].groups[1].GS.1", "FA"),
            ("[1].groups.transactions.B10.1", "44810023"),
        ],
    );
}

#[test]
fn an_interchange_that_is_cut_off_is_refused_wherever() {
    let mut last = String::new();
    for length in 0..GOLDEN.len() {
        let cut = GOLDEN.get(..length).expect("it is ASCII");
        let refusal = read(cut, &loops(), &Bump::new()).expect_err(cut).to_string();
        if refusal != last {
            assert!(refusal.starts_with("not_x12: not X12: segment "), "{refusal}");
            last = refusal;
        }
    }
    let rest = "; send the whole interchange as it came";
    let cut = |at: &str| GOLDEN.split_at(GOLDEN.find(at).expect("it stands there")).0;
    refused("", &format!("segment 1: an interchange begins with ISA, not ``{rest}"));
    refused(
        cut("00401"),
        &format!("segment 1: the ISA is cut off: it has 106 signs{rest}"),
    );
    refused(
        cut("1402*LT"),
        &format!("segment 11: `AT7*D1*NS***20260930*` is cut off{rest}"),
    );
    refused(cut("SE*13"), &format!("segment 15: the payload ends before SE{rest}"));
    refused(cut("IEA"), &format!("segment 17: the payload ends before IEA{rest}"));
}

#[test]
fn what_is_broken_is_refused_with_the_segment() {
    let rest = "; send the whole interchange as it came";
    let broken =
        |from: &str, to: &str, expected: &str| refused(&GOLDEN.replacen(from, to, 1), &format!("{expected}{rest}"));
    broken(
        "MS2*ODFL*53117~",
        "",
        "segment 14: SE counts `13` segments, and 12 stand there",
    );
    broken(
        "SE*13*0001",
        "SE*13*0002",
        "segment 15: SE ends `0002`, but the ST of segment 3 begins `0001`",
    );
    broken(
        "GE*1*907",
        "GE*2*907",
        "segment 16: GE counts `2` transactions, and 1 stand there",
    );
    broken("SE*13*0001~", "", "segment 15: `GE` stands where SE is expected");
    broken("B10*", "b!*", "segment 4: `b!` is no name of a segment");
    broken("PO-77", "PO~77", "segment 6: `77` is no name of a segment");
    broken("ST*214", "XX*214", "segment 3: `XX` stands where ST or GE is expected");
    broken(
        "SHOPWEST       ",
        "SHOPWEST",
        "segment 1: the elements of the ISA are not of their fixed lengths, 106 signs in all",
    );
    broken(
        "ISA*00*",
        "ISA*0**",
        "segment 1: the elements of the ISA are not of their fixed lengths, 106 signs in all",
    );
    refused(
        &GOLDEN.replace('~', "Q"),
        &format!("segment 1: the ISA names a letter, a digit or one sign for two as what separates{rest}"),
    );
    refused(
        "{\"a\": 1}",
        &format!("segment 1: an interchange begins with ISA, not `{{\"a\": 1}}`{rest}"),
    );
    let many = format!("B10{}~", "*1".repeat(120));
    broken("B10*44810023*SID-9*ODFL~", &many, "segment 4: more than 99 elements");
    let behind = format!("{GOLDEN}oh");
    refused(
        &behind,
        &format!("segment 18: an interchange begins with ISA, not `oh`{rest}"),
    );
}

#[test]
fn no_change_of_a_sign_makes_it_panic() {
    for at in 0..GOLDEN.len() {
        for sign in ["*", "~", ">", "", "\u{e9}", "\0", "A", "ISA"] {
            let mut text = GOLDEN.to_owned();
            text.replace_range(at..=at, sign);
            let _ = read(&text, &loops(), &Bump::new());
        }
    }
}
