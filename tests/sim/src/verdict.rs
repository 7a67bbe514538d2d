//! What must hold of a run, whatever it met: the log as it finally stands, told to one engine that nothing disturbs, gives the
//! same jobs, rejects and rows; and no job stands in its stream twice.

use crate::engine::{Engine, Outcome};
use crate::feed::Feed;
use crate::lives::Ending;
use crate::rows::{first_difference, rows};
use milepost_connectors::log::Published;
use milepost_runtime::rule_texts::Rules;
use std::collections::BTreeMap;

/// Compares a run with one life over the same log.
///
/// # Errors
/// The first difference, in words.
pub fn check(feed: &Feed, rules: &Rules, ending: &Ending) -> Result<(), String> {
    each_once(&ending.jobs)?;
    if ending.rebased {
        // The state knows what the log has lost, and what had been told of it stays told.
        return Ok(());
    }
    let mut engine = Engine::new(&rules.set, feed.clock, 1, 3);
    let mut outcome = Outcome::default();
    engine.handle(&ending.messages, &mut outcome);
    engine.finish_switch();
    let decided = outcome.jobs.iter().map(|job| {
        let text = format!("{} {} {} {}", job.position, job.index, job.job_id(), job.json);
        (job.partition, text)
    });
    let published = ending.jobs.iter().map(|published| {
        let item = &published.item;
        let json = String::from_utf8_lossy(&item.payload);
        (
            item.partition,
            format!("{} {} {} {json}", item.position, item.index, item.id),
        )
    });
    rest_on_the_log(ending)?;
    same(&by_share(decided), &by_share(published), "jobs")?;
    let refused = outcome.refused.iter().map(|refused| {
        let line = format!("{} line {} {}", refused.position, refused.line, refused.reason);
        (refused.position.partition.unwrap_or(0), line)
    });
    let rejects = ending.rejects.iter().map(|published| {
        let item = &published.item;
        let reject: serde_json::Value = serde_json::from_slice(&item.payload).unwrap_or_default();
        let reason = reject
            .get("reason")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        let line = reject
            .get("line")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or_default();
        (item.partition, format!("{} line {line} {reason}", item.position))
    });
    let (mut refused, mut rejects) = (by_share(refused), by_share(rejects));
    // Within a message shards refuse after lines do.
    refused
        .values_mut()
        .chain(rejects.values_mut())
        .for_each(|lines| lines.sort());
    same(&refused, &rejects, "rejects")?;
    let expected = rows(&engine.shards, engine.timeline.now());
    match first_difference(&expected, &ending.rows) {
        Some(difference) => Err(format!("rows of one life and of several: {difference}")),
        None => Ok(()),
    }
}

fn each_once(jobs: &[Published]) -> Result<(), String> {
    let mut seen: BTreeMap<&str, &Published> = BTreeMap::new();
    for job in jobs {
        if let Some(first) = seen.insert(&job.item.id, job) {
            return Err(format!(
                "a job was published twice: {} and {}",
                place(first),
                place(job)
            ));
        }
    }
    Ok(())
}

/// Every job names the message that it rests on, as it stands in the log.
fn rest_on_the_log(ending: &Ending) -> Result<(), String> {
    let hashes: BTreeMap<u64, u64> = ending
        .messages
        .iter()
        .map(|message| (message.position.sequence, message.hash()))
        .collect();
    let wrong = ending
        .jobs
        .iter()
        .find(|job| hashes.get(&job.item.position.sequence) != Some(&job.item.hash));
    match wrong {
        Some(job) => Err(format!("a job rests on what is not in the log: {}", place(job))),
        None => Ok(()),
    }
}

/// What stands in the stream of jobs, and what each rests on, for a message.
#[must_use]
pub fn stream(jobs: &[Published]) -> String {
    jobs.iter().map(place).collect::<Vec<_>>().join("\n  ")
}

fn place(job: &Published) -> String {
    let item = &job.item;
    let (message, position, index) = (job.sequence, item.position, item.index);
    format!(
        "message {message}: {} rests on {position} {index}, log {}, by {}",
        item.id, item.lineage, item.term
    )
}

fn by_share(items: impl Iterator<Item = (u8, String)>) -> BTreeMap<u8, Vec<String>> {
    let mut shares: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    items.for_each(|(share, text)| shares.entry(share).or_default().push(text));
    shares
}

fn same(expected: &BTreeMap<u8, Vec<String>>, found: &BTreeMap<u8, Vec<String>>, what: &str) -> Result<(), String> {
    for share in expected.keys().chain(found.keys()) {
        let of = |shares: &BTreeMap<u8, Vec<String>>| shares.get(share).cloned().unwrap_or_default();
        if let Some(difference) = first_difference(&of(expected), &of(found)) {
            return Err(format!("{what} of share {share}, decided and published: {difference}"));
        }
    }
    Ok(())
}
