//! The HTTP interface of a running engine: health, metrics, SQL over the live state, and two ways into the log.

mod body;
mod estimate;
mod learned;
mod problem;
mod scans;
mod sql;
mod webhooks;

use crate::config::Http;
use crate::files_watch::InForce;
use crate::ingress::Ingress;
use crate::questions::Questions;
use anyhow::{Context, Result};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, serve};
use crossbeam_channel::Sender;
use milepost_connectors::carriers::signature::is_same;
use milepost_connectors::log::AnyLog;
use milepost_runtime::alarms::Fault;
use milepost_runtime::learning::Exchange;
use milepost_runtime::metrics::Metrics;
use milepost_runtime::shards::Visit;
use problem::Problem;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What answers are made from.
pub(crate) struct Live {
    /// One per shard.
    pub(crate) visits: Vec<Sender<Visit>>,
    pub(crate) metrics: Arc<Metrics>,
    /// Where shards learn of lanes.
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) in_force: InForce,
    pub(crate) log: AnyLog,
    pub(crate) questions: Questions,
    pub(crate) ingress: Arc<Ingress>,
    /// The largest body of a request, also when it is unpacked.
    pub(crate) body_bytes_max: usize,
    /// The token that requests to `/v1` must carry.
    pub(crate) token: Option<String>,
}

/// Binds the address; requests are answered by [`run`].
pub(crate) async fn bind(http: &Http) -> Result<TcpListener> {
    let address = http.listen;
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another program there? change `listen` in [http]"))
}

/// Answers requests until `stop` is done.
pub(crate) async fn run(
    listener: TcpListener,
    http: &Http,
    live: Live,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let live = Arc::new(live);
    let guarded = Router::new()
        .route("/v1/sql", post(sql::answer))
        .route("/v1/scans", post(scans::take))
        .route("/v1/estimate", get(estimate::answer))
        .layer(middleware::from_fn_with_state(Arc::clone(&live), authorise));
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        // Who sends there has no token of ours: each endpoint knows its sender by a secret of its own.
        .route("/v1/webhooks/{format}/{endpoint}", post(webhooks::take))
        .merge(guarded)
        .layer(DefaultBodyLimit::max(http.body_bytes_max))
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path is asked in another way: what begins with /v1 by POST, but for /v1/estimate",
            )
        })
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .with_state(live);
    serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
        .context("the HTTP interface stopped")
}

/// Answers requests of an engine that waits for another to end: it lives, and is not ready.
pub(crate) async fn run_waiting(
    http: Option<&Http>,
    metrics: Arc<Metrics>,
    waits_for: watch::Receiver<Option<String>>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let Some(http) = http else {
        return std::future::pending().await;
    };
    let listener = bind(http).await?;
    let ready = move || {
        let what = match &*waits_for.borrow() {
            Some(engine) => format!("in standby: {engine} is at work"),
            None => "in standby: another engine is about to begin".to_owned(),
        };
        std::future::ready(Problem::new(StatusCode::SERVICE_UNAVAILABLE, what).again_in(5))
    };
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(move || std::future::ready(shown(metrics.render()))))
        .fallback(ready);
    if let Ok(address) = listener.local_addr() {
        eprintln!("http://{address}  /healthz /readyz /metrics");
    }
    serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
        .context("the HTTP interface stopped")
}

/// Ready is who reads the log and writes what it decides; how far behind, the body and the metrics say.
async fn ready(State(live): State<Arc<Live>>) -> Response {
    if !live.log.is_connected() {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the log cannot be reached; it is tried again",
        )
        .into_response();
    }
    if let Some(what) = live.metrics.alarms.what(Fault::Unpublished) {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, &what).into_response();
    }
    let body = serde_json::json!({
        "position": live.metrics.position.load(std::sync::atomic::Ordering::Relaxed),
        "now": live.metrics.now().to_string(),
        "rules": live.in_force.rules.json(),
        "formats": live.in_force.formats.json(),
        "alarms": live.metrics.alarms.json(),
    });
    axum::Json(body).into_response()
}

async fn metrics(State(live): State<Arc<Live>>) -> Response {
    let in_force = live.in_force.rules.render() + &live.in_force.formats.render();
    let learned = learned::render(&live.exchange.in_force());
    shown(live.metrics.render() + &in_force + &live.ingress.counts.render() + &learned)
}

fn shown(metrics: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics).into_response()
}

async fn authorise(State(live): State<Arc<Live>>, request: Request, next: Next) -> Response {
    let Some(token) = &live.token else {
        return next.run(request).await;
    };
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if is_same(given.as_bytes(), token.as_bytes()) {
        return next.run(request).await;
    }
    let what = "send the token of this engine: Authorization: Bearer …";
    Problem::new(StatusCode::UNAUTHORIZED, what).into_response()
}
