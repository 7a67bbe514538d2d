//! `POST /v1/webhooks/{format}/{endpoint}`: an event of a carrier or aggregator. Its sender proves itself over the raw bytes; then
//! it stands in the log as it came, and is read from there.

use super::{Live, Problem, body};
use crate::clock::host_now;
use crate::ingress::{Endpoint, Outcome};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use bytes::Bytes;
use milepost_connectors::carriers::signature::{self, Unproven};
use serde_json::{Value, json};
use std::sync::Arc;

/// When to try again, where the log is away.
const AGAIN_SECONDS: u32 = 5;

/// The body is the event, byte for byte.
pub(super) async fn take(
    State(live): State<Arc<Live>>,
    Path((format, name)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let Some(endpoint) = live.ingress.endpoint(&format, &name) else {
        let what = "there is no such endpoint for this format; its address is /v1/webhooks/<format>/<name> with the name of \
                    a section [webhooks.<name>] and the `format` that stands there";
        return Err(Problem::new(StatusCode::NOT_FOUND, what));
    };
    match store(&live, endpoint, request).await {
        Ok((outcome, answer)) => {
            if let Some(outcome) = outcome {
                live.ingress.counts.webhook(&name, outcome);
            }
            Ok(Json(answer))
        }
        Err((outcome, problem)) => {
            if let Some(outcome) = outcome {
                live.ingress.counts.webhook(&name, outcome);
            }
            Err(problem)
        }
    }
}

type Refused = (Option<Outcome>, Problem);

async fn store(live: &Live, endpoint: &Endpoint, request: Request) -> Result<(Option<Outcome>, Value), Refused> {
    let uncounted = |status, what: &str| (None, Problem::new(status, what));
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        let what = "events are taken as they are signed: send them without Content-Encoding";
        return Err(uncounted(StatusCode::UNSUPPORTED_MEDIA_TYPE, what));
    }
    let stopping = |_| uncounted(StatusCode::SERVICE_UNAVAILABLE, "the engine is stopping");
    let _place = live.ingress.event().await.map_err(stopping)?;
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let bytes = body::read(request).await.map_err(|problem| {
        let is_too_large = problem.status() == StatusCode::PAYLOAD_TOO_LARGE;
        (is_too_large.then_some(Outcome::TooLarge), problem)
    })?;
    let now = host_now();
    let proof = endpoint.verify(&signature::Request {
        method: method.as_str(),
        header: &|name| headers.get(name).map(axum::http::HeaderValue::as_bytes),
        body: &bytes,
        now,
    });
    let proof = proof.map_err(refused)?;
    if bytes.is_empty() {
        // Who tries an address sends nothing, and wants to hear that it is right.
        return Ok((None, json!({ "stored": false })));
    }
    let digest = proof.digest(&bytes);
    let formats = live.ingress.formats.set().files;
    if endpoint.has(&digest, &formats, now) {
        return Ok((Some(Outcome::Repeated), json!({ "stored": false, "repeated": true })));
    }
    append(live, endpoint, bytes).await?;
    endpoint.remember(digest, &formats, now);
    Ok((Some(Outcome::Stored), json!({ "stored": true })))
}

async fn append(live: &Live, endpoint: &Endpoint, bytes: Bytes) -> Result<(), Refused> {
    let bytes_max = live.ingress.message_bytes_max();
    if bytes.len() > bytes_max {
        let what = format!(
            "the body has {} bytes, and the log takes messages of {bytes_max}; send fewer events at once, or raise \
             max_payload of the NATS server",
            bytes.len()
        );
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, what);
        return Err((Some(Outcome::TooLarge), problem));
    }
    // What is wrong with the log is no business of who sends events: /readyz says it.
    live.ingress
        .append(vec![endpoint.message(bytes)])
        .await
        .map_err(|_unstored| {
            let what = "the log does not take it just now; send the event again";
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, what).again_in(AGAIN_SECONDS);
            (Some(Outcome::Unavailable), problem)
        })
}

/// What a sender that is not believed is told.
fn refused(why: Unproven) -> Refused {
    let (outcome, advice) = match &why {
        Unproven::Missing(_) => (
            Outcome::BadSignature,
            "see that the sender signs what it sends, and that `signature` of this endpoint is the way in which it does",
        ),
        Unproven::Wrong(_) => (
            Outcome::BadSignature,
            "see that the sender's secret stands in `secret_files` of this endpoint, and that nothing on the way changes the body",
        ),
        Unproven::TooOld { .. } => (
            Outcome::TooOld,
            "see that both clocks are right; `tolerance` of this endpoint says how much they may differ. An event that was \
             kept back must be signed anew",
        ),
    };
    let problem = Problem::new(StatusCode::UNAUTHORIZED, format!("{why}; {advice}"));
    (Some(outcome), problem)
}
