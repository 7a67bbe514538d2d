//! Mistakes, and what is said about them. The texts are snapshots: a change of them is meant.

use crate::row::compile;

fn errors(text: &str) -> String {
    match compile(text) {
        Ok(set) => set.warnings().iter().map(|warning| format!("{warning}\n")).collect(),
        Err(errors) => errors,
    }
}

#[test]
fn ten_mistakes_in_one_file_are_ten_helpful_errors() {
    let text = r#"# Delays of the summer.
rules:
  - delay: stalled
    when: >
      status IN ('accepted', 'in_transt')
      AND silense > INTERVAL '36 hours'
    for: 2 hours
    helth: stalled
    because: "no scan for {silence} since {citty}"
  - delay: stalled
    when: silence > 36
    health: stuck
    because: 'it''s quiet'
  - notice: delivery.late
    when: "now > promised_at AND lane_quantile(last_scan_at, now) > 4"
  - notice: twice
    when: |
      SELECT_ME IN (SELECT lane FROM lanes)
"#;
    let found = errors(text);
    assert_eq!(found.matches("error[").count(), 10, "{found}");
    insta::assert_snapshot!(found);
}

#[test]
fn expressions_that_are_not_rules() {
    let mut all = String::new();
    for expression in [
        "status = \"delivered\"",
        "status == 'delivered' AND",
        "status = 'misrouted'",
        "status = delivered",
        "status IN (slow)",
        "silence > '36 hours'",
        "promised_at > '2026-03-01'",
        "carrier = 5",
        "attempts",
        "attempts + carrier > 1",
        "NOT attempts",
        "silence > INTERVAL '1 month'",
        "silence > INTERVAL '36'",
        "now > TIMESTAMP 'yesterday'",
        "attempts > 99999999999999999999",
        "max(attempts) > 3",
        "round(attempts) = 3",
        "date_trunc('daily', now) = now",
        "extract(hours FROM silence) > 3",
        "lower(attempts) = 'x'",
        "city LIKE region",
        "city ~ 'x'",
        "attempts::text = '1'",
        "status = 'delivered' silence",
        "carrier = 'ups",
        "(status = 'delivered'",
        "EXISTS (SELECT 1)",
        "count(*) OVER () > 3",
        "orders.status = 'x'",
        "CASE WHEN attempts > 1 THEN 'x' ELSE 3 END = 'x'",
        "status = 'customs' AND status = 'exception'",
        "status = 'customs' OR status <> 'customs'",
        "promised_at = NULL",
        "CASE WHEN attempts > 1 THEN true END",
        "health = 'stalled'",
        "p_late > 'high'",
        "p_late > INTERVAL '1 day'",
        "p_late",
        "lane_cases = 'many'",
        "estimated_p90 > 3",
        "estimated_p90 + estimated_p50 > now",
        "silence > silence_p95 * silence_p95",
        "silence_p95 > 1.5",
        "extract(hour FROM p_late) = 3",
        "p_late > 60",
        "1.5 >= lane_reliability",
        "p_late BETWEEN 0.5 AND 1",
        "silence * silence_is_no_column > 1",
        "",
        ";",
    ] {
        all += &format!("## {expression}\n");
        all += &errors(&format!("rules:\n- notice: it\n  when: |\n    {expression}\n"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn files_that_are_not_rule_files() {
    let mut all = String::new();
    for text in [
        "rules:\n- delay: x\n  when: a: b\n",
        "rules:\n\t- delay: x\n",
        "rules:\n- delay: x\n  when: 'status' = 1\n",
        "- delay: x\n",
        "rules: here\n",
        "rules:\n- delay\n",
        "rules:\n- when: true\n",
        "rules:\n- delay: x\n  notice: y\n  when: true\n",
        "rules:\n- delay: Über\n  when: true\n  because: x\n",
        "rules:\n- delay: x\n  when:\n  because: {silence} quiet\n",
        "rules:\n- delay: x\n  when: [true]\n  because: x\n  notify: { limit: day, escalate: [24h, 12h, soon] }\n",
        "rules:\n- notice: x\n  when: true\n  health: late\n",
        "rules:\n- notice: x\n  when: true\n  when: false\n  because: 'a } b {'\n",
        "let: { status: 'true', a-b: 'true', twice: 'true' }\nlists: { twice: [1], mixed: [1, a], file: { csv: x.csv, column: y } }\n",
        "rules: []\n---\nrules: []\n",
        "rules:\n- notice: x\n  when: true\ntests:\n- name: t\n  shipment: { carier: ups, promised_at: soon }\n  story: |\n    0h   in_transt Louisville KY\n    soon tick\n    1h   tick now\n    2h   customs/misrouted\n    3h   exception reason=carrier.gone\n    4h\n  expect: |\n    1h   opened x\n    1h   closes x\n    2h   notify y\n    3h   notify\n",
        "tests:\n- name: t\n  story: |\n    1h30m learned p_late=0.5\n    2h    learned\n    3h    learned p_lat=0.5 lane_cases=few\n    4h    learned lane_cases=few\n    5h    learned p_late=1.5\n    6h    learned estimated_p50=soon silence_p95=36h\n  expect: nothing\n",
        "tests:\n- story: x\n",
        "extra: 1\nrule: []\n",
    ] {
        all += &format!(
            "## {}\n",
            text.replace('\n', "\n## ").trim_end_matches("## ").trim_end()
        );
        all += &errors(text);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn places_in_every_style_of_yaml_text() {
    for (text, expected) in [
        ("rules:\n- notice: x\n  when: now > promised AND true\n", "3:15"),
        ("rules:\n- notice: x\n  when: 'now > promised'\n", "3:16"),
        ("rules:\n- notice: x\n  when: '''a'' = promised'\n", "3:18"),
        (
            "rules:\n- notice: x\n  when: \"\\x27a\\x27 = '\\u0041' AND \\\"now\\\" = promised\"\n",
            "3:45",
        ),
        (
            "rules:\n- notice: x\n  when: |\n    true AND\n      now > promised\n",
            "5:13",
        ),
        (
            "rules:\n- notice: x\n  when: >\n    true AND\n    now > promised\n",
            "5:11",
        ),
        (
            "rules:\n- notice: x\n  when: >-\n\n\n    true AND\n\n    now > promised\n",
            "8:11",
        ),
        ("rules:\n- notice: x\n  when: true AND\n    now > promised\n", "4:11"),
        (
            "rules:\n- notice: x\n  when: 'true AND\n\n    now > promised'\n",
            "5:11",
        ),
        ("rules:\n- {notice: x, when: now > promised}\n", "2:27"),
        (
            "{\"rules\": [{\"notice\": \"x\", \"when\": \"now > promised\"}]}\n",
            "1:43",
        ),
        (
            "rules:\r\n- notice: x\r\n  when: >\r\n    true AND\r\n    now > promised\r\n",
            "5:11",
        ),
        (
            "\u{feff}rules:\n- notice: x\n  when: \"'\u{fc}\u{1f4e6}' = city AND now > promised\"\n",
            "3:32",
        ),
    ] {
        let found = errors(text);
        assert!(
            found.contains(&format!("rules.yaml:{expected}\n")),
            "{expected} in {text}\n{found}"
        );
    }
}
