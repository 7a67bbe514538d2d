//! SQL away from everything else: on threads of its own, and stopped by the clock though it never pauses. A join of two
//! large tables may keep its threads for minutes; the engine, its health and its signals must not notice.

use anyhow::{Context, Result};
use milepost_history::{Answer, Catalog, Limits, QueryError};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

/// What a question may take longer than its limit before it is left alone: most stop by themselves.
const GRACE: Duration = Duration::from_millis(250);

/// Threads that answer.
pub(crate) struct Questions {
    threads: Option<Runtime>,
    /// Places for questions under way; one that cannot be stopped keeps its place until it ends.
    places: Arc<Semaphore>,
    limits: Limits,
}

/// A place among the questions under way, until it is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// Others are being answered.
    #[error("too many questions are being answered; ask again in a moment")]
    Busy,
    /// The question itself.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl Questions {
    /// Threads for so many questions at once.
    pub(crate) fn new(limits: Limits, at_once: usize) -> Result<Self> {
        let threads = Builder::new_multi_thread()
            .worker_threads(limits.threads.clamp(1, 8))
            .thread_name("sql")
            .enable_all()
            .build()
            .context("no threads for SQL can be started")?;
        Ok(Self {
            threads: Some(threads),
            places: Arc::new(Semaphore::new(at_once)),
            limits,
        })
    }

    /// What one question may take.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A place for a question, if there is one: whoever gathers rows for it takes that first.
    pub(crate) fn place(&self) -> Result<Place, Unanswered> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Unanswered::Busy)
    }

    /// Asks a catalog. Whoever stops waiting stops the question.
    pub(crate) async fn ask(&self, place: Place, catalog: Catalog, statement: String) -> Result<Answer, Unanswered> {
        let limits = self.limits;
        let threads = self.threads.as_ref().expect("they are there until this is dropped");
        let asked = threads.spawn(async move {
            let answer = catalog.query(&statement, &limits).await;
            drop(place);
            answer
        });
        let _stopped = Stopped(asked.abort_handle());
        let longest = Duration::from_millis(limits.ms_max) + GRACE;
        match tokio::time::timeout(longest, asked).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(lost)) => std::panic::resume_unwind(lost.into_panic()),
            Err(_elapsed) => Err(QueryError::Time { ms_max: limits.ms_max }.into()),
        }
    }
}

impl Drop for Questions {
    fn drop(&mut self) {
        // A question that does not pause would be waited for without end.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// Stops a question that nobody waits for any more, as soon as it pauses.
struct Stopped(AbortHandle);

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.abort();
    }
}
