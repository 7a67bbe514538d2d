//! The redb file under the embedded log: one writer at a time, any number of readers, all calls block.

use super::records::{FACTS, OutRecord, SCANS, message, published, share_to_byte};
use crate::log::{
    Append, BATCH_BYTES_MAX, HighWater, LogError, Message, Outlet, Publication, Published, Stored, StreamState, Term,
};
use milepost_model::Timestamp;
use redb::{Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

const FILE: &str = "log.redb";
const CREATED: &str = "created";
const LAST_SCAN: &str = "last scan";
const LAST_TIMESTAMP: &str = "last timestamp";

/// The tables of jobs or rejects.
struct OutTables {
    items: TableDefinition<'static, u64, OutRecord>,
    /// Share → its last sequence number.
    last: TableDefinition<'static, u8, u64>,
}

fn tables(outlet: Outlet) -> OutTables {
    match outlet {
        Outlet::Jobs => OutTables {
            items: TableDefinition::new("jobs"),
            last: TableDefinition::new("jobs last"),
        },
        Outlet::Rejects => OutTables {
            items: TableDefinition::new("rejects"),
            last: TableDefinition::new("rejects last"),
        },
    }
}

/// An append that waits for the next commit.
struct Waiting {
    now: Timestamp,
    messages: Vec<Append>,
    answer: oneshot::Sender<Result<Vec<u64>, LogError>>,
}

/// The open file.
pub(super) struct Store {
    database: Database,
    dir: String,
    created: Timestamp,
    waiting: Mutex<Vec<Waiting>>,
    /// Held while a commit runs, so that appends that arrive meanwhile wait together for the next one.
    committing: Mutex<()>,
    /// Last sequence number of the scans that are on the disk.
    pub(super) last: watch::Sender<u64>,
}

impl Store {
    pub(super) fn open(dir: &Path, now: Timestamp) -> Result<Self, LogError> {
        let shown = dir.display().to_string();
        let refused = |why: String| LogError::Refused {
            place: shown.clone(),
            during: "opening the log".to_owned(),
            why,
        };
        std::fs::create_dir_all(dir).map_err(|error| refused(error.to_string()))?;
        let database = Database::create(dir.join(FILE)).map_err(|error| {
            if matches!(error, DatabaseError::DatabaseAlreadyOpen) {
                return LogError::Locked { dir: shown.clone() };
            }
            refused(error.to_string())
        })?;
        let (created, last) = found_or_created(&database, now).map_err(|error| refused(error.to_string()))?;
        sync_dir(dir).map_err(|error| refused(error.to_string()))?;
        Ok(Self {
            database,
            dir: shown,
            created,
            waiting: Mutex::new(Vec::new()),
            committing: Mutex::new(()),
            last: watch::Sender::new(last),
        })
    }

    pub(super) fn state(&self) -> Result<StreamState, LogError> {
        let last_sequence = *self.last.borrow();
        let first = || -> Result<Option<u64>, redb::Error> {
            let scans = self.database.begin_read()?.open_table(SCANS)?;
            Ok(scans.first()?.map(|(sequence, _)| sequence.value()))
        };
        let first = first().map_err(|error| self.refused("reading the log", &error))?;
        Ok(StreamState {
            name: "SCANS".to_owned(),
            created: self.created,
            first_sequence: first.unwrap_or(last_sequence + 1),
            last_sequence,
        })
    }

    pub(super) fn outlet_state(&self, outlet: Outlet) -> Result<StreamState, LogError> {
        let ends = || -> Result<Option<(u64, u64)>, redb::Error> {
            let items = self.database.begin_read()?.open_table(tables(outlet).items)?;
            let first = items.first()?.map(|(sequence, _)| sequence.value());
            Ok(first.zip(items.last()?.map(|(sequence, _)| sequence.value())))
        };
        let ends = ends().map_err(|error| self.refused("reading jobs", &error))?;
        let (first_sequence, last_sequence) = ends.unwrap_or((1, 0));
        Ok(StreamState {
            name: outlet.stream().to_owned(),
            created: self.created,
            first_sequence,
            last_sequence,
        })
    }

    pub(super) fn message(&self, sequence: u64) -> Result<Option<Message>, LogError> {
        let read = || -> Result<Option<Message>, redb::Error> {
            let scans = self.database.begin_read()?.open_table(SCANS)?;
            Ok(scans.get(sequence)?.map(|record| message(sequence, &record)))
        };
        read().map_err(|error| self.refused("reading the log", &error))
    }

    pub(super) fn messages(&self, from: u64, max: usize) -> Result<Vec<Message>, LogError> {
        let read = || -> Result<Vec<Message>, redb::Error> {
            let scans = self.database.begin_read()?.open_table(SCANS)?;
            let (mut messages, mut bytes) = (Vec::new(), 0);
            for entry in scans.range(from..)?.take(max) {
                let (sequence, record) = entry?;
                let message = message(sequence.value(), &record);
                bytes += message.payload.len();
                if bytes > BATCH_BYTES_MAX && !messages.is_empty() {
                    break;
                }
                messages.push(message);
            }
            Ok(messages)
        };
        read().map_err(|error| self.refused("reading the log", &error))
    }

    /// Puts an append among those that wait; whoever calls [`Store::commit_waiting`] next takes it along.
    pub(super) fn enqueue(
        &self,
        now: Timestamp,
        messages: Vec<Append>,
    ) -> oneshot::Receiver<Result<Vec<u64>, LogError>> {
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).push(Waiting { now, messages, answer });
        answered
    }

    /// Makes one commit of all appends that wait, and answers each.
    pub(super) fn commit_waiting(&self) {
        let committing = lock(&self.committing);
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        if waiting.is_empty() {
            return;
        }
        let stored = self.append_all(&waiting);
        let (mut sequence, error) = match stored {
            Ok(last) => {
                let before = self.last.send_replace(last);
                (before, None)
            }
            Err(error) => (0, Some(self.refused("storing messages", &error))),
        };
        drop(committing);
        for append in waiting {
            let answer = match &error {
                Some(error) => Err(error.clone()),
                None => Ok(append
                    .messages
                    .iter()
                    .map(|_| {
                        sequence += 1;
                        sequence
                    })
                    .collect()),
            };
            // Who dropped the future does not want the answer.
            drop(append.answer.send(answer));
        }
    }

    fn append_all(&self, waiting: &[Waiting]) -> Result<u64, redb::Error> {
        let transaction = self.begin_write()?;
        let mut last = *self.last.borrow();
        {
            let mut scans = transaction.open_table(SCANS)?;
            let mut facts = transaction.open_table(FACTS)?;
            let mut timestamp = facts.get(LAST_TIMESTAMP)?.map_or(i64::MIN, |at| at.value());
            for append in waiting {
                timestamp = timestamp.max(append.now.millis());
                for message in &append.messages {
                    last += 1;
                    let share = share_to_byte(message.to.partition());
                    scans.insert(
                        last,
                        (timestamp, share, message.format.as_deref(), message.payload.as_ref()),
                    )?;
                }
            }
            facts.insert(LAST_TIMESTAMP, timestamp)?;
            facts.insert(LAST_SCAN, last.cast_signed())?;
        }
        transaction.commit()?;
        Ok(last)
    }

    pub(super) fn trim(&self, before: u64) -> Result<(), LogError> {
        let trim = || -> Result<(), redb::Error> {
            let transaction = self.begin_write()?;
            transaction.open_table(SCANS)?.retain_in(..before, |_, _| false)?;
            transaction.commit()?;
            Ok(())
        };
        trim().map_err(|error| self.refused("dropping old messages", &error))
    }

    pub(super) fn high_water(&self, outlet: Outlet, partition: u8) -> Result<HighWater, LogError> {
        let read = || -> Result<HighWater, redb::Error> {
            let transaction = self.database.begin_read()?;
            let tables = tables(outlet);
            let Some(last) = transaction.open_table(tables.last)?.get(partition)? else {
                return Ok(HighWater::default());
            };
            let last_sequence = last.value();
            let item = transaction.open_table(tables.items)?.get(last_sequence)?;
            Ok(match item {
                Some(record) => HighWater::at(&published(last_sequence, &record)),
                None => HighWater {
                    last_sequence,
                    ..HighWater::default()
                },
            })
        };
        read().map_err(|error| self.refused("reading jobs", &error))
    }

    /// One commit for all shares of a publication.
    pub(super) fn publish(&self, now: Timestamp, publication: &Publication) -> Result<Stored, LogError> {
        let outlet = publication.outlet;
        let publish = || -> Result<Result<Stored, (u8, u64)>, redb::Error> {
            let transaction = self.begin_write()?;
            let stored = publish_in(&transaction, now, publication)?;
            if stored.is_ok() {
                transaction.commit()?;
            } else {
                transaction.abort()?;
            }
            Ok(stored)
        };
        let stored = publish().map_err(|error| self.refused("publishing", &error))?;
        stored.map_err(|(share, found)| LogError::Fenced {
            subject: outlet.subject(share),
            expected: publication.ends.of(share),
            found: Some(found),
        })
    }

    pub(super) fn published(&self, outlet: Outlet, from: u64, max: usize) -> Result<Vec<Published>, LogError> {
        let read = || -> Result<Vec<Published>, redb::Error> {
            let items = self.database.begin_read()?.open_table(tables(outlet).items)?;
            let (mut found, mut bytes) = (Vec::new(), 0);
            for entry in items.range(from..)?.take(max) {
                let (sequence, record) = entry?;
                let one = published(sequence.value(), &record);
                bytes += one.item.payload.len();
                if bytes > BATCH_BYTES_MAX && !found.is_empty() {
                    break;
                }
                found.push(one);
            }
            Ok(found)
        };
        read().map_err(|error| self.refused("reading jobs", &error))
    }

    fn begin_write(&self) -> Result<WriteTransaction, redb::Error> {
        durable_write(&self.database)
    }

    fn refused(&self, during: &str, error: &redb::Error) -> LogError {
        LogError::Refused {
            place: self.dir.clone(),
            during: during.to_owned(),
            why: error.to_string(),
        }
    }
}

