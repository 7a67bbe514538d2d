//! `milepost rules test`: every story of the rule files is played, and compared with what the author expects.

use super::story::{Happened, Played, play, show_at, whole_minutes};
use super::{Chosen, Files, Format, counted};
use crate::error::{FAILED, Usage};
use crate::out::{self, Mark};
use milepost_model::{Facts, HOUR_MS, MINUTE_MS};
use milepost_rules::{Expected, Outcome, Rule, RuleKind, RuleSet, RuleTest, SourceFile, StepKind, value_text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  milepost rules test rules/
  milepost rules test rules/ --verbose     the stories that hold, too

A story that fails is printed with what happened: `-` was expected and did not happen, `+` happened
and was not expected. Openings and closings of the file's delays must all be expected; notices only in
a test that expects a notice, or nothing.
0h is midnight UTC of a Monday, 2026-03-02. Outcomes are compared to the minute.
Exit codes: 0 when every story holds, 1 when one does not, 2 when the rules are refused.";

/// Plays the stories under `tests:` in rule files and compares what happens with what they expect.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// How the outcome is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print the stories that hold, too.
    #[arg(long, short)]
    verbose: bool,
}

/// A test and what came of it.
struct Told<'t> {
    test: &'t RuleTest,
    played: Played,
    missing: Vec<&'t Expected>,
    unexpected: Vec<Happened>,
}

impl Told<'_> {
    fn holds(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.played.refused.is_empty()
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = args.chosen.files()?;
    let rules = compile(&files)?;
    let told: Vec<Told<'_>> = rules
        .tests()
        .iter()
        .map(|test| compare(test, play(&rules, test)))
        .collect();
    match args.format {
        Format::Text => out::text(text(&files, &rules, &told, args.verbose))?,
        Format::Json => out::line(json(&told))?,
    }
    Ok(ExitCode::from(if told.iter().all(Told::holds) { 0 } else { FAILED }))
}

fn compile(files: &Files) -> anyhow::Result<Arc<RuleSet>> {
    let sources: Vec<SourceFile<'_>> = files
        .texts
        .iter()
        .map(|(name, text)| SourceFile { name, text })
        .collect();
    let compiled = RuleSet::compile(&sources).map_err(|found| {
        let found: String = found.iter().map(|diagnostic| format!("\n{diagnostic}")).collect();
        Usage::error(format!("{}: refused, so no story is told\n{found}", files.name))
    })?;
    Ok(Arc::new(compiled))
}

/// What was expected and did not happen, and the other way round.
fn compare(test: &RuleTest, played: Played) -> Told<'_> {
    // Who expects openings only does not speak of notices; who expects nothing at all, means those too.
    let notices_count = test.expect.is_empty() || test.expect.iter().any(|expected| expected.what == Outcome::Notify);
    let counts = |happened: &&Happened| notices_count || happened.what != Outcome::Notify;
    let mut unexpected: Vec<Happened> = played.happened.iter().filter(counts).cloned().collect();
    let mut missing = Vec::new();
    for expected in &test.expect {
        match unexpected.iter().position(|happened| is_meant(expected, happened)) {
            Some(at) => {
                unexpected.remove(at);
            }
            None => missing.push(expected),
        }
    }
    Told {
        test,
        played,
        missing,
        unexpected,
    }
}

fn is_meant(expected: &Expected, happened: &Happened) -> bool {
    let at_ms = whole_minutes(expected.at_ms);
    (at_ms, expected.what, &expected.name) == (happened.at_ms, happened.what, &happened.name)
}

