//! Which rules are in force, since when, and whether others were refused: for `/readyz`, `/metrics` and the trace.

use crate::alarms::Teller;
use milepost_model::{Position, Timestamp};
use milepost_rules::{Rule, RuleSet};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Told by the station that puts the log in order and by whoever watches the rule files; read by anybody.
#[derive(Default)]
pub struct RulesStatus {
    status: Mutex<Status>,
    tell: Option<Teller>,
}

impl Debug for RulesStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RulesStatus").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Status {
    hash: String,
    rules: usize,
    /// The message and the log's time from which on they are in force; `None` when the engine began with them.
    since: Option<(Position, Timestamp)>,
    /// How often others came into force since the start.
    switches: u64,
    /// What is wrong with the files as they are now.
    refused: Option<String>,
}

impl RulesStatus {
    /// A status of which changes are told to somebody, a line each.
    #[must_use]
    pub fn told(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            tell: Some(Box::new(tell)),
            ..Self::default()
        }
    }

    fn tell(&self, what: &str) {
        if let Some(tell) = &self.tell {
            tell(what);
        }
    }

    /// The rules with which the engine begins.
    pub fn begin(&self, set: &RuleSet) {
        let mut status = self.lock();
        (status.hash, status.rules) = (set.hash_text(), set.rules().len());
    }

    /// Other rules are in force.
    pub fn switched(&self, before: &RuleSet, after: &RuleSet, since: (Position, Timestamp)) {
        let mut status = self.lock();
        (status.hash, status.rules) = (after.hash_text(), after.rules().len());
        status.since = Some(since);
        status.switches += 1;
        let (rules, change) = (short(&status.hash), difference(before, after));
        let (message, now) = (since.0.sequence, since.1);
        self.tell(&format!(
            "rules {rules} in force from message {message} on, {now}: {change}"
        ));
    }

    /// The rule files have mistakes: nothing of them is taken.
    pub fn refuse(&self, why: &str) {
        let mut status = self.lock();
        if status.refused.as_deref() != Some(why) {
            let rules = short(&status.hash);
            self.tell(&format!(
                "warning: the rule files are refused as they are, rules {rules} stay in force: {why}"
            ));
            status.refused = Some(why.to_owned());
        }
    }

    /// The rule files have no mistakes.
    pub fn accept(&self) {
        let mut status = self.lock();
        if status.refused.take().is_some() {
            let rules = short(&status.hash);
            self.tell(&format!(
                "the rule files are in order again; rules {rules} are in force"
            ));
        }
    }

    /// Hash of the rules in force.
    pub fn hash(&self) -> String {
        self.lock().hash.clone()
    }

    /// For `/readyz`.
    pub fn json(&self) -> Value {
        let status = self.lock();
        json!({
            "hash": status.hash,
            "rules": status.rules,
            "since": status.since.map(|(position, now)| json!({ "position": position.sequence, "now": now.to_string() })),
            "refused": status.refused,
        })
    }

    /// For `/metrics`.
    pub fn render(&self) -> String {
        let status = self.lock();
        let metric = |name: &str, kind: &str, help: &str, value: u64| {
            format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
        };
        [
            metric("milepost_rules", "gauge", "Rules in force.", status.rules as u64),
            metric(
                "milepost_rules_switches_total",
                "counter",
                "How often other rules came into force since the start.",
                status.switches,
            ),
            metric(
                "milepost_rules_refused",
                "gauge",
                "1 while the rule files have mistakes and the rules before them stay in force, else 0.",
                u64::from(status.refused.is_some()),
            ),
        ]
        .concat()
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first digits of a hash: enough for people.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// How many rules are new, have another condition, say something else, or are gone.
fn difference(before: &RuleSet, after: &RuleSet) -> String {
    let old: BTreeMap<&str, &Rule> = before.rules().iter().map(|rule| (rule.name.as_str(), rule)).collect();
    let (mut new, mut changed, mut kept) = (0, 0, 0);
    for rule in after.rules() {
        match old.get(rule.name.as_str()) {
            None => new += 1,
            Some(old) if !rule.has_same_condition(old) => changed += 1,
            Some(_) => kept += 1,
        }
    }
    let gone = before.rules().len() - changed - kept;
    format!("{new} new, {changed} with another condition, {kept} as they were, {gone} gone")
}
