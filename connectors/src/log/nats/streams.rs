//! The streams as they must be, made so where allowed.

use super::connection::{Connection, with_source};
use super::lease::BUCKET;
use crate::log::{LogError, LogSettings, Room};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType, SubjectTransform};
use async_nats::jetstream::{ErrorCode, kv};
use std::time::Duration;

const INGEST: &str = "ingest.*";
const TRANSFORM: &str = "scan.{{partition(64,1)}}";

/// The high-water mark of a share is its last job: it must outlive the quietest day.
const JOBS_KEPT_MIN: Duration = Duration::from_secs(24 * 3600);

/// Sees that all streams are there and as they must be, or says all that is missing.
pub(super) async fn make_ready(connection: &Connection, settings: &LogSettings) -> Result<(), LogError> {
    let mut missing = Vec::new();
    if !connection.client.is_server_compatible(2, 12, 0) {
        let version = connection.client.server_info().version;
        missing.push(format!("the server is nats-server {version}; 2.12 or later is needed"));
    }
    for wanted in wanted(settings) {
        match connection.context.get_stream(&wanted.name).await {
            Ok(stream) => missing.extend(differences(&wanted, &stream.cached_info().config)),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                    missing.extend(create(connection, settings, wanted).await);
                }
                GetStreamErrorKind::JetStream(error) => missing.push(format!("stream {}: {error}", wanted.name)),
                GetStreamErrorKind::Request | GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
                    let why = format!("{}; does the server run with JetStream?", with_source(&error));
                    return Err(connection.unreachable(&format!("looking for stream {}", wanted.name), why));
                }
            },
        }
    }
    if missing.is_empty() {
        if settings.create {
            make_bucket(connection, settings).await;
        }
        return Ok(());
    }
    Err(LogError::NotReady {
        url: connection.url.clone(),
        missing,
    })
}

/// Makes the bucket in which engines say that they are at work, if it may. Engines in standby need it, and say so.
async fn make_bucket(connection: &Connection, settings: &LogSettings) {
    let bucket = kv::Config {
        bucket: BUCKET.to_owned(),
        description: "Milepost: which engine is at work".to_owned(),
        num_replicas: usize::from(settings.replicas.max(1)),
        ..kv::Config::default()
    };
    if connection.context.get_key_value(BUCKET).await.is_err() {
        drop(connection.context.create_key_value(bucket).await);
    }
}

/// What stands in the way of creating a stream, if anything.
async fn create(connection: &Connection, settings: &LogSettings, wanted: Config) -> Option<String> {
    let name = wanted.name.clone();
    if !settings.create {
        let subjects = wanted.subjects.join(", ");
        let transform = wanted
            .subject_transform
            .map(|transform| format!(", subject transform {} to {}", transform.source, transform.destination))
            .unwrap_or_default();
        return Some(format!(
            "stream {name} does not exist; it needs subjects {subjects}{transform}"
        ));
    }
    let created = connection.context.create_stream(wanted).await;
    created
        .err()
        .map(|error| format!("stream {name} could not be created: {}", with_source(&error)))
}

/// The streams as Milepost creates them.
fn wanted(settings: &LogSettings) -> [Config; 3] {
    let base = Config {
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: DiscardPolicy::Old,
        max_age: settings.keep,
        num_replicas: usize::from(settings.replicas.max(1)),
        ..Config::default()
    };
    let outlet = |name: &str, subject: &str| Config {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        ..base.clone()
    };
    let scans = Config {
        name: "SCANS".to_owned(),
        subjects: vec!["scan.*".to_owned(), INGEST.to_owned()],
        subject_transform: Some(SubjectTransform {
            source: INGEST.to_owned(),
            destination: TRANSFORM.to_owned(),
        }),
        ..base.clone()
    };
    [scans, outlet("JOBS", "job.*"), outlet("REJECTS", "reject.*")]
}

/// How near a stream is to each limit that it has.
pub(super) fn room(found: &Info) -> Vec<Room> {
    let (config, state) = (&found.config, &found.state);
    let limits = [
        ("max_bytes", state.bytes, config.max_bytes),
        ("max_msgs", state.messages, config.max_messages),
    ];
    let limited = limits.into_iter().filter_map(|(limit, held, max)| {
        let held_max = u64::try_from(max).ok().filter(|max| *max > 0)?;
        Some(Room {
            stream: config.name.clone(),
            held,
            held_max,
            limit,
            refuses: config.discard == DiscardPolicy::New,
        })
    });
    limited.collect()
}

/// What of an existing stream would lose or misplace messages, a sentence each.
fn differences(wanted: &Config, found: &Config) -> Vec<String> {
    let name = &wanted.name;
    let mut missing = Vec::new();
    for subject in &wanted.subjects {
        if !found.subjects.contains(subject) {
            missing.push(format!(
                "stream {name} needs subject {subject} (it has {})",
                found.subjects.join(", ")
            ));
        }
    }
    if let Some(transform) = &wanted.subject_transform
        && found.subject_transform.as_ref() != Some(transform)
    {
        let shown = found.subject_transform.as_ref();
        let shown = shown.map_or("none".to_owned(), |found| {
            format!("{} to {}", found.source, found.destination)
        });
        missing.push(format!(
            "stream {name} needs subject transform {} to {} (it has {shown})",
            transform.source, transform.destination
        ));
    }
    if found.retention != RetentionPolicy::Limits {
        missing.push(format!(
            "stream {name} needs retention `limits`: others drop what has been read"
        ));
    }
    let is_log = wanted.subject_transform.is_some();
    if found.max_messages_per_subject > 0 && is_log {
        missing.push(format!(
            "stream {name} must not have max_msgs_per_subject: it drops unread scans from within"
        ));
    }
    if !is_log && !found.max_age.is_zero() && found.max_age < JOBS_KEPT_MIN {
        missing.push(format!(
            "stream {name} needs max_age of at least a day: its last message is our place"
        ));
    }
    if found.sealed || found.mirror.is_some() {
        missing.push(format!("stream {name} is sealed or a mirror, and takes no messages"));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_that_would_lose_messages_is_named() {
        let [scans, jobs, _] = wanted(&LogSettings::new("nats://h"));
        type Row<'a> = (&'a Config, &'a str, fn(&mut Config));
        let rows: [Row; 7] = [
            (&scans, "", |_| {}),
            (&scans, "", |found| found.subjects.push("more".to_owned())),
            (&scans, "SCANS needs subject ingest.* (it has scan.*)", |found| {
                found.subjects.truncate(1)
            }),
            (
                &scans,
                "SCANS needs subject transform ingest.* to scan.{{partition(64,1)}} (it has none)",
                |found| {
                    found.subject_transform = None;
                },
            ),
            (&scans, "SCANS needs retention `limits`", |found| {
                found.retention = RetentionPolicy::WorkQueue
            }),
            (&scans, "SCANS must not have max_msgs_per_subject", |found| {
                found.max_messages_per_subject = 1
            }),
            (&jobs, "JOBS needs max_age of at least a day", |found| {
                found.max_age = Duration::from_secs(60)
            }),
        ];
        for (wanted, expected, change) in rows {
            let mut found = wanted.clone();
            change(&mut found);
            let text = differences(wanted, &found).join("\n");
            assert!(
                text.contains(expected) && text.is_empty() == expected.is_empty(),
                "{text} / {expected}"
            );
        }
    }
}
