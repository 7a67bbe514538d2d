//! The layout of files: the library has it, a file keeps its meaning and its comments, and a second time changes nothing.

use milepost_rules::{Diagnostic, LayoutError, RuleSet, RuleTest, SourceFile, laid_out, library};
use proptest::prelude::*;

use crate::noise::runner;
use crate::scribble::Scribble;

fn layout(text: &str) -> Result<String, LayoutError> {
    laid_out(&SourceFile {
        name: "rules.yaml",
        text,
    })
}

/// The text laid out, or as it is.
pub(crate) fn laid_out_or(text: &str) -> String {
    layout(text).unwrap_or_else(|_| text.to_owned())
}

fn compiled(text: &str) -> Result<RuleSet, Vec<Diagnostic>> {
    RuleSet::compile(&[SourceFile {
        name: "rules.yaml",
        text,
    }])
}

/// Tests of a set without the lines on which they stand.
fn stories(set: &RuleSet) -> Vec<RuleTest> {
    let mut tests = set.tests().to_vec();
    for test in &mut tests {
        test.line = 0;
        test.story.iter_mut().for_each(|step| step.line = 0);
        test.expect.iter_mut().for_each(|expected| expected.line = 0);
    }
    tests
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    let mut codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes
}

/// Two texts are one set, or have the same mistakes.
fn assert_same_meaning(before: &str, after: &str) {
    match (compiled(before), compiled(after)) {
        (Ok(left), Ok(right)) => {
            assert_eq!(left.hash_text(), right.hash_text(), "{before}\n---\n{after}");
            assert_eq!(stories(&left), stories(&right), "{before}\n---\n{after}");
            assert_eq!(codes(left.warnings()), codes(right.warnings()));
            let owners = |set: &RuleSet| {
                let rules = set.rules().iter();
                rules
                    .map(|rule| (rule.name.clone(), rule.owner.clone(), rule.because.clone()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(owners(&left), owners(&right));
        }
        (Err(left), Err(right)) => assert_eq!(codes(&left), codes(&right), "{before}\n---\n{after}"),
        (left, right) => panic!("{:?} became {:?}\n{before}\n---\n{after}", left.is_ok(), right.is_ok()),
    }
}

/// Lays a text out, if it has no mistakes of form, and checks all that a layout must keep.
fn checked(text: &str) -> Option<String> {
    let after = match layout(text) {
        Ok(after) => after,
        Err(LayoutError::Mistakes(found)) => {
            assert!(compiled(text).is_err() && !found.is_empty(), "{text}");
            return None;
        }
        Err(LayoutError::Unsure) => panic!("cannot be laid out:\n{text}"),
    };
    assert_eq!(layout(&after).as_ref(), Ok(&after), "a second time changes it:\n{text}");
    assert_same_meaning(text, &after);
    Some(after)
}

#[test]
fn the_library_is_laid_out() {
    for (name, text) in library() {
        assert_eq!(
            layout(text).as_deref(),
            Ok(*text),
            "{name}: run `milepost rules fmt rules/library`"
        );
    }
}

#[test]
fn a_file_without_care_becomes_a_file_with_care() {
    let text = include_str!("layout/careless.yaml");
    insta::assert_snapshot!(checked(text).expect("a file without mistakes"));
}

#[test]
fn line_ends_and_marks_of_the_file() {
    let plain = "rules:\n  - notice: x\n    when: true\n";
    assert_eq!(layout(plain).as_deref(), Ok(plain));
    assert_eq!(layout(&format!("\u{feff}---\n{plain}...\n")).as_deref(), Ok(plain));
    assert_eq!(layout(&plain.replace('\n', "\r\n")), Ok(plain.replace('\n', "\r\n")));
    assert_eq!(layout(&plain.replace('\n', "\r")).as_deref(), Ok(plain));
    assert_eq!(layout("").as_deref(), Ok(""));
    assert_eq!(layout("\n\n  # only this\n\n").as_deref(), Ok("  # only this\n"));
    assert_eq!(
        layout("{\"rules\": [{\"when\": \"true\", \"notice\": \"x\"}]}").as_deref(),
        Ok("rules:\n  - notice: \"x\"\n    when: true\n")
    );
}

#[test]
fn conditions_break_where_a_reader_would() {
    let mut all = String::new();
    for condition in [
        "status in ('accepted','in_transit')and silence>interval '36' hour",
        "not(attempts<>- 1)or attempts!=-(-1)or abs (attempts- -1)>=1.5",
        "x is not distinct from y and a between 1 and 2 and b not between 3 and 4 and c is not true and d = true",
        "case carrier when 'ups' then 1 else 2 end=1",
        "status IN ('created', 'announced', 'accepted', 'in_transit', 'customs', 'exception', 'out_for_delivery', 'attempt_failed')",
        "status = 'in_transit' AND silence > INTERVAL '36 hours' AND carrier <> 'freight' AND (city = 'Columbus' OR city = 'Dayton' OR city = 'Cleveland' OR city = 'Cincinnati' OR city = 'Toledo')",
        "status = 'customs' AND silence > INTERVAL '7 days' OR status = 'in_transit' AND silence > INTERVAL '3 days' OR status = 'accepted'",
        "CASE WHEN service IN ('next_day_air', 'overnight') THEN INTERVAL '24 hours' WHEN country <> origin_country THEN INTERVAL '168 hours' ELSE INTERVAL '72 hours' END < silence",
        "silence > INTERVAL '36 hours'\nAND status = 'in_transit' AND\n   carrier <> 'freight' AND city <> 'Louisville' AND region <> 'KY' AND country = 'US' AND attempts\n= 0",
        "attempts > 1 -- twice\n  AND   carrier = 'ups'",
        "city = 'two  blanks' AND region = 'it''s' AND \"quoted\" = 1",
    ] {
        let text = format!(
            "rules:\n- notice: x\n  when: |\n    {}\n",
            condition.replace('\n', "\n    ")
        );
        all += &checked(&text).expect("it is SQL");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn comments_in_odd_places_stay() {
    for text in [
        "rules: [\n  # one\n ]\nlists: { # two\n  # three\n } # four\n# five\n",
        "# one\n---\n# two\nrules: []\n...\n# three\n",
        "--- # one\nrules: # two\n# three\n",
        "rules: # one\n  # two\nlet: # three\n  # four\n# five\ntests: # six\n  # seven\n",
        "rules:\n  - # one\n    # two\n    notice: x # three\n    # four\n    when: # five\n      # six\n      true # seven\n    # eight\n  # nine\n# ten\n",
        "rules:\n- ? notice # one\n  : x # two\n  ? when\n  # three\n  : true\n",
        "rules: [ { notice: x, # one\n  when: true # two\n  # three\n }, # four\n # five\n { notice: y, when: true } # six\n ] # seven\n",
        "rules:\n- notice: x\n  when: | # one\n    true\n   # two\n  # three\n  limit: day\n",
        "rules:\n- notice: x\n  when: true\ntests:\n- name: t\n  story: |\n    # text\n    0h tick\n  # one\n  shipment: { # two\n    }\n  expect: # three\n",
        "rules:\n- notice: 'x'# no comment\n  when: true\n",
        "rules:\n- notice: x#y\n  when: true\n",
    ] {
        let Some(after) = checked(text) else {
            // Where `#` follows without a blank, YAML does not take it for a comment, and names do not have it.
            assert!(text.contains("'x'#") || text.contains("x#y"), "{text}");
            continue;
        };
        for word in [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        ] {
            let comment = format!("# {word}\n");
            assert_eq!(
                after.matches(&comment).count(),
                text.matches(&comment).count(),
                "{word}\n{text}\n---\n{after}"
            );
        }
    }
}

#[test]
fn a_file_with_mistakes_is_left_alone_and_they_are_shown() {
    for (text, code) in [
        ("rules:\n- notice: x\n  when: a AND\n", "MP010"),
        ("rules:\n- notice: x\n  when: [a\n", "MP001"),
        ("rules:\n- notice: x\n  wen: a\n", "MP002"),
        (
            "rules: []\ntests:\n- name: t\n  story: soon tick\n  expect: nothing\n",
            "MP023",
        ),
    ] {
        match layout(text) {
            Err(LayoutError::Mistakes(found)) => assert!(codes(&found).contains(&code), "{found:?}"),
            other => panic!("{other:?}"),
        }
    }
    // Names are a matter of the whole set, and do not stand in the way.
    assert!(layout("rules:\n- notice: x\n  when: name_of_another_file\n").is_ok());
}

#[test]
fn files_in_every_hand_keep_their_meaning_and_their_comments() {
    let outcome = runner(1_000).run(&any::<u64>(), |seed| {
        let (text, comments) = Scribble::file(seed);
        let after = checked(&text).unwrap_or_else(|| panic!("a mistake in\n{text}"));
        assert!(compiled(&text).is_ok(), "{text}");
        for number in 0..comments {
            let mark = format!("# c{number}.");
            assert_eq!(after.matches(&mark).count(), 1, "{mark}\n{text}\n---\n{after}");
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// What a slip of the hand puts in, or takes for something else.
const SLIPS: [&str; 28] = [
    " ", "  ", "\n", "\n\n", "\t", "#", " # x", "'", "\"", ":", ": ", "-", "- ", "[", "]", "{", "}", ",", "|", ">",
    "\\", "(", ")", "--", "\r", "\u{e9}", "AND", "or",
];

#[test]
fn slips_in_the_library_never_panic_and_never_change_what_is_meant() {
    let slip = (
        any::<prop::sample::Index>(),
        0..6_usize,
        prop::sample::select(SLIPS.to_vec()),
    );
    let slips = (0..library().len(), prop::collection::vec(slip, 1..4));
    let outcome = runner(1_000).run(&slips, |(file, slips)| {
        let (_, text) = library().get(file).expect("a file of the library");
        let mut signs: Vec<char> = text.chars().collect();
        for (place, removed, put) in slips {
            let at = place.index(signs.len());
            let end = (at + removed).min(signs.len());
            signs.splice(at..end, put.chars());
        }
        checked(&signs.into_iter().collect::<String>());
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn arbitrary_text_never_panics() {
    let outcome = runner(1_000).run(&"[a-z#:'\"\\[\\]{}>| \n\t-]{0,80}", |text| {
        checked(&text);
        checked(&format!("rules:\n- notice: x\n  when: {text}\n"));
        checked(&format!(
            "let:\n  x: >\n   {}\nrules: []\n",
            text.replace('\n', "\n   ")
        ));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
