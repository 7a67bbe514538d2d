//! Rule files of any text: taken or refused with reasons; what is taken can be asked about any row, and laying it out
//! changes nothing that it means.

use crate::row::Row;
use milepost_model::Facts;
use milepost_rules::{LayoutError, Program, Rule, RuleSet, SourceFile, laid_out, outlines};

/// Begins another file of the set; what stands before the first one is `rules.yaml`.
const NEXT_FILE: &str = "\n=== ";

/// Rows that each rule is asked about.
const ROWS: u64 = 6;

/// Compiles a set of files, lays them out, and asks the rules.
pub fn rules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut parts = text.split(NEXT_FILE);
    let first = ("rules.yaml", parts.next().unwrap_or_default());
    let more = parts.map(|part| part.split_once('\n').unwrap_or((part, "")));
    let files: Vec<SourceFile<'_>> = [first].into_iter().chain(more).map(file).collect();
    set(&files);
}

/// Compiles a set in which a list is a column of a CSV file; the first line names the column.
pub fn tables(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (column, text) = text.split_once('\n').unwrap_or(("lane", text));
    // As YAML has it: any text in double quotes, escaped.
    let column: String = column.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    let rules = format!(
        "lists:\n  places: {{ csv: places.csv, column: \"{column}\" }}\nrules:\n  - notice: there\n    when: city IN (places)\n"
    );
    set(&[file(("rules.yaml", &rules)), file(("places.csv", text))]);
}

fn file<'a>((name, text): (&'a str, &'a str)) -> SourceFile<'a> {
    SourceFile { name, text }
}

fn set(files: &[SourceFile<'_>]) {
    let _ = outlines(files);
    let laid: Vec<(&str, String)> = files.iter().map(|file| (file.name, layout(file))).collect();
    let laid: Vec<SourceFile<'_>> = laid.iter().map(|(name, text)| file((name, text))).collect();
    match RuleSet::compile(files) {
        Ok(set) => {
            set.warnings()
                .iter()
                .for_each(|warning| assert!(!warning.to_string().is_empty()));
            let again = RuleSet::compile(&laid).expect("what is laid out compiles as before");
            assert_eq!(set.hash(), again.hash(), "laying out changes nothing that is meant");
            ask(&set);
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "a refusal has a reason");
            mistakes
                .iter()
                .for_each(|mistake| assert!(!mistake.to_string().is_empty()));
            assert!(RuleSet::compile(&laid).is_err(), "laying out mends nothing");
        }
    }
}

/// The file laid out, or as it is.
fn layout(file: &SourceFile<'_>) -> String {
    let is_csv = file.name.to_ascii_lowercase().ends_with(".csv");
    match laid_out(file) {
        Ok(laid) if !is_csv => {
            let again = laid_out(&SourceFile { text: &laid, ..*file });
            assert_eq!(again.as_ref(), Ok(&laid), "a second time changes nothing");
            laid
        }
        Ok(_) | Err(LayoutError::Unsure) => file.text.to_owned(),
        Err(LayoutError::Mistakes(mistakes)) => {
            assert!(!mistakes.is_empty(), "a refusal has a reason");
            file.text.to_owned()
        }
    }
}

fn ask(set: &RuleSet) {
    for row in (0..ROWS).map(Row::of) {
        let mut sifted = Vec::new();
        for sieve in set.sieves(row.status()) {
            let mut left = sieve.sift(&row, std::iter::empty());
            sifted.extend(std::iter::from_fn(|| left.next_rule()));
        }
        for (place, rule) in (0..).zip(set.rules()) {
            ask_rule(rule, &row);
            if rule.when.holds(&row) && !rule.is_over(&row) {
                assert!(sifted.contains(&place), "the sieve leaves what holds: {}", rule.name);
            }
        }
    }
}

fn ask_rule(rule: &Rule, row: &Row) {
    let mut because = String::new();
    rule.because.render(row, &mut because);
    let _ = rule.closes(row);
    for program in [Some(&rule.when), rule.until.as_ref()].into_iter().flatten() {
        ask_program(program, row);
    }
    for clause in &rule.clauses {
        assert!(!clause.text.is_empty());
        let _ = (clause.program.sides(row), clause.program.columns().count());
        ask_program(&clause.program, row);
    }
}

fn ask_program(program: &Program, row: &Row) {
    let holds = program.holds(row);
    assert_eq!(holds, program.value(row) == Some(true));
    assert!(
        !holds || program.can_hold_in(row.status()),
        "a status that it was said to need"
    );
    let (looked, next_look) = program.look(row);
    assert_eq!(looked, holds, "a look sees what is asked");
    let next = program.next_change(row);
    if let Some(next) = next {
        assert!(next > row.now(), "the next change lies ahead");
        let ahead = next.since(row.now());
        for before in [1, ahead / 2, ahead - 1] {
            if !program.sweeps() && before < ahead {
                assert_eq!(
                    program.holds(&row.after(before)),
                    holds,
                    "nothing changes before the next change"
                );
            }
        }
        assert!(
            next_look.is_some_and(|look| look <= next),
            "a look comes no later than the change"
        );
    }
    assert!(
        next_look.is_none_or(|look| look > row.now()),
        "the next look lies ahead"
    );
}
