//! A rule file as written: rules, named expressions, lists and tests, with their keys checked but not yet their SQL.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::Health;

use crate::errors::{Fault, Finding, Spot};
use crate::program::Constant;
use crate::rule::{Backfill, Limit, Notify, RuleKind};
use crate::syntax::csv;
use crate::syntax::keys::{Keys, duration_of, entries, items, name_of, wrong_shape};
use crate::syntax::shapes::{CSV_LIST, DELAY, FILE, NOTICE, NOTIFY};
use crate::syntax::source::{Reports, shortened};
use crate::syntax::yaml::{self, Body, Node, Scalar};
use crate::template::Template;

/// Items of one list.
pub(crate) const LIST_ITEMS_MAX: usize = 10_000;

/// Repetitions of one notice.
pub(crate) const ESCALATIONS_MAX: usize = 16;

/// A rule file with its keys checked.
#[derive(Default)]
pub(crate) struct RuleFile {
    pub(crate) rules: Vec<RawRule>,
    pub(crate) lets: Vec<RawLet>,
    pub(crate) lists: Vec<RawList>,
    pub(crate) tests: Vec<Node>,
}

/// A rule whose conditions are still text.
pub(crate) struct RawRule {
    pub(crate) kind: RuleKind,
    pub(crate) name: String,
    pub(crate) spot: Spot,
    pub(crate) when: Scalar,
    pub(crate) hold_ms: i64,
    pub(crate) until: Option<Scalar>,
    pub(crate) health: Health,
    pub(crate) notify: Option<Notify>,
    pub(crate) because: (String, Template),
    pub(crate) backfill: Backfill,
    pub(crate) owner: String,
}

/// `let:` name and expression.
pub(crate) struct RawLet {
    pub(crate) name: String,
    pub(crate) spot: Spot,
    pub(crate) text: Scalar,
}

/// `lists:` name and items.
pub(crate) struct RawList {
    pub(crate) name: String,
    pub(crate) spot: Spot,
    pub(crate) items: RawItems,
}

/// Where the items of a list stand.
pub(crate) enum RawItems {
    /// Here.
    Here(Vec<Constant>),
    /// In a column of a CSV file beside this one.
    InCsv {
        /// The name of the file.
        name: Scalar,
        /// The name of the column.
        column: Scalar,
    },
}

impl RuleFile {
    /// Reads a file; what is wrong is reported and left out. A CSV file has no rules.
    pub(crate) fn parse(file: usize, reports: &mut Reports<'_, '_>) -> Self {
        let mut parsed = Self::default();
        if reports.source(file).is_none_or(|source| csv::is_csv(source.name)) {
            return parsed;
        }
        let Some(node) = yaml::parse(file, reports) else {
            return parsed;
        };
        let Some(keys) = Keys::of(&node, &FILE, file, reports) else {
            return parsed;
        };
        if let Some(node) = keys.get("rules") {
            for item in items(node, "`rules`", file, reports) {
                parsed.rules.extend(rule(item, file, reports));
            }
        }
        if let Some(node) = keys.get("let") {
            for (key, value) in entries(node, "`let`", file, reports) {
                parsed.lets.extend(named_expression(key, value, file, reports));
            }
        }
        if let Some(node) = keys.get("lists") {
            for (key, value) in entries(node, "`lists`", file, reports) {
                parsed.lists.extend(list(key, value, file, reports));
            }
        }
        if let Some(node) = keys.get("tests") {
            parsed.tests = items(node, "`tests`", file, reports).to_vec();
        }
        parsed
    }
}

