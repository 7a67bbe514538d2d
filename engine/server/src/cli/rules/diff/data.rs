//! The shipments of now, asked on all cores: rows come from Parquet a row group at a time, what is open and what was told
//! from two questions beforehand.

use super::switch::{Affected, Example, Happens, Sums, Switch};
use crate::cli::sql::Source;
use anyhow::{Context, Result, bail};
use milepost_history::{ShipmentFacts, ShipmentPart};
use milepost_model::{Column, Facts, Timestamp};
use milepost_rules::{Limit, Rule, value_text};
use rayon::prelude::*;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What a switch does to the shipments of a source.
pub(super) fn switch(source: &Source, name: String, affected: &[Affected<'_>], limit: usize) -> Result<Switch> {
    let now = source.rows("SELECT as_of FROM shipments LIMIT 1")?;
    let Some(now) = now.first().and_then(|row| row.get("as_of")).and_then(Json::as_str) else {
        bail!("{name} has no shipments");
    };
    let as_of = Timestamp::parse(now).context("`as_of` is no instant")?;
    let mut switch = Switch {
        source: name,
        as_of,
        shipments: 0,
        rules: vec![Sums::default(); affected.len()],
        backfills: affected
            .iter()
            .map(|rule| rule.new.map(|new| new.backfill).unwrap_or_default())
            .collect(),
        knows_jobs: source.has_jobs(),
    };
    if affected.is_empty() {
        return Ok(switch);
    }
    let known = Known::of(source, affected)?;
    let columns = columns(affected);
    let (parts, _kept) = source.shipment_parts(&columns)?;
    let sums: Vec<(u64, Vec<Sums>)> = parts
        .par_iter()
        .map(|part| of_part(part, &columns, as_of, affected, &known, limit))
        .collect::<Result<_>>()?;
    for (shipments, of_part) in sums {
        switch.shipments += shipments;
        switch
            .rules
            .iter_mut()
            .zip(of_part)
            .for_each(|(sums, more)| sums.add(more, limit));
    }
    Ok(switch)
}

/// What the rows themselves do not tell.
struct Known {
    /// By place of the rule: journeys in which a delay of it is open.
    open: Vec<HashSet<u128>>,
    /// By place of the rule: journeys in which it told something that its limit still counts. Whatever it told, it told of
    /// an opening first.
    told: Vec<HashSet<u128>>,
    /// By number, where there are several: the last journey. Only that one is judged.
    last_epoch: HashMap<u128, i64>,
}

impl Known {
    fn of(source: &Source, affected: &[Affected<'_>]) -> Result<Self> {
        let mut known = Self {
            open: vec![HashSet::new(); affected.len()],
            told: vec![HashSet::new(); affected.len()],
            last_epoch: HashMap::new(),
        };
        let place: HashMap<&str, usize> = affected
            .iter()
            .zip(0..)
            .map(|(rule, place)| (rule.name, place))
            .collect();
        let delays: Vec<&str> = affected
            .iter()
            .filter(|rule| rule.is_delay())
            .map(|rule| rule.name)
            .collect();
        if !delays.is_empty() {
            let open = format!("delays WHERE closed_at IS NULL AND rule IN ({})", listed(&delays));
            fill(&mut known.open, source, &open, &place)?;
        }
        for (limit, since) in [
            (Limit::Shipment, ""),
            (Limit::Day, " AND opened_at >= date_trunc('day', now())"),
        ] {
            let limited = affected.iter().filter(|rule| {
                let notify = rule.new.and_then(|new| new.notify.as_ref());
                notify.is_some_and(|notify| notify.limit == limit)
            });
            let limited: Vec<&str> = limited.map(|rule| rule.name).collect();
            if !limited.is_empty() && source.has_jobs() {
                let told = format!("jobs WHERE rule IN ({}){since}", listed(&limited));
                fill(&mut known.told, source, &told, &place)?;
            }
        }
        let recycled = "shipments WHERE epoch > 0";
        source.each(&["carrier", "tracking_number", "epoch"], recycled, &mut |row| {
            if let [carrier, tracking_number, epoch] = row {
                let last = known.last_epoch.entry(number(carrier, tracking_number)).or_default();
                *last = epoch.parse().unwrap_or(0).max(*last);
            }
        })?;
        Ok(known)
    }
}

/// Adds the journeys of rows to the sets of their rules.
fn fill(sets: &mut [HashSet<u128>], source: &Source, from: &str, place: &HashMap<&str, usize>) -> Result<()> {
    source.each(&["carrier", "tracking_number", "epoch", "rule"], from, &mut |row| {
        if let [carrier, tracking_number, epoch, rule] = row
            && let Some(set) = place.get(rule).and_then(|place| sets.get_mut(*place))
        {
            let epoch = epoch.parse().unwrap_or(0);
            set.insert(journey(number(carrier, tracking_number), epoch));
        }
    })
}

/// Names as SQL lists them. Names of rules have no quotes.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// A number in 128 bits: among a billion of them two are the same by a chance of one to 10^20.
fn number(carrier: &str, tracking_number: &str) -> u128 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    hash.update(carrier.as_bytes());
    hash.update(&[0]);
    hash.update(tracking_number.as_bytes());
    hash.digest128()
}

/// A journey under a number.
fn journey(number: u128, epoch: i64) -> u128 {
    number.wrapping_add(u128::from(epoch.unsigned_abs()))
}

/// What the rules look at, and what examples show.
fn columns(affected: &[Affected<'_>]) -> Vec<Column> {
    let rules = affected
        .iter()
        .flat_map(|affected| [affected.old, affected.new])
        .flatten();
    let of_rule = |rule: &Rule| {
        let programs = [Some(&rule.when), rule.until.as_ref()].into_iter().flatten();
        let read: Vec<Column> = programs
            .flat_map(|program| program.columns())
            .chain(rule.because.columns())
            .collect();
        read
    };
    let mut columns: BTreeSet<Column> = rules.flat_map(of_rule).collect();
    columns.extend([Column::Carrier, Column::TrackingNumber, Column::Epoch, Column::Status]);
    columns.into_iter().collect()
}

fn of_part(
    part: &ShipmentPart,
    columns: &[Column],
    as_of: Timestamp,
    affected: &[Affected<'_>],
    known: &Known,
    limit: usize,
) -> Result<(u64, Vec<Sums>)> {
    let mut sums = vec![Sums::default(); affected.len()];
    let mut shipments = 0;
    part.each(columns, as_of, &mut |facts| {
        let (carrier, tracking_number) = (of(facts, Column::Carrier), of(facts, Column::TrackingNumber));
        let number = number(carrier, tracking_number);
        let epoch = facts.value(Column::Epoch).as_int().unwrap_or(0);
        if !known.last_epoch.is_empty() && known.last_epoch.get(&number).is_some_and(|last| *last != epoch) {
            return;
        }
        shipments += 1;
        let journey = journey(number, epoch);
        for (((rule, sums), open), told) in affected.iter().zip(&mut sums).zip(&known.open).zip(&known.told) {
            let Some(happens) = rule.happens(facts, open.contains(&journey)) else {
                continue;
            };
            let job = rule.job(happens, told.contains(&journey));
            sums.take(happens, job, limit, || Example {
                shipment: format!("{carrier}/{tracking_number}"),
                why: why(rule, happens, facts),
            });
        }
    })?;
    Ok((shipments, sums))
}

fn of<'f>(facts: &'f ShipmentFacts<'_>, column: Column) -> &'f str {
    facts.value(column).as_text().unwrap_or_default()
}

/// What an example shows of a shipment.
fn why(rule: &Affected<'_>, happens: Happens, facts: &ShipmentFacts<'_>) -> String {
    let mut why = String::new();
    match (happens, rule.old, rule.new) {
        (Happens::Opens | Happens::OpensLater, _, Some(new)) if !new.because.is_empty() => {
            new.because.render(facts, &mut why);
        }
        (Happens::Changes, Some(old), Some(new)) => {
            why = format!("{} becomes {}", old.health.as_str(), new.health.as_str());
        }
        _ => why = value_text(facts.value(Column::Status)),
    }
    why
}