fn text(files: &Files, rules: &Arc<RuleSet>, told: &[Told<'_>], verbose: bool) -> String {
    let mut text = String::new();
    for told in told.iter().filter(|told| verbose || !told.holds()) {
        let (mark, word) = if told.holds() {
            (Mark::Fine, "ok  ")
        } else {
            (Mark::Wrong, "FAIL")
        };
        let RuleTest { name, file, line, .. } = told.test;
        text.push_str(&format!("{} {file}:{line} {name}\n", out::marked(mark, word)));
        text.push_str(&story_text(told));
        let mut reasons: Vec<String> = Vec::new();
        for reason in told
            .missing
            .iter()
            .flat_map(|missing| why_not(rules, told.test, missing))
        {
            // The opening and its notice fail for one reason.
            if !reasons.contains(&reason) {
                text.push_str(&reason);
                reasons.push(reason);
            }
        }
    }
    let failed = told.iter().filter(|told| !told.holds()).count();
    let (tests, name) = (counted(told.len(), "story").replace("storys", "stories"), &files.name);
    text.push_str(&match (told.len(), failed) {
        (0, _) => format!("{name}: there are no tests; write them under `tests:` (milepost rules help tests)\n"),
        (_, 0) => format!("{name}: {tests}, all hold\n"),
        (_, failed) => format!("{name}: {tests}, {failed} failed\n"),
    });
    let untested = untested(rules, told);
    if !untested.is_empty() {
        text.push_str(&format!("no story makes these fire: {}\n", untested.join(", ")));
    }
    text
}

/// The story and what came of it, in the order of time, each line with a sign.
fn story_text(told: &Told<'_>) -> String {
    let mut lines: Vec<(i64, u8, String)> = Vec::new();
    for step in &told.test.story {
        lines.push((
            step.at_ms,
            0,
            format!("  {:>8}  {}", offset(step.at_ms), step_text(&step.what)),
        ));
    }
    for happened in &told.played.happened {
        let is_surplus = told.unexpected.contains(happened);
        let sign = if is_surplus { "+" } else { " " };
        let because = if happened.because.is_empty() {
            String::new()
        } else {
            format!("  ({})", happened.because)
        };
        let at = offset(happened.at_ms);
        let line = format!(
            "{sign} {at:>8}    -> {} {}{because}",
            word(happened.what),
            happened.name
        );
        lines.push((
            happened.at_ms,
            1,
            if is_surplus {
                out::marked(Mark::Wrong, &line)
            } else {
                line
            },
        ));
    }
    for expected in &told.missing {
        let at = offset(expected.at_ms);
        let line = format!("- {at:>8}    -> {} {}", word(expected.what), expected.name);
        lines.push((expected.at_ms, 2, out::marked(Mark::Wrong, &line)));
    }
    lines.sort_by_key(|(at_ms, kind, _)| (*at_ms, *kind));
    let mut text: String = lines.into_iter().map(|(_, _, line)| format!("  {line}\n")).collect();
    for (line, hint) in &told.played.refused {
        text.push_str(&format!("  ! line {line} is no scan: {hint}\n"));
    }
    text
}

/// Which parts of a condition kept what was expected from happening.
fn why_not(rules: &Arc<RuleSet>, test: &RuleTest, missing: &Expected) -> Vec<String> {
    let opens = |rule: &&Rule| match (missing.what, &rule.notify) {
        (Outcome::Opened, _) => rule.name == missing.name,
        (Outcome::Notify, Some(notify)) => notify.notice == missing.name,
        (Outcome::Notify, None) | (Outcome::Closed, _) => false,
    };
    let at = offset(missing.at_ms);
    let mut reasons = Vec::new();
    for rule in rules.rules().iter().filter(|rule| rule.file == test.file).filter(opens) {
        show_at(rules, test, missing.at_ms, &mut |shipment| {
            let parts = rule.clauses.iter().filter(|clause| !clause.program.holds(shipment));
            for clause in parts {
                let sides = clause.program.sides(shipment);
                let sides = sides.map(|(left, right)| format!("{left} against {right}"));
                let columns = clause.program.columns();
                let columns =
                    columns.map(|column| format!("{} = {}", column.name(), value_text(shipment.value(column))));
                let known: Vec<String> = sides.into_iter().chain(columns).collect();
                reasons.push(format!(
                    "    at {at} {}: not {}  ({})\n",
                    rule.name,
                    clause.text,
                    known.join(", ")
                ));
            }
        });
    }
    reasons
}

fn step_text(step: &StepKind) -> String {
    let (mut text, fields) = match step {
        StepKind::Tick => return "tick".to_owned(),
        StepKind::Learned(fields) => ("learned".to_owned(), fields),
        StepKind::Scan { status, code, fields } => {
            let text = match (status, code) {
                (Some(status), Some(code)) => format!("{}/{}", status.as_str(), code.as_str()),
                (Some(status), None) => status.as_str().to_owned(),
                (None, Some(code)) => code.as_str().to_owned(),
                (None, None) => "scan".to_owned(),
            };
            (text, fields)
        }
    };
    for field in fields {
        let value = match &field.value {
            milepost_rules::FieldValue::Text(text) => text.clone(),
            milepost_rules::FieldValue::Int(number) => number.to_string(),
            milepost_rules::FieldValue::Offset(millis) => offset(*millis),
        };
        text.push_str(&format!(" {}={value}", field.name));
    }
    text
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Opened => "opened",
        Outcome::Closed => "closed",
        Outcome::Notify => "notify",
    }
}

