//! Jobs as a backtest counts them: how many of which rule and notice. Nothing is written anywhere.

use super::measure::Span;
use crate::files::Totals;
use anyhow::{Context, Result};
use milepost_model::{Job, Timestamp};
use milepost_runtime::outbox::{Outgo, Outlet};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is counted of a job.
#[derive(Deserialize)]
struct Told<'j> {
    #[serde(borrow)]
    notice: Cow<'j, str>,
    #[serde(borrow)]
    rule: Cow<'j, str>,
    opened_at: &'j str,
}

/// Jobs of episodes that opened in the span, by rule and then by notice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Jobs(BTreeMap<String, BTreeMap<String, u64>>);

impl Jobs {
    pub(super) fn count(&mut self, job: &Job, span: Span) -> Result<()> {
        let told: Told<'_> = serde_json::from_str(&job.json).context("a job is not what we make of it")?;
        if !Timestamp::parse(told.opened_at).is_ok_and(|at| span.has(at)) {
            return Ok(());
        }
        let by_notice = entry(&mut self.0, &told.rule);
        *entry(by_notice, &told.notice) += 1;
        Ok(())
    }

    /// Adds what was counted elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        for (rule, notices) in other.0 {
            let by_notice = self.0.entry(rule).or_default();
            for (notice, count) in notices {
                *by_notice.entry(notice).or_default() += count;
            }
        }
    }

    /// Those of a rule, by notice.
    pub(super) fn of_rule(&self, rule: &str) -> impl Iterator<Item = (&str, u64)> {
        let notices = self.0.get(rule).into_iter().flatten();
        notices.map(|(notice, count)| (notice.as_str(), *count))
    }

    /// Those of all rules, by notice.
    pub(super) fn by_notice(&self) -> BTreeMap<&str, u64> {
        let mut sums = BTreeMap::new();
        for (notice, count) in self.0.values().flatten() {
            *sums.entry(notice.as_str()).or_default() += count;
        }
        sums
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }
}

/// The value of a key, which is copied only when it is new.
fn entry<'m, V: Default>(map: &'m mut BTreeMap<String, V>, key: &str) -> &'m mut V {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), V::default());
    }
    map.get_mut(key).expect("it was there, or has just been put there")
}

/// Counts what goes out.
pub(super) struct Counter {
    pub(super) span: Span,
    pub(super) jobs: Jobs,
    /// Of the rules that these are compared with.
    pub(super) jobs_beside: Jobs,
    pub(super) totals: Totals,
}

impl Counter {
    pub(super) fn new(span: Span) -> Self {
        Self {
            span,
            jobs: Jobs::default(),
            jobs_beside: Jobs::default(),
            totals: Totals::default(),
        }
    }
}

impl Outlet for Counter {
    fn take(&mut self, outgo: Outgo) -> Result<()> {
        for job in &outgo.jobs {
            self.jobs.count(job, self.span)?;
        }
        for job in &outgo.jobs_beside {
            self.jobs_beside.count(job, self.span)?;
        }
        self.totals.scans += outgo.scans;
        self.totals.rejects += outgo.refused.len() as u64;
        self.totals.now = Some(outgo.now).filter(|now| *now != Timestamp::MIN);
        Ok(())
    }
}
