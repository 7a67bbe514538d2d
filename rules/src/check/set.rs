//! The whole set: names across files, every expression of every rule, and what the set means as one number.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use milepost_model::Column;
use sqlparser::ast::Expr;

use super::{Checker, Named, Names};
use crate::compile::compile;
use crate::errors::{Fault, Finding, Spot};
use crate::fingerprint::Fingerprint;
use crate::program::{Constant, Program, Test};
use crate::rule::{Clause, Rule, RuleKind};
use crate::set::RuleSet;
use crate::story::{self, RuleTest};
use crate::syntax::csv;
use crate::syntax::file::{RawItems, RawLet, RawRule, RuleFile};
use crate::syntax::source::{Reports, shortened};
use crate::syntax::sql::{self, Parsed};
use crate::syntax::yaml::Scalar;

/// What a set of files becomes.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) rules: Vec<Rule>,
    pub(crate) tests: Vec<RuleTest>,
    pub(crate) hash: u128,
}

/// A named expression with its syntax tree.
struct Expression<'f> {
    file: usize,
    raw: &'f RawLet,
    parsed: Option<Parsed>,
}

/// Checks every file of a set.
pub(crate) fn check(files: &[RuleFile], reports: &mut Reports<'_, '_>) -> Checked {
    let mut checker = SetChecker {
        names: Names::default(),
        used: BTreeSet::new(),
        print: Fingerprint::default(),
        reports,
    };
    checker.lists(files);
    checker.expressions(files);
    let rules = checker.rules(files);
    let tests = files.iter().enumerate().flat_map(|(file, parsed)| {
        let tests: Vec<RuleTest> = parsed
            .tests
            .iter()
            .filter_map(|node| story::parse(node, file, &parsed.rules, checker.reports))
            .collect();
        tests
    });
    let tests = tests.collect();
    checker.unused(files);
    Checked {
        rules,
        tests,
        hash: checker.print.value(),
    }
}

struct SetChecker<'r, 's, 'a> {
    names: Names,
    used: BTreeSet<String>,
    print: Fingerprint,
    reports: &'r mut Reports<'s, 'a>,
}