/// `36h`, `36h30m`: as stories are written.
fn offset(millis: i64) -> String {
    let (hours, minutes) = (millis.div_euclid(HOUR_MS), millis.rem_euclid(HOUR_MS) / MINUTE_MS);
    if minutes == 0 {
        format!("{hours}h")
    } else {
        format!("{hours}h{minutes}m")
    }
}

/// Delay rules that no story opens.
fn untested<'r>(rules: &'r RuleSet, told: &[Told<'_>]) -> Vec<&'r str> {
    let happened = told.iter().flat_map(|told| &told.played.happened);
    let opened: BTreeSet<&str> = happened
        .filter(|happened| happened.what == Outcome::Opened)
        .map(|happened| happened.name.as_str())
        .collect();
    let delays = rules.rules().iter().filter(|rule| rule.kind == RuleKind::Delay);
    delays
        .map(|rule| rule.name.as_str())
        .filter(|name| !opened.contains(name))
        .collect()
}

fn json(told: &[Told<'_>]) -> Value {
    let results: Vec<Value> = told.iter().map(result_json).collect();
    let failed = told.iter().filter(|told| !told.holds()).count();
    json!({ "tests": told.len(), "failed": failed, "results": results })
}

fn result_json(told: &Told<'_>) -> Value {
    let one = |at_ms: i64, what: Outcome, name: &str| json!({ "at": offset(at_ms), "what": word(what), "name": name });
    let missing: Vec<Value> = told
        .missing
        .iter()
        .map(|one_of| one(one_of.at_ms, one_of.what, &one_of.name))
        .collect();
    let unexpected: Vec<Value> = told
        .unexpected
        .iter()
        .map(|one_of| one(one_of.at_ms, one_of.what, &one_of.name))
        .collect();
    let refused: Vec<Value> = told
        .played
        .refused
        .iter()
        .map(|(line, hint)| json!({ "line": line, "hint": hint }))
        .collect();
    json!({
        "name": told.test.name, "file": told.test.file, "line": told.test.line, "holds": told.holds(),
        "missing": missing, "unexpected": unexpected, "refused": refused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
rules:
  - delay: stalled
    when: status IN ('accepted', 'in_transit') AND silence > INTERVAL '36 hours'
    health: stalled
    notify: { notice: delay.detected, limit: episode, escalate: [24h], recovered: delay.recovered }
    because: "no scan for {silence}"
tests:
  - name: two quiet days, then it moves
    shipment: { carrier: ups }
    story: |
      0h   in_transit  Louisville KY
      70h  in_transit  Columbus OH
    expect: |
      EXPECTED
"#;

    /// Plays the story and gives the text of the outcome.
    fn told(expected: &str) -> String {
        let text = FILE.replace("EXPECTED", &expected.replace('\n', "\n      "));
        let files = Files {
            name: "rules".to_owned(),
            texts: vec![("stalled.yaml".to_owned(), text)],
        };
        let rules = compile(&files)
            .map_err(|error| error.to_string())
            .expect("these rules are right");
        let told: Vec<Told<'_>> = rules
            .tests()
            .iter()
            .map(|test| compare(test, play(&rules, test)))
            .collect();
        super::text(&files, &rules, &told, false)
    }

    #[test]
    fn a_story_holds_or_is_printed_with_what_happened() {
        for expected in [
            "36h opened stalled\n70h closed stalled",
            "36h opened stalled\n36h notify delay.detected\n60h notify delay.detected\n70h closed stalled\n70h notify delay.recovered",
        ] {
            assert_eq!(told(expected), "rules: 1 story, all hold\n", "{expected}");
        }
        let text = told("37h opened stalled\n36h notify delay.detected");
        for expected in [
            "FAIL stalled.yaml:9 two quiet days, then it moves",
            "        0h  in_transit city=Louisville region=KY",
            "  +      36h    -> opened stalled  (no scan for ",
            "         36h    -> notify delay.detected  (no scan for ",
            "  -      37h    -> opened stalled",
            "  +      60h    -> notify delay.detected",
            "  +      70h    -> closed stalled",
            "  +      70h    -> notify delay.recovered",
            "rules: 1 story, 1 failed",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn what_does_not_happen_has_a_reason() {
        let text = told("30h opened stalled\n30h notify delay.detected");
        let reason = "    at 30h stalled: not silence > INTERVAL '36 hours'  (silence = 30 hours)\n";
        assert_eq!(text.matches(reason).count(), 1, "{text}");
        assert_eq!(text.matches(": not ").count(), 1, "{text}");
    }

    #[test]
    fn nothing_means_nothing() {
        let text = told("nothing");
        assert_eq!(text.matches("  + ").count(), 5, "{text}");
    }

    #[test]
    fn what_is_learned_is_told_by_the_story() {
        let text = r#"
rules:
  - delay: will_break
    when: p_late >= 0.7 AND p_late < 1
    until: coalesce(p_late < 0.35, true)
    health: late_predicted
    because: "half of them by {estimated_p50}"
  - delay: stalled
    when: silence > silence_p95
    health: at_risk
    because: "95 in 100 are silent for {silence_p95} at most"
tests:
  - name: it moves on
    shipment: { carrier: ups, promised_at: 4d }
    story: |
      0h   learned     p_late=0.2 estimated_p50=3d silence_p95=50h
      0h   accepted    Louisville KY
      40h  learned     p_late=0.75 estimated_p50=5d
      60h  in_transit  Columbus OH
      60h  learned     p_late=0.3
      80h  delivered   Columbus OH
    expect: |
      40h  opened will_break
      50h  opened stalled
      60h  closed will_break
      60h  closed stalled
"#;
        let files = Files {
            name: "rules".to_owned(),
            texts: vec![("late.yaml".to_owned(), text.to_owned())],
        };
        let rules = compile(&files).map_err(|error| error.to_string());
        let rules = rules.expect("these rules are right");
        let told: Vec<Told<'_>> = rules
            .tests()
            .iter()
            .map(|test| compare(test, play(&rules, test)))
            .collect();
        assert!(
            told.iter().all(Told::holds),
            "{}",
            super::text(&files, &rules, &told, false)
        );
    }

    #[test]
    fn the_stories_of_the_built_in_rules_hold() {
        let texts = milepost_rules::library()
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let files = Files {
            name: "the built-in rules".to_owned(),
            texts: texts.collect(),
        };
        let rules = compile(&files)
            .map_err(|error| error.to_string())
            .expect("the built-in rules are right");
        let told: Vec<Told<'_>> = rules
            .tests()
            .iter()
            .map(|test| compare(test, play(&rules, test)))
            .collect();
        let text = super::text(&files, &rules, &told, false);
        assert!(told.iter().all(Told::holds), "{text}");
        assert!(!told.is_empty(), "the built-in rules have stories");
    }
}
