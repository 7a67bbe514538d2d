//! The schema for editors: whatever we ship and print is valid by it, and mistakes of form are not.

use milepost_rules::{Fault, Page, library};
use serde_json::Value;

use crate::layout::laid_out_or;
use crate::row::compile;
use crate::shipped::examples;
use crate::validate::{invalid, value};

fn schema() -> Value {
    serde_json::from_str(&milepost_rules::schema()).expect("the schema is JSON")
}

#[test]
fn all_that_we_ship_and_print_is_valid() {
    let schema = schema();
    let library = library().iter().map(|(name, text)| (*name, *text));
    let examples = examples("yaml").into_iter().map(|text| ("README.md", text));
    let pages = Fault::ALL
        .iter()
        .filter_map(|fault| Some((fault.code(), Page::of(*fault)?.right)));
    let mut count = 0;
    for (name, text) in library.chain(examples).chain(pages) {
        assert_eq!(invalid(&schema, &value(text)), None, "{name}\n{text}");
        count += 1;
    }
    assert!(count > 30, "{count} files");
}

#[test]
fn what_the_reader_takes_is_valid() {
    let schema = schema();
    for text in [
        "",
        "rules:\n",
        "rules: []\nlet:\nlists: {}\ntests:\n",
        "rules:\n- notice: a.b-c_1\n  when: true\n  for: 0\n  because: '{{ {silence} }} { now }'\n",
        "rules:\n- delay: x\n  when: false\n  for: ' 1d  12h '\n  because: 12\n  notify: { notice: n, escalate: }\n",
        "rules:\n- notice: x\n  when: attempts IN (n) AND city IN (t)\nlists: { n: [1, 2], t: ['1', two, \"3\", 1.5] }\n",
        "rules:\n- notice: x\n  when: true\ntests:\n- name: 5\n  shipment: { postal_code: 40213, attempt: 2, promised_at: 2026-03-01, reason: nature.weather, destination_region: AK, destination_country: US }\n  \
         story: |\n    # a line\n    0   created\n    1h  delivered/collected \"Salt Lake City\" UT postal_code=1\n\n    1d12h\ttick \n    2d delayed\n  expect:\n",
    ] {
        assert!(compile(text).is_ok(), "{text}\n{:?}", compile(text).err());
        assert_eq!(invalid(&schema, &value(text)), None, "{text}");
        assert_eq!(invalid(&schema, &value(&laid_out_or(text))), None, "{text}");
    }
}

/// Each with the place where an editor underlines it.
const WRONG: [(&str, &str); 34] = [
    ("- notice: x\n", ""),
    ("rule: []\n", "/rule"),
    ("rules: here\n", "/rules"),
    ("rules:\n- notice\n", "/rules/0"),
    ("rules:\n- when: true\n", "/rules/0"),
    ("rules:\n- notice: x\n", "/rules/0"),
    ("rules:\n- delay: x\n  when: true\n", "/rules/0"),
    (
        "rules:\n- delay: x\n  notice: y\n  when: true\n  because: z\n",
        "/rules/0",
    ),
    ("rules:\n- notice: X\n  when: true\n", "/rules/0/notice"),
    ("rules:\n- notice: \u{fc}ber\n  when: true\n", "/rules/0/notice"),
    ("rules:\n- notice: x\n  when:\n", "/rules/0/when"),
    ("rules:\n- notice: x\n  when: [true]\n", "/rules/0/when"),
    ("rules:\n- notice: x\n  when: true\n  health: late\n", "/rules/0/health"),
    ("rules:\n- notice: x\n  when: true\n  limit: hour\n", "/rules/0/limit"),
    ("rules:\n- notice: x\n  when: true\n  for: 2 hours\n", "/rules/0/for"),
    ("rules:\n- notice: x\n  when: true\n  for: 36\n", "/rules/0/for"),
    (
        "rules:\n- delay: x\n  when: true\n  because: y\n  health: ok\n",
        "/rules/0/health",
    ),
    (
        "rules:\n- delay: x\n  when: true\n  because: '{citty}'\n",
        "/rules/0/because",
    ),
    (
        "rules:\n- delay: x\n  when: true\n  because: 'a } b'\n",
        "/rules/0/because",
    ),
    (
        "rules:\n- delay: x\n  when: true\n  because: y\n  notify: n\n",
        "/rules/0/notify",
    ),
    (
        "rules:\n- delay: x\n  when: true\n  because: y\n  notify: { limit: day }\n",
        "/rules/0/notify",
    ),
    (
        "rules:\n- delay: x\n  when: true\n  because: y\n  notify: { notice: n, escalate: 24h }\n",
        "/rules/0/notify/escalate",
    ),
    (
        "rules:\n- delay: x\n  when: true\n  because: y\n  notify: { notice: n, escalate: [soon] }\n",
        "/rules/0/notify/escalate/0",
    ),
    (
        "rules:\n- delay: x\n  when: true\n  because: y\n  notify: { notice: n, recoverd: r }\n",
        "/rules/0/notify/recoverd",
    ),
    ("let:\n  status: 'true'\n", "/let/status"),
    ("let:\n  a-b: 'true'\n", "/let/a-b"),
    ("let: [a]\n", "/let"),
    ("lists:\n  x: [1, a]\n", "/lists/x"),
    ("lists:\n  x: { csv: a.csv }\n", "/lists/x"),
    ("tests:\n- name: t\n  story: 0h tick\n", "/tests/0"),
    (
        "tests:\n- name: t\n  expect: nothing\n  story: |\n    0h in_transt\n",
        "/tests/0/story",
    ),
    (
        "tests:\n- name: t\n  expect: nothing\n  story: |\n    0h customs/misrouted\n",
        "/tests/0/story",
    ),
    (
        "tests:\n- name: t\n  story: 0h tick\n  expect: 1h closes x\n",
        "/tests/0/expect",
    ),
    (
        "tests:\n- name: t\n  expect: nothing\n  story: 0h tick\n  shipment: { carier: ups }\n",
        "/tests/0/shipment/carier",
    ),
];

#[test]
fn mistakes_of_form_are_seen() {
    let schema = schema();
    for (text, place) in WRONG {
        assert!(compile(text).is_err(), "{text}");
        let found = invalid(&schema, &value(text));
        assert_eq!(found.as_deref(), Some(place), "{text}");
    }
    // The wrong examples of the pages that are about form.
    for fault in [
        Fault::UnknownKey,
        Fault::MissingKey,
        Fault::WrongShape,
        Fault::TooMuch,
        Fault::BadName,
        Fault::BadDuration,
        Fault::UnknownWord,
        Fault::BadTemplate,
    ] {
        let page = Page::of(fault).expect("a page for each code");
        assert!(invalid(&schema, &value(page.wrong)).is_some(), "{}", page.wrong);
    }
}
