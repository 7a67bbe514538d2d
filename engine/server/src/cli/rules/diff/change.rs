//! Which rules of two sets differ, and in which keys.

use milepost_rules::Outline;
use std::collections::BTreeMap;

/// What became of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Added,
    Removed,
    Changed,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// A rule that is not the same in both sets.
#[derive(Debug)]
pub(super) struct Change<'o> {
    pub(super) kind: Kind,
    pub(super) rule: &'o str,
    /// Where it stands; of a changed one, in the new set.
    pub(super) file: &'o str,
    pub(super) line: u32,
    /// Keys with what they said and what they say. All that say something, where the rule is added or removed.
    pub(super) keys: Vec<(&'o str, Option<&'o str>, Option<&'o str>)>,
}

/// The rules that differ, in the order of their names.
pub(super) fn changes<'o>(old: &'o [Outline], new: &'o [Outline]) -> Vec<Change<'o>> {
    let mut rules: BTreeMap<&str, (Option<&Outline>, Option<&Outline>)> = BTreeMap::new();
    for outline in old {
        rules.entry(&outline.rule).or_default().0 = Some(outline);
    }
    for outline in new {
        rules.entry(&outline.rule).or_default().1 = Some(outline);
    }
    rules.into_values().filter_map(change).collect()
}

fn change<'o>((old, new): (Option<&'o Outline>, Option<&'o Outline>)) -> Option<Change<'o>> {
    let outline = new.or(old)?;
    let kind = match (old, new) {
        (None, _) => Kind::Added,
        (_, None) => Kind::Removed,
        (Some(old), Some(new)) if old.keys == new.keys => return None,
        (Some(_), Some(_)) => Kind::Changed,
    };
    let value = |outline: Option<&'o Outline>, wanted: &str| {
        let keys = outline.map(|outline| outline.keys.as_slice()).unwrap_or_default();
        let found = keys.iter().find(|(key, _)| key == wanted);
        // What is left out says nothing.
        found.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    };
    let mut keys = Vec::new();
    for (key, _) in [new, old].into_iter().flatten().flat_map(|outline| &outline.keys) {
        let (before, after) = (value(old, key), value(new, key));
        if before != after && keys.iter().all(|(known, _, _)| known != key) {
            keys.push((key.as_str(), before, after));
        }
    }
    Some(Change {
        kind,
        rule: &outline.rule,
        file: &outline.file,
        line: outline.line,
        keys,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(rule: &str, keys: &[(&str, &str)]) -> Outline {
        Outline {
            rule: rule.to_owned(),
            file: "a.yaml".to_owned(),
            line: 2,
            keys: keys
                .iter()
                .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn what_is_said_differently_is_told_key_by_key() {
        let old = [
            outline("gone", &[("when", "true"), ("until", "")]),
            outline("same", &[("when", "true"), ("until", "")]),
            outline("other", &[("when", "x"), ("until", ""), ("let x", "silence > y")]),
        ];
        let new = [
            outline("other", &[("when", "x"), ("until", "now"), ("let x", "silence > z")]),
            outline("same", &[("when", "true"), ("until", "")]),
            outline("fresh", &[("when", "false")]),
        ];
        let found = changes(&old, &new);
        let told: Vec<_> = found
            .iter()
            .map(|change| (change.rule, change.kind, change.keys.clone()))
            .collect();
        assert_eq!(
            told,
            [
                ("fresh", Kind::Added, vec![("when", None, Some("false"))]),
                ("gone", Kind::Removed, vec![("when", Some("true"), None)]),
                (
                    "other",
                    Kind::Changed,
                    vec![
                        ("until", None, Some("now")),
                        ("let x", Some("silence > y"), Some("silence > z"))
                    ]
                ),
            ]
        );
        assert!(changes(&new, &new).is_empty());
    }
}