impl SetChecker<'_, '_, '_> {
    fn lists(&mut self, files: &[RuleFile]) {
        for (file, list) in files
            .iter()
            .enumerate()
            .flat_map(|(file, parsed)| parsed.lists.iter().map(move |list| (file, list)))
        {
            if self.is_new_name(file, list.spot, &list.name, "list") {
                let items = match &list.items {
                    RawItems::Here(items) => items.clone(),
                    RawItems::InCsv { name, column } => self.csv(file, name, column),
                };
                self.names.lists.insert(list.name.clone(), items);
            }
        }
    }

    /// The values of a column of a CSV file of the set.
    fn csv(&mut self, file: usize, name: &Scalar, column: &Scalar) -> Vec<Constant> {
        let found = match self.reports.csv_beside(file, &name.text) {
            Some(source) => csv::column(source, &column.text),
            None => {
                let message = format!("there is no CSV file `{}` beside this file", shortened(&name.text));
                let help = "a list's file stands in the directory of the rule files and ends with .csv; \
                            or write the list here: [one, two]";
                Err(Finding::new(Fault::BadCsv, message).label("not found").help(help))
            }
        };
        found.unwrap_or_else(|finding| {
            let spot = if finding.label == csv::NO_SUCH_COLUMN {
                column.spot
            } else {
                name.spot
            };
            self.reports.add(file, spot, finding);
            // The set is refused; the list is known, so that nobody hears of it twice.
            alloc::vec![Constant::Text("".into())]
        })
    }

    /// Named expressions, each after those that it needs.
    fn expressions(&mut self, files: &[RuleFile]) {
        let mut waiting: BTreeMap<String, Expression<'_>> = BTreeMap::new();
        for (file, raw) in files
            .iter()
            .enumerate()
            .flat_map(|(file, parsed)| parsed.lets.iter().map(move |raw| (file, raw)))
        {
            let is_twice = waiting.contains_key(&raw.name);
            if is_twice {
                self.taken(file, raw.spot, &raw.name, "named expression");
            } else if self.is_new_name(file, raw.spot, &raw.name, "named expression") {
                let parsed = self.parse(file, &raw.text);
                waiting.insert(raw.name.clone(), Expression { file, raw, parsed });
            }
        }
        while !waiting.is_empty() {
            let is_ready = |expression: &Expression<'_>| {
                let needs = expression
                    .parsed
                    .as_ref()
                    .map(|parsed| parsed.words.as_slice())
                    .unwrap_or_default();
                !needs.iter().any(|word| waiting.contains_key(word))
            };
            let (ready, rest): (Vec<_>, Vec<_>) = {
                let names: BTreeSet<String> = waiting
                    .iter()
                    .filter(|(_, expression)| is_ready(expression))
                    .map(|(name, _)| name.clone())
                    .collect();
                waiting.into_iter().partition(|(name, _)| names.contains(name))
            };
            let is_stuck = ready.is_empty();
            waiting = BTreeMap::new();
            for (name, expression) in rest {
                if is_stuck {
                    self.cyclic(&expression);
                    self.names.lets.insert(
                        name,
                        Named {
                            typed: None,
                            parts: 0,
                            depth: 0,
                        },
                    );
                } else {
                    waiting.insert(name, expression);
                }
            }
            for (name, expression) in ready {
                let named = self.named(&expression);
                self.names.lets.insert(name, named);
            }
        }
    }

    fn named(&mut self, expression: &Expression<'_>) -> Named {
        let Some(parsed) = &expression.parsed else {
            return Named {
                typed: None,
                parts: 0,
                depth: 0,
            };
        };
        let mut checker = Checker::new(&self.names, &parsed.lines);
        let typed = checker.term(&parsed.expr);
        let (parts, depth) = (checker.parts, checker.deepest);
        let (findings, used) = (checker.findings, checker.used);
        self.used.extend(used);
        self.report(expression.file, &expression.raw.text, findings);
        Named { typed, parts, depth }
    }

    fn cyclic(&mut self, expression: &Expression<'_>) {
        let message = format!(
            "`{}` needs itself, directly or through other named expressions",
            expression.raw.name
        );
        let finding = Finding::new(Fault::LetCycle, message).label("in a circle");
        self.reports.add(
            expression.file,
            expression.raw.spot,
            finding.help("write one of them without the others"),
        );
    }

    fn is_new_name(&mut self, file: usize, spot: Spot, name: &str, what: &str) -> bool {
        if Column::parse(name).is_some()
            || matches!(name, "now" | "true" | "false" | "null")
            || name.contains(['.', '-'])
        {
            let message = format!("`{name}` cannot be the name of a {what}");
            let help = if Column::parse(name).is_some() {
                "a column has this name"
            } else {
                "take a word of a-z, 0-9 and `_` that SQL does not use"
            };
            self.reports.add(
                file,
                spot,
                Finding::new(Fault::BadName, message).label("taken").help(help),
            );
            return false;
        }
        if self.names.lists.contains_key(name) {
            self.taken(file, spot, name, what);
            return false;
        }
        true
    }

    fn taken(&mut self, file: usize, spot: Spot, name: &str, what: &str) {
        let message = format!("the {what} `{name}` exists already");
        let finding = Finding::new(Fault::DuplicateName, message).label("second one");
        self.reports.add(
            file,
            spot,
            finding.help("names are shared by all files of a set: take another"),
        );
    }

    fn rules(&mut self, files: &[RuleFile]) -> Vec<Rule> {
        let mut seen: BTreeMap<&str, String> = BTreeMap::new();
        let mut rules = Vec::new();
        let mut count = 0_usize;
        for (file, raw) in files
            .iter()
            .enumerate()
            .flat_map(|(file, parsed)| parsed.rules.iter().map(move |raw| (file, raw)))
        {
            count += 1;
            if count == RuleSet::RULES_MAX + 1 {
                let message = format!("the set has more than {} rules", RuleSet::RULES_MAX);
                self.reports.add(
                    file,
                    raw.spot,
                    Finding::new(Fault::TooMuch, message).help("use lists and CASE"),
                );
                return Vec::new();
            }
            let place = self
                .reports
                .source(file)
                .map(|source| format!("{}:{}", source.name, raw.spot.line));
            // A second rule of one name is checked like any other: the reader sees all that is wrong at once.
            rules.extend(self.rule(file, raw));
            if raw.name.is_empty() {
                continue;
            }
            if let Some(first) = seen.get(raw.name.as_str()) {
                let message = format!("the rule `{}` exists already", raw.name);
                let finding = Finding::new(Fault::DuplicateName, message).label("second one");
                let help = format!("the first stands at {first}; names are unique in a set");
                self.reports.add(file, raw.spot, finding.help(help));
            } else {
                seen.insert(&raw.name, place.unwrap_or_default());
            }
        }
        rules
    }

    fn rule(&mut self, file: usize, raw: &RawRule) -> Option<Rule> {
        self.fingerprint(raw);
        let when = self.condition(file, &raw.when);
        let until = raw.until.as_ref().map(|text| self.condition(file, text));
        let until = match until {
            Some(until) => Some(until?.0),
            None => None,
        };
        let (when, clauses) = when?;
        Some(Rule {
            name: raw.name.clone(),
            kind: raw.kind,
            when,
            clauses,
            hold_ms: raw.hold_ms,
            until,
            health: raw.health,
            notify: raw.notify.clone(),
            because: raw.because.1.clone(),
            backfill: raw.backfill,
            owner: raw.owner.clone(),
            file: self
                .reports
                .source(file)
                .map(|source| source.name.to_string())
                .unwrap_or_default(),
            line: raw.spot.line,
        })
    }

    /// The condition of a rule, compiled, and its parts.
    fn condition(&mut self, file: usize, text: &Scalar) -> Option<(Program, Vec<Clause>)> {
        let parsed = self.parse(file, text)?;
        self.print.text(&parsed.canonical);
        let mut checker = Checker::new(&self.names, &parsed.lines);
        let test = checker.test(&parsed.expr);
        let (mut findings, used) = (checker.findings, checker.used);
        let program = test.map(compile);
        if let Some(program) = &program {
            let whole = sql::Stretch {
                start: 0,
                length: text.text.trim_end().chars().count(),
            };
            let is_explained = findings
                .iter()
                .any(|(_, finding)| finding.fault == Fault::ComparedWithNull);
            let lints = lints(program, &parsed.canonical).into_iter();
            let lints = lints.filter(|lint| !(is_explained && lint.fault == Fault::NeverTrue));
            findings.extend(lints.map(|finding| (whole, finding)));
        }
        for name in used {
            // What an expression means includes what its names mean.
            self.used.insert(name);
        }
        self.report(file, text, findings);
        Some((program?, self.clauses(&parsed)))
    }

    /// The parts of a condition that is right.
    fn clauses(&self, parsed: &Parsed) -> Vec<Clause> {
        let clause = |part: &Expr| {
            let mut checker = Checker::new(&self.names, &parsed.lines);
            Some(Clause {
                text: part.to_string(),
                program: compile(checker.test(part)?),
            })
        };
        sql::conjuncts(&parsed.expr).into_iter().filter_map(clause).collect()
    }

    fn parse(&mut self, file: usize, text: &Scalar) -> Option<Parsed> {
        match sql::parse(&text.text) {
            Ok(parsed) => Some(parsed),
            Err((stretch, finding)) => {
                self.report(file, text, alloc::vec![(stretch, finding)]);
                None
            }
        }
    }

    fn report(&mut self, file: usize, text: &Scalar, mut findings: Vec<(sql::Stretch, Finding)>) {
        let Some(source) = self.reports.source(file) else {
            return;
        };
        while let Some((stretch, finding)) = findings.pop() {
            // BETWEEN and CASE look twice at one of their parts.
            if !findings.contains(&(stretch, finding.clone())) {
                let spot = text.locate(source, stretch.start, stretch.length);
                self.reports.add(file, spot, finding);
            }
        }
    }

    /// Adds what a rule means, but for its conditions, to the number of the set.
    fn fingerprint(&mut self, raw: &RawRule) {
        self.print.text(match raw.kind {
            RuleKind::Delay => "delay",
            RuleKind::Notice => "notice",
        });
        self.print.text(&raw.name);
        self.print.number(raw.hold_ms);
        self.print.text(raw.health.as_str());
        self.print.text(&raw.because.0);
        self.print.number(i64::from(raw.until.is_some()));
        if let Some(notify) = &raw.notify {
            self.print.text(&notify.notice);
            self.print.text(notify.limit.as_str());
            self.print.text(notify.recovered.as_deref().unwrap_or_default());
            notify.escalate.iter().for_each(|step| self.print.number(*step));
        }
    }

    /// Adds the names that are used to the number of the set, and warns of those that are not.
    fn unused(&mut self, files: &[RuleFile]) {
        let mut meanings: BTreeMap<&str, String> = BTreeMap::new();
        for (file, parsed) in files.iter().enumerate() {
            let lets = parsed
                .lets
                .iter()
                .map(|raw| (&raw.name, raw.spot, sql::canonical(&raw.text.text)));
            let lists = parsed.lists.iter().map(|raw| {
                (
                    &raw.name,
                    raw.spot,
                    format!(
                        "{:?}",
                        self.names.lists.get(&raw.name).map(Vec::as_slice).unwrap_or_default()
                    ),
                )
            });
            for (name, spot, meaning) in lets.chain(lists) {
                if self.used.contains(name) {
                    meanings.insert(name, meaning);
                } else if !self.reports.has_errors() {
                    let finding = Finding::new(Fault::Unused, format!("`{name}` is not used")).label("unused");
                    self.reports
                        .add(file, spot, finding.help("remove it, or use it in a condition"));
                }
            }
        }
        for (name, meaning) in meanings {
            self.print.text(name);
            self.print.text(&meaning);
        }
    }
}

