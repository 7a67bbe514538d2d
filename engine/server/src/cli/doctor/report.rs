//! What the doctor found, for people and for programs.

use crate::out::{self, Mark};
use serde_json::{Value, json};

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Outcome {
    Fine,
    Warning,
    Wrong,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warning => "warn",
            Self::Wrong => "fail",
        }
    }

    const fn mark(self) -> Mark {
        match self {
            Self::Fine => Mark::Fine,
            Self::Warning => Mark::Warning,
            Self::Wrong => Mark::Wrong,
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    /// What was looked at, in a word.
    pub(super) check: &'static str,
    pub(super) outcome: Outcome,
    /// What was seen.
    pub(super) what: String,
    /// What to do; empty when nothing.
    pub(super) todo: String,
}

impl Finding {
    pub(super) fn fine(check: &'static str, what: impl Into<String>) -> Self {
        Self {
            check,
            outcome: Outcome::Fine,
            what: what.into(),
            todo: String::new(),
        }
    }

    pub(super) fn warning(check: &'static str, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self {
            check,
            outcome: Outcome::Warning,
            what: what.into(),
            todo: todo.into(),
        }
    }

    pub(super) fn wrong(check: &'static str, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self {
            check,
            outcome: Outcome::Wrong,
            what: what.into(),
            todo: todo.into(),
        }
    }
}

pub(super) fn text(findings: &[Finding], worst: Outcome) -> String {
    let mut text = String::new();
    for finding in findings {
        let word = format!("{:<4}", finding.outcome.name().to_uppercase());
        let what = finding.what.replace('\n', "\n                ");
        text.push_str(&format!(
            "{}  {:<9} {what}\n",
            out::marked(finding.outcome.mark(), &word),
            finding.check
        ));
        if !finding.todo.is_empty() {
            let todo = finding.todo.replace('\n', "\n                   ");
            text.push_str(&format!("                -> {todo}\n"));
        }
    }
    text.push_str(match worst {
        Outcome::Fine => "all is well\n",
        Outcome::Warning => "nothing stands in the way; look at the warnings\n",
        Outcome::Wrong => "`milepost serve` would not work as things are\n",
    });
    text
}

pub(super) fn json(findings: &[Finding], worst: Outcome) -> Value {
    let checks: Vec<Value> = findings.iter().map(finding_json).collect();
    json!({ "outcome": worst.name(), "checks": checks })
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "check": finding.check, "outcome": finding.outcome.name(), "what": finding.what, "todo": finding.todo,
    })
}
