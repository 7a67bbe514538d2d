//! `GET /v1/estimate`: when a parcel would come that is shipped now.

use super::{Live, Problem};
use crate::estimates::Asked;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

pub(super) async fn answer(
    State(live): State<Arc<Live>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let wrong = |what: String| Problem::new(StatusCode::BAD_REQUEST, what);
    let Query(asked) = asked.map_err(|error| wrong(error.body_text()))?;
    let answer = asked.answer(&live.exchange.in_force(), live.metrics.now());
    let answer = answer.map_err(|error| wrong(format!("{error:#}")))?;
    if answer.ways.is_empty() {
        return Err(Problem::new(StatusCode::NOT_FOUND, answer.nothing_known(&asked)));
    }
    Ok(Json(answer.json(&asked)))
}