/// What is allowed, but probably not meant.
fn lints(program: &Program, written: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_literal = ["true", "false"].iter().any(|word| written.eq_ignore_ascii_case(word));
    let is_never = program.statuses == 0 || matches!(program.test, Test::Known(Some(false) | None));
    if is_never && !is_literal {
        let finding = Finding::new(Fault::NeverTrue, "this condition is never true").label("never true");
        findings.push(finding.help("its parts contradict each other, for example two different statuses at once"));
    }
    if program.test == Test::Known(Some(true)) && !is_literal {
        let finding = Finding::new(Fault::AlwaysTrue, "this condition is always true").label("always true");
        findings.push(finding.help("write `true` if that is meant"));
    }
    if program.sweeps {
        let finding =
            Finding::new(Fault::Swept, "when this condition changes cannot be derived").label("looked at every hour");
        findings.push(finding.help(
            "compare `silence`, `dwell`, `age`, `overdue` or `now` with something that does not grow; \
             each open shipment is looked at every hour now",
        ));
    }
    if program.uses.reads(Column::Health) {
        let finding =
            Finding::new(Fault::ReadsHealth, "this condition reads `health`, which rules decide").label("reads health");
        findings.push(finding.help("repeat the condition that matters, as a named expression under `let:`"));
    }
    findings
}
