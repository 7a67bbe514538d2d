//! What stands in the streams of jobs and rejects, read back: for tables in files, for live questions, and for
//! `milepost rejects`.

use anyhow::Result;
use milepost_connectors::log::{AnyLog, Log, Outlet, Published};

/// Read back at once.
const AT_ONCE: usize = 10_000;

/// Shows the newest of a stream, at most so many, in their order. What is published meanwhile is left for the next time.
pub(crate) async fn each(
    log: &AnyLog,
    stream: Outlet,
    newest_max: u64,
    show: &mut dyn FnMut(&Published) -> Result<()>,
) -> Result<()> {
    let last = log.outlet_state(stream).await?.last_sequence;
    let mut from = last.saturating_sub(newest_max) + 1;
    while from <= last {
        let items = log.published(stream, from, AT_ONCE).await?;
        let Some(newest) = items.last() else { break };
        from = newest.sequence + 1;
        items
            .iter()
            .filter(|item| item.sequence <= last)
            .try_for_each(&mut *show)?;
    }
    Ok(())
}