/// `Err` is a share that does not end where expected, and where it ends.
fn publish_in(
    transaction: &WriteTransaction,
    now: Timestamp,
    publication: &Publication,
) -> Result<Result<Stored, (u8, u64)>, redb::Error> {
    let tables = tables(publication.outlet);
    let mut items = transaction.open_table(tables.items)?;
    let numbers = |term: Term| (term.number, term.message, term.who);
    let mut lasts = transaction.open_table(tables.last)?;
    let mut last = items.last()?.map_or(0, |(sequence, _)| sequence.value());
    let mut stored = Stored::nothing(publication);
    for item in &publication.items {
        let share = item.partition;
        let found = lasts.get(share)?.map_or(0, |last| last.value());
        if found != stored.ends.of(share) {
            return Ok(Err((share, found)));
        }
        last += 1;
        let cause_share = share_to_byte(item.position.partition);
        let record = (
            share,
            now.millis(),
            item.position.sequence,
            cause_share,
            item.hash,
            item.lineage.created.millis(),
            numbers(item.lineage.taken_by),
            numbers(item.term),
            item.by_id_after,
            item.index,
            item.id.as_str(),
            item.payload.as_ref(),
        );
        items.insert(last, record)?;
        lasts.insert(share, last)?;
        stored.add(share, last);
    }
    Ok(Ok(stored))
}

/// When the log was created and its last sequence number; all tables exist afterwards.
fn found_or_created(database: &Database, now: Timestamp) -> Result<(Timestamp, u64), redb::Error> {
    let transaction = durable_write(database)?;
    let found = {
        transaction.open_table(SCANS)?;
        for outlet in [Outlet::Jobs, Outlet::Rejects] {
            transaction.open_table(tables(outlet).items)?;
            transaction.open_table(tables(outlet).last)?;
        }
        let mut facts = transaction.open_table(FACTS)?;
        let created = facts.get(CREATED)?.map(|at| at.value());
        let last = facts.get(LAST_SCAN)?.map_or(0, |last| last.value());
        if created.is_none() {
            facts.insert(CREATED, now.millis())?;
        }
        (
            Timestamp::from_millis(created.unwrap_or(now.millis())),
            last.cast_unsigned(),
        )
    };
    transaction.commit()?;
    Ok(found)
}

fn durable_write(database: &Database) -> Result<WriteTransaction, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    // Without it, opening after a crash reads the whole file.
    transaction.set_quick_repair(true);
    Ok(transaction)
}

/// The name of a new file lives in its directory, which has its own fsync.
fn sync_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
