//! Lists that stand in CSV files beside the rule files.

use milepost_rules::{RuleSet, SourceFile};

const RULES: &str = "\
lists:
  slow_lanes: { csv: slow lanes.csv, column: lane }
rules:
  - delay: slow
    when: lane IN (slow_lanes) AND silence > INTERVAL '72 hours'
    because: \"no scan for {silence}\"
";

fn compiled(rules: &str, csv: (&str, &str)) -> Result<RuleSet, String> {
    let files = [
        SourceFile {
            name: "rules/slow.yaml",
            text: rules,
        },
        SourceFile {
            name: csv.0,
            text: csv.1,
        },
    ];
    RuleSet::compile(&files).map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn with(text: &str) -> Result<RuleSet, String> {
    compiled(RULES, ("rules/slow lanes.csv", text))
}

#[test]
fn the_values_of_a_column_are_the_list() {
    let expected = RULES.replace(
        "{ csv: slow lanes.csv, column: lane }",
        "['US-KY>US-AK', 'US-CA>US-HI', 'with, comma', 'with \"quotes\"', '40213']",
    );
    let expected = compiled(&expected, ("other.csv", "")).expect("a list in the file");
    let text = "\u{feff}days,lane ,note\r\n3,US-KY>US-AK,\r\n5, US-CA>US-HI ,far\n\n1,\"with, comma\",\n1,\
                \"with \"\"quotes\"\"\",\n2,,empty\n2,US-KY>US-AK,again\n1,40213,";
    let found = with(text).expect("a list from a file");
    assert_eq!(
        found.rules().first().map(|rule| &rule.when),
        expected.rules().first().map(|rule| &rule.when)
    );
}

#[test]
fn another_list_is_another_set() {
    let hash = |text| with(text).expect("a list from a file").hash();
    assert_ne!(hash("lane\na\nb\n"), hash("lane\na\nc\n"));
    assert_eq!(hash("lane\na\nb\n"), hash("note,lane\nx,a\ny,b\n"));
}

#[test]
fn what_is_wrong_with_a_file_is_told() {
    let mut all = String::new();
    for (rules, csv) in [
        (RULES, ("rules/slow_lanes.csv", "lane\na\n")),
        (RULES, ("slow lanes.csv", "lane\na\n")),
        (RULES, ("rules/slow lanes.csv", "")),
        (RULES, ("rules/slow lanes.csv", "days,lanes\n3,US-KY>US-AK\n")),
        (RULES, ("rules/slow lanes.csv", "days,lane\n3,US-KY>US-AK\n4\n")),
        (
            &RULES.replace("column: lane", "colum: lane"),
            ("rules/slow lanes.csv", "lane\na\n"),
        ),
        (
            &RULES.replace("lane IN", "attempts IN"),
            ("rules/slow lanes.csv", "lane\n3\n"),
        ),
    ] {
        let found = compiled(rules, csv).expect_err("a mistake");
        all.push_str(&found);
        all.push('\n');
    }
    let many: String = (0..10_001).map(|number| format!("lane {number}\n")).collect();
    all.push_str(&with(&format!("lane\n{many}")).expect_err("too many"));
    insta::assert_snapshot!(all);
}

#[test]
fn a_list_from_a_file_is_laid_out_in_braces() {
    let rules = "lists:\n  slow_lanes:\n      csv: slow lanes.csv\n      column: lane\n  fast: [a,b]\nrules: []\n";
    let file = SourceFile {
        name: "rules.yaml",
        text: rules,
    };
    let laid_out = milepost_rules::laid_out(&file).expect("it has no mistakes");
    let expected = "lists:\n  slow_lanes: { csv: slow lanes.csv, column: lane }\n  fast: [a, b]\n\nrules: []\n";
    assert_eq!(laid_out, expected);
}
