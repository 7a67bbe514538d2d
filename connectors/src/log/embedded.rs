//! The log on this machine's disk, in one redb file: for one process, without a server.
//!
//! Measured before choosing (2 cores, shared; 1 M messages of 300 bytes in batches of 512, one fsync per batch, then
//! read in order from a second open; release build):
//!
//! | store | append | per batch p50 / p99 / max | read | open after a crash | disk |
//! |---|---|---|---|---|---|
//! | redb 4.6 | 267–270 k/s | 1.8 / 4–5 / 9 ms | 2.4 M/s cold, 6.9 M/s cached | 0.5 s, grows with the file | 306 MB |
//! | redb 4.6, quick repair | 219 k/s | 2.1 / 4.3 / 16 ms | the same | 0.003 s, whatever the size | 306 MB |
//! | fjall 3.1 | 331–430 k/s | 1.0–1.2 / 5–8 / 30–37 ms | 2.0 M/s | 0.5 s | 361 MB |
//!
//! redb with quick repair: recovery in no time and an even tail are worth more here than the last third of appends;
//! it is also one file, without threads of its own.
//!
//! Appends that wait at the same time share one commit. A commit is on the disk before the append answers. After an
//! error of the disk redb refuses everything until the log is opened anew, so no fsync is tried twice.

mod records;
mod store;

use super::{
    Append, HighWater, Log, LogError, LogReader, Message, Outlet, Publication, Published, Stored, StreamState,
    Unpublished,
};
use milepost_model::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::sync::watch;

/// The log in a directory of this machine.
#[derive(Clone)]
pub struct EmbeddedLog {
    store: Arc<Store>,
}

impl EmbeddedLog {
    /// Opens the log in `dir`, or creates it there, at `now`.
    ///
    /// # Errors
    /// [`LogError::Locked`] when another process has it open, [`LogError::Refused`] when the disk refuses.
    pub async fn open(dir: &Path, now: Timestamp) -> Result<Self, LogError> {
        let dir = dir.to_owned();
        let store = blocking(move || Store::open(&dir, now)).await?;
        Ok(Self { store: Arc::new(store) })
    }

    /// Drops scans below `before` that no snapshot needs any more. The place in the file is used again.
    ///
    /// # Errors
    /// [`LogError::Refused`] when the disk refuses.
    pub async fn trim(&self, before: u64) -> Result<(), LogError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.trim(before)).await
    }
}

impl Log for EmbeddedLog {
    type Reader = EmbeddedReader;

    async fn state(&self) -> Result<StreamState, LogError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.state()).await
    }

    async fn message_hash(&self, sequence: u64) -> Result<Option<u64>, LogError> {
        let store = Arc::clone(&self.store);
        blocking(move || Ok(store.message(sequence)?.map(|message| message.hash()))).await
    }

    async fn read(&self, from: u64) -> Result<EmbeddedReader, LogError> {
        let next = self.state().await?.admit(from)?;
        Ok(EmbeddedReader {
            store: Arc::clone(&self.store),
            last: self.store.last.subscribe(),
            next,
        })
    }

    async fn append(&self, now: Timestamp, messages: Vec<Append>) -> Result<Vec<u64>, LogError> {
        let answer = self.store.enqueue(now, messages);
        let store = Arc::clone(&self.store);
        blocking(move || {
            store.commit_waiting();
            Ok(())
        })
        .await?;
        answer
            .await
            .expect("every append that waits is answered by the commit that takes it")
    }

    async fn outlet_state(&self, outlet: Outlet) -> Result<StreamState, LogError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.outlet_state(outlet)).await
    }

    async fn high_water(&self, outlet: Outlet, partition: u8) -> Result<HighWater, LogError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.high_water(outlet, partition)).await
    }

    fn publications_max(&self) -> usize {
        // Each is a commit, and commits wait for one another: what comes meanwhile goes into the next.
        1
    }

    async fn publish(&self, now: Timestamp, publication: Arc<Publication>) -> Result<Stored, Box<Unpublished>> {
        if publication.items.is_empty() {
            return Ok(Stored::nothing(&publication));
        }
        let (store, nothing) = (Arc::clone(&self.store), Stored::nothing(&publication));
        let published = blocking(move || store.publish(now, &publication)).await;
        published.map_err(|error| Unpublished::new(nothing, error))
    }

    async fn published(&self, outlet: Outlet, from: u64, max: usize) -> Result<Vec<Published>, LogError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.published(outlet, from, max)).await
    }
}

/// Reads an [`EmbeddedLog`].
pub struct EmbeddedReader {
    store: Arc<Store>,
    last: watch::Receiver<u64>,
    next: u64,
}

impl LogReader for EmbeddedReader {
    async fn next(&mut self, max: usize, wait: Duration) -> Result<Vec<Message>, LogError> {
        let next = self.next;
        let arrived = self.last.wait_for(|last| *last >= next);
        match tokio::time::timeout(wait, arrived).await {
            Err(_elapsed) => return Ok(Vec::new()),
            Ok(last) => drop(last.expect("the store outlives its readers")),
        }
        let store = Arc::clone(&self.store);
        let messages = blocking(move || store.messages(next, max)).await?;
        // Only now: a read whose future was dropped is made again.
        if let Some(message) = messages.last() {
            self.next = message.position.sequence + 1;
        }
        Ok(messages)
    }
}

/// The disk blocks; it must not hold up what else runs here.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => panic!("the runtime ends only after those who use the log"),
        },
    }
}
