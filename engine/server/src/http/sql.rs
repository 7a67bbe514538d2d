//! `POST /v1/sql`: a question to the live state. Each shard is asked, between two pieces of work, for the columns that
//! the question reads; jobs and rejects are read from their streams; the rest happens away from both.

use super::{Live, Problem};
use crate::questions::Unanswered;
use crate::tables;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use milepost_history::{Catalog, Format, Needs, QueryError, Table, TableRows, needs};
use milepost_model::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Says whether there were more rows than `rows_max` in `[sql]`.
const TRUNCATED: &str = "milepost-truncated";

/// How the answer shall be written.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    format: String,
}

/// The body is the statement itself.
pub(super) async fn answer(
    State(live): State<Arc<Live>>,
    Query(wanted): Query<Wanted>,
    statement: String,
) -> Result<Response, Problem> {
    let format = match wanted.format.as_str() {
        "" | "json" => Format::Json,
        "csv" => Format::Csv,
        "table" => Format::Table { width: 0 },
        "parquet" => Format::Parquet,
        other => {
            let what = format!("format `{other}` is unknown; there are: json, csv, table, parquet");
            return Err(Problem::new(StatusCode::BAD_REQUEST, what));
        }
    };
    let wrong = |error: QueryError| Problem::new(StatusCode::BAD_REQUEST, error.to_string());
    let needs = Arc::new(needs(&statement, &tables::LIVE).await.map_err(wrong)?);
    // Before rows are gathered: they take memory too.
    let place = live.questions.place().map_err(unanswered)?;
    // Before the first scan there may be no time yet, and what was refused can be asked for all the same.
    let as_of = live.metrics.now().max(Timestamp::from_millis(0));
    let mut rows = of_shards(&live, &needs, as_of).await?;
    rows.extend(tables::collect_lanes(&needs, &live.exchange.in_force(), as_of));
    rows.extend(of_streams(&live, needs).await?);
    let catalog = Catalog::live(as_of, rows).explaining(&Table::ALL);
    let answer = live
        .questions
        .ask(place, catalog, statement)
        .await
        .map_err(unanswered)?;
    let body = answer.write(format).map_err(wrong)?;
    let content_type = match format {
        Format::Json => "application/x-ndjson",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Table { .. } => "text/plain; charset=utf-8",
        Format::Parquet => "application/vnd.apache.parquet",
    };
    // An answer that was cut says so where every client can see it.
    let truncated = if answer.truncated() { "true" } else { "false" };
    Ok((
        [(header::CONTENT_TYPE.as_str(), content_type), (TRUNCATED, truncated)],
        body,
    )
        .into_response())
}

fn unanswered(why: Unanswered) -> Problem {
    let status = match &why {
        Unanswered::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Unanswered::Query(_) => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, why.to_string())
}

/// What the shards hold of it.
async fn of_shards(live: &Live, needs: &Arc<Needs>, as_of: Timestamp) -> Result<Vec<TableRows>, Problem> {
    let mut rows: Vec<TableRows> = Vec::new();
    let mut answers = Vec::new();
    for visits in &live.visits {
        let (give, take) = oneshot::channel();
        let needs = Arc::clone(needs);
        let visit = Box::new(move |shard: &milepost_core::Shard| {
            // Nobody waits any more when the client has gone.
            let _ = give.send(tables::collect(&needs, shard, as_of));
        });
        if visits.try_send(visit).is_err() {
            let what = "too many questions are waiting; ask again in a moment";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, what));
        }
        answers.push(take);
    }
    for answer in answers {
        let stopped = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the engine is stopping");
        rows.extend(answer.await.map_err(stopped)?);
    }
    Ok(rows)
}

/// What their streams hold of jobs and rejects. Reading them is work for a thread that others do not wait for.
async fn of_streams(live: &Live, needs: Arc<Needs>) -> Result<Vec<TableRows>, Problem> {
    let (log, here) = (live.log.clone(), Handle::current());
    let read = spawn_blocking(move || here.block_on(tables::collect_published(&needs, &log))).await;
    let read = read.unwrap_or_else(|lost| std::panic::resume_unwind(lost.into_panic()));
    read.map_err(|error| {
        let what = format!("jobs and rejects cannot be read from the log just now: {error:#}");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, what)
    })
}
