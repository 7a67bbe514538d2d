//! `POST /v1/sql`: a question to the live state. Each shard is asked, between two pieces of work, for the columns that
//! the question reads; the rest happens away from it.

use super::{Live, Problem};
use crate::questions::Unanswered;
use crate::tables;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use milepost_history::{Catalog, Format, QueryError, Table, TableRows, needs};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Says whether there were more rows than `rows_max` in `[sql]`.
const TRUNCATED: &str = "milepost-truncated";

/// What a running engine can be asked for.
const ASKABLE: [Table; 5] = [
    Table::Shipments,
    Table::Orders,
    Table::Scans,
    Table::UnmappedCodes,
    Table::Delays,
];

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
    let needs = Arc::new(needs(&statement, &tables::OF_STATE).await.map_err(wrong)?);
    let as_of = live.metrics.now();
    let mut rows: Vec<TableRows> = Vec::new();
    let mut answers = Vec::new();
    for visits in &live.visits {
        let (give, take) = oneshot::channel();
        let needs = Arc::clone(&needs);
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
    let catalog = Catalog::live(as_of, rows).explaining(&ASKABLE);
    let answer = live.questions.ask(catalog, statement).await.map_err(|unanswered| {
        let status = match &unanswered {
            Unanswered::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Unanswered::Query(_) => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, unanswered.to_string())
    })?;
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