fn rule(node: &Node, file: usize, reports: &mut Reports<'_, '_>) -> Option<RawRule> {
    let Body::Map(found) = &node.body else {
        wrong_shape(
            node,
            "a rule",
            "a mapping that begins with `delay` or `notice`",
            file,
            reports,
            "",
        );
        return None;
    };
    let has = |wanted: &str| found.iter().any(|(key, _)| key.text == wanted);
    match (has("delay"), has("notice")) {
        (true, false) => delay(&Keys::of(node, &DELAY, file, reports)?, file, reports),
        (false, true) => notice(&Keys::of(node, &NOTICE, file, reports)?, file, reports),
        (both, _) => {
            let message = if both {
                "a rule is either a `delay` or a `notice`, not both"
            } else {
                "a rule needs the key `delay` or `notice` with its name"
            };
            let help = "`- delay: name` opens an episode, and its `notify` says which job that causes; \
                        `- notice: name` only causes a job";
            reports.add(
                file,
                node.spot,
                Finding::new(Fault::MissingKey, message).label("this rule").help(help),
            );
            None
        }
    }
}

fn delay(keys: &Keys<'_>, file: usize, reports: &mut Reports<'_, '_>) -> Option<RawRule> {
    let notify = keys.get("notify").and_then(|node| notify(node, file, reports));
    let health: Vec<(&'static str, Health)> = Health::ALL
        .iter()
        .filter(|health| **health != Health::Ok)
        .map(|health| (health.as_str(), *health))
        .collect();
    let health = keys.word("health", &health, reports).unwrap_or(Health::AtRisk);
    let because = because(keys, file, reports);
    if keys.entry("because").is_none() {
        keys.missing("because", reports);
    }
    let rest = conditions(keys, RuleKind::Delay, "delay", file, reports)?;
    Some(RawRule {
        health,
        notify,
        because: because.unwrap_or_default(),
        ..rest
    })
}

fn notice(keys: &Keys<'_>, file: usize, reports: &mut Reports<'_, '_>) -> Option<RawRule> {
    let limit = keys.word("limit", Limit::NAMES, reports).unwrap_or(Limit::Episode);
    let because = because(keys, file, reports);
    let rest = conditions(keys, RuleKind::Notice, "notice", file, reports)?;
    Some(RawRule {
        notify: Some(Notify {
            notice: rest.name.clone(),
            limit,
            escalate: Vec::new(),
            recovered: None,
        }),
        because: because.unwrap_or_default(),
        ..rest
    })
}

/// What both kinds of rules have.
fn conditions(
    keys: &Keys<'_>,
    kind: RuleKind,
    name_key: &str,
    file: usize,
    reports: &mut Reports<'_, '_>,
) -> Option<RawRule> {
    let name = keys.required(name_key, reports);
    let spot = name.map_or(keys.spot, |name| name.spot);
    // A rule with a mistake is kept, so that its conditions are checked too; the set is refused in any case.
    let name = name.and_then(|name| name_of(name, "a rule", file, reports));
    let when = keys.required("when", reports);
    let hold_ms = keys.duration("for", reports).unwrap_or(0);
    let until = keys.text("until", reports).cloned();
    let backfill = keys.word("backfill", Backfill::NAMES, reports).unwrap_or_default();
    let owner = keys.text("owner", reports).map(|owner| owner.text.clone());
    Some(RawRule {
        kind,
        name: name.unwrap_or_default(),
        spot,
        when: when?.clone(),
        hold_ms,
        until,
        health: Health::Ok,
        notify: None,
        because: Default::default(),
        backfill,
        owner: owner.unwrap_or_default(),
    })
}

fn because(keys: &Keys<'_>, file: usize, reports: &mut Reports<'_, '_>) -> Option<(String, Template)> {
    let scalar = keys.text("because", reports)?;
    match Template::parse(&scalar.text) {
        Ok(template) => Some((scalar.text.clone(), template)),
        Err(mistakes) => {
            for (start, length, finding) in mistakes {
                let source = reports.source(file)?;
                reports.add(file, scalar.locate(source, start, length), finding);
            }
            None
        }
    }
}

fn notify(node: &Node, file: usize, reports: &mut Reports<'_, '_>) -> Option<Notify> {
    let keys = Keys::of(node, &NOTIFY, file, reports)?;
    let notice = keys
        .required("notice", reports)
        .and_then(|name| name_of(name, "a notice", file, reports));
    let recovered = keys
        .text("recovered", reports)
        .and_then(|name| name_of(name, "a notice", file, reports));
    let limit = keys.word("limit", Limit::NAMES, reports).unwrap_or(Limit::Episode);
    let escalate = keys
        .get("escalate")
        .map(|node| escalations(node, file, reports))
        .unwrap_or_default();
    Some(Notify {
        notice: notice?,
        limit,
        escalate,
        recovered,
    })
}

fn escalations(node: &Node, file: usize, reports: &mut Reports<'_, '_>) -> Vec<i64> {
    let mut steps: Vec<i64> = Vec::new();
    for item in items(node, "`escalate`", file, reports) {
        let Body::Text(scalar) = &item.body else {
            wrong_shape(item, "a step of `escalate`", "a length of time", file, reports, "");
            continue;
        };
        let Some(step) = duration_of(scalar, file, reports) else {
            continue;
        };
        if steps.last().copied().unwrap_or(0) >= step {
            let message = format!("the step `{}` does not come after the one before", scalar.text);
            let help = "steps count from the opening of the episode and rise: [24h, 72h]";
            reports.add(
                file,
                scalar.spot,
                Finding::new(Fault::BadDuration, message).label("not later").help(help),
            );
            continue;
        }
        steps.push(step);
    }
    if steps.len() > ESCALATIONS_MAX {
        let message = format!("`escalate` has {} steps; the limit is {ESCALATIONS_MAX}", steps.len());
        reports.add(
            file,
            node.spot,
            Finding::new(Fault::TooMuch, message).help("a person should have looked by then"),
        );
    }
    steps
}

fn named_expression(key: &Scalar, value: &Node, file: usize, reports: &mut Reports<'_, '_>) -> Option<RawLet> {
    let name = name_of(key, "an expression", file, reports)?;
    match &value.body {
        Body::Text(text) => Some(RawLet {
            name,
            spot: key.spot,
            text: text.clone(),
        }),
        Body::List(_) | Body::Map(_) => {
            wrong_shape(value, "a named expression", "an SQL expression", file, reports, "");
            None
        }
    }
}

fn list(key: &Scalar, value: &Node, file: usize, reports: &mut Reports<'_, '_>) -> Option<RawList> {
    let name = name_of(key, "a list", file, reports)?;
    if matches!(value.body, Body::Map(_)) {
        let keys = Keys::of(value, &CSV_LIST, file, reports)?;
        let (csv, column) = (keys.required("csv", reports), keys.required("column", reports));
        return Some(RawList {
            name,
            spot: key.spot,
            items: RawItems::InCsv {
                name: csv?.clone(),
                column: column?.clone(),
            },
        });
    }
    let nodes = items(value, "a list", file, reports);
    if nodes.len() > LIST_ITEMS_MAX {
        let message = format!(
            "the list `{name}` has {} items; the limit is {LIST_ITEMS_MAX}",
            nodes.len()
        );
        reports.add(file, key.spot, Finding::new(Fault::TooMuch, message).help("divide it"));
        return None;
    }
    let mut constants = Vec::with_capacity(nodes.len());
    for node in nodes {
        match &node.body {
            Body::Text(scalar) => constants.push(scalar.constant()),
            Body::List(_) | Body::Map(_) => {
                wrong_shape(node, "an item of a list", "a text or a number", file, reports, "");
            }
        }
    }
    let first = constants.first().map(core::mem::discriminant);
    if constants
        .iter()
        .any(|item| Some(core::mem::discriminant(item)) != first)
    {
        let message = format!("the list `{}` mixes texts and numbers", shortened(&name));
        let help = "a text of digits stands in quotes: \"40213\"";
        reports.add(
            file,
            key.spot,
            Finding::new(Fault::TypeMismatch, message).label("mixed").help(help),
        );
        return None;
    }
    Some(RawList {
        name,
        spot: key.spot,
        items: RawItems::Here(constants),
    })
}
