//! Where the caret stands: in conditions of several lines and in every style of YAML, behind tabs, line ends of other
//! systems, a byte order mark, and letters that are no ASCII.

use crate::row::compile;

/// A file with mistakes, so written that its signs can be seen, and what is said.
fn told(text: &str) -> String {
    let found = compile(text).expect_err("each has a mistake");
    let shown: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| format!("## {}\n", line.escape_debug()))
        .collect();
    format!("{}{found}", shown.concat().replace("\\'", "'").replace("\\\"", "\""))
}

fn all(files: &[&str]) -> String {
    files.iter().map(|text| told(text)).collect()
}

#[test]
fn conditions_of_several_lines() {
    let found = all(&[
        "rules:\n- notice: x\n  when: >\n    status = 'in_transit'\n    AND silense > INTERVAL '36 hours'\n    AND carrier <> 'freight'\n",
        "rules:\n- notice: x\n  when: |\n    status = 'in_transit'\n    AND silence > 36\n",
        "rules:\n- notice: x\n  when: >\n    status IN ('accepted',\n               'in_transt',\n               'customs')\n",
        "rules:\n- notice: x\n  when: >-\n    (status = 'in_transit'\n    AND silence > INTERVAL '36 hours'\n",
        "rules:\n- notice: x\n  when: status = 'in_transit' AND\n        silence > INTERVAL '1 month'\n",
        "rules:\n- notice: x\n  when: 'status = ''in_transit''\n         AND city = regoin'\n",
        "rules:\n- notice: x\n  when: \"status = 'in_transit' \\\n         AND city = regoin\"\n",
        "rules:\n- notice: x\n  when: >\n    CASE WHEN attempts > 1 THEN 'many'\n         WHEN attempts > 0 THEN 1\n         ELSE 'none' END = 'many'\n",
        "rules:\n- notice: x\n  when: >\n    status = 'in_transit'\n\n    AND AND silence > INTERVAL '36 hours'\n",
        "rules:\n- notice: x\n  when: |\n    status = 'in_transit' -- on the road\n    AND silense > INTERVAL '36 hours'\n",
        "rules:\n- notice: x\n  when: >\n    quiet AND\n    status = 'delivered'\nlet:\n  quiet: >\n    silence >\n    INTERVAL 'two days'\n",
        "rules:\n- notice: x\n  when: >\n    carrier = 'ups\n    AND true\n",
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn tabs_line_ends_and_marks() {
    let found = all(&[
        "rules:\n\t- notice: x\n",
        "rules:\n- notice: x\n\twhen: true\n",
        "rules:\n- notice:\tx\n  when:\tsilense\t> 1\n",
        "rules:\n- notice: x\n  when: |\n    status = 'in_transit'\n    \tAND silense > INTERVAL '36 hours'\n",
        "rules:\r\n- notice: x\r\n  when: >\r\n    status = 'in_transit'\r\n    AND silense > INTERVAL '36 hours'\r\n",
        "rules:\r- notice: x\r  wen: true\r",
        "\u{feff}rule:\n- notice: x\n",
        "\u{feff}rules:\r\n- notice: x\r\n  when: silense > INTERVAL '36 hours' # why\r\n",
        "rules:\n- notice: x\n  when: silence > INTERVAL '36 hours'\n  limit: \"hour\"   # how often\n",
        "rules:\n- notice: x\n  when: \"city = '\\u001b[31m' AND silense > 1\"\n",
        "rules:\n- notice: x\n  when: city = '\u{1b}[31m' AND silense > 1\n",
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn letters_that_are_no_ascii() {
    let found = all(&[
        "rules:\n- notice: x\n  when: city = 'M\u{fc}nchen' AND regoin = 'BY'\n",
        "rules:\n- notice: x\n  when: city = '\u{6771}\u{4eac}' AND regoin = 'BY'\n",
        "rules:\n- notice: x\n  when: city = '\u{1f4e6}' AND regoin = 'BY'\n",
        "rules:\n- notice: x\n  when: city = 'Mu\u{308}nchen' AND regoin = 'BY'\n",
        "rules:\n- notice: x\n  when: \u{201e}status\u{201c} = 'delivered'\n",
        "rules:\n- notice: x\n  when: status = \u{2018}delivered\u{2019}\n",
        "rules:\n- delay: x\n  when: true\n  because: \"\u{fc}ber {citty}\"\n",
        "rules:\n- notice: \u{dc}berf\u{e4}llig\n  when: true\n",
        "rules:\n- notice: x\n  when: true\ntests:\n- name: \u{e9}t\u{e9}\n  expect: nothing\n  story: |\n    0h  in_transit  S\u{e3}o Paulo  contry=BR\n",
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let many = "carrier <> 'freight' AND ".repeat(20);
    let found = all(&[
        &format!("rules:\n- notice: x\n  when: {many}silense > INTERVAL '36 hours' AND {many}true\n"),
        &format!("{{\"rules\": [{{\"notice\": \"x\", \"when\": \"{many}silense > 1\"}}]}}\n"),
    ]);
    insta::assert_snapshot!(found);
}
