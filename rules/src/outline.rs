//! What a set says, rule by rule and key by key, in canonical words: so that two sets can be compared by what they mean,
//! not by how they are laid out.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::duration::Words;
use crate::program::Constant;
use crate::rule::{Backfill, RuleKind};
use crate::set::SourceFile;
use crate::syntax::csv;
use crate::syntax::file::{RawItems, RawRule, RuleFile};
use crate::syntax::source::{Reports, Source};
use crate::syntax::sql;

/// One rule as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    /// Its name.
    pub rule: String,
    /// File that it stands in.
    pub file: String,
    /// Line of its name, from 1.
    pub line: u32,
    /// Its keys with their values, empty where nothing is said; then the named expressions and lists that it needs, as
    /// `let x` and `list y`.
    pub keys: Vec<(String, String)>,
}

/// The rules of files that make a set, in the order of names.
#[must_use]
pub fn outlines(files: &[SourceFile<'_>]) -> Vec<Outline> {
    let sources: Vec<Source<'_>> = files.iter().map(|file| Source::new(file.name, file.text)).collect();
    let mut reports = Reports::new(&sources);
    let parsed: Vec<RuleFile> = (0..sources.len())
        .map(|file| RuleFile::parse(file, &mut reports))
        .collect();
    let names = named(&parsed, &reports);
    let mut found: Vec<Outline> = parsed
        .iter()
        .zip(files)
        .flat_map(|(parsed, file)| parsed.rules.iter().map(|rule| outline(rule, file.name, &names)))
        .collect();
    found.sort_by(|a, b| a.rule.cmp(&b.rule));
    found
}

/// A named expression or list.
struct Named {
    key: String,
    text: String,
    /// Words among which are the names that it needs.
    words: Vec<String>,
}

fn named(files: &[RuleFile], reports: &Reports<'_, '_>) -> BTreeMap<String, Named> {
    let lets = files.iter().flat_map(|file| &file.lets).map(|raw| {
        let named = Named {
            key: format!("let {}", raw.name),
            text: written(&raw.text.text),
            words: words(&raw.text.text),
        };
        (raw.name.clone(), named)
    });
    let lists = (0..)
        .zip(files)
        .flat_map(|(file, parsed)| parsed.lists.iter().map(move |raw| (file, raw)));
    let lists = lists.map(|(file, raw)| {
        let text = match &raw.items {
            RawItems::Here(items) => listed(items),
            RawItems::InCsv { name, column } => {
                let source = reports.csv_beside(file, &name.text);
                let items = source.and_then(|source| csv::column(source, &column.text).ok());
                listed(&items.unwrap_or_default())
            }
        };
        let named = Named {
            key: format!("list {}", raw.name),
            text,
            words: Vec::new(),
        };
        (raw.name.clone(), named)
    });
    lets.chain(lists).collect()
}

fn outline(rule: &RawRule, file: &str, names: &BTreeMap<String, Named>) -> Outline {
    let mut keys: Vec<(String, String)> = Vec::new();
    let mut put = |key: &str, text: String| keys.push((key.to_string(), text));
    put(
        "opens",
        match rule.kind {
            RuleKind::Delay => "a delay",
            RuleKind::Notice => "a notice",
        }
        .to_string(),
    );
    put("when", written(&rule.when.text));
    let hold = (rule.hold_ms > 0).then(|| Words(rule.hold_ms).to_string());
    put("for", hold.unwrap_or_default());
    let until = rule.until.as_ref().map(|until| written(&until.text));
    put("until", until.unwrap_or_default());
    let health = (rule.kind == RuleKind::Delay).then(|| rule.health.as_str().to_string());
    put("health", health.unwrap_or_default());
    if let Some(notify) = &rule.notify {
        let escalate: Vec<String> = notify.escalate.iter().map(|after| Words(*after).to_string()).collect();
        put("notify.notice", notify.notice.clone());
        put("notify.limit", notify.limit.as_str().to_string());
        put("notify.escalate", escalate.join(", "));
        put("notify.recovered", notify.recovered.clone().unwrap_or_default());
    }
    put("because", rule.because.0.clone());
    let backfill = Backfill::NAMES.iter().find(|(_, policy)| *policy == rule.backfill);
    put("backfill", backfill.map_or("", |(name, _)| name).to_string());
    put("owner", rule.owner.clone());
    let until = rule.until.as_ref().map(|until| words(&until.text)).unwrap_or_default();
    for name in needed([words(&rule.when.text), until].concat(), names) {
        if let Some(named) = names.get(&name) {
            put(&named.key, named.text.clone());
        }
    }
    Outline {
        rule: rule.name.clone(),
        file: file.to_string(),
        line: rule.spot.line,
        keys,
    }
}

/// The names among these words, and those that they need in turn.
fn needed(mut words: Vec<String>, names: &BTreeMap<String, Named>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    while let Some(word) = words.pop() {
        if let Some(named) = names.get(&word)
            && found.insert(word)
        {
            words.extend(named.words.iter().cloned());
        }
    }
    found
}

/// An expression as SQL is written.
fn written(text: &str) -> String {
    sql::parse(text).map_or_else(|_| text.to_string(), |parsed| parsed.expr.to_string())
}

fn words(text: &str) -> Vec<String> {
    sql::parse(text).map(|parsed| parsed.words).unwrap_or_default()
}

fn listed(items: &[Constant]) -> String {
    items.iter().map(item).collect::<Vec<_>>().join(", ")
}

fn item(constant: &Constant) -> String {
    match constant {
        Constant::Null => "NULL".to_string(),
        Constant::Text(text) => format!("'{text}'"),
        Constant::Bool(value) => value.to_string(),
        Constant::Int(value) => value.to_string(),
        Constant::Float(value) => value.to_string(),
        Constant::Time(millis) | Constant::Interval(millis) => millis.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_what_it_says_and_what_its_names_mean() {
        let text = "\
rules:
  - delay: quiet
    when:   silence>patience  and   postal_code in (depots)
    notify: { notice: delay.detected, escalate: [24h] }
    because: 'no scan for {silence}'
let:
  patience: case when far then interval '2 days' else interval '1 day' end
  far: country <> 'US'
  unused: carrier = 'ups'
lists:
  depots: ['40213', '43217']
";
        let found = outlines(&[SourceFile { name: "a.yaml", text }]);
        let [quiet] = found.as_slice() else {
            panic!("one rule");
        };
        assert_eq!(
            (quiet.rule.as_str(), quiet.file.as_str(), quiet.line),
            ("quiet", "a.yaml", 2)
        );
        let keys: Vec<String> = quiet.keys.iter().map(|(key, text)| format!("{key}: {text}")).collect();
        assert_eq!(
            keys,
            [
                "opens: a delay",
                "when: silence > patience AND postal_code IN (depots)",
                "for: ",
                "until: ",
                "health: at_risk",
                "notify.notice: delay.detected",
                "notify.limit: episode",
                "notify.escalate: 24 hours",
                "notify.recovered: ",
                "because: no scan for {silence}",
                "backfill: open-only",
                "owner: ",
                "list depots: '40213', '43217'",
                "let far: country <> 'US'",
                "let patience: CASE WHEN far THEN INTERVAL '2 days' ELSE INTERVAL '1 day' END",
            ]
        );
    }
}
